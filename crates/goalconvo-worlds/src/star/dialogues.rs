//! STAR's dialogues as records: what was said and picked, what the wizard asked the knowledge base, what came back.

use goalconvo_core::{
    Arguments, CallKind, Dialogue, Format, FunctionCall, Origin, Provenance, ToolCall, ToolTurn, Turn,
    Utterance, Value,
};
use serde_json::{Value as Json, json};
use smol_str::{SmolStr, format_smolstr};

use super::report::Report;
use super::scenario::events;
use super::wishes::Wish;

/// The record of one dialogue. A wizard's drafts, the guide's instructions and mere selections are no turns.
pub(super) fn dialogue(id: &str, dialogue: &Json, report: &mut Report) -> Dialogue {
    let mut turns: Vec<Turn> = Vec::new();
    let mut open: Option<ToolCall> = None;
    let mut calls = 0;
    for event in events(dialogue) {
        let text = |key: &str| event.get(key).and_then(Json::as_str).unwrap_or_default();
        match (text("Agent"), text("Action")) {
            ("User", "utter") => turns.push(Turn::User(said(text("Text")))),
            ("Wizard", "utter" | "pick_suggestion") => turns.push(Turn::Assistant(said(text("Text")))),
            ("Wizard", "query") => {
                if open.is_some() {
                    report.odd(id, "a query without an answer; left out");
                }
                calls += 1;
                open = Some(call(event, calls));
            }
            (_, "return_item") => match open.take() {
                Some(call) => turns.extend(answered(call, event)),
                None => report.odd(id, "an answer without a query; left out"),
            },
            _ => {}
        }
    }
    if open.is_some() {
        report.odd(id, "a query without an answer; left out");
    }
    report.dialogues += 1;
    report.turns += turns.len();
    Dialogue {
        format: Format,
        id: format!("star-{id}"),
        domains: tasks(dialogue),
        scenario: None,
        world: None,
        turns,
        outcome: None,
        verdicts: Vec::new(),
        provenance: Provenance::default(),
    }
}

/// The tasks that a dialogue is about: the names of their worlds.
fn tasks(dialogue: &Json) -> Vec<SmolStr> {
    let listed =
        dialogue.pointer("/Scenario/WizardCapabilities").and_then(Json::as_array).into_iter().flatten();
    let mut tasks: Vec<SmolStr> = Vec::new();
    for task in listed.filter_map(|one| one.get("Task")?.as_str()) {
        if !tasks.iter().any(|known| known == task) {
            tasks.push(task.into());
        }
    }
    tasks
}

fn said(text: &str) -> Utterance {
    Utterance { text: text.to_owned(), origin: Origin::Human, ..Utterance::default() }
}

fn call(event: &Json, number: usize) -> ToolCall {
    let constraints = event.get("Constraints").and_then(Json::as_array).into_iter().flatten();
    let mut arguments: Vec<(SmolStr, Value)> = Vec::new();
    for (name, constraint) in constraints.filter_map(Json::as_object).flatten() {
        let meant = match Wish::read(constraint) {
            Some(Wish::Is(value)) => value,
            Some(Wish::AtLeast(number)) => json!({ "at_least": number }),
            Some(Wish::AtMost(number)) => json!({ "at_most": number }),
            Some(Wish::OneOf(values)) => json!({ "one_of": values }),
            // What has none of the known shapes stays as the wizard wrote it.
            None => constraint.clone(),
        };
        arguments.push((SmolStr::new(name), value(&meant)));
    }
    let name = event.get("APIName").and_then(Json::as_str).unwrap_or_default();
    let function = FunctionCall { name: name.into(), arguments: Arguments::Parsed(Value::record(arguments)) };
    ToolCall { id: format_smolstr!("call_{number}"), kind: CallKind::Function, function }
}

fn answered(call: ToolCall, event: &Json) -> [Turn; 2] {
    let item = event.get("Item").unwrap_or(&Json::Null);
    let total = event.get("TotalItems").and_then(Json::as_i64).filter(|total| *total >= 0);
    let mut fields: Vec<(SmolStr, Value)> =
        total.map(|total| ("total".into(), Value::Int(total))).into_iter().collect();
    fields.push(("item".into(), value(item)));
    let answer = ToolTurn {
        tool_call_id: call.id.clone(),
        name: call.function.name.clone(),
        result: Value::record(fields),
        error: None,
    };
    let calls = Utterance { tool_calls: vec![call], origin: Origin::Human, ..Utterance::default() };
    [Turn::Assistant(calls), Turn::Tool(answer)]
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or(0.0)), Value::Int)
        }
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(fields) => {
            Value::record(fields.iter().map(|(name, field)| (SmolStr::new(name), value(field))))
        }
    }
}
