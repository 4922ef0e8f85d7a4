//! What this crate promises, as tests.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't be set up has failed")]

mod bank;
mod cues;
mod glossaries;
mod packs;
mod ranker;
mod stage;
mod words;
