//! A hard cap on spending: the worst case of a call is set aside before it is sent.
//!
//! At every moment spent + reserved ≤ cap, and a call costs at most what it reserved, so the cap holds at any
//! concurrency. A call that does not fit now but may fit once others settle waits for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Cost;
use crate::error::{Error, Kind};

/// A cap shared by all calls of a run.
#[derive(Debug)]
pub struct Budget {
    cap: Cost,
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    spent: Cost,
    /// Of what is spent, the worst case of calls whose cost nobody knows.
    assumed: Cost,
    reserved: Cost,
    overrun: Cost,
}

/// Money set aside for one call. Dropped before [`Reservation::sent`], it is given back; dropped after, it is
/// spent, since the provider may have worked.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    amount: Cost,
    sent: bool,
    settled: bool,
}

impl Budget {
    /// A budget of which nothing is spent.
    #[must_use]
    pub fn new(cap: Cost) -> Arc<Self> {
        Self::resumed(cap, Cost::ZERO, Cost::ZERO)
    }

    /// A budget of which earlier parts of the same run have spent something; `assumed` of it is the worst case of
    /// calls whose cost nobody knows.
    #[must_use]
    pub fn resumed(cap: Cost, spent: Cost, assumed: Cost) -> Arc<Self> {
        let state = State { spent, assumed, ..State::default() };
        Arc::new(Budget { cap, state: Mutex::new(state), settled: Notify::new() })
    }

    /// The cap.
    #[must_use]
    pub fn cap(&self) -> Cost {
        self.cap
    }

    /// What has been spent, calls of unknown cost at their worst case.
    #[must_use]
    pub fn spent(&self) -> Cost {
        self.state().spent
    }

    /// Of [`Budget::spent`], what stands for calls whose cost nobody knows.
    #[must_use]
    pub fn assumed(&self) -> Cost {
        self.state().assumed
    }

    /// How much of the cap is gone, in words: "$0.28 of $0.80 is spent".
    #[must_use]
    pub fn words(&self) -> String {
        self.words_of(&self.state())
    }

    fn words_of(&self, state: &State) -> String {
        let (spent, assumed, cap) = (state.spent, state.assumed, self.cap);
        if spent == Cost::ZERO {
            format!("nothing of {cap} is spent")
        } else if assumed == Cost::ZERO {
            format!("{spent} of {cap} is spent")
        } else {
            let unknown = format!("{assumed} of it for calls whose cost is unknown");
            format!("{spent} of {cap} is spent or set aside, {unknown}")
        }
    }

    /// By how much providers reported more usage than the request allowed. Zero unless a provider breaks its
    /// own `max_tokens`.
    #[must_use]
    pub fn overrun(&self) -> Cost {
        self.state().overrun
    }

    /// Sets `worst` aside, waiting for open calls to settle if need be.
    ///
    /// # Errors
    /// When it cannot fit however cheap the open calls turn out.
    pub async fn reserve(self: &Arc<Self>, worst: Cost) -> Result<Reservation, Error> {
        loop {
            let settled = self.settled.notified();
            if let Some(reservation) = self.try_reserve(worst)? {
                return Ok(reservation);
            }
            settled.await;
        }
    }

    /// `None` when it may fit later.
    pub(crate) fn try_reserve(self: &Arc<Self>, worst: Cost) -> Result<Option<Reservation>, Error> {
        let mut state = self.state();
        if state.spent + worst > self.cap {
            let spent = self.words_of(&state);
            return Err(Error::new(
                Kind::Budget,
                format!("the next call may cost {worst}, and {spent}: raise the budget to go on"),
            ));
        }
        if state.spent + state.reserved + worst > self.cap {
            return Ok(None);
        }
        state.reserved += worst;
        Ok(Some(Reservation { budget: Arc::clone(self), amount: worst, sent: false, settled: false }))
    }

    fn settle(&self, reserved: Cost, actual: Cost, assumed: Cost) {
        let mut state = self.state();
        state.reserved = state.reserved.saturating_sub(reserved);
        state.spent += actual;
        state.assumed += assumed;
        state.overrun += actual.saturating_sub(reserved);
        drop(state);
        self.settled.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// The request is on its way: from now on it may cost.
    pub fn sent(&mut self) {
        self.sent = true;
    }

    /// Takes another's money to its own: both are settled as one.
    pub(crate) fn join(&mut self, mut other: Reservation) {
        self.amount += other.amount;
        other.settled = true;
    }

    /// What was set aside.
    #[must_use]
    pub fn amount(&self) -> Cost {
        self.amount
    }

    /// The call cost this much.
    pub fn settle(self, actual: Cost) {
        self.settle_assuming(actual, Cost::ZERO);
    }

    /// The call cost this much, `assumed` of which nobody knows.
    pub(crate) fn settle_assuming(mut self, actual: Cost, assumed: Cost) {
        self.settled = true;
        self.budget.settle(self.amount, actual, assumed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.settled {
            let spent = if self.sent { self.amount } else { Cost::ZERO };
            self.budget.settle(self.amount, spent, spent);
        }
    }
}
