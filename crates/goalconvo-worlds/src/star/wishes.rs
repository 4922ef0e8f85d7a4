//! What a wizard asked the knowledge base for: constraints, written as calls or as plain values, read as data.

use serde_json::Value as Json;

/// One constraint.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    /// This value.
    Is(Json),
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// One of these.
    OneOf(Vec<Json>),
}

impl Wish {
    /// Reads a constraint; nothing if it has none of the known shapes.
    pub fn read(constraint: &Json) -> Option<Self> {
        let Json::String(text) = constraint else { return Some(Wish::Is(constraint.clone())) };
        let text = text.trim();
        let Some((name, inner)) = call(text) else { return literal(text).map(Wish::Is) };
        let number = || inner.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        match name {
            "is_equal_to" => literal(inner).map(Wish::Is),
            "is_at_least" => number().map(Wish::AtLeast),
            "is_at_most" => number().map(Wish::AtMost),
            // Only whole numbers are compared.
            "is_greater_than" => number().map(|number| Wish::AtLeast(number + 1.0)),
            "is_less_than" => number().map(|number| Wish::AtMost(number - 1.0)),
            "is_one_of" | "contains" => match serde_json::from_str(inner).ok()? {
                Json::Array(items) => Some(Wish::OneOf(items)),
                other => Some(Wish::Is(other)),
            },
            _ => None,
        }
    }

    /// The one value that is meant; nothing if there is a choice.
    pub fn one(&self) -> Option<Json> {
        match self {
            Wish::Is(value) => Some(value.clone()),
            Wish::AtLeast(number) | Wish::AtMost(number) => Some(Json::from(*number as i64)),
            Wish::OneOf(values) => match values.as_slice() {
                [value] => Some(value.clone()),
                _ => None,
            },
        }
    }
}

/// Name and argument of `api.name(argument)`.
fn call(text: &str) -> Option<(&str, &str)> {
    let (name, inner) = text.strip_prefix("api.")?.split_once('(')?;
    Some((name, inner.strip_suffix(')')?))
}

/// A value as STAR writes it: JSON, or Python's words for true and false, or a bare text.
fn literal(text: &str) -> Option<Json> {
    let text = text.trim();
    match text {
        "" | "None" => None,
        "True" => Some(Json::Bool(true)),
        "False" => Some(Json::Bool(false)),
        _ => match serde_json::from_str(text) {
            Ok(Json::Null | Json::Object(_)) => None,
            Ok(value) => Some(value),
            // Codes such as 031431 are no JSON numbers.
            Err(_) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Some(Json::String(text.to_owned()))
            }
            Err(_) => None,
        },
    }
}
