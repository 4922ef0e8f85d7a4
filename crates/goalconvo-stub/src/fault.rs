//! How the stub misbehaves, and when.
//!
//! Whether a request meets a fault depends on the seed, its body, and how often that body came before: not on
//! when it came, so a run with many callers meets the same faults every time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::draw::Draw;

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// None: for scripts.
    Ok,
    /// Status 429 with `Retry-After`.
    RateLimit,
    /// Status 500.
    ServerError,
    /// Status 503, or Anthropic's 529.
    Overloaded,
    /// No reply for `hang_ms`, then none at all.
    Hang,
    /// The connection is closed without a reply.
    Reset,
    /// Half of the JSON, with status 200.
    TruncatedJson,
    /// A page of HTML, with status 200.
    Html,
    /// An error object, with status 200.
    ErrorInside,
    /// JSON that does not satisfy the schema that was asked for.
    WrongSchema,
    /// A reply without words.
    Empty,
    /// Reasoning inside the text.
    ThinkLeak,
    /// The reply speaks for the other side too.
    RoleSwap,
    /// Status 401, the key repeated in the message.
    BadKey,
    /// Status 400: the prompt is too long.
    TooLong,
}

/// How often each fault comes.
pub type Faults = BTreeMap<Fault, f64>;

/// The fault for the `occurrence`th coming of a body.
pub(crate) fn choose(faults: &Faults, seed: u64, body: u64, occurrence: u64) -> Fault {
    if faults.is_empty() {
        return Fault::Ok;
    }
    let mut left = Draw::new(&[seed, body, occurrence]).unit();
    for (fault, rate) in faults {
        if left < *rate {
            return *fault;
        }
        left -= rate;
    }
    Fault::Ok
}
