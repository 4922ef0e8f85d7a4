//! Tests of the store: what survives, what is refused, and in which order things come.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

mod foreign;
mod foreign_broken;
mod journal;
mod lines;
mod order;
mod record;
mod run;
