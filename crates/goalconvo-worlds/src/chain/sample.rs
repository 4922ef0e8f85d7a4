//! Sampling: exactly as many chains as asked, of the patterns asked, with a report of what came of it.

use super::candidates::Candidates;
use super::mix::Mix;
use super::patterns::Builder;
use super::random::Draws;
use super::reach::Reach;
use super::types::{Chain, Constraints, Control, Mode, Pattern, Step};
use crate::error::Error;
use crate::graph::Projection;
use crate::registry::Registry;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How often the draws may lead nowhere before a chain is given up.
const MOST_ATTEMPTS: u32 = 400;
/// The longest cycle of a mix.
const LONGEST_CYCLE: u64 = 10_000;

/// Chains and what can be said of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The chains, by index.
    pub chains: Vec<Chain>,
    /// What was asked and what came of it.
    pub report: SampleReport,
}

/// What came of a sampling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleReport {
    /// Chains by the pattern that was asked.
    pub asked: BTreeMap<Pattern, usize>,
    /// Chains by the pattern that their steps show.
    pub shown: BTreeMap<Pattern, usize>,
    /// Patterns that this registry has no material for; a mix goes without them.
    pub infeasible: Vec<Pattern>,
    /// Endpoints in the registry.
    pub endpoints: usize,
    /// Endpoints that can be called with every key grounded.
    pub callable: usize,
    /// Different endpoints in the chains.
    pub endpoints_used: usize,
    /// Different tools in the chains.
    pub tools_used: usize,
    /// Steps in all.
    pub steps: usize,
    /// Steps that are not the first, nor made together with the first, nor the other branch, nor a repetition.
    pub later_steps: usize,
    /// Of those, steps that use an earlier answer.
    pub later_steps_with_answers: usize,
}

/// Draws chains from one graph under one set of constraints.
#[derive(Debug)]
pub struct Sampler<'a> {
    registry: &'a Registry,
    reach: Reach<'a>,
    candidates: Candidates,
    constraints: Constraints,
}

/// Draws `count` chains of a mode with the usual constraints and the usual mix.
///
/// # Errors
/// If the registry has no material for what is asked.
pub fn sample(
    projection: &Projection,
    registry: &Registry,
    mode: Mode,
    seed: u64,
    count: u64,
) -> Result<Sample, Error> {
    Sampler::new(projection, registry, Constraints::default()).sample(mode, &Mix::default(), seed, 0..count)
}

impl<'a> Sampler<'a> {
    /// Prepares for drawing.
    pub fn new(projection: &'a Projection, registry: &'a Registry, constraints: Constraints) -> Self {
        let reach = Reach::new(projection, registry, &constraints);
        let candidates = Candidates::new(&reach);
        Self { registry, reach, candidates, constraints }
    }

    /// Draws the chains of a range of indices.
    ///
    /// # Errors
    /// If the registry has no material for a pattern that was asked for by name, or for any of a mix.
    pub fn sample(
        &self,
        mode: Mode,
        mix: &Mix,
        seed: u64,
        range: std::ops::Range<u64>,
    ) -> Result<Sample, Error> {
        let (cycle, infeasible) = self.cycle(mode, mix)?;
        let mut chains = Vec::new();
        for index in range {
            let place = (index.wrapping_add(seed % cycle.len() as u64)) % cycle.len() as u64;
            let pattern = cycle[usize::try_from(place).unwrap_or(0)];
            chains.push(self.chain(pattern, seed, index)?);
        }
        let report = self.report(&chains, infeasible);
        Ok(Sample { chains, report })
    }

    /// Draws one chain: the same for the same (pattern, seed, index), whatever else is drawn.
    ///
    /// # Errors
    /// If the draws lead nowhere, which a registry without material makes certain.
    pub fn chain(&self, pattern: Pattern, seed: u64, index: u64) -> Result<Chain, Error> {
        let found = self.try_chain(pattern, seed, index, MOST_ATTEMPTS);
        found.ok_or_else(|| self.infeasible(pattern))
    }

    fn try_chain(&self, pattern: Pattern, seed: u64, index: u64, attempts: u32) -> Option<Chain> {
        let builder =
            Builder { reach: &self.reach, candidates: &self.candidates, constraints: &self.constraints };
        let attempts = if self.candidates.allow(pattern) { attempts } else { 0 };
        for attempt in 0..attempts {
            let mut draws = Draws::new(seed, index, pattern as u32, attempt);
            let Some(steps) = builder.build(pattern, &mut draws) else { continue };
            let chain = Chain { index, pattern, steps };
            if chain.shown_pattern() == pattern {
                return Some(chain);
            }
        }
        None
    }

    fn cycle(&self, mode: Mode, mix: &Mix) -> Result<(Vec<Pattern>, Vec<Pattern>), Error> {
        let mut mix = match mode {
            Mode::Only(pattern) => Mix { weights: BTreeMap::from([(pattern, 1)]) },
            Mode::Mixed => mix.clone(),
        };
        mix.weights.retain(|_, weight| *weight > 0);
        if mix.weights.values().map(|weight| u64::from(*weight)).sum::<u64>() > LONGEST_CYCLE {
            let message = format!("the weights add up to more than {LONGEST_CYCLE}; use smaller ones");
            return Err(Error::malformed("mix", message));
        }
        // Feasibility is asked of fixed draws, so that it depends on the registry and not on the seed.
        let feasible = |pattern: Pattern| {
            (0..8).any(|index| self.try_chain(pattern, 0, index, MOST_ATTEMPTS / 8).is_some())
        };
        let infeasible: Vec<Pattern> =
            mix.weights.keys().copied().filter(|pattern| !feasible(*pattern)).collect();
        mix.weights.retain(|pattern, _| !infeasible.contains(pattern));
        let cycle = mix.cycle();
        match infeasible.first() {
            Some(pattern) if cycle.is_empty() => Err(self.infeasible(*pattern)),
            None if cycle.is_empty() => {
                Err(Error::malformed("mix", "no pattern has a weight; give at least one"))
            }
            _ => Ok((cycle, infeasible)),
        }
    }

    fn infeasible(&self, pattern: Pattern) -> Error {
        let callable = self.reach.sites.iter().filter(|site| site.depth.is_some()).count();
        Error::unsatisfiable(
            format!("pattern {}", pattern.word()),
            format!(
                "no such chain within the constraints; {callable} of {} endpoints can be called with every key \
                 grounded, so widen the tools, the steps or the effects, or allow known keys",
                self.reach.sites.len()
            ),
        )
    }

    fn report(&self, chains: &[Chain], infeasible: Vec<Pattern>) -> SampleReport {
        let mut report = SampleReport {
            infeasible,
            endpoints: self.registry.endpoints().count(),
            callable: self.reach.sites.iter().filter(|site| site.depth.is_some()).count(),
            ..SampleReport::default()
        };
        let mut endpoints = BTreeSet::new();
        let mut tools = BTreeSet::new();
        for chain in chains {
            *report.asked.entry(chain.pattern).or_default() += 1;
            *report.shown.entry(chain.shown_pattern()).or_default() += 1;
            report.steps += chain.steps.len();
            for step in chain.steps.iter().skip(1).filter(|step| is_later(&step.control)) {
                report.later_steps += 1;
                report.later_steps_with_answers += usize::from(!Chain::suppliers(step).is_empty());
            }
            endpoints.extend(chain.steps.iter().map(|step| step.endpoint.as_str()));
            tools.extend(chain.steps.iter().map(Step::tool));
        }
        report.endpoints_used = endpoints.len();
        report.tools_used = tools.len();
        report
    }
}

fn is_later(control: &Control) -> bool {
    !matches!(control, Control::Together { .. } | Control::Otherwise { .. } | Control::Again { .. })
}
