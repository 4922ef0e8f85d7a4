//! Swagger 2.0: one document is one tool, one operation one endpoint.

use super::arguments::{of_body, take_values};
use super::detect::SourceFile;
use super::json::step;
use super::openapi::shown;
use super::operations::{Operation, credentials, operations, security_lines};
use super::report::Notes;
use super::schema::{Reader, resolve};
use crate::registry::draft::{EndpointDraft, Evidence, Material, ParameterDraft, ToolDraft};
use crate::registry::effect::statement_of_operation;
use crate::registry::{Confidence, Place};
use serde_json::Value;

/// Imports a document.
pub fn import(file: &SourceFile, root: &Value, notes: &mut Notes) -> Material {
    let version = root.get("swagger").map(ToString::to_string).unwrap_or_default();
    if !version.contains("2.0") {
        notes.warn("unknown_version", "/swagger", format!("version {version}; read as 2.0"));
    }
    let schemes = root.get("securityDefinitions");
    let endpoints =
        operations(root, notes).iter().map(|operation| endpoint(operation, root, schemes, notes)).collect();
    let title = root.pointer("/info/title").and_then(Value::as_str).filter(|title| !title.trim().is_empty());
    let tool = ToolDraft {
        name: title.unwrap_or(file.stem()).to_owned(),
        description: root.pointer("/info/description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        security: security_lines(schemes),
        endpoints,
        ..ToolDraft::default()
    };
    Material { tools: vec![tool], ..Material::default() }
}

fn endpoint(
    operation: &Operation<'_>,
    root: &Value,
    schemes: Option<&Value>,
    notes: &mut Notes,
) -> EndpointDraft {
    let mut found: Vec<ParameterDraft> = Vec::new();
    for written in operation.written(root, notes) {
        found.extend(parameter(written.value, root, &written.pointer, notes));
    }
    for credential in credentials(operation, root, schemes, notes) {
        match found.iter_mut().find(|known| known.name == credential.name && known.place == credential.place)
        {
            Some(known) => known.hidden = credential.hidden,
            None => found.push(credential),
        }
    }
    let base = root.get("basePath").and_then(Value::as_str).unwrap_or_default().trim_end_matches('/');
    EndpointDraft {
        name: operation.name(),
        method: operation.method.clone(),
        path: format!("{base}{}", operation.path),
        description: operation.description(),
        statement: statement_of_operation(&operation.method),
        parameters: found,
        evidence: responses(operation, root, notes),
        links: Vec::new(),
        pointer: operation.pointer.clone(),
    }
}

/// One parameter, or the members of a body.
fn parameter(value: &Value, root: &Value, pointer: &str, notes: &mut Notes) -> Vec<ParameterDraft> {
    let of = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let promised = value.get("required").and_then(Value::as_bool).unwrap_or(false);
    let place = match of("in") {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        "formData" => Place::Form,
        "body" => {
            let schema = value.get("schema").unwrap_or(&Value::Null);
            return of_body(schema, root, Place::Body, promised, &format!("{pointer}/schema"), notes);
        }
        other => {
            notes.warn(
                "unknown_place",
                pointer,
                format!("a parameter in {other:?}; taken as one of the query"),
            );
            Place::Query
        }
    };
    let mut draft = ParameterDraft {
        name: of("name").to_owned(),
        place,
        required: promised || place == Place::Path,
        // Outside of bodies, the parameter is its own schema; `required` is a flag there and not a list.
        shape: Reader::new(root, notes).shape(value, pointer),
        description: of("description").to_owned(),
        ..ParameterDraft::default()
    };
    take_values(&mut draft, value);
    vec![draft]
}

fn responses(operation: &Operation<'_>, root: &Value, notes: &mut Notes) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for (status, response) in operation.body.get("responses").and_then(Value::as_object).into_iter().flatten()
    {
        let pointer = format!("{}/responses/{}", operation.pointer, step(status));
        let Some(response) = resolve(root, response, &pointer, notes) else { continue };
        let preferred = status.starts_with('2') || status == "default" && evidence.is_empty();
        if let Some(schema) = response.get("schema").filter(|_| preferred) {
            let shape = Reader::new(root, notes).shape(schema, &format!("{pointer}/schema"));
            evidence.push(Evidence { confidence: Confidence::Schema, shape, ..Evidence::default() });
        }
        let examples = response.get("examples").and_then(Value::as_object).into_iter().flatten();
        evidence.extend(examples.map(|(_, example)| shown(example, status.starts_with(['4', '5']))));
    }
    evidence
}
