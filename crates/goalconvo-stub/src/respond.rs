//! The small things that every interface needs: responses, and reading loose JSON.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// What a request is answered with.
pub(crate) type Responded = Response<Full<Bytes>>;

pub(crate) fn json_response(status: u16, body: &Value) -> Responded {
    raw_response(status, "application/json", body.to_string())
}

pub(crate) fn raw_response(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Responded {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(content_type));
    response
}

pub(crate) fn not_found() -> Responded {
    json_response(404, &json!({ "error": { "message": "no such path", "type": "not_found_error" } }))
}

/// Text of a content that is a string or a list of parts.
pub(crate) fn text_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().map(part_text).collect(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

fn part_text(part: &Value) -> String {
    match part.get("text").or(part.get("content")) {
        Some(text) => text_of(Some(text)),
        None => part.get("input").map(Value::to_string).unwrap_or_default(),
    }
}

pub(crate) fn str_at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
