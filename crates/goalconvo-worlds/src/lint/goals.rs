//! Checks of goals: that they can be reached, that only one answer reaches them, and that doing nothing does not.

use super::calls::writes;
use super::report::{Finding, Severity};
use super::suite::{Call, Suite, Task};
use crate::registry::names::words;
use crate::schemas::step;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the goal of one task.
pub(super) fn check(suite: &Suite, task: &Task, findings: &mut Vec<Finding>) {
    let mut add = |severity: Severity, code: &str, pointer: &str, message: String| {
        findings.push(Finding {
            task: task.id.clone(),
            severity,
            code: code.to_owned(),
            pointer: pointer.to_owned(),
            message,
            ..Finding::default()
        });
    };
    let below = |place: &str| format!("{}{place}", task.pointer);
    if pays_for_nothing(suite, task) {
        let message = "no gold call changes the database and nothing has to be said or shown: an assistant that does \
                       nothing gets the full reward; demand an output or an assertion";
        add(Severity::Error, "idle_full_reward", &task.pointer, message.into());
    }
    for (number, output) in task.outputs.iter().enumerate() {
        if output.chars().count() < 3 {
            let message =
                format!("the output {output:?} is so short that it occurs by chance; demand more of it");
            add(
                Severity::Warning,
                "output_by_chance",
                &format!("{}/{number}", below(task.outputs_at)),
                message,
            );
        }
    }
    if !suite.database.is_empty() {
        if let Some(message) = unknown_user(suite, task) {
            add(Severity::Error, "absent_from_database", &below("/user_id"), message);
        } else if let Some(message) = cannot_identify(suite, task) {
            add(Severity::Warning, "user_cannot_identify", &below(task.told_at), message);
        }
    }
    for call in task.gold.iter().filter(|call| !call.by_user) {
        for (pointer, message) in ambiguous_lookups(suite, call) {
            add(Severity::Error, "ambiguous_lookup", &pointer, message);
        }
        if writes(suite, call) && !suite.database.is_empty() {
            for (pointer, value) in ungrounded(suite, task, call) {
                let message = format!(
                    "{value:?} is neither in what the user is told nor in the database; say it or drop it"
                );
                add(Severity::Warning, "ungrounded_argument", &pointer, message);
            }
        }
    }
}

/// Tasks that tell the user the same and demand different things: one of them cannot be got right but by luck.
pub(super) fn check_twins(suite: &Suite, findings: &mut Vec<Finding>) {
    let mut by_words: BTreeMap<String, Vec<&Task>> = BTreeMap::new();
    for task in &suite.tasks {
        // A different world to begin with may well ask for something different.
        let told = words(&task.instruction).join(" ");
        let key = if told.is_empty() { told } else { format!("{told} {}", task.initial) };
        by_words.entry(key).or_default().push(task);
    }
    for (instruction, twins) in
        by_words.iter().filter(|(instruction, twins)| twins.len() > 1 && !instruction.is_empty())
    {
        let demands: BTreeSet<String> = twins.iter().map(|task| demand_of(suite, task)).collect();
        if demands.len() < 2 {
            continue;
        }
        let ids: Vec<&str> = twins.iter().map(|task| task.id.as_str()).collect();
        let start: String = instruction.chars().take(60).collect();
        findings.extend(twins.iter().map(|task| Finding {
            task: task.id.clone(),
            severity: Severity::Error,
            code: "ambiguous_goal".into(),
            pointer: format!("{}{}", task.pointer, task.told_at),
            message: format!("tasks {ids:?} tell the user the same ({start:?}…) and demand different things"),
            ..Finding::default()
        }));
    }
}

fn pays_for_nothing(suite: &Suite, task: &Task) -> bool {
    let state_moves = match task.changed {
        Some(changed) => changed,
        None => task.gold.iter().any(|call| writes(suite, call)),
    };
    (!task.counts_state || !state_moves) && task.outputs.is_empty() && task.demands.is_empty()
}

fn unknown_user(suite: &Suite, task: &Task) -> Option<String> {
    let user = task.user.as_deref()?;
    (!suite.database.holds(user)).then(|| format!("the task's user {user:?} is nowhere in the database"))
}

/// The user must be able to say who they are: the key, the e-mail address, or name and something of the address.
fn cannot_identify(suite: &Suite, task: &Task) -> Option<String> {
    let user = task.user.as_deref()?;
    let (_, record) = suite.database.record(user)?;
    let told = task.instruction.to_lowercase();
    let mut facts = Vec::new();
    scalars(record, &mut facts);
    let said = facts.iter().filter(|fact| fact.chars().count() > 2 && told.contains(&fact.to_lowercase()));
    let enough = told.contains(&user.to_lowercase()) || said.collect::<BTreeSet<_>>().len() > 1;
    (!enough).then(|| {
        format!("the user is not told enough of {user:?} to be recognised; tell the key or two facts")
    })
}

/// A look-up by several fields that more than one record answers.
fn ambiguous_lookups(suite: &Suite, call: &Call) -> Vec<(String, String)> {
    if !call.name.starts_with("find_") {
        return Vec::new();
    }
    let fields: Vec<(&str, &str)> =
        call.arguments.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let found = suite.database.matching(&fields);
    if found.len() < 2 {
        return Vec::new();
    }
    let keys: Vec<&str> = found.iter().map(|(_, key)| *key).collect();
    vec![(call.pointer.clone(), format!("{} answers {} records: {keys:?}", call.name, found.len()))]
}

/// Texts in a write that come from nowhere. Dates and numbers are said in too many ways to be looked for.
fn ungrounded(suite: &Suite, task: &Task, call: &Call) -> Vec<(String, String)> {
    const FREE: [&str; 6] = ["summary", "thought", "reason", "expression", "content", "message"];
    let told = words(&task.instruction).join(" ");
    let tool = suite.tools.endpoints().find(|endpoint| endpoint.name == call.name);
    let mut found = Vec::new();
    for (name, value) in &call.arguments {
        let parameter =
            tool.and_then(|tool| tool.parameters.iter().find(|parameter| &parameter.name == name));
        let closed = parameter.is_some_and(|parameter| !parameter.shape.choices.is_empty());
        let mut facts = Vec::new();
        scalars(value, &mut facts);
        for fact in facts.into_iter().filter(|_| !closed && !FREE.contains(&name.as_str())) {
            let is_text = fact.chars().filter(|letter| letter.is_alphabetic()).count() > 3;
            let grounded = suite.database.holds(&fact) || told.contains(&words(&fact).join(" "));
            if is_text && !grounded {
                found.push((format!("{}/{}", call.pointer, step(name)), fact));
            }
        }
    }
    found
}

fn scalars(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|part| scalars(part, found)),
        Value::Object(map) => map.values().for_each(|part| scalars(part, found)),
        _ => {}
    }
}

/// What a task demands of the assistant, in one line.
fn demand_of(suite: &Suite, task: &Task) -> String {
    let writing = task.gold.iter().filter(|call| !call.by_user && writes(suite, call));
    let calls: Vec<String> =
        writing.map(|call| format!("{}{}", call.name, Value::Object(call.arguments.clone()))).collect();
    format!("{calls:?}{:?}", task.outputs)
}
