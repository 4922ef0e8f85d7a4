//! ToolBench parameters: types shouted or whispered, enumerations without values, examples sold as defaults.

use super::json::step;
use super::report::Notes;
use crate::registry::draft::ParameterDraft;
use crate::registry::mask::pattern;
use crate::registry::{Format, Kind, Place, Shape};
use regex::Regex;
use serde_json::{Map, Number, Value};
use std::sync::LazyLock;

/// The parameters of an endpoint, required ones first.
pub(super) fn parameters(
    endpoint: &Map<String, Value>,
    path: &str,
    pointer: &str,
    notes: &mut Notes,
) -> Vec<ParameterDraft> {
    let mut found = Vec::new();
    for (key, required) in
        [("required_parameters", true), ("optional_parameters", false), ("parameters", false)]
    {
        let place = format!("{pointer}/{key}");
        match endpoint.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) => {
                for (index, entry) in list.iter().enumerate() {
                    found.extend(parameter(entry, required, path, &format!("{place}/{index}"), notes));
                }
            }
            Some(_) => notes.lose("not_a_list", &place, "expected a list of parameters"),
        }
    }
    found
}

fn parameter(
    entry: &Value,
    required: bool,
    path: &str,
    pointer: &str,
    notes: &mut Notes,
) -> Option<ParameterDraft> {
    let of = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = match entry {
        Value::String(name) => {
            notes.warn("untyped_parameter", pointer, "only a name; its type is unknown");
            name.as_str()
        }
        _ => of("name"),
    };
    if name.trim().is_empty() {
        notes.lose("parameter_without_name", pointer, "expected an object with a name");
        return None;
    }
    let shape = shape_of(entry, pointer, notes);
    let required = entry.get("required").and_then(Value::as_bool).unwrap_or(required);
    let in_path = path.contains(&format!("{{{name}}}"));
    let mut draft = ParameterDraft {
        name: name.to_owned(),
        place: if in_path { Place::Path } else { Place::Argument },
        required,
        shape,
        description: of("description").to_owned(),
        ..ParameterDraft::default()
    };
    take_default(&mut draft, entry.get("default"), pointer, notes);
    for key in entry.as_object().into_iter().flat_map(Map::keys) {
        if !["name", "type", "description", "default", "enum", "required", "schema", "example"]
            .contains(&key.as_str())
        {
            notes.note(
                "unread_key",
                &format!("{pointer}/{}", step(key)),
                "no meaning is known for this key; not read",
            );
        }
    }
    draft.examples.extend(entry.get("example").filter(|value| !value.is_null()).cloned());
    Some(draft)
}

fn shape_of(entry: &Value, pointer: &str, notes: &mut Notes) -> Shape {
    let word = entry.get("type").and_then(Value::as_str).unwrap_or_default();
    let upper = word.trim().to_ascii_uppercase();
    let listed = entry.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut shape = match upper.split([' ', '(']).next().unwrap_or_default() {
        "STRING" | "STR" | "TEXT" | "CREDENTIALS" | "GEOPOINT" => Shape::text(),
        "NUMBER" | "FLOAT" | "DOUBLE" => Shape::number(),
        "INTEGER" | "INT" | "LONG" => Shape::integer(),
        "BOOLEAN" | "BOOL" => Shape::boolean(),
        "ARRAY" | "LIST" => Shape::list(Shape::default()),
        "OBJECT" | "DICT" | "MAP" | "JSON" => Shape::record([]),
        "DATE" => Shape::formatted(Format::Date),
        "TIME" => Shape::formatted(Format::Time),
        "DATETIME" => Shape::formatted(Format::DateTime),
        "BINARY" | "FILE" => Shape::formatted(Format::Binary),
        "ENUM" | "SELECT" => enumeration(entry, listed.is_empty(), pointer, notes),
        _ => {
            notes.warn("unknown_type", pointer, format!("type {word:?}; taken as unknown"));
            Shape::default()
        }
    };
    if !listed.is_empty() {
        shape.choices = listed;
    }
    shape
}

fn enumeration(entry: &Value, without_values: bool, pointer: &str, notes: &mut Notes) -> Shape {
    let description = entry.get("description").and_then(Value::as_str).unwrap_or_default();
    let mined = if without_values { choices_in(description) } else { Vec::new() };
    if !mined.is_empty() {
        let message = format!("values read out of the description: {mined:?}");
        notes.warn("enum_from_description", pointer, message);
    } else if without_values {
        notes.warn("enum_without_values", pointer, "the values are not given; taken as an open text");
    }
    Shape::one_of(mined)
}

static MARKED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [r"\*\*([^*\n]{1,40})\*\*", r"\*([^*\n]{1,40})\*", r"`([^`\n]{1,40})`", r#"\\?"([^"\\\n]{1,40})\\?""#]
        .into_iter()
        .map(pattern)
        .collect()
});

static HEADER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\*\*[^*\n]{1,40}(?::\*\*|\*\*\s*:)"));

fn is_shouted(value: &str) -> bool {
    value.contains(char::is_alphabetic)
        && !value.contains(|letter: char| letter.is_lowercase() || letter == ' ')
}

static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    let lead =
        r"(?i)(?:values?|options?|one of|either|choose from|supported|available|allowed)[^:\n]{0,40}:\s*";
    pattern(&format!(r"{lead}([^\n.]+(?:[,|/][^\n.]+)+)"))
});

/// The values that a description enumerates, marked up or after a colon; nothing unless there are two.
fn choices_in(description: &str) -> Vec<String> {
    let body = HEADER.replace_all(description, "");
    for pattern in MARKED.iter() {
        let found = distinct(
            pattern.captures_iter(&body).filter_map(|capture| capture.get(1)).map(|one| one.as_str()),
        );
        // Among words, capitals are the values and the rest explains them.
        let shouted: Vec<String> = found.iter().filter(|value| is_shouted(value)).cloned().collect();
        if shouted.len() >= 2 {
            return shouted;
        }
        if found.len() >= 2 {
            return found;
        }
    }
    let listed = LISTED.captures(description).and_then(|capture| capture.get(1));
    let found = distinct(listed.map(|one| one.as_str()).unwrap_or_default().split([',', '|', '/']));
    if found.len() >= 2 && found.iter().all(|value| value.split(' ').count() <= 3) {
        found
    } else {
        Vec::new()
    }
}

fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in values {
        let value = value.trim().trim_start_matches("or ").trim_matches(['"', '\'', '`', ' ']);
        if value.contains(char::is_alphanumeric)
            && !value.ends_with(':')
            && !found.iter().any(|known| known == value)
        {
            found.push(value.to_owned());
        }
    }
    found
}

/// RapidAPI prefills its form with `default`: for a required parameter that can only be an example.
fn take_default(draft: &mut ParameterDraft, default: Option<&Value>, pointer: &str, notes: &mut Notes) {
    let Some(default) = default.filter(|value| !value.is_null()) else { return };
    let text = default.as_str().map(str::trim);
    if text == Some("") {
        return;
    }
    let pointer = format!("{pointer}/default");
    if matches!(text, Some("null" | "None" | "none" | "undefined")) {
        notes.note("null_default", &pointer, format!("{default} stands for no default"));
        return;
    }
    let Some(value) = coerced(default, &draft.shape) else {
        let message = format!("{default} does not fit the type; kept as an example, not as a default");
        notes.warn("unfit_default", &pointer, message);
        draft.examples.push(default.clone());
        return;
    };
    if matches!(draft.shape.kind, Kind::List(ref items) if items.is_unknown()) {
        draft.shape = Shape::of(&value);
    }
    if !draft.shape.choices.is_empty() && !draft.shape.choices.contains(&value) {
        notes.warn("default_outside_enum", &pointer, format!("{value} is none of the values; added to them"));
        draft.shape.choices.push(value.clone());
    }
    if draft.required {
        notes.note(
            "example_as_default",
            &pointer,
            "a required parameter has no default; taken as an example",
        );
        draft.examples.push(value);
    } else {
        draft.default = Some(value);
    }
}

/// A prefilled value as the type says, if it can be one.
fn coerced(value: &Value, shape: &Shape) -> Option<Value> {
    let text = value.as_str().map(str::trim);
    match (&shape.kind, text) {
        (Kind::Unknown, _) => Some(value.clone()),
        (Kind::Text(_), Some(text)) => Some(Value::String(text.to_owned())),
        (Kind::Text(_), None) => value.is_number().then(|| Value::String(value.to_string())),
        (Kind::Number(_) | Kind::Integer(_), Some(text)) => number(text),
        (Kind::Number(_) | Kind::Integer(_), None) => value.is_number().then(|| value.clone()),
        (Kind::Boolean, Some(text)) => boolean(text),
        (Kind::Boolean, None) => value.is_boolean().then(|| value.clone()),
        (Kind::List(_), Some(text)) => match serde_json::from_str::<Value>(text) {
            Ok(list @ Value::Array(_)) => Some(list),
            _ => Some(text.split(',').map(|part| Value::String(part.trim().to_owned())).collect()),
        },
        (Kind::List(_), None) => value.is_array().then(|| value.clone()),
        (Kind::Record(_), Some(text)) => serde_json::from_str::<Value>(text).ok().filter(Value::is_object),
        (Kind::Record(_), None) => value.is_object().then(|| value.clone()),
        _ => None,
    }
}

fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}

fn boolean(text: &str) -> Option<Value> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(Value::Bool(true)),
        "false" | "0" | "no" => Some(Value::Bool(false)),
        _ => None,
    }
}
