//! The one test binary of this crate.

mod shared;
mod toolbench_corpus;
