//! OpenAI's batches: a file of lines is uploaded, a job made of it, and its results are files.
//!
//! Source: the API reference for `/v1/files` and `/v1/batches`.

use bytes::Bytes;
use serde_json::{Value, json};

use super::job::{Line, Over, wire};
use crate::dialect::{Method, WireReply, WireRequest};
use crate::error::{Error, Kind};

/// Stands between the parts of the upload. Lines are JSON, in which no line can begin with dashes.
const BOUNDARY: &str = "goalconvo-batch-boundary";

pub(super) fn upload(lines: &[Line<'_>]) -> WireRequest {
    let mut body = Vec::with_capacity(lines.iter().map(|line| line.body.len() + 128).sum());
    let part = |name: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
    body.extend_from_slice(format!("{}\r\n\r\nbatch\r\n", part("purpose")).as_bytes());
    let head =
        format!("{}; filename=\"batch.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n", part("file"));
    body.extend_from_slice(head.as_bytes());
    for line in lines {
        let id = &line.id;
        let start = format!(
            "{{\"custom_id\":\"{id}\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
        );
        body.extend_from_slice(start.as_bytes());
        body.extend_from_slice(line.body);
        body.extend_from_slice(b"}\n");
    }
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    WireRequest {
        method: Method::Post,
        path: "files".to_owned(),
        headers: Vec::new(),
        body: Bytes::from(body),
        content_type: "multipart/form-data; boundary=goalconvo-batch-boundary",
    }
}

pub(super) fn create(file: &str) -> Result<WireRequest, Error> {
    let body = json!({
        "input_file_id": file,
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
    });
    WireRequest::post("batches", &body)
}

pub(super) fn status(id: &str) -> WireRequest {
    WireRequest::get(format!("batches/{id}"))
}

pub(super) fn cancel(id: &str) -> WireRequest {
    WireRequest::command(format!("batches/{id}/cancel"))
}

pub(super) fn over(body: &Value) -> Result<Option<Over>, Error> {
    match body.get("status").and_then(Value::as_str) {
        Some("completed" | "expired" | "cancelled") => {
            let files =
                ["output_file_id", "error_file_id"].into_iter().filter_map(|key| body.get(key)?.as_str());
            Ok(Some(Over { results: files.map(|id| format!("files/{id}/content")).collect() }))
        }
        Some("failed") => {
            let why =
                body.pointer("/errors/data/0/message").and_then(Value::as_str).unwrap_or("no reason given");
            Err(Error::new(Kind::BadRequest, format!("the provider does not accept the batch job: {why}")))
        }
        Some("validating" | "in_progress" | "finalizing" | "cancelling") => Ok(None),
        status => {
            let found = status.unwrap_or("none");
            Err(Error::new(Kind::Malformed, format!("the batch job has the unknown status \"{found}\"")))
        }
    }
}

pub(super) fn line(line: &Value) -> Result<WireReply, Error> {
    if let Some(error) = line.get("error").filter(|error| !error.is_null()) {
        let message = error.get("message").and_then(Value::as_str).unwrap_or("no reason given");
        let kind = match error.get("code").and_then(Value::as_str) {
            Some("batch_expired") => Kind::Expired,
            Some("batch_cancelled") => Kind::Canceled,
            _ => Kind::Overloaded,
        };
        return Err(Error::new(kind, format!("the batch line failed: {message}")));
    }
    let status = line.pointer("/response/status_code").and_then(Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    match (status, line.pointer("/response/body")) {
        (Some(status), Some(body)) => Ok(wire(status, body)),
        _ => Err(Error::new(Kind::Malformed, "the batch line has neither a response nor an error")),
    }
}
