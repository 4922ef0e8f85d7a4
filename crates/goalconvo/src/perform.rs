//! Many dialogues at once, played by models: a task for each open one, written in the order of their index.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use goalconvo_llm::{Gather, Seat};
use goalconvo_sim::SpeakerError;
use goalconvo_store::{Failure, Run};
use tokio::task::JoinSet;

use crate::connect::Connections;
use crate::engine::{Made, Plan};
use crate::examples::Rounds;
use crate::run::{Outcome, Sealed, count};
use crate::terminal::GLANCE;
use crate::timings::Log;
use crate::{Error, Exit, Progress, Stop};

/// So many dialogues may be finished and wait for an earlier one, for each open one.
const AHEAD: u64 = 4;

/// What a run by models came to.
#[derive(Debug, Default)]
pub struct Performed {
    /// What was made, as in a run without models.
    pub outcome: Outcome,
    /// Indexes whose dialogue failed, with their reasons, in order.
    pub failures: Vec<Failure>,
    /// The budget was reached.
    pub budget: bool,
    /// Nothing more was tried after so many failures in a row.
    pub halted: bool,
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
        run,
        plan,
        rounds,
        gather: doing.connections.gather(),
        left: None,
        start: indexes.start,
        missing: from..indexes.end,
        at_once: doing.at_once.max(1),
        open: JoinSet::new(),
        ready: BTreeMap::new(),
        in_a_row: InARow::default(),
        performed,
        progress,
    };
    doing.connections.handle().block_on(show.play(doing.stop))?;
    show.run.commit()?;
    let (done, start) = (show.run.next(), show.start);
    show.performed.outcome.rate = show.progress.rate(done - start);
    show.progress.end();
    Ok(show.performed)
}

/// What came of one index, and the seat that it held.
type Played = (u64, Result<Made, SpeakerError>, Option<Seat>);

/// A run in progress.
struct Show<'a> {
    run: &'a mut Run,
    times: Log,
    plan: &'a Arc<Plan>,
    rounds: Rounds,
    gather: Option<&'a Arc<Gather>>,
    /// The seat of the dialogue that ended last, kept until another may have taken it.
    left: Option<Seat>,
    start: u64,
    /// Indexes that nobody has begun.
    missing: Range<u64>,
    at_once: usize,
    open: JoinSet<Played>,
    /// Finished, and waiting for an earlier one.
    ready: BTreeMap<u64, Result<Made, SpeakerError>>,
    in_a_row: InARow,
    performed: Performed,
    progress: Progress,
}

impl Show<'_> {
    async fn play(&mut self, stop: &Stop) -> Result<(), Error> {
        let config_hash = self.run.header().config_hash.clone();
        let mut glance = tokio::time::interval(GLANCE);
        // Ends with this run.
        let mut driver = JoinSet::new();
        if let Some(gather) = self.gather.map(Arc::clone) {
            driver.spawn(async move { gather.drive().await });
        }
        loop {
            self.begin();
            tokio::select! {
                played = self.open.join_next() => match played {
                    None => break,
                    Some(played) => self.finished(played)?,
                },
                _ = glance.tick() => {}
            }
            self.write(&config_hash)?;
            if stop.asked() {
                self.performed.outcome.stopped = true;
                self.open.abort_all();
                break;
            }
        }
        Ok(())
    }

    /// Opens as many dialogues as may be open. Nothing is handed over as a batch job before all of them are.
    fn begin(&mut self) {
        let _all = self.gather.map(Gather::seat);
        self.left = None;
        let furthest = self.run.next() + AHEAD * self.at_once as u64;
        let halted = self.performed.budget || self.performed.halted;
        while !halted && self.open.len() < self.at_once && self.missing.start < furthest {
            let index = self.missing.start;
            if self.missing.is_empty() {
                break;
            }
            let Some(company) = self.rounds.company(index) else { break };
            self.missing.start += 1;
            let plan = self.plan.clone();
            let seat = self.gather.map(Gather::seat);
            self.open.spawn(async move { (index, plan.perform(index, &company).await, seat) });
        }
    }

    fn finished(&mut self, played: Result<Played, tokio::task::JoinError>) -> Result<(), Error> {
        let (index, made, seat) = match played {
            Ok(played) => played,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => return Err(Error::new(Exit::Bug, format!("a dialogue's task: {error}"))),
        };
        self.left = seat;
        match &made {
            Ok(_) => self.in_a_row.worked(),
            Err(error) if error.is_budget() => self.performed.budget = true,
            Err(_) => self.in_a_row.failed(),
        }
        // What is not tried now is tried by the next run.
        self.performed.halted |= self.in_a_row.is_hopeless(self.at_once);
        self.ready.insert(index, made);
        Ok(())
    }

    /// Writes what is due.
    fn write(&mut self, config_hash: &str) -> Result<(), Error> {
        let before = self.run.next();
        while let Some(made) = self.ready.remove(&self.run.next()) {
            let index = self.run.next();
            match made {
                Ok(made) => {
                    self.rounds.sealed(index, made.dialogue.as_ref());
                    self.seal(index, made, config_hash)?;
                }
                Err(error) => {
                    self.rounds.sealed(index, None);
                    let failure =
                        Failure { index, reason: error.to_string(), retryable: error.is_retryable() };
                    self.run.fail(&failure)?;
                    self.performed.failures.push(failure);
                }
            }
        }
        if self.run.next() > before {
            self.run.flush()?;
            self.progress.show(self.run.next() - self.start);
        }
        Ok(())
    }

    fn seal(&mut self, index: u64, made: Made, config_hash: &str) -> Result<(), Error> {
        let sealed = Sealed::new(made, config_hash)?;
        self.performed.outcome.reject(&sealed);
        if let Some((id, times)) = sealed.timing {
            self.times.add(&id, times)?;
        }
        self.run.append(index, &sealed.entry)?;
        let outcome = &mut self.performed.outcome;
        match &sealed.brief {
            Some(brief) => outcome.tally.add(brief),
            None => outcome.holes.push(index),
        }
        Ok(())
    }
}
