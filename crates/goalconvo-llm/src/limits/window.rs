//! How many calls may be open at once: grown while the provider keeps up, cut when it does not (AIMD).
//!
//! Additive increase and multiplicative decrease, as in TCP: one more for every window of answered calls (one
//! for each answer until the first loss), half after a 429 or an overload, nine tenths when calls take more
//! than twice as long as they did at best.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::error::{Error, Kind};

/// Bounds of the window.
#[derive(Debug, Clone)]
pub struct WindowConfig {
    /// Open calls at first.
    pub start: usize,
    /// Never fewer than this, at least 1.
    pub least: usize,
    /// Never more than this.
    pub most: usize,
    /// Mean latency over best mean latency that counts as a provider falling behind.
    pub slow_factor: f64,
}

impl Default for WindowConfig {
    fn default() -> Self {
        WindowConfig { start: 16, least: 1, most: 512, slow_factor: 2.0 }
    }
}

impl WindowConfig {
    /// A window that starts at this size and never grows beyond it.
    #[must_use]
    pub fn fixed_at_most(most: usize) -> Self {
        WindowConfig { start: most, most, ..WindowConfig::default() }
    }
}

pub(super) struct Window {
    config: WindowConfig,
    semaphore: Semaphore,
    state: Mutex<State>,
}

struct State {
    /// What is allowed; the whole part is what callers get.
    limit: f64,
    /// Permits that exist: in the semaphore or with a caller, less those to be forgotten on return.
    permits: usize,
    /// Permits that callers still hold and that are not to come back.
    debt: usize,
    open: usize,
    growing_fast: bool,
    last_cut: Option<Instant>,
    recent: Recent,
}

/// Mean latency of the last so many calls, and the best mean so far.
#[derive(Default)]
struct Recent {
    calls: u32,
    total: Duration,
    best: Option<Duration>,
    mean: Duration,
}

/// Leave to have one call open.
pub(super) struct Permit<'a> {
    window: &'a Window,
    permit: Option<SemaphorePermit<'a>>,
}

impl Window {
    pub(super) fn new(mut config: WindowConfig) -> Self {
        config.least = config.least.max(1);
        config.most = config.most.max(config.least);
        let start = config.start.clamp(config.least, config.most);
        #[expect(clippy::cast_precision_loss, reason = "windows are far below 2^53")]
        let limit = start as f64;
        let state = State {
            limit,
            permits: start,
            debt: 0,
            open: 0,
            growing_fast: true,
            last_cut: None,
            recent: Recent::default(),
        };
        Window { config, semaphore: Semaphore::new(start), state: Mutex::new(state) }
    }

    pub(super) async fn permit(&self) -> Result<Permit<'_>, Error> {
        let closed = |_| Error::new(Kind::Outage, "the provider was closed");
        let permit = self.semaphore.acquire().await.map_err(closed)?;
        self.state().open += 1;
        Ok(Permit { window: self, permit: Some(permit) })
    }

    pub(super) fn limit(&self) -> usize {
        self.state().permits
    }

    /// A call was answered. Grows only while the window is used: an idle one proves nothing.
    pub(super) fn worked(&self, latency: Duration) {
        let mut state = self.state();
        if state.recent.is_slow(latency, self.config.slow_factor) {
            state.growing_fast = false;
            self.cut(&mut state, 0.9);
        } else if state.open * 10 >= state.permits * 8 {
            state.limit += if state.growing_fast { 1.0 } else { 1.0 / state.limit };
            self.adjust(&mut state);
        }
    }

    /// The provider said that it is too much. Calls that were open together fail together: that is one loss.
    pub(super) fn throttled(&self) {
        let mut state = self.state();
        let now = Instant::now();
        let pause = state.recent.mean.max(Duration::from_millis(200));
        if state.last_cut.is_some_and(|at| now.duration_since(at) < pause) {
            return;
        }
        state.last_cut = Some(now);
        state.growing_fast = false;
        self.cut(&mut state, 0.5);
    }

    fn cut(&self, state: &mut State, factor: f64) {
        state.limit *= factor;
        self.adjust(state);
    }

    /// Makes the number of permits follow the limit.
    fn adjust(&self, state: &mut State) {
        #[expect(clippy::cast_precision_loss, reason = "windows are far below 2^53")]
        let (least, most) = (self.config.least as f64, self.config.most as f64);
        state.limit = state.limit.clamp(least, most);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a usize above"
        )]
        let wanted = state.limit as usize;
        if wanted > state.permits {
            let more = wanted - state.permits;
            let forgiven = more.min(state.debt);
            state.debt -= forgiven;
            self.semaphore.add_permits(more - forgiven);
        } else {
            let fewer = state.permits - wanted;
            state.debt += fewer - self.semaphore.forget_permits(fewer);
        }
        state.permits = wanted;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    /// Calls in one mean.
    const CALLS: u32 = 32;

    /// Adds one call; says, once for each full mean, whether the provider has become slow.
    fn is_slow(&mut self, latency: Duration, factor: f64) -> bool {
        self.calls += 1;
        self.total += latency;
        if self.calls < Self::CALLS {
            return false;
        }
        self.mean = self.total / self.calls;
        (self.calls, self.total) = (0, Duration::ZERO);
        // The best drifts up slowly, since prompts grow and replies lengthen for honest reasons.
        let best = self.best.map_or(self.mean, |best| best.mul_f64(1.02).min(self.mean));
        self.best = Some(best);
        self.mean > best.mul_f64(factor) + Duration::from_millis(10)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.window.state();
        state.open = state.open.saturating_sub(1);
        if state.debt > 0 {
            state.debt -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}
