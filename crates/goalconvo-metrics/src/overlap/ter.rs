//! Translation edit rate (Snover et al. 2006): edits and block shifts over reference length, numerically as sacrebleu
//! 2.6, whose shift search and beam this follows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::edits::{EditMatrix, Operation};
use crate::text::TercomTokens;

/// The settings of a translation edit rate: how words are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ter {
    /// Tercom's tokeniser and its switches.
    pub tokens: TercomTokens,
}

/// Fewest edits over the references and mean reference length; adding up segments gives the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct TerStats {
    /// Insertions, deletions, substitutions and shifts.
    pub edits: u64,
    /// Mean number of words of the references.
    pub reference_length: f64,
}

impl Ter {
    /// The statistics of one segment.
    #[must_use]
    pub fn stats(&self, hypothesis: &str, references: &[&str]) -> TerStats {
        let mut vocabulary = BTreeMap::new();
        let mut ids = |segment: &str| -> Vec<u32> {
            let mut id = |word| {
                let next = vocabulary.len() as u32;
                *vocabulary.entry(word).or_insert(next)
            };
            self.tokens.of(segment).into_iter().map(&mut id).collect()
        };
        let own = ids(hypothesis);
        let references: Vec<Vec<u32>> = references.iter().map(|reference| ids(reference)).collect();
        let words: usize = references.iter().map(Vec::len).sum();
        TerStats {
            edits: references
                .iter()
                .map(|reference| edits(&own, reference))
                .min()
                .unwrap_or(own.len() as u64),
            reference_length: words as f64 / references.len().max(1) as f64,
        }
    }

    /// The rate of one segment, in percent; beyond 100 where the hypothesis is much longer than the reference.
    #[must_use]
    pub fn score_segment(&self, hypothesis: &str, references: &[&str]) -> f64 {
        self.stats(hypothesis, references).score()
    }
}

impl TerStats {
    /// Adds the statistics of further segments.
    pub fn merge(&mut self, other: &Self) {
        self.edits += other.edits;
        self.reference_length += other.reference_length;
    }

    /// The rate in percent: 100 when there is no reference word but something was edited.
    #[must_use]
    pub fn score(&self) -> f64 {
        match (self.reference_length > 0.0, self.edits) {
            (true, edits) => 100.0 * edits as f64 / self.reference_length,
            (false, 0) => 0.0,
            (false, _) => 100.0,
        }
    }
}

const LONGEST_SHIFT: usize = 10;
const FARTHEST_SHIFT: usize = 50;
const MOST_CANDIDATES: usize = 1000;

fn edits(hypothesis: &[u32], reference: &[u32]) -> u64 {
    if reference.is_empty() {
        return hypothesis.len() as u64;
    }
    let mut words = hypothesis.to_vec();
    let (mut shifts, mut candidates) = (0, 0);
    let mut matrix = EditMatrix::new(words.len(), reference);
    loop {
        matrix.fill(&words, 0);
        let best = best_shift(&words, &matrix, &mut candidates);
        match best {
            Some(best) if candidates < MOST_CANDIDATES && best.gain > 0 => words = best.words,
            _ => return shifts + u64::from(matrix.distance()),
        }
        shifts += 1;
    }
}

/// A block shift and by how much it lowers the edit distance.
struct Shift {
    gain: i64,
    rank: (usize, std::cmp::Reverse<usize>, std::cmp::Reverse<usize>),
    words: Vec<u32>,
}

/// The shift with the highest gain; among equals the longest, then the one from and to the leftmost place.
fn best_shift(words: &[u32], matrix: &EditMatrix<'_>, candidates: &mut usize) -> Option<Shift> {
    let before = i64::from(matrix.distance());
    let alignment = Alignment::of(&matrix.trace());
    let mut scratch = matrix.clone();
    let mut best: Option<Shift> = None;
    for (start, at, length) in matching_blocks(words, matrix.reference()) {
        let correct = |errors: &[bool], from: usize| errors[from..from + length].iter().all(|error| !error);
        let aligned = alignment.hypothesis_of[at];
        let stays = aligned >= start as isize && aligned < (start + length) as isize;
        if correct(&alignment.hypothesis_errors, start) || correct(&alignment.reference_errors, at) || stays {
            continue;
        }
        for target in targets(&alignment, at, length) {
            let moved = shifted(words, start, length, target);
            scratch.copy_rows(matrix, start.min(target));
            scratch.fill(&moved, start.min(target));
            *candidates += 1;
            let gain = before - i64::from(scratch.distance());
            let rank = (length, std::cmp::Reverse(start), std::cmp::Reverse(target));
            if best.as_ref().is_none_or(|best| (gain, rank) > (best.gain, best.rank)) {
                best = Some(Shift { gain, rank, words: moved });
            }
        }
        if *candidates >= MOST_CANDIDATES {
            break;
        }
    }
    best
}

/// The places to which a block that matches the reference at `at` may move.
fn targets(alignment: &Alignment, at: usize, length: usize) -> Vec<usize> {
    let mut targets: Vec<usize> = Vec::new();
    for offset in 0..=length {
        // The word of the reference before which, or after whose partner, the block is put.
        let target = match (at + offset).checked_sub(1) {
            None => 0,
            Some(word) => match alignment.hypothesis_of.get(word) {
                Some(&partner) => (partner + 1).max(0) as usize,
                None => break,
            },
        };
        if targets.last() != Some(&target) {
            targets.push(target);
        }
    }
    targets
}

/// Every pair of equal blocks `(start in words, start in reference, length)`, shorter ones first.
fn matching_blocks(words: &[u32], reference: &[u32]) -> Vec<(usize, usize, usize)> {
    let mut blocks = Vec::new();
    for start in 0..words.len() {
        let from = start.saturating_sub(FARTHEST_SHIFT);
        let to = reference.len().min(start + FARTHEST_SHIFT + 1);
        for at in from..to {
            let pairs = words[start..].iter().zip(&reference[at..]);
            let equal = pairs.take(LONGEST_SHIFT).take_while(|(a, b)| a == b).count();
            blocks.extend((1..=equal).map(|length| (start, at, length)));
        }
    }
    blocks
}

fn shifted(words: &[u32], start: usize, length: usize, target: usize) -> Vec<u32> {
    let end = start + length;
    let block = &words[start..end];
    let parts: [&[u32]; 4] = if target < start {
        [&words[..target], block, &words[target..start], &words[end..]]
    } else if target > end {
        [&words[..start], &words[end..target], block, &words[target..]]
    } else {
        let after = (length + target).min(words.len());
        [&words[..start], &words[end..after.max(end)], block, &words[after.max(end)..]]
    };
    parts.concat()
}

/// Which hypothesis word each reference word stands with (−1: before the first), and which words are edited.
struct Alignment {
    hypothesis_of: Vec<isize>,
    reference_errors: Vec<bool>,
    hypothesis_errors: Vec<bool>,
}

impl Alignment {
    fn of(trace: &[Operation]) -> Self {
        let mut alignment =
            Self { hypothesis_of: Vec::new(), reference_errors: Vec::new(), hypothesis_errors: Vec::new() };
        for operation in trace {
            let error = *operation != Operation::Keep;
            if *operation != Operation::InsertReference {
                alignment.hypothesis_errors.push(error);
            }
            if *operation != Operation::DropHypothesis {
                alignment.hypothesis_of.push(alignment.hypothesis_errors.len() as isize - 1);
                alignment.reference_errors.push(error);
            }
        }
        alignment
    }
}
