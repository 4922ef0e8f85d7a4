//! Model Context Protocol: the answer to `tools/list`, with or without its JSON-RPC frame.

use super::arguments::{parameters, shape};
use super::detect::SourceFile;
use super::json::step;
use super::report::Notes;
use crate::registry::draft::{EndpointDraft, Evidence, Material, ToolDraft};
use crate::registry::effect::Statement;
use crate::registry::{Confidence, Effect, Place};
use serde_json::Value;

/// Imports the tools of one server as the endpoints of one tool.
pub fn import(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let (list, pointer) = match (value, value.pointer("/result/tools"), value.get("tools")) {
        (_, Some(list), _) => (list, "/result/tools"),
        (_, _, Some(list)) => (list, "/tools"),
        (list, _, _) => (list, ""),
    };
    let next = value.pointer("/result/nextCursor").or(value.get("nextCursor"));
    if next.is_some_and(|cursor| !cursor.is_null()) {
        notes.warn(
            "partial_list",
            "/nextCursor",
            "the server has more tools than this answer; fetch the other pages",
        );
    }
    let mut endpoints = Vec::new();
    for (index, tool) in list.as_array().into_iter().flatten().enumerate() {
        endpoints.extend(endpoint(tool, &format!("{pointer}/{index}"), notes));
    }
    let name = value.pointer("/serverInfo/name").and_then(Value::as_str).unwrap_or(file.stem()).to_owned();
    let tool = ToolDraft { name, functions: true, endpoints, ..ToolDraft::default() };
    Material { tools: vec![tool], ..Material::default() }
}

fn endpoint(tool: &Value, pointer: &str, notes: &mut Notes) -> Option<EndpointDraft> {
    let Some(name) = tool.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        notes.lose("tool_without_name", pointer, "expected an object with a name");
        return None;
    };
    let of = |key: &str| tool.get(key).and_then(Value::as_str).unwrap_or_default();
    let place = format!("{pointer}/inputSchema");
    let parameters = match tool.get("inputSchema") {
        Some(schema) => parameters(schema, schema, Place::Argument, &place, notes),
        None => {
            notes.warn("no_input_schema", pointer, "expected an inputSchema; taken as without arguments");
            Vec::new()
        }
    };
    let evidence = tool.get("outputSchema").map(|schema| Evidence {
        confidence: Confidence::Schema,
        shape: shape(schema, &format!("{pointer}/outputSchema"), notes),
        ..Evidence::default()
    });
    const READ: [&str; 9] = [
        "name",
        "title",
        "description",
        "inputSchema",
        "outputSchema",
        "annotations",
        "_meta",
        "icons",
        "execution",
    ];
    for key in
        tool.as_object().into_iter().flat_map(|map| map.keys()).filter(|key| !READ.contains(&key.as_str()))
    {
        notes.note(
            "unread_key",
            &format!("{pointer}/{}", step(key)),
            "no meaning is known for this key; not read",
        );
    }
    let description = if of("description").is_empty() { of("title") } else { of("description") };
    Some(EndpointDraft {
        name: name.to_owned(),
        description: description.to_owned(),
        statement: statement(tool.get("annotations")),
        parameters,
        evidence: evidence.into_iter().collect(),
        pointer: pointer.to_owned(),
        ..EndpointDraft::default()
    })
}

/// What the annotations commit themselves to; a hint that is absent says nothing.
fn statement(annotations: Option<&Value>) -> Statement {
    let hint = |key: &str| annotations.and_then(|hints| hints.get(key)).and_then(Value::as_bool);
    match (hint("readOnlyHint"), hint("destructiveHint")) {
        (Some(true), _) => Statement::Says(Effect::Read),
        (_, Some(true)) => Statement::Says(Effect::Destructive),
        (Some(false), _) | (_, Some(false)) => Statement::Says(Effect::Write),
        (None, None) => Statement::Silent,
    }
}
