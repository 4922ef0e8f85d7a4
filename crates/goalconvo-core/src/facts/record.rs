//! What a record says of itself: its domains, its goal's promises, its verdict.

use super::{FACTS, case::Case, reason};
use crate::{Expect, Finding, GoalClass, IntentKind, Reason};

/// Checks what can be told from the record's own fields.
pub(super) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    if case.dialogue.domains != case.scenario.domains {
        reasons.push(reason("record", "/domains", "differs from the domains of the scenario"));
    }
    for (at, task) in case.scenario.goal.tasks.iter().enumerate() {
        let kind = case.stage.intent_of(task).map(|intent| intent.kind);
        let fits = match (task.expect, kind) {
            (_, None) => false,
            (Expect::Done, Some(kind)) => kind == IntentKind::Transact,
            (Expect::Found, Some(kind)) => kind != IntentKind::Transact,
            (Expect::Refused | Expect::Unavailable | Expect::Unwanted, Some(_)) => true,
        };
        if !fits {
            let place = format!("/scenario/goal/tasks/{at}/expect");
            reasons.push(reason("goal", &place, "the task's intent can't end like that"));
        }
    }
    if let Some(lacks) = promise(case) {
        reasons.push(reason("goal", "/scenario/goal/class", lacks));
    }
}

/// A record whose own verdict says that it failed does not pass because nothing is found now. To be called with what
/// was found.
pub(super) fn check_verdict(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let differs = |finding: Finding| finding != Finding::Passed;
    let recorded = case.dialogue.verdicts.iter().position(|verdict| verdict.judge == FACTS);
    if let Some(at) = recorded
        && reasons.is_empty()
        && case.dialogue.verdicts.get(at).is_some_and(|verdict| differs(verdict.finding))
    {
        let place = format!("/verdicts/{at}/finding");
        reasons.push(reason("record", &place, "the record says otherwise, and nothing wrong is found"));
    }
}

/// What a goal of its class has to have and this one has not.
fn promise(case: &Case<'_>) -> Option<&'static str> {
    let tasks = &case.scenario.goal.tasks;
    let refused = tasks.iter().any(|task| task.expect == Expect::Refused);
    let done = tasks.iter().any(|task| task.expect == Expect::Done);
    let class = case.scenario.goal.class;
    match class {
        _ if tasks.is_empty() => Some("a goal without a task is none"),
        // Without its tools a goal is a goal of its class no more.
        _ if !case.scenario.missing_tools.is_empty() => None,
        GoalClass::PolicyRefusal | GoalClass::MissingPermission if !refused => {
            Some("nothing is expected to be refused")
        }
        GoalClass::CarriedSlots if tasks.iter().all(|task| task.carried.is_empty()) => {
            Some("no value is carried from one task into another")
        }
        GoalClass::ChangeOfMind if tasks.iter().all(|task| task.changes.is_empty()) => {
            Some("the user's mind does not change")
        }
        GoalClass::NoneThenRelax | GoalClass::FailThenAlternative
            if tasks.iter().all(|task| task.relaxations.is_empty()) =>
        {
            Some("there is nothing to fall back to")
        }
        GoalClass::Transaction if !done => Some("nothing is to be done"),
        GoalClass::PolicyRefusal | GoalClass::MissingPermission | GoalClass::Corpus => None,
        // What a chain comes upon may be forbidden, whatever its shape.
        _ if refused && !class.is_chain() => Some("something is expected to be refused"),
        _ => None,
    }
}
