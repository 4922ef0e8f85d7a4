//! Weights in this process: text encoders read from a local folder or fetched by name.
//!
//! The metrics that compare meaning need vectors. This crate reads an encoder as its makers published it (BERT,
//! RoBERTa, MPNet, DeBERTa-v2 and v3, and the MiniLM sentence encoders, which are BERT) and implements
//! [`goalconvo_metrics::Encoder`] with it: hidden states of any layer for BERTScore, pooled and normalised vectors
//! for everything else.
//!
//! It knows nothing of dialogues and opens no connection, except to fetch a model that was asked for by name
//! ([`Hub`]). Nobody else names the tensor library.
//!
//! ```no_run
//! use goalconvo_metrics::Encoder;
//! use goalconvo_neural::{EncoderOptions, TextEncoder};
//!
//! let encoder = TextEncoder::open("models/all-MiniLM-L6-v2".as_ref(), &EncoderOptions::default())?;
//! let vectors = encoder.sentences(&["a cheap hotel in the north", "the train to Ely"])?;
//! assert_eq!(vectors[0].len(), encoder.card().dim);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is fast
//!
//! Texts lie end to end in one matrix, so nothing is padded; a forward pass stays on one thread and batches share
//! the cores; query, key and value are one product; and what stands between two products runs on the vector unit
//! in one pass. `examples/encode_rate.rs` measures how near that comes to the machine's matrix rate.

mod cache;
mod config;
mod encoder;
mod error;
mod hub;
mod json;
mod kernels;
mod model;
mod precision;
mod schedule;
mod tokenizer;
mod weights;

pub use encoder::{Compute, EncoderOptions, Keep, TextEncoder};
pub use error::NeuralError;
pub use hub::{Hub, HubName};
pub use precision::Precision;
