//! The plan of a run over compiled worlds: which template each index plays.
//!
//! The patterns come in a fixed cycle, so that every prefix of a run has the mix that was asked for. The template of an
//! index depends on (seed, index) and, when the corpus steers, on the templates of the rounds before the last one;
//! never on how many are asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use goalconvo_core::{CorpusGoal, GoalClass, Key};

use super::goal::{Domains, goal};
use super::steer::{Coverage, ROUND};
use super::template::{Errand, Template, class_of, template};
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
    pub templates: Vec<Template>,
    /// Templates for an index whose own leads nowhere, by class.
    pub spares: BTreeMap<GoalClass, Vec<Template>>,
    /// Weights of the classes that are played.
    pub classes: Vec<(GoalClass, u32)>,
    /// Patterns that these worlds have no material for.
    pub infeasible: Vec<Pattern>,
    domains: Domains,
}

/// So many chains are drawn before a pattern is given up for an index.
const TRIES: u64 = 300;
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
    let mut mix = match asked.mode {
        Mode::Only(pattern) => Mix { weights: BTreeMap::from([(pattern, 1)]) },
        Mode::Mixed => asked.mix.clone(),
    };
    mix.weights.retain(|_, weight| *weight > 0);
    for pattern in mix.weights.clone().into_keys() {
        let finder = Finder { compiled, sampler, domains: &planned.domains, playable: &playable };
        // Spares do not depend on the seed: whether a pattern can be played is the worlds' affair.
        let spares: Vec<Template> =
            (0..SPARES).filter_map(|at| finder.find(pattern, 0, APART + at)).collect();
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
            "{} of {} endpoints are playable, and no chain of them is {}; choose another mode or more tools",
            compiled.report.playable_endpoints,
            compiled.report.endpoints,
            words.join(" or ")
        );
        return Err(Error::unsatisfiable("mode", message));
    }
    planned.classes = mix.weights.iter().map(|(pattern, weight)| (class_of(*pattern), *weight)).collect();
    let finder = Finder { compiled, sampler, domains: &planned.domains, playable: &playable };
    planned.templates = choose(finder, asked, &planned, &cycle);
    Ok(planned)
}

impl Planned {
    /// The goal of an index under a key; its attempt is in the key's high bits.
    pub fn goal(&self, index: u64, key: Key) -> Option<CorpusGoal> {
        let own = self.templates.get(usize::try_from(index).ok()?)?;
        let attempt = usize::try_from(key.index >> 48).unwrap_or(0);
        let spares = self.spares.get(&own.class).map_or(&[][..], Vec::as_slice);
        let from = (attempt + usize::try_from(index).unwrap_or(0)) % spares.len().max(1);
        let others = spares.iter().cycle().skip(from).take(spares.len());
        let first = (attempt < 2).then_some(own);
        let all = first.into_iter().chain(others);
        (0..TURNS).find_map(|turn| all.clone().find_map(|template| goal(&self.domains, template, key, turn)))
    }
}

/// The templates of all indices: chosen round by round, each round on as many threads as there are cores.
fn choose(finder: Finder<'_>, asked: &Asked, planned: &Planned, cycle: &[Pattern]) -> Vec<Template> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut templates: Vec<Template> = Vec::new();
    let mut coverage = Coverage::default();
    // Without steering nothing looks back, and all is one round.
    let steers = asked.candidates > 1;
    let round = if steers { ROUND } else { asked.count.max(1) };
    let mut begin = 0;
    while begin < asked.count {
        let end = (begin + round).min(asked.count);
        // Round r sees the rounds up to r − 2.
        if steers && begin >= 2 * ROUND {
            let seen = (begin - 2 * ROUND) as usize..(begin - ROUND) as usize;
            templates.get(seen).into_iter().flatten().for_each(|template| coverage.add(template));
        }
        let each = (end - begin).div_ceil(threads as u64).max(1);
        let parts: Vec<Vec<Template>> = std::thread::scope(|scope| {
            let coverage = &coverage;
            let work = move |from: u64, to: u64| {
                let one = |index: u64| finder.choose(asked, planned, cycle, index, coverage);
                (from..to).map(one).collect::<Vec<Template>>()
            };
            let starts = (begin..end).step_by(each as usize);
            let workers: Vec<_> =
                starts.map(|from| scope.spawn(move || work(from, (from + each).min(end)))).collect();
            workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
        });
        templates.extend(parts.into_iter().flatten());
        begin = end;
    }
    templates
}

/// Which templates can be played, by class and tasks: found once for all indices. What is found does not depend on
/// who asks first.
type Playable = Mutex<BTreeMap<GoalClass, BTreeMap<Vec<Errand>, bool>>>;

/// Finds templates, and remembers which of them can be played.
#[derive(Clone, Copy)]
struct Finder<'a> {
    compiled: &'a Compiled,
    sampler: &'a Sampler<'a>,
    domains: &'a Domains,
    playable: &'a Playable,
}

impl Finder<'_> {
    fn choose(
        self,
        asked: &Asked,
        planned: &Planned,
        cycle: &[Pattern],
        index: u64,
        coverage: &Coverage,
    ) -> Template {
        let place = index.wrapping_add(asked.seed % cycle.len() as u64) % cycle.len() as u64;
        let pattern = cycle[usize::try_from(place).unwrap_or(0)];
        let mut best: Option<(u64, Template)> = None;
        for candidate in 0..asked.candidates.max(1) as u64 {
            let seed = asked.seed.wrapping_add(candidate.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let Some(found) = self.find(pattern, seed, index) else { continue };
            let gain = coverage.gain(&found);
            if best.as_ref().is_none_or(|(most, _)| gain > *most) {
                best = Some((gain, found));
            }
        }
        let spares = planned.spares.get(&class_of(pattern)).map_or(&[][..], Vec::as_slice);
        let spare = || spares.get(usize::try_from(index).unwrap_or(0) % spares.len().max(1)).cloned();
        let nothing = || Template { class: class_of(pattern), tasks: vec![], fault: None };
        best.map(|(_, template)| template).or_else(spare).unwrap_or_else(nothing)
    }

    /// A playable template of a pattern.
    fn find(self, pattern: Pattern, seed: u64, index: u64) -> Option<Template> {
        for attempt in 0..TRIES {
            let seed = seed.wrapping_add(attempt.wrapping_mul(0xd134_2543_de82_ef95));
            let Ok(chain) = self.sampler.chain(pattern, seed, index) else { return None };
            let Some(found) = template(self.compiled, &chain) else { continue };
            if self.is_playable(&found) {
                return Some(found);
            }
        }
        None
    }

    /// Whether values can be drawn for it: tried once for each shape.
    fn is_playable(self, template: &Template) -> bool {
        let known = || self.playable.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&template.class).and_then(|tasks| tasks.get(&template.tasks)) {
            return *known;
        }
        let tries =
            (0..3).filter(|index| goal(self.domains, template, Key { seed: 0, index: *index }, 0).is_some());
        let found = tries.count() > 1;
        known().entry(template.class).or_default().insert(template.tasks.clone(), found);
        found
    }
}
