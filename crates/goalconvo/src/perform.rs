//! Many dialogues at once, played by models: a task for each open one, written in the order of their index.

use std::ops::Range;
use std::sync::Arc;

use goalconvo_sim::SpeakerError;
use goalconvo_sim::hub::{Candidate, Source};
use goalconvo_store::{Failure, Run};

use crate::connect::Connections;
use crate::engine::{Made, Plan};
use crate::examples::{Rounds, candidate};
use crate::in_turn::{Floor, Task, Work, in_turn};
use crate::run::{Outcome, Sealed, count};
use crate::timings::Log;
use crate::{Error, Exit, Progress, Stop};

/// What a run by models came to.
#[derive(Debug, Default)]
pub struct Performed {
    /// What was made, as in a run without models.
    pub outcome: Outcome,
    /// Indexes whose dialogue failed, with their reasons, in order.
    pub failures: Vec<Failure>,
    /// Indexes that the budget broke off, in order.
    pub broken_off: Vec<Failure>,
    /// Why nothing more was tried, where something was left.
    pub early: Option<Early>,
}

/// Why a run by models ends before its last index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Early {
    /// The budget was reached.
    Budget,
    /// So many dialogues failed in a row.
    Failing,
    /// So many indexes in a row had no candidate that passed.
    Rejected,
}

/// How many failed since one worked: a provider that is gone fails everything.
#[derive(Default)]
pub(crate) struct InARow {
    failed: usize,
    worked: bool,
}

impl InARow {
    pub(crate) fn worked(&mut self) {
        (self.failed, self.worked) = (0, true);
    }

    pub(crate) fn failed(&mut self) {
        self.failed += 1;
    }

    /// Counts one that failed for this reason, or none; a budget that is reached is no failure.
    pub(crate) fn count(&mut self, why: Option<&(Exit, String)>) {
        match why {
            None => self.worked(),
            Some((Exit::Budget, _)) => {}
            Some(_) => self.failed(),
        }
    }

    /// Whether there is no use in going on, where so many are tried at once: of a provider with which nothing has
    /// worked yet, all that were tried at first.
    pub(crate) fn is_hopeless(&self, at_once: usize) -> bool {
        self.failed > if self.worked { 16 + 2 * at_once } else { at_once.max(8) }
    }
}

/// By what a run is performed.
pub struct Doing<'a> {
    /// Where its models are.
    pub connections: &'a Connections,
    /// So many dialogues are open at once.
    pub at_once: usize,
    /// Whether somebody wants it to end.
    pub stop: &'a Stop,
}

/// Makes what is missing up to the end of the indexes, so many dialogues at once, and writes it.
///
/// # Errors
/// The system refuses to write; what was written before is kept.
pub fn generate(
    run: &mut Run,
    plan: &Arc<Plan>,
    mut rounds: Rounds,
    indexes: Range<u64>,
    doing: &Doing<'_>,
) -> Result<Performed, Error> {
    let mut performed = Performed::default();
    performed.outcome.before = run.written();
    performed.outcome.tally = count(run, crate::run::threads(None))?;
    rounds.resume(run)?;
    let from = run.next().max(indexes.start);
    let progress = Progress::new("dialogues", from - indexes.start, indexes.end - indexes.start);
    let mut show = Show {
        times: Log::open(run.folder())?,
        config_hash: run.header().config_hash.as_str().into(),
        run,
        plan,
        rounds,
        start: indexes.start,
        at_once: doing.at_once.max(1),
        failed: InARow::default(),
        rejected: InARow::default(),
        performed,
        progress,
    };
    let connections = doing.connections;
    let floor = Floor { at_once: show.at_once, gather: connections.gather(), stop: doing.stop };
    let stopped = connections.wait(in_turn(&mut show, from..indexes.end, &floor))?;
    show.run.commit()?;
    let (done, start) = (show.run.next(), show.start);
    show.performed.outcome.stopped = stopped;
    show.performed.outcome.rate = show.progress.rate(done - start);
    show.progress.end();
    Ok(show.performed)
}

/// A run in progress.
struct Show<'a> {
    run: &'a mut Run,
    times: Log,
    config_hash: Arc<str>,
    plan: &'a Arc<Plan>,
    rounds: Rounds,
    start: u64,
    at_once: usize,
    failed: InARow,
    /// Indexes of which no candidate passed: each of them was paid for several times.
    rejected: InARow,
    performed: Performed,
    progress: Progress,
}

/// What came of an index, as it will be written: finished dialogues wait for earlier ones, and thousands may.
struct Done {
    sealed: Result<Sealed, Error>,
    candidate: Option<Candidate>,
}

impl Done {
    fn new(made: Made, source: Option<Source>, config_hash: &str) -> Self {
        let dialogue = made.dialogue.as_ref();
        let candidate = dialogue.zip(source).and_then(|(dialogue, source)| candidate(dialogue, source));
        Done { sealed: Sealed::new(made, config_hash), candidate }
    }

    /// Whether a candidate passed.
    fn has_dialogue(&self) -> bool {
        self.sealed.as_ref().is_ok_and(|sealed| sealed.brief.is_some())
    }
}

impl Work for Show<'_> {
    type Made = Result<Done, SpeakerError>;

    fn begin(&mut self, index: u64) -> Option<Task<Self::Made>> {
        if self.performed.early.is_some() {
            return None;
        }
        let (plan, company) = (self.plan.clone(), self.rounds.company(index)?);
        let (source, config_hash) = (self.rounds.source(index), self.config_hash.clone());
        Some(Box::pin(async move {
            let made = plan.perform(index, &company).await?;
            Ok(Done::new(made, source, &config_hash))
        }))
    }

    fn ended(&mut self, made: &Self::Made) {
        let early = &mut self.performed.early;
        match made {
            Err(error) if error.is_budget() => *early = Some(Early::Budget),
            Err(_) => self.failed.failed(),
            Ok(made) => {
                self.failed.worked();
                match made.has_dialogue() {
                    true => self.rejected.worked(),
                    false => self.rejected.failed(),
                }
            }
        }
        // What is not tried now is tried by the next run.
        if self.failed.is_hopeless(self.at_once) {
            early.get_or_insert(Early::Failing);
        }
        if self.rejected.is_hopeless(self.at_once) {
            early.get_or_insert(Early::Rejected);
        }
    }

    fn write(&mut self, index: u64, made: Self::Made) -> Result<(), Error> {
        match made {
            Ok(done) => {
                self.rounds.sealed(index, done.candidate);
                self.append(index, done.sealed?)
            }
            Err(error) => {
                self.rounds.sealed(index, None);
                let failure = Failure { index, reason: error.to_string(), retryable: error.is_retryable() };
                self.run.fail(&failure)?;
                let performed = &mut self.performed;
                let list =
                    if error.is_budget() { &mut performed.broken_off } else { &mut performed.failures };
                list.push(failure);
                Ok(())
            }
        }
    }

    fn written(&mut self, next: u64) -> Result<(), Error> {
        self.run.flush()?;
        self.progress.show(next - self.start);
        Ok(())
    }
}

impl Show<'_> {
    fn append(&mut self, index: u64, sealed: Sealed) -> Result<(), Error> {
        self.performed.outcome.reject(&sealed);
        if let Some((id, times)) = sealed.timing {
            self.times.add(&id, times)?;
        }
        self.run.append(index, &sealed.entry)?;
        let outcome = &mut self.performed.outcome;
        if let Some(brief) = &sealed.brief {
            outcome.tally.add(brief);
        }
        Ok(())
    }
}
