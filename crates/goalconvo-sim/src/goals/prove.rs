//! Whether a goal that was brought ready, by a corpus or a model, can be had: each part of it is looked at, so that a wish
//! which no table can meet is named and not found out by dialogues that fail.

use goalconvo_core::{Arguments, CorpusGoal, Expect, Intent, IntentKind, Slots, Stage, Task, Value, World};
use smol_str::SmolStr;

use crate::prompt::nearest;

/// JSON pointer, and what is wrong there.
pub type Flaw = (String, String);

/// Proves a goal against the tables of its domains: that all it names is there, that the tools take its values, that
/// each task has what it needs, and that its searches end as they are expected to.
///
/// # Errors
/// It can't be had: where in the goal, and what is wrong there.
pub fn prove(goal: &CorpusGoal, stage: &Stage) -> Result<(), Flaw> {
    let mut world = World::new(stage.tables().clone());
    for (at, change) in goal.setup.iter().enumerate() {
        if !world.change(change) {
            let what =
                format!("table {:?} has no such row or column; expected a row of this world", change.table);
            return Err((format!("/setup/{at}"), what));
        }
    }
    if goal.goal.tasks.is_empty() {
        return Err(("/goal/tasks".to_owned(), "no task; expected at least one".to_owned()));
    }
    for (at, task) in goal.goal.tasks.iter().enumerate() {
        let below = |(pointer, what): Flaw| (format!("/goal/tasks/{at}{pointer}"), what);
        let intent = names(task, at, stage).map_err(below)?;
        values(task, intent, stage).map_err(below)?;
        complete(task, intent, &goal.goal.tasks[..at]).map_err(below)?;
        possible(task, intent, stage, &world).map_err(below)?;
    }
    Ok(())
}

/// Whether all that a task names is there; with its intent.
fn names<'a>(task: &Task, at: usize, stage: &'a Stage) -> Result<&'a Intent, Flaw> {
    let unknown = |pointer: &str, kind: &str, name: &str, known: Vec<&str>| {
        (pointer.to_owned(), format!("unknown {kind} {name:?}{}", nearest(name, known.into_iter())))
    };
    let Some(domain) = stage.domain(&task.domain) else {
        let known = stage.domains().iter().map(|domain| domain.name.as_str()).collect();
        return Err(unknown("/domain", "domain", &task.domain, known));
    };
    let Some(intent) = domain.intent(&task.intent) else {
        let known = domain.intents.iter().map(|intent| intent.name.as_str()).collect();
        return Err(unknown("/intent", "intent", &task.intent, known));
    };
    let slots: Vec<&str> = intent.required.iter().chain(&intent.optional).map(SmolStr::as_str).collect();
    for (place, given) in parts(task) {
        if let Some(slot) = given.keys().find(|slot| !slots.contains(&slot.as_str())) {
            return Err(unknown(&format!("{place}/{slot}"), "slot", slot, slots));
        }
    }
    for (slot, carry) in &task.carried {
        if !slots.contains(&slot.as_str()) {
            return Err(unknown(&format!("/carried/{slot}"), "slot", slot, slots));
        }
        if carry.task >= at {
            let what =
                format!("task {} is not settled before this one; expected an earlier task", carry.task);
            return Err((format!("/carried/{slot}"), what));
        }
    }
    match task.requests.iter().enumerate().find(|(_, slot)| !domain.slots.contains_key(*slot)) {
        Some((at, slot)) => {
            let known = domain.slots.keys().map(SmolStr::as_str).collect();
            Err(unknown(&format!("/requests/{at}"), "slot", slot, known))
        }
        None => Ok(intent),
    }
}

/// The slots that a task gives, with where they stand.
fn parts(task: &Task) -> impl Iterator<Item = (String, &Slots)> {
    let parts = [("/constraints".to_owned(), &task.constraints), ("/changes".to_owned(), &task.changes)];
    let relaxed =
        task.relaxations.iter().enumerate().map(|(at, slots)| (format!("/relaxations/{at}"), slots));
    parts.into_iter().chain(relaxed)
}

/// Whether the tool takes the values.
fn values(task: &Task, intent: &Intent, stage: &Stage) -> Result<(), Flaw> {
    let Some(tool) = stage.tool(&intent.tool) else { return Ok(()) };
    for (place, given) in parts(task) {
        for (slot, value) in given {
            let mut taking = tool.arguments.iter().filter(|argument| argument.slot == *slot);
            if let Some(Err(what)) = taking.next().map(|argument| argument.check(value)) {
                return Err((format!("{place}/{slot}"), format!("{what}, by the tool {}", tool.name)));
            }
        }
    }
    Ok(())
}

/// Whether a task has all that it needs: its slots, what comes before it, and an end that it can have.
fn complete(task: &Task, intent: &Intent, earlier: &[Task]) -> Result<(), Flaw> {
    let known = |slot: &&SmolStr| task.constraints.contains_key(*slot) || task.carried.contains_key(*slot);
    if let Some(slot) = intent.required.iter().find(|slot| !known(slot)) {
        let what = format!("the slot {slot:?} is missing; the intent {:?} requires it", intent.name);
        return Err(("/constraints".to_owned(), what));
    }
    if let Some(entity) = &intent.entity
        && !earlier.iter().any(|before| before.domain == task.domain && before.intent == *entity)
    {
        let what = format!(
            "{:?} is about what {entity:?} finds; expected a task of that intent before it",
            intent.name
        );
        return Err(("/intent".to_owned(), what));
    }
    let (fits, expected) = match intent.kind {
        IntentKind::Transact => (task.expect != Expect::Found, "done, refused or unavailable"),
        IntentKind::Search => {
            (matches!(task.expect, Expect::Found | Expect::Unavailable), "found or unavailable")
        }
        IntentKind::Lookup => (task.expect != Expect::Done, "found, refused or unavailable"),
    };
    if fits {
        return Ok(());
    }
    let found = format!("{:?}", task.expect).to_lowercase();
    Err(("/expect".to_owned(), format!("{:?} can't end as {found}; expected {expected}", intent.name)))
}

/// Whether a search ends as the task expects. Carried values are not known before the dialogue is played.
fn possible(task: &Task, intent: &Intent, stage: &Stage, world: &World) -> Result<(), Flaw> {
    let searches = intent.kind == IntentKind::Search && task.carried.is_empty();
    let Some(tool) = stage.tool(&intent.tool).filter(|_| searches) else { return Ok(()) };
    let total = |slots: &Slots| -> Result<f64, Flaw> {
        let arguments = Arguments::Parsed(Value::record(slots.clone()));
        let found = tool.run(&mut world.clone(), &arguments);
        let found =
            found.map_err(|error| (String::new(), format!("the search can't be made: {}", error.message)))?;
        Ok(found.field("total").and_then(Value::as_number).unwrap_or(0.0))
    };
    let told = |slots: &Slots| {
        let parts: Vec<String> =
            slots.iter().map(|(slot, value)| format!("{slot} = {}", value.plain())).collect();
        if parts.is_empty() { "no constraints".to_owned() } else { parts.join(", ") }
    };
    let settled = task.settled();
    let found = total(&settled)?;
    match task.expect {
        Expect::Found if found == 0.0 => {
            let what = format!("unsatisfiable: nothing in {} fits {}", tool.table, told(&settled));
            Err(("/constraints".to_owned(), what + "; the task expects that something is found"))
        }
        Expect::Unavailable if found > 0.0 => {
            let what = format!("{found} rows of {} fit {}", tool.table, told(&settled));
            Err(("/expect".to_owned(), what + "; the task expects that nothing is found"))
        }
        _ => Ok(()),
    }
}
