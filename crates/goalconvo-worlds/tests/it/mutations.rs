//! Damaged schemas: every importer answers every text with a report, never with a panic.

use goalconvo_worlds::registry::assemble::{FileDraft, assemble};
use goalconvo_worlds::schemas::{Notes, SourceFile, import_text};
use goalconvo_worlds::{chain, graph};
use proptest::prelude::*;
use serde_json::Value;

/// One document of each dialect: (file, text).
const DOCUMENTS: [(&str, &str); 12] = [
    ("tools/Town/town.json", crate::shared::TOWN),
    (
        "q.json",
        r#"[{"query": "x", "api_list": [{"category_name": "A", "tool_name": "B", "api_name": "C", "required_parameters": [{"name": "n", "type": "NUMBER", "default": "1"}], "optional_parameters": [], "method": "GET"}]}]"#,
    ),
    (
        "r/A/b.json",
        r#"{"api_list": [{"name": "C", "schema": {"rows": [{"id": "int"}], "list": ["list of str with length 2"]}}]}"#,
    ),
    (
        "o.json",
        r##"{"openapi": "3.0.0", "info": {"title": "t"}, "security": [{"k": []}], "paths": {"/a/{id}": {"parameters": [{"name": "id", "in": "path", "schema": {"$ref": "#/components/schemas/n"}}], "post": {"operationId": "x", "requestBody": {"content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/n"}, {"type": "object", "properties": {"a": {"type": ["string", "null"], "enum": ["b"]}}}]}}}}, "responses": {"200": {"content": {"application/json": {"schema": {"oneOf": [{"$ref": "#/components/schemas/n"}]}, "example": {"id": 1}}}, "links": {"l": {"operationId": "x", "parameters": {"id": "$response.body#/id"}}}}}}}}, "components": {"schemas": {"n": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}, "n": {"$ref": "#/components/schemas/n"}}}}, "securitySchemes": {"k": {"type": "apiKey", "in": "query", "name": "key"}}}}"##,
    ),
    (
        "s.json",
        r##"{"swagger": "2.0", "info": {"title": "t"}, "basePath": "/v", "paths": {"/a": {"get": {"parameters": [{"name": "q", "in": "query", "type": "string"}, {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/d"}}], "responses": {"200": {"schema": {"$ref": "#/definitions/d"}, "examples": {"application/json": {"a": 1}}}}}}}, "definitions": {"d": {"type": "object", "properties": {"a": {"type": "integer"}}}}}"##,
    ),
    (
        "m.json",
        r#"{"tools": [{"name": "t", "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, "outputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]}"#,
    ),
    (
        "f.json",
        r#"[{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}}}]"#,
    ),
    (
        "g.json",
        r#"[{"service_name": "S_1", "slots": [{"name": "a", "is_categorical": true, "possible_values": ["x"]}], "intents": [{"name": "I", "is_transactional": true, "required_slots": ["a"], "optional_slots": {"a": "x"}, "result_slots": ["a"]}]}]"#,
    ),
    (
        "apis/h.json",
        r#"{"input": [{"Name": "A", "Type": "Integer", "Min": "!lambda p: 1"}], "output": [{"Name": "B", "Type": "Categorical", "Categories": ["x"]}], "required": ["A"]}"#,
    ),
    ("tasks/h/h.json", r#"{"task": "h", "replies": {"a": "b"}, "graph": {"a": "c"}}"#),
    (
        "b.jsonl",
        r#"{"id": "1", "question": [], "function": [{"name": "a.b", "parameters": {"type": "dict", "properties": {"x": {"type": "float"}}}}]}"#,
    ),
    (
        "d.sql",
        "CREATE TABLE a (id INT PRIMARY KEY, b TEXT CHECK (b IN ('x')), c DATE NOT NULL, FOREIGN KEY (c) REFERENCES d (e));",
    ),
];

/// Imports a text, assembles, builds both graphs and draws chains: whatever comes, it is a value.
fn swallow(name: &str, text: &str) {
    let mut notes = Notes::default();
    let (dialect, material) = import_text(&SourceFile::new(name), text, &mut notes);
    let source = dialect.map_or_else(String::new, |dialect| dialect.name().to_owned());
    let registry =
        assemble(&mut [FileDraft { source, file: name.into(), material, notes, ..FileDraft::default() }]);
    let _ = graph::build(&registry);
    let projection = graph::project(&registry);
    let _ = chain::sample(&projection, &registry, chain::Mode::Mixed, 1, 3);
}

/// A value of another kind at one place of a document.
fn damage(value: &mut Value, mut place: usize, kind: u8) -> usize {
    if place == 0 {
        *value = match kind % 8 {
            0 => Value::Null,
            1 => Value::Bool(true),
            2 => Value::from(-7),
            3 => Value::from(1e300),
            4 => Value::String(String::new()),
            5 => Value::String("ü#/~1%zz{id}\u{0}".into()),
            6 => Value::Array(vec![value.clone(), Value::Null]),
            _ => serde_json::json!({"$ref": "#/paths", "": value.clone()}),
        };
        return usize::MAX;
    }
    place -= 1;
    let parts: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => return place,
    };
    for part in parts {
        place = damage(part, place, kind);
        if place == usize::MAX {
            break;
        }
    }
    place
}

#[test]
fn every_document_is_sound_before_it_is_damaged() {
    for (name, text) in DOCUMENTS {
        let mut notes = Notes::default();
        let (dialect, _) = import_text(&SourceFile::new(name), text, &mut notes);
        assert!(dialect.is_some(), "{name}: {:?}", notes.all());
        swallow(name, text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_document_with_wrong_values_never_panics(number in 0..DOCUMENTS.len(), places in proptest::collection::vec((0_usize..120, any::<u8>()), 1..4)) {
        let (name, text) = DOCUMENTS[number];
        if let Ok(mut value) = serde_json::from_str::<Value>(text) {
            for (place, kind) in places {
                damage(&mut value, place, kind);
            }
            swallow(name, &value.to_string());
        }
    }

    #[test]
    fn a_document_with_wrong_bytes_never_panics(number in 0..DOCUMENTS.len(), cut in any::<prop::sample::Index>(), put in "\\PC{0,6}", end in any::<bool>()) {
        let (name, text) = DOCUMENTS[number];
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
        let place = places[cut.index(places.len())];
        let (before, after) = text.split_at(place);
        swallow(name, &if end { format!("{before}{put}") } else { format!("{before}{put}{after}") });
    }

    #[test]
    fn any_text_under_any_name_never_panics(ending in "(json|jsonl|yaml|sql|gz)", text in "\\PC{0,80}") {
        swallow(&format!("x.{ending}"), &text);
    }
}
