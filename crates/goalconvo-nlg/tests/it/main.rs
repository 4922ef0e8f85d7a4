//! What this crate promises, as tests.

mod cues;
mod packs;
mod stage;
mod words;
