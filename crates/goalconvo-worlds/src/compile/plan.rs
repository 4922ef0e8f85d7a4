//! The plan of a run over compiled worlds: which template each index plays.
//!
//! The patterns come in a fixed cycle, so that every prefix of a run has the mix that was asked for. The template of an
//! index depends on (seed, index) and, when the corpus steers, on the templates before it; never on how many are asked
//! for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goalconvo_core::{CorpusGoal, GoalClass, Key};
use smol_str::SmolStr;

use super::goal::{Domains, goal};
use super::pool::{Cell, Finder, Playable, Pool};
use super::steer::Coverage;
use super::template::{Template, class_of};
use super::world::Compiled;
use crate::Error;
use crate::chain::{Mix, Mode, Pattern, Sampler};

/// What is asked of a plan.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which patterns.
    pub mode: Mode,
    /// How often each comes in a mix.
    pub mix: Mix,
    /// The run's seed.
    pub seed: u64,
    /// How many indices.
    pub count: u64,
    /// Among how many candidates each index chooses what the corpus lacks; 1: no choice.
    pub candidates: usize,
}

/// A plan.
#[derive(Debug, Default)]
pub struct Planned {
    /// The template of each index.
    pub templates: Vec<Arc<Template>>,
    /// Templates for an index whose own leads nowhere, by class.
    pub spares: BTreeMap<GoalClass, Vec<Arc<Template>>>,
    /// Weights of the classes that are played.
    pub classes: Vec<(GoalClass, u32)>,
    /// Patterns that these worlds have no material for.
    pub infeasible: Vec<Pattern>,
    domains: Domains,
}

/// So many times the values of an index are drawn anew before it is given up.
const TURNS: usize = 8;
/// So many spare templates a class has.
const SPARES: u64 = 12;
/// Indices of spares and probes begin here, far from those of dialogues.
const APART: u64 = 1 << 40;

/// The plan of a run.
///
/// # Errors
/// The worlds have no material for what is asked.
pub fn plan(compiled: &Compiled, sampler: &Sampler<'_>, asked: &Asked) -> Result<Planned, Error> {
    let mut planned = Planned::default();
    for (domain, _) in &compiled.domains {
        planned.domains.insert(domain.name.clone(), domain.clone());
    }
    let playable = Playable::default();
    let finder = Finder { compiled, sampler, domains: &planned.domains, playable: &playable };
    let mut mix = match asked.mode {
        Mode::Only(pattern) => Mix { weights: BTreeMap::from([(pattern, 1)]) },
        Mode::Mixed => asked.mix.clone(),
    };
    mix.weights.retain(|_, weight| *weight > 0);
    for pattern in mix.weights.clone().into_keys() {
        // Spares do not depend on the seed: whether a pattern can be played is the worlds' affair.
        let spares: Vec<Arc<Template>> =
            (0..SPARES).filter_map(|at| finder.find((pattern, APART + at), 0)).map(Arc::new).collect();
        if spares.is_empty() {
            planned.infeasible.push(pattern);
            mix.weights.remove(&pattern);
        } else {
            planned.spares.insert(class_of(pattern), spares);
        }
    }
    let cycle = mix.cycle();
    if cycle.is_empty() {
        let words: Vec<&str> = planned.infeasible.iter().map(|pattern| pattern.word()).collect();
        let message = format!(
            "{} of {} endpoints are playable, and no chain of them is {}; `goalconvo tools compile` says why the others \
             are not; choose another mode, more tools, or an --engine that answers where no answer is known",
            compiled.report.playable_endpoints,
            compiled.report.endpoints,
            words.join(" or ")
        );
        return Err(Error::unsatisfiable("mode", message));
    }
    planned.classes = mix.weights.iter().map(|(pattern, weight)| (class_of(*pattern), *weight)).collect();
    planned.templates = choose(finder, asked, &planned.spares, &cycle);
    Ok(planned)
}

impl Planned {
    /// The sets of domains that its templates need, each once.
    pub fn domain_sets(&self) -> Vec<Vec<SmolStr>> {
        let templates = self.templates.iter().chain(self.spares.values().flatten());
        let sets = templates.map(|template| template.domains()).filter(|set| !set.is_empty());
        sets.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The goal of an index under a key; its attempt is in the key's high bits.
    pub fn goal(&self, index: u64, key: Key) -> Option<CorpusGoal> {
        let own = self.templates.get(usize::try_from(index).ok()?)?;
        let attempt = usize::try_from(key.attempt()).unwrap_or(0);
        let spares = self.spares.get(&own.class).map_or(&[][..], Vec::as_slice);
        let from = (attempt + usize::try_from(index).unwrap_or(0)) % spares.len().max(1);
        let others = spares.iter().cycle().skip(from).take(spares.len());
        let first = (attempt < 2).then_some(own);
        let all = first.into_iter().chain(others);
        (0..TURNS).find_map(|turn| all.clone().find_map(|template| goal(&self.domains, template, key, turn)))
    }
}

/// The templates of all indices, each chosen among its candidates in view of all that came before it.
fn choose(
    finder: Finder<'_>,
    asked: &Asked,
    spares: &BTreeMap<GoalClass, Vec<Arc<Template>>>,
    cycle: &[Pattern],
) -> Vec<Arc<Template>> {
    let pattern = |index: u64| {
        let place = index.wrapping_add(asked.seed % cycle.len() as u64) % cycle.len() as u64;
        cycle[usize::try_from(place).unwrap_or(0)]
    };
    let candidates = |index: u64| Pool::candidates(asked, pattern(index), index);
    let wanted: BTreeSet<Cell> = (0..asked.count).flat_map(candidates).collect();
    let pool = Pool::fill(finder, asked.seed, &wanted.into_iter().collect::<Vec<_>>());
    let mut coverage = Coverage::default();
    let mut one = |index: u64| {
        let chosen = if asked.candidates > 1 {
            coverage.choose(candidates(index).filter_map(|cell| pool.get(cell)))
        } else {
            candidates(index).find_map(|cell| pool.get(cell)).map(|known| known.template.clone())
        };
        chosen.unwrap_or_else(|| {
            let spares = spares.get(&class_of(pattern(index))).map_or(&[][..], Vec::as_slice);
            let spare = spares.get(usize::try_from(index).unwrap_or(0) % spares.len().max(1));
            let nothing =
                || Arc::new(Template { class: class_of(pattern(index)), tasks: vec![], fault: None });
            spare.cloned().unwrap_or_else(nothing)
        })
    };
    (0..asked.count).map(&mut one).collect()
}
