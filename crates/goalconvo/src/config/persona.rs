//! Files of personas and of what their speakers are told: TOML, JSON or YAML by the file's ending.

use std::path::Path;

use goalconvo_sim::roleplay::{Card, Generator, Library, Orchestrator};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;

/// Reads a persona of any shape, or the two of a dialogue in sdialog's shape, the one who speaks first before the other.
/// Without a name in it, a persona is called as its file.
///
/// # Errors
/// The file can't be read, its ending is none of toml, json, yaml and yml, or its content is no persona.
pub fn personas(path: &Path, template: Option<&str>) -> Result<Vec<Card>, Error> {
    let wrong = |what: String| Error::bad_input(format!("{}: {what}", path.display()));
    let content = content(path)?;
    let named = match content.get("turns").and_then(Value::as_array) {
        None => {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            vec![(stem.into_owned(), content)]
        }
        Some(turns) => of_dialogue(&content, turns).ok_or_else(|| {
            wrong("found a dialogue without two personas; expected a persona, or a dialogue of sdialog's with its two; \
                   write each persona into a file of its own".to_owned())
        })?,
    };
    let cards = named.into_iter().map(|(name, content)| Card::new(content, &name, template));
    cards.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))
}

/// The two personas of a dialogue with their names.
fn of_dialogue(dialogue: &Value, turns: &[Value]) -> Option<Vec<(String, Value)>> {
    let personas = dialogue.get("personas")?.as_object().filter(|personas| personas.len() == 2)?;
    let first = turns.first().and_then(|turn| turn.get("speaker")?.as_str());
    let mut named: Vec<_> = personas.iter().map(|(name, persona)| (name.clone(), persona.clone())).collect();
    named.sort_by_key(|(name, _)| Some(name.as_str()) != first);
    // What sdialog leaves open says nothing of anybody.
    for (_, persona) in &mut named {
        persona.as_object_mut()?.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
    }
    Some(named)
}

fn content(path: &Path) -> Result<Value, Error> {
    let text = text_of(path)?;
    let wrong = |what: String| Error::bad_input(format!("{}: {what}", path.display()));
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "toml" => {
            let table: toml::Table =
                toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
            Ok(from_toml(toml::Value::Table(table)))
        }
        "json" => {
            // Read as it is, a key that is given twice would keep its last value.
            serde_json::from_str::<goalconvo_core::Value>(&text).map_err(|error| wrong(error.to_string()))?;
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
        }
        "yaml" | "yml" => {
            // Read as JSON, a key that is given twice would keep its last value.
            serde_yaml_ng::from_str::<serde_yaml_ng::Value>(&text)
                .map_err(|error| wrong(error.to_string()))?;
            serde_yaml_ng::from_str(&text).map_err(|error| wrong(error.to_string()))
        }
        other => Err(wrong(format!("found the ending {other:?}; expected a file of .toml, .json or .yaml"))),
    }
}

/// What both speakers of a talk are told before their moves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Orchestration {
    /// The one who speaks first.
    pub first: Vec<Orchestrator>,
    /// The other one.
    pub second: Vec<Orchestrator>,
}

/// Reads orchestrators: lists `[[first]]` and `[[second]]` of tables with a `kind`.
///
/// # Errors
/// The file can't be read, or is no such list: line, column or place, and what is wrong.
pub fn orchestration(path: &Path) -> Result<Orchestration, Error> {
    let wrong = |what: String| Error::bad_input(format!("{}: {}", path.display(), what.trim_end()));
    let told: Orchestration = toml::from_str(&text_of(path)?).map_err(|error| wrong(error.to_string()))?;
    for (side, list) in [("first", &told.first), ("second", &told.second)] {
        for (at, orchestrator) in list.iter().enumerate() {
            orchestrator.check().map_err(|what| wrong(format!("[[{side}]] number {}: {what}", at + 1)))?;
        }
    }
    Ok(told)
}

/// Reads a library of personas or contexts, with the files that it names.
///
/// # Errors
/// A file can't be read, or it is no library: line, column and what is wrong.
pub fn library(path: &Path) -> Result<Library, Error> {
    let mut library: Library = toml::from_str(&text_of(path)?)
        .map_err(|error| Error::bad_input(format!("{}: {}", path.display(), error.to_string().trim_end())))?;
    read_files(&mut library, path.parent().unwrap_or(Path::new("")))?;
    Ok(library)
}

/// Generators of the kind `file` become choices: a value a line, as they stand beside the library.
fn read_files(library: &mut Library, beside: &Path) -> Result<(), Error> {
    for generator in library.attributes.values_mut() {
        if let Generator::File(path) = generator {
            let text = text_of(&beside.join(path))?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            *generator = Generator::Choice(lines.map(Value::from).collect());
        }
    }
    Ok(())
}

/// Reads a whole file as text.
///
/// # Errors
/// The system refuses, or it is no UTF-8.
pub fn text_of(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::bad_input(format!("read {}: {error}; check the path", path.display())))
}

/// Dates and times become their texts, as JSON has none.
fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(table) => Value::Object(
            table.into_iter().map(|(name, value)| (name, from_toml(value))).collect::<Map<_, _>>(),
        ),
    }
}
