//! JSON Schemas of arguments: one object schema whose properties are a function's parameters.

use super::json::step;
use super::report::Notes;
use super::schema::Reader;
use crate::registry::draft::ParameterDraft;
use crate::registry::{Field, Kind, Place, Shape};
use serde_json::Value;
use std::collections::BTreeMap;

/// The parameters that an object schema describes, in the schema's order. `root` is what references point into.
pub(super) fn parameters(
    schema: &Value,
    root: &Value,
    place: Place,
    pointer: &str,
    notes: &mut Notes,
) -> Vec<ParameterDraft> {
    let mut shape = Reader::new(root, notes).shape(schema, pointer);
    if let Kind::Either(options) = &shape.kind
        && let Some(fields) = any_of(options)
    {
        notes.note(
            "alternatives_joined",
            pointer,
            "one of several objects; only what all require is required",
        );
        shape.kind = Kind::Record(fields);
    }
    let Kind::Record(fields) = shape.kind else {
        if !shape.is_unknown() {
            notes.warn(
                "arguments_not_an_object",
                pointer,
                "expected an object schema; taken as one argument, `body`",
            );
            let body =
                ParameterDraft { name: "body".into(), place, required: true, shape, ..Default::default() };
            return vec![body];
        }
        return Vec::new();
    };
    let mut written = Vec::new();
    collect_properties(schema, root, 0, &mut written);
    note_unknown(schema, root, &fields, pointer, notes);
    let mut names: Vec<&String> = Vec::new();
    for name in written.iter().map(|(name, _)| *name).chain(fields.keys()) {
        if fields.contains_key(name) && !names.contains(&name) {
            names.push(name);
        }
    }
    let mut found = Vec::new();
    for name in names {
        let raw =
            written.iter().rev().find(|(known, _)| *known == name).and_then(|(_, raw)| resolved(raw, root));
        if raw.is_some_and(|raw| raw.get("readOnly").and_then(Value::as_bool) == Some(true)) {
            let place = format!("{pointer}/properties/{}", step(name));
            notes.note("read_only", &place, "only in answers; no parameter");
            continue;
        }
        if name == "*" {
            notes.note("open_arguments", pointer, "further arguments are allowed; none is offered");
            continue;
        }
        let field = &fields[name];
        let mut draft = ParameterDraft {
            name: name.clone(),
            place,
            required: field.required,
            shape: field.shape.clone(),
            description: field.description.clone(),
            ..ParameterDraft::default()
        };
        raw.into_iter().for_each(|raw| take_values(&mut draft, raw));
        found.push(draft);
    }
    found
}

/// The parameters of a request's body. What its schema requires is required although the body as a whole is not: one that
/// is sent has to hold it. A body that is no object is required only where it is promised.
pub(super) fn of_body(
    schema: &Value,
    root: &Value,
    place: Place,
    promised: bool,
    pointer: &str,
    notes: &mut Notes,
) -> Vec<ParameterDraft> {
    let mut found = parameters(schema, root, place, pointer, notes);
    if promised {
        return found;
    }
    let mut written = Vec::new();
    collect_properties(schema, root, 0, &mut written);
    if let [whole] = found.as_mut_slice()
        && whole.name == "body"
        && written.is_empty()
    {
        whole.required = false;
    }
    if found.iter().any(|parameter| parameter.required) {
        let message = "the body may be left out, but its schema requires members; taken as required";
        notes.note("body_required", pointer, message);
    }
    found
}

/// The fields of several objects of which one is given: required are those that all require. Nothing if one is no object.
fn any_of(options: &[Shape]) -> Option<BTreeMap<String, Field>> {
    let all: Vec<&BTreeMap<String, Field>> = options
        .iter()
        .map(|option| match &option.kind {
            Kind::Record(fields) => Some(fields),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let mut joined: BTreeMap<String, Field> = BTreeMap::new();
    for (name, field) in all.iter().copied().flatten() {
        let required = all.iter().all(|fields| fields.get(name).is_some_and(|other| other.required));
        match joined.get_mut(name) {
            Some(known) => known.shape = known.shape.clone().union(field.shape.clone()),
            None => {
                joined.insert(name.clone(), Field { required, ..field.clone() });
            }
        }
    }
    Some(joined)
}

/// Takes the default and the examples that a schema shows.
pub(super) fn take_values(draft: &mut ParameterDraft, schema: &Value) {
    let default = schema.get("default").filter(|value| !value.is_null()).cloned();
    match default {
        Some(value) if draft.required => draft.examples.push(value),
        Some(value) => draft.default = Some(value),
        None => {}
    }
    draft.examples.extend(schema.get("example").filter(|value| !value.is_null()).cloned());
    match schema.get("examples") {
        Some(Value::Array(all)) => {
            draft.examples.extend(all.iter().filter(|value| !value.is_null()).cloned());
        }
        Some(Value::Object(named)) => {
            draft.examples.extend(named.values().filter_map(|example| example.get("value").cloned()));
        }
        _ => {}
    }
    if draft.description.is_empty()
        && let Some(words) = schema.get("title").and_then(Value::as_str)
    {
        draft.description = words.to_owned();
    }
}

/// The properties as written, those of the parts of an `allOf` too.
fn collect_properties<'a>(
    schema: &'a Value,
    root: &'a Value,
    depth: usize,
    found: &mut Vec<(&'a String, &'a Value)>,
) {
    let Some(schema) = resolved(schema, root).filter(|_| depth < 8) else { return };
    found.extend(schema.get("properties").and_then(Value::as_object).into_iter().flatten());
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        collect_properties(part, root, depth + 1, found);
    }
}

/// Notes what a schema requires and does not describe.
fn note_unknown(
    schema: &Value,
    root: &Value,
    fields: &BTreeMap<String, Field>,
    pointer: &str,
    notes: &mut Notes,
) {
    for name in required(schema, root, 0) {
        if !fields.contains_key(name) && !fields.contains_key("*") {
            let message = format!("requires {name:?}, which is no property; no call gives it");
            notes.warn("unknown_required", pointer, message);
        }
    }
}

/// The properties that a schema requires by name, and those that the parts of an `allOf` do.
fn required<'a>(schema: &'a Value, root: &'a Value, depth: usize) -> Vec<&'a str> {
    let Some(schema) = resolved(schema, root).filter(|_| depth < 8) else { return Vec::new() };
    let all = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
    let own = all("required").filter_map(Value::as_str);
    own.chain(all("allOf").flat_map(|part| required(part, root, depth + 1))).collect()
}

/// A schema, or what its reference points at in the same document.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> Option<&'a Value> {
    let mut schema = schema;
    for _ in 0..16 {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => schema = root.pointer(reference.strip_prefix('#')?)?,
            None => return Some(schema),
        }
    }
    None
}

/// The shape of a schema, with its own document for references.
pub(super) fn shape(schema: &Value, pointer: &str, notes: &mut Notes) -> Shape {
    Reader::new(schema, notes).shape(schema, pointer)
}
