//! Replicate's predictions: created, polled until they end, or canceled.
//!
//! A prediction takes one prompt, so the conversation is written out as a transcript; tools and schemas have
//! no place. The URLs inside a reply are never followed, since a key would be sent along: paths are made from
//! the prediction's id. Source: the HTTP API reference for predictions.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::json::{count_at, malformed, missing, raw_text, text_at};
use super::{Answer, Pending, WireRequest};
use crate::error::{Billing, Error, Kind};
use crate::reply::{Finish, Reply, Usage};
use crate::request::{Message, Request};

const POLL_EVERY: Duration = Duration::from_millis(500);

pub(super) fn encode(model: &str, request: &Request) -> Result<WireRequest, Error> {
    let input = Value::Object(input(request));
    let mut wire = match model.split_once(':') {
        Some((_, version)) => {
            WireRequest::post("predictions", &json!({ "version": version, "input": input }))
        }
        None => WireRequest::post(format!("models/{model}/predictions"), &json!({ "input": input })),
    }?;
    wire.headers.push(("prefer", "wait".to_owned()));
    Ok(wire)
}

pub(super) fn decode(
    body: &Value,
    finished: impl FnOnce(Reply) -> Result<Answer, Error>,
) -> Result<Answer, Error> {
    match body.get("status").and_then(Value::as_str) {
        Some("succeeded") => finished(reply(body)?),
        Some("starting" | "processing") => pending(body),
        Some("failed") => {
            let why = raw_text(body.get("error"));
            Err(Error::new(Kind::Overloaded, format!("the prediction failed: {why}"))
                .with_billing(Billing::Unknown))
        }
        Some("canceled" | "aborted") => {
            Err(Error::new(Kind::Canceled, "the prediction was canceled").with_billing(Billing::Unknown))
        }
        _ => Err(missing("/status", "a prediction's status")),
    }
}

fn pending(body: &Value) -> Result<Answer, Error> {
    let id = text_at(body, "/id").unwrap_or_default();
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(malformed("the prediction's id is not made of letters and digits"));
    }
    Ok(Answer::Pending(Box::new(Pending {
        poll: WireRequest::get(format!("predictions/{id}")),
        cancel: WireRequest::command(format!("predictions/{id}/cancel")),
        wait: POLL_EVERY,
    })))
}

fn reply(body: &Value) -> Result<Reply, Error> {
    let text = match body.get("output") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(pieces)) => pieces.iter().map(|piece| raw_text(Some(piece))).collect(),
        _ => return Err(missing("/output", "text, or a list of texts")),
    };
    let tokens = body.pointer("/metrics/input_token_count").and_then(Value::as_u64);
    Ok(Reply {
        text,
        finish: Finish::Stop,
        usage: tokens.map(|prompt_tokens| Usage {
            prompt_tokens,
            completion_tokens: count_at(body, "/metrics/output_token_count"),
            ..Usage::default()
        }),
        model: text_at(body, "/model").filter(|model| !model.is_empty()),
        id: text_at(body, "/id"),
        ..Reply::default()
    })
}

fn input(request: &Request) -> Map<String, Value> {
    let leading =
        request.messages.iter().take_while(|message| matches!(message, Message::System { .. })).count();
    let (system, turns) = request.messages.split_at(leading);
    let system = system.iter().map(Message::text).collect::<Vec<_>>().join("\n\n");
    let pairs = [
        ("prompt", Some(json!(transcript(turns)))),
        ("system_prompt", Some(json!(system)).filter(|_| leading > 0)),
        ("max_tokens", request.max_tokens.map(|max| json!(max))),
        ("temperature", request.temperature.map(|t| json!(t))),
        ("top_p", request.top_p.map(|p| json!(p))),
        ("seed", request.seed.map(|seed| json!(seed))),
        ("stop_sequences", Some(json!(request.stop.join(","))).filter(|_| !request.stop.is_empty())),
    ];
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// One user message stands as it is; more are written as a transcript that ends where the model goes on.
fn transcript(turns: &[Message]) -> String {
    if let [Message::User { text }] = turns {
        return text.to_string();
    }
    let mut lines = String::new();
    for message in turns {
        let who = match message {
            Message::System { .. } => "System",
            Message::User { .. } => "User",
            Message::Assistant { .. } => "Assistant",
            Message::Tool { .. } => "Tool",
        };
        // Writing into a String cannot fail.
        let _ = writeln!(lines, "{who}: {}", message.text());
    }
    lines.push_str("Assistant:");
    lines
}
