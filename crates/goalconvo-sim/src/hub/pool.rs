//! The pool as one round sees it: who is in it, who enters, and whom it shows.

use std::sync::Arc;

use goalconvo_core::{GoalClass, Scenario};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::candidate::Candidate;

/// Limits of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HubConfig {
    /// Most entries.
    pub capacity: usize,
    /// Most entries that a domain is in.
    pub by_domain: usize,
    /// Most entries of one goal class.
    pub by_class: usize,
    /// From how many thousandths of similarity to an entry on a dialogue brings nothing new.
    pub too_similar: u32,
    /// How much relevance counts against difference when examples are chosen, in percent.
    pub relevance_percent: u32,
}

impl Default for HubConfig {
    fn default() -> Self {
        HubConfig { capacity: 400, by_domain: 80, by_class: 80, too_similar: 600, relevance_percent: 70 }
    }
}

/// Why a candidate did not enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// An entry is too similar and no worse.
    NotNew,
    /// Its domain has its share, of entries that are no worse.
    DomainFull,
    /// Its goal class has its share, of entries that are no worse.
    ClassFull,
    /// The pool is full of entries that are no worse.
    Full,
}

/// What examples are wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The domains.
    pub domains: &'a [SmolStr],
    /// The shape of the goal; any when `None`.
    pub class: Option<GoalClass>,
}

impl<'a> From<&'a Scenario> for Wanted<'a> {
    fn from(scenario: &'a Scenario) -> Self {
        Wanted { domains: &scenario.domains, class: Some(scenario.goal.class) }
    }
}

/// Good dialogues, in the order in which they entered.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    config: HubConfig,
    entries: Vec<Arc<Candidate>>,
}

impl Pool {
    pub(super) fn new(config: HubConfig) -> Self {
        Pool { config, entries: Vec::new() }
    }

    /// The entries, in the order in which they entered.
    pub fn entries(&self) -> &[Arc<Candidate>] {
        &self.entries
    }

    /// Takes a candidate in, in place of a worse one where there is no room.
    ///
    /// # Errors
    /// There is no room, and nobody worse to make some.
    pub(super) fn admit(&mut self, candidate: Candidate) -> Result<(), Refusal> {
        let similar = self.find(|entry| entry.is_similar(&candidate, self.config.too_similar));
        let mut leaving = Vec::new();
        if !similar.is_empty() {
            // It takes the place of all that it resembles, or none.
            if similar.iter().any(|at| !self.is_worse(*at, &candidate)) {
                return Err(Refusal::NotNew);
            }
            leaving = similar;
        }
        for domain in candidate.domains() {
            let same = self.find(|entry| entry.domains().contains(domain));
            self.make_room(&mut leaving, same, self.config.by_domain, &candidate)
                .map_err(|()| Refusal::DomainFull)?;
        }
        let same = self.find(|entry| entry.class() == candidate.class());
        self.make_room(&mut leaving, same, self.config.by_class, &candidate)
            .map_err(|()| Refusal::ClassFull)?;
        let all = (0..self.entries.len()).collect();
        self.make_room(&mut leaving, all, self.config.capacity, &candidate).map_err(|()| Refusal::Full)?;
        let mut at = 0;
        self.entries.retain(|_| {
            at += 1;
            !leaving.contains(&(at - 1))
        });
        self.entries.push(Arc::new(candidate));
        Ok(())
    }

    fn find(&self, fits: impl Fn(&Candidate) -> bool) -> Vec<usize> {
        (0..self.entries.len()).filter(|at| fits(&self.entries[*at])).collect()
    }

    /// Sees to it that of `same` at most `cap` − 1 stay, by letting the worst one go.
    fn make_room(
        &self,
        leaving: &mut Vec<usize>,
        same: Vec<usize>,
        cap: usize,
        candidate: &Candidate,
    ) -> Result<(), ()> {
        let staying: Vec<usize> = same.into_iter().filter(|at| !leaving.contains(at)).collect();
        if staying.len() < cap {
            return Ok(());
        }
        let worst = staying.into_iter().min_by_key(|at| (self.entries[*at].quality(), *at)).ok_or(())?;
        if !self.is_worse(worst, candidate) {
            return Err(());
        }
        leaving.push(worst);
        Ok(())
    }

    /// Whether an entry has less quality than the candidate; not knowing it is least.
    fn is_worse(&self, at: usize, candidate: &Candidate) -> bool {
        self.entries[at].quality() < candidate.quality()
    }

    /// Examples for a scenario by maximal marginal relevance (Carbonell and Goldstein, 1998): each is the one that fits
    /// best and is least like those before it. All are about some of the domains that are wanted, if any are: one about
    /// something else altogether teaches the wrong tools.
    pub fn examples(&self, wanted: &Wanted<'_>, count: usize) -> Vec<&Arc<Candidate>> {
        let about = |entry: &&Arc<Candidate>| {
            wanted.domains.is_empty() || entry.domains().iter().any(|domain| wanted.domains.contains(domain))
        };
        let mut chosen: Vec<&Arc<Candidate>> = Vec::new();
        // Each with how like it is to the likest of those chosen.
        let mut left: Vec<(&Arc<Candidate>, u32)> =
            self.entries.iter().filter(about).map(|entry| (entry, 0)).collect();
        let percent = i64::from(self.config.relevance_percent.min(100));
        while chosen.len() < count {
            let value = |(entry, similar): (&Candidate, u32)| {
                percent * relevance(entry, wanted) - (100 - percent) * i64::from(similar)
            };
            // Among equals the earliest: `max_by_key` would take the last.
            let best = (0..left.len()).rev().max_by_key(|at| value((left[*at].0, left[*at].1)));
            let Some(best) = best else { break };
            let (best, _) = left.remove(best);
            chosen.push(best);
            if chosen.len() < count {
                left.iter_mut().for_each(|(entry, most)| *most = (*most).max(entry.similarity(best)));
            }
        }
        chosen
    }
}

/// How well an entry fits, from 0 to 1000: domains count three times, goal class twice as much as quality.
fn relevance(entry: &Candidate, wanted: &Wanted<'_>) -> i64 {
    let shared = entry.domains().iter().filter(|domain| wanted.domains.contains(domain)).count();
    let either = entry.domains().len() + wanted.domains.len() - shared;
    let domains = (shared * 1000).checked_div(either).unwrap_or(0) as i64;
    let class = if wanted.class.is_some() && entry.class() == wanted.class { 1000 } else { 0 };
    // Among equals, what was played by models and let in comes before what the built-in engine gave to begin with.
    let own = i64::from(entry.source().round.is_some());
    (3 * domains + 2 * class + i64::from(entry.quality().unwrap_or(0))) / 6 + own
}
