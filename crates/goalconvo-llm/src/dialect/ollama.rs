//! Ollama's own chat interface, which unlike its OpenAI endpoint sizes the context by request.
//!
//! `truncate: false` and `shift: false` ask the server to fail rather than drop the oldest turns in silence.
//! Source: the API reference for `POST /api/chat`.

use serde_json::{Map, Value, json};

use super::WireRequest;
use super::json::{arguments_object, count_at, list_at, missing, raw_text, text_at};
use super::openai::token_logprob;
use crate::error::Error;
use crate::reply::{Finish, Reply, ToolCall, Usage};
use crate::request::{Format, Message, Request, ToolChoice};

pub(super) fn encode(model: &str, request: &Request) -> Result<WireRequest, Error> {
    let mut body = Map::new();
    let mut set = |key: &str, value: Value| body.insert(key.to_owned(), value);
    set("model", json!(model));
    set("messages", request.messages.iter().map(wire_message).collect());
    set("stream", json!(false));
    set("truncate", json!(false));
    set("shift", json!(false));
    if !request.tools.is_empty() && request.tool_choice != ToolChoice::None {
        let tools = request.tools.iter().map(|tool| {
            json!({
                "type": "function",
                "function": { "name": tool.name, "description": tool.description, "parameters": &*tool.parameters },
            })
        });
        set("tools", tools.collect());
    }
    if let Format::Json(format) = &request.format {
        set("format", (*format.schema).clone());
    }
    if let Some(top) = request.logprobs {
        set("logprobs", json!(true));
        set("top_logprobs", json!(top));
    }
    let options = options(request);
    if !options.is_empty() {
        set("options", Value::Object(options));
    }
    WireRequest::post("api/chat", &Value::Object(body))
}

pub(super) fn decode(body: &Value) -> Result<Reply, Error> {
    let Some(message) = body.get("message").filter(|message| message.is_object()) else {
        return Err(missing("/message", "a message"));
    };
    if body.get("done") != Some(&Value::Bool(true)) {
        return Err(missing("/done", "true, since no stream was asked for"));
    }
    let tool_calls: Vec<ToolCall> =
        list_at(message, "/tool_calls").iter().enumerate().map(tool_call).collect();
    Ok(Reply {
        text: raw_text(message.get("content")),
        reasoning: text_at(message, "/thinking").filter(|text| !text.trim().is_empty()),
        finish: finish(body, !tool_calls.is_empty()),
        tool_calls,
        usage: usage(body),
        model: text_at(body, "/model").filter(|model| !model.is_empty()),
        logprobs: body
            .get("logprobs")
            .and_then(Value::as_array)
            .map(|l| l.iter().filter_map(token_logprob).collect()),
        ..Reply::default()
    })
}

fn options(request: &Request) -> Map<String, Value> {
    let pairs = [
        ("seed", request.seed.map(|seed| json!(seed))),
        ("temperature", request.temperature.map(|t| json!(t))),
        ("top_p", request.top_p.map(|p| json!(p))),
        ("num_predict", request.max_tokens.map(|max| json!(max))),
        ("num_ctx", request.context_tokens.map(|tokens| json!(tokens))),
        ("stop", Some(json!(request.stop)).filter(|_| !request.stop.is_empty())),
    ];
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn wire_message(message: &Message) -> Value {
    match message {
        Message::System { text } => json!({ "role": "system", "content": &**text }),
        Message::User { text } => json!({ "role": "user", "content": &**text }),
        Message::Assistant { text, tool_calls } if tool_calls.is_empty() => {
            json!({ "role": "assistant", "content": &**text })
        }
        Message::Assistant { text, tool_calls } => {
            let calls = tool_calls.iter().map(|call| {
                json!({ "function": { "name": call.name, "arguments": arguments_object(&call.arguments) } })
            });
            json!({ "role": "assistant", "content": &**text, "tool_calls": calls.collect::<Vec<_>>() })
        }
        Message::Tool { name, text, .. } => {
            json!({ "role": "tool", "tool_name": &**name, "content": &**text })
        }
    }
}

fn tool_call((index, call): (usize, &Value)) -> ToolCall {
    ToolCall {
        id: text_at(call, "/id").filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{index}")),
        name: text_at(call, "/function/name").unwrap_or_default(),
        arguments: raw_text(call.pointer("/function/arguments")),
    }
}

fn finish(body: &Value, calls: bool) -> Finish {
    match body.get("done_reason").and_then(Value::as_str) {
        _ if calls => Finish::ToolCalls,
        Some("stop") => Finish::Stop,
        Some("length") => Finish::Length,
        _ => Finish::Other,
    }
}

/// Ollama leaves `prompt_eval_count` out when the whole prompt came from its cache: then nothing is known.
fn usage(body: &Value) -> Option<Usage> {
    let prompt_tokens = body.get("prompt_eval_count")?.as_u64()?;
    Some(Usage { prompt_tokens, completion_tokens: count_at(body, "/eval_count"), ..Usage::default() })
}
