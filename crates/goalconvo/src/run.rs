//! Many dialogues: made on all cores, written in order, checked the same way.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use goalconvo_core::{ContentHash, Dialogue, Finding, Turn};
use goalconvo_store::{Dataset, Entry, Pace, Run, in_order};
use schemars::JsonSchema;
use serde::Serialize;

use crate::assemble::Stages;
use crate::engine::{Judge, Made, Plan};
use crate::tally::{Brief, Tally};
use crate::{Error, Exit, Progress, Stop};

/// As many threads as asked for, or as there are cores.
pub fn threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get)).max(1)
}

/// What is written under one index.
pub(crate) struct Sealed {
    pub entry: Entry,
    pub brief: Option<Brief>,
    pub rejected: u64,
}

impl Sealed {
    pub fn new(made: Made, config_hash: &str) -> Result<Self, Error> {
        let mut sealed =
            Sealed { entry: Entry::default(), brief: None, rejected: made.rejected.len() as u64 };
        for dialogue in made.rejected {
            write(dialogue, config_hash, &mut sealed.entry.rejected)?;
        }
        if let Some(dialogue) = made.dialogue {
            sealed.brief = Some(Brief::of(&dialogue));
            write(dialogue, config_hash, &mut sealed.entry.accepted)?;
        }
        Ok(sealed)
    }
}

fn write(mut dialogue: Dialogue, config_hash: &str, bytes: &mut Vec<u8>) -> Result<(), Error> {
    dialogue.provenance.config = Some(config_hash.to_owned());
    untimed(&mut dialogue);
    serde_json::to_writer(&mut *bytes, &dialogue)?;
    bytes.push(b'\n');
    Ok(())
}

/// Takes out what differs when the same is done twice: how long a model took.
fn untimed(dialogue: &mut Dialogue) {
    for turn in &mut dialogue.turns {
        if let Turn::User(said) | Turn::Assistant(said) = turn
            && let Some(usage) = &mut said.usage
        {
            usage.latency_ms = None;
        }
    }
}

/// What a run has made so far.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// All dialogues of the folder.
    pub tally: Tally,
    /// Those that were there before.
    pub before: u64,
    /// Candidates that this process rejected.
    pub rejected: u64,
    /// Indexes for which no candidate passed, in this process.
    pub holes: Vec<u64>,
    /// Whether somebody stopped it.
    pub stopped: bool,
    /// Dialogues a second that this process made.
    pub rate: f64,
}

/// Makes what is missing up to the end of the indexes, and writes it.
///
/// # Errors
/// The system refuses to write; what was written before is kept.
pub fn generate(
    run: &mut Run,
    plan: &Plan,
    indexes: Range<u64>,
    threads: usize,
    stop: &Stop,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome { before: run.written(), ..Outcome::default() };
    outcome.tally = count(run, threads)?;
    let missing = run.next().max(indexes.start)..indexes.end;
    let config_hash = run.header().config_hash.clone();
    let mut progress = Progress::new("dialogues", missing.start - indexes.start, indexes.end - indexes.start);
    let make = |index| (index, Sealed::new(plan.make(index), &config_hash));
    in_order(missing, Pace::threads(threads), make, |made| {
        match made {
            None => run.flush()?,
            Some((index, sealed)) => {
                let sealed = sealed?;
                run.append(index, &sealed.entry)?;
                outcome.rejected += sealed.rejected;
                match &sealed.brief {
                    Some(brief) => outcome.tally.add(brief),
                    None => outcome.holes.push(index),
                }
            }
        }
        progress.show(run.next() - indexes.start);
        outcome.stopped = stop.asked();
        Ok::<_, Error>(if outcome.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    run.commit()?;
    outcome.rate = progress.rate(run.next() - indexes.start);
    progress.end();
    Ok(outcome)
}

/// Counts the dialogues that are in a run already.
pub(crate) fn count(run: &Run, threads: usize) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    if run.written() == 0 {
        return Ok(tally);
    }
    let (path, lines) = run.lines()?;
    let brief = |line: Result<(u64, String), goalconvo_store::Error>| {
        let (number, text) = line?;
        goalconvo_store::dialogue(&path, number, &text).map(|dialogue| Brief::of(&dialogue))
    };
    in_order(lines, Pace::threads(threads), brief, |brief| {
        if let Some(brief) = brief {
            tally.add(&brief?);
        }
        Ok::<_, Error>(ControlFlow::Continue(()))
    })?;
    Ok(tally)
}

/// What checking a dataset found.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Checked {
    /// Records that were looked at.
    pub checked: u64,
    /// Those of which every check held.
    pub passed: u64,
    /// The others.
    pub failed: u64,
    /// Why, one entry a check that did not hold; the first 10,000 of them.
    pub failures: Vec<Failure>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub failures_left_out: u64,
}

/// So many failures are told one by one.
const FAILURES: usize = 10_000;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// One check that did not hold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Failure {
    /// The record; empty when it can't be read.
    pub id: String,
    /// Its line.
    pub line: u64,
    /// The check.
    pub check: String,
    /// JSON pointer into the record.
    pub at: String,
    /// What was found and what was expected.
    pub what: String,
}

/// Checks every record of a dataset against its world.
///
/// # Errors
/// The dataset can't be read, or a line is no JSON or a record of another version. A line that is a JSON object but no
/// sound record is a failure of that record.
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
    let check = |line: Result<(u64, String), goalconvo_store::Error>| {
        let (number, text) = line?;
        match goalconvo_store::dialogue(&dataset.file, number, &text) {
            Ok(dialogue) => Ok((number, failures(&dialogue, number, stages), dialogue.id)),
            Err(error) => match error.flaw() {
                Some((at, what)) => {
                    let (check, at, what) = ("record".to_owned(), at.to_owned(), what.to_owned());
                    let id = id_of(&text);
                    Ok((number, vec![Failure { id: id.clone(), line: number, check, at, what }], id))
                }
                None => Err(error),
            },
        }
    };
    in_order(dataset.lines()?, Pace::threads(threads), check, |looked| {
        if let Some(looked) = looked {
            let (line, mut failures, id) = looked?;
            // Hashes instead of names: a million of them are some megabytes.
            if !seen.insert(ContentHash::of(id.as_bytes()).low()) {
                let (check, at) = ("id".to_owned(), "/id".to_owned());
                let what = "an earlier record has this id; ids are unique in a dataset".to_owned();
                failures.push(Failure { id, line, check, at, what });
            }
            found.add(failures);
        }
        progress.show(found.checked);
        interrupted = stop.asked();
        Ok::<_, Error>(if interrupted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    progress.end();
    if interrupted {
        return Err(Error::new(Exit::Interrupted, format!("interrupted after {} records", found.checked)));
    }
    Ok(found)
}

impl Checked {
    fn add(&mut self, failures: Vec<Failure>) {
        self.checked += 1;
        if failures.is_empty() {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        for failure in failures {
            if self.failures.len() < FAILURES {
                self.failures.push(failure);
            } else {
                self.failures_left_out += 1;
            }
        }
    }
}

/// The checks that did not hold for one record; what could not be checked did not hold.
fn failures(dialogue: &Dialogue, line: u64, stages: &Stages<Judge>) -> Vec<Failure> {
    let failure = |check: &str, at: &str, what: &str| Failure {
        id: dialogue.id.clone(),
        line,
        check: check.to_owned(),
        at: at.to_owned(),
        what: what.to_owned(),
    };
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

fn id_of(text: &str) -> String {
    let record: Option<serde_json::Value> = serde_json::from_str(text).ok();
    record.as_ref().and_then(|record| record.get("id")?.as_str()).unwrap_or_default().to_owned()
}
