//! Self-BLEU (Zhu et al. 2018): how much each text repeats the others, in time linear in the text instead of
//! quadratic in the number of texts.

#![expect(clippy::disallowed_types, reason = "looked up by hash, never iterated")]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::text::ngram_hashes;

/// Each text's BLEU against all others as references: uniform weights up to `order`, NLTK's smoothing method 1
/// (0.1 in place of a count of 0), closest reference length. Texts are token hashes. Empty for fewer than two texts.
#[must_use]
pub fn self_bleu(texts: &[Vec<u64>], order: usize) -> Vec<f64> {
    if texts.len() < 2 {
        return Vec::new();
    }
    let mut lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
    lengths.sort_unstable();
    let mut log_precisions = vec![0.0; texts.len()];
    let mut without_unigram = vec![false; texts.len()];
    for n in 1..=order {
        let counted: Vec<Vec<(u64, u32)>> = texts.iter().map(|text| counts(text, n)).collect();
        let most = most_elsewhere(&counted);
        for (at, own) in counted.iter().enumerate() {
            let matched: u32 = own.iter().map(|(gram, seen)| (*seen).min(most[gram].outside(at))).sum();
            let total: u32 = own.iter().map(|(_, seen)| seen).sum();
            let matches = if matched == 0 { 0.1 } else { f64::from(matched) };
            log_precisions[at] += (matches / f64::from(total.max(1))).ln() / order as f64;
            without_unigram[at] |= n == 1 && matched == 0;
        }
    }
    let score = |at: usize| {
        let length = texts[at].len();
        brevity(length, closest_other(&lengths, length)) * log_precisions[at].exp()
    };
    (0..texts.len()).map(|at| if without_unigram[at] { 0.0 } else { score(at) }).collect()
}

/// The two highest counts of an n-gram, and which text has the highest.
#[derive(Clone, Copy, Default)]
struct Most {
    owner: usize,
    first: u32,
    second: u32,
}

impl Most {
    fn see(&mut self, owner: usize, count: u32) {
        if count > self.first {
            *self = Self { owner, first: count, second: self.first };
        } else {
            self.second = self.second.max(count);
        }
    }

    /// The highest count in any text but `text`.
    fn outside(self, text: usize) -> u32 {
        if self.owner == text { self.second } else { self.first }
    }
}

fn most_elsewhere(counted: &[Vec<(u64, u32)>]) -> HashMap<u64, Most, BuildHasherDefault<Unhashed>> {
    let mut most: HashMap<u64, Most, BuildHasherDefault<Unhashed>> = HashMap::default();
    for (at, own) in counted.iter().enumerate() {
        for &(gram, count) in own {
            most.entry(gram).or_default().see(at, count);
        }
    }
    most
}

/// Each different n-gram of a text with its count.
fn counts(text: &[u64], n: usize) -> Vec<(u64, u32)> {
    let mut grams: Vec<u64> = ngram_hashes(text, n).collect();
    grams.sort_unstable();
    grams.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

/// The length closest to `length` among all texts but one of that very length; the shorter of two as close.
fn closest_other(sorted: &[usize], length: usize) -> usize {
    let start = sorted.partition_point(|&l| l < length);
    let end = sorted.partition_point(|&l| l <= length);
    if end - start > 1 {
        return length;
    }
    let below = start.checked_sub(1).map(|i| sorted[i]);
    let above = sorted.get(end).copied();
    match (below, above) {
        (Some(below), Some(above)) if above - length < length - below => above,
        (Some(below), _) => below,
        (None, above) => above.unwrap_or(length),
    }
}

fn brevity(length: usize, reference: usize) -> f64 {
    match length {
        0 => 0.0,
        _ if length > reference => 1.0,
        _ => (1.0 - reference as f64 / length as f64).exp(),
    }
}

/// Passes a 64-bit key through: the keys are well-mixed hashes already.
#[derive(Debug, Clone, Copy, Default)]
struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
