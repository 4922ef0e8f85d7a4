//! Failures that the words alone show.

use std::collections::BTreeMap;

use goalconvo_core::{ActKind, Dialogue, Ending, Role};

use super::{Failure, FailureKind, utterances};
use crate::duplicates::normalised;
use crate::text::Tokens;

/// It ends with a question that nobody answers, with the user's wish unanswered, or as satisfied although the goal was
/// not reached.
pub(super) fn early_end(dialogue: &Dialogue) -> Vec<Failure> {
    let end = |at, what: &str| vec![Failure::new(FailureKind::EarlyEnd, at, what)];
    let last_turn = dialogue.turns.len().saturating_sub(1);
    if let Some(outcome) = &dialogue.outcome {
        return match outcome.ending {
            Ending::Satisfied if !outcome.success => {
                end(last_turn, "satisfied, but the goal was not reached")
            }
            _ => Vec::new(),
        };
    }
    let mut spoken = utterances(dialogue).filter(|(_, _, said)| !said.text.trim().is_empty());
    let Some((at, role, said)) = spoken.next_back() else { return end(last_turn, "nobody says anything") };
    let asks = said.text.trim_end().ends_with('?');
    let only_formula = asks && is_offer_of_more(&said.text);
    match role {
        Role::User if asks => end(at, "the user's last question has no answer"),
        Role::Assistant if asks && !only_formula => end(at, "the assistant's last question has no answer"),
        _ if spoken.next_back().is_none() => end(at, "only one utterance"),
        _ => Vec::new(),
    }
}

fn is_offer_of_more(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["anything else", "help you", "something else", "any other"].iter().any(|words| lower.contains(words))
}

/// One side says the same thing three times, or an exchange comes back at once.
pub(super) fn loops(dialogue: &Dialogue) -> Vec<Failure> {
    let said: Vec<(usize, Role, String)> = utterances(dialogue)
        .filter(|(_, _, said)| Tokens::Words.hashes(&said.text).len() >= 3)
        .map(|(at, role, said)| (at, role, normalised(&said.text)))
        .collect();
    let mut counts: BTreeMap<(Role, &str), usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for (at, role, text) in &said {
        let count = counts.entry((*role, text)).or_insert(0);
        *count += 1;
        if *count == 3 {
            failures.push(Failure::new(FailureKind::Loop, *at, text));
        }
    }
    for four in said.windows(4) {
        if four[0].2 == four[2].2 && four[1].2 == four[3].2 && four[0].1 != four[1].1 {
            failures.push(Failure::new(FailureKind::Loop, four[3].0, &four[3].2));
        }
    }
    failures
}

/// What only an assistant says.
const ASSISTANT_ONLY: [&str; 10] = [
    "how can i help you",
    "how may i help you",
    "how can i assist you",
    "how may i assist you",
    "is there anything else i can help",
    "is there anything else i can assist",
    "your reference number is",
    "your booking was successful",
    "i have booked it for you",
    "i was able to book",
];
/// What only a user says.
const USER_ONLY: [&str; 8] = [
    "i am looking for a place to",
    "i'm looking for a place to",
    "i need a train",
    "i need a taxi",
    "i need a hotel",
    "can you book it for me",
    "can you help me find",
    "could you book a table for me",
];

/// A speaker says, or does in an act, what only the other one can.
pub(super) fn role_swaps(dialogue: &Dialogue) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (at, role, said) in utterances(dialogue) {
        let lower = said.text.to_lowercase().replace(" 'm", "'m");
        let foreign: &[&str] = if role == Role::User { &ASSISTANT_ONLY } else { &USER_ONLY };
        if let Some(words) = foreign.iter().find(|words| lower.contains(**words)) {
            failures.push(Failure::new(FailureKind::RoleSwap, at, *words));
        } else if let Some(act) = said.acts.iter().find(|act| !may_do(role, act.act)) {
            failures.push(Failure::new(FailureKind::RoleSwap, at, format!("{:?}", act.act)));
        }
    }
    failures
}

/// Whether a role has this kind of act.
fn may_do(role: Role, kind: ActKind) -> bool {
    match kind {
        ActKind::Greet | ActKind::Inform | ActKind::Request | ActKind::Thank | ActKind::Bye => true,
        ActKind::Intend
        | ActKind::DontCare
        | ActKind::Correct
        | ActKind::Affirm
        | ActKind::Deny
        | ActKind::Select
        | ActKind::Alternatives
        | ActKind::Acknowledge
        | ActKind::GiveUp => role == Role::User,
        _ => role == Role::Assistant,
    }
}
