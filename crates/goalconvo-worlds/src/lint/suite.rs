//! A task suite in one form, whatever benchmark wrote it: τ-bench and τ²-bench.

use super::database::Database;
use crate::error::Error;
use crate::registry::Registry;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Tasks, the database that they are about, and the tools that they may use.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The suite, as its caller named it.
    pub name: String,
    /// The file of tasks as it was read: findings name its lines.
    pub text: String,
    /// The tasks in order.
    pub tasks: Vec<Task>,
    /// The database; empty if there is none.
    pub database: Database,
    /// The tools; empty if there are none.
    pub tools: Registry,
    /// Tools that end the dialogue and change nothing.
    pub terminating: Vec<String>,
    /// What could not be read, and so is not checked.
    pub unchecked: Vec<String>,
}

/// One task.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// Its id in the suite.
    pub id: String,
    /// JSON pointer to the task in its file.
    pub pointer: String,
    /// JSON pointer, from the task, to what the user is told.
    pub told_at: &'static str,
    /// JSON pointer, from the task, to what the assistant has to say.
    pub outputs_at: &'static str,
    /// The user, where the suite names one.
    pub user: Option<String>,
    /// All that the simulated user is told.
    pub instruction: String,
    /// The calls that reach the goal.
    pub gold: Vec<Call>,
    /// What the assistant has to say.
    pub outputs: Vec<String>,
    /// Which criteria the reward counts, beside the state of the database.
    pub demands: Vec<String>,
    /// True if the state of the database counts.
    pub counts_state: bool,
    /// Changes to the world before the task begins, as JSON; empty if there are none.
    pub initial: String,
    /// What replaying the gold calls gave, where somebody did: one observation a call.
    pub observations: Vec<Option<String>>,
    /// True if the replay left the database changed; nothing if nobody replayed.
    pub changed: Option<bool>,
}

/// A gold call.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
    /// JSON pointer to the arguments in the file.
    pub pointer: String,
    /// True if the user's device makes it, not the assistant.
    pub by_user: bool,
}

/// Reads the tasks of a file.
///
/// # Errors
/// If it is not a list of tasks that either benchmark would write.
pub(super) fn tasks_of(value: &Value, place: &str) -> Result<Vec<Task>, Error> {
    let Some(entries) = value.as_array() else {
        return Err(Error::malformed(place, "expected a list of tasks"));
    };
    let tasks = entries.iter().enumerate().map(|(number, entry)| {
        if entry.get("instruction").is_some() && entry.get("actions").is_some_and(Value::is_array) {
            return Ok(tau(entry, number));
        }
        if entry.get("evaluation_criteria").is_some() || entry.get("user_scenario").is_some() {
            return Ok(tau2(entry, number));
        }
        Err(Error::malformed(
            format!("{place}#/{number}"),
            "no task of τ-bench (instruction, actions) nor of τ²-bench (user_scenario, evaluation_criteria)",
        ))
    });
    tasks.collect()
}

/// Adds what a replay of the gold calls gave; the replay's lines name tasks by number or id.
pub(super) fn take_replay(tasks: &mut [Task], lines: &[Value]) {
    let places: BTreeMap<String, usize> =
        tasks.iter().enumerate().map(|(place, task)| (task.id.clone(), place)).collect();
    for line in lines {
        let named = ["task_index", "task_id", "id"].iter().find_map(|key| match line.get(*key)? {
            Value::String(id) => places.get(id),
            number => places.get(&number.to_string()),
        });
        let Some(task) = named.and_then(|place| tasks.get_mut(*place)) else { continue };
        let steps = line.get("steps").or_else(|| line.get("actions")).and_then(Value::as_array);
        task.observations = steps
            .into_iter()
            .flatten()
            .map(|step| step.get("observation").and_then(Value::as_str).map(str::to_owned))
            .collect();
        task.changed = line.get("changed").and_then(Value::as_object).map(|tables| !tables.is_empty());
        if let (None, Some(start), Some(end)) =
            (task.changed, line.get("start_db_hash"), line.get("final_db_hash"))
        {
            task.changed = Some(start != end);
        }
    }
}

fn tau(entry: &Value, number: usize) -> Task {
    let id = entry.get("index").map_or_else(|| number.to_string(), ToString::to_string);
    let gold = list(entry, "actions").iter().enumerate().map(|(place, action)| {
        // tau-bench says `kwargs`, tau2-bench and function calls `arguments`.
        let spelled = ["kwargs", "arguments"].into_iter().find(|key| action.get(*key).is_some());
        let key = spelled.unwrap_or("kwargs");
        Call {
            name: text(action, "name").to_owned(),
            arguments: action.get(key).and_then(Value::as_object).cloned().unwrap_or_default(),
            pointer: format!("/{number}/actions/{place}/{key}"),
            by_user: false,
        }
    });
    let outputs: Vec<String> =
        list(entry, "outputs").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Task {
        id,
        user: entry.get("user_id").and_then(Value::as_str).map(str::to_owned),
        pointer: format!("/{number}"),
        told_at: "/instruction",
        outputs_at: "/outputs",
        instruction: text(entry, "instruction").to_owned(),
        gold: gold.collect(),
        outputs,
        counts_state: true,
        ..Task::default()
    }
}

fn tau2(entry: &Value, number: usize) -> Task {
    let criteria = entry.get("evaluation_criteria").cloned().unwrap_or_default();
    let written = criteria.get("reward_basis").and_then(Value::as_array);
    let basis: Vec<&str> = written
        .map_or_else(|| vec!["DB", "COMMUNICATE"], |basis| basis.iter().filter_map(Value::as_str).collect());
    let gold = list(&criteria, "actions").iter().enumerate().map(|(place, action)| Call {
        name: text(action, "name").to_owned(),
        arguments: action.get("arguments").and_then(Value::as_object).cloned().unwrap_or_default(),
        pointer: format!("/{number}/evaluation_criteria/actions/{place}/arguments"),
        by_user: text(action, "requestor") == "user",
    });
    let demanded =
        [("ACTION", "actions"), ("ENV_ASSERTION", "env_assertions"), ("NL_ASSERTION", "nl_assertions")];
    let demands =
        demanded.iter().filter(|(name, key)| basis.contains(name) && !list(&criteria, key).is_empty());
    let said = list(&criteria, "communicate_info").iter().filter_map(Value::as_str).map(str::to_owned);
    Task {
        id: text(entry, "id").to_owned(),
        user: None,
        pointer: format!("/{number}"),
        told_at: "/user_scenario",
        outputs_at: "/evaluation_criteria/communicate_info",
        instruction: words_of(entry.get("user_scenario").unwrap_or(&Value::Null)),
        gold: gold.collect(),
        outputs: if basis.contains(&"COMMUNICATE") { said.collect() } else { Vec::new() },
        demands: demands.map(|(name, _)| (*name).to_owned()).collect(),
        counts_state: basis.contains(&"DB"),
        initial: entry
            .get("initial_state")
            .filter(|state| !state.is_null())
            .map_or_else(String::new, ToString::to_string),
        ..Task::default()
    }
}

/// All strings inside, a line each.
fn words_of(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(words_of).collect(),
        Value::Object(map) => map.values().map(words_of).collect(),
        _ => String::new(),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
