//! Everything measured, checked against the reference implementations and against itself.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that can't read its cases should stop, and say aloud what it skipped"
)]

mod corpus;
mod diversity;
mod duplicates;
mod edges;
mod embedding;
mod failures;
mod features;
mod human;
mod intervals;
mod multiwoz;
mod overlap;
mod safety;
mod shared;
mod table;
mod tells;
mod tools;
mod utility;
