//! What a record says of itself: its domains, its goal's promises, its verdict.

use std::collections::BTreeSet;

use super::{FACTS, case::Case, reason};
use crate::{Arguments, ErrorKind, Expect, Finding, GoalClass, IntentKind, Reason, Task, Value};

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
    for (at, row) in case.scenario.setup.iter().enumerate() {
        let tables = case.stage.domains().iter().flat_map(|domain| &domain.tables);
        if tables.into_iter().any(|table| table.name == row.table && table.get(&row.key).is_some()) {
            let place = format!("/scenario/setup/{at}");
            reasons.push(reason("record", &place, "it rewrites a row that the world has"));
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

/// What a goal of its class has to have and this one has not, or the other way round.
fn promise(case: &Case<'_>) -> Option<&'static str> {
    let class = case.scenario.goal.class;
    if case.scenario.goal.tasks.is_empty() {
        return Some("a goal without a task is none");
    }
    // Without its tools a goal is a goal of its class no more; a corpus brings what it brings.
    if !case.scenario.missing_tools.is_empty() || class == GoalClass::Corpus {
        return None;
    }
    if class.is_chain() {
        return pattern(case, class);
    }
    lacks(case, class).or_else(|| exceeds(case, class))
}

/// What the class promises and no task has.
fn lacks(case: &Case<'_>, class: GoalClass) -> Option<&'static str> {
    let any = |test: &dyn Fn(&Task) -> bool| case.scenario.goal.tasks.iter().any(test);
    let kind = |task: &Task| case.stage.intent_of(task).map(|intent| intent.kind);
    let refused = |task: &Task| task.expect == Expect::Refused;
    let falls_back = |task: &Task| !task.relaxations.is_empty();
    match class {
        GoalClass::PolicyRefusal | GoalClass::MissingPermission if !any(&refused) => {
            Some("nothing is expected to be refused")
        }
        GoalClass::PolicyRefusal if refused_otherwise(case, ErrorKind::Policy) => {
            Some("what was refused was refused for want of a permission")
        }
        GoalClass::MissingPermission if refused_otherwise(case, ErrorKind::Permission) => {
            Some("what was refused was refused by the policy")
        }
        GoalClass::CarriedSlots if !any(&|task| !task.carried.is_empty()) => {
            Some("no value is carried from one task into another")
        }
        GoalClass::ChangeOfMind if !any(&|task| !task.changes.is_empty()) => {
            Some("the user's mind does not change")
        }
        GoalClass::NoneThenRelax
            if !any(&|task| falls_back(task) && kind(task) != Some(IntentKind::Transact)) =>
        {
            Some("there is no search to be relaxed")
        }
        GoalClass::FailThenAlternative
            if !any(&|task| falls_back(task) && kind(task) == Some(IntentKind::Transact)) =>
        {
            Some("there is no deed with an alternative")
        }
        GoalClass::Transaction if !any(&|task| task.expect == Expect::Done) => Some("nothing is to be done"),
        GoalClass::UniqueMatch if !any(&|task| matches(case, task) == Some(1)) => {
            Some("no search of it fits one entity alone")
        }
        GoalClass::ManyMatches if !any(&|task| matches(case, task) == Some(2)) => {
            Some("no search of it fits several entities")
        }
        _ => None,
    }
}

/// What the pattern of a chain promises and its tasks do not show. A task that is not wanted any more takes nothing.
fn pattern(case: &Case<'_>, class: GoalClass) -> Option<&'static str> {
    let tasks = &case.scenario.goal.tasks;
    let intent = |task: &Task| case.stage.intent_of(task);
    let kind = |at: usize| Some(intent(tasks.get(at)?)?.kind);
    let of_entity = |task: &Task| intent(task).is_some_and(|intent| intent.entity.is_some());
    let fed = |task: &Task| !task.carried.is_empty() || of_entity(task);
    let wanted = |task: &&Task| task.expect != Expect::Unwanted;
    let sources = |task: &Task| {
        let carried: BTreeSet<usize> = task.carried.values().map(|carry| carry.task).collect();
        carried.len() + usize::from(of_entity(task))
    };
    let domains: BTreeSet<&str> = tasks.iter().map(|task| task.domain.as_str()).collect();
    let conditional = tasks.iter().any(|task| task.when.is_some());
    match class {
        _ if conditional && class != GoalClass::Conditional => {
            Some("a task of it depends on what another finds")
        }
        GoalClass::Conditional if !conditional => Some("no task depends on what another finds"),
        GoalClass::Short if tasks.len() > 1 => Some("it has more than one task"),
        GoalClass::Sequential if tasks.len() < 2 || !tasks[1..].iter().filter(wanted).all(fed) => {
            Some("a later task takes nothing from those before it")
        }
        GoalClass::MultiTool if domains.len() < 2 => Some("its tasks are of one domain"),
        GoalClass::Parallel if domains.len() < tasks.len() || tasks.len() < 2 || tasks.iter().any(fed) => {
            Some("its tasks are not independent of each other")
        }
        GoalClass::Loop if kind(0) != Some(IntentKind::Search) || kind(1) != Some(IntentKind::Lookup) => {
            Some("it is no search with a look at what was found")
        }
        GoalClass::Join if tasks.iter().all(|task| wanted(&task) && sources(task) < 2) => {
            Some("no task takes from two before it")
        }
        _ => None,
    }
}

/// What a task has and the class rules out.
fn exceeds(case: &Case<'_>, class: GoalClass) -> Option<&'static str> {
    let any = |test: &dyn Fn(&Task) -> bool| case.scenario.goal.tasks.iter().any(test);
    let refuses = matches!(class, GoalClass::PolicyRefusal | GoalClass::MissingPermission);
    let relaxes = matches!(class, GoalClass::NoneThenRelax | GoalClass::FailThenAlternative);
    match class {
        _ if !refuses && any(&|task| task.expect == Expect::Refused) => {
            Some("something is expected to be refused")
        }
        _ if !relaxes && any(&|task| !task.relaxations.is_empty()) => {
            Some("there is something to fall back to")
        }
        _ if class != GoalClass::ChangeOfMind && any(&|task| !task.changes.is_empty()) => {
            Some("the user's mind changes")
        }
        GoalClass::InformationOnly if any(&|task| task.expect == Expect::Done) => {
            Some("something is to be done")
        }
        _ => None,
    }
}

/// Whether there were refusals, and none of this kind.
fn refused_otherwise(case: &Case<'_>, kind: ErrorKind) -> bool {
    let errors = case.answers(case.turns().len()).filter_map(|(_, answer)| answer.error.as_ref());
    let mut refusals = errors.filter(|error| error.kind.is_refusal()).peekable();
    refusals.peek().is_some() && refusals.all(|error| error.kind != kind)
}

/// How many entities a search finds under what the user wants in the end, counted up to two.
fn matches(case: &Case<'_>, task: &Task) -> Option<usize> {
    let intent = case.stage.intent_of(task).filter(|intent| intent.kind == IntentKind::Search)?;
    let world = case.stage.world(case.scenario)?;
    let slots = Arguments::Parsed(Value::record(task.settled()));
    case.stage.tool(&intent.tool)?.count(&world, &slots, 2)
}
