//! What an import found: counts, and everything that was odd, with its place.

use std::collections::BTreeMap;

use serde::Serialize;

/// `import.json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Files that were read.
    pub read: Vec<String>,
    /// Rows by table.
    pub rows: BTreeMap<String, usize>,
    /// Dialogues written.
    pub dialogues: usize,
    /// Turns written.
    pub turns: usize,
    /// Goals written: as many as the corpus has.
    pub goals: usize,
    /// Tasks by intent and by how they are expected to end.
    pub tasks: BTreeMap<String, BTreeMap<String, usize>>,
    /// Values carried from one task to another.
    pub carried: usize,
    /// Tasks whose first wish fails, by proof.
    pub relaxed: usize,
    /// What was odd.
    pub odd: Vec<Odd>,
    /// Values that were written differently than they are kept.
    pub normalised: Vec<Normalised>,
    /// Values that were matched with nothing and kept as they stand.
    pub unmatched: Vec<Normalised>,
}

/// Something odd in the corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Odd {
    /// The dialogue, or the table.
    pub place: String,
    /// What was found, and what was made of it.
    pub what: String,
}

/// A value that the corpus writes in one way and the import in another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Normalised {
    /// `domain-slot`.
    pub slot: String,
    /// As the corpus has it.
    pub found: String,
    /// As it is kept.
    pub kept: String,
    /// How often.
    pub count: usize,
    /// Where it was found first.
    pub first: String,
}

impl Report {
    /// Notes down something odd.
    pub(super) fn odd(&mut self, place: &str, what: impl Into<String>) {
        self.odd.push(Odd { place: place.to_owned(), what: what.into() });
    }
}
