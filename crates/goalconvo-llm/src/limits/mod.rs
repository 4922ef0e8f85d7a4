//! What holds calls to one provider back: a window of open calls that adapts, a pace of requests and tokens
//! a minute, and a circuit breaker.
//!
//! All three are met in one order (window, pace, breaker), and all three hear how the call went.

mod breaker;
mod pace;
mod window;

use std::time::Duration;

pub use breaker::{BreakerConfig, Failing};
pub use window::WindowConfig;

use breaker::{Breaker, Pass};
use pace::Pace;
use window::{Permit, Window};

use crate::error::{Error, Kind};

/// The limits of one provider.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Requests in any minute; `None` is no limit.
    pub requests_per_minute: Option<u32>,
    /// Tokens (prompt and reply) in any minute; `None` is no limit.
    pub tokens_per_minute: Option<u64>,
    /// How many calls may be open at once.
    pub window: WindowConfig,
    /// When to stop sending to a provider that fails.
    pub breaker: BreakerConfig,
}

/// The gate before one provider.
pub(crate) struct Gate {
    window: Window,
    pace: Pace,
    breaker: Breaker,
    tokens_per_minute: Option<u64>,
}

/// Leave to send one request.
pub(crate) struct Admission<'a> {
    permit: Permit<'a>,
    pass: Pass<'a>,
    tokens: u64,
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        Gate {
            window: Window::new(limits.window.clone()),
            pace: Pace::new(limits.requests_per_minute, limits.tokens_per_minute),
            breaker: Breaker::new(limits.breaker.clone()),
            tokens_per_minute: limits.tokens_per_minute,
        }
    }

    /// Whether a request of about this many tokens may be sent at all.
    ///
    /// # Errors
    /// When a minute has fewer: it would be waited for in vain.
    pub(crate) fn admits(&self, tokens: u64) -> Result<(), Error> {
        match self.tokens_per_minute.filter(|limit| tokens > *limit) {
            None => Ok(()),
            Some(limit) => Err(Error::new(
                Kind::BadRequest,
                format!(
                    "not sent: the limit is {limit} tokens a minute, and the call needs about {tokens}: raise \
                     --tokens-per-minute"
                ),
            )),
        }
    }

    /// Waits until a request of about this many tokens may be sent.
    pub(crate) async fn enter(&self, tokens: u64) -> Result<Admission<'_>, Error> {
        let permit = self.window.permit().await?;
        self.pace.wait(tokens).await;
        let pass = self.breaker.pass().await?;
        Ok(Admission { permit, pass, tokens })
    }

    /// How the provider has been failing, if its last calls did.
    pub(crate) fn failing(&self) -> Option<Failing> {
        self.breaker.failing()
    }

    /// How many calls may be open now.
    pub(crate) fn open_calls_allowed(&self) -> usize {
        self.window.limit()
    }

    /// Hears how an admitted call went: its latency, or its error; and the tokens it really took.
    pub(crate) fn leave(
        &self,
        admission: Admission<'_>,
        outcome: Result<Duration, &Error>,
        tokens: Option<u64>,
    ) {
        let Admission { permit, pass, tokens: expected } = admission;
        self.pace.correct(expected, tokens.unwrap_or(expected));
        match outcome {
            Ok(latency) => {
                pass.worked();
                self.window.worked(latency);
            }
            Err(error) => match error.kind() {
                Kind::RateLimit => {
                    pass.worked();
                    self.window.throttled();
                    if let Some(wait) = error.retry_after() {
                        self.pace.hold(wait);
                    }
                }
                Kind::Overloaded | Kind::Timeout => {
                    pass.failed(error);
                    self.window.throttled();
                }
                Kind::Connection => pass.failed(error),
                // The provider is well; it is the request that is not.
                _ => pass.worked(),
            },
        }
        drop(permit);
    }
}
