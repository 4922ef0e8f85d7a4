//! Dialogues are measured here: from dialogues to a report of numbers, each with its sample size, its interval
//! and its definition, and with a reason where nothing could be computed.
//!
//! The crate reads no file, opens no socket and knows no async runtime. Weights live elsewhere: whoever has an
//! encoder hands it in through [`Encoder`].

pub mod encoder;

pub use encoder::{Encoder, EncoderCard, EncoderError, TokenVectors};
