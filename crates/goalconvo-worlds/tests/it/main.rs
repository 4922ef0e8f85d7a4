//! Tests of this crate, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where"
)]

mod agreement;
mod answers;
mod chains;
mod domain;
mod graphs;
mod importers;
mod keys;
mod lints;
mod multiwoz;
mod mutations;
mod nasty;
mod openapi;
mod oracle;
mod registries;
mod shared;
mod star;
mod star_files;
mod toolbench;
