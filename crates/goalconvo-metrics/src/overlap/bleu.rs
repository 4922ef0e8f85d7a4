//! BLEU (Papineni et al. 2002), numerically as sacrebleu 2.6: per sentence and per corpus, from mergeable statistics.

use serde::{Deserialize, Serialize};

use crate::text::{SacreTokens, hash_text, lowercase, ngram_hashes};

const ORDERS: usize = 4;

/// What is done about an n-gram order without a match.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// Nothing: the score is 0.
    None,
    /// This count in place of 0.
    Floor(f64),
    /// This much added to matches and totals from bigrams on.
    AddK(f64),
    /// A half, a quarter, … of a match for the first, second, … order without one (sacrebleu's default).
    #[default]
    Exponential,
}

/// The settings of a BLEU score.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Bleu {
    /// How segments are cut into tokens.
    pub tokens: SacreTokens,
    /// Whether case is ignored.
    pub lowercase: bool,
    /// What is done about orders without a match.
    pub smoothing: Smoothing,
    /// Leave out orders for which the segment is too short; on for sentences, off for corpora.
    pub effective_order: bool,
}

/// What a score is computed from; adding up segments gives the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct BleuStats {
    /// Tokens of the hypotheses.
    pub hypothesis_length: u64,
    /// Tokens of the closest references.
    pub reference_length: u64,
    /// Clipped matches of each order.
    pub matches: [u64; ORDERS],
    /// N-grams of each order in the hypotheses.
    pub totals: [u64; ORDERS],
}

/// A score with what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BleuScore {
    /// 0 to 100.
    pub score: f64,
    /// Smoothed precision of each order, in percent.
    pub precisions: [f64; ORDERS],
    /// The brevity penalty.
    pub brevity_penalty: f64,
}

impl Bleu {
    /// The settings of a sentence score: as a corpus's, with the effective order.
    #[must_use]
    pub fn sentence() -> Self {
        Self { effective_order: true, ..Self::default() }
    }

    /// The statistics of one segment against its references.
    #[must_use]
    pub fn stats(&self, hypothesis: &str, references: &[&str]) -> BleuStats {
        let hypothesis = self.hashes(hypothesis);
        let references: Vec<Vec<u64>> = references.iter().map(|reference| self.hashes(reference)).collect();
        segment_stats(&hypothesis, &references)
    }

    /// The score of one segment.
    #[must_use]
    pub fn score_segment(&self, hypothesis: &str, references: &[&str]) -> BleuScore {
        self.score(&self.stats(hypothesis, references))
    }

    /// The score of accumulated statistics.
    #[must_use]
    pub fn score(&self, stats: &BleuStats) -> BleuScore {
        let brevity_penalty = brevity_penalty(stats.hypothesis_length, stats.reference_length);
        let mut precisions = [0.0; ORDERS];
        if stats.matches.iter().all(|&m| m == 0) {
            return BleuScore { score: 0.0, precisions, brevity_penalty };
        }
        let (mut halving, mut orders) = (1.0, ORDERS);
        for (n, precision) in precisions.iter_mut().enumerate() {
            let added = match self.smoothing {
                Smoothing::AddK(k) if n > 0 => k,
                _ => 0.0,
            };
            let (matches, total) = (stats.matches[n] as f64 + added, stats.totals[n] as f64 + added);
            if total == 0.0 {
                break;
            }
            if self.effective_order {
                orders = n + 1;
            }
            *precision = match self.smoothing {
                _ if matches > 0.0 => 100.0 * matches / total,
                Smoothing::Exponential => {
                    halving *= 2.0;
                    100.0 / (halving * total)
                }
                Smoothing::Floor(count) => 100.0 * count / total,
                Smoothing::None | Smoothing::AddK(_) => 0.0,
            };
        }
        let log_sum: f64 = precisions[..orders].iter().map(|&p| floored_ln(p)).sum();
        BleuScore { score: brevity_penalty * (log_sum / orders as f64).exp(), precisions, brevity_penalty }
    }

    fn hashes(&self, segment: &str) -> Vec<u64> {
        let mut hashes = Vec::with_capacity(segment.len() / 4 + 1);
        if self.lowercase {
            self.tokens.for_each(&lowercase(segment), |token| hashes.push(hash_text(token)));
        } else {
            self.tokens.for_each(segment, |token| hashes.push(hash_text(token)));
        }
        hashes
    }
}

impl BleuStats {
    /// Adds the statistics of further segments.
    pub fn merge(&mut self, other: &Self) {
        self.hypothesis_length += other.hypothesis_length;
        self.reference_length += other.reference_length;
        for n in 0..ORDERS {
            self.matches[n] += other.matches[n];
            self.totals[n] += other.totals[n];
        }
    }
}

fn segment_stats(hypothesis: &[u64], references: &[Vec<u64>]) -> BleuStats {
    let length = hypothesis.len();
    let closest = references.iter().map(Vec::len).min_by_key(|&r| (r.abs_diff(length), r)).unwrap_or(0);
    let mut stats = BleuStats {
        hypothesis_length: length as u64,
        reference_length: closest as u64,
        ..BleuStats::default()
    };
    for n in 1..=ORDERS {
        stats.totals[n - 1] = (length + 1).saturating_sub(n) as u64;
        // What has no n-gram in common has no longer one.
        if n > 1 && stats.matches[n - 2] == 0 {
            continue;
        }
        let own = sorted_ngrams(hypothesis, n);
        stats.matches[n - 1] = match references {
            [only] => common(&own, &sorted_ngrams(only, n)),
            _ => {
                let theirs: Vec<Vec<u64>> =
                    references.iter().map(|reference| sorted_ngrams(reference, n)).collect();
                clipped_matches(&own, &theirs)
            }
        };
    }
    stats
}

/// The size of the intersection of two sorted bags.
pub(super) fn common(left: &[u64], right: &[u64]) -> u64 {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i], right[j]);
        both += u64::from(a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    both
}

pub(super) fn sorted_ngrams(tokens: &[u64], n: usize) -> Vec<u64> {
    let mut grams: Vec<u64> = ngram_hashes(tokens, n).collect();
    grams.sort_unstable();
    grams
}

/// How many of the sorted n-grams occur in the references, each counted no more often than in the reference that
/// has it most often.
pub(super) fn clipped_matches(own: &[u64], references: &[Vec<u64>]) -> u64 {
    let mut from = vec![0; references.len()];
    let mut matches = 0;
    for same in own.chunk_by(|a, b| a == b) {
        let most =
            references.iter().zip(&mut from).map(|(grams, from)| count_from(grams, from, same[0])).max();
        matches += same.len().min(most.unwrap_or(0)) as u64;
    }
    matches
}

/// How often `gram` stands in the sorted `grams`, searching onwards from where the last search ended.
fn count_from(grams: &[u64], from: &mut usize, gram: u64) -> usize {
    while grams.get(*from).is_some_and(|&other| other < gram) {
        *from += 1;
    }
    let start = *from;
    while grams.get(*from) == Some(&gram) {
        *from += 1;
    }
    *from - start
}

fn brevity_penalty(hypothesis: u64, reference: u64) -> f64 {
    match hypothesis {
        _ if hypothesis >= reference => 1.0,
        0 => 0.0,
        _ => (1.0 - reference as f64 / hypothesis as f64).exp(),
    }
}

/// sacrebleu's logarithm, whose value at 0 is very low and finite.
fn floored_ln(value: f64) -> f64 {
    if value == 0.0 { -9_999_999_999.0 } else { value.ln() }
}
