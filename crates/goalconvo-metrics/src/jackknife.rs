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
use std::sync::Arc;

use crate::count::Counts;
use crate::random::{counter, index_below};

/// How many groups dialogues fall into.
pub(crate) const GROUPS: usize = 10;

/// The 0.975 quantile of Student's t with nine degrees of freedom.
const STUDENT: f64 = 2.262_157_162_740_992;
/// Names the random stream.
const STREAM: u64 = 0x7ac7;

/// Which group each dialogue is in: as many in each, drawn at random over the whole dataset, so that neither its order
/// nor a period in it tells the groups apart or makes them alike.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    labels: Arc<[u8]>,
}

impl Groups {
    /// Of so many dialogues.
    pub(crate) fn among(dialogues: usize) -> Self {
        let mut labels: Vec<u8> = (0..dialogues).map(|at| (at % GROUPS) as u8).collect();
        for at in (1..labels.len()).rev() {
            labels.swap(at, index_below(counter(0, STREAM, at as u64), at + 1));
        }
        Self { labels: labels.into() }
    }

    /// The group of the dialogue at this place; of one beyond what was announced, by a hash.
    pub(crate) fn of(&self, index: u64) -> usize {
        let label = usize::try_from(index).ok().and_then(|index| self.labels.get(index));
        label.map_or_else(|| index_below(counter(1, STREAM, index), GROUPS), |label| usize::from(*label))
    }
}

/// What the replicates say: the half width of the interval; none when one of them is undefined.
pub(crate) fn reach(replicates: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let finite = replicates.into_iter().map(|replicate| replicate.filter(|figure| figure.is_finite()));
    let replicates: Vec<f64> = finite.collect::<Option<_>>()?;
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

/// A state for each group, absent where no dialogue of the group has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grouped<S> {
    groups: [Option<S>; GROUPS],
}

impl<S: Additive> Grouped<S> {
    /// The state of a group.
    pub(crate) fn of(&mut self, group: usize) -> &mut S {
        self.groups[group].get_or_insert_default()
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

    /// The figure without each group in turn; undefined when a group has no dialogue. One state is made at a time: of a
    /// million dialogues it may be large.
    pub(crate) fn replicates(&self, figure: impl Fn(&S) -> Option<f64>) -> Vec<Option<f64>> {
        (0..GROUPS).map(|group| figure(&self.without(group)?)).collect()
    }

    /// What was counted without a group; none when it has no dialogue.
    pub(crate) fn without(&self, group: usize) -> Option<S> {
        self.groups[group].as_ref().map(|_| self.but(Some(group)))
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
    use super::{GROUPS, Groups, reach};
    use crate::random::{counter, index_below};

    #[test]
    fn groups_are_as_large_as_each_other_and_follow_no_order() {
        let groups = Groups::among(1000);
        let labels: Vec<usize> = (0..1000).map(|at| groups.of(at)).collect();
        for group in 0..GROUPS {
            assert_eq!(labels.iter().filter(|label| **label == group).count(), 100);
        }
        // Of a dataset sorted by domain each half has more of some groups than of others, as any draw would.
        let first: Vec<usize> =
            (0..GROUPS).map(|group| labels[..500].iter().filter(|label| **label == group).count()).collect();
        let spread: f64 = first.iter().map(|count| (*count as f64 - 50.0).powi(2)).sum();
        assert!((100.0..600.0).contains(&spread), "{first:?}");
    }

    /// The variance of a median that is known: of 400 draws from 0 to 1 it is 1/(4·400).
    #[test]
    fn the_interval_of_a_median_holds_what_it_promises() {
        let (mut held, mut widths, sets) = (0, 0.0, 400);
        for set in 0..sets {
            let groups = Groups::among(400);
            let values: Vec<(usize, f64)> = (0..400)
                .map(|at| {
                    (groups.of(at), index_below(counter(set, 1, at), 1 << 30) as f64 / f64::from(1 << 30))
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
