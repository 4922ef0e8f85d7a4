//! Who spent what: calls, tokens and money by model, role and phase.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Cost, Price};
use crate::reply::{Reply, Usage};
use crate::request::Tag;

/// A row's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    /// The model's address.
    pub model: Arc<str>,
    /// Who was played, from the request's tag.
    pub role: Arc<str>,
    /// What for, from the request's tag.
    pub phase: Arc<str>,
}

/// A row's sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Calls answered by the provider.
    pub answered: u64,
    /// Calls answered by the journal.
    pub replayed: u64,
    /// Calls that ended in an error.
    pub failed: u64,
    /// Calls that the budget had no room for: not sent, and none of the failed.
    #[serde(default)]
    pub refused: u64,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Answered calls that were part of a batch job.
    pub batched: u64,
    /// Calls whose cost is not known, because their price or their usage is not.
    pub unpriced: u64,
    /// Answered calls whose tokens the provider did not tell, or told wrongly. Under a budget their cost is the most
    /// that they can have cost.
    #[serde(default)]
    pub unmetered: u64,
    /// Tokens of answers, those that could not be used included.
    pub usage: Usage,
    /// What answered calls cost.
    pub cost: Cost,
    /// What failed attempts cost, or may have cost.
    pub wasted: Cost,
    /// Of both, what stands for calls whose cost nobody knows: the most that they can have cost.
    #[serde(default)]
    pub assumed: Cost,
    /// Sum of the answered calls' latencies in microseconds.
    pub latency_us: u64,
}

/// All rows of a run; shared by all models.
#[derive(Debug, Default)]
pub struct Ledger {
    rows: Mutex<BTreeMap<Account, Entry>>,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A copy of all rows, in order.
    #[must_use]
    pub fn rows(&self) -> BTreeMap<Account, Entry> {
        self.lock().clone()
    }

    /// The sum of all rows.
    #[must_use]
    pub fn total(&self) -> Entry {
        self.lock().values().fold(Entry::default(), |mut total, entry| {
            total.add(entry);
            total
        })
    }

    /// Adds an earlier part of the same run.
    pub fn restore(&self, rows: &BTreeMap<Account, Entry>) {
        let mut own = self.lock();
        for (account, entry) in rows {
            own.entry(account.clone()).or_default().add(entry);
        }
    }

    pub(crate) fn record(&self, model: &str, tag: &Tag, change: impl FnOnce(&mut Entry)) {
        let account =
            Account { model: model.into(), role: Arc::clone(&tag.role), phase: Arc::clone(&tag.phase) };
        change(self.lock().entry(account).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Account, Entry>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Adds another row's sums.
    pub fn add(&mut self, other: &Entry) {
        self.answered += other.answered;
        self.replayed += other.replayed;
        self.failed += other.failed;
        self.refused += other.refused;
        self.requests += other.requests;
        self.batched += other.batched;
        self.unpriced += other.unpriced;
        self.unmetered += other.unmetered;
        self.usage.add(&other.usage);
        self.cost += other.cost;
        self.wasted += other.wasted;
        self.assumed += other.assumed;
        self.latency_us += other.latency_us;
    }

    /// What the row stands for in money: answers and failed attempts.
    #[must_use]
    pub fn spent(&self) -> Cost {
        self.cost + self.wasted
    }

    /// Adds the tokens of a call that came to nothing, where the provider told them.
    pub(crate) fn bill(&mut self, usage: Option<Usage>, price: Option<Price>) {
        self.usage.add(&usage.unwrap_or_default());
        self.unpriced += u64::from(price.is_none());
    }

    /// Adds an answered call.
    pub(crate) fn answer(&mut self, reply: &Reply) {
        self.answered += 1;
        self.requests += u64::from(reply.attempts);
        self.unpriced += u64::from(reply.cost.is_none());
        self.unmetered += u64::from(reply.usage.is_none());
        self.usage.add(&reply.usage.unwrap_or_default());
        self.cost += reply.cost.unwrap_or_default();
        self.wasted += reply.wasted;
        self.assumed += reply.assumed;
        self.latency_us += reply.latency_us;
    }
}

impl Usage {
    /// Adds another call's tokens.
    pub fn add(&mut self, other: &Usage) {
        self.prompt_tokens += other.prompt_tokens;
        self.cached_tokens += other.cached_tokens;
        self.cache_write_tokens += other.cache_write_tokens;
        self.completion_tokens += other.completion_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
    }
}
