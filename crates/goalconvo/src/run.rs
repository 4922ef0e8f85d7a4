//! Many dialogues: made on all cores, written in order.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};

use goalconvo_core::{Dialogue, Finding};
use goalconvo_store::{Entry, Pace, Run, in_order};
use smol_str::SmolStr;

pub use crate::checked::{Checked, Failure, verify};
use crate::engine::{Made, Plan};
use crate::tally::{Brief, Tally};
use crate::{Error, Progress, Stop, timings};

/// As many threads as asked for, or as there are cores.
pub fn threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get)).max(1)
}

/// What is written under one index.
#[derive(Default)]
pub(crate) struct Sealed {
    pub entry: Entry,
    pub brief: Option<Brief>,
    pub rejected: u64,
    /// Who rejected them: judges that did not pass one, once for each.
    pub rejected_by: Vec<SmolStr>,
    /// The accepted dialogue's id, and how long a model took for which of its turns.
    pub timing: Option<(String, Vec<(usize, u64)>)>,
}

impl Sealed {
    pub fn new(made: Made, config_hash: &str) -> Result<Self, Error> {
        let mut sealed = Sealed { rejected: made.rejected.len() as u64, ..Sealed::default() };
        for mut dialogue in made.rejected {
            timings::take(&mut dialogue);
            let failed = dialogue.verdicts.iter().filter(|verdict| verdict.finding != Finding::Passed);
            sealed.rejected_by.extend(failed.map(|verdict| verdict.judge.clone()));
            write(dialogue, config_hash, &mut sealed.entry.rejected)?;
        }
        if let Some(mut dialogue) = made.dialogue {
            let times = timings::take(&mut dialogue);
            sealed.timing = (!times.is_empty()).then(|| (dialogue.id.clone(), times));
            sealed.brief = Some(Brief::of(&dialogue));
            write(dialogue, config_hash, &mut sealed.entry.accepted)?;
        }
        Ok(sealed)
    }
}

fn write(mut dialogue: Dialogue, config_hash: &str, bytes: &mut Vec<u8>) -> Result<(), Error> {
    dialogue.provenance.config = Some(config_hash.to_owned());
    serde_json::to_writer(&mut *bytes, &dialogue)?;
    bytes.push(b'\n');
    Ok(())
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
    /// How many of them each judge did not pass.
    pub rejected_by: BTreeMap<SmolStr, u64>,
    /// Whether somebody stopped it.
    pub stopped: bool,
    /// Dialogues a second that this process made.
    pub rate: f64,
}

impl Outcome {
    /// Counts the rejects of an index.
    pub(crate) fn reject(&mut self, sealed: &Sealed) {
        self.rejected += sealed.rejected;
        for judge in &sealed.rejected_by {
            *self.rejected_by.entry(judge.clone()).or_default() += 1;
        }
    }

    /// How many candidates were rejected and by whom: `12 candidates rejected (coherence 11, facts 1)`.
    pub fn rejects(&self) -> String {
        let mut judges: Vec<_> = self.rejected_by.iter().collect();
        judges.sort_by_key(|(judge, count)| (std::cmp::Reverse(**count), (*judge).clone()));
        let judges: Vec<String> =
            judges.into_iter().map(|(judge, count)| format!("{judge} {count}")).collect();
        let by = if judges.is_empty() { String::new() } else { format!(" ({})", judges.join(", ")) };
        format!("{} candidates rejected{by}", self.rejected)
    }
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
                outcome.reject(&sealed);
                if let Some(brief) = &sealed.brief {
                    outcome.tally.add(brief);
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
