//! Whatever a user calls a dataset: a run, an imported corpus, a file of a known format, or a folder of such files.

use std::path::{Path, PathBuf};

use goalconvo_core::Dialogue;
use serde_json::Value as Json;

use super::draft::Draft;
use super::piece::{Flaw, Piece, kind};
use super::records::{Record, Records, foreign, open, unmarked};
use super::{FileReport, Form, messages, multiwoz, paper, sdialog, sgd, sharegpt};
use crate::{Error, Lines, dialogue};

/// A dataset on disk; it can be read as often as needed.
#[derive(Clone, Debug)]
pub struct Corpus {
    files: Vec<PathBuf>,
    form: Option<Form>,
}

impl Corpus {
    /// What lies at a path, read as `form`, or as what each file's content shows.
    ///
    /// # Errors
    /// Nothing is there, or a folder holds no dialogues.
    pub fn at(path: &Path, form: Option<Form>) -> Result<Self, Error> {
        let found = std::fs::metadata(path).map_err(Error::io("open", path))?;
        let files = if found.is_dir() { files_in(path)? } else { vec![path.to_owned()] };
        Ok(Corpus { files, form })
    }

    /// How many dialogues there are.
    ///
    /// # Errors
    /// A file can't be read, or is of no known format.
    pub fn count(&self) -> Result<u64, Error> {
        let count = |file: &PathBuf| match open(file, self.form)?.1 {
            Records::Native(lines) | Records::Lines(lines) => {
                lines.map(|line| line.map(|_| 1)).sum::<Result<u64, Error>>()
            }
            Records::Parts(parts) => Ok(parts.len() as u64),
            Records::Drafts(drafts) => Ok(drafts.len() as u64),
        };
        self.files.iter().map(count).sum()
    }

    /// Its dialogues, one after the other; files of one JSON value a line are streamed.
    pub fn dialogues(&self) -> Reading {
        Reading { files: self.files.clone().into_iter(), form: self.form, current: None, reports: Vec::new() }
    }
}

/// The files of a folder that can hold dialogues, in order of name.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let own = folder.join("dialogues.jsonl");
    if folder.join("run.toml").is_file() || (folder.join("import.json").is_file() && own.is_file()) {
        return Ok(vec![own]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let known = [".json", ".jsonl", ".csv", ".tsv", ".txt"].iter().any(|end| plain.ends_with(end));
        if known && path.is_file() && plain != "schema.json" {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let what = "found a folder without run.toml; expected a run folder, an imported corpus, or files with \
                    dialogues (.json, .jsonl, .csv, .tsv or .txt, plain or .gz)";
        return Err(Error::content(folder, what));
    }
    Ok(files)
}

/// Dialogues being read. After the last one, [`Reading::reports`] tells what was in each file.
pub struct Reading {
    files: std::vec::IntoIter<PathBuf>,
    form: Option<Form>,
    current: Option<Current>,
    reports: Vec<FileReport>,
}

struct Current {
    records: Records,
    report: FileReport,
}

impl Reading {
    /// What was read of each file so far, and what of it has no place in a record.
    pub fn reports(&self) -> Vec<&FileReport> {
        self.reports.iter().chain(self.current.as_ref().map(|current| &current.report)).collect()
    }
}

impl Iterator for Reading {
    type Item = Result<Dialogue, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(current) = &mut self.current
                && let Some(read) = current.next()
            {
                return Some(read);
            }
            self.reports.extend(self.current.take().map(|current| current.report));
            let file = self.files.next()?;
            match open(&file, self.form) {
                Ok((form, records)) => {
                    self.current = Some(Current { records, report: FileReport::new(file, form) });
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Current {
    fn next(&mut self) -> Option<Result<Dialogue, Error>> {
        let Current { records, report } = self;
        let read = match records {
            Records::Native(lines) => native(lines)?,
            Records::Lines(lines) => {
                let record = match lines.next()? {
                    Ok((line, text)) => parse(lines.path(), line, &text),
                    Err(error) => Err(error),
                };
                record.and_then(|record| one(record, report))
            }
            Records::Parts(parts) => one(parts.next()?, report),
            Records::Drafts(drafts) => {
                let (place, draft) = drafts.next()?;
                Ok(finish(draft, &place, report))
            }
        };
        if let Ok(dialogue) = &read {
            report.count(dialogue);
        }
        Some(read)
    }
}

fn native(lines: &mut Lines) -> Option<Result<Dialogue, Error>> {
    Some(lines.next()?.and_then(|(line, text)| dialogue(lines.path(), line, unmarked(&text))))
}

fn parse(path: &Path, line: u64, text: &str) -> Result<Record, Error> {
    let json: Json = serde_json::from_str(unmarked(text)).map_err(|error| {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text);
        let what = format!("broken JSON, {what}; expected one whole JSON object a line");
        foreign(path, "", Flaw { pointer: format!("line {line} column {}", error.column()), what })
    })?;
    Ok(Record { place: format!("line {line}"), key: None, json })
}

/// One dialogue of a JSON file.
fn one(record: Record, report: &mut FileReport) -> Result<Dialogue, Error> {
    let Record { place, key, json } = record;
    let mut draft = Draft::named(key);
    let piece = Piece::top(&json);
    let read = match Form::of(&json) {
        Some(found) if found != report.form && !akin(found, report.form) => Err(piece.wrong(format!(
            "found a dialogue of the format {found}; expected {}, as {} has it",
            report.form.shape(),
            report.form
        ))),
        None if !json.is_object() && !json.is_array() => {
            Err(piece.wrong(format!("found {}; expected {}", kind(&json), report.form.shape())))
        }
        _ => match report.form {
            Form::Goalconvo => {
                return serde_json::from_value(json).map_err(|error| {
                    let what = error.to_string();
                    foreign(&report.file, &place, Flaw { pointer: String::new(), what })
                });
            }
            Form::Messages => messages::read(&piece, &mut draft),
            Form::ToolUse => messages::tool_use(&piece, &mut draft),
            Form::Sharegpt => sharegpt::read(&piece, &mut draft),
            Form::Sdialog => sdialog::read(&piece, &mut draft),
            Form::Paper => paper::read(&piece, &mut draft),
            Form::Multiwoz => multiwoz::read(&piece, &mut draft),
            Form::Sgd => sgd::read(&piece, &mut draft),
            Form::Csv | Form::Txt => Ok(()),
        },
    };
    match read {
        Ok(()) => Ok(finish(draft, &place, report)),
        Err(flaw) => Err(foreign(&report.file, &place, flaw)),
    }
}

/// Formats of which one may be read as the other when a user says so, or when a file mixes them.
fn akin(found: Form, wanted: Form) -> bool {
    let messages = |form| matches!(form, Form::Messages | Form::ToolUse);
    let turns = |form| matches!(form, Form::Paper | Form::Sdialog);
    (messages(found) && messages(wanted)) || (turns(found) && turns(wanted))
}

fn finish(draft: Draft, place: &str, report: &mut FileReport) -> Dialogue {
    let stem = report.file.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let number = report.dialogues;
    let (dialogue, notes) = draft.finish(|| format!("{stem}-{number}"), report.form.name());
    let place = if place.starts_with("line") { format!("{place} ") } else { place.to_owned() };
    report.add(notes, &place);
    dialogue
}
