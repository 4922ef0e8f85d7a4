//! Each generated dialogue is held against the real one that is most like it by goal and domain, so that a similarity
//! compares two ways of doing the same task.

use std::collections::BTreeSet;

use goalconvo_core::{ActKind, Dialogue, Turn};
use serde::Serialize;

use crate::evaluate::notes_count;
use crate::overlap::jaccard_sorted;
use crate::text::{Tokens, hash_sequence, hash_text, token_hashes};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// Domains, slots and values of goals, or of the user's acts and states.
    Notes,
    /// The words of the user's first utterance.
    Words,
}

impl KnownBy {
    /// What the goals of these two are known by: words, where one of them has no notes.
    #[must_use]
    pub fn of(generated: &[Dialogue], reference: &[Dialogue]) -> Self {
        let noted = |dialogues: &[Dialogue]| dialogues.iter().any(|dialogue| !goal_keys(dialogue).is_empty());
        if noted(generated) && noted(reference) { KnownBy::Notes } else { KnownBy::Words }
    }

    /// The same in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            KnownBy::Notes => "domains, slots and values of goals, or of the user's acts and states",
            KnownBy::Words => "words of the user's first utterance",
        }
    }
}

/// For each generated dialogue the reference dialogue with the most similar goal; of equals one with the same words, else
/// the first. A goal is its domains, slots and values; where none is recorded, what the user informs and asks for in its
/// acts and states; and where nothing is annotated on either side, the words of the user's first utterance. Empty for an
/// empty reference.
#[must_use]
pub fn pair_by_goal(generated: &[Dialogue], reference: &[Dialogue]) -> Vec<Pair> {
    let known_by = KnownBy::of(generated, reference);
    let keys = |dialogue: &Dialogue| match known_by {
        KnownBy::Notes => goal_keys(dialogue),
        KnownBy::Words => opening_words(dialogue),
    };
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
    hash_sequence(&token_hashes(dialogue.said().map(|(_, text)| text)))
}

fn opening_words(dialogue: &Dialogue) -> Vec<u64> {
    sorted(dialogue.said().next().map(|(_, text)| Tokens::Words.hashes(text)).unwrap_or_default())
}

fn sorted(mut keys: Vec<u64>) -> Vec<u64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
