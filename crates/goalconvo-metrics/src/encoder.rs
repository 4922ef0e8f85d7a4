//! The one door through which neural representations enter: texts in, vectors out.
//!
//! The metrics that need vectors (BERTScore, Vendi, Fréchet, precision and recall) are arithmetic over what an
//! [`Encoder`] returns, so that they can be tested with recorded vectors and no weights.

use std::fmt;

/// What identifies an encoder in a report, and what the arithmetic must know about its vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderCard {
    /// The name under which figures are reported, for example `all-MiniLM-L6-v2`.
    pub name: String,
    /// Hash of weights and tokenizer, so that two figures can be known to be comparable.
    pub content_hash: String,
    /// Number of transformer layers. Layer 0 is the output of the embedding layer, so `layers + 1` can be asked for.
    pub layers: usize,
    /// Width of each vector.
    pub dim: usize,
    /// Ids of the tokens that open and close every sequence (`[CLS]` and `[SEP]` in BERT): they are matched
    /// against but carry no weight in BERTScore.
    pub boundary_ids: [u32; 2],
}

/// The tokens of one text and one hidden vector for each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenVectors {
    /// Token ids after truncation, boundary tokens included and padding left out; length `tokens`.
    pub ids: Vec<u32>,
    /// Hidden states of the layer asked for, row-major `tokens × dim`, not normalised.
    pub vectors: Vec<f32>,
    /// Width of a row.
    pub dim: usize,
}

/// Turns texts into vectors. Results come in the order of the texts, one for each, and do not depend on which
/// other texts were asked for in the same call (no trace of padding).
pub trait Encoder: Send + Sync {
    /// Name, size and boundary tokens.
    fn card(&self) -> &EncoderCard;

    /// The hidden states of `layer` (0 = embedding output) for each text, truncated at the model's own longest
    /// input (512 for MiniLM), surrounding white space stripped.
    ///
    /// # Errors
    /// When `layer` does not exist, or the model fails.
    fn tokens(&self, texts: &[&str], layer: usize) -> Result<Vec<TokenVectors>, EncoderError>;

    /// One L2-normalised vector for each text, pooled as the model's makers do (mean pooling over at most 256
    /// tokens for MiniLM).
    ///
    /// # Errors
    /// When the model fails.
    fn sentences(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncoderError>;
}

/// An encoder could not encode. The message says what failed and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderError {
    message: String,
}

impl EncoderError {
    /// Wraps what the encoder has to say, a lowercase fragment.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for EncoderError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for EncoderError {}
