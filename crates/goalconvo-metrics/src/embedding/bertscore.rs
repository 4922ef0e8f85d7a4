//! BERTScore's arithmetic (Zhang et al. 2020): greedy matching of token vectors, with weights by inverse document
//! frequency and rescaling by a baseline, as bert-score 0.3.13 does it for one pair without padding.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::DMatrix;
use serde::Serialize;

use crate::encoder::{EncoderCard, TokenVectors};

/// Precision, recall and F1 of a candidate against a reference, each at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BertScore {
    /// Weighted mean over the candidate's tokens of the best similarity in the reference; absent when all its weights
    /// are 0.
    pub precision: Option<f64>,
    /// The same the other way round.
    pub recall: Option<f64>,
    /// Harmonic mean; 0 where one of the two is absent or they sum to 0.
    pub f1: f64,
}

/// How much each token counts.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenWeights {
    /// Every token one, the boundary tokens nothing.
    Uniform,
    /// By inverse document frequency over reference texts.
    Idf(Idf),
}

/// Inverse document frequencies: `ln((N + 1) / (df + 1))`, a token that no document holds counting as `df = 0`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Idf {
    documents: u64,
    frequency: BTreeMap<u32, u64>,
}

impl Idf {
    /// Counts one reference text, boundary tokens included (they are in every text, so their weight is 0).
    pub fn push(&mut self, ids: &[u32]) {
        self.documents += 1;
        for id in ids.iter().copied().collect::<BTreeSet<u32>>() {
            *self.frequency.entry(id).or_insert(0) += 1;
        }
    }

    /// Adds what another state has counted.
    pub fn merge(&mut self, other: Self) {
        self.documents += other.documents;
        for (id, seen) in other.frequency {
            *self.frequency.entry(id).or_insert(0) += seen;
        }
    }

    /// The weight of a token.
    #[must_use]
    pub fn weight(&self, id: u32) -> f64 {
        let frequency = self.frequency.get(&id).copied().unwrap_or(0);
        ((self.documents + 1) as f64 / (frequency + 1) as f64).ln()
    }
}

/// One text made ready to be matched: unit vectors and weights. Make it once for a text that is compared often.
#[derive(Debug, Clone)]
pub struct MatchSide {
    /// `dim × tokens`, each column of length 1.
    units: DMatrix<f32>,
    weights: Vec<f64>,
}

impl MatchSide {
    /// Normalises the vectors and looks the weights up.
    #[must_use]
    pub fn new(tokens: &TokenVectors, weights: &TokenWeights, card: &EncoderCard) -> Self {
        let weight = |id: &u32| match weights {
            TokenWeights::Uniform => f64::from(u8::from(!card.boundary_ids.contains(id))),
            TokenWeights::Idf(idf) => idf.weight(*id),
        };
        let mut units = DMatrix::from_column_slice(tokens.dim, tokens.ids.len(), &tokens.vectors);
        for mut column in units.column_iter_mut() {
            let norm = column.norm();
            if norm > 0.0 {
                column /= norm;
            }
        }
        Self { units, weights: tokens.ids.iter().map(weight).collect() }
    }

    /// Whether the text is empty: nothing between the two boundary tokens.
    fn is_empty(&self) -> bool {
        self.weights.len() <= 2
    }
}

/// The score of one pair. An empty text on either side scores 0.
#[must_use]
pub fn bert_score(candidate: &MatchSide, reference: &MatchSide) -> BertScore {
    if candidate.is_empty() || reference.is_empty() {
        return BertScore { precision: Some(0.0), recall: Some(0.0), f1: 0.0 };
    }
    let similarity = candidate.units.transpose() * &reference.units;
    let mut best_of_candidate = vec![f32::NEG_INFINITY; candidate.weights.len()];
    let mut best_of_reference = Vec::with_capacity(reference.weights.len());
    for column in similarity.column_iter() {
        let mut best = f32::NEG_INFINITY;
        for (value, of_candidate) in column.iter().zip(&mut best_of_candidate) {
            best = best.max(*value);
            *of_candidate = of_candidate.max(*value);
        }
        best_of_reference.push(best);
    }
    let precision = weighted_mean(&best_of_candidate, &candidate.weights);
    let recall = weighted_mean(&best_of_reference, &reference.weights);
    BertScore { precision, recall, f1: harmonic(precision, recall) }
}

/// The best precision, recall and F1 over several references, each on its own, as bert-score reports them.
#[must_use]
pub fn bert_score_best(candidate: &MatchSide, references: &[MatchSide]) -> Option<BertScore> {
    let scores = references.iter().map(|reference| bert_score(candidate, reference));
    scores.reduce(|best, score| BertScore {
        precision: larger(best.precision, score.precision),
        recall: larger(best.recall, score.recall),
        f1: best.f1.max(score.f1),
    })
}

impl BertScore {
    /// Rescaled by the scores `[P, R, F1]` that random pairs get: `(x − b) / (1 − b)`.
    #[must_use]
    pub fn rescaled(self, baseline: [f64; 3]) -> Self {
        let rescale = |value: f64, base: f64| (value - base) / (1.0 - base);
        Self {
            precision: self.precision.map(|value| rescale(value, baseline[0])),
            recall: self.recall.map(|value| rescale(value, baseline[1])),
            f1: rescale(self.f1, baseline[2]),
        }
    }
}

fn larger(left: Option<f64>, right: Option<f64>) -> Option<f64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.max(right)),
        (one, other) => one.or(other),
    }
}

fn weighted_mean(best: &[f32], weights: &[f64]) -> Option<f64> {
    let total: f64 = weights.iter().sum();
    let sum: f64 = best.iter().zip(weights).map(|(value, weight)| f64::from(*value) * weight).sum();
    (total > 0.0).then(|| sum / total)
}

fn harmonic(precision: Option<f64>, recall: Option<f64>) -> f64 {
    match (precision, recall) {
        (Some(p), Some(r)) if p + r != 0.0 => 2.0 * p * r / (p + r),
        _ => 0.0,
    }
}
