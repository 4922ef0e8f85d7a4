//! How long models took, beside a run's dialogues: in a file of its own, because no two runs take the same time and a
//! run's dialogues are the same bytes however often it was interrupted.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use goalconvo_core::{Dialogue, Turn, Usage};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The file's name in a run's folder.
const FILE: &str = "timings.jsonl";

/// One line: a dialogue's turns that a model was asked for, each with its milliseconds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    latency_ms: Vec<(usize, u64)>,
}

/// Takes the times out of a record.
pub fn take(dialogue: &mut Dialogue) -> Vec<(usize, u64)> {
    let usages = usages(dialogue);
    usages.into_iter().filter_map(|(at, usage)| Some((at, usage.latency_ms.take()?))).collect()
}

fn usages(dialogue: &mut Dialogue) -> Vec<(usize, &mut Usage)> {
    let turns = dialogue.turns.iter_mut().enumerate();
    let usages = turns.filter_map(|(at, turn)| match turn {
        Turn::User(said) | Turn::Assistant(said) => said.usage.as_mut().map(|usage| (at, usage)),
        _ => None,
    });
    usages.collect()
}

/// The file of a run that is being written.
pub struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens the file of a run's folder, or makes it.
    ///
    /// # Errors
    /// The system refuses.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let file = file.map_err(|error| Error::bad_input(format!("open {}: {error}", path.display())))?;
        Ok(Log { path, file })
    }

    /// Adds the times of a dialogue; of two lines with one id the later one holds.
    ///
    /// # Errors
    /// The system refuses.
    pub fn add(&mut self, id: &str, latency_ms: Vec<(usize, u64)>) -> Result<(), Error> {
        let json = serde_json::to_string(&Line { id: id.to_owned(), latency_ms })?;
        let written = self.file.write_all(format!("{json}\n").as_bytes());
        written.map_err(|error| Error::bad_input(format!("write {}: {error}", self.path.display())))
    }
}

/// The times of a run, to be put back into its records.
#[derive(Default)]
pub struct Timings(BTreeMap<String, Vec<(usize, u64)>>);

impl Timings {
    /// Those beside a file of dialogues; none where there are none.
    ///
    /// # Errors
    /// The system refuses. A line that can't be read, which a crash can leave, is left out.
    pub fn beside(dialogues: &Path) -> Result<Self, Error> {
        let path = dialogues.with_file_name(FILE);
        if !path.is_file() {
            return Ok(Timings::default());
        }
        let refused = |error: std::io::Error| Error::bad_input(format!("read {}: {error}", path.display()));
        let mut all = BTreeMap::new();
        for line in BufReader::new(File::open(&path).map_err(refused)?).lines() {
            if let Ok(Line { id, latency_ms }) = serde_json::from_str(&line.map_err(refused)?) {
                all.insert(id, latency_ms);
            }
        }
        Ok(Timings(all))
    }

    /// Puts the times of a record back.
    pub fn put(&self, dialogue: &mut Dialogue) {
        let Some(times) = self.0.get(&dialogue.id) else { return };
        for (at, usage) in usages(dialogue) {
            let time = times.iter().find(|(place, _)| *place == at);
            usage.latency_ms = usage.latency_ms.or(time.map(|(_, time)| *time));
        }
    }
}
