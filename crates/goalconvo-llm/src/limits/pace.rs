//! Requests and tokens a minute, as two buckets that fill steadily.
//!
//! A bucket of burst b that fills at (limit − b) a minute lets at most `limit` through in *any* minute, which
//! is what providers check, not only in minutes that begin at zero.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

pub(super) struct Pace {
    state: Mutex<State>,
}

struct State {
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    hold: Option<Instant>,
}

struct Bucket {
    per_second: f64,
    burst: f64,
    level: f64,
    at: Option<Instant>,
}

impl Pace {
    pub(super) fn new(requests_per_minute: Option<u32>, tokens_per_minute: Option<u64>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
        let tokens = tokens_per_minute.map(|limit| Bucket::new(limit as f64));
        let requests = requests_per_minute.map(|limit| Bucket::new(f64::from(limit)));
        Pace { state: Mutex::new(State { requests, tokens, hold: None }) }
    }

    /// Takes one request and its tokens, and waits until they are due. First come, first served.
    pub(super) async fn wait(&self, tokens: u64) {
        if let Some(due) = self.take(tokens) {
            sleep_until(due).await;
        }
    }

    /// Nothing is sent for this long: the provider asked for it.
    pub(super) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.hold = state.hold.max(Some(until));
    }

    /// Gives back what was taken too much, or takes what was missing.
    pub(super) fn correct(&self, expected: u64, actual: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = &mut state.tokens {
            #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
            let surplus = expected as f64 - actual as f64;
            bucket.level = (bucket.level + surplus).min(bucket.burst);
        }
    }

    fn take(&self, tokens: u64) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.requests.is_none() && state.tokens.is_none() && state.hold.is_none() {
            return None;
        }
        let now = Instant::now();
        #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
        let tokens = tokens as f64;
        let requests_due = state.requests.as_mut().map(|bucket| bucket.take(1.0, now));
        let tokens_due = state.tokens.as_mut().map(|bucket| bucket.take(tokens, now));
        [requests_due, tokens_due, state.hold].into_iter().flatten().max().filter(|due| *due > now)
    }
}

impl Bucket {
    /// One second's worth at once, one at least.
    fn new(per_minute: f64) -> Self {
        let burst = (per_minute / 60.0).max(1.0);
        // A limit of one a minute leaves nothing beside the burst; it then fills at one a minute.
        let steady = (per_minute - burst).max(per_minute / 2.0);
        Bucket { per_second: steady / 60.0, burst, level: burst, at: None }
    }

    /// Takes so much, going into debt if need be, and says when the debt is paid.
    fn take(&mut self, amount: f64, now: Instant) -> Instant {
        let passed = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.level = (self.level + passed * self.per_second).min(self.burst);
        self.at = Some(now);
        self.level -= amount;
        let debt = (-self.level).max(0.0);
        now + Duration::from_secs_f64((debt / self.per_second).min(86_400.0))
    }
}
