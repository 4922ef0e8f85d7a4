//! A dataset checked on all cores: each record against its world, and a run's records against what the run should be.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use goalconvo_core::{ContentHash, Dialogue, Finding, Key};
use goalconvo_store::{Dataset, Pace, in_order};
use schemars::JsonSchema;
use serde::Serialize;

use crate::assemble::Stages;
use crate::engine::Judge;
use crate::roll::Roll;
use crate::{Error, Exit, Progress, Stop};

/// What checking a dataset found.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Checked {
    /// Records that were looked at, or looked for in vain.
    pub checked: u64,
    /// Those of which every check held.
    pub passed: u64,
    /// The others.
    pub failed: u64,
    /// Why, one entry a check that did not hold; the first 10,000 of them.
    pub failures: Vec<Failure>,
    /// How many more there are.
    pub failures_left_out: u64,
    /// Lines among the failed that can't be read at all.
    #[serde(skip)]
    pub unreadable: u64,
    /// What is wrong with the first of them: place, found, expected.
    #[serde(skip)]
    pub unreadable_first: Option<String>,
    /// For a run that is not finished: how far it is, and what to do.
    #[serde(skip)]
    pub unfinished: Option<String>,
}

/// So many failures are told one by one.
const FAILURES: usize = 10_000;

/// One check that did not hold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Failure {
    /// The record; empty when it can't be read.
    pub id: String,
    /// Its line; 0 for the dataset as a whole.
    pub line: u64,
    /// The check.
    pub check: String,
    /// JSON pointer into the record.
    pub at: String,
    /// What was found and what was expected.
    pub what: String,
}

impl Failure {
    pub(crate) fn new(id: &str, line: u64, [check, at, what]: [&str; 3]) -> Self {
        let [check, at, what] = [check, at, what].map(str::to_owned);
        Failure { id: id.to_owned(), line, check, at, what }
    }
}

/// A line that was looked at.
struct Looked {
    line: u64,
    id: String,
    key: Option<Key>,
    failures: Vec<Failure>,
    /// It can't be read: the whole message.
    unreadable: Option<String>,
}

/// Checks every record of a dataset against its world, and those of a run against the run.
///
/// # Errors
/// The dataset can't be read. A line that can't be is a failure, like a record that is not sound.
pub fn verify(
    dataset: &Dataset,
    stages: &Stages<Judge>,
    threads: usize,
    stop: &Stop,
) -> Result<Checked, Error> {
    let mut found = Checked::default();
    let mut progress = Progress::counting("records");
    let mut interrupted = false;
    let mut seen = BTreeSet::new();
    let mut roll = Roll::of(dataset)?;
    // A last line without its end is what a run leaves that was cut off; any other that can't be read is a failure, and
    // so is what stands after the end of a run that is complete: nobody has checked it.
    let mut last: Option<Looked> = None;
    let check = |line: Result<(u64, String), goalconvo_store::Error>| look(dataset, line, stages);
    in_order(dataset.lines()?, Pace::threads(threads), check, |looked| {
        if let Some(looked) = looked {
            let mut looked = looked?;
            // Hashes instead of names: a million of them are some megabytes.
            if !looked.id.is_empty() && !seen.insert(ContentHash::of(looked.id.as_bytes()).low()) {
                let what = "an earlier record has this id; ids are unique in a dataset";
                looked.failures.push(Failure::new(&looked.id, looked.line, ["id", "/id", what]));
            }
            if let (Some(roll), Some(key)) = (&mut roll, looked.key) {
                looked.failures.extend(roll.look(key, &looked.id, looked.line));
            }
            if let Some(before) = last.replace(looked) {
                found.add(before);
            }
        }
        progress.show(found.checked);
        interrupted = stop.asked();
        Ok::<_, Error>(if interrupted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    progress.end();
    if interrupted {
        return Err(Error::new(Exit::Interrupted, format!("interrupted after {} records", found.checked)));
    }
    let goes_on = roll.as_ref().is_some_and(|roll| !roll.is_complete());
    let is_cut =
        goes_on && last.as_ref().is_some_and(|last| last.unreadable.is_some()) && dataset.is_cut()?;
    if let Some(last) = last.filter(|_| !is_cut) {
        found.add(last);
    }
    if let Some(roll) = roll {
        // A line that can't be read is one of those that would be missed.
        let missing = if found.unreadable == 0 { roll.missing() } else { Vec::new() };
        missing.into_iter().for_each(|failure| found.fail(vec![failure]));
        found.unfinished = roll.unfinished(is_cut);
    }
    Ok(found)
}

impl Checked {
    fn add(&mut self, looked: Looked) {
        if let Some(what) = looked.unreadable {
            self.unreadable += 1;
            self.unreadable_first.get_or_insert(what);
        }
        if looked.failures.is_empty() {
            self.checked += 1;
            self.passed += 1;
        } else {
            self.fail(looked.failures);
        }
    }

    fn fail(&mut self, failures: Vec<Failure>) {
        self.checked += 1;
        self.failed += 1;
        for failure in failures {
            if self.failures.len() < FAILURES {
                self.failures.push(failure);
            } else {
                self.failures_left_out += 1;
            }
        }
    }
}

/// Looks at one line. An error is one of the file as a whole.
fn look(
    dataset: &Dataset,
    line: Result<(u64, String), goalconvo_store::Error>,
    stages: &Stages<Judge>,
) -> Result<Looked, goalconvo_store::Error> {
    let unreadable = |error: goalconvo_store::Error| match error.line() {
        Some(line) => {
            let what = error.to_string();
            let failures = vec![Failure::new("", line, ["json", "", &what])];
            Ok(Looked { line, id: String::new(), key: None, failures, unreadable: Some(what) })
        }
        None => Err(error),
    };
    let (line, text) = match line {
        Ok(read) => read,
        Err(error) => return unreadable(error),
    };
    match goalconvo_store::dialogue(&dataset.file, line, &text) {
        Ok(dialogue) => {
            let failures = failures(&dialogue, line, stages);
            let key = dialogue.scenario.as_ref().map(|scenario| scenario.key);
            Ok(Looked { line, id: dialogue.id, key, failures, unreadable: None })
        }
        Err(error) => match error.flaw() {
            Some((at, what)) => {
                let (id, key) = name_of(&text);
                let failures = vec![Failure::new(&id, line, ["record", at, what])];
                Ok(Looked { line, id, key, failures, unreadable: None })
            }
            None => unreadable(error),
        },
    }
}

/// The checks that did not hold for one record; what could not be checked did not hold.
fn failures(dialogue: &Dialogue, line: u64, stages: &Stages<Judge>) -> Vec<Failure> {
    let failure = |check: &str, at: &str, what: &str| Failure::new(&dialogue.id, line, [check, at, what]);
    let on = match stages.of(dialogue) {
        Ok(stage) => stage,
        Err(what) => return vec![failure("world", "/world", &what)],
    };
    let (stage, judge) = &*Arc::clone(&on);
    let verdict = judge.check(dialogue, stage);
    let mut found: Vec<Failure> =
        verdict.reasons.iter().map(|reason| failure(&reason.check, &reason.at, &reason.what)).collect();
    if verdict.finding != Finding::Passed && found.is_empty() {
        found.push(failure(&verdict.judge, "", "it did not pass, and gave no reason"));
    }
    found
}

/// Id and key of a record that is not sound, as far as they are there.
fn name_of(text: &str) -> (String, Option<Key>) {
    let record: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let id = record.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let key = record.pointer("/scenario/key").cloned();
    (id, key.and_then(|key| serde_json::from_value(key).ok()))
}
