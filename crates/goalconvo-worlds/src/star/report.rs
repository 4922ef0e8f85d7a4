//! What an import found: counts by task, and everything that was odd, with its place.

use std::collections::BTreeMap;

use serde::Serialize;

/// `import.json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Files that were read, by what they are.
    pub read: BTreeMap<String, usize>,
    /// The world of each task.
    pub worlds: BTreeMap<String, World>,
    /// Dialogues of the reference corpus.
    pub dialogues: usize,
    /// Their turns.
    pub turns: usize,
    /// Goals: one for each happy scenario of a single task.
    pub goals: usize,
    /// What was odd.
    pub odd: Vec<Odd>,
}

/// What one task gave.
#[derive(Clone, Debug, Default, Serialize)]
pub struct World {
    /// Rows by table.
    pub rows: BTreeMap<String, usize>,
    /// Of them, rows that the knowledge base answered with in the dialogues.
    pub seen: usize,
    /// Happy scenarios of this task alone, each with a goal.
    pub goals: usize,
    /// Values that a scenario says nowhere and that were drawn.
    pub drawn: usize,
    /// Wishes of which no row was there, so that one was made.
    pub made: usize,
    /// The order in which the wizard's flow asks for slots.
    pub asks: Vec<String>,
}

/// Something odd in the corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Odd {
    /// The file or the dialogue, and where in it.
    pub place: String,
    /// What was found, and what was made of it.
    pub what: String,
}

impl Report {
    /// Notes down something odd.
    pub(super) fn odd(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.odd.push(Odd { place: place.into(), what: what.into() });
    }
}
