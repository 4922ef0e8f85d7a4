//! Intervals of figures that are no means over dialogues: distinct-n at a budget, entropies, quantiles, distances.
//!
//! The delete-a-group jackknife (Kott 2001, "The delete-a-group jackknife", Journal of Official Statistics 17): dialogues
//! fall into ten groups, the figure is computed without each group in turn, and with those replicates `r`
//!
//! ```text
//! variance = (10 - 1) / 10 · Σ (r - mean r)²        interval = value ± t(0.975, 9 degrees of freedom) · √variance
//! ```
//!
//! States that add up are kept by group, so that it streams and reduces as everything else does.

use std::collections::BTreeMap;

use crate::count::{Counts, DistinctCount};
use crate::random::counter;

/// How many groups dialogues fall into.
pub(crate) const GROUPS: usize = 10;

/// The 0.975 quantile of Student's t with nine degrees of freedom.
const STUDENT: f64 = 2.262_157_162_740_992;
/// Names the random stream.
const STREAM: u64 = 0x7ac7;

/// The group of the dialogue at this place in the dataset. Any ten neighbours from a multiple of ten on have one of each
/// group, in an order turned at random, so that no period of the dataset falls in with that of the groups.
pub(crate) fn group_of(index: u64) -> usize {
    const TEN: u64 = GROUPS as u64;
    ((counter(0, STREAM, index / TEN) % TEN + index) % TEN) as usize
}

/// What the replicates say: the half width of the interval; none when one of them is undefined.
pub(crate) fn reach(replicates: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let replicates: Vec<f64> = replicates.into_iter().collect::<Option<_>>()?;
    let n = replicates.len() as f64;
    let mean = replicates.iter().sum::<f64>() / n;
    let squares: f64 = replicates.iter().map(|replicate| (replicate - mean).powi(2)).sum();
    Some(STUDENT * ((n - 1.0) / n * squares).sqrt())
}

/// A state that adds up.
pub(crate) trait Additive: Clone + Default {
    /// Counts what the other one has counted, too.
    fn add_all(&mut self, other: &Self);
}

impl<K: Ord + Clone> Additive for BTreeMap<K, u64> {
    fn add_all(&mut self, other: &Self) {
        for (key, count) in other {
            *self.entry(key.clone()).or_insert(0) += count;
        }
    }
}

impl Additive for Counts {
    fn add_all(&mut self, other: &Self) {
        other.iter().for_each(|(key, count)| self.add(key, count));
    }
}

/// How many different hashes a group has, as near as it takes to tell groups apart, and how many hashes in all.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    seen: DistinctCount,
    /// Hashes, each as often as it came.
    pub(crate) total: u64,
}

impl Default for Sketch {
    fn default() -> Self {
        Self { seen: DistinctCount::up_to(1 << 16), total: 0 }
    }
}

impl Sketch {
    pub(crate) fn insert(&mut self, hash: u64) {
        self.seen.insert(hash);
        self.total += 1;
    }

    /// The number of different hashes.
    pub(crate) fn different(&mut self) -> f64 {
        self.seen.count()
    }
}

impl Additive for Sketch {
    fn add_all(&mut self, other: &Self) {
        self.seen.merge(other.seen.clone());
        self.total += other.total;
    }
}

/// A state for each group, absent where no dialogue of the group has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grouped<S> {
    groups: [Option<S>; GROUPS],
}

impl<S: Additive> Grouped<S> {
    /// The state that counts the dialogue at this place.
    pub(crate) fn of(&mut self, index: u64) -> &mut S {
        self.groups[group_of(index)].get_or_insert_default()
    }

    /// Adds what another shard has counted.
    pub(crate) fn merge(&mut self, other: Self) {
        for (own, theirs) in self.groups.iter_mut().zip(other.groups) {
            match (own.as_mut(), theirs) {
                (Some(own), Some(theirs)) => own.add_all(&theirs),
                (None, theirs) => *own = theirs,
                (Some(_), None) => {}
            }
        }
    }

    /// Everything counted.
    pub(crate) fn whole(&self) -> S {
        self.but(None)
    }

    /// The figure without each group in turn; undefined when a group has no dialogue.
    pub(crate) fn replicates(&self, figure: impl Fn(&mut S) -> Option<f64>) -> Vec<Option<f64>> {
        self.left_out().into_iter().map(|state| figure(&mut state?)).collect()
    }

    /// What was counted without each group in turn; none when it has no dialogue.
    pub(crate) fn left_out(&self) -> Vec<Option<S>> {
        let without = |(group, state): (usize, &Option<S>)| state.as_ref().map(|_| self.but(Some(group)));
        self.groups.iter().enumerate().map(without).collect()
    }

    fn but(&self, left_out: Option<usize>) -> S {
        let mut sum = S::default();
        let kept = self.groups.iter().enumerate().filter(|(group, _)| Some(*group) != left_out);
        kept.filter_map(|(_, state)| state.as_ref()).for_each(|state| sum.add_all(state));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, group_of, reach};
    use crate::random::{counter, index_below};

    #[test]
    fn each_block_of_ten_has_one_dialogue_of_each_group() {
        for block in 0..100_u64 {
            let mut groups: Vec<usize> = (0..10).map(|at| group_of(10 * block + at)).collect();
            groups.sort_unstable();
            assert_eq!(groups, (0..GROUPS).collect::<Vec<_>>());
        }
        let first: std::collections::BTreeSet<usize> = (0..100).map(|block| group_of(10 * block)).collect();
        assert_eq!(first.len(), GROUPS, "no period of the dataset falls in with the groups");
    }

    /// The variance of a median that is known: of 400 draws from 0 to 1 it is 1/(4·400).
    #[test]
    fn the_interval_of_a_median_holds_what_it_promises() {
        let (mut held, mut widths, sets) = (0, 0.0, 400);
        for set in 0..sets {
            let values: Vec<(usize, f64)> = (0..400)
                .map(|at| {
                    (group_of(at), index_below(counter(set, 1, at), 1 << 30) as f64 / f64::from(1 << 30))
                })
                .collect();
            let median = |left_out: Option<usize>| {
                let kept = values.iter().filter(|(group, _)| Some(*group) != left_out);
                let mut kept: Vec<f64> = kept.map(|(_, value)| *value).collect();
                kept.sort_by(f64::total_cmp);
                kept.get(kept.len() / 2).copied()
            };
            let half = reach((0..GROUPS).map(|group| median(Some(group)))).unwrap();
            held += usize::from((median(None).unwrap() - 0.5).abs() <= half);
            widths += half;
        }
        assert!((360..=396).contains(&held), "{held} of {sets}");
        let expect = 2.262 * (1.0_f64 / 1600.0).sqrt();
        assert!((widths / f64::from(sets as u32) / expect - 1.0).abs() < 0.25, "{widths}");
        assert_eq!(reach([Some(1.0), None]), None);
    }
}
