//! Tests of this crate, in one binary.
//! The one test binary of this crate.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where"
)]

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
