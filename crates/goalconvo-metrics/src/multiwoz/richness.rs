//! Lexical richness of system responses, as MultiWOZ's evaluation reports it.

use serde::Serialize;

use crate::diversity::{NgramCounts, conditional_entropy_bits, msttr};
use crate::text::{lexdiv_tokens, token_hashes};

/// Richness of a set of responses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Richness {
    /// Entropy of tokens, in bits.
    pub entropy: Option<f64>,
    /// Entropy of a token given the one before, in bits.
    pub cond_entropy: f64,
    /// Mean number of tokens in a response.
    pub avg_lengths: Option<f64>,
    /// Mean type-token ratio of segments of 50 tokens.
    pub msttr: Option<f64>,
    /// Different tokens.
    pub num_unigrams: u64,
    /// Different pairs of tokens.
    pub num_bigrams: u64,
    /// Different triples of tokens.
    pub num_trigrams: u64,
}

/// The richness of normalised responses.
#[must_use]
pub fn richness(responses: &[&str]) -> Richness {
    let tokens: Vec<Vec<u64>> = responses
        .iter()
        .map(|response| token_hashes(lexdiv_tokens(response).iter().map(String::as_str)))
        .collect();
    let counts = [1, 2, 3].map(|n| {
        let mut counts = NgramCounts::new(n);
        tokens.iter().for_each(|unit| counts.push(unit));
        counts
    });
    let all: Vec<u64> = tokens.iter().flatten().copied().collect();
    Richness {
        entropy: counts[0].entropy_bits(),
        cond_entropy: conditional_entropy_bits(tokens.iter().map(Vec::as_slice)),
        avg_lengths: (!responses.is_empty()).then(|| all.len() as f64 / responses.len() as f64),
        msttr: msttr(&all, 50),
        num_unigrams: counts[0].unique(),
        num_bigrams: counts[1].unique(),
        num_trigrams: counts[2].unique(),
    }
}
