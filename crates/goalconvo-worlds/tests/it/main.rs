//! Tests of this crate, in one binary.

mod domain;
mod chains;
mod graphs;
mod importers;
mod lints;
mod mutations;
mod openapi;
mod registries;
mod shared;
mod toolbench;
