//! What the stub counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Counts since the start or the last `POST /reset`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Model requests that came, batch lines not among them.
    pub requests: u64,
    /// Of these, answered with a reply (status 200 and a readable body).
    pub answered: u64,
    /// By path.
    pub by_path: BTreeMap<String, u64>,
    /// By status sent.
    pub by_status: BTreeMap<u16, u64>,
    /// By fault met.
    pub by_fault: BTreeMap<String, u64>,
    /// Open now.
    pub open: u64,
    /// Most open at once.
    pub most_open: u64,
    /// Prompt tokens that a provider would bill: all but refused requests, lost replies included.
    pub billed_prompt_tokens: u64,
    /// Reply tokens, likewise.
    pub billed_completion_tokens: u64,
    /// Prompt tokens of batch lines that were answered.
    pub batch_prompt_tokens: u64,
    /// Reply tokens of batch lines that were answered.
    pub batch_completion_tokens: u64,
    /// Batch jobs made.
    pub batch_jobs: u64,
    /// Bytes of all prompts.
    pub prompt_bytes: u64,
    /// Of these, an exact prefix of an earlier prompt.
    pub shared_prefix_bytes: u64,
    /// Bytes of lines of at least 24 bytes that an earlier prompt had, wherever it had them.
    pub repeated_bytes: u64,
    /// Of these, within the exact prefix.
    pub repeated_prefix_bytes: u64,
    /// `repeated_prefix_bytes / repeated_bytes`; 0 without repetition. What a layout can do for a prefix cache.
    pub repeated_hit_rate: f64,
    /// `shared_prefix_bytes / prompt_bytes`; 0 without prompts.
    pub prefix_hit_rate: f64,
    /// Bodies that came before.
    pub duplicate_bodies: u64,
    /// Seeds that were asked for.
    pub distinct_seeds: u64,
    /// The seeds themselves.
    #[serde(skip)]
    pub(crate) seeds: BTreeSet<u64>,
}

impl Stats {
    /// A copy with what is derived filled in.
    #[expect(clippy::cast_precision_loss, reason = "a rate for display")]
    pub(crate) fn finished(&self) -> Stats {
        let mut stats = self.clone();
        stats.distinct_seeds = self.seeds.len() as u64;
        if self.prompt_bytes > 0 {
            stats.prefix_hit_rate = self.shared_prefix_bytes as f64 / self.prompt_bytes as f64;
        }
        if self.repeated_bytes > 0 {
            stats.repeated_hit_rate = self.repeated_prefix_bytes as f64 / self.repeated_bytes as f64;
        }
        stats
    }
}
