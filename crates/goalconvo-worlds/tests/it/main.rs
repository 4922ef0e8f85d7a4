//! Tests of this crate, in one binary.

mod chains;
mod domain;
mod graphs;
mod importers;
mod lints;
mod multiwoz;
mod mutations;
mod openapi;
mod registries;
mod shared;
mod toolbench;
