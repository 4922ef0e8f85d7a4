//! When to ask again, and after how long.
//!
//! Every request of this crate is a POST that a model may answer twice; asking again is safe because a reply
//! that never arrived was never used, and what it may have cost stays counted.

use std::time::Duration;

use crate::error::Error;

/// How often and how patiently a failed call is repeated.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Most attempts at one call, the first included.
    pub attempts: u32,
    /// Upper end of the first pause; each further one doubles it.
    pub first_pause: Duration,
    /// Upper end of any pause that we choose ourselves.
    pub longest_pause: Duration,
    /// A provider that asks for more than this (a daily quota) is not waited for.
    pub longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            attempts: 6,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// One attempt, no more.
    #[must_use]
    pub fn never() -> Self {
        RetryPolicy { attempts: 1, ..RetryPolicy::default() }
    }

    /// How long to wait before attempt `made + 1`, or `None` to give up. Half of the pause is jitter, drawn
    /// from `salt` (a function of the request), so that callers that failed together do not return together and
    /// a test can foretell every pause.
    #[must_use]
    pub fn pause(&self, error: &Error, made: u32, salt: u64) -> Option<Duration> {
        if !error.is_retryable() || error.is_outage() || made >= self.attempts {
            return None;
        }
        let doubled =
            self.first_pause.saturating_mul(1 << made.saturating_sub(1).min(16)).min(self.longest_pause);
        let own = doubled.mul_f64(0.5 + 0.5 * unit(salt, made));
        match error.retry_after() {
            Some(asked) if asked > self.longest_retry_after => None,
            Some(asked) => Some(asked.max(own.mul_f64(0.1)) + own.mul_f64(0.1)),
            None => Some(own),
        }
    }
}

/// A number in 0..1 that looks random and is a function of its arguments (splitmix64's finaliser).
fn unit(salt: u64, step: u32) -> f64 {
    let mut z = salt.wrapping_add(u64::from(step).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let unit = (z >> 11) as f64 / (1u64 << 53) as f64;
    unit
}
