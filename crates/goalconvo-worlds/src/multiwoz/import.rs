//! The import from end to end: what is read becomes the files of an output folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use goalconvo_core::{Domain, Stage};
use serde_json::Value as Json;

use super::databases;
use super::dialogues::dialogue;
use super::folders::{self, Folder};
use super::goals::Maker;
use super::normal::{Meaning, Speller};
use super::report::Report;
use super::slots::slot_of;
use super::source::{self, Source};
use crate::Error;
use crate::domain::{Files, load};

/// What an import gives.
#[derive(Debug)]
pub struct Import {
    /// Relative paths and contents: a folder for each domain, `goals.jsonl`, `dialogues.jsonl`, `import.json`.
    pub files: Vec<(String, Vec<u8>)>,
    /// What was found.
    pub report: Report,
}

/// Imports MultiWOZ from a file or a folder.
///
/// # Errors
/// A file can't be read, is no JSON, or there are no dialogues or no databases. What is odd inside them is no error: it
/// is in the report.
pub fn import(path: &Path) -> Result<Import, Error> {
    let source = source::read(path)?;
    let mut report = Report { read: source.read.clone(), ..Report::default() };
    let mut speller = Speller::default();
    let tables = databases::tables(&source, &mut speller, &mut report);
    let wanted = wanted(&source, &speller);
    let folders = folders::folders(&tables, &wanted);
    let stage = stage(&folders)?;
    let mut goals = String::new();
    let mut dialogues = String::new();
    for (name, json) in &source.dialogues {
        let id = name.strip_suffix(".json").unwrap_or(name);
        let none = Json::Null;
        let goal = json.get("goal").unwrap_or(&none);
        let goal = Maker { stage: &stage, speller: &mut speller, report: &mut report }.goal(id, goal);
        let record = dialogue(id, json, &goal.domains, &mut speller, &mut report);
        push_line(&mut goals, &goal)?;
        push_line(&mut dialogues, &record)?;
    }
    (report.normalised, report.unmatched) = speller.report();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (domain, entries) in folders {
        files.extend(entries.into_iter().map(|(path, text)| (format!("{domain}/{path}"), text.into_bytes())));
    }
    files.push(("goals.jsonl".to_owned(), goals.into_bytes()));
    files.push(("dialogues.jsonl".to_owned(), dialogues.into_bytes()));
    let mut text = serde_json::to_string_pretty(&report).map_err(|error| unwritable(&error))?;
    text.push('\n');
    files.push(("import.json".to_owned(), text.into_bytes()));
    Ok(Import { files, report })
}

fn push_line(lines: &mut String, record: &impl serde::Serialize) -> Result<(), Error> {
    lines.push_str(&serde_json::to_string(record).map_err(|error| unwritable(&error))?);
    lines.push('\n');
    Ok(())
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::malformed("", format!("a record can't be written as JSON: {error}; this is a bug of the program"))
}

/// The domains of the folders on one stage.
fn stage(folders: &[Folder]) -> Result<Stage, Error> {
    let domains =
        folders.iter().map(|(name, files)| load(&Files::from_memory(name, files.clone())).map(Arc::new));
    Ok(Stage::new(domains.collect::<Result<Vec<Arc<Domain>>, Error>>()?))
}

/// Values that the goals want, by `domain-slot`: some are in no database.
fn wanted(source: &Source, speller: &Speller) -> BTreeMap<String, BTreeSet<String>> {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |domain: &str, key: &str, text: &str| {
        let Some(slot) = slot_of(key)
            .filter(|slot| ["area", "pricerange", "food", "type", "departure", "destination"].contains(slot))
        else {
            return;
        };
        // The spelling is counted where the goals are made.
        if let Meaning::Value(value) = speller.peek(domain, slot, text) {
            wanted.entry(format!("{domain}-{slot}")).or_default().insert(value.plain().to_string());
        }
    };
    for (_, dialogue) in &source.dialogues {
        for (domain, part) in dialogue.get("goal").and_then(Json::as_object).into_iter().flatten() {
            for slots in ["info", "fail_info"] {
                for (key, value) in part.get(slots).and_then(Json::as_object).into_iter().flatten() {
                    add(domain, key, value.as_str().unwrap_or_default());
                }
            }
        }
    }
    for (name, values) in source.ontology.as_ref().and_then(Json::as_object).into_iter().flatten() {
        let Some((domain, slot)) = name.split_once('-') else { continue };
        let slot = slot.trim_start_matches("semi-");
        for text in values.as_array().into_iter().flatten().filter_map(Json::as_str) {
            if slot == "food" {
                add(domain, slot, text);
            }
        }
    }
    wanted
}
