//! What the linter found, by task and in sum.

use super::lines::lines;
use super::suite::Suite;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look; may be meant.
    #[default]
    Warning,
    /// The task measures something else than it should.
    Error,
}

/// One thing that is wrong with one task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The task's id.
    pub task: String,
    /// How bad it is.
    pub severity: Severity,
    /// Which kind of thing, as one word to count by.
    pub code: String,
    /// The file of tasks.
    pub file: String,
    /// The line on which the place begins; nothing if the file has no such place, because the task lacks something.
    pub line: Option<usize>,
    /// JSON pointer into the file.
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
    pub(super) fn of(suite: &Suite, mut findings: Vec<Finding>) -> Self {
        let pointers: BTreeSet<&str> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
        let lines = lines(&suite.text, &pointers);
        for finding in &mut findings {
            finding.file.clone_from(&suite.name);
            finding.line = lines.get(&finding.pointer).copied();
        }
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
