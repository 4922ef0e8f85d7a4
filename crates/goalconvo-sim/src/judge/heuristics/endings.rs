//! Questions that stay open, and goodbyes without end.

use goalconvo_core::{Act, ActKind, Dialogue, Reason, Role};
use serde::{Deserialize, Serialize};

use super::{has_phrase, spoken, words_at};
use crate::judge::judging::reason;

/// Whether a question stays open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unanswered;

/// Questions that need no answer.
const OFFERS_OF_MORE: [&str; 8] = [
    "anything else",
    "something else",
    "any other",
    "help you",
    "assist you",
    "what else",
    "else i can",
    "be of help",
];

impl Unanswered {
    pub(super) fn reasons(self, dialogue: &Dialogue) -> Vec<Reason> {
        let mut reasons = open_requests(dialogue);
        let Some((at, role, said)) = spoken(dialogue).next_back() else { return reasons };
        let lower = said.text.to_lowercase();
        let asks = lower.trim_end().ends_with('?');
        match role {
            Role::User if asks => {
                reasons.push(reason("open", &words_at(at), "the user's last question has no answer"));
            }
            Role::User if !is_courtesy(&lower) => {
                reasons.push(reason("open", &words_at(at), "the user's last words have no reply"));
            }
            Role::Assistant if asks && !has_phrase(&lower, &OFFERS_OF_MORE) => {
                reasons.push(reason("open", &words_at(at), "the dialogue ends on the assistant's question"));
            }
            _ => {}
        }
        reasons
    }
}

/// Requests, as far as acts are known, that no later act of the assistant answers or refuses.
fn open_requests(dialogue: &Dialogue) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (at, _, said) in spoken(dialogue).filter(|(_, role, _)| *role == Role::User) {
        for (number, request) in said.acts.iter().enumerate() {
            let asks = request.act == ActKind::Request && request.slot.is_some();
            let later = spoken(dialogue).filter(|(place, role, _)| *place > at && *role == Role::Assistant);
            if asks && !later.flat_map(|(_, _, said)| &said.acts).any(|act| answers(act, request)) {
                let slot = request.slot.as_deref().unwrap_or_default();
                let place = format!("/turns/{at}/acts/{number}");
                reasons.push(reason("open", &place, format!("nobody told the user the {slot}")));
            }
        }
    }
    reasons
}

fn answers(act: &Act, request: &Act) -> bool {
    let declined = matches!(
        act.act,
        ActKind::Unable | ActKind::Trouble | ActKind::Refuse | ActKind::NotDone | ActKind::NoMatch
    );
    act.domain == request.domain && ((act.act == ActKind::Inform && act.slot == request.slot) || declined)
}

/// How long a farewell may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Goodbyes {
    /// Most utterances after both have said goodbye.
    pub after: usize,
    /// Most utterances at the end that hold nothing but courtesy.
    pub courtesies: usize,
}

impl Default for Goodbyes {
    fn default() -> Self {
        Goodbyes { after: 1, courtesies: 4 }
    }
}

const FAREWELLS: [&str; 10] = [
    "bye",
    "goodbye",
    "good bye",
    "farewell",
    "see you",
    "take care",
    "have a great day",
    "have a good day",
    "have a nice day",
    "have a lovely day",
];
const THANKS: [&str; 9] = [
    "thank you",
    "thanks",
    "cheers",
    "you're welcome",
    "you are welcome",
    "my pleasure",
    "no problem",
    "happy to help",
    "glad i could help",
];

impl Goodbyes {
    pub(super) fn reasons(&self, dialogue: &Dialogue) -> Vec<Reason> {
        let said: Vec<(usize, Role, String)> =
            spoken(dialogue).map(|(at, role, said)| (at, role, said.text.to_lowercase())).collect();
        let mut reasons = Vec::new();
        let first =
            |wanted: Role| said.iter().position(|(_, role, text)| *role == wanted && is_farewell(text));
        if let (Some(user), Some(assistant)) = (first(Role::User), first(Role::Assistant)) {
            let after = said.len() - 1 - user.max(assistant);
            if after > self.after {
                let what =
                    format!("{after} utterances after both said goodbye, expected at most {}", self.after);
                reasons.push(reason("goodbye", &words_at(said[user.max(assistant)].0), what));
            }
        }
        let courtesies = said.iter().rev().take_while(|(_, _, text)| is_courtesy(text)).count();
        if courtesies > self.courtesies {
            let what = format!(
                "it ends in {courtesies} utterances of courtesy, expected at most {}",
                self.courtesies
            );
            reasons.push(reason("goodbye", "/turns", what));
        }
        reasons
    }
}

/// The most words that an utterance has that is nothing but a farewell.
const SHORT: usize = 14;

/// "Goodbye" as all that is said: a wish for a nice day in the middle of an answer ends nothing.
fn is_farewell(lower: &str) -> bool {
    is_short(lower) && has_phrase(lower, &FAREWELLS)
}

fn is_courtesy(lower: &str) -> bool {
    is_short(lower) && !lower.contains('?') && (has_phrase(lower, &FAREWELLS) || has_phrase(lower, &THANKS))
}

fn is_short(text: &str) -> bool {
    text.split_whitespace().count() <= SHORT
}
