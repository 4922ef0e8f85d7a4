//! JSON Schema in all the accents of its users, read into shapes.
//!
//! References are followed inside the document; one that leads back to itself ends there, by name. Documents
//! that unfold without bound are stopped by a budget, not by memory.

use super::json::step;
use super::report::Notes;
use crate::registry::{Bounds, Field, Format, Kind, Shape};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most schema nodes that one reader unfolds.
const MOST_NODES: usize = 8_000;
/// The deepest nesting, references included.
const DEEPEST: usize = 48;

/// Reads schemas of one document.
pub(super) struct Reader<'a> {
    root: &'a Value,
    notes: &'a mut Notes,
    open: Vec<String>,
    nodes: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// A reader of schemas whose references point into `root`.
    pub(super) fn new(root: &'a Value, notes: &'a mut Notes) -> Self {
        Self { root, notes, open: Vec::new(), nodes: 0, depth: 0 }
    }

    /// The shape that a schema describes.
    pub(super) fn shape(&mut self, schema: &Value, pointer: &str) -> Shape {
        self.nodes += 1;
        if self.nodes > MOST_NODES || self.depth > DEEPEST {
            if self.nodes == MOST_NODES + 1 || self.depth == DEEPEST + 1 {
                self.notes.warn(
                    "schema_too_large",
                    pointer,
                    "unfolds without end; the rest is taken as unknown",
                );
            }
            return Shape::default();
        }
        self.depth += 1;
        let shape = match schema {
            Value::Object(map) => self.shape_of_map(map, pointer),
            Value::Bool(_) => Shape::default(),
            _ => {
                self.notes.warn("not_a_schema", pointer, "expected an object; taken as unknown");
                Shape::default()
            }
        };
        self.depth -= 1;
        shape
    }

    fn target(&mut self, reference: &str, pointer: &str) -> Option<&'a Value> {
        target(self.root, reference, pointer, self.notes)
    }

    fn shape_of_map(&mut self, map: &Map<String, Value>, pointer: &str) -> Shape {
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            return self.shape_of_reference(reference, pointer);
        }
        let mut shape = self.own_shape(map, pointer);
        if let Some(parts) = map.get("allOf").and_then(Value::as_array) {
            for (index, part) in parts.iter().enumerate() {
                let described = self.shape(part, &format!("{pointer}/allOf/{index}"));
                shape = both(shape, described);
                promise(&mut shape, part);
            }
            promise(&mut shape, &Value::Object(map.clone()));
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(options) = map.get(key).and_then(Value::as_array) {
                shape = both(shape, self.one_of(options, &format!("{pointer}/{key}")));
            }
        }
        if map.get("nullable").and_then(Value::as_bool) == Some(true) {
            shape.nullable = true;
        }
        if map.contains_key("not") || map.contains_key("if") {
            self.notes.note("unread_condition", pointer, "not, if, then and else do not narrow the shape");
        }
        shape
    }

    fn shape_of_reference(&mut self, reference: &str, pointer: &str) -> Shape {
        if self.open.iter().any(|open| open == reference) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return Kind::Again(name.to_owned()).into();
        }
        let Some(target) = self.target(reference, pointer) else { return Shape::default() };
        self.open.push(reference.to_owned());
        let shape = self.shape(target, reference.trim_start_matches('#'));
        self.open.pop();
        shape
    }

    fn one_of(&mut self, options: &[Value], pointer: &str) -> Shape {
        let mut merged: Option<Shape> = None;
        let mut nullable = false;
        for (index, option) in options.iter().enumerate() {
            if option.get("type").is_some_and(|kind| kind == "null") {
                nullable = true;
                continue;
            }
            let shape = self.shape(option, &format!("{pointer}/{index}"));
            merged = Some(match merged {
                Some(known) if known != shape => either(known, shape),
                _ => shape,
            });
        }
        let mut shape = merged.unwrap_or_default();
        shape.nullable |= nullable;
        shape
    }

    fn own_shape(&mut self, map: &Map<String, Value>, pointer: &str) -> Shape {
        let mut shape = match map.get("type") {
            Some(Value::String(word)) => self.typed(word, map, pointer),
            Some(Value::Array(words)) => self.typed_variously(words, map, pointer),
            _ if map.contains_key("properties") => self.typed("object", map, pointer),
            _ if map.contains_key("items") => self.typed("array", map, pointer),
            _ => Shape::default(),
        };
        if let Some(values) = map.get("enum").and_then(Value::as_array) {
            shape.nullable |= values.contains(&Value::Null);
            shape.choices = values.iter().filter(|value| !value.is_null()).cloned().collect();
            if values.is_empty() {
                shape.kind = Kind::Either(Vec::new());
            }
        }
        if let Some(value) = map.get("const") {
            shape.choices = vec![value.clone()];
        }
        if shape.kind == Kind::Unknown && !shape.choices.is_empty() {
            shape.kind = shape.choices.iter().map(Shape::of).reduce(Shape::union).unwrap_or_default().kind;
        }
        shape
    }

    fn typed_variously(&mut self, words: &[Value], map: &Map<String, Value>, pointer: &str) -> Shape {
        let mut shape = Shape::default();
        for word in words.iter().filter_map(Value::as_str) {
            if word == "null" {
                shape.nullable = true;
            } else {
                let nullable = shape.nullable;
                shape = shape.union(self.typed(word, map, pointer));
                shape.nullable |= nullable;
            }
        }
        shape
    }

    fn typed(&mut self, word: &str, map: &Map<String, Value>, pointer: &str) -> Shape {
        match word.to_ascii_lowercase().as_str() {
            "string" | "str" | "text" | "char" => Shape::formatted(format_of(map)),
            "integer" | "int" | "long" => Kind::Integer(bounds_of(map)).into(),
            "number" | "float" | "double" => Kind::Number(bounds_of(map)).into(),
            "boolean" | "bool" => Shape::boolean(),
            "null" => Shape { nullable: true, ..Shape::default() },
            "array" | "list" | "tuple" | "arraylist" => self.list(map, pointer),
            "object" | "dict" | "map" | "hashmap" => self.record(map, pointer),
            "file" => Shape::formatted(Format::Binary),
            "any" | "" => Shape::default(),
            _ => {
                self.notes.warn("unknown_type", pointer, format!("type {word:?}; taken as unknown"));
                Shape::default()
            }
        }
    }

    fn list(&mut self, map: &Map<String, Value>, pointer: &str) -> Shape {
        let items = match map.get("items").or_else(|| map.get("prefixItems")) {
            Some(Value::Array(all)) => {
                let mut merged = Shape::default();
                for (index, item) in all.iter().enumerate() {
                    merged = merged.union(self.shape(item, &format!("{pointer}/items/{index}")));
                }
                merged
            }
            Some(item) => self.shape(item, &format!("{pointer}/items")),
            None => Shape::default(),
        };
        Shape::list(items)
    }

    fn record(&mut self, map: &Map<String, Value>, pointer: &str) -> Shape {
        let required: Vec<&str> = map
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut fields = BTreeMap::new();
        for (name, schema) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let shape = self.shape(schema, &format!("{pointer}/properties/{}", step(name)));
            let description =
                schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            fields.insert(
                name.clone(),
                Field { shape, required: required.contains(&name.as_str()), description },
            );
        }
        if fields.is_empty()
            && let Some(rest) = map.get("additionalProperties").filter(|rest| rest.is_object())
        {
            let shape = self.shape(rest, &format!("{pointer}/additionalProperties"));
            fields.insert("*".into(), Field { shape, ..Field::default() });
        }
        Kind::Record(fields).into()
    }
}

/// A value of the document, or what its reference points at, following chains of references.
pub(super) fn resolve<'a>(
    root: &'a Value,
    value: &'a Value,
    pointer: &str,
    notes: &mut Notes,
) -> Option<&'a Value> {
    let mut value = value;
    for _ in 0..DEEPEST {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => value = target(root, reference, pointer, notes)?,
            None => return Some(value),
        }
    }
    notes.warn("circular_reference", pointer, "references that only point at one another; taken as unknown");
    None
}

fn target<'a>(root: &'a Value, reference: &str, pointer: &str, notes: &mut Notes) -> Option<&'a Value> {
    let local = reference.strip_prefix('#').map(decoded);
    let found = local.as_deref().and_then(|local| root.pointer(local));
    if found.is_none() {
        let kind = if local.is_some() { "dangling_reference" } else { "external_reference" };
        notes.warn(kind, pointer, format!("{reference:?} is not in this document; taken as unknown"));
    }
    found
}

/// A schema that must be both: records are joined, otherwise the more telling one wins.
fn both(one: Shape, other: Shape) -> Shape {
    let nullable = (one.nullable || one.is_unknown()) && other.nullable;
    let choices = if one.choices.is_empty() { other.choices } else { one.choices };
    let kind = match (one.kind, other.kind) {
        (Kind::Unknown, kind) | (kind, Kind::Unknown) => kind,
        (Kind::Record(mut one), Kind::Record(other)) => {
            for (name, field) in other {
                let required = field.required || one.get(&name).is_some_and(|known| known.required);
                one.insert(name, Field { required, ..field });
            }
            Kind::Record(one)
        }
        (Kind::Record(one), Kind::Either(options)) | (Kind::Either(options), Kind::Record(one)) => {
            let joined = options.into_iter().map(|option| both(Kind::Record(one.clone()).into(), option));
            Kind::Either(joined.collect())
        }
        (one, _) => one,
    };
    Shape { kind, choices, nullable }
}

/// Marks the fields that a part of an `allOf` requires, wherever they are described.
fn promise(shape: &mut Shape, part: &Value) {
    let Kind::Record(fields) = &mut shape.kind else { return };
    for name in part.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        if let Some(field) = fields.get_mut(name) {
            field.required = true;
        }
    }
}

fn either(one: Shape, other: Shape) -> Shape {
    let nullable = one.nullable || other.nullable;
    let mut options = match one.kind {
        Kind::Either(options) => options,
        _ => vec![one],
    };
    options.push(other);
    Shape { kind: Kind::Either(options), nullable, ..Shape::default() }
}

/// Bounds, those of draft 4, too, where `exclusiveMinimum` is a flag of `minimum`.
fn bounds_of(map: &Map<String, Value>) -> Bounds {
    let of = |key: &str| map.get(key).and_then(Value::as_f64);
    let outside = |flag: &str| map.get(flag).and_then(Value::as_bool) == Some(true);
    let (above, below) = (outside("exclusiveMinimum"), outside("exclusiveMaximum"));
    let (minimum, maximum) = (of("minimum"), of("maximum"));
    Bounds {
        minimum: minimum.filter(|_| !above),
        maximum: maximum.filter(|_| !below),
        exclusive_minimum: minimum.filter(|_| above).or_else(|| of("exclusiveMinimum")),
        exclusive_maximum: maximum.filter(|_| below).or_else(|| of("exclusiveMaximum")),
        multiple_of: of("multipleOf").filter(|step| *step > 0.0),
    }
}

fn format_of(map: &Map<String, Value>) -> Format {
    let of = |key: &str| map.get(key).and_then(Value::as_str);
    if of("contentEncoding").is_some() {
        return Format::Binary;
    }
    match of("format").unwrap_or_default() {
        "date" => Format::Date,
        "time" => Format::Time,
        "date-time" => Format::DateTime,
        "email" => Format::Email,
        "uri" | "url" => Format::Url,
        "uuid" => Format::Uuid,
        "binary" | "byte" => Format::Binary,
        _ => of("pattern").map_or(Format::Plain, |pattern| Format::Pattern(pattern.to_owned())),
    }
}

/// Percent signs in a reference, decoded.
fn decoded(reference: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = reference.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| reference.to_owned())
}
