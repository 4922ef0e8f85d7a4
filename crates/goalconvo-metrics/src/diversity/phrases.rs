//! Repetition across utterances: the same utterance, the same opening, the same four words.

use std::collections::BTreeMap;

use crate::count::{Counts, DistinctCount};
use crate::jackknife::GROUPS;
use crate::text::{hash_text, is_python_space, lowercase, ngram_hashes};

/// How many utterances are different once lower-cased and trimmed; a mergeable state of eight bytes each, up to two
/// million of them. What lies beyond is estimated.
#[derive(Debug, Clone, Default)]
pub struct UtteranceUniqueness {
    seen: DistinctCount,
    /// Of each group of dialogues.
    utterances: [u64; GROUPS],
}

impl UtteranceUniqueness {
    /// Counts one utterance of a dialogue of this group of ten.
    pub fn push(&mut self, group: usize, utterance: &str) {
        self.seen.insert(hash_text(&lowercase(utterance.trim_matches(is_python_space))), group);
        self.utterances[group] += 1;
    }

    /// Adds what another state has counted.
    pub fn merge(&mut self, other: Self) {
        self.seen.merge(other.seen);
        self.utterances.iter_mut().zip(other.utterances).for_each(|(own, count)| *own += count);
    }

    /// Number of utterances.
    #[must_use]
    pub fn utterances(&self) -> u64 {
        self.utterances.iter().sum()
    }

    /// Different utterances over utterances.
    pub fn ratio(&mut self) -> Option<f64> {
        let unique = self.seen.count();
        (self.utterances() > 0).then(|| unique / self.utterances() as f64)
    }

    /// [`Self::ratio`] without each of ten groups of dialogues in turn; undefined when it says nothing.
    pub fn replicates(&mut self) -> Vec<Option<f64>> {
        let unique = self.seen.without_each();
        let ratio = |group: usize| {
            let others = kept(self.utterances, Some(group));
            (self.utterances[group] > 0 && others > 0).then(|| unique[group] / others as f64)
        };
        (0..GROUPS).map(ratio).collect()
    }

    /// The standard error of [`Self::ratio`] as a share of it; 0 when every utterance was counted.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        self.seen.relative_error()
    }
}

/// How utterances begin: the first three tokens of each. Exact up to a quarter of a million different openers; beyond
/// that the rarest are forgotten (lossy counting), so that memory stays bounded and the frequent ones stay right.
#[derive(Debug, Clone, Default)]
pub struct Openers {
    /// How often each group of dialogues has it.
    counts: BTreeMap<Box<str>, [u32; GROUPS]>,
    utterances: [u64; GROUPS],
}

impl Openers {
    const MOST: usize = 1 << 18;

    /// Counts one utterance, of a dialogue of this group of ten, by its first three tokens, joined by blanks; an empty
    /// utterance has the empty opener.
    pub fn push_opener(&mut self, group: usize, opener: &str) {
        match self.counts.get_mut(opener) {
            Some(counts) => counts[group] += 1,
            None => self.counts.entry(opener.into()).or_default()[group] = 1,
        }
        self.utterances[group] += 1;
        self.forget_rarest();
    }

    /// Adds what another state has counted.
    pub fn merge(&mut self, other: Self) {
        for (opener, counts) in other.counts {
            let own = self.counts.entry(opener).or_default();
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
        self.utterances.iter_mut().zip(other.utterances).for_each(|(own, count)| *own += count);
        self.forget_rarest();
    }

    fn forget_rarest(&mut self) {
        let mut rare = 1;
        while self.counts.len() > Self::MOST {
            self.counts.retain(|_, counts| counts.iter().sum::<u32>() > rare);
            rare += 1;
        }
    }

    /// The `top` most frequent openers with their counts, most frequent first, ties in alphabetical order.
    #[must_use]
    pub fn top(&self, top: usize) -> Vec<(&str, u64)> {
        self.top_without(top, None)
    }

    /// The share of utterances that begin with one of the ten most frequent openers.
    #[must_use]
    pub fn top_ten_share(&self) -> Option<f64> {
        self.share_without(None)
    }

    /// [`Self::top_ten_share`] without each of ten groups of dialogues in turn.
    #[must_use]
    pub fn replicates(&self) -> Vec<Option<f64>> {
        let there = |group: usize| (self.utterances[group] > 0).then_some(group);
        (0..GROUPS).map(|group| self.share_without(Some(there(group)?))).collect()
    }

    fn top_without(&self, top: usize, group: Option<usize>) -> Vec<(&str, u64)> {
        let count = |counts: &[u32; GROUPS]| kept(counts.map(u64::from), group);
        let mut all: Vec<(&str, u64)> =
            self.counts.iter().map(|(opener, counts)| (&**opener, count(counts))).collect();
        all.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        all.truncate(top);
        all
    }

    fn share_without(&self, group: Option<usize>) -> Option<f64> {
        let covered: u64 = self.top_without(10, group).iter().map(|(_, count)| count).sum();
        let utterances = kept(self.utterances, group);
        (utterances > 0).then(|| covered as f64 / utterances as f64)
    }
}

/// The sum over all groups but one.
fn kept(counts: [u64; GROUPS], left_out: Option<usize>) -> u64 {
    counts.iter().sum::<u64>() - left_out.map_or(0, |group| counts[group])
}

/// The share of utterances in `sample` (token hashes) that hold a 4-gram which another of them holds too.
#[must_use]
pub fn self_repetition(sample: &[Vec<u64>]) -> Option<f64> {
    let grams = |utterance: &Vec<u64>| {
        let mut grams: Vec<u64> = ngram_hashes(utterance, 4).collect();
        grams.sort_unstable();
        grams.dedup();
        grams
    };
    let mut holders = Counts::default();
    sample.iter().for_each(|utterance| grams(utterance).into_iter().for_each(|g| holders.add(g, 1)));
    let repeats = |utterance: &&Vec<u64>| ngram_hashes(utterance, 4).any(|gram| holders.get(gram) > 1);
    (!sample.is_empty()).then(|| sample.iter().filter(repeats).count() as f64 / sample.len() as f64)
}
