//! What this crate promises, as tests.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't be set up has failed")]

mod cues;
mod glossaries;
mod packs;
mod stage;
mod words;
