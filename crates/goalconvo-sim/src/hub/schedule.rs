//! Which indexes make up a round, and the pool's way through them.
//!
//! Each round after the first has as many indexes as all rounds before it. So the pool changes often while it is young
//! and seldom when it is good, a short run has rounds as well, and a long one can have thousands of dialogues open at
//! once. Nothing but the index decides which round a dialogue is of.

use std::ops::Range;
use std::sync::Arc;

use super::candidate::{Candidate, Source};
use super::pool::Pool;
use super::rounds::Hub;

/// At most about so many dialogues of a round ask to enter, spread evenly over it.
const CANDIDATES: u64 = 256;

/// A hub with the rounds of a run, told what each index became.
#[derive(Debug)]
pub struct Schedule {
    hub: Hub,
    /// Indexes of the first round; none: the pool never changes.
    first: Option<u64>,
    /// The index that is due next.
    next: u64,
    /// What the round at hand accepted so far.
    accepted: Vec<Candidate>,
}

impl Schedule {
    /// The rounds of a run that begins at index 0; without `first`, all of them see the seeds alone.
    pub fn new(hub: Hub, first: Option<u64>) -> Self {
        Schedule { hub, first: first.map(|first| first.max(1)), next: 0, accepted: Vec::new() }
    }

    /// The round of an index.
    pub fn round(&self, index: u64) -> u64 {
        let Some(first) = self.first else { return 0 };
        (index / first).checked_ilog2().map_or(0, |log| u64::from(log) + 1)
    }

    /// The indexes of a round.
    pub fn indexes(&self, round: u64) -> Range<u64> {
        let Some(first) = self.first else { return 0..u64::MAX };
        let times = |round: u64| u32::try_from(round).ok().and_then(|round| 2_u64.checked_pow(round));
        let end = |round: u64| times(round).and_then(|times| first.checked_mul(times)).unwrap_or(u64::MAX);
        match round.checked_sub(1) {
            None => 0..first,
            Some(before) => end(before)..end(round),
        }
    }

    /// The pool that an index draws from; `None` while a round that it has to know of is not finished.
    pub fn pool(&self, index: u64) -> Option<Arc<Pool>> {
        let round = if self.first.is_some() { self.round(index) } else { 0 };
        self.hub.for_round(round).ok()
    }

    /// Under which name the dialogue of an index asks to enter; `None` where it does not ask: rounds are large, and a few
    /// of each are enough.
    pub fn source(&self, index: u64) -> Option<Source> {
        let round = self.round(index);
        let range = self.indexes(round);
        let stride = (range.end - range.start).div_ceil(CANDIDATES).max(1);
        let asks = self.first.is_some() && (index - range.start).is_multiple_of(stride);
        asks.then(|| Source { run: "run".to_owned(), index, round: Some(round) })
    }

    /// Takes note of an index, and of the candidate that it brought; indexes come in order, those left out became nothing.
    pub fn sealed(&mut self, index: u64, candidate: Option<Candidate>) {
        self.reached(index);
        self.accepted.extend(candidate);
        self.reached(index + 1);
    }

    /// Closes the rounds before an index.
    pub fn reached(&mut self, index: u64) {
        while self.first.is_some() && self.indexes(self.round(self.next)).end <= index {
            let round = self.round(self.next);
            // Rounds are closed here alone, each when its last index is past.
            let closed = self.hub.close(round, std::mem::take(&mut self.accepted));
            debug_assert!(closed.is_ok(), "{closed:?}");
            self.next = self.indexes(round).end;
        }
        self.next = self.next.max(index);
    }
}
