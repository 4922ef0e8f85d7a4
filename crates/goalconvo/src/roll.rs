//! The roll of a run: whether the records of its folder are those that it should have, each once, in order.

use std::collections::BTreeSet;

use goalconvo_core::Key;
use goalconvo_store::{Dataset, Header};
use serde::Deserialize;

use crate::Error;
use crate::checked::Failure;

/// What a run's records are compared with, and which of them have come.
pub(crate) struct Roll {
    file: String,
    header: Header,
    /// Indexes for which no candidate passed.
    holes: BTreeSet<u64>,
    /// How many dialogues the report counts, when the run is finished.
    reported: Option<u64>,
    seen: BTreeSet<u64>,
}

/// As much of `report.json` as says whether the run is finished.
#[derive(Deserialize)]
struct Report {
    asked: u64,
    made: Made,
}

#[derive(Deserialize)]
struct Made {
    dialogues: u64,
}

impl Roll {
    /// That of a run folder; none for a single file.
    ///
    /// # Errors
    /// The journal or the report is there and can't be read.
    pub(crate) fn of(dataset: &Dataset) -> Result<Option<Self>, Error> {
        let (Some(header), Some(folder)) = (dataset.header.clone(), dataset.file.parent()) else {
            return Ok(None);
        };
        let holes = goalconvo_store::holes(folder)?;
        let path = folder.join("report.json");
        let mut reported = None;
        if path.exists() {
            let refused = |what: String| {
                let todo = "remove it, and give the command that made the run once more";
                Error::bad_input(format!("{}: {what}; expected a run's report; {todo}", path.display()))
            };
            let text = std::fs::read_to_string(&path).map_err(|error| refused(error.to_string()))?;
            let report: Report = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
            // A run that its budget ended has a report, and indexes that nobody has tried yet.
            let (asked, tried) = (header.to - header.from, report.made.dialogues + holes.len() as u64);
            reported = (report.asked == asked && tried >= asked).then_some(report.made.dialogues);
        }
        let file = dataset.file.display().to_string();
        Ok(Some(Roll { file, header, holes, reported, seen: BTreeSet::new() }))
    }

    /// What speaks against this record at this line.
    pub(crate) fn look(&mut self, key: Key, id: &str, line: u64) -> Vec<Failure> {
        let (index, last) = (key.place(), self.seen.last().copied());
        let Header { from, to, .. } = self.header;
        let mut found = Vec::new();
        let mut fail = |at: &str, what: String| found.push(Failure::new(id, line, ["run", at, &what]));
        let seed = self.header.config.get("seed").and_then(toml::Value::as_integer);
        if seed.is_some_and(|seed| u64::try_from(seed) != Ok(key.seed)) {
            let seed = seed.unwrap_or_default();
            fail("/scenario/key/seed", format!("seed {} in a run of seed {seed}", key.seed));
        }
        if !(from..to).contains(&index) {
            fail(
                "/scenario/key/index",
                format!("index {index} in a run of the indexes from {from} to below {to}"),
            );
            return found;
        }
        if id != format!("{index:06}") {
            fail("/id", format!("expected the id {index:06}, for the record has the index {index}"));
        }
        let is_new = self.seen.insert(index);
        if !is_new {
            fail("/scenario/key/index", format!("an earlier record has index {index}"));
        } else if let Some(last) = last.filter(|last| index < *last) {
            let what =
                format!("index {index} after {last}; a run's records stand in the order of their indexes");
            fail("/scenario/key/index", what);
        }
        found
    }

    fn count(&self) -> u64 {
        self.seen.len() as u64
    }

    /// The records that should be there and are not.
    pub(crate) fn missing(&self) -> Vec<Failure> {
        let Header { from, to, .. } = self.header;
        let end = if self.reported.is_some() { to } else { self.seen.last().map_or(from, |last| last + 1) };
        let lost = (from..end).filter(|index| !self.seen.contains(index) && !self.holes.contains(index));
        let mut found: Vec<Failure> = lost
            .map(|index| {
                let what = format!(
                    "the record of index {index} is missing; restore the file, or make the run again in another folder"
                );
                Failure::new(&format!("{index:06}"), 0, ["run", "", &what])
            })
            .collect();
        if let Some(reported) = self.reported.filter(|reported| found.is_empty() && *reported != self.count())
        {
            let what = format!("{} records, where report.json counts {reported}", self.count());
            found.push(Failure::new("", 0, ["run", "", &what]));
        }
        found
    }

    /// Whether nothing more is due: the run says that it is finished, or each of its indexes has come to something.
    pub(crate) fn is_complete(&self) -> bool {
        let Header { from, to, .. } = self.header;
        self.reported.is_some()
            || (from..to).all(|index| self.seen.contains(&index) || self.holes.contains(&index))
    }

    /// How far a run is that is not finished, and what to do.
    pub(crate) fn unfinished(&self, is_cut: bool) -> Option<String> {
        self.unfinished_at(self.count(), is_cut)
    }

    /// The same of a run of which so many records were read elsewhere.
    pub(crate) fn unfinished_at(&self, count: u64, is_cut: bool) -> Option<String> {
        if self.reported.is_some() {
            return None;
        }
        let (asked, cut) = (self.header.to - self.header.from, ", the last line is cut in the middle");
        Some(format!(
            "{}: the run is not finished, {} of {asked} dialogues are there{}; the command that made them continues \
             from there",
            self.file,
            count,
            if is_cut { cut } else { "" }
        ))
    }
}
