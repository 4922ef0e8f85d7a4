//! N-gram counts as a mergeable state: distinct-n, expectation-adjusted distinct, entropy.

use crate::count::{self, Counts};
use crate::text::ngram_hashes;

/// Counts of the n-grams of many units (utterances or dialogues); n-grams never cross from one unit to the next.
#[derive(Debug, Clone)]
pub struct NgramCounts {
    n: usize,
    counts: Counts,
    total: u64,
    tokens: u64,
    units: u64,
    counted_units: u64,
}

impl NgramCounts {
    /// Nothing counted yet; `n` is the order of the n-grams, at least 1.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self { n: n.max(1), counts: Counts::default(), total: 0, tokens: 0, units: 0, counted_units: 0 }
    }

    /// Counts one unit, given as token hashes ([`crate::text::Tokens::hashes`]).
    pub fn push(&mut self, tokens: &[u64]) {
        self.tokens += tokens.len() as u64;
        self.units += 1;
        let before = self.total;
        for gram in ngram_hashes(tokens, self.n) {
            self.counts.add(gram, 1);
            self.total += 1;
        }
        self.counted_units += u64::from(self.total > before);
    }

    /// Adds what another state of the same order has counted.
    pub fn merge(&mut self, other: &Self) {
        other.counts.iter().for_each(|(gram, seen)| self.counts.add(gram, seen));
        self.total += other.total;
        self.tokens += other.tokens;
        self.units += other.units;
        self.counted_units += other.counted_units;
    }

    /// Number of different n-grams.
    #[must_use]
    pub fn unique(&self) -> u64 {
        self.counts.len() as u64
    }

    /// Number of n-grams.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Number of tokens, those of units too short for an n-gram included.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Number of units with at least one n-gram.
    #[must_use]
    pub fn counted_units(&self) -> u64 {
        self.counted_units
    }

    /// Different n-grams over all n-grams.
    #[must_use]
    pub fn distinct(&self) -> Option<f64> {
        ratio(self.unique() as f64, self.total as f64)
    }

    /// Different n-grams over all tokens, the wording of Li et al. (2016).
    #[must_use]
    pub fn distinct_over_tokens(&self) -> Option<f64> {
        ratio(self.unique() as f64, self.tokens as f64)
    }

    /// Expectation-adjusted distinct-n (Liu et al. 2022) for a vocabulary of `vocabulary` entries.
    #[must_use]
    pub fn expectation_adjusted(&self, vocabulary: f64) -> Option<f64> {
        (self.total > 0).then(|| expectation_adjusted(self.unique(), self.total, vocabulary))
    }

    /// Shannon entropy of the n-gram distribution, in bits.
    #[must_use]
    pub fn entropy_bits(&self) -> Option<f64> {
        self.counts.entropy_bits()
    }

    /// Entropy over its maximum, `log2(unique)`; none when there are fewer than two different n-grams.
    #[must_use]
    pub fn entropy_normalised(&self) -> Option<f64> {
        let bits = self.entropy_bits()?;
        (self.unique() > 1).then(|| bits / (self.unique() as f64).log2())
    }
}

/// Distinct-n of one unit: different n-grams over all n-grams; none when it is shorter than n tokens.
#[must_use]
pub fn distinct_of_unit(tokens: &[u64], n: usize) -> Option<f64> {
    let mut grams: Vec<u64> = ngram_hashes(tokens, n).collect();
    let total = grams.len() as f64;
    ratio(count::distinct(&mut grams) as f64, total)
}

/// `unique / (V (1 − ((V − 1) / V)^total))`.
#[must_use]
pub fn expectation_adjusted(unique: u64, total: u64, vocabulary: f64) -> f64 {
    let expected = vocabulary * (1.0 - ((vocabulary - 1.0) / vocabulary).powf(total as f64));
    unique as f64 / expected
}

/// Entropy of a token given the one before it, in bits: `−Σ p(a) p(b|a) log2 p(b|a)` with `p(a)` and `p(b|a)` over all
/// occurrences of `a`, those at the end of a unit included; 0 where there is no bigram.
#[must_use]
pub fn conditional_entropy_bits<'a>(units: impl IntoIterator<Item = &'a [u64]>) -> f64 {
    let (mut firsts, mut bigrams) = (Counts::default(), std::collections::BTreeMap::<(u64, u64), u32>::new());
    let mut total = 0_u64;
    for unit in units {
        unit.iter().for_each(|&token| firsts.add(token, 1));
        unit.windows(2).for_each(|pair| *bigrams.entry((pair[0], pair[1])).or_insert(0) += 1);
        total += unit.len() as u64;
    }
    let surprise = |(&(first, _), &seen): (&(u64, u64), &u32)| {
        let before = firsts.get(first);
        -(f64::from(seen) / total as f64) * (f64::from(seen) / f64::from(before)).log2()
    };
    bigrams.iter().map(surprise).sum::<f64>() + 0.0
}

/// Mean over unordered pairs of units of `1 − |A ∩ B| / |A ∪ B|` of their token sets; two empty sets are alike.
#[must_use]
pub fn mean_jaccard_dissimilarity(units: &[Vec<u64>]) -> Option<f64> {
    let sets: Vec<Vec<u64>> = units.iter().map(|unit| sorted_set(unit)).collect();
    let mut sum = 0.0;
    let mut pairs = 0_u64;
    for (i, left) in sets.iter().enumerate() {
        for right in &sets[i + 1..] {
            sum += 1.0 - crate::overlap::jaccard_sorted(left, right);
            pairs += 1;
        }
    }
    ratio(sum, pairs as f64)
}

fn sorted_set(unit: &[u64]) -> Vec<u64> {
    let mut set = unit.to_vec();
    set.sort_unstable();
    set.dedup();
    set
}

/// A quotient that is undefined, not zero, when there was nothing to divide by.
pub(crate) fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator > 0.0).then(|| numerator / denominator)
}
