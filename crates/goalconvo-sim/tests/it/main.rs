//! Whole dialogues: made, judged, spoilt, and judged again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod dialogues;
mod failures;
mod gate;
mod models;
mod mutations;
