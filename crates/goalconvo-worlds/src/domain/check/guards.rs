//! Tools tried on the rows: guards that never break or always break, intents that nobody can ever have.

use goalconvo_core::{Arguments, Expr, IntentKind, Key, Purpose, Rng, Stage, Tool, Value, Verb, World};
use smol_str::SmolStr;
use std::sync::Arc;

use super::super::raw::RawGuard;
use super::Subject;

/// How many calls are tried of each tool.
const CALLS: usize = 3000;

pub(super) fn check(subject: &Subject<'_>) {
    let stage = Stage::new(vec![Arc::new(subject.made.domain.clone())]);
    let world = World::new(stage.tables().clone());
    for (number, tool) in subject.made.domain.tools.iter().enumerate() {
        let key = Key { seed: 0, index: number as u64 };
        let tried = try_tool(tool, &world, subject, &mut key.rng(0, Purpose::Probe));
        if let Some(raw) = subject.made.raw.tools.iter().find(|raw| *raw.name == *tool.name) {
            report(tool, &raw.guards, &tried, subject);
        }
        if tried.done == 0 {
            unsatisfiable(tool, &tried, subject);
        }
    }
    searches(subject);
}

/// What came of trying a tool.
struct Tried {
    done: usize,
    /// How often each guard was the one that broke, and how often it was reached.
    broken: Vec<usize>,
    reached: Vec<usize>,
    last: String,
}

fn try_tool(tool: &Tool, world: &World, subject: &Subject<'_>, rng: &mut Rng) -> Tried {
    let guards = tool.guards.len();
    let mut tried = Tried { done: 0, broken: vec![0; guards], reached: vec![0; guards], last: String::new() };
    for _ in 0..CALLS {
        let Some(arguments) = arguments(tool, subject, rng) else { break };
        let mut world = world.clone();
        let stopped = match tool.run(&mut world, &arguments) {
            Ok(_) => {
                tried.done += 1;
                guards
            }
            Err(error) => {
                tried.last = error.message.to_string();
                let by = |guard: &goalconvo_core::Guard| {
                    guard.kind == error.kind && guard.message == error.message
                };
                let Some(at) = tool.guards.iter().position(by) else { continue };
                tried.broken[at] += 1;
                at
            }
        };
        (0..guards).filter(|at| *at <= stopped).for_each(|at| tried.reached[at] += 1);
    }
    tried
}

/// Arguments as a user might bring them: keys of rows, values of slots, what identifies a row.
fn arguments(tool: &Tool, subject: &Subject<'_>, rng: &mut Rng) -> Option<Arguments> {
    let domain = &subject.made.domain;
    let own = domain.table(&tool.table)?;
    let of_row = matches!(tool.verb, Verb::Get | Verb::Update | Verb::Delete);
    let row = if of_row { Some(rng.pick(own.rows())?.clone()) } else { None };
    let mut given: Vec<(SmolStr, Value)> = Vec::new();
    for (at, argument) in tool.arguments.iter().enumerate() {
        if !argument.required && rng.chance(50) {
            continue;
        }
        let from_row = row.as_ref().and_then(|row| match tool.verb {
            Verb::Get => row.get(own.column(argument.column.as_ref()?)?),
            _ if at == 0 => row.first(),
            _ => None,
        });
        let value = match from_row {
            Some(value) => value.clone(),
            None => from_world(tool, &argument.name, &argument.slot, subject, rng)?,
        };
        if !value.is_null() {
            given.push((argument.name.clone(), value));
        }
    }
    Some(Arguments::Parsed(Value::record(given)))
}

fn from_world(tool: &Tool, name: &str, slot: &str, subject: &Subject<'_>, rng: &mut Rng) -> Option<Value> {
    let domain = &subject.made.domain;
    // The key of a table that the tool looks up; one that is computed from it says nothing about its values.
    let looked_up = tool.lookups.iter().find(|lookup| matches!(&lookup.key, Expr::Name(key) if key == name));
    if let Some(row) = looked_up.and_then(|lookup| rng.pick(domain.table(&lookup.table)?.rows())) {
        return row.first().cloned();
    }
    if let Some(value) = domain.slots.get(slot).and_then(|slot| rng.pick(&slot.values)) {
        return Some(value.clone());
    }
    let mut held = Vec::new();
    for table in &domain.tables {
        if let Some(at) = table.column(slot) {
            held.extend(table.values(at).filter(|value| !value.is_null()).cloned());
        }
    }
    Some(rng.pick(&held).cloned().unwrap_or_else(|| Value::text("anything")))
}

fn report(tool: &Tool, raw: &[RawGuard], tried: &Tried, subject: &Subject<'_>) {
    for (at, (guard, raw)) in tool.guards.iter().zip(raw).enumerate() {
        let (broken, reached) = (tried.broken[at], tried.reached[at]);
        if reached == 0 {
            continue;
        }
        if broken == reached {
            let message = format!(
                "this guard of tool `{}` breaks in each of {reached} calls that were tried",
                tool.name
            );
            subject.problems.mistake(raw.spot, message, "let some rows or values pass it");
        } else if broken == 0 && guard.kind.is_refusal() {
            let message =
                format!("this guard of tool `{}` never breaks in {reached} calls that were tried", tool.name);
            subject.problems.mistake(
                raw.spot,
                message,
                "let a tenth to a third of the rows or values break it, or take it away",
            );
        }
    }
}

fn unsatisfiable(tool: &Tool, tried: &Tried, subject: &Subject<'_>) {
    let table = subject.made.domain.table(&tool.table);
    // A tool over rows that only transactions bring can't be tried on the tables as they are.
    if tool.verb != Verb::Insert && table.is_some_and(|table| table.rows().is_empty()) {
        return;
    }
    for intent in subject.made.raw.intents.iter().filter(|intent| *intent.tool == *tool.name) {
        let why = if tried.last.is_empty() {
            "there is no row to try it on".to_owned()
        } else {
            format!("the last of {CALLS} calls said: {}", tried.last)
        };
        let message = format!(
            "intent `{}` can never be had: tool `{}` fails whatever is asked",
            intent.name, tool.name
        );
        subject.problems.mistake(intent.name.spot, message, why);
    }
}

/// A search finds something for each of its slots.
fn searches(subject: &Subject<'_>) {
    let domain = &subject.made.domain;
    for intent in domain.intents.iter().filter(|intent| intent.kind == IntentKind::Search) {
        let Some(raw) = subject.made.raw.intents.iter().find(|raw| *raw.name == *intent.name) else {
            continue;
        };
        let Some(tool) = domain.tool(&intent.tool) else { continue };
        let Some(table) = domain.table(&tool.table) else { continue };
        if table.rows().is_empty() {
            let message =
                format!("intent `{}` searches table `{}`, which has no rows", intent.name, table.name);
            subject.problems.mistake(raw.tool.spot, message, "give the table `rows`");
            continue;
        }
        for name in raw.required.iter().chain(&raw.optional) {
            let argument =
                tool.argument(name).filter(|argument| argument.compare == goalconvo_core::Compare::Equal);
            let column = argument.and_then(|argument| table.column(argument.column.as_ref()?));
            let (Some(column), Some(slot)) = (column, domain.slots.get(&**name)) else { continue };
            if !slot.values.is_empty() && !table.values(column).any(|value| slot.values.contains(value)) {
                let message =
                    format!("no row of table `{}` has any of the values of slot `{name}`", table.name);
                subject.problems.mistake(name.spot, message, "make the column from the slot's values");
            }
        }
    }
}
