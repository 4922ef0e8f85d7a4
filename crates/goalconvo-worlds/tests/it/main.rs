//! The one test binary of this crate.

mod chains;
mod graphs;
mod importers;
mod lints;
mod mutations;
mod openapi;
mod registries;
mod shared;
mod toolbench;
