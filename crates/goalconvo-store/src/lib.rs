//! Dialogues are kept: run folders, journals, and records read back line by line.
//!
//! A [`Run`] is a folder that one process at a time writes and anybody reads:
//!
//! ```text
//! runs/first/  run.toml  journal/  worlds/  dialogues.jsonl  rejects.jsonl  [failed.jsonl]  report.json
//! ```
//!
//! Records are appended strictly in the order of their index, whoever makes them in whatever order
//! ([`in_order`]). A run that was killed at any moment continues with the same bytes that it would have had: what a
//! crash can leave behind is cut off at [`Run::open`], said, and made again.
//!
//! This crate knows nothing of models, networks, clocks or random numbers, nor how a dialogue comes about.

mod checkpoint;
pub mod datasets;
mod error;
mod failed;
mod files;
mod foreign;
mod header;
mod journal;
mod lines;
mod lock;
mod log;
mod order;
mod record;
mod run;
mod worlds;

pub use checkpoint::holes;
pub use error::Error;
pub use failed::Failure;
pub use files::{WholeFile, replace, write_whole};
pub use foreign::{Corpus, FileReport, Form, Noted, Reading};
pub use header::{Header, RUN_FORMAT};
pub use journal::Journal;
pub use lines::Lines;
pub use order::{Pace, Reorder, in_order};
pub use record::{Dataset, Dialogues, dialogue};
pub use run::{Entry, Run};
pub use worlds::Worlds;
