//! What a running stub remembers, behind one lock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;

use crate::batch::Job;
use crate::clock::Clock;
use crate::compose::{Asked, Said};
use crate::config::Config;
use crate::draw::hash;
use crate::fault::{Fault, choose};
use crate::prefix::{Lines, Prefixes};
use crate::replicate::Prediction;
use crate::respond::Responded;
use crate::stats::Stats;

pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) stats: Stats,
    pub(crate) prefixes: Prefixes,
    pub(crate) lines: Lines,
    pub(crate) bodies: BTreeMap<u64, u64>,
    pub(crate) script: VecDeque<Fault>,
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) predictions: BTreeMap<String, Prediction>,
    pub(crate) serial: u64,
}

/// What a handler gives: a response, or no answer at all.
pub(crate) type Outcome = Result<Responded, Lost>;

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on command")
    }
}

impl std::error::Error for Lost {}

/// Counts a call as open for as long as it lives.
pub(crate) struct Open<'a>(pub(crate) &'a Shared);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.lock().stats.open -= 1;
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn begin(&mut self, path: &str, body: &Bytes, asked: &Asked) -> (Fault, Config, u64) {
        self.serial += 1;
        let digest = hash(body);
        let occurrence = self.bodies.entry(digest).or_insert(0);
        *occurrence += 1;
        let occurrence = *occurrence;
        let stats = &mut self.stats;
        stats.requests += 1;
        stats.duplicate_bodies += u64::from(occurrence > 1);
        *stats.by_path.entry(path.to_owned()).or_default() += 1;
        stats.open += 1;
        stats.most_open = stats.most_open.max(stats.open);
        stats.seeds.extend(asked.seed);
        if self.config.count_prefixes {
            let prompt = asked.cached();
            stats.prompt_bytes += prompt.len() as u64;
            let shared = self.prefixes.add(prompt.as_bytes());
            stats.shared_prefix_bytes += shared as u64;
            let (repeated, spared) = self.lines.add(&prompt, shared);
            stats.repeated_bytes += repeated;
            stats.repeated_prefix_bytes += spared;
        }
        let crowded = self.config.most_at_once > 0 && stats.open > self.config.most_at_once;
        let fault = match self.script.pop_front() {
            Some(fault) => fault,
            None if crowded => Fault::RateLimit,
            None => choose(&self.config.faults, self.config.seed, digest, occurrence),
        };
        (fault, self.config.clone(), self.serial)
    }

    pub(crate) fn sent(&mut self, response: Responded, fault: Fault, said: Option<&Said>) -> Outcome {
        *self.stats.by_status.entry(response.status().as_u16()).or_default() += 1;
        self.met(fault);
        if let Some(said) = said {
            self.bill(said);
            let unreadable = matches!(fault, Fault::TruncatedJson | Fault::Html | Fault::ErrorInside);
            self.stats.answered += u64::from(!unreadable);
        }
        Ok(response)
    }

    pub(crate) fn lost(&mut self, fault: Fault) -> Outcome {
        self.met(fault);
        Err(Lost)
    }

    fn met(&mut self, fault: Fault) {
        if fault != Fault::Ok {
            *self.stats.by_fault.entry(format!("{fault:?}")).or_default() += 1;
        }
    }

    pub(crate) fn bill(&mut self, said: &Said) {
        self.stats.billed_prompt_tokens += said.prompt_tokens;
        self.stats.billed_completion_tokens += said.completion_tokens;
    }

    pub(crate) fn reset(&mut self) {
        let open = self.stats.open;
        self.stats = Stats { open, ..Stats::default() };
        self.prefixes = Prefixes::default();
        self.lines = Lines::default();
        self.bodies.clear();
    }

    pub(crate) fn next_id(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("{kind}{:06}", self.serial)
    }
}

impl State {
    pub(crate) fn add_job(&mut self, job: Job) -> String {
        let id = self.next_id("batch");
        self.stats.batch_jobs += 1;
        self.stats.batch_prompt_tokens += job.prompt_tokens;
        self.stats.batch_completion_tokens += job.completion_tokens;
        self.jobs.insert(id.clone(), job);
        id
    }
}
