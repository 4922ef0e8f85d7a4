//! OpenAPI 3.0 and 3.1: one document is one tool, one operation one endpoint.

use super::arguments::{of_body, take_values};
use super::detect::SourceFile;
use super::json::step;
use super::operations::{Operation, credentials, operations, security_lines};
use super::report::Notes;
use super::schema::{Reader, resolve};
use crate::registry::draft::{EndpointDraft, Evidence, Material, ParameterDraft, ToolDraft};
use crate::registry::effect::statement_of_operation;
use crate::registry::{Confidence, Kind, Place, Shape};
use serde_json::Value;
use std::collections::BTreeMap;

/// Imports a document.
pub fn import(file: &SourceFile, root: &Value, notes: &mut Notes) -> Material {
    let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with("3.0") && !version.starts_with("3.1") {
        notes.warn("unknown_version", "/openapi", format!("version {version:?}; read as 3.1"));
    }
    for key in ["webhooks", "jsonSchemaDialect"] {
        if root.get(key).is_some() {
            notes.note(
                "unread_key",
                &format!("/{key}"),
                "what a server calls by itself is no endpoint; not read",
            );
        }
    }
    let schemes = root.pointer("/components/securitySchemes");
    let operations = operations(root, notes);
    let names: BTreeMap<String, String> =
        operations.iter().map(|operation| (operation.pointer.clone(), operation.name())).collect();
    let document = Document { root, schemes, names };
    let endpoints = operations.iter().map(|operation| document.endpoint(operation, notes)).collect();
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

struct Document<'a> {
    root: &'a Value,
    schemes: Option<&'a Value>,
    /// Operation names by pointer, for links.
    names: BTreeMap<String, String>,
}

impl Document<'_> {
    fn endpoint(&self, operation: &Operation<'_>, notes: &mut Notes) -> EndpointDraft {
        let mut parameters: Vec<ParameterDraft> = Vec::new();
        for written in operation.written(self.root, notes) {
            parameters.push(self.parameter(written.value, &written.pointer, notes));
        }
        parameters.extend(self.body(operation, notes));
        for credential in credentials(operation, self.root, self.schemes, notes) {
            let known = parameters
                .iter_mut()
                .find(|known| known.name == credential.name && known.place == credential.place);
            match known {
                Some(known) => known.hidden = credential.hidden,
                None => parameters.push(credential),
            }
        }
        if operation.body.get("callbacks").is_some() {
            notes.note(
                "unread_key",
                &format!("{}/callbacks", operation.pointer),
                "callbacks are no endpoints; not read",
            );
        }
        let (evidence, links) = self.responses(operation, notes);
        EndpointDraft {
            name: operation.name(),
            method: operation.method.clone(),
            path: operation.path.to_owned(),
            description: operation.description(),
            statement: statement_of_operation(&operation.method),
            parameters,
            evidence,
            links,
            pointer: operation.pointer.clone(),
        }
    }

    fn parameter(&self, value: &Value, pointer: &str, notes: &mut Notes) -> ParameterDraft {
        let of = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let place = match of("in") {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            "cookie" => Place::Cookie,
            other => {
                notes.warn(
                    "unknown_place",
                    pointer,
                    format!("a parameter in {other:?}; taken as one of the query"),
                );
                Place::Query
            }
        };
        let schema =
            value.get("schema").or_else(|| first_content(value).and_then(|(_, media)| media.get("schema")));
        let mut draft = ParameterDraft {
            name: of("name").to_owned(),
            place,
            required: place == Place::Path || value.get("required").and_then(Value::as_bool).unwrap_or(false),
            description: of("description").to_owned(),
            ..ParameterDraft::default()
        };
        match schema {
            Some(schema) => {
                draft.shape = Reader::new(self.root, notes).shape(schema, &format!("{pointer}/schema"));
                take_values(&mut draft, resolve(self.root, schema, pointer, notes).unwrap_or(schema));
            }
            None => notes.warn("untyped_parameter", pointer, "expected a schema; its type is unknown"),
        }
        take_values(&mut draft, value);
        draft
    }

    fn body(&self, operation: &Operation<'_>, notes: &mut Notes) -> Vec<ParameterDraft> {
        let pointer = format!("{}/requestBody", operation.pointer);
        let written =
            operation.body.get("requestBody").and_then(|body| resolve(self.root, body, &pointer, notes));
        let Some((body, (kind, media))) = written.and_then(|body| Some((body, first_content(body)?))) else {
            return Vec::new();
        };
        let place = if kind.contains("form") { Place::Form } else { Place::Body };
        let promised = body.get("required").and_then(Value::as_bool).unwrap_or(false);
        let pointer = format!("{pointer}/content/{}/schema", step(kind));
        let Some(schema) = media.get("schema") else {
            notes.warn("untyped_body", &pointer, "expected a schema; the body is not offered");
            return Vec::new();
        };
        of_body(schema, self.root, place, promised, &pointer, notes)
    }

    fn responses(
        &self,
        operation: &Operation<'_>,
        notes: &mut Notes,
    ) -> (Vec<Evidence>, Vec<(String, String, String)>) {
        let mut evidence = Vec::new();
        let mut links = Vec::new();
        for (status, response) in
            operation.body.get("responses").and_then(Value::as_object).into_iter().flatten()
        {
            let pointer = format!("{}/responses/{}", operation.pointer, step(status));
            let Some(response) = resolve(self.root, response, &pointer, notes) else { continue };
            let is_error = status.starts_with(['4', '5']);
            if let Some((kind, media)) = first_content(response) {
                let place = format!("{pointer}/content/{}", step(kind));
                let preferred = status.starts_with('2') || status == "default" && evidence.is_empty();
                if let Some(schema) = media.get("schema").filter(|_| preferred) {
                    let shape = Reader::new(self.root, notes).shape(schema, &format!("{place}/schema"));
                    evidence.push(Evidence { confidence: Confidence::Schema, shape, ..Evidence::default() });
                }
                let examples = examples(self.root, media, &place, notes);
                evidence.extend(examples.into_iter().map(|example| shown(example, is_error)));
            }
            for (name, link) in response.get("links").and_then(Value::as_object).into_iter().flatten() {
                links.extend(self.link(link, &format!("{pointer}/links/{}", step(name)), notes));
            }
        }
        (evidence, links)
    }

    fn link(&self, link: &Value, pointer: &str, notes: &mut Notes) -> Vec<(String, String, String)> {
        let Some(link) = resolve(self.root, link, pointer, notes) else { return Vec::new() };
        let by_reference = || {
            let reference = link.get("operationRef").and_then(Value::as_str)?.strip_prefix('#')?;
            self.names.get(reference).cloned()
        };
        let by_id = link.get("operationId").and_then(Value::as_str).map(str::to_owned);
        let Some(target) = by_id.or_else(by_reference) else {
            notes.warn("dangling_link", pointer, "names no operation of this document");
            return Vec::new();
        };
        let mut found = Vec::new();
        for (parameter, expression) in link.get("parameters").and_then(Value::as_object).into_iter().flatten()
        {
            let field = expression.as_str().and_then(|text| text.strip_prefix("$response.body#"));
            match field {
                Some(field) => {
                    let parameter = parameter.rsplit('.').next().unwrap_or(parameter).to_owned();
                    found.push((starred(field), target.clone(), parameter));
                }
                None => notes.note(
                    "unread_link",
                    pointer,
                    format!("{expression} is not in the answer's body; not used"),
                ),
            }
        }
        found
    }
}

/// The content of the kind that is preferred: JSON, then anything.
fn first_content(holder: &Value) -> Option<(&str, &Value)> {
    let content = holder.get("content")?.as_object()?;
    let json = content.iter().find(|(kind, _)| kind.contains("json"));
    json.or_else(|| content.iter().next()).map(|(kind, media)| (kind.as_str(), media))
}

fn examples<'a>(root: &'a Value, media: &'a Value, pointer: &str, notes: &mut Notes) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = media.get("example").into_iter().collect();
    for (name, example) in media.get("examples").and_then(Value::as_object).into_iter().flatten() {
        let pointer = format!("{pointer}/examples/{}", step(name));
        let example = resolve(root, example, &pointer, notes);
        found.extend(example.and_then(|example| example.get("value")));
    }
    found
}

/// Evidence from an example; its shape gives way to a schema's.
pub(super) fn shown(example: &Value, is_error: bool) -> Evidence {
    let shape = match Shape::of(example) {
        Shape { kind: Kind::Unknown, .. } => Shape::default(),
        shape => shape,
    };
    Evidence {
        confidence: Confidence::Example,
        shape,
        example: Some(example.clone()),
        truncated: false,
        is_error,
    }
}

/// A pointer into one answer, with `*` for the items of lists.
fn starred(pointer: &str) -> String {
    let steps = pointer.split('/').map(|step| if step.parse::<u64>().is_ok() { "*" } else { step });
    steps.collect::<Vec<_>>().join("/")
}
