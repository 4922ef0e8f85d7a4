//! The pool of a run's templates: each is found once, and indices choose among them.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ScopedJoinHandle;

use goalconvo_core::{GoalClass, Key};

use super::goal::{Domains, goal};
use super::plan::Asked;
use super::steer::Marks;
use super::template::{Errand, Template, template};
use super::world::Compiled;
use crate::chain::{Draws, Pattern, Sampler};

/// A pattern, and the place of one of its templates.
pub(super) type Cell = (Pattern, u64);

/// Templates that a pattern has at most: their values are drawn anew for every dialogue.
const CELLS: usize = 4096;
/// So many chains are drawn before a cell stays empty.
const TRIES: u64 = 300;
/// What candidates are drawn for: apart from all patterns.
const CANDIDATES: u32 = 0xff;

/// The templates that a run's indices choose among. What a cell holds depends on (seed, pattern, place) alone.
#[derive(Debug)]
pub(super) struct Pool(BTreeMap<Cell, Known>);

/// A template with what steering counts of it.
#[derive(Debug)]
pub(super) struct Known {
    /// The template.
    pub(super) template: Arc<Template>,
    /// What steering counts.
    pub(super) marks: Marks,
}

impl Pool {
    /// The cells among which an index chooses.
    pub(super) fn candidates(asked: &Asked, pattern: Pattern, index: u64) -> impl Iterator<Item = Cell> {
        let mut draws = Draws::new(asked.seed, index, CANDIDATES, 0);
        std::iter::repeat_with(move || (pattern, draws.below(CELLS) as u64)).take(asked.candidates.max(1))
    }

    /// Fills cells, on as many threads as there are cores.
    pub(super) fn fill(finder: Finder<'_>, seed: u64, cells: &[Cell]) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let each = cells.len().div_ceil(threads).max(1);
        let found = std::thread::scope(|scope| {
            let work = |cells: &[Cell]| -> Vec<(Cell, Known)> {
                cells.iter().filter_map(|cell| Some((*cell, Known::new(finder.find(*cell, seed)?)))).collect()
            };
            let workers: Vec<_> = cells.chunks(each).map(|part| scope.spawn(move || work(part))).collect();
            // A worker that fails fails the run: its cells left empty would be other dialogues, in silence.
            let found = |worker: ScopedJoinHandle<'_, Vec<_>>| {
                worker.join().unwrap_or_else(|panic| resume_unwind(panic))
            };
            workers.into_iter().flat_map(found).collect()
        });
        Self(found)
    }

    /// What a cell holds, if anything playable was found for it.
    pub(super) fn get(&self, cell: Cell) -> Option<&Known> {
        self.0.get(&cell)
    }
}

impl Known {
    fn new(template: Template) -> Self {
        Self { marks: Marks::of(&template), template: Arc::new(template) }
    }
}

/// Finds templates that can be played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder<'a> {
    /// The worlds.
    pub(super) compiled: &'a Compiled,
    /// Where chains come from.
    pub(super) sampler: &'a Sampler<'a>,
    /// The domains of the worlds, by name.
    pub(super) domains: &'a Domains,
    /// What was found out about templates before.
    pub(super) playable: &'a Playable,
}

/// Which templates can be played, by class and tasks. What is found does not depend on who asks first.
pub(super) type Playable = Mutex<BTreeMap<GoalClass, BTreeMap<Vec<Errand>, bool>>>;

impl Finder<'_> {
    /// A playable template for a cell.
    pub(super) fn find(self, (pattern, place): Cell, seed: u64) -> Option<Template> {
        for attempt in 0..TRIES {
            let seed = seed.wrapping_add(attempt.wrapping_mul(0xd134_2543_de82_ef95));
            let chain = self.sampler.chain(pattern, seed, place).ok()?;
            let found = template(self.compiled, &chain).filter(|found| self.is_playable(found));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Whether values can be drawn for it, not by luck alone: twice in a row, or twice in three.
    fn is_playable(self, template: &Template) -> bool {
        let known = || self.playable.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&template.class).and_then(|tasks| tasks.get(&template.tasks)) {
            return *found;
        }
        let drawn = |index: u64| goal(self.domains, template, Key { seed: 0, index }, 0).is_some();
        let (first, second) = (drawn(0), drawn(1));
        let found = if first == second { first } else { drawn(2) };
        known().entry(template.class).or_default().insert(template.tasks.clone(), found);
        found
    }
}
