//! Each dialogue of a run in a file of its own: as plain text for reading, and as its record.

use std::path::Path;

use clap::ValueEnum;
use goalconvo_core::{Dialogue, Role, Turn};
use goalconvo_store::{Dataset, write_whole};

use crate::Error;

/// What each dialogue is written as, beside `dialogues.jsonl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sheet {
    /// Who said what, a line a turn: txt/ID.txt
    Txt,
    /// The record, indented: json/ID.json
    Json,
}

/// Writes all dialogues of a run; how many.
///
/// # Errors
/// A record can't be read, or a file can't be written.
pub(crate) fn write(out: &Path, sheets: &[Sheet]) -> Result<usize, Error> {
    let mut count = 0;
    for record in Dataset::at(out)?.dialogues()? {
        let (_, dialogue) = record?;
        count += 1;
        for sheet in sheets {
            let (folder, text) = match sheet {
                Sheet::Txt => ("txt", text(&dialogue)),
                Sheet::Json => ("json", format!("{}\n", serde_json::to_string_pretty(&dialogue)?)),
            };
            std::fs::create_dir_all(out.join(folder))?;
            write_whole(&out.join(folder).join(format!("{}.{folder}", name(&dialogue.id))), text.as_bytes())?;
        }
    }
    Ok(count)
}

/// Who said what. What was only done, and not said, is in the record.
fn text(dialogue: &Dialogue) -> String {
    let mut text = String::new();
    for turn in &dialogue.turns {
        let (role, said) = match turn {
            Turn::User(said) => (Role::User, said),
            Turn::Assistant(said) => (Role::Assistant, said),
            Turn::Tool(_) | Turn::Garbled { .. } => continue,
        };
        if !said.text.is_empty() {
            let who = if role == Role::User { "User" } else { "Assistant" };
            text.push_str(&format!("{who}: {}\n", said.text));
        }
    }
    text
}

/// An id as the name of a file.
fn name(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}
