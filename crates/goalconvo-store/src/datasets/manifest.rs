//! What is in a snapshot, and what made it.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Ending, Turn};
use serde::{Deserialize, Serialize};

use crate::Header;

/// The version of a manifest: readers refuse another one.
pub const MANIFEST_FORMAT: &str = "goalconvo-dataset/1";

/// One snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always [`MANIFEST_FORMAT`].
    pub format: String,
    /// The first 16 digits of `sha256`.
    pub id: String,
    /// Its place in the order in which snapshots were made here, from 1.
    pub number: u64,
    /// Hash of the records' bytes, as lines of JSON.
    pub sha256: String,
    /// How many bytes those are.
    pub bytes: u64,
    /// How many records.
    pub dialogues: u64,
    /// What the records are about and how they ended.
    pub labels: Labels,
    /// What made them.
    pub made: Made,
    /// What somebody wrote about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Counts of records by what is known of them; a record without a scenario or outcome is under `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// By domain; a record of two domains counts in both.
    pub domains: BTreeMap<String, u64>,
    /// By goal class.
    pub classes: BTreeMap<String, u64>,
    /// By ending, and whether the goal was reached: `satisfied, reached`.
    pub outcomes: BTreeMap<String, u64>,
    /// By who worded the turns: `grammar`, `model:…`, `mixed`.
    pub origins: BTreeMap<String, u64>,
}

/// What made the records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// Records by the program or corpus that they name.
    pub sources: BTreeMap<String, u64>,
    /// Records by the hash of the configuration that made them.
    pub configs: BTreeMap<String, u64>,
    /// Records by the hash of each prompt that made them, as `name hash`.
    pub prompts: BTreeMap<String, u64>,
    /// How many are repairs of other records.
    pub repairs: u64,
    /// The run that the records were taken from; absent for a single file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Header>,
}

impl Labels {
    /// Counts a record.
    pub(super) fn add(&mut self, dialogue: &Dialogue) {
        for domain in &dialogue.domains {
            count(&mut self.domains, domain.to_string());
        }
        if dialogue.domains.is_empty() {
            count(&mut self.domains, unknown());
        }
        let class = dialogue.scenario.as_ref().map(|scenario| scenario.goal.class.name().to_owned());
        count(&mut self.classes, class.unwrap_or_else(unknown));
        let outcome = dialogue.outcome.as_ref().map(|outcome| {
            let reached = if outcome.success { "reached" } else { "not reached" };
            format!("{}, {reached}", ending(outcome.ending))
        });
        count(&mut self.outcomes, outcome.unwrap_or_else(unknown));
        count(&mut self.origins, origin(dialogue));
    }
}

impl Made {
    /// Counts a record.
    pub(super) fn add(&mut self, dialogue: &Dialogue) {
        let provenance = &dialogue.provenance;
        let source = Some(provenance.source.clone()).filter(|source| !source.is_empty());
        count(&mut self.sources, source.unwrap_or_else(unknown));
        count(&mut self.configs, provenance.config.clone().unwrap_or_else(unknown));
        for (name, hash) in &provenance.prompts {
            count(&mut self.prompts, format!("{name} {hash}"));
        }
        self.repairs += u64::from(provenance.repaired_from.is_some());
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: String) {
    *counts.entry(name).or_insert(0) += 1;
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Satisfied => "satisfied",
        Ending::Refused => "refused",
        Ending::GaveUp => "gave up",
        Ending::OutOfTurns => "out of turns",
        Ending::OutOfContext => "out of context",
        Ending::Failed => "failed",
    }
}

/// Who worded a dialogue, when it was one; `mixed` when several.
fn origin(dialogue: &Dialogue) -> String {
    let said = dialogue.turns.iter().filter_map(|turn| match turn {
        Turn::User(said) | Turn::Assistant(said) if !said.text.is_empty() => Some(&said.origin),
        _ => None,
    });
    let mut origins: Vec<String> = said
        .map(|origin| serde_json::to_value(origin).ok().and_then(|name| name.as_str().map(str::to_owned)))
        .map(Option::unwrap_or_default)
        .collect();
    origins.sort();
    origins.dedup();
    match origins.as_slice() {
        [] => unknown(),
        [one] => one.clone(),
        _ => "mixed".to_owned(),
    }
}
