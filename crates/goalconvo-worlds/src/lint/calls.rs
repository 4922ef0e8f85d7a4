//! Checks of gold calls: that the tool exists, that the arguments fit it, and that what they name is there.

use super::database::{innermost, written};
use super::report::{Finding, Severity};
use super::suite::{Call, Suite, Task};
use crate::registry::names::{singular, words};
use crate::registry::{Concept, Effect, Endpoint, Kind};
use crate::schemas::step;
use serde_json::Value;

/// Checks the gold calls of one task.
pub(super) fn check(suite: &Suite, task: &Task, findings: &mut Vec<Finding>) {
    for (number, call) in task.gold.iter().enumerate() {
        let mut scribe = Scribe { task, findings };
        let tool = suite.tools.endpoints().find(|endpoint| endpoint.name == call.name);
        match tool {
            Some(tool) => check_arguments(call, tool, &mut scribe),
            None if suite.tools.tools.is_empty() => {}
            None => scribe.add(Severity::Error, "unknown_tool", &call.pointer, {
                format!(
                    "the gold call names {:?}, which is no tool of this suite; rename or remove it",
                    call.name
                )
            }),
        }
        if !suite.database.is_empty() && !call.by_user {
            check_names(suite, call, number, &mut scribe);
            if tool.is_some_and(|tool| tool.effect > Effect::Read) {
                check_parts(suite, call, &mut scribe);
            }
        }
        check_observation(suite, number, call, &mut scribe);
    }
}

/// True if a call changes the database, as far as names tell.
pub(super) fn writes(suite: &Suite, call: &Call) -> bool {
    if suite.terminating.contains(&call.name) {
        return false;
    }
    let tool = suite.tools.endpoints().find(|endpoint| endpoint.name == call.name);
    tool.is_none_or(|tool| tool.effect > Effect::Read)
}

struct Scribe<'a> {
    task: &'a Task,
    findings: &'a mut Vec<Finding>,
}

impl Scribe<'_> {
    fn add(&mut self, severity: Severity, code: &str, pointer: &str, message: String) {
        self.findings.push(Finding {
            task: self.task.id.clone(),
            severity,
            code: code.to_owned(),
            pointer: pointer.to_owned(),
            message,
            ..Finding::default()
        });
    }
}

fn check_arguments(call: &Call, tool: &Endpoint, scribe: &mut Scribe<'_>) {
    for parameter in tool.parameters.iter().filter(|parameter| parameter.required) {
        if !call.arguments.contains_key(&parameter.name) {
            let message =
                format!("{} needs {:?}, which the gold call does not give", call.name, parameter.name);
            scribe.add(Severity::Error, "missing_argument", &call.pointer, message);
        }
    }
    for (name, value) in &call.arguments {
        let pointer = format!("{}/{}", call.pointer, step(name));
        let Some(parameter) = tool.parameters.iter().find(|parameter| &parameter.name == name) else {
            let message = format!("{} has no argument {name:?}; rename or remove it", call.name);
            scribe.add(Severity::Error, "unknown_argument", &pointer, message);
            continue;
        };
        let choices = &parameter.shape.choices;
        if !choices.is_empty() && !value.is_null() && !choices.contains(value) {
            let message = format!("{value} is none of the allowed {}", Value::Array(choices.clone()));
            scribe.add(Severity::Error, "argument_outside_enum", &pointer, message);
        } else if !has_kind(value, &parameter.shape.kind) && !value.is_null() {
            let message = format!("{value} is not of the kind that {} declares", call.name);
            scribe.add(Severity::Error, "argument_of_wrong_type", &pointer, message);
        }
    }
}

fn has_kind(value: &Value, kind: &Kind) -> bool {
    match kind {
        Kind::Boolean => value.is_boolean(),
        Kind::Integer(_) => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Kind::Number(_) => value.is_number(),
        Kind::Text(_) => value.is_string(),
        Kind::List(_) => value.is_array(),
        Kind::Record(_) => value.is_object(),
        Kind::Unknown | Kind::Either(_) | Kind::Again(_) => true,
    }
}

/// Every key that a call gives must be in the database, unless an earlier call could have made it.
fn check_names(suite: &Suite, call: &Call, number: usize, scribe: &mut Scribe<'_>) {
    let made_before = scribe.task.gold[..number].iter().any(|earlier| writes(suite, earlier));
    for (pointer, name, value) in keys_in(call) {
        if suite.database.holds(&value) {
            continue;
        }
        let (severity, hint) = if !writes(suite, call) {
            (Severity::Warning, "the user may be meant to be wrong here; else correct it")
        } else if made_before || !scribe.task.initial.is_empty() {
            (Severity::Warning, "unless an earlier call or the initial state makes it")
        } else {
            (Severity::Error, "correct the value or add the record")
        };
        let message = format!("{name} {value:?} is nowhere in the database; {hint}");
        scribe.add(severity, "absent_from_database", &pointer, message);
    }
}

/// The arguments that name records, deep ones too: (pointer, name, value).
fn keys_in(call: &Call) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (name, value) in &call.arguments {
        collect_keys(value, name, &format!("{}/{}", call.pointer, step(name)), &mut found);
    }
    found
}

fn collect_keys(value: &Value, name: &str, pointer: &str, found: &mut Vec<(String, String, String)>) {
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                collect_keys(item, name, &format!("{pointer}/{place}"), found);
            }
        }
        Value::Object(map) => {
            for (name, part) in map {
                collect_keys(part, name, &format!("{pointer}/{}", step(name)), found);
            }
        }
        scalar => {
            let is_key = Concept::of(name, "").is_identifier() || name == "flight_number";
            if let Some(text) = written(scalar).filter(|text| is_key && !text.is_empty()) {
                found.push((pointer.to_owned(), name.to_owned(), text));
            }
        }
    }
}

/// What a write names must belong together: items to the order, the order to the user, a date to the flight.
fn check_parts(suite: &Suite, call: &Call, scribe: &mut Scribe<'_>) {
    let keys = keys_in(call);
    let records: Vec<(&str, &str, &Value)> = keys
        .iter()
        .filter_map(|(_, _, value)| {
            suite.database.record(value).map(|(table, record)| (value.as_str(), table, record))
        })
        .collect();
    check_owners(suite, call, &keys, &records, scribe);
    for (pointer, name, value) in &keys {
        let is_new = name.starts_with("new_");
        let inside = records.iter().filter(|(key, _, _)| key != value);
        let mut owners = inside.filter(|(_, _, record)| has_list_of(record, name)).peekable();
        let known = suite.database.holds(value);
        if known
            && !is_new
            && owners.peek().is_some()
            && !owners.any(|(_, _, record)| innermost(record, value).is_some())
        {
            let message = format!("{name} {value:?} is not part of the record that the call changes");
            scribe.add(Severity::Error, "part_of_another_record", pointer, message);
        }
        let part = suite.database.holders(value).into_iter().find_map(|(_, key)| {
            innermost(suite.database.record(key)?.1, value)?.get("available")?.as_bool()
        });
        if is_new && part == Some(false) {
            let message =
                format!("{name} {value:?} is not available, so the goal cannot be reached by the rules");
            scribe.add(Severity::Error, "unavailable", pointer, message);
        }
    }
    check_dates(suite, call, scribe);
}

/// What a write names must be the user's own, where the task says who that is.
fn check_owners(
    suite: &Suite,
    call: &Call,
    keys: &[(String, String, String)],
    records: &[(&str, &str, &Value)],
    scribe: &mut Scribe<'_>,
) {
    let Some(user) = scribe.task.user.clone() else { return };
    for (key, table, record) in records {
        let owner = record.get("user_id").and_then(Value::as_str).filter(|owner| *owner != user);
        if let Some(owner) = owner {
            let message = format!("{key:?} of {table} belongs to {owner:?}, the task's user is {user:?}");
            scribe.add(Severity::Error, "record_of_another_user", &call.pointer, message);
        }
    }
    let Some((users, _)) = suite.database.record(&user) else { return };
    for (pointer, name, value) in keys {
        let owners: Vec<&str> = suite
            .database
            .holders(value)
            .into_iter()
            .filter(|(table, _)| *table == users)
            .map(|(_, key)| key)
            .collect();
        if records.iter().any(|(key, _, record)| key == value && record.get("user_id").is_some()) {
            continue;
        }
        let is_user = suite.database.record(value).is_some_and(|(table, _)| table == users);
        if !owners.is_empty() && !owners.contains(&user.as_str()) {
            let what = if is_user { "is another user" } else { "is another user's" };
            let message =
                format!("{name} {value:?} {what} ({}), the task's user is {user:?}", owners.join(", "));
            scribe.add(Severity::Error, "record_of_another_user", pointer, message);
        }
    }
}

/// True if a record lists parts of this kind under their own name: an order its `items` with `item_id`s.
fn has_list_of(record: &Value, name: &str) -> bool {
    let wanted = Concept::of(name, "");
    let lists = record.as_object().into_iter().flatten();
    wanted.is_identifier()
        && lists
            .filter(|(list, _)| words(list).last().is_some_and(|last| singular(last) == wanted.entity))
            .any(|(_, parts)| {
                let parts = parts.as_array().into_iter().flatten().filter_map(Value::as_object);
                parts.into_iter().any(|part| part.keys().any(|key| Concept::of(key, "") == wanted))
            })
}

/// `{flight_number, date}`: the record must have that date, and it must be open.
fn check_dates(suite: &Suite, call: &Call, scribe: &mut Scribe<'_>) {
    let kept: Vec<&Value> = keys_of_records(suite, call);
    for (name, value) in &call.arguments {
        for (place, entry) in value.as_array().into_iter().flatten().enumerate() {
            let pointer = format!("{}/{}/{place}", call.pointer, step(name));
            let key = entry.as_object().into_iter().flatten().find_map(|(name, value)| {
                (name.ends_with("number") || name.ends_with("id")).then(|| value.as_str())?
            });
            let (Some(key), Some(date)) = (key, entry.get("date").and_then(Value::as_str)) else { continue };
            let dates = suite
                .database
                .record(key)
                .and_then(|(_, record)| record.get("dates"))
                .and_then(Value::as_object);
            let Some(dates) = dates else { continue };
            let already = kept.iter().any(|record| {
                let flights = record.get("flights").and_then(Value::as_array).into_iter().flatten();
                flights
                    .into_iter()
                    .any(|flight| flight.get("date") == entry.get("date") && innermost(flight, key).is_some())
            });
            match dates.get(date).map(|day| day.get("status").and_then(Value::as_str).unwrap_or("available"))
            {
                None => scribe.add(Severity::Error, "absent_from_database", &pointer, {
                    format!("{key:?} has no date {date:?}; correct the date")
                }),
                Some("available") => {}
                Some(_) if already => {}
                Some(status) => scribe.add(Severity::Error, "unavailable", &pointer, {
                    format!("{key:?} on {date} is {status:?}, so the goal cannot be reached by the rules")
                }),
            }
        }
    }
}

fn keys_of_records<'a>(suite: &'a Suite, call: &Call) -> Vec<&'a Value> {
    let values = call.arguments.values().filter_map(Value::as_str);
    values.filter_map(|key| suite.database.record(key)).map(|(_, record)| record).collect()
}

fn check_observation(suite: &Suite, number: usize, call: &Call, scribe: &mut Scribe<'_>) {
    let seen = scribe.task.observations.get(number).cloned().flatten();
    let Some(seen) = seen.filter(|seen| seen.starts_with("Error")) else { return };
    let (severity, hint) = if writes(suite, call) {
        (Severity::Error, "a correct assistant cannot reach this goal")
    } else {
        (Severity::Warning, "the user may be meant to be wrong here; else correct it")
    };
    scribe.add(severity, "gold_call_fails", &call.pointer, format!("replayed, it answers {seen:?}; {hint}"));
}
