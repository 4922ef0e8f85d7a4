//! chrF (Popović 2015) and chrF++ (2017), numerically as sacrebleu 2.6.

use serde::{Deserialize, Serialize};

use super::bleu::{clipped_matches, sorted_ngrams};
use crate::text::{hash_text, is_python_space, lowercase, split_whitespace};

const CHAR_ORDERS: usize = 6;
const MOST_ORDERS: usize = CHAR_ORDERS + 2;
const BETA_SQUARED: f64 = 4.0;

/// The settings of a chrF score: six character orders, recall weighed twice as much as precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chrf {
    /// Word orders beside the characters: 0 for chrF, 2 for chrF++ (more count as 2).
    pub word_order: usize,
    /// Whether case is ignored.
    pub lowercase: bool,
}

/// N-grams of hypothesis, of reference, and matches, for each order; adding up segments gives the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ChrfStats {
    orders: [[u64; 3]; MOST_ORDERS],
}

impl Chrf {
    /// chrF++: two word orders.
    #[must_use]
    pub fn plus_plus() -> Self {
        Self { word_order: 2, ..Self::default() }
    }

    /// The statistics of one segment against the reference that gives it the best score.
    #[must_use]
    pub fn stats(&self, hypothesis: &str, references: &[&str]) -> ChrfStats {
        let own = self.ngrams(hypothesis);
        let mut best: Option<(f64, ChrfStats)> = None;
        for reference in references {
            let stats = compared(&own, &self.ngrams(reference));
            let score = self.score(&stats);
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, stats));
            }
        }
        best.map(|(_, stats)| stats).unwrap_or_default()
    }

    /// The score of one segment, 0 to 100.
    #[must_use]
    pub fn score_segment(&self, hypothesis: &str, references: &[&str]) -> f64 {
        self.score(&self.stats(hypothesis, references))
    }

    /// The score of accumulated statistics, 0 to 100: precision and recall are averaged over the orders for which
    /// both sides have n-grams.
    #[must_use]
    pub fn score(&self, stats: &ChrfStats) -> f64 {
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
        for &[hypothesis, reference, matches] in &stats.orders[..CHAR_ORDERS + self.word_order.min(2)] {
            if hypothesis > 0 && reference > 0 {
                precision += matches as f64 / hypothesis as f64;
                recall += matches as f64 / reference as f64;
                orders += 1.0;
            }
        }
        if orders == 0.0 || precision + recall == 0.0 {
            return 0.0;
        }
        let (precision, recall) = (precision / orders, recall / orders);
        100.0 * (1.0 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall)
    }

    /// Sorted n-gram hashes of each order.
    fn ngrams(&self, segment: &str) -> Vec<Vec<u64>> {
        let segment = if self.lowercase { lowercase(segment) } else { segment.into() };
        let chars: Vec<u64> = segment.chars().filter(|&c| !is_python_space(c)).map(u64::from).collect();
        let mut orders: Vec<Vec<u64>> = (1..=CHAR_ORDERS).map(|n| sorted_chars(&chars, n)).collect();
        if self.word_order > 0 {
            let words: Vec<u64> = words(&segment).into_iter().map(hash_text).collect();
            orders.extend((1..=self.word_order.min(2)).map(|n| sorted_ngrams(&words, n)));
        }
        orders
    }
}

impl ChrfStats {
    /// Adds the statistics of further segments.
    pub fn merge(&mut self, other: &Self) {
        for (own, theirs) in self.orders.iter_mut().zip(&other.orders) {
            (0..3).for_each(|i| own[i] += theirs[i]);
        }
    }
}

/// Character n-grams packed into 64 bits where they fit (21 bits a character), hashed where they don't.
fn sorted_chars(chars: &[u64], n: usize) -> Vec<u64> {
    let packed = |gram: &[u64]| match gram.iter().all(|&c| c < 128) {
        true => gram.iter().fold(0, |packed, c| packed << 7 | c),
        false => crate::text::ngram_hashes(gram, n).next().unwrap_or_default() | 1 << 63,
    };
    let mut grams: Vec<u64> = chars.windows(n).map(packed).collect();
    grams.sort_unstable();
    grams
}

/// Words with one punctuation mark split off their end, or else off their beginning.
fn words(segment: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in split_whitespace(segment) {
        let is_mark = |c: Option<char>| c.is_some_and(|c| c.is_ascii_punctuation());
        let (first, last) = (word.chars().next(), word.chars().next_back());
        if word.chars().nth(1).is_none() {
            words.push(word);
        } else if is_mark(last) {
            words.extend([&word[..word.len() - 1], &word[word.len() - 1..]]);
        } else if is_mark(first) {
            words.extend([&word[..1], &word[1..]]);
        } else {
            words.push(word);
        }
    }
    words
}

fn compared(hypothesis: &[Vec<u64>], reference: &[Vec<u64>]) -> ChrfStats {
    let mut stats = ChrfStats::default();
    for (order, (own, theirs)) in stats.orders.iter_mut().zip(hypothesis.iter().zip(reference)) {
        let counted = if theirs.is_empty() { 0 } else { own.len() as u64 };
        let matches = clipped_matches(own, std::slice::from_ref(theirs));
        *order = [counted, theirs.len() as u64, matches];
    }
    stats
}
