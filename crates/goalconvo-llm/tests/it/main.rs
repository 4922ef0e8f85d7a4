//! What this crate promises, as claims. No network beyond this machine, no waiting: time is tokio's, paused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail as the test does")]

mod addresses;
mod batches;
mod budgets;
mod contract;
mod fixture;
mod journals;
mod keys;
mod limits;
mod repairs;
mod retries;
mod stubbed;
mod texts;
