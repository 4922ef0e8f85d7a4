//! Each generated dialogue is held against the real one that is most like it by goal and domain, so that a similarity
//! compares two ways of doing the same task.

use std::collections::BTreeSet;

use goalconvo_core::{ActKind, Dialogue, Turn};
use serde::Serialize;

use crate::evaluate::notes_count;
use crate::overlap::jaccard_sorted;
use crate::text::{Tokens, hash_pair, hash_text, token_hashes};

/// One pair.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pair {
    /// Index of the generated dialogue.
    pub generated: usize,
    /// Index of the reference dialogue.
    pub reference: usize,
    /// How alike their goals are, 0 to 1.
    pub likeness: f64,
}

/// What the goals of two datasets are known by.
#[must_use]
pub fn goals_known_by(generated: &[Dialogue], reference: &[Dialogue]) -> &'static str {
    let annotated = |dialogues: &[Dialogue]| dialogues.iter().any(|dialogue| !goal_keys(dialogue).is_empty());
    if annotated(generated) && annotated(reference) {
        ANNOTATED
    } else {
        "words of the user's first utterance"
    }
}

const ANNOTATED: &str = "domains, slots and values of goals, or of the user's acts and states";

/// For each generated dialogue the reference dialogue with the most similar goal; of equals one with the same words, else
/// the first. A goal is its domains, slots and values; where none is recorded, what the user informs and asks for in its
/// acts and states; and where nothing is annotated on either side, the words of the user's first utterance. Empty for an
/// empty reference.
#[must_use]
pub fn pair_by_goal(generated: &[Dialogue], reference: &[Dialogue]) -> Vec<Pair> {
    let by_words = goals_known_by(generated, reference) != ANNOTATED;
    let keys = |dialogue: &Dialogue| if by_words { opening_words(dialogue) } else { goal_keys(dialogue) };
    let real: Vec<(Vec<u64>, u64)> = reference.iter().map(|other| (keys(other), words(other))).collect();
    let pair = |(generated, dialogue): (usize, &Dialogue)| {
        let (own, said) = (keys(dialogue), words(dialogue));
        // Two that say nothing of a goal are not alike in it.
        let alike = |theirs: &Vec<u64>| if own.is_empty() { 0.0 } else { jaccard_sorted(&own, theirs) };
        let candidates = real.iter().map(|(theirs, heard)| (alike(theirs), *heard == said)).enumerate();
        let best = candidates.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(reference, (likeness, _))| Pair { generated, reference, likeness })
    };
    generated.iter().enumerate().filter_map(pair).collect()
}

fn goal_keys(dialogue: &Dialogue) -> Vec<u64> {
    let mut keys: BTreeSet<String> = dialogue.domains.iter().map(ToString::to_string).collect();
    let mut note = |domain: &str, slot: &str, value: Option<&goalconvo_core::Value>| {
        keys.insert(domain.to_owned());
        keys.insert(format!("{domain}-{slot}"));
        keys.extend(value.map(|value| format!("{domain}-{slot}={}", value.plain().to_lowercase())));
    };
    if let Some(scenario) = &dialogue.scenario {
        for task in &scenario.goal.tasks {
            task.settled().iter().for_each(|(slot, value)| note(&task.domain, slot, Some(value)));
            task.requests.iter().for_each(|slot| note(&task.domain, slot, None));
        }
    } else {
        for turn in dialogue.turns.iter().filter(|_| notes_count(dialogue)) {
            let Turn::User(said) = turn else { continue };
            for (key, value) in &said.state {
                let (domain, slot) = key.split_once('-').unwrap_or(("", key));
                note(domain, slot, Some(value));
            }
            for act in said.acts.iter().filter(|act| matches!(act.act, ActKind::Inform | ActKind::Request)) {
                if let (Some(domain), Some(slot)) = (&act.domain, &act.slot) {
                    note(domain, slot, act.value.as_ref());
                }
            }
        }
    }
    sorted(keys.iter().map(|key| hash_text(key)).collect())
}

/// All that is said, as one number.
fn words(dialogue: &Dialogue) -> u64 {
    token_hashes(dialogue.said().map(|(_, text)| text)).iter().fold(0, |state, &text| hash_pair(state, text))
}

fn opening_words(dialogue: &Dialogue) -> Vec<u64> {
    sorted(dialogue.said().next().map(|(_, text)| Tokens::Words.hashes(text)).unwrap_or_default())
}

fn sorted(mut keys: Vec<u64>) -> Vec<u64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
