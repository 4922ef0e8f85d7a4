//! Whole dialogues: made, judged, spoilt, and judged again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod chains;
mod cheats;
mod dialogues;
mod experience;
mod failures;
mod gate;
mod hub;
mod models;
mod mutations;
mod openings;
mod opinions;
mod roleplay;
mod twice;
mod writer;
