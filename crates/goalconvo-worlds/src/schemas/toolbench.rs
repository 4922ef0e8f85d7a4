//! ToolBench and the generators that write like it: tools, query lists and response examples.
//!
//! Three generations of keys are read: `name`/`description` with `body`, `schema` and `test_endpoint` (RapidAPI
//! crawls), `name` with `template_response` (the later single-file tools), and `category_name`/`tool_name`/
//! `api_name` (the lists inside queries). Presentation (`score`, `pricing`, `home_url`) and Python stubs (`code`,
//! `convert_code`) are not read.

use super::detect::SourceFile;
use super::json::step;
use super::report::Notes;
use super::skeleton;
use super::toolbench_parameters::parameters;
use crate::registry::draft::{EndpointDraft, Evidence, LooseEvidence, Material, ToolDraft};
use crate::registry::effect::statement_of_method;
use crate::registry::names::slug;
use crate::registry::{Confidence, Shape};
use serde_json::{Map, Value};

/// Imports one tool, or a list of tools in one file.
pub fn import(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let mut material = Material::default();
    match value {
        Value::Array(tools) => {
            for (index, tool) in tools.iter().enumerate() {
                material.tools.extend(tool_of(file, tool, &format!("/{index}"), notes));
            }
        }
        tool => material.tools.extend(tool_of(file, tool, "", notes)),
    }
    material
}

/// Imports the endpoints that queries mention; they join the tools that other files describe.
pub fn import_queries(value: &Value, notes: &mut Notes) -> Material {
    let mut tools: Vec<ToolDraft> = Vec::new();
    let queries = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    for (number, query) in queries.iter().enumerate() {
        let Some(endpoints) = query.get("api_list").and_then(Value::as_array) else {
            notes.note("query_without_apis", &format!("/{number}"), "a query that lists no endpoints");
            continue;
        };
        for (index, endpoint) in endpoints.iter().enumerate() {
            mention(endpoint, &format!("/{number}/api_list/{index}"), &mut tools, notes);
        }
    }
    Material { tools, ..Material::default() }
}

/// Imports the response skeletons of a tool that the file's path names.
pub fn import_responses(file: &SourceFile, value: &Value, notes: &mut Notes) -> Material {
    let mut material = Material::default();
    let endpoints = value.get("api_list").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if endpoints.is_empty() {
        notes.note("no_responses", "/api_list", "the list is empty");
    }
    for (index, endpoint) in endpoints.iter().enumerate() {
        let pointer = format!("/api_list/{index}");
        let name = text(endpoint, "name");
        match skeleton::read(&endpoint["schema"]) {
            Ok(Some(evidence)) => material.loose.push(LooseEvidence {
                category: slug(file.folder()),
                tool: slug(file.stem()),
                endpoint: name.to_owned(),
                evidence,
                pointer,
            }),
            Ok(None) => notes.note("empty_response", &pointer, "the example is empty"),
            Err(error) => notes.lose("unreadable_response", &pointer, error),
        }
    }
    material
}

fn mention(endpoint: &Value, pointer: &str, tools: &mut Vec<ToolDraft>, notes: &mut Notes) {
    let Some(map) = endpoint.as_object() else {
        notes.lose("not_an_endpoint", pointer, "expected an object with tool_name and api_name");
        return;
    };
    let (category, name) = (text(endpoint, "category_name"), text(endpoint, "tool_name"));
    let found = tools.iter().position(|tool| tool.category == category && tool.name == name);
    let index = found.unwrap_or_else(|| {
        let (category, name) = (category.to_owned(), name.to_owned());
        tools.push(ToolDraft { category, name, mention: true, ..ToolDraft::default() });
        tools.len() - 1
    });
    let known = &mut tools[index].endpoints;
    // The same endpoint is listed by many queries, word for word.
    if !known.iter().any(|other| other.name == text(endpoint, "api_name")) {
        known.push(endpoint_of(map, pointer, notes));
    }
}

fn tool_of(file: &SourceFile, tool: &Value, pointer: &str, notes: &mut Notes) -> Option<ToolDraft> {
    let Some(map) = tool.as_object() else {
        notes.lose("not_a_tool", pointer, "expected an object with an api_list");
        return None;
    };
    let Some(list) = map.get("api_list").and_then(Value::as_array) else {
        notes.lose("no_api_list", pointer, "expected api_list to be a list of endpoints");
        return None;
    };
    let named = ["tool_name", "name", "title", "standardized_name"]
        .iter()
        .find_map(|key| Some(text(tool, key)).filter(|name| !name.trim().is_empty()));
    let name = named.map(str::to_owned).unwrap_or_else(|| {
        notes.warn("tool_without_name", pointer, format!("named after its file: {:?}", file.stem()));
        file.stem().to_owned()
    });
    let written =
        ["category", "category_name"].iter().map(|key| text(tool, key)).find(|name| !name.is_empty());
    let category = written.unwrap_or_else(|| file.folder()).to_owned();
    let mut endpoints = Vec::new();
    for (index, endpoint) in list.iter().enumerate() {
        let pointer = format!("{pointer}/api_list/{index}");
        match endpoint.as_object() {
            Some(map) => endpoints.push(endpoint_of(map, &pointer, notes)),
            None => notes.lose("not_an_endpoint", &pointer, "expected an object"),
        }
    }
    if endpoints.is_empty() {
        notes.warn("tool_without_endpoints", pointer, format!("tool {name:?} has no endpoints"));
    }
    let description =
        ["tool_description", "description"].iter().map(|key| text(tool, key)).find(|words| !words.is_empty());
    let description = description.unwrap_or_default().to_owned();
    Some(ToolDraft { name, category, description, endpoints, ..ToolDraft::default() })
}

fn endpoint_of(map: &Map<String, Value>, pointer: &str, notes: &mut Notes) -> EndpointDraft {
    let of = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = of("url").to_owned();
    let mut name =
        [of("name"), of("api_name")].into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
    if name.is_empty() {
        name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("unnamed endpoint");
        notes.warn("endpoint_without_name", pointer, format!("named {name:?} after its address"));
    }
    let method = of("method").to_ascii_uppercase();
    if !["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "DEL", ""].contains(&method.as_str()) {
        notes.warn("unknown_method", pointer, format!("method {method:?}; taken as one that only reads"));
    }
    let description =
        [of("description"), of("api_description")].into_iter().find(|words| !words.trim().is_empty());
    note_unread_keys(map, pointer, notes);
    EndpointDraft {
        name: name.to_owned(),
        statement: statement_of_method(&method),
        method,
        description: description.unwrap_or_default().to_owned(),
        parameters: parameters(map, &path, pointer, notes),
        evidence: evidence_of(map, pointer, notes),
        path,
        links: Vec::new(),
        pointer: pointer.to_owned(),
    }
}

fn note_unread_keys(map: &Map<String, Value>, pointer: &str, notes: &mut Notes) {
    const READ: [&str; 20] = [
        "api_description",
        "api_name",
        "body",
        "category_name",
        "code",
        "convert_code",
        "description",
        "headers",
        "method",
        "name",
        "optional_parameters",
        "parameters",
        "required_parameters",
        "schema",
        "statuscode",
        "template_response",
        "test_endpoint",
        "tool_name",
        "url",
        "product_id",
    ];
    for key in map.keys().filter(|key| !READ.contains(&key.as_str())) {
        notes.note(
            "unread_key",
            &format!("{pointer}/{}", step(key)),
            "no meaning is known for this key; not read",
        );
    }
}

/// All that an endpoint says about its answer: a real body, a test, a schema, a template.
fn evidence_of(map: &Map<String, Value>, pointer: &str, notes: &mut Notes) -> Vec<Evidence> {
    let status = map.get("statuscode").and_then(Value::as_i64).unwrap_or(200);
    let mut found = Vec::new();
    for key in ["body", "test_endpoint"] {
        let place = format!("{pointer}/{key}");
        if let Some(body) = map.get(key) {
            found.extend(evidence_of_body(body, key == "body" && status >= 400, &place, notes));
        }
    }
    if let Some(schema) = map.get("schema").filter(|schema| !skeleton::is_empty(schema)) {
        found.extend(evidence_of_schema(schema, &format!("{pointer}/schema"), notes));
    }
    if let Some(template) = map.get("template_response") {
        let place = format!("{pointer}/template_response");
        match skeleton::read(template) {
            Ok(evidence) => found.extend(evidence),
            Err(error) => {
                let message =
                    format!("a text that is no JSON ({error}); kept as an example, its shape unknown");
                notes.warn("unreadable_template", &place, message);
                found.push(Evidence { example: Some(template.clone()), ..Evidence::default() });
            }
        }
        if template.is_string() {
            notes.note("stringified_response", &place, "the template is JSON inside a string; unpacked");
        }
        if found.last().is_some_and(|evidence| evidence.truncated) {
            notes.warn(
                "truncated_response",
                &place,
                "cut off in the middle; the part before the cut is used",
            );
        }
    }
    for evidence in found.iter().filter(|evidence| evidence.is_error) {
        let message =
            format!("a {:?} answer only says what went wrong; kept as an error", evidence.confidence);
        notes.note("error_response", pointer, message);
    }
    found
}

fn evidence_of_body(body: &Value, failed: bool, pointer: &str, notes: &mut Notes) -> Option<Evidence> {
    if skeleton::is_empty(body) {
        return None;
    }
    let unpacked = body.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    if unpacked.is_some() {
        notes.note("stringified_response", pointer, "the body is JSON inside a string; unpacked");
    }
    let value = unpacked.as_ref().unwrap_or(body);
    if is_placeholder(value) {
        notes.note("placeholder_response", pointer, "the publisher's placeholder, no answer; not used");
        return None;
    }
    if skeleton::is_hollow(value) {
        notes.note("hollow_response", pointer, "all values are empty; used as a skeleton");
        let shape = Shape::of(value);
        return Some(Evidence { confidence: Confidence::Skeleton, shape, ..Evidence::default() });
    }
    let is_error = failed || skeleton::looks_like_error(value);
    Some(Evidence {
        confidence: Confidence::Real,
        shape: Shape::of(value),
        example: Some(value.clone()),
        truncated: false,
        is_error,
    })
}

fn evidence_of_schema(schema: &Value, pointer: &str, notes: &mut Notes) -> Option<Evidence> {
    if schema.is_string() {
        notes.warn("unreadable_schema", pointer, "expected a JSON Schema, found a text; not used");
        return None;
    }
    if schema.get("type").is_none() && schema.get("properties").is_none() {
        return skeleton::read(schema).ok().flatten();
    }
    let shape = super::schema::Reader::new(schema, notes).shape(schema, pointer);
    let blank = skeleton::is_blank(&shape) || is_placeholder_shape(&shape);
    (!blank).then(|| Evidence { confidence: Confidence::Schema, shape, ..Evidence::default() })
}

/// RapidAPI fills the body of an untested endpoint with this.
fn is_placeholder(value: &Value) -> bool {
    let Some(map) = value.as_object() else { return false };
    !map.is_empty()
        && map
            .iter()
            .enumerate()
            .all(|(index, (key, value))| *key == format!("key{}", index + 1) && value == "value")
}

fn is_placeholder_shape(shape: &Shape) -> bool {
    let leaves = shape.leaves(3);
    leaves.len() == 2 && leaves[0].pointer == "/key1" && leaves[1].pointer == "/key2"
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
