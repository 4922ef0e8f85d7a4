//! Success and reward are what the calls and the final state say.

use smol_str::SmolStr;

use super::case::{Case, Made};
use super::ground::of_act_source;
use super::reason;
use crate::{
    ActKind, Arguments, Ending, Expect, Intent, IntentKind, Outcome, Reason, Slots, Task, Turn, Value,
};

/// Checks the recorded outcome against what was found.
pub(super) fn check(case: &Case<'_>, found: &Outcome, reasons: &mut Vec<Reason>) {
    let Some(recorded) = &case.dialogue.outcome else { return };
    if recorded.success != found.success {
        reasons.push(reason(
            "outcome",
            "/outcome/success",
            &format!("the calls and the final state say {}", found.success),
        ));
    }
    if (recorded.reward - found.reward).abs() > 1e-9 {
        reasons.push(reason(
            "outcome",
            "/outcome/reward",
            &format!("the calls and the final state say {}", found.reward),
        ));
    }
    if recorded.ending == Ending::Failed {
        reasons.push(reason(
            "failed",
            "/outcome/ending",
            "a speaker broke, so nobody knows how it would have ended",
        ));
    }
    if let Some(what) = implausible(case, recorded.ending) {
        reasons.push(reason("outcome", "/outcome/ending", what));
    }
}

/// The outcome of a record that ended like this.
pub(super) fn of(case: &Case<'_>, ending: Ending) -> Option<Outcome> {
    let world = &case.replayed()?.world;
    let tasks: Vec<Vec<bool>> =
        case.scenario.goal.tasks.iter().enumerate().map(|(at, task)| met(case, at, task)).collect();
    let points: Vec<bool> = tasks.into_iter().flatten().collect();
    let total = points.len().max(1) as f64;
    let reward = points.iter().filter(|met| **met).count() as f64 / total;
    let success = points.iter().all(|met| *met) && !meddled(case);
    Some(Outcome { ending, success, reward, state: world.hash().to_string(), changes: world.changes() })
}

/// Whether the task ended as expected, and whether each of its requests was answered.
fn met(case: &Case<'_>, at: usize, task: &Task) -> Vec<bool> {
    let Some(intent) = case.stage.intent_of(task) else { return vec![false] };
    // What the assistant had no tool for has not been done, however honestly it said so.
    if task.expect == Expect::Unavailable && is_toolless(case, task, intent) {
        return vec![false];
    }
    let ended = match (task.expect, intent.kind) {
        (Expect::Found, IntentKind::Search) => {
            chosen(case, task).is_some_and(|entity| fits(case, at, intent, &entity))
        }
        (Expect::Found | Expect::Done, _) => {
            case.calls().any(|made| made.succeeded() && carries_out(case, at, intent, &made))
        }
        (Expect::Refused, _) => {
            refused(case, intent) && !case.calls().any(|made| made.succeeded() && is_of(case, intent, &made))
        }
        (Expect::Unavailable, IntentKind::Search) => {
            !case.calls().any(|made| is_of(case, intent, &made) && found_any(&made))
        }
        (Expect::Unavailable | Expect::Unwanted, _) => {
            !case.calls().any(|made| made.succeeded() && is_of(case, intent, &made))
        }
    };
    let told = task.requests.iter().map(|slot| answered(case, task, slot));
    std::iter::once(ended).chain(told).collect()
}

/// Whether the tool of a task, or of what gives its entity, was taken away.
fn is_toolless(case: &Case<'_>, task: &Task, intent: &Intent) -> bool {
    let source = intent.entity.as_ref().and_then(|entity| case.stage.intent(&task.domain, entity));
    let missing = |intent: &Intent| case.scenario.missing_tools.contains(&intent.tool);
    missing(intent) || source.is_some_and(missing)
}

fn found_any(made: &Made<'_>) -> bool {
    let total = made.answer.and_then(|(_, answer)| answer.result.field("total")).and_then(Value::as_number);
    total.is_some_and(|total| total > 0.0)
}

/// The entity that the user took, or was offered last.
fn chosen(case: &Case<'_>, task: &Task) -> Option<SmolStr> {
    let of = |kind: ActKind, acts: &[crate::Act]| {
        let is = |act: &&crate::Act| {
            act.act == kind
                && act.domain.as_ref() == Some(&task.domain)
                && act.intent.as_ref() == Some(&task.intent)
        };
        acts.iter().rev().find(is).and_then(|act| act.of.clone())
    };
    let taken = case.user().rev().find_map(|(_, said)| of(ActKind::Select, &said.acts));
    taken.or_else(|| case.assistant().rev().find_map(|(_, said)| of(ActKind::Offer, &said.acts)))
}

/// Whether an entity is among those that the tool finds under what the user wanted in the end.
fn fits(case: &Case<'_>, at: usize, intent: &Intent, entity: &str) -> bool {
    let Some(tool) = case.stage.tool(&intent.tool) else { return false };
    let Some(slots) = resolved(case, at) else { return false };
    let Some(world) = case.stage.world(case.scenario) else { return false };
    tool.fits(&world, &Arguments::Parsed(Value::record(slots)), entity)
}

/// What the user wanted in the end, carried values included; `None` when a carried one never came about.
fn resolved(case: &Case<'_>, at: usize) -> Option<Slots> {
    let task = case.scenario.goal.tasks.get(at)?;
    with_carried(case, task, task.settled())
}

fn with_carried(case: &Case<'_>, task: &Task, mut slots: Slots) -> Option<Slots> {
    for (slot, carry) in task.carried.iter().filter(|(slot, _)| !task.constraints.contains_key(*slot)) {
        slots.insert(slot.clone(), carried(case, carry)?);
    }
    Some(slots)
}

/// A column of the entity that the user took in another task.
fn carried(case: &Case<'_>, carry: &crate::Carry) -> Option<Value> {
    let task = case.scenario.goal.tasks.get(carry.task)?;
    let entity = chosen(case, task)?;
    let intent = case.stage.intent_of(task)?;
    let table = case.stage.tables().get(&case.stage.tool(&intent.tool)?.table)?;
    table.get(&entity)?.get(table.column(&carry.slot)?).cloned()
}

fn is_of(case: &Case<'_>, intent: &Intent, made: &Made<'_>) -> bool {
    case.stage.tool(&intent.tool).is_some_and(|tool| tool.name == made.call.function.name)
}

/// Whether a call does what the user wanted in the end, or what it wanted still more before it gave way, with the
/// entity that it took.
fn carries_out(case: &Case<'_>, at: usize, intent: &Intent, made: &Made<'_>) -> bool {
    let Some(task) = case.scenario.goal.tasks.get(at) else { return false };
    let Some(tool) = case.stage.tool(&intent.tool) else { return false };
    let arguments = &*tool.by_slot(&made.call.function.arguments);
    let is_wanted = |relaxed| {
        let slots = with_carried(case, task, task.wanted(true, relaxed));
        slots.is_some_and(|slots| slots.iter().all(|(slot, value)| arguments.get(slot) == Some(value)))
    };
    is_of(case, intent, made) && (0..=task.relaxed).any(is_wanted) && with_entity(case, at, intent, arguments)
}

fn with_entity(case: &Case<'_>, at: usize, intent: &Intent, arguments: &Arguments) -> bool {
    let Some(entity) = &intent.entity else { return true };
    let Some(task) = case.scenario.goal.tasks.get(at) else { return false };
    let source = case
        .scenario
        .goal
        .tasks
        .iter()
        .enumerate()
        .find(|(_, other)| other.domain == task.domain && other.intent == *entity);
    // A transaction without its search in the goal may be about any entity that a tool returned.
    let Some((place, source)) = source else { return true };
    let Some(from) = case.stage.intent_of(source) else { return false };
    let record = match from.kind {
        IntentKind::Search => chosen(case, source)
            .filter(|entity| fits(case, place, from, entity))
            .and_then(|entity| shown(case, from, &entity)),
        _ => case
            .calls()
            .filter(|made| made.succeeded() && carries_out(case, place, from, made))
            .last()
            .and_then(|made| made.answer.map(|(_, answer)| answer.result.clone())),
    };
    record.is_some_and(|record| {
        intent.from_entity.iter().all(|(argument, column)| {
            arguments.get(argument).is_some() && arguments.get(argument) == record.field(column)
        })
    })
}

/// The entity as the search returned it.
fn shown(case: &Case<'_>, intent: &Intent, entity: &str) -> Option<Value> {
    let tool = case.stage.tool(&intent.tool)?;
    let answers = case.answers(case.turns().len()).filter(|(_, answer)| answer.name == intent.tool);
    answers
        .flat_map(|(_, answer)| answer.result.field("results").map_or(&[][..], Value::items))
        .find(|row| tool.key_of(row).is_some_and(|own| own == entity))
        .cloned()
}

fn refused(case: &Case<'_>, intent: &Intent) -> bool {
    let refusal = |made: &Made<'_>| {
        made.answer
            .is_some_and(|(_, answer)| answer.error.as_ref().is_some_and(|error| error.kind.is_refusal()))
    };
    case.calls().any(|made| is_of(case, intent, &made) && refusal(&made))
}

/// Whether the user was told a slot, with what supports it.
fn answered(case: &Case<'_>, task: &Task, slot: &SmolStr) -> bool {
    case.assistant().any(|(at, said)| {
        said.acts.iter().any(|act| {
            let is = matches!(act.act, ActKind::Inform | ActKind::Offer)
                && act.of.is_some()
                && act.domain.as_ref() == Some(&task.domain)
                && act.slot.as_ref() == Some(slot);
            is && of_act_source(case, at, act).is_some()
        })
    })
}

/// Whether something was changed that no task of the goal wants, or once more than it wants.
fn meddled(case: &Case<'_>) -> bool {
    let tasks = case.scenario.goal.tasks.iter().enumerate().filter(|(_, task)| task.expect == Expect::Done);
    let mut open: Vec<(usize, &Intent)> =
        tasks.filter_map(|(at, task)| Some((at, case.stage.intent_of(task)?))).collect();
    let mut done: Vec<Made<'_>> = Vec::new();
    let changing = case.calls().filter(|made| {
        made.succeeded() && case.stage.tool(&made.call.function.name).is_some_and(|tool| tool.mutates())
    });
    for made in changing {
        // What is called again and answers the same has changed nothing the second time.
        if done.iter().any(|before| before.is_again(&made)) {
            continue;
        }
        match open.iter().position(|(at, intent)| carries_out(case, *at, intent, &made)) {
            Some(task) => open.swap_remove(task),
            None => return true,
        };
        done.push(made);
    }
    false
}

/// Whether a model was asked for some turn.
fn any_model(case: &Case<'_>) -> bool {
    case.turns().iter().any(|turn| match turn {
        Turn::User(said) | Turn::Assistant(said) => said.usage.is_some(),
        _ => false,
    })
}

/// Why a dialogue like this can't have ended like that, if so.
fn implausible(case: &Case<'_>, ending: Ending) -> Option<&'static str> {
    let any = |kind: ActKind| case.assistant().any(|(_, said)| said.acts.iter().any(|act| act.act == kind));
    let said = case.user().count() + case.assistant().count();
    let garbled = case.turns().iter().any(|turn| matches!(turn, Turn::Garbled { .. }));
    let gave_up = case.user().any(|(_, said)| said.acts.iter().any(|act| act.act == ActKind::GiveUp));
    match ending {
        Ending::GaveUp if !gave_up && !any(ActKind::Unable) => Some("the user gave nothing up"),
        Ending::Refused if !any(ActKind::Refuse) => Some("nothing was refused"),
        Ending::Satisfied if any(ActKind::Refuse) => Some("something was refused"),
        Ending::OutOfTurns if said < case.scenario.limits.turns => Some("it is not that long"),
        Ending::OutOfContext if !any_model(case) => Some("no model spoke that could run out of context"),
        Ending::Failed if !garbled && case.calls().count() <= case.scenario.limits.steps => {
            Some("nobody broke")
        }
        _ => None,
    }
}
