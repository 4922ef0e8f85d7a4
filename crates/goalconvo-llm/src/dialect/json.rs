//! Reads replies as loose JSON: providers differ in what they leave out, set to null, or wrap in arrays.

use serde_json::Value;

use super::WireReply;
use crate::error::{Billing, Error, Kind};

/// The body as JSON. A body that is not is a malformed reply, and may well have been charged for.
pub(crate) fn parse_body(wire: &WireReply) -> Result<Value, Error> {
    serde_json::from_slice(&wire.body).map_err(|error| {
        let length = wire.body.len();
        let page = wire.body.trim_ascii_start().starts_with(b"<");
        let advice = if page {
            "; it is a page for people: check the address, which usually ends in /v1 before its #"
        } else {
            ""
        };
        let what = format!("the reply's body of {length} bytes is not JSON: {error}{advice}");
        malformed(what).with_status(wire.status)
    })
}

/// A reply that cannot be read.
pub(super) fn malformed(message: impl Into<String>) -> Error {
    Error::new(Kind::Malformed, message).with_billing(Billing::Unknown)
}

/// The reply lacks what every reply of the dialect has.
pub(super) fn missing(pointer: &str, expected: &str) -> Error {
    malformed(format!("the reply has nothing usable at {pointer}: expected {expected}"))
}

/// The text at a JSON pointer, if there is text.
pub(super) fn text_at(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// More tokens than any call has; a few of them can still be added up.
pub(super) const NONSENSE: u64 = u64::MAX / 8;

/// The count at a JSON pointer; absent is 0, and what is no count (negative, a text) is [`NONSENSE`].
pub(super) fn count_at(value: &Value, pointer: &str) -> u64 {
    match value.pointer(pointer) {
        None | Some(Value::Null) => 0,
        Some(found) => found.as_u64().unwrap_or(NONSENSE).min(NONSENSE),
    }
}

/// The list at a JSON pointer; absent or null is empty.
pub(super) fn list_at<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Raw text of something that is either text already or JSON.
pub(super) fn raw_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A tool call's raw arguments for a provider that takes an object only. What is no object is handed over as
/// one that says so, so that a model sees its own mistake.
pub(super) fn arguments_object(raw: &str) -> Value {
    match serde_json::from_str(raw) {
        Ok(Value::Object(arguments)) => Value::Object(arguments),
        _ => serde_json::json!({ "unparseable_arguments": raw }),
    }
}
