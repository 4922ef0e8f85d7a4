//! Function schemas for chat models: OpenAI's, Anthropic's and Gemini's.

use super::arguments::{parameters, shape};
use super::detect::SourceFile;
use super::report::Notes;
use crate::registry::draft::{EndpointDraft, Evidence, Material, ToolDraft};
use crate::registry::{Confidence, Place};
use serde_json::Value;

/// Imports a list of functions as the endpoints of one tool, named after the file.
pub fn import(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let mut endpoints = Vec::new();
    collect(value, "", 0, &mut endpoints, notes);
    let tool = ToolDraft { name: file.stem().to_owned(), functions: true, endpoints, ..ToolDraft::default() };
    Material { tools: vec![tool], ..Material::default() }
}

/// Walks lists and the frames that hold them.
fn collect(
    value: &Value,
    pointer: &str,
    depth: usize,
    endpoints: &mut Vec<EndpointDraft>,
    notes: &mut Notes,
) {
    if let Value::Array(entries) = value {
        for (index, entry) in entries.iter().enumerate() {
            collect(entry, &format!("{pointer}/{index}"), depth + 1, endpoints, notes);
        }
        return;
    }
    let mut framed = false;
    for frame in ["tools", "user_tools", "functions", "functionDeclarations", "function_declarations"] {
        if let Some(list) = value.get(frame).filter(|list| list.is_array() && depth < 8) {
            collect(list, &format!("{pointer}/{frame}"), depth + 1, endpoints, notes);
            framed = true;
        }
    }
    if framed {
        return;
    }
    endpoints.extend(endpoint(value, pointer, notes));
}

/// One function, in any of the three dialects.
pub(super) fn endpoint(entry: &Value, pointer: &str, notes: &mut Notes) -> Option<EndpointDraft> {
    let function = entry.get("function").filter(|inner| inner.is_object()).unwrap_or(entry);
    let Some(name) = function.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        notes.lose("function_without_name", pointer, "expected a function with a name");
        return None;
    };
    let keys = ["parameters", "input_schema", "parametersJsonSchema"];
    let schema =
        keys.iter().find_map(|key| function.get(*key).map(|schema| (schema, format!("{pointer}/{key}"))));
    let parameters = match schema {
        Some((Value::Null, _)) => Vec::new(),
        Some((schema, place)) => parameters(schema, schema, Place::Argument, &place, notes),
        None => {
            let kind = entry.get("type").and_then(Value::as_str).unwrap_or("function");
            if kind != "function" {
                notes.warn(
                    "built_in_tool",
                    pointer,
                    format!("{kind:?} is built into a model; its arguments are unknown"),
                );
            }
            Vec::new()
        }
    };
    let evidence = ["response", "responseJsonSchema", "returns", "output_schema"].iter().find_map(|key| {
        let schema = function.get(*key).filter(|schema| schema.is_object())?;
        let shape = shape(schema, &format!("{pointer}/{key}"), notes);
        Some(Evidence { confidence: Confidence::Schema, shape, ..Evidence::default() })
    });
    Some(EndpointDraft {
        name: name.to_owned(),
        description: function.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        parameters,
        evidence: evidence.into_iter().collect(),
        pointer: pointer.to_owned(),
        ..EndpointDraft::default()
    })
}
