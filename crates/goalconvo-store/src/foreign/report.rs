//! What was read of a file, and what was not.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use goalconvo_core::{Dialogue, Turn};
use serde::Serialize;

use super::Form;

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// The file.
    pub file: PathBuf,
    /// What it was read as.
    pub form: Form,
    /// Dialogues that were read.
    pub dialogues: u64,
    /// Turns in them, tools included.
    pub turns: u64,
    /// Tool calls in them.
    pub tool_calls: u64,
    /// What a record has no place for, by kind.
    pub lost: BTreeMap<String, Noted>,
    /// What the file does not say and had to be taken as given, by kind.
    pub assumed: BTreeMap<String, Noted>,
}

/// How often something was met, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// How often.
    pub count: u64,
    /// Line or JSON pointer of the first.
    pub first: String,
}

impl FileReport {
    /// Of a file of which nothing was read yet.
    pub(super) fn new(file: PathBuf, form: Form) -> Self {
        let (lost, assumed) = (BTreeMap::new(), BTreeMap::new());
        FileReport { file, form, dialogues: 0, turns: 0, tool_calls: 0, lost, assumed }
    }

    /// Counts a dialogue that was read.
    pub(super) fn count(&mut self, dialogue: &Dialogue) {
        self.dialogues += 1;
        self.turns += dialogue.turns.len() as u64;
        let calls = dialogue.turns.iter().map(|turn| match turn {
            Turn::Assistant(said) => said.tool_calls.len() as u64,
            _ => 0,
        });
        self.tool_calls += calls.sum::<u64>();
    }

    /// Adds what one dialogue lost.
    pub(super) fn add(&mut self, notes: Notes, place: &str) {
        add(&mut self.lost, notes.lost, place);
        add(&mut self.assumed, notes.assumed, place);
    }
}

/// `a.json: read as sharegpt: 3 dialogues, 20 turns; not kept: 3 system messages (first at /0/conversations/0)`.
impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileReport { file, form, dialogues, turns, tool_calls, lost, assumed } = self;
        write!(f, "{}: read as {}: {dialogues} dialogues, {turns} turns", file.display(), form.name())?;
        if *tool_calls > 0 {
            write!(f, ", {tool_calls} tool calls")?;
        }
        for (what, noted) in [("not kept", lost), ("assumed", assumed)] {
            let each = noted.iter().map(|(kind, noted)| match noted.first.as_str() {
                "" => format!("{} {kind}", noted.count),
                first => format!("{} {kind} (first at {first})", noted.count),
            });
            let all = each.collect::<Vec<_>>().join(", ");
            if !all.is_empty() {
                write!(f, "; {what}: {all}")?;
            }
        }
        Ok(())
    }
}

fn add(own: &mut BTreeMap<String, Noted>, new: BTreeMap<String, Noted>, place: &str) {
    for (kind, noted) in new {
        let known = own.entry(kind).or_default();
        if known.count == 0 {
            // A table and a text name their lines themselves.
            known.first = match noted.first.starts_with("line") {
                true => noted.first,
                false => format!("{place}{}", noted.first).trim().to_owned(),
            };
        }
        known.count += noted.count;
    }
}

/// What is met while one dialogue is read.
#[derive(Debug, Default)]
pub(super) struct Notes {
    lost: BTreeMap<String, Noted>,
    assumed: BTreeMap<String, Noted>,
}

impl Notes {
    /// Something that a record has no place for; `at` is a pointer within the dialogue.
    pub(super) fn lost(&mut self, kind: impl Into<String>, at: impl fmt::Display) {
        note(&mut self.lost, kind.into(), &at);
    }

    /// Something that the file does not say.
    pub(super) fn assumed(&mut self, kind: impl Into<String>, at: impl fmt::Display) {
        note(&mut self.assumed, kind.into(), &at);
    }
}

fn note(notes: &mut BTreeMap<String, Noted>, kind: String, at: &dyn fmt::Display) {
    let known = notes.entry(kind).or_default();
    if known.count == 0 {
        known.first = at.to_string();
    }
    known.count += 1;
}
