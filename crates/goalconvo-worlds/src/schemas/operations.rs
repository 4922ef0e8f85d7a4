//! What OpenAPI and Swagger share: paths, methods, operations, and parameters that a path gives to all of them.

use super::json::step;
use super::report::Notes;
use super::schema::resolve;
use crate::registry::draft::ParameterDraft;
use crate::registry::{Hidden, Place};
use serde_json::Value;

/// One method of one path.
pub(super) struct Operation<'a> {
    /// In capitals.
    pub(super) method: String,
    /// The path as written.
    pub(super) path: &'a str,
    /// What the path says for all its methods.
    pub(super) item: &'a Value,
    /// What it says for this one.
    pub(super) body: &'a Value,
    /// JSON pointer to it.
    pub(super) pointer: String,
}

/// A parameter as written, with its reference followed.
pub(super) struct Written<'a> {
    /// The parameter.
    pub(super) value: &'a Value,
    /// JSON pointer to it.
    pub(super) pointer: String,
}

/// All operations in the document's order.
pub(super) fn operations<'a>(root: &'a Value, notes: &mut Notes) -> Vec<Operation<'a>> {
    const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let mut found = Vec::new();
    for (path, item) in root.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let pointer = format!("/paths/{}", step(path));
        let Some(item) = resolve(root, item, &pointer, notes) else {
            notes.lose("unreadable_path", &pointer, "its reference leads nowhere");
            continue;
        };
        for (method, body) in item.as_object().into_iter().flatten() {
            let pointer = format!("{pointer}/{}", step(method));
            if METHODS.contains(&method.as_str()) {
                if !body.is_object() {
                    notes.lose("not_an_operation", &pointer, "expected an object");
                    continue;
                }
                found.push(Operation { method: method.to_uppercase(), path, item, body, pointer });
            } else if !["parameters", "summary", "description", "servers"].contains(&method.as_str())
                && !method.starts_with("x-")
            {
                notes.warn("unknown_method", &pointer, format!("{method:?} is no method of HTTP; not read"));
            }
        }
    }
    found
}

impl<'a> Operation<'a> {
    /// The source's name: the operation id, or method and path.
    pub(super) fn name(&self) -> String {
        let id = self.body.get("operationId").and_then(Value::as_str).filter(|id| !id.trim().is_empty());
        id.map_or_else(|| format!("{} {}", self.method, self.path), str::to_owned)
    }

    /// The source's words: the description, or else the summary.
    pub(super) fn description(&self) -> String {
        let of = |key: &str| self.body.get(key).and_then(Value::as_str).unwrap_or_default().trim();
        match (of("summary"), of("description")) {
            (summary, "") => summary.to_owned(),
            ("", description) => description.to_owned(),
            (summary, description) if description.starts_with(summary) => description.to_owned(),
            (summary, description) => format!("{summary}\n{description}"),
        }
    }

    /// The parameters of the path and of the operation; the operation's replace the path's of the same name and
    /// place, as both specifications say.
    pub(super) fn written(&self, root: &'a Value, notes: &mut Notes) -> Vec<Written<'a>> {
        let path = self.pointer.rsplit_once('/').map_or("", |(path, _)| path).to_owned();
        let mut found: Vec<Written<'a>> = Vec::new();
        for (owner, place) in [(self.item, path), (self.body, self.pointer.clone())] {
            let all = owner.get("parameters").and_then(Value::as_array).into_iter().flatten();
            for (index, value) in all.enumerate() {
                let pointer = format!("{place}/parameters/{index}");
                match resolve(root, value, &pointer, notes) {
                    Some(value) if value.get("name").is_some_and(Value::is_string) => {
                        found.retain(|known| {
                            !same(known.value, value) || known.pointer.starts_with(&self.pointer)
                        });
                        found.push(Written { value, pointer });
                    }
                    _ => notes.lose("unreadable_parameter", &pointer, "expected a parameter with a name"),
                }
            }
        }
        found
    }
}

/// The hidden parameters that the security of an operation asks for. Of alternatives the first is taken.
pub(super) fn credentials(
    operation: &Operation<'_>,
    root: &Value,
    schemes: Option<&Value>,
    notes: &mut Notes,
) -> Vec<ParameterDraft> {
    let stated = operation.body.get("security").or_else(|| root.get("security"));
    let choice = stated.and_then(Value::as_array).and_then(|all| all.first()).and_then(Value::as_object);
    let mut found = Vec::new();
    for name in choice.into_iter().flat_map(|choice| choice.keys()) {
        let scheme = schemes.and_then(|schemes| schemes.get(name));
        let Some(scheme) = scheme.and_then(|scheme| resolve(root, scheme, &operation.pointer, notes)) else {
            notes.warn("unknown_security", &operation.pointer, format!("scheme {name:?} is not described"));
            continue;
        };
        let of = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, place) = match (of("type"), of("in")) {
            ("apiKey", "query") => (of("name"), Place::Query),
            ("apiKey", "cookie") => (of("name"), Place::Cookie),
            ("apiKey", _) => (of("name"), Place::Header),
            ("mutualTLS", _) => continue,
            _ => ("Authorization", Place::Header),
        };
        found.push(ParameterDraft {
            name: name.to_owned(),
            place,
            required: true,
            shape: crate::registry::Shape::text(),
            hidden: Some(Hidden::Credential),
            ..ParameterDraft::default()
        });
    }
    found
}

/// How callers authenticate, a line a scheme.
pub(super) fn security_lines(schemes: Option<&Value>) -> Vec<String> {
    let all = schemes.and_then(Value::as_object).into_iter().flatten();
    all.map(|(name, scheme)| {
        let of = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
        [name.as_str(), of("type"), of("scheme"), of("in"), of("name")].join(" ").trim().replace("  ", " ")
    })
    .collect()
}

fn same(one: &Value, other: &Value) -> bool {
    one.get("name") == other.get("name") && one.get("in") == other.get("in")
}
