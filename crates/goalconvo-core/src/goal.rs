//! What the user wants: tasks with constraints, requests and alternatives, and how each is expected to end.
//!
//! A goal is a list of [`Task`]s, each one intent of one domain. What the user asks at first, what it falls back on,
//! and what it changes its mind to are all written down beforehand, so that a judge can tell afterwards what a
//! faithful user would have said and what the world should have become.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::Value;

/// Values by slot.
pub type Slots = BTreeMap<SmolStr, Value>;

/// The shape of a goal; each asks another thing of the assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoalClass {
    /// The constraints fit one entity.
    UniqueMatch,
    /// The constraints fit several entities; one has to be chosen.
    ManyMatches,
    /// The constraints fit nothing; relaxed ones do.
    NoneThenRelax,
    /// The transaction fails as first asked, and succeeds with an alternative.
    FailThenAlternative,
    /// The user changes a value after having given it.
    ChangeOfMind,
    /// A value found in one domain is needed in another.
    CarriedSlots,
    /// The user wants to know, not to do.
    InformationOnly,
    /// The transaction has requirements that must be met and confirmed.
    Transaction,
    /// The policy forbids what the user wants.
    PolicyRefusal,
    /// The user has no right to what it wants.
    MissingPermission,
    /// The goal of a corpus, imported as it is.
    Corpus,
    /// A chain of one call.
    Short,
    /// A chain within one tool, each call using what an earlier one returned.
    Sequential,
    /// A chain over several tools.
    MultiTool,
    /// A chain whose first call needs what the user leaves out and has to be asked for.
    ClarificationFirst,
    /// Calls that do not depend on one another, wanted together.
    Parallel,
    /// What an answer says decides which call comes next.
    Conditional,
    /// One call for each of several results, which are compared.
    Loop,
    /// A call that needs what two others returned.
    Join,
    /// A call that fails first and is made again.
    Retry,
}

impl GoalClass {
    /// All classes that the goal compiler draws from, in a fixed order.
    pub const COMPILED: [GoalClass; 10] = [
        GoalClass::UniqueMatch,
        GoalClass::ManyMatches,
        GoalClass::NoneThenRelax,
        GoalClass::FailThenAlternative,
        GoalClass::ChangeOfMind,
        GoalClass::CarriedSlots,
        GoalClass::InformationOnly,
        GoalClass::Transaction,
        GoalClass::PolicyRefusal,
        GoalClass::MissingPermission,
    ];

    /// The shapes of tool chains, which are sampled from a tool graph and not drawn by a domain's weights.
    pub const CHAINS: [GoalClass; 9] = [
        GoalClass::Short,
        GoalClass::Sequential,
        GoalClass::MultiTool,
        GoalClass::ClarificationFirst,
        GoalClass::Parallel,
        GoalClass::Conditional,
        GoalClass::Loop,
        GoalClass::Join,
        GoalClass::Retry,
    ];

    /// Whether it is the shape of a tool chain.
    pub fn is_chain(self) -> bool {
        GoalClass::CHAINS.contains(&self)
    }

    /// The name in records and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            GoalClass::UniqueMatch => "unique_match",
            GoalClass::ManyMatches => "many_matches",
            GoalClass::NoneThenRelax => "none_then_relax",
            GoalClass::FailThenAlternative => "fail_then_alternative",
            GoalClass::ChangeOfMind => "change_of_mind",
            GoalClass::CarriedSlots => "carried_slots",
            GoalClass::InformationOnly => "information_only",
            GoalClass::Transaction => "transaction",
            GoalClass::PolicyRefusal => "policy_refusal",
            GoalClass::MissingPermission => "missing_permission",
            GoalClass::Corpus => "corpus",
            GoalClass::Short => "short",
            GoalClass::Sequential => "sequential",
            GoalClass::MultiTool => "multi_tool",
            GoalClass::ClarificationFirst => "clarification_first",
            GoalClass::Parallel => "parallel",
            GoalClass::Conditional => "conditional",
            GoalClass::Loop => "loop",
            GoalClass::Join => "join",
            GoalClass::Retry => "retry",
        }
    }
}

/// How a task is expected to end, as proven against the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// The search or look-up finds what is wanted; what was requested gets told.
    Found,
    /// The transaction is carried out.
    Done,
    /// The transaction is refused, by policy or for want of a permission.
    Refused,
    /// It can't be had, under no values that the user accepts.
    Unavailable,
    /// The condition under which the user wants it does not hold: it is not done.
    Unwanted,
}

/// One thing to be done: one intent of one domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The domain.
    pub domain: SmolStr,
    /// The intent within the domain.
    pub intent: SmolStr,
    /// What the user asks at first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constraints: Slots,
    /// Slots whose value comes from another task once that is settled.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub carried: BTreeMap<SmolStr, Carry>,
    /// Values that replace earlier ones when it can't be had, tried in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relaxations: Vec<Slots>,
    /// Values that replace earlier ones because the user changes its mind after having said the first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: Slots,
    /// Slots whose value the user wants to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<SmolStr>,
    /// How many of the relaxations are needed, by proof.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub relaxed: usize,
    /// The user wants it only if another task has told it this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// How it is expected to end.
    pub expect: Expect,
}

/// A condition under which the user wants a task: what another task's slot has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Index of the task in the goal.
    pub task: usize,
    /// The slot that it tells; none: whether it finds anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SmolStr>,
    /// The value that the slot has to have.
    pub is: Value,
}

/// Where a carried value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    /// Index of the task in the goal.
    pub task: usize,
    /// A slot of that task's entity, result or constraints.
    pub slot: SmolStr,
}

impl Task {
    /// What the user wants in the end: the constraints, with the change of mind and the needed relaxations on top.
    pub fn settled(&self) -> Slots {
        self.wanted(true, self.relaxed)
    }

    /// What the user wants after (or before) its change of mind and after so many relaxations.
    pub fn wanted(&self, changed: bool, relaxed: usize) -> Slots {
        let mut slots = self.constraints.clone();
        if changed {
            slots.extend(self.changes.clone());
        }
        for relaxation in self.relaxations.iter().take(relaxed) {
            slots.extend(relaxation.clone());
        }
        slots
    }
}

/// What the user wants of the whole dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Its shape.
    pub class: GoalClass,
    /// What is to be done, in the order in which the user brings it up.
    pub tasks: Vec<Task>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}
