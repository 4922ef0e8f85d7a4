//! Repetition across utterances: the same utterance, the same opening, the same four words.

use std::collections::BTreeMap;

use crate::count::{Counts, DistinctCount};
use crate::text::{hash_text, is_python_space, lowercase, ngram_hashes};

/// How many utterances are different once lower-cased and trimmed; a mergeable state of eight bytes each, up to two
/// million of them. What lies beyond is estimated.
#[derive(Debug, Clone, Default)]
pub struct UtteranceUniqueness {
    seen: DistinctCount,
    utterances: u64,
}

impl UtteranceUniqueness {
    /// Counts one utterance.
    pub fn push(&mut self, utterance: &str) {
        self.seen.insert(hash_text(&lowercase(utterance.trim_matches(is_python_space))));
        self.utterances += 1;
    }

    /// Adds what another state has counted.
    pub fn merge(&mut self, other: Self) {
        self.seen.merge(other.seen);
        self.utterances += other.utterances;
    }

    /// Number of utterances.
    #[must_use]
    pub fn utterances(&self) -> u64 {
        self.utterances
    }

    /// Different utterances over utterances.
    pub fn ratio(&mut self) -> Option<f64> {
        let unique = self.seen.count();
        (self.utterances > 0).then(|| unique / self.utterances as f64)
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
    counts: BTreeMap<Box<str>, u64>,
    utterances: u64,
}

impl Openers {
    const MOST: usize = 1 << 18;

    /// Counts one utterance by its first three tokens, joined by blanks; an empty utterance has the empty opener.
    pub fn push_opener(&mut self, opener: &str) {
        match self.counts.get_mut(opener) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(opener.into(), 1)),
        }
        self.utterances += 1;
        self.forget_rarest();
    }

    /// Adds what another state has counted.
    pub fn merge(&mut self, other: Self) {
        for (opener, count) in other.counts {
            *self.counts.entry(opener).or_insert(0) += count;
        }
        self.utterances += other.utterances;
        self.forget_rarest();
    }

    fn forget_rarest(&mut self) {
        let mut rare = 1;
        while self.counts.len() > Self::MOST {
            self.counts.retain(|_, count| *count > rare);
            rare += 1;
        }
    }

    /// The `top` most frequent openers with their counts, most frequent first, ties in alphabetical order.
    #[must_use]
    pub fn top(&self, top: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> =
            self.counts.iter().map(|(opener, &count)| (&**opener, count)).collect();
        all.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        all.truncate(top);
        all
    }

    /// The share of utterances that begin with one of the ten most frequent openers.
    #[must_use]
    pub fn top_ten_share(&self) -> Option<f64> {
        let covered: u64 = self.top(10).iter().map(|(_, count)| count).sum();
        (self.utterances > 0).then(|| covered as f64 / self.utterances as f64)
    }
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
