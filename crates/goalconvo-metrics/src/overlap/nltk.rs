//! BLEU as NLTK 3.10 computes it, whose smoothing methods differ from sacrebleu's. Works on token hashes.

use serde::{Deserialize, Serialize};

use super::bleu::{clipped_matches, sorted_ngrams};

/// The smoothing methods of Chen and Cherry (2014) under NLTK's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NltkSmoothing {
    /// 0: none; an order without a match makes the score vanish (about 1e-231, not exactly 0).
    Method0,
    /// 1: 0.1 in place of 0 matches.
    Method1,
    /// 2: one added to matches and totals from bigrams on.
    Method2,
    /// 3: a half, a quarter, … of a match.
    Method3,
    /// 4: as 3, scaled by `ln(length) / 5`.
    Method4,
    /// 7: method 4, then the mean with the neighbouring orders (method 5).
    Method7,
}

/// Counts for the corpus score: matches and totals of orders 1 to 5 and the two lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NltkStats {
    matches: [u64; 5],
    totals: [u64; 5],
    hypothesis_length: u64,
    reference_length: u64,
}

impl NltkStats {
    /// The counts of one segment. A total is at least 1, as in NLTK.
    #[must_use]
    pub fn of(hypothesis: &[u64], references: &[Vec<u64>]) -> Self {
        let length = hypothesis.len();
        let closest = references.iter().map(Vec::len).min_by_key(|&r| (r.abs_diff(length), r)).unwrap_or(0);
        let mut stats =
            Self { hypothesis_length: length as u64, reference_length: closest as u64, ..Self::default() };
        for n in 1..=5 {
            let own = sorted_ngrams(hypothesis, n);
            let theirs: Vec<Vec<u64>> =
                references.iter().map(|reference| sorted_ngrams(reference, n)).collect();
            stats.matches[n - 1] = clipped_matches(&own, &theirs);
            stats.totals[n - 1] = own.len().max(1) as u64;
        }
        stats
    }

    /// Adds the counts of further segments.
    pub fn merge(&mut self, other: &Self) {
        self.hypothesis_length += other.hypothesis_length;
        self.reference_length += other.reference_length;
        for n in 0..5 {
            self.matches[n] += other.matches[n];
            self.totals[n] += other.totals[n];
        }
    }

    /// BLEU-4 with uniform weights, 0 to 1; 0 when not one token matches.
    #[must_use]
    pub fn score(&self, smoothing: NltkSmoothing) -> f64 {
        if self.matches[0] == 0 {
            return 0.0;
        }
        let precisions = self.smoothed(smoothing);
        let log_sum: f64 = precisions.iter().filter(|&&p| p > 0.0).map(|p| 0.25 * p.ln()).sum();
        self.brevity_penalty() * log_sum.exp()
    }

    fn smoothed(&self, smoothing: NltkSmoothing) -> [f64; 4] {
        let missing = |n: usize| self.matches[n] == 0;
        let plain = |n: usize| self.matches[n] as f64 / self.totals[n] as f64;
        let or_plain = |n: usize, instead: f64| if missing(n) { instead } else { plain(n) };
        match smoothing {
            NltkSmoothing::Method0 => std::array::from_fn(|n| or_plain(n, f64::MIN_POSITIVE)),
            NltkSmoothing::Method1 => std::array::from_fn(|n| or_plain(n, 0.1 / self.totals[n] as f64)),
            NltkSmoothing::Method2 => std::array::from_fn(|n| match n {
                0 => plain(0),
                _ => (self.matches[n] + 1) as f64 / (self.totals[n] + 1) as f64,
            }),
            NltkSmoothing::Method3 => self.halved(1.0),
            NltkSmoothing::Method4 => self.by_length(),
            NltkSmoothing::Method7 => self.averaged(self.by_length()),
        }
    }

    /// `scale / 2^k` of a match for the k-th order without one.
    fn halved(&self, scale: f64) -> [f64; 4] {
        let mut halving = 1.0;
        std::array::from_fn(|n| {
            let total = self.totals[n] as f64;
            if self.matches[n] > 0 {
                return self.matches[n] as f64 / total;
            }
            halving *= 2.0;
            scale / halving / total
        })
    }

    fn by_length(&self) -> [f64; 4] {
        if self.hypothesis_length > 1 {
            return self.halved((self.hypothesis_length as f64).ln() / 5.0);
        }
        std::array::from_fn(|n| self.matches[n] as f64 / self.totals[n] as f64)
    }

    /// Each order becomes the mean of the smoothed order before it, itself and the plain order after it.
    fn averaged(&self, precisions: [f64; 4]) -> [f64; 4] {
        let fifth = self.matches[4] as f64 / self.totals[4] as f64;
        let mut before = precisions[0] + 1.0;
        std::array::from_fn(|n| {
            let after = precisions.get(n + 1).copied().unwrap_or(fifth);
            before = (before + precisions[n] + after) / 3.0;
            before
        })
    }

    fn brevity_penalty(&self) -> f64 {
        match self.hypothesis_length {
            length if length > self.reference_length => 1.0,
            0 => 0.0,
            length => (1.0 - self.reference_length as f64 / length as f64).exp(),
        }
    }
}

/// BLEU-4 of one sentence, 0 to 1 (method 7 can exceed 1).
#[must_use]
pub fn nltk_sentence_bleu(hypothesis: &[u64], references: &[Vec<u64>], smoothing: NltkSmoothing) -> f64 {
    NltkStats::of(hypothesis, references).score(smoothing)
}
