//! Rounds: when the pool changes, and which of its states a round sees.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::candidate::{Candidate, Source};
use super::pool::{HubConfig, Pool, Refusal};
use crate::plan::Plan;

/// The pool through all rounds.
#[derive(Clone, Debug)]
pub struct Hub {
    /// `pools[n]` is the pool after n rounds; the first holds the seeds alone.
    pools: Vec<Arc<Pool>>,
}

/// What closing a round changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// How many candidates entered.
    pub entered: usize,
    /// How many entries had to go.
    pub left: usize,
    /// How many candidates were refused, by why.
    pub refused: BTreeMap<Refusal, usize>,
}

/// A round that can't be closed or looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubError(String);

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HubError {}

/// Rounds that lie between accepting a dialogue and showing it.
const LAG: u64 = 2;

impl Hub {
    /// A hub with seeds, which every round sees.
    pub fn new(config: HubConfig, seeds: Vec<Candidate>) -> Self {
        let mut pool = Pool::new(config);
        enter(&mut pool, seeds);
        Hub { pools: vec![Arc::new(pool)] }
    }

    /// Seeds of the built-in engine: what the plan makes under its first indexes and its own judge of facts accepts.
    /// The plan should be [`Plan::beside`] the run's, whose dialogues would otherwise be their own examples.
    pub fn seeds(plan: &Plan, count: u64) -> Vec<Candidate> {
        let seed = |index| {
            let source = Source { run: "seed".to_owned(), index, round: None };
            // One in which the user got what it came for: the rest would be no model to follow.
            let made = plan
                .make(index)
                .dialogue
                .filter(|made| made.outcome.as_ref().is_some_and(|outcome| outcome.success));
            Candidate::new(&made?, source).ok()
        };
        (0..count).filter_map(seed).collect()
    }

    /// How many rounds are closed.
    pub fn closed(&self) -> u64 {
        self.pools.len() as u64 - 1
    }

    /// Closes a round with what it accepted, in whatever order that came.
    ///
    /// # Errors
    /// It is not the round that is due: rounds close in order, each once.
    pub fn close(&mut self, round: u64, accepted: Vec<Candidate>) -> Result<Closed, HubError> {
        let due = self.closed();
        let Some(last) = self.pools.last().filter(|_| round == due) else {
            return Err(HubError(format!("round {round} can't be closed: round {due} is due")));
        };
        let mut pool = Pool::clone(last);
        let closed = enter(&mut pool, accepted);
        self.pools.push(Arc::new(pool));
        Ok(closed)
    }

    /// The pool that a round draws from: what rounds up to two before it accepted.
    ///
    /// # Errors
    /// A round that it has to know of is not closed yet.
    pub fn for_round(&self, round: u64) -> Result<Arc<Pool>, HubError> {
        let seen = (round + 1).saturating_sub(LAG);
        let pool = usize::try_from(seen).ok().and_then(|seen| self.pools.get(seen));
        pool.cloned().ok_or_else(|| {
            HubError(format!("round {round} can't begin: round {} is not closed", seen.saturating_sub(1)))
        })
    }
}

/// Lets candidates in by their index, so that the order in which they were made does not matter.
fn enter(pool: &mut Pool, mut candidates: Vec<Candidate>) -> Closed {
    candidates.sort_by(|a, b| (a.source().index, a.id()).cmp(&(b.source().index, b.id())));
    let mut closed = Closed::default();
    let before = pool.entries().len();
    for candidate in candidates {
        match pool.admit(candidate) {
            Ok(()) => closed.entered += 1,
            Err(refusal) => *closed.refused.entry(refusal).or_default() += 1,
        }
    }
    closed.left = before + closed.entered - pool.entries().len();
    closed
}
