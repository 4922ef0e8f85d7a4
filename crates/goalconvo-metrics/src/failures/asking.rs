//! Questions that were answered, or asked, before.

use std::collections::BTreeSet;

use goalconvo_core::{ActKind, Dialogue, Role, Utterance};

use super::{Failure, FailureKind, key_of, utterances};
use crate::overlap::jaccard_tokens;
use crate::text::Tokens;

/// Questions of fewer tokens than this are formulas ("anything else?").
const SHORTEST: usize = 5;
const SAME: f64 = 0.8;

/// The assistant asks for a slot whose value the user has given, or asks nearly the same question in nearly the same
/// words a second time although the user spoke in between.
pub(super) fn repeated_questions(dialogue: &Dialogue) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut given: BTreeSet<String> = BTreeSet::new();
    let mut asked: Vec<(Vec<u64>, Vec<String>)> = Vec::new();
    for (at, role, said) in utterances(dialogue) {
        if role == Role::User {
            // What the user corrects, or takes back, may be asked about again.
            for act in &said.acts {
                match (act.act, key_of(act)) {
                    (ActKind::Inform | ActKind::DontCare | ActKind::Correct, Some(key)) => {
                        given.extend([key]);
                    }
                    (ActKind::Alternatives | ActKind::GiveUp | ActKind::Deny, _) => given.clear(),
                    _ => {}
                }
            }
            continue;
        }
        let requested: Vec<String> = said
            .acts
            .iter()
            .filter(|act| act.act == ActKind::Request && act.value.is_none())
            .filter_map(key_of)
            .collect();
        // Who asks for something new as well is taken to ask for that: annotators note "when?" as day and time.
        if requested.iter().all(|key| given.contains(key)) && !offers_choice(said) {
            for key in &requested {
                let what = format!("{key} was given before");
                failures.push(Failure::new(FailureKind::RepeatedQuestion, at, what));
            }
        }
        // "How does that sound?" is asked of every new offer.
        let offers = said.acts.iter().any(|act| act.act == ActKind::Offer);
        for question in questions(&said.text).filter(|_| !offers) {
            let tokens = Tokens::Words.hashes(question);
            if tokens.len() >= SHORTEST && !is_offer_of_more(question) {
                let same = |(before, of): &(Vec<u64>, Vec<String>)| {
                    *of == requested && jaccard_tokens(before, &tokens) >= SAME
                };
                if asked.iter().any(same) {
                    failures.push(Failure::new(FailureKind::RepeatedQuestion, at, question.trim()));
                }
                asked.push((tokens, requested.clone()));
            }
        }
    }
    failures
}

/// Whether there is nothing as it was asked for, so that something has to give.
fn offers_choice(said: &Utterance) -> bool {
    const CHANGE: [&str; 6] = ["change", "different", "another", "other ", "instead", "sorry"];
    let lower = said.text.to_lowercase();
    said.acts.iter().any(|act| matches!(act.act, ActKind::NoMatch | ActKind::NotDone))
        || CHANGE.iter().any(|word| lower.contains(word))
}

/// The sentences that end in a question mark.
fn questions(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '!', '?']).filter(|sentence| sentence.trim_end().ends_with('?'))
}

/// "Is there anything else …?" is asked again and again by good assistants.
fn is_offer_of_more(question: &str) -> bool {
    let lower = question.to_lowercase();
    ["else", "help you", "more help", "assist"].iter().any(|words| lower.contains(words))
}
