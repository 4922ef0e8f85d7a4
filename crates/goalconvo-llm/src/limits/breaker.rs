//! A circuit breaker: after a run of failures nothing is sent for a while, then one probe, then all again.
//!
//! Callers wait rather than fail while it is open, because a provider's bad minute should not fail thousands
//! of open conversations; only an outage longer than [`BreakerConfig::give_up_after`] is an error. A provider that
//! has not answered one call is not having a bad minute: it is down, or not there, and is given up much sooner.

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
    /// The same for a provider that no call has reached yet: about as long as one call is tried.
    pub give_up_unheard: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        BreakerConfig {
            failures: 20,
            pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(60),
            give_up_after: Duration::from_secs(600),
            give_up_unheard: Duration::from_secs(15),
        }
    }
}

/// A provider that has been failing, without an answer in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Since its first failure.
    pub for_how_long: Duration,
    /// The last failure's words.
    pub why: String,
    /// How long it is waited for in all; `None` while each call is tried on its own.
    pub patience: Option<Duration>,
}

pub(super) struct Breaker {
    config: BreakerConfig,
    health: Mutex<Health>,
    changed: Notify,
}

struct Health {
    state: State,
    /// Whether the provider has ever answered.
    answered: bool,
    /// The first failure since the last answer.
    failing_since: Option<Instant>,
    /// The last failure's words.
    last: String,
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
    GiveUp(String),
}

impl Breaker {
    pub(super) fn new(config: BreakerConfig) -> Self {
        let health = Health {
            state: State::Closed { failures: 0 },
            answered: false,
            failing_since: None,
            last: String::new(),
        };
        Breaker { config, health: Mutex::new(health), changed: Notify::new() }
    }

    pub(super) async fn pass(&self) -> Result<Pass<'_>, Error> {
        loop {
            let changed = self.changed.notified();
            match self.turn() {
                Turn::Go { probe } => return Ok(Pass { breaker: self, probe, told: false }),
                Turn::GiveUp(why) => return Err(Error::new(Kind::Outage, why)),
                Turn::Wait(until) => {
                    // Whichever comes first: the pause ends, or a probe tells.
                    let _ = timeout_at(until, changed).await;
                }
            }
        }
    }

    /// How the provider has been failing, if its last calls did.
    pub(super) fn failing(&self) -> Option<Failing> {
        let health = self.health();
        let for_how_long = Instant::now().duration_since(health.failing_since?);
        let is_closed = matches!(health.state, State::Closed { .. });
        let patience = (!is_closed).then(|| self.patience(&health));
        Some(Failing { for_how_long, why: health.last.clone(), patience })
    }

    fn patience(&self, health: &Health) -> Duration {
        if health.answered { self.config.give_up_after } else { self.config.give_up_unheard }
    }

    fn turn(&self) -> Turn {
        let now = Instant::now();
        let mut health = self.health();
        let patience = self.patience(&health);
        match health.state {
            State::Closed { .. } => Turn::Go { probe: false },
            State::Open { since, until, pause } if now >= until => {
                health.state = State::Probing { since, pause };
                Turn::Go { probe: true }
            }
            State::Open { since, .. } | State::Probing { since, .. }
                if now.duration_since(since) >= patience =>
            {
                Turn::GiveUp(health.words(now.duration_since(since)))
            }
            State::Open { since, until, .. } => Turn::Wait(until.min(since + patience)),
            State::Probing { since, pause } => Turn::Wait((now + pause).min(since + patience)),
        }
    }

    fn heard(&self, worked: bool, probe: bool, why: Option<&Error>) {
        let now = Instant::now();
        let mut health = self.health();
        health.answered |= worked;
        health.failing_since = if worked { None } else { health.failing_since.or(Some(now)) };
        if let Some(why) = why {
            health.last = why.to_string();
        }
        let next = match (&health.state, worked) {
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
        health.state = next;
        drop(health);
        self.changed.notify_waiters();
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    /// That a provider is given up, after so long.
    fn words(&self, out: Duration) -> String {
        let (seconds, last) = (out.as_secs(), &self.last);
        let never = if self.answered { "" } else { " and has not answered one call" };
        format!("the provider has been failing for {seconds} s{never}; the last failure: {last}")
    }
}

impl Pass<'_> {
    pub(super) fn worked(mut self) {
        self.told = true;
        self.breaker.heard(true, self.probe, None);
    }

    pub(super) fn failed(mut self, why: &Error) {
        self.told = true;
        self.breaker.heard(false, self.probe, Some(why));
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            self.breaker.heard(false, true, None);
        }
    }
}
