//! Chains as they are written: steps, where each argument comes from, and what governs a step.

use crate::graph::LinkRule;
use crate::registry::Effect;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is asked of the sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Every chain of one pattern.
    Only(Pattern),
    /// A mix of patterns, by weight.
    Mixed,
}

/// The shapes that a chain can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// One call.
    Short,
    /// Two or more calls of one tool, each later one using an earlier answer.
    Sequential,
    /// Two or more tools, joined by data or by what they are about.
    MultiTool,
    /// Something that the first call needs is missing and has to be asked for.
    ClarificationFirst,
    /// Calls that do not depend on one another, made together.
    Parallel,
    /// What an answer says decides which call comes next.
    Conditional,
    /// One call for each item of an answer.
    Loop,
    /// A call that needs two independent answers.
    Join,
    /// A call that fails first and is made again.
    Retry,
}

/// What a chain must obey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraints {
    /// The fewest steps; patterns that need more have more.
    pub least_steps: usize,
    /// The most steps.
    pub most_steps: usize,
    /// If not empty, only tools of these ids.
    pub tools: BTreeSet<String>,
    /// Never tools of these ids.
    pub without_tools: BTreeSet<String>,
    /// If not empty, only endpoints of these ids.
    pub endpoints: BTreeSet<String>,
    /// If not empty, only tools of these categories.
    pub categories: BTreeSet<String>,
    /// The strongest effect that a step may have.
    pub strongest_effect: Effect,
    /// True if the user may hold keys in writing (an order number on a receipt), where no endpoint yields them.
    pub known_keys: bool,
}

/// A task chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Which draw it is.
    pub index: u64,
    /// Its pattern.
    pub pattern: Pattern,
    /// Its steps in the order of calling.
    pub steps: Vec<Step>,
}

/// One call of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The endpoint's id.
    pub endpoint: String,
    /// The name that a model calls it by.
    pub function: String,
    /// What governs the step.
    pub control: Control,
    /// Where its arguments come from; a parameter that is absent here is not given.
    pub inputs: Vec<Input>,
}

/// Where an argument comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The argument's name.
    pub argument: String,
    /// Its source.
    pub source: Source,
}

/// The sources of an argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The user says it without being asked.
    User,
    /// The user says it when asked.
    Asked,
    /// The assistant chooses it: it steers the form of the answer and not the task.
    Assistant,
    /// The user holds it in writing: a key that no endpoint yields. The scenario has to show it to the user.
    Known,
    /// An earlier answer holds it.
    Answer {
        /// The step whose answer it is.
        step: usize,
        /// JSON pointer into the answer, `*` for the items of a list.
        pointer: String,
        /// Which of several values.
        pick: Pick,
        /// How it is known that the value fits.
        rule: LinkRule,
    },
}

/// Which of the values under a pointer with `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// There is only one.
    Only,
    /// The one that the user chooses, or that suits best.
    Chosen,
    /// Each in turn.
    Each,
    /// All, as a list.
    All,
}

/// What governs a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// It is made once, after the steps before it.
    Once,
    /// It is made together with the others of its group.
    Together {
        /// The group's number.
        group: usize,
    },
    /// It is made once for each item of an earlier answer.
    ForEach {
        /// The step whose answer has the items.
        step: usize,
        /// JSON pointer to the list.
        list: String,
    },
    /// It is made if an earlier answer passes a test.
    When {
        /// The step whose answer is tested.
        step: usize,
        /// JSON pointer to what is tested.
        pointer: String,
        /// The test.
        test: Test,
    },
    /// It is made if the step of this number was not.
    Otherwise {
        /// The step that is made in the other case.
        step: usize,
    },
    /// It is made and fails.
    Fails {
        /// How.
        failure: Failure,
    },
    /// It repeats a step that failed.
    Again {
        /// The step that failed.
        step: usize,
    },
}

/// What an answer is tested for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A flag is set.
    IsTrue,
    /// A list has items.
    NotEmpty,
}

/// How a call fails at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Too many calls; the same again later succeeds.
    RateLimited,
    /// No answer in time; the same again succeeds.
    TimedOut,
    /// The server is at fault; the same again succeeds.
    ServerError,
    /// An argument was wrong; corrected, it succeeds.
    InvalidArgument,
}

impl Default for Constraints {
    fn default() -> Self {
        Self {
            least_steps: 1,
            most_steps: 6,
            tools: BTreeSet::new(),
            endpoints: BTreeSet::new(),
            without_tools: BTreeSet::new(),
            categories: BTreeSet::new(),
            strongest_effect: Effect::Destructive,
            known_keys: false,
        }
    }
}

impl Pattern {
    /// All patterns.
    pub const ALL: [Self; 9] = [
        Self::Short,
        Self::Sequential,
        Self::MultiTool,
        Self::ClarificationFirst,
        Self::Parallel,
        Self::Conditional,
        Self::Loop,
        Self::Join,
        Self::Retry,
    ];

    /// The pattern as reports and the command line write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Sequential => "sequential",
            Self::MultiTool => "multi_tool",
            Self::ClarificationFirst => "clarification_first",
            Self::Parallel => "parallel",
            Self::Conditional => "conditional",
            Self::Loop => "loop",
            Self::Join => "join",
            Self::Retry => "retry",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = crate::error::Error;

    /// Reads a mode's word; `-` and `_` are the same.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let wanted = word.replace('-', "_");
        if wanted == "mixed" {
            return Ok(Self::Mixed);
        }
        let found = Pattern::ALL.into_iter().find(|pattern| pattern.word() == wanted);
        found.map(Self::Only).ok_or_else(|| {
            let known: Vec<&str> = Pattern::ALL.iter().map(|pattern| pattern.word()).collect();
            crate::error::Error::malformed(
                format!("mode {word:?}"),
                format!("expected mixed or one of {known:?}"),
            )
        })
    }
}

impl Step {
    /// The id of the tool: an endpoint's id without its last part.
    pub fn tool(&self) -> &str {
        self.endpoint.rsplit_once('/').map_or(self.endpoint.as_str(), |(tool, _)| tool)
    }
}

impl Chain {
    /// The pattern that the steps show, read from them alone: what was asked for plays no part.
    pub fn shown_pattern(&self) -> Pattern {
        let any = |wanted: fn(&Control) -> bool| self.steps.iter().any(|step| wanted(&step.control));
        let uses = |wanted: fn(&Source) -> bool| {
            self.steps.iter().flat_map(|step| &step.inputs).any(|input| wanted(&input.source))
        };
        if any(|control| matches!(control, Control::Again { .. })) {
            return Pattern::Retry;
        }
        if any(|control| matches!(control, Control::When { .. })) {
            return Pattern::Conditional;
        }
        if any(|control| matches!(control, Control::ForEach { .. })) {
            return Pattern::Loop;
        }
        if any(|control| matches!(control, Control::Together { .. })) {
            return Pattern::Parallel;
        }
        if uses(|source| matches!(source, Source::Asked)) {
            return Pattern::ClarificationFirst;
        }
        if self.steps.iter().any(|step| self.independent_suppliers(step)) {
            return Pattern::Join;
        }
        if self.steps.len() == 1 {
            return Pattern::Short;
        }
        let tools: BTreeSet<&str> = self.steps.iter().map(Step::tool).collect();
        if tools.len() > 1 { Pattern::MultiTool } else { Pattern::Sequential }
    }

    /// The steps whose answers a step uses.
    pub fn suppliers(step: &Step) -> BTreeSet<usize> {
        step.inputs
            .iter()
            .filter_map(|input| match input.source {
                Source::Answer { step, .. } => Some(step),
                _ => None,
            })
            .collect()
    }

    /// True if a step uses two answers of which neither needed the other.
    fn independent_suppliers(&self, step: &Step) -> bool {
        let used = Self::suppliers(step);
        used.iter().any(|&one| used.iter().any(|&other| one < other && !self.ancestors(other).contains(&one)))
    }

    /// All steps that a step depends on.
    fn ancestors(&self, step: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![step];
        while let Some(next) = open.pop() {
            let Some(step) = self.steps.get(next) else { continue };
            for supplier in Self::suppliers(step) {
                if found.insert(supplier) {
                    open.push(supplier);
                }
            }
        }
        found
    }
}
