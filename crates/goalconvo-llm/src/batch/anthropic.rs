//! Anthropic's message batches: requests are handed over in one body, results come as lines.
//!
//! Source: the API reference for `/v1/messages/batches`.

use bytes::Bytes;
use serde_json::Value;

use super::job::{Line, Over, wire};
use crate::dialect::{Method, WireReply, WireRequest};
use crate::error::{Error, Kind};

pub(super) fn create(lines: &[Line<'_>]) -> WireRequest {
    let mut body = b"{\"requests\":[".to_vec();
    for (number, line) in lines.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        body.extend_from_slice(format!("{comma}{{\"custom_id\":\"{}\",\"params\":", line.id).as_bytes());
        body.extend_from_slice(line.body);
        body.push(b'}');
    }
    body.extend_from_slice(b"]}");
    WireRequest {
        method: Method::Post,
        path: "messages/batches".to_owned(),
        headers: Vec::new(),
        body: Bytes::from(body),
        content_type: "application/json",
    }
}

pub(super) fn status(id: &str) -> WireRequest {
    WireRequest::get(format!("messages/batches/{id}"))
}

pub(super) fn cancel(id: &str) -> WireRequest {
    WireRequest::command(format!("messages/batches/{id}/cancel"))
}

/// The URL that the reply gives for its results is not followed: a key would be sent there.
pub(super) fn over(id: &str, body: &Value) -> Result<Option<Over>, Error> {
    match body.get("processing_status").and_then(Value::as_str) {
        Some("ended") => Ok(Some(Over { results: vec![format!("messages/batches/{id}/results")] })),
        Some("in_progress" | "canceling") => Ok(None),
        status => {
            let found = status.unwrap_or("none");
            Err(Error::new(Kind::Malformed, format!("the batch job has the unknown status \"{found}\"")))
        }
    }
}

pub(super) fn line(line: &Value) -> Result<WireReply, Error> {
    match line.pointer("/result/type").and_then(Value::as_str) {
        Some("succeeded") => Ok(wire(200, line.pointer("/result/message").unwrap_or(&Value::Null))),
        Some("errored") => {
            let error = line.pointer("/result/error").unwrap_or(&Value::Null);
            Ok(wire(status_of(error), error))
        }
        Some("expired") => Err(Error::new(Kind::Expired, "the provider did not get to the request in time")),
        Some("canceled") => Err(Error::new(Kind::Canceled, "the batch job was canceled before the request")),
        _ => Err(Error::new(Kind::Malformed, "the batch line has no result")),
    }
}

/// The status that the error would have had online.
fn status_of(error: &Value) -> u16 {
    match error.pointer("/error/type").and_then(Value::as_str) {
        Some("invalid_request_error") => 400,
        Some("authentication_error") => 401,
        Some("permission_error") => 403,
        Some("not_found_error") => 404,
        Some("request_too_large") => 413,
        Some("rate_limit_error") => 429,
        Some("overloaded_error") => 529,
        _ => 500,
    }
}
