//! What the linter found, by task and in sum.

use super::suite::Suite;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look; may be meant.
    Warning,
    /// The task measures something else than it should.
    Error,
}

/// One thing that is wrong with one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The task's id.
    pub task: String,
    /// How bad it is.
    pub severity: Severity,
    /// Which kind of thing, as one word to count by.
    pub code: String,
    /// JSON pointer into the task.
    pub pointer: String,
    /// What was found and what to do.
    pub message: String,
}

/// All findings of a suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LintReport {
    /// The suite, as its caller named it.
    pub suite: String,
    /// How many tasks were checked.
    pub tasks: usize,
    /// How many of them have no finding.
    pub clean: usize,
    /// How many of them pay in full for doing nothing.
    pub idle_full_reward: usize,
    /// What could not be checked, and why.
    pub unchecked: Vec<String>,
    /// Findings by code.
    pub by_code: BTreeMap<String, usize>,
    /// The findings, in the order of the tasks.
    pub findings: Vec<Finding>,
}

impl LintReport {
    /// Sums the findings up.
    pub(super) fn of(suite: &Suite, findings: Vec<Finding>) -> Self {
        let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
        for finding in &findings {
            *by_code.entry(finding.code.clone()).or_default() += 1;
        }
        let of_code = |code: &str| {
            findings.iter().filter(|one| one.code == code).map(|one| one.task.as_str()).collect()
        };
        let idle: BTreeSet<&str> = of_code("idle_full_reward");
        let touched: BTreeSet<&str> = findings.iter().map(|finding| finding.task.as_str()).collect();
        Self {
            suite: suite.name.clone(),
            tasks: suite.tasks.len(),
            clean: suite.tasks.iter().filter(|task| !touched.contains(task.id.as_str())).count(),
            idle_full_reward: idle.len(),
            unchecked: suite.unchecked.clone(),
            by_code,
            findings,
        }
    }
}
