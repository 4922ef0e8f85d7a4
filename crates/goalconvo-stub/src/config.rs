//! What the stub is told to do; can be changed while it runs (`POST /control` with the fields to change).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Faults;

/// All that can be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Milliseconds before each reply.
    pub delay_ms: f64,
    /// Seed of faults and of what is said.
    pub seed: u64,
    /// How often each fault comes, from 0 to 1, by its name.
    pub faults: Faults,
    /// Seconds in `Retry-After` of a 429; negative for none.
    pub retry_after_s: f64,
    /// How long a hanging request hangs.
    pub hang_ms: u64,
    /// Share of requests with tools and a free choice that are answered by a call.
    pub tool_rate: f64,
    /// Turn that says goodbye with `stop_word`; 0 for never.
    pub stop_after: usize,
    /// See `stop_after`.
    pub stop_word: String,
    /// Fewest and most words of a reply.
    pub words: (u64, u64),
    /// Fixed replies: the first text that a prompt contains gives the words of the reply.
    pub says: BTreeMap<String, String>,
    /// Whether it does what the last message tells it: says the items of its list, without the quotes, or the draft
    /// that it ends with.
    pub obeys: bool,
    /// Lowest and highest mark that it gives where it is asked to rate a record, with a passage of the record's first line;
    /// none: it makes up its passages like all else.
    pub rates: Option<(u64, u64)>,
    /// Polls until a batch job or a prediction is done.
    pub polls: u32,
    /// Share of a batch job's requests that fail.
    pub batch_error_rate: f64,
    /// Share of a batch job's requests that expire.
    pub batch_expire_rate: f64,
    /// Requests answered at once before others get a 429; 0 for any number.
    pub most_at_once: u64,
    /// Whether to keep what was asked for prefix and repetition counts (costs memory).
    pub count_prefixes: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            port: 0,
            delay_ms: 0.0,
            seed: 0,
            faults: Faults::default(),
            retry_after_s: 0.0,
            hang_ms: 60_000,
            tool_rate: 0.0,
            stop_after: 0,
            stop_word: "STOP".to_owned(),
            words: (10, 22),
            says: BTreeMap::new(),
            obeys: false,
            rates: None,
            polls: 0,
            batch_error_rate: 0.0,
            batch_expire_rate: 0.0,
            most_at_once: 0,
            count_prefixes: true,
        }
    }
}
