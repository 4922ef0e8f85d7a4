//! Whole dialogues: made, judged, spoilt, and judged again.

mod dialogues;
mod mutations;
