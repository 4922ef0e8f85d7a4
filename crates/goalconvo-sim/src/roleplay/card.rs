//! A persona of any shape, and how it becomes a description.

use std::fmt;

use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::prompt::environment;

/// Who a speaker is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What the speaker is called.
    pub name: String,
    /// All that is known of it, in the order of its file.
    pub fields: Map<String, Value>,
    /// The persona in words, as prompts have it.
    pub description: String,
}

/// A persona that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardError(String);

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CardError {}

impl Card {
    /// The persona of a file's content, an object of any shape. Without a text under `name` it is called `fallback`. A
    /// template (Jinja) may use every field by its name, and `fields` for all of them; without one, each field is a line.
    ///
    /// # Errors
    /// The content is no object, the name is empty or looks like two, or the template fails on the fields.
    pub fn new(content: Value, fallback: &str, template: Option<&str>) -> Result<Self, CardError> {
        let Value::Object(fields) = content else {
            return Err(CardError("found a list or a single value; expected names with values".to_owned()));
        };
        let name = match fields.get("name") {
            Some(Value::String(name)) => name.trim().to_owned(),
            Some(other) => return Err(CardError(format!("name: found {other}; expected a text"))),
            None => fallback.to_owned(),
        };
        if name.is_empty() || name.contains([':', '\n']) {
            return Err(CardError(format!("name: found {name:?}; expected a name of one line without ':'")));
        }
        let description = match template {
            Some(template) => rendered(template, &fields)?,
            None => fields.iter().map(|(name, value)| line(name, value)).collect::<Vec<_>>().join("\n"),
        };
        if description.trim().is_empty() {
            return Err(CardError(format!(
                "{name:?} has no description; give it some fields, or a template"
            )));
        }
        Ok(Card { name, fields, description })
    }
}

/// "favourite_dish: lasagne"; names read as words, lists as lists.
fn line(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) => {
            let texts =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            texts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    format!("- {}: {text}", name.replace('_', " "))
}

fn rendered(template: &str, fields: &Map<String, Value>) -> Result<String, CardError> {
    let wrong = |error: minijinja::Error| {
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        CardError(format!("template, line {}: {detail}", error.line().unwrap_or(1)))
    };
    let mut values = fields.clone();
    values.insert("fields".to_owned(), Value::Object(fields.clone()));
    let environment = environment().map_err(wrong)?;
    environment.render_str(template, Serde(&values)).map_err(wrong)
}
