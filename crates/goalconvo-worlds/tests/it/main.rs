//! Tests of this crate, in one binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail as the test does")]

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
