//! Versions of datasets: what a training or a test was done with, kept by content.
//!
//! ```text
//! datasets/  objects/<sha256>.jsonl  snapshots/<id>.json  tags/<name>  lock
//! ```
//!
//! A snapshot is a copy of a dataset's records under the hash of their bytes, with a manifest that says what is in it
//! and which runs made it. The same records are kept once however often they are snapshotted. Whatever is written
//! appears whole or not at all, the object before the manifest that names it and the manifest before its tag, so a crash
//! leaves nothing that points nowhere.

mod difference;
mod manifest;
mod name;
mod shelf;

pub use difference::{Difference, Shift};
pub use manifest::{Labels, MANIFEST_FORMAT, Made, Manifest};
pub use shelf::{Kept, Shelf};
