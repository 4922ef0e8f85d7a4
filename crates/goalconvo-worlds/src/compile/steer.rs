//! Steering: what the corpus has so far decides which candidate comes next.
//!
//! Coverage counts endpoints, pairs of successive endpoints with the pattern they stand in, and lengths. A candidate is
//! worth most when it brings what is rare; counts alone decide, so the choice is the same on every machine.

use std::collections::BTreeMap;

use goalconvo_core::GoalClass;
use serde::Serialize;

use super::template::Template;

/// How many indices a round has: a round sees the rounds before the last one.
pub(super) const ROUND: u64 = 16;

/// What templates so far have covered.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    endpoints: BTreeMap<String, u64>,
    pairs: BTreeMap<(String, String), u64>,
    shapes: BTreeMap<(GoalClass, String), u64>,
    facets: BTreeMap<Facets, u64>,
}

/// Two properties of one chain, each a factor with its level, such as `pattern=retry` and `failure=timeout`.
pub type Facets = (String, String);

impl Coverage {
    /// Counts a template.
    pub fn add(&mut self, template: &Template) {
        for errand in &template.tasks {
            *self.endpoints.entry(errand.endpoint.clone()).or_default() += 1;
        }
        for pair in template.tasks.windows(2) {
            *self.pairs.entry((pair[0].endpoint.clone(), pair[1].endpoint.clone())).or_default() += 1;
        }
        *self.shapes.entry(shape(template)).or_default() += 1;
        for pair in facets(template) {
            *self.facets.entry(pair).or_default() += 1;
        }
    }

    /// What a template would bring: more for what is new, less for what there is much of. In units of 1/5040.
    pub fn gain(&self, template: &Template) -> u64 {
        let worth = |count: Option<&u64>| 5040 / (1 + count.copied().unwrap_or(0));
        let endpoints: u64 =
            template.tasks.iter().map(|errand| worth(self.endpoints.get(&errand.endpoint))).sum();
        let pairs: u64 = template
            .tasks
            .windows(2)
            .map(|pair| worth(self.pairs.get(&(pair[0].endpoint.clone(), pair[1].endpoint.clone()))))
            .sum();
        let length = template.tasks.len().max(1) as u64;
        // A mean for endpoints, so that long chains are not preferred for their length alone.
        let facets = facets(template);
        let breadth: u64 = facets.iter().map(|pair| worth(self.facets.get(pair))).sum();
        2 * endpoints / length
            + 3 * pairs / length
            + 2 * worth(self.shapes.get(&shape(template)))
            + breadth / facets.len().max(1) as u64
    }

    /// What is covered of all pairs of levels that some chain of `reachable` has: a certificate of strength two.
    pub fn certify(&self, reachable: &Coverage) -> Certificate {
        let missing: Vec<Facets> =
            reachable.facets.keys().filter(|pair| !self.facets.contains_key(*pair)).cloned().collect();
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

/// All pairs of a template's factors: pattern, length, number of domains, failure, first and last endpoint.
fn facets(template: &Template) -> Vec<Facets> {
    let end =
        |errand: Option<&super::Errand>| errand.map_or("", |errand| errand.endpoint.as_str()).to_owned();
    let levels = [
        format!("pattern={}", template.class.name()),
        format!("length={}", template.tasks.len()),
        format!("domains={}", template.domains().len()),
        format!("failure={:?}", template.fault),
        format!("first={}", end(template.tasks.first())),
        format!("last={}", end(template.tasks.last())),
    ];
    let pair =
        |a: usize| levels[a + 1..].iter().map(|other| (levels[a].clone(), other.clone())).collect::<Vec<_>>();
    (0..levels.len()).flat_map(pair).collect()
}

/// The tools of a template in order, with its pattern.
fn shape(template: &Template) -> (GoalClass, String) {
    let endpoints: Vec<&str> = template.tasks.iter().map(|errand| errand.endpoint.as_str()).collect();
    (template.class, endpoints.join(" > "))
}
