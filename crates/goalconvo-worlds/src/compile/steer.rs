//! Steering: what the corpus has so far decides which candidate comes next.
//!
//! Coverage counts endpoints, pairs of successive endpoints with the pattern they stand in, and lengths. A candidate is
//! worth most when it brings what is rare; counts alone decide, so the choice is the same on every machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::GoalClass;
use serde::Serialize;

use super::pool::Known;
use super::template::Template;

/// What templates so far have covered. Names are counted by their hashes: a choice asks for dozens of counts.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    endpoints: BTreeMap<u64, u64>,
    pairs: BTreeMap<(u64, u64), u64>,
    shapes: BTreeMap<(GoalClass, u64), u64>,
    facets: BTreeMap<(u64, u64), u64>,
    /// The levels in words, by their hashes.
    levels: BTreeMap<u64, String>,
}

/// Two properties of one chain, each a factor with its level, such as `pattern=retry` and `failure=timeout`.
pub type Facets = (String, String);

impl Coverage {
    /// Counts a template.
    pub fn add(&mut self, template: &Template) {
        self.count(template, &Marks::of(template));
    }

    /// Of candidates the one that brings most, of equals the first; it is counted.
    pub(super) fn choose<'k>(
        &mut self,
        candidates: impl Iterator<Item = &'k Known>,
    ) -> Option<Arc<Template>> {
        let mut best: Option<(u64, &Known)> = None;
        for known in candidates {
            let gain = self.gain(&known.marks);
            if best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, known));
            }
        }
        let (_, best) = best?;
        self.count(&best.template, &best.marks);
        Some(best.template.clone())
    }

    fn count(&mut self, template: &Template, marks: &Marks) {
        for endpoint in &marks.endpoints {
            *self.endpoints.entry(*endpoint).or_default() += 1;
        }
        for pair in marks.endpoints.windows(2) {
            *self.pairs.entry((pair[0], pair[1])).or_default() += 1;
        }
        *self.shapes.entry(marks.shape).or_default() += 1;
        for (place, level) in marks.levels.iter().enumerate() {
            self.levels.entry(*level).or_insert_with(|| level_in_words(template, place));
        }
        for pair in pairs_of(&marks.levels) {
            *self.facets.entry(pair).or_default() += 1;
        }
    }

    /// What a template would bring: more for what is new, less for what there is much of. In units of 1/5040.
    fn gain(&self, marks: &Marks) -> u64 {
        let worth = |count: Option<&u64>| 5040 / (1 + count.copied().unwrap_or(0));
        let endpoints: u64 = marks.endpoints.iter().map(|endpoint| worth(self.endpoints.get(endpoint))).sum();
        let pairs: u64 =
            marks.endpoints.windows(2).map(|pair| worth(self.pairs.get(&(pair[0], pair[1])))).sum();
        let length = marks.endpoints.len().max(1) as u64;
        // A mean for endpoints, so that long chains are not preferred for their length alone.
        let (mut breadth, mut facets) = (0, 0);
        for pair in pairs_of(&marks.levels) {
            breadth += worth(self.facets.get(&pair));
            facets += 1;
        }
        2 * endpoints / length
            + 3 * pairs / length
            + 2 * worth(self.shapes.get(&marks.shape))
            + breadth / facets.max(1)
    }

    /// What is covered of all pairs of levels that some chain of `reachable` has: a certificate of strength two.
    pub fn certify(&self, reachable: &Coverage) -> Certificate {
        let word = |level: &u64| reachable.levels.get(level).cloned().unwrap_or_default();
        let open = reachable.facets.keys().filter(|pair| !self.facets.contains_key(*pair));
        let mut missing: Vec<Facets> = open.map(|(one, other)| (word(one), word(other))).collect();
        missing.sort();
        Certificate {
            strength: 2,
            reachable: reachable.facets.len(),
            covered: reachable.facets.len() - missing.len(),
            missing,
        }
    }

    /// Different endpoints so far.
    pub fn endpoints(&self) -> usize {
        self.endpoints.len()
    }

    /// Different pairs of successive endpoints so far.
    pub fn pairs(&self) -> usize {
        self.pairs.len()
    }

    /// How often each (tools, pattern) was, in the order of the keys.
    pub fn shapes(&self) -> impl Iterator<Item = u64> {
        self.shapes.values().copied()
    }
}

/// What of the pairs of levels a corpus covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// How many factors are taken together.
    pub strength: usize,
    /// Pairs that a large sample of chains has shown to be possible.
    pub reachable: usize,
    /// Those that the corpus has.
    pub covered: usize,
    /// Those that it has not.
    pub missing: Vec<Facets>,
}

/// What is counted of a template, as hashes.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    /// The endpoints in order.
    endpoints: Vec<u64>,
    /// The level of each factor.
    levels: [u64; FACTORS],
    /// The tools in order, with the pattern.
    shape: (GoalClass, u64),
}

impl Marks {
    /// The marks of a template.
    pub(super) fn of(template: &Template) -> Self {
        let endpoints = endpoints(template);
        Self { levels: levels(template, &endpoints), shape: shape(template, &endpoints), endpoints }
    }
}

/// How many factors a chain has.
const FACTORS: usize = 6;

/// The level of each factor: pattern, length, number of domains, failure, first and last endpoint.
fn levels(template: &Template, endpoints: &[u64]) -> [u64; FACTORS] {
    let end = |endpoint: Option<&u64>| endpoint.copied().unwrap_or_default();
    let failure = template.fault.map_or(0, |(call, kind)| hash(&[call as u8, kind as u8 + 1]));
    let each = [
        hash(template.class.name().as_bytes()),
        template.tasks.len() as u64,
        template.domains().len() as u64,
        failure,
        end(endpoints.first()),
        end(endpoints.last()),
    ];
    std::array::from_fn(|place| {
        each[place].wrapping_add(1 + place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// A level for people.
fn level_in_words(template: &Template, place: usize) -> String {
    let end =
        |errand: Option<&super::Errand>| errand.map_or("", |errand| errand.endpoint.as_str()).to_owned();
    match place {
        0 => format!("pattern={}", template.class.name()),
        1 => format!("length={}", template.tasks.len()),
        2 => format!("domains={}", template.domains().len()),
        3 => format!("failure={:?}", template.fault),
        4 => format!("first={}", end(template.tasks.first())),
        _ => format!("last={}", end(template.tasks.last())),
    }
}

/// All pairs of levels, the earlier factor first.
fn pairs_of(levels: &[u64; FACTORS]) -> impl Iterator<Item = (u64, u64)> + '_ {
    (0..FACTORS).flat_map(move |a| levels[a + 1..].iter().map(move |other| (levels[a], *other)))
}

fn endpoints(template: &Template) -> Vec<u64> {
    template.tasks.iter().map(|errand| hash(errand.endpoint.as_bytes())).collect()
}

/// The tools of a template in order, with its pattern.
fn shape(template: &Template, endpoints: &[u64]) -> (GoalClass, u64) {
    let of = |so_far: u64, endpoint: &u64| (so_far ^ endpoint).wrapping_mul(PRIME).rotate_left(23);
    (template.class, endpoints.iter().fold(template.tasks.len() as u64, of))
}

const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>. Two names of a run that share a hash would be counted as one,
/// which sways a choice and breaks nothing.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}
