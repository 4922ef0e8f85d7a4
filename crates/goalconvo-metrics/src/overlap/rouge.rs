//! ROUGE-N, ROUGE-L and ROUGE-Lsum (Lin 2004), numerically as the package rouge-score 0.1.2.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bleu::{clipped_matches, sorted_ngrams};
use crate::text::{hash_text, lowercase, porter_stem};

/// Precision, recall and their harmonic mean, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct RougeScore {
    /// Share of the hypothesis that is in the reference.
    pub precision: f64,
    /// Share of the reference that is in the hypothesis.
    pub recall: f64,
    /// Harmonic mean.
    pub f: f64,
}

/// The settings: whether words longer than three letters are reduced to their stems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rouge {
    /// Stem with Porter's algorithm and NLTK's extensions.
    pub stem: bool,
}

impl Rouge {
    /// The words rouge-score compares: lower-case runs of ASCII letters and digits.
    #[must_use]
    pub fn tokens(self, text: &str) -> Vec<u64> {
        let lower = lowercase(text);
        let runs =
            lower.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit())).filter(|r| !r.is_empty());
        let hashed = |run: &str| match self.stem && run.len() > 3 {
            true => hash_text(&porter_stem(run)),
            false => hash_text(run),
        };
        runs.map(hashed).collect()
    }

    /// ROUGE-N of two texts.
    #[must_use]
    pub fn n(self, n: usize, reference: &str, hypothesis: &str) -> RougeScore {
        let theirs = sorted_ngrams(&self.tokens(reference), n);
        let own = sorted_ngrams(&self.tokens(hypothesis), n);
        let matches = clipped_matches(&own, std::slice::from_ref(&theirs));
        scored(matches as usize, own.len(), theirs.len())
    }

    /// ROUGE-L of two texts: the longest common subsequence.
    #[must_use]
    pub fn l(self, reference: &str, hypothesis: &str) -> RougeScore {
        let (theirs, own) = (self.tokens(reference), self.tokens(hypothesis));
        let common = common_subsequence(&theirs, &own);
        scored(common, own.len(), theirs.len())
    }

    /// ROUGE-Lsum: lines are sentences, and each reference sentence is matched with all of the hypothesis.
    #[must_use]
    pub fn l_sum(self, reference: &str, hypothesis: &str) -> RougeScore {
        let sentences = |text: &str| -> Vec<Vec<u64>> {
            text.split('\n').filter(|line| !line.is_empty()).map(|line| self.tokens(line)).collect()
        };
        let (theirs, own) = (sentences(reference), sentences(hypothesis));
        let (mut ours_left, mut theirs_left) = (counts(&own), counts(&theirs));
        let mut hits = 0;
        for sentence in &theirs {
            for at in union_of_common(sentence, &own) {
                // A word counts no more often than it stands on either side.
                let left = [ours_left.get_mut(&sentence[at]), theirs_left.get_mut(&sentence[at])];
                if let [Some(ours @ 1..), Some(theirs @ 1..)] = left {
                    *ours -= 1;
                    *theirs -= 1;
                    hits += 1;
                }
            }
        }
        scored(hits, own.iter().map(Vec::len).sum(), theirs.iter().map(Vec::len).sum())
    }
}

fn scored(matches: usize, own: usize, theirs: usize) -> RougeScore {
    let precision = matches as f64 / own.max(1) as f64;
    let recall = matches as f64 / theirs.max(1) as f64;
    let f = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
    RougeScore { precision, recall, f }
}

/// Length of the longest common subsequence, in memory of one row.
fn common_subsequence(left: &[u64], right: &[u64]) -> usize {
    let mut row = vec![0; right.len() + 1];
    for a in left {
        let mut diagonal = 0;
        for (j, b) in right.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if a == b { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[right.len()]
}

fn counts(sentences: &[Vec<u64>]) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    sentences.iter().flatten().for_each(|&word| *counts.entry(word).or_insert(0) += 1);
    counts
}

/// The positions in `reference` that belong to a longest common subsequence with any of `sentences`.
fn union_of_common(reference: &[u64], sentences: &[Vec<u64>]) -> BTreeSet<usize> {
    sentences.iter().flat_map(|sentence| common_positions(reference, sentence)).collect()
}

/// One longest common subsequence as positions in `left`; ties are broken as rouge-score breaks them.
fn common_positions(left: &[u64], right: &[u64]) -> Vec<usize> {
    let width = right.len() + 1;
    let mut table = vec![0_usize; (left.len() + 1) * width];
    for (i, a) in left.iter().enumerate() {
        for (j, b) in right.iter().enumerate() {
            table[(i + 1) * width + j + 1] = match a == b {
                true => table[i * width + j] + 1,
                false => table[i * width + j + 1].max(table[(i + 1) * width + j]),
            };
        }
    }
    let (mut i, mut j, mut positions) = (left.len(), right.len(), Vec::new());
    while i > 0 && j > 0 {
        if left[i - 1] == right[j - 1] {
            positions.push(i - 1);
            (i, j) = (i - 1, j - 1);
        } else if table[i * width + j - 1] > table[(i - 1) * width + j] {
            j -= 1;
        } else {
            i -= 1;
        }
    }
    positions
}
