//! Files of personas and of what their speakers are told: TOML, JSON or YAML by the file's ending.

use std::path::Path;

use goalconvo_sim::roleplay::{Card, Generator, Library, Orchestrator};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;

/// Reads a persona of any shape; without a name in it, it is called as its file.
///
/// # Errors
/// The file can't be read, its ending is none of toml, json, yaml and yml, or its content is no persona.
pub fn persona(path: &Path, template: Option<&str>) -> Result<Card, Error> {
    let text = text_of(path)?;
    let wrong = |what: String| Error::bad_input(format!("{}: {what}", path.display()));
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let content = match ending.as_str() {
        "toml" => {
            let table: toml::Table =
                toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
            from_toml(toml::Value::Table(table))
        }
        "json" => serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?,
        "yaml" | "yml" => serde_yaml_ng::from_str(&text).map_err(|error| wrong(error.to_string()))?,
        other => {
            return Err(wrong(format!(
                "found the ending {other:?}; expected a file of .toml, .json or .yaml"
            )));
        }
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Card::new(content, &stem, template).map_err(|error| wrong(error.to_string()))
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
/// The file can't be read, or is no such list: line, column and what is wrong.
pub fn orchestration(path: &Path) -> Result<Orchestration, Error> {
    toml::from_str(&text_of(path)?)
        .map_err(|error| Error::bad_input(format!("{}: {}", path.display(), error.to_string().trim_end())))
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
