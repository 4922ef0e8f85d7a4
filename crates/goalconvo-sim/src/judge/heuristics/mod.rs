//! What can be seen of a dialogue without asking anybody, and without knowing its world.
//!
//! Each check is a struct of its limits, with defaults under which the built-in engine's dialogues pass. They are
//! written to find what is surely wrong: a pass of theirs says little, a failure says enough.

mod endings;
mod repetition;
mod safety;
mod shape;

use std::future::ready;

use goalconvo_core::{Dialogue, Reason, Role, Turn, Utterance};

use super::judging::{Judge, Judging, by_reasons, unknown};

pub use endings::{Goodbyes, Unanswered};
pub use repetition::Repetition;
pub use safety::{Personal, Profanity};
pub use shape::{Length, Roles};

/// One of the checks.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// How long the dialogue and its utterances are, and whether they are words at all.
    Length(Length),
    /// Whether the speakers take turns, and play their own role.
    Roles(Roles),
    /// Whether somebody says the same over and over, or an exchange comes back.
    Repetition(Repetition),
    /// Whether a question stays open.
    Unanswered(Unanswered),
    /// Whether they cannot stop saying goodbye.
    Goodbyes(Goodbyes),
    /// Swear words, slurs and insults.
    Profanity(Profanity),
    /// Personal data and secrets.
    Personal(Personal),
}

/// A check as a judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Heuristic(pub Check);

impl Heuristic {
    /// Every check with its default limits.
    pub fn all() -> Vec<Heuristic> {
        vec![
            Heuristic(Check::Length(Length::default())),
            Heuristic(Check::Roles(Roles::default())),
            Heuristic(Check::Repetition(Repetition::default())),
            Heuristic(Check::Unanswered(Unanswered)),
            Heuristic(Check::Goodbyes(Goodbyes::default())),
            Heuristic(Check::Profanity(Profanity)),
            Heuristic(Check::Personal(Personal::default())),
        ]
    }

    fn reasons(&self, dialogue: &Dialogue) -> Vec<Reason> {
        match &self.0 {
            Check::Length(check) => check.reasons(dialogue),
            Check::Roles(check) => check.reasons(dialogue),
            Check::Repetition(check) => check.reasons(dialogue),
            Check::Unanswered(check) => check.reasons(dialogue),
            Check::Goodbyes(check) => check.reasons(dialogue),
            Check::Profanity(check) => check.reasons(dialogue),
            Check::Personal(check) => check.reasons(dialogue),
        }
    }
}

impl Judge for Heuristic {
    fn name(&self) -> &str {
        match &self.0 {
            Check::Length(_) => "length",
            Check::Roles(_) => "roles",
            Check::Repetition(_) => "repetition",
            Check::Unanswered(_) => "unanswered",
            Check::Goodbyes(_) => "goodbyes",
            Check::Profanity(_) => "profanity",
            Check::Personal(_) => "personal",
        }
    }

    fn judge<'a>(&'a self, dialogue: &'a Dialogue) -> Judging<'a> {
        // Where nobody says anything there is nothing to see, and to find nothing wrong would be a pass for silence.
        let found = match spoken(dialogue).next() {
            None => unknown(self.name(), "words", "/turns", "nobody says anything"),
            Some(_) => by_reasons(self.name(), self.reasons(dialogue)),
        };
        Box::pin(ready(found))
    }
}

/// Utterances with words: place in the record, role, utterance.
fn spoken(dialogue: &Dialogue) -> impl DoubleEndedIterator<Item = (usize, Role, &Utterance)> {
    dialogue.turns.iter().enumerate().filter_map(|(at, turn)| match turn {
        Turn::User(said) if !said.text.trim().is_empty() => Some((at, Role::User, said)),
        Turn::Assistant(said) if !said.text.trim().is_empty() => Some((at, Role::Assistant, said)),
        _ => None,
    })
}

/// The JSON pointer to the words of a turn.
fn words_at(turn: usize) -> String {
    format!("/turns/{turn}/text")
}

/// Whether a text has one of these phrases, as whole words. The text is in lower case.
fn has_phrase(lower: &str, phrases: &[&str]) -> bool {
    let is_word = |c: char| c.is_alphanumeric();
    phrases.iter().any(|phrase| {
        lower.match_indices(phrase).any(|(start, found)| {
            let before = lower[..start].chars().next_back();
            let after = lower[start + found.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    })
}
