//! Response templates: objects with type words in place of values, often stringified, often cut off.
//!
//! ToolBench's converters wrote `"int"`, `"list of str with length 5"` and a `_list_length` beside the fields of
//! list items, and cut long ones at a fixed number of characters in the middle of a key.

use crate::registry::draft::Evidence;
use crate::registry::{Confidence, Kind, Shape};
use serde_json::Value;

/// The marker that the converters put into the items of a list.
const LENGTH_MARKER: &str = "_list_length";

/// The deepest nesting that is repaired; the JSON parser refuses deeper ones anyway.
const DEEPEST: usize = 120;

/// What a template shows. The flag of the evidence tells if the end was cut off.
///
/// # Errors
/// If it is a text that is no JSON, not even the beginning of one.
pub(super) fn read(template: &Value) -> Result<Option<Evidence>, String> {
    match template {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) => Ok(evidence(&value, false)),
            Err(error) => match repaired(text) {
                Some(value) => Ok(evidence(&value, true)),
                None => Err(error.to_string()),
            },
        },
        value => Ok(evidence(value, false)),
    }
}

/// Evidence from a value that may be a skeleton or an example.
fn evidence(value: &Value, truncated: bool) -> Option<Evidence> {
    if is_empty(value) {
        return None;
    }
    let (words, values) = census(value);
    let is_error = looks_like_error(value);
    if words > 0 && words >= values {
        let shape = shape_of(value);
        let confidence = Confidence::Skeleton;
        return Some(Evidence {
            confidence,
            shape,
            example: is_error.then(|| value.clone()),
            truncated,
            is_error,
        });
    }
    let shape = Shape::of(value);
    Some(Evidence {
        confidence: Confidence::Example,
        shape,
        example: Some(value.clone()),
        truncated,
        is_error,
    })
}

/// True if nothing is inside.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// True if every scalar inside is empty, null or zero: an answer's outline without an answer.
pub(super) fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(_) => true,
        Value::Array(items) => items.iter().all(is_hollow),
        Value::Object(map) => map.values().all(is_hollow),
    }
}

/// True if an answer only says what went wrong.
pub(super) fn looks_like_error(value: &Value) -> bool {
    const FRAME: [&str; 20] = [
        "code",
        "detail",
        "details",
        "error",
        "error_code",
        "error_message",
        "errors",
        "info",
        "message",
        "messages",
        "msg",
        "ok",
        "path",
        "reason",
        "request_id",
        "status",
        "statusCode",
        "status_code",
        "success",
        "timestamp",
    ];
    const TELLS: [&str; 9] =
        ["detail", "error", "error_code", "error_message", "errors", "message", "messages", "msg", "reason"];
    let Value::Object(map) = value else { return false };
    !map.is_empty()
        && map.keys().all(|key| FRAME.contains(&key.as_str()))
        && map.keys().any(|key| TELLS.contains(&key.as_str()))
}

/// The shape that a skeleton stands for.
pub(super) fn shape_of(value: &Value) -> Shape {
    match value {
        Value::String(word) => shape_of_word(word).unwrap_or_else(Shape::text),
        Value::Array(items) => {
            Shape::list(items.iter().map(shape_of).reduce(Shape::union).unwrap_or_default())
        }
        Value::Object(map) => Shape::record(
            map.iter()
                .filter(|(name, _)| *name != LENGTH_MARKER)
                .map(|(name, part)| (name.clone(), shape_of(part))),
        ),
        other => Shape::of(other),
    }
}

fn shape_of_word(word: &str) -> Option<Shape> {
    let shape = match word {
        "str" | "string" => Shape::text(),
        "int" | "integer" => Shape::integer(),
        "float" | "number" => Shape::number(),
        "bool" | "boolean" => Shape::boolean(),
        "NoneType" | "null" => Shape { nullable: true, ..Shape::default() },
        "list" | "empty list" => Shape::list(Shape::default()),
        "dict" | "empty dict" | "object" => Shape::record([]),
        _ => {
            let (kind, length) = word.strip_prefix("list of ")?.split_once(" with length ")?;
            length.parse::<u64>().ok()?;
            Shape::list(shape_of_word(kind).unwrap_or_default())
        }
    };
    Some(shape)
}

/// How many type words and how many other scalars are inside.
fn census(value: &Value) -> (usize, usize) {
    let add = |(one, two): (usize, usize), (three, four)| (one + three, two + four);
    match value {
        Value::String(word) if shape_of_word(word).is_some() => (1, 0),
        Value::Array(items) => items.iter().map(census).fold((0, 0), add),
        Value::Object(map) => map
            .iter()
            .filter(|(name, _)| *name != LENGTH_MARKER)
            .map(|(_, part)| census(part))
            .fold((0, 0), add),
        _ => (0, 1),
    }
}

/// The longest beginning of a cut-off JSON text that is complete once its brackets are closed.
fn repaired(text: &str) -> Option<Value> {
    let mut open: Vec<u8> = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    let mut best: Option<(usize, Vec<u8>)> = None;
    for (index, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                open.push(byte);
                if open.len() > DEEPEST {
                    return None;
                }
                best = Some((index + 1, open.clone()));
            }
            b'}' | b']' => {
                open.pop()?;
                best = Some((index + 1, open.clone()));
            }
            b',' => best = Some((index, open.clone())),
            _ => {}
        }
    }
    let (end, open) = best?;
    let mut whole = text.get(..end)?.to_owned();
    whole.extend(open.iter().rev().map(|bracket| if *bracket == b'{' { '}' } else { ']' }));
    serde_json::from_str(&whole).ok()
}

/// True if a shape says nothing beyond being there.
pub(super) fn is_blank(shape: &Shape) -> bool {
    match &shape.kind {
        Kind::Unknown => true,
        Kind::Record(fields) => fields.is_empty(),
        _ => false,
    }
}
