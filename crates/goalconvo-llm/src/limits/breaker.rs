//! A circuit breaker: after a run of failures nothing is sent for a while, then one probe, then all again.
//!
//! Callers wait rather than fail while it is open, because a provider's bad minute should not fail thousands
//! of open conversations; only an outage longer than [`BreakerConfig::give_up_after`] is an error.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Kind};

/// When to open, for how long, and when to give up.
#[derive(Debug, Clone)]
pub struct BreakerConfig {
    /// Failures in a row (overload, timeout, connection) that open it; 0 never does.
    pub failures: u32,
    /// How long it stays open at first; each failed probe doubles it.
    pub pause: Duration,
    /// The longest it stays open between probes.
    pub longest_pause: Duration,
    /// From the first opening on: after this, callers get an error at once instead of waiting.
    pub give_up_after: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        BreakerConfig {
            failures: 20,
            pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(60),
            give_up_after: Duration::from_secs(600),
        }
    }
}

pub(super) struct Breaker {
    config: BreakerConfig,
    state: Mutex<State>,
    changed: Notify,
}

enum State {
    Closed { failures: u32 },
    Open { since: Instant, until: Instant, pause: Duration },
    Probing { since: Instant, pause: Duration },
}

/// Leave to send; tells the breaker how it went. Dropped without a word, a probe counts as failed.
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    probe: bool,
    told: bool,
}

/// What a caller is to do.
enum Turn {
    Go { probe: bool },
    Wait(Instant),
    GiveUp(Duration),
}

impl Breaker {
    pub(super) fn new(config: BreakerConfig) -> Self {
        Breaker { config, state: Mutex::new(State::Closed { failures: 0 }), changed: Notify::new() }
    }

    pub(super) async fn pass(&self) -> Result<Pass<'_>, Error> {
        loop {
            let changed = self.changed.notified();
            match self.turn() {
                Turn::Go { probe } => return Ok(Pass { breaker: self, probe, told: false }),
                Turn::GiveUp(out) => {
                    let seconds = out.as_secs();
                    return Err(Error::new(
                        Kind::Outage,
                        format!("the provider has been failing for {seconds} s"),
                    ));
                }
                Turn::Wait(until) => {
                    // Whichever comes first: the pause ends, or a probe tells.
                    let _ = timeout_at(until, changed).await;
                }
            }
        }
    }

    fn turn(&self) -> Turn {
        let now = Instant::now();
        let mut state = self.state();
        match *state {
            State::Closed { .. } => Turn::Go { probe: false },
            State::Open { since, until, pause } if now >= until => {
                *state = State::Probing { since, pause };
                Turn::Go { probe: true }
            }
            State::Open { since, .. } | State::Probing { since, .. }
                if now.duration_since(since) >= self.config.give_up_after =>
            {
                Turn::GiveUp(now.duration_since(since))
            }
            State::Open { until, .. } => Turn::Wait(until),
            State::Probing { pause, .. } => Turn::Wait(now + pause),
        }
    }

    fn heard(&self, worked: bool, probe: bool) {
        let now = Instant::now();
        let mut state = self.state();
        let next = match (&*state, worked) {
            (State::Closed { .. }, true) => State::Closed { failures: 0 },
            (State::Closed { failures }, false) => {
                let failures = failures + 1;
                if failures < self.config.failures || self.config.failures == 0 {
                    State::Closed { failures }
                } else {
                    State::Open { since: now, until: now + self.config.pause, pause: self.config.pause }
                }
            }
            // An answer, late or not, is proof of life; a late failure is no news.
            (State::Open { .. } | State::Probing { .. }, true) => State::Closed { failures: 0 },
            (State::Probing { since, pause }, false) if probe => {
                let pause = pause.saturating_mul(2).min(self.config.longest_pause);
                State::Open { since: *since, until: now + pause, pause }
            }
            (State::Open { .. } | State::Probing { .. }, false) => return,
        };
        *state = next;
        drop(state);
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    pub(super) fn worked(mut self) {
        self.told = true;
        self.breaker.heard(true, self.probe);
    }

    pub(super) fn failed(mut self) {
        self.told = true;
        self.breaker.heard(false, self.probe);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            self.breaker.heard(false, true);
        }
    }
}
