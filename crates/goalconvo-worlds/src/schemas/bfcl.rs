//! Berkeley Function-Calling Leaderboard entries: a question and the functions that may answer it.
//!
//! The same function stands in many entries; equal ones are loaded once, and different ones of a name are kept
//! apart.

use super::detect::SourceFile;
use super::functions;
use super::report::Notes;
use crate::registry::draft::{Material, ToolDraft};
use serde_json::Value;
use std::collections::BTreeMap;

/// Imports the functions of all entries as the endpoints of one tool, named after the file.
pub fn import(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let entries = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut endpoints = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let listed = entry.get("function");
        let (list, one) = match listed {
            Some(Value::Array(list)) => (list.as_slice(), false),
            Some(single) if single.is_object() => (std::slice::from_ref(single), true),
            _ => {
                notes.lose("entry_without_functions", &format!("/{number}"), "expected a list of functions");
                continue;
            }
        };
        for (index, function) in list.iter().enumerate() {
            let tail = if one { String::new() } else { format!("/{index}") };
            let pointer = format!("/{number}/function{tail}");
            if let Some(first) = seen.get(&function.to_string()) {
                notes.note("repeated_function", &pointer, format!("the same as {first}; loaded once"));
                continue;
            }
            seen.insert(function.to_string(), pointer.clone());
            endpoints.extend(functions::endpoint(function, &pointer, notes));
        }
    }
    let tool = ToolDraft { name: file.stem().to_owned(), functions: true, endpoints, ..ToolDraft::default() };
    Material { tools: vec![tool], ..Material::default() }
}
