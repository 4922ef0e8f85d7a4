//! What is wrong with a domain folder: where, what was found, and what to do about it.

use std::cell::RefCell;
use std::fmt;

use super::files::Files;
use crate::Error;

/// One thing that is wrong, or that the writer of a domain should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as the user named the folder.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Whether it keeps the domain from working.
    pub weight: Weight,
    /// What was found and what was expected: a lowercase fragment.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The domain can't be used like this.
    Mistake,
    /// It works, but probably not as it was meant.
    Note,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = if self.weight == Weight::Note { "note: " } else { "" };
        write!(f, "{}:{}:{}: {note}{}", self.file, self.line, self.column, self.message)?;
        if self.fix.is_empty() { Ok(()) } else { write!(f, "; {}", self.fix) }
    }
}

/// A place in one of the files: the file's number and a byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) file: usize,
    pub(super) at: usize,
}

/// Problems as they are found; shared by all readers of one folder.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: RefCell<Vec<(Spot, Weight, String, String)>>,
}

impl Problems {
    /// Notes down a mistake.
    pub(super) fn mistake(&self, spot: Spot, message: impl Into<String>, fix: impl Into<String>) {
        self.found.borrow_mut().push((spot, Weight::Mistake, message.into(), fix.into()));
    }

    /// Notes down something that the writer should know.
    pub(super) fn note(&self, spot: Spot, message: impl Into<String>, fix: impl Into<String>) {
        self.found.borrow_mut().push((spot, Weight::Note, message.into(), fix.into()));
    }

    /// Whether there is a mistake so far.
    pub(super) fn any(&self) -> bool {
        self.found.borrow().iter().any(|(_, weight, _, _)| *weight == Weight::Mistake)
    }

    /// All problems in the order of files and lines, each once.
    pub(super) fn list(&self, files: &Files) -> Vec<Problem> {
        let mut found = self.found.borrow().clone();
        found.sort();
        found.dedup();
        found
            .into_iter()
            .map(|(spot, weight, message, fix)| {
                let (line, column) = position(files.text(spot.file), spot.at);
                Problem { file: files.path(spot.file), line, column, weight, message, fix }
            })
            .collect()
    }
}

/// Mistakes as one error: the first in full, and how many more there are.
pub(super) fn as_error(problems: &[Problem]) -> Option<Error> {
    let mut mistakes = problems.iter().filter(|problem| problem.weight == Weight::Mistake);
    let first = mistakes.next()?;
    let place = format!("{}:{}:{}", first.file, first.line, first.column);
    let mut message = first.message.clone();
    if !first.fix.is_empty() {
        message.push_str("; ");
        message.push_str(&first.fix);
    }
    match mistakes.count() {
        0 => {}
        1 => message.push_str(" (and 1 more mistake: `goalconvo domains check` lists both)"),
        more => message
            .push_str(&format!(" (and {more} more mistakes: `goalconvo domains check` lists them all)")),
    }
    Some(Error::malformed(place, message))
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// "did you mean …?", or the list of what is known when nothing is near.
pub(super) fn suggest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    let nearest = known.iter().map(|name| (distance(found, name), *name)).min();
    match nearest {
        Some((edits, name)) if edits <= 1 + found.len() / 3 => format!("did you mean `{name}`?"),
        Some(_) if known.len() <= 24 => format!("known: {}", known.join(", ")),
        Some(_) => format!("known: {}, …", known[..24].join(", ")),
        None => "there are none yet".to_owned(),
    }
}

/// Edits (insert, delete, replace, swap of neighbours counts two) between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replace = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
