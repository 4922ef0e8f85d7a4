//! All that is needed to play a dialogue, or to play it again.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Change, Goal, Key, Persona};

/// Seed, domains, goal, personas and the initial world of one dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Names the streams of random numbers.
    pub key: Key,
    /// The domains whose tables, tools and policies are on the stage.
    pub domains: Vec<SmolStr>,
    /// What the user wants.
    pub goal: Goal,
    /// Who the user is.
    pub user: Persona,
    /// Who the assistant is.
    pub assistant: Persona,
    /// Rows that differ from the domains' tables before the first turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<Change>,
    /// Tool errors that will happen, by the number of the call (from 0).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Tools of the domains that the assistant does not get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_tools: Vec<SmolStr>,
    /// How long it may get.
    pub limits: Limits,
    /// What was made up around the goal; none where a persona is its traits alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experience: Option<Experience>,
    /// Which model made up what (`goal`, `experience`), as the replies reported it; empty where none did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub authors: BTreeMap<SmolStr, String>,
}

/// The situation in which a user comes with its goal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experience {
    /// Why the user comes, and what has happened before.
    pub context: String,
    /// How the user may begin, in its own words.
    pub opening: String,
    /// How the user writes.
    pub style: String,
}

/// A tool error that is planned, so that a replay meets it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which call of the dialogue fails, counted from 0.
    pub call: usize,
    /// How.
    pub kind: FaultKind,
}

/// How a tool can fail without having run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// No answer in time.
    Timeout,
    /// Too many requests (429).
    RateLimited,
    /// The server broke (500).
    ServerError,
    /// The server is away (503).
    Unavailable,
    /// A search answers with nothing although there is something; any other call is answered as always.
    Empty,
    /// A search answers with the first half of what it would; any other call is answered as always.
    Partial,
}

impl FaultKind {
    /// All kinds, in a fixed order.
    pub const ALL: [FaultKind; 6] = [
        FaultKind::Timeout,
        FaultKind::RateLimited,
        FaultKind::ServerError,
        FaultKind::Unavailable,
        FaultKind::Empty,
        FaultKind::Partial,
    ];

    /// The name in records and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Timeout => "timeout",
            FaultKind::RateLimited => "rate_limited",
            FaultKind::ServerError => "server_error",
            FaultKind::Unavailable => "unavailable",
            FaultKind::Empty => "empty",
            FaultKind::Partial => "partial",
        }
    }
}

/// How long a dialogue may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Utterances of user and assistant together.
    pub turns: usize,
    /// Steps with tool calls in one assistant turn.
    pub steps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { turns: 60, steps: 8 }
    }
}
