//! Whole dialogues: made, judged, spoilt, and judged again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod dialogues;
mod gate;
mod mutations;
mod openings;
