//! The import from end to end: what is read becomes the files of an output folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use goalconvo_core::{Domain, Stage};

use super::dialogues::dialogue;
use super::folder;
use super::goals;
use super::report::Report;
use super::rows;
use super::source::{self, Source};
use super::task::Task;
use crate::Error;
use crate::domain::{Files, load};

/// What an import gives.
#[derive(Debug)]
pub struct Import {
    /// Relative paths and contents: for each task a domain folder with its `goals.jsonl`; all goals again in `goals.jsonl`,
    /// `dialogues.jsonl`, `import.json`.
    pub files: Vec<(String, Vec<u8>)>,
    /// What was found.
    pub report: Report,
}

/// Imports STAR from a folder.
///
/// # Errors
/// A file can't be read, or no task with an API is there. What is odd inside is no error: it is in the report.
pub fn import(path: &Path) -> Result<Import, Error> {
    let mut report = Report::default();
    let source = source::read(path, &mut report)?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut goals = String::new();
    for name in source.tasks.keys() {
        let Some(task) = Task::of(name, &source, &mut report) else {
            report.odd(name, "a task without an API of its name; left out");
            continue;
        };
        goals.push_str(&world(&task, &source, &mut files, &mut report)?);
    }
    let mut dialogues = String::new();
    for (id, json) in &source.dialogues {
        push_line(&mut dialogues, &dialogue(id, json, &mut report))?;
    }
    files.push(("goals.jsonl".to_owned(), goals.into_bytes()));
    files.push(("dialogues.jsonl".to_owned(), dialogues.into_bytes()));
    let mut text = serde_json::to_string_pretty(&report).map_err(|error| unwritable(&error))?;
    text.push('\n');
    files.push(("import.json".to_owned(), text.into_bytes()));
    Ok(Import { files, report })
}

/// The world of a task; its goals, one a line.
fn world(
    task: &Task,
    source: &Source,
    files: &mut Vec<(String, Vec<u8>)>,
    report: &mut Report,
) -> Result<String, Error> {
    let known = rows::known(task, source);
    let wanted = goals::wanted(task, source, &known, report);
    let rows = rows::rows(task, &known, source, &wanted);
    let count: BTreeMap<String, usize> =
        (!rows.rows.is_empty()).then(|| (folder::table(task), rows.rows.len())).into_iter().collect();
    let world = report.worlds.entry(task.name.clone()).or_default();
    (world.rows, world.seen, world.made) = (count, rows.seen, rows.made);
    let entries = folder::files(task, &rows, &known);
    let domain: Arc<Domain> = Arc::new(load(&Files::from_memory(&task.name, entries.clone()))?);
    let stage = Stage::new(vec![domain]);
    let mut goals = String::new();
    for one in &wanted {
        push_line(&mut goals, &goals::goal(task, one, &stage, report))?;
    }
    files
        .extend(entries.into_iter().map(|(path, text)| (format!("{}/{path}", task.name), text.into_bytes())));
    files.push((format!("{}/goals.jsonl", task.name), goals.clone().into_bytes()));
    Ok(goals)
}

fn push_line(lines: &mut String, record: &impl serde::Serialize) -> Result<(), Error> {
    lines.push_str(&serde_json::to_string(record).map_err(|error| unwritable(&error))?);
    lines.push('\n');
    Ok(())
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::malformed("", format!("a record can't be written as JSON: {error}; this is a bug of the program"))
}
