//! The task linter: what is wrong with somebody's task suite, found without running a single model.
//!
//! A benchmark's reward is only as good as its tasks: gold calls that name what the database does not hold,
//! goals that cannot be reached or that two answers satisfy, and tasks that pay in full for doing nothing. Every
//! finding says which task, where in it, what was found, and what to do.

mod calls;
mod database;
mod files;
mod goals;
mod lines;
mod report;
mod suite;

pub use database::Database;
pub use files::{SuiteFiles, discover, load};
pub use report::{Finding, LintReport, Severity};
pub use suite::{Call, Suite, Task};

/// Checks every task of a suite.
pub fn lint(suite: &Suite) -> LintReport {
    let mut findings = Vec::new();
    for task in &suite.tasks {
        calls::check(suite, task, &mut findings);
        goals::check(suite, task, &mut findings);
    }
    goals::check_twins(suite, &mut findings);
    LintReport::of(suite, findings)
}
