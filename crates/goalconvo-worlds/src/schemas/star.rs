//! STAR: APIs as endpoints, value domains as tables, tasks as flows.
//!
//! STAR writes some rules as Python source after `!`; they are kept as text beside the column that they govern
//! and are never evaluated.

use super::detect::SourceFile;
use super::json::step;
use super::report::Notes;
use crate::registry::draft::{EndpointDraft, Evidence, Material, ParameterDraft, ToolDraft};
use crate::registry::effect::{Statement, intent_of};
use crate::registry::{Bounds, Column, Confidence, Effect, Flow, Kind, Origin, Shape, Table, Verb};
use serde_json::Value;
use std::collections::BTreeMap;

/// Imports an API: one tool with one endpoint, both named after the file.
pub fn import_api(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let required: Vec<&str> = list(value, "required").iter().filter_map(Value::as_str).collect();
    let inputs = columns(value, "input", notes);
    let unknown = required.iter().filter(|name| !inputs.iter().any(|column| column.name == **name));
    for name in unknown {
        notes.warn("unknown_parameter", "/required", format!("{name:?} is required and not described"));
    }
    let writes = inputs.iter().any(|column| column.name == "RequestType");
    let parameters = inputs
        .into_iter()
        .zip(list(value, "input"))
        .map(|(column, entry)| ParameterDraft {
            required: required.contains(&column.name.as_str()),
            description: text(entry, "ReadableName").to_owned(),
            name: column.name,
            shape: column.shape,
            ..ParameterDraft::default()
        })
        .collect();
    let fields = columns(value, "output", notes).into_iter().map(|column| (column.name, column.shape));
    let name = file.stem().replace('_', " ");
    let effect = if writes || names_a_write(file.stem()) { Effect::Write } else { Effect::Read };
    let endpoint = EndpointDraft {
        name: file.stem().to_owned(),
        description: name,
        statement: Statement::Says(effect),
        parameters,
        evidence: vec![Evidence {
            confidence: Confidence::Schema,
            shape: Shape::record(fields),
            ..Evidence::default()
        }],
        ..EndpointDraft::default()
    };
    let tool = ToolDraft {
        name: file.stem().to_owned(),
        category: "STAR".into(),
        endpoints: vec![endpoint],
        functions: true,
        ..ToolDraft::default()
    };
    Material { tools: vec![tool], ..Material::default() }
}

/// True if a task's name is one of an errand and not of a question.
pub(crate) fn names_a_write(name: &str) -> bool {
    let verb = intent_of(name, false, "").verb;
    matches!(verb, Verb::Create | Verb::Update | Verb::Cancel)
        || ["plan", "rsvp", "report"].iter().any(|word| name.ends_with(word))
}

/// Imports a task: its replies and which follows which.
pub fn import_task(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let flow = Flow {
        origin: origin(file),
        replies: texts(&value["replies"], "/replies", notes),
        graph: texts(&value["graph"], "/graph", notes),
    };
    for (label, next) in &flow.graph {
        if !flow.replies.contains_key(next) {
            let pointer = format!("/graph/{}", step(label));
            notes.note("reply_without_words", &pointer, format!("{next:?} is a control node without words"));
        }
    }
    Material { flows: BTreeMap::from([(file.stem().to_owned(), flow)]), ..Material::default() }
}

/// Imports a wizard's canned replies; they are named after the folder of the task.
pub fn import_replies(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let replies = texts(value, "", notes);
    let flow = Flow { origin: origin(file), replies, graph: BTreeMap::new() };
    Material {
        flows: BTreeMap::from([(format!("{}.responses", file.folder()), flow)]),
        ..Material::default()
    }
}

/// Imports the value domains of a table.
pub fn import_table(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let columns = list_of_columns(value.as_array().map(Vec::as_slice).unwrap_or_default(), "", notes);
    let table = Table { origin: origin(file), columns, ..Table::default() };
    Material { tables: BTreeMap::from([(file.stem().to_owned(), table)]), ..Material::default() }
}

fn columns(value: &Value, key: &str, notes: &mut Notes) -> Vec<Column> {
    list_of_columns(list(value, key), &format!("/{key}"), notes)
}

fn list_of_columns(entries: &[Value], pointer: &str, notes: &mut Notes) -> Vec<Column> {
    let mut columns = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("{pointer}/{index}");
        let name = text(entry, "Name");
        if name.is_empty() {
            notes.lose("column_without_name", &place, "expected an object with a Name");
            continue;
        }
        let mut opaque_rules = BTreeMap::new();
        for (key, rule) in entry.as_object().into_iter().flatten() {
            let code = rule.as_str().filter(|rule| rule.starts_with('!'));
            if let Some(code) = code {
                let message = format!("a rule written as code, kept as text and not evaluated: {code}");
                notes.note("opaque_rule", &format!("{place}/{}", step(key)), message);
                opaque_rules.insert(key.clone(), code.to_owned());
            }
        }
        let shape = shape(entry, &place, notes);
        columns.push(Column { name: name.to_owned(), shape, required: false, opaque_rules });
    }
    columns
}

fn shape(entry: &Value, pointer: &str, notes: &mut Notes) -> Shape {
    let choices = entry.get("Categories").and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |key: &str| entry.get(key).and_then(Value::as_f64);
    match text(entry, "Type") {
        "Categorical" | "RequestType" => {
            let kind = choices.iter().map(Shape::of).reduce(Shape::union).unwrap_or_else(Shape::text).kind;
            Shape { kind, choices, nullable: false }
        }
        "CategoricalMultiple" | "CategoricalList" => Shape::list(Shape { choices, ..Shape::text() }),
        "Integer" => {
            Kind::Integer(Bounds { minimum: of("Min"), maximum: of("Max"), ..Bounds::default() }).into()
        }
        "Boolean" => Shape::boolean(),
        "ShortString" | "LongString" | "String" => Shape::text(),
        other => {
            notes.warn("unknown_type", pointer, format!("type {other:?}; taken as unknown"));
            Shape::default()
        }
    }
}

fn texts(value: &Value, pointer: &str, notes: &mut Notes) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (label, words) in value.as_object().into_iter().flatten() {
        match words.as_str() {
            Some(words) => {
                found.insert(label.clone(), words.to_owned());
            }
            None => notes.lose("not_a_text", &format!("{pointer}/{}", step(label)), "expected a text"),
        }
    }
    found
}

fn origin(file: &SourceFile) -> Origin {
    Origin { source: "star".into(), file: file.path.clone() }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
