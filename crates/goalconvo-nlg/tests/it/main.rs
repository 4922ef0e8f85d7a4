//! What this crate promises, as tests.

mod cues;
mod stage;
mod words;
