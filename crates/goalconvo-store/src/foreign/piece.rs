//! A part of a JSON document that knows its own pointer, so that every complaint names its place.

use std::fmt;

use goalconvo_core::Value;
use serde_json::Value as Json;

/// What is wrong with a dialogue: JSON pointer (or line), found and expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    /// JSON pointer within the dialogue.
    pub(super) pointer: String,
    /// What was found, and what was expected.
    pub(super) what: String,
}

/// A JSON value and where it stands in its dialogue.
#[derive(Clone, Copy)]
pub(super) struct Piece<'j, 'p> {
    /// The value.
    pub(super) json: &'j Json,
    place: Place<'p>,
}

/// A pointer as a chain of steps: it is written out only when something is wrong.
#[derive(Clone, Copy)]
enum Place<'a> {
    Top,
    Key(&'a Place<'a>, &'a str),
    At(&'a Place<'a>, usize),
}

impl<'j> Piece<'j, '_> {
    /// A whole dialogue.
    pub(super) fn top(json: &'j Json) -> Self {
        Piece { json, place: Place::Top }
    }

    /// The field of that name; a null counts as absent.
    pub(super) fn field<'b>(&'b self, key: &'b str) -> Option<Piece<'j, 'b>> {
        let json = self.json.get(key).filter(|json| !json.is_null())?;
        Some(Piece { json, place: Place::Key(&self.place, key) })
    }

    /// The field of that name, which must be there.
    pub(super) fn need<'b>(&'b self, key: &'b str) -> Result<Piece<'j, 'b>, Flaw> {
        self.field(key).ok_or_else(|| self.wrong(format!("found no {key:?}; expected one")))
    }

    /// The items of a list.
    pub(super) fn items<'b>(&'b self) -> Result<impl Iterator<Item = Piece<'j, 'b>>, Flaw> {
        let list = self.json.as_array().ok_or_else(|| self.expected("a list"))?;
        let piece = |(at, json): (usize, &'j Json)| Piece { json, place: Place::At(&self.place, at) };
        Ok(list.iter().enumerate().map(piece))
    }

    /// The fields of an object.
    pub(super) fn fields<'b>(&'b self) -> Result<impl Iterator<Item = (&'j str, Piece<'j, 'b>)>, Flaw> {
        let object = self.json.as_object().ok_or_else(|| self.expected("an object"))?;
        let piece = |(key, json): (&'j String, &'j Json)| {
            (key.as_str(), Piece { json, place: Place::Key(&self.place, key) })
        };
        Ok(object.iter().map(piece))
    }

    /// The text that this is.
    pub(super) fn text(&self) -> Result<&'j str, Flaw> {
        self.json.as_str().ok_or_else(|| self.expected("a text"))
    }

    /// A text or a number, as text.
    pub(super) fn name(&self) -> Result<String, Flaw> {
        match self.json {
            Json::String(text) => Ok(text.clone()),
            Json::Number(number) => Ok(number.to_string()),
            _ => Err(self.expected("a text or a number")),
        }
    }

    /// The value in our terms.
    pub(super) fn value(&self) -> Value {
        value(self.json)
    }

    /// A complaint about this place.
    pub(super) fn wrong(&self, what: impl Into<String>) -> Flaw {
        Flaw { pointer: self.pointer(), what: what.into() }
    }

    /// A complaint that this is something else.
    pub(super) fn expected(&self, what: &str) -> Flaw {
        self.wrong(format!("found {}; expected {what}", kind(self.json)))
    }

    /// The pointer, written out.
    pub(super) fn pointer(&self) -> String {
        self.place.to_string()
    }
}

impl fmt::Display for Piece<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Top => Ok(()),
            Place::Key(above, key) => write!(f, "{above}/{}", key.replace('~', "~0").replace('/', "~1")),
            Place::At(above, at) => write!(f, "{above}/{at}"),
        }
    }
}

/// What a value is, for messages: short texts and numbers as they stand.
pub(super) fn kind(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(_) | Json::Number(_) => json.to_string(),
        Json::String(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
        Json::String(_) => "a long text".to_owned(),
        Json::Array(list) => format!("a list of {}", list.len()),
        Json::Object(object) => {
            let keys: Vec<&str> = object.keys().take(6).map(String::as_str).collect();
            format!("an object with the keys {keys:?}")
        }
    }
}

/// A JSON value in our terms; what is no 64-bit integer is a float, as everywhere else.
pub(super) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(f64::MAX)),
        },
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(fields) => Value::record(fields.iter().map(|(key, json)| (key.as_str(), value(json)))),
    }
}
