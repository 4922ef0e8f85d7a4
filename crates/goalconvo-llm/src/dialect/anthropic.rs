//! Anthropic's messages.
//!
//! Where it differs: rules stand apart from the messages, `max_tokens` is demanded, tool results are parts of
//! a user message, and there is no reply format: a schema becomes a tool that the model must call, whose
//! input is the reply. Source: the API reference for `POST /v1/messages`.

use serde_json::{Map, Value, json};

use super::WireRequest;
use super::json::{arguments_object, count_at, missing, raw_text, text_at};
use crate::error::{Error, Kind};
use crate::reply::{Finish, Reply, ToolCall, Usage};
use crate::request::{Format, Message, Request, ToolChoice};

/// The tool that stands for a reply by schema.
const REPLY_TOOL: &str = "reply_as_json";

pub(super) fn encode(model: &str, request: &Request) -> Result<WireRequest, Error> {
    let Some(max_tokens) = request.max_tokens else {
        return Err(Error::new(Kind::BadRequest, "max_tokens is not set: Anthropic demands it"));
    };
    let leading =
        request.messages.iter().take_while(|message| matches!(message, Message::System { .. })).count();
    let (system, turns) = request.messages.split_at(leading);
    let mut body = Map::new();
    let mut set = |key: &str, value: Value| body.insert(key.to_owned(), value);
    set("model", json!(model));
    set("max_tokens", json!(max_tokens));
    if !system.is_empty() {
        set("system", wire_system(system, request.cache_prefix));
    }
    set("messages", Value::Array(wire_turns(turns, request.cache_prefix)));
    if let Some(tools) = wire_tools(request) {
        set("tools", tools);
        set("tool_choice", wire_choice(request));
    }
    if let Some(temperature) = request.temperature {
        set("temperature", json!(temperature));
    }
    if let Some(top_p) = request.top_p {
        set("top_p", json!(top_p));
    }
    if !request.stop.is_empty() {
        set("stop_sequences", json!(request.stop));
    }
    WireRequest::post("messages", &Value::Object(body))
}

pub(super) fn decode(request: &Request, body: &Value) -> Result<Reply, Error> {
    let Some(parts) = body.get("content").and_then(Value::as_array) else {
        return Err(missing("/content", "a list of parts"));
    };
    let mut reply = Reply {
        finish: finish(body),
        usage: body.get("usage").filter(|usage| usage.is_object()).map(usage),
        model: text_at(body, "/model").filter(|model| !model.is_empty()),
        id: text_at(body, "/id"),
        ..Reply::default()
    };
    let mut reasoning = String::new();
    for part in parts {
        match part.get("type").and_then(Value::as_str) {
            Some("text") => reply.text.push_str(&raw_text(part.get("text"))),
            Some("thinking") => reasoning.push_str(&raw_text(part.get("thinking"))),
            Some("tool_use") => reply.tool_calls.push(tool_call(part)),
            _ => {}
        }
    }
    reply.reasoning = Some(reasoning).filter(|reasoning| !reasoning.trim().is_empty());
    if matches!(request.format, Format::Json(_)) {
        unwrap_reply_tool(&mut reply);
    }
    Ok(reply)
}

/// Turns the call of the reply tool back into text; what was said beside it is no part of the reply.
fn unwrap_reply_tool(reply: &mut Reply) {
    if let Some(at) = reply.tool_calls.iter().position(|call| call.name == REPLY_TOOL) {
        reply.text = reply.tool_calls.remove(at).arguments;
        if reply.finish == Finish::ToolCalls && reply.tool_calls.is_empty() {
            reply.finish = Finish::Stop;
        }
    }
}

fn wire_system(system: &[Message], cache: bool) -> Value {
    let mut parts: Vec<Value> =
        system.iter().map(|message| json!({ "type": "text", "text": message.text() })).collect();
    mark_for_cache(parts.last_mut(), cache);
    Value::Array(parts)
}

fn mark_for_cache(part: Option<&mut Value>, cache: bool) {
    if let (Some(Value::Object(part)), true) = (part, cache) {
        part.insert("cache_control".to_owned(), json!({ "type": "ephemeral" }));
    }
}

/// Messages with their parts; neighbours of one role become one message, as the interface wants.
fn wire_turns(turns: &[Message], cache: bool) -> Vec<Value> {
    let mut grouped: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in turns {
        let (role, parts) = wire_parts(message);
        match grouped.last_mut() {
            Some((last, all)) if *last == role => all.extend(parts),
            _ => grouped.push((role, parts)),
        }
    }
    if let Some((_, parts)) = grouped.last_mut() {
        mark_for_cache(parts.last_mut(), cache);
    }
    grouped.into_iter().map(|(role, parts)| json!({ "role": role, "content": parts })).collect()
}

fn wire_parts(message: &Message) -> (&'static str, Vec<Value>) {
    let words = |text: &str| json!({ "type": "text", "text": text });
    match message {
        // A rule in the middle has no place of its own; it is told from speech by its tag.
        Message::System { text } => ("user", vec![words(&format!("<system>\n{text}\n</system>"))]),
        Message::User { text } => ("user", vec![words(text)]),
        Message::Assistant { text, tool_calls } => {
            let said = Some(words(text)).filter(|_| !text.trim().is_empty());
            let calls = tool_calls.iter().map(|call| {
                json!({
                    "type": "tool_use",
                    "id": call.id,
                    "name": call.name,
                    "input": arguments_object(&call.arguments),
                })
            });
            ("assistant", said.into_iter().chain(calls).collect())
        }
        Message::Tool { call_id, text, .. } => {
            ("user", vec![json!({ "type": "tool_result", "tool_use_id": &**call_id, "content": &**text })])
        }
    }
}

fn wire_tools(request: &Request) -> Option<Value> {
    let mut tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({ "name": tool.name, "description": tool.description, "input_schema": &*tool.parameters })
        })
        .collect();
    if let Format::Json(format) = &request.format {
        let description =
            format!("Gives the reply \"{}\" as JSON. Every reply is given through this tool.", format.name);
        tools
            .push(json!({ "name": REPLY_TOOL, "description": description, "input_schema": &*format.schema }));
    }
    if tools.is_empty() { None } else { Some(Value::Array(tools)) }
}

fn wire_choice(request: &Request) -> Value {
    let by_schema = matches!(request.format, Format::Json(_));
    match &request.tool_choice {
        ToolChoice::Named(name) => json!({ "type": "tool", "name": name }),
        ToolChoice::Required => json!({ "type": "any" }),
        // With a schema some tool must be called: the reply tool, or one of the others where there are any.
        ToolChoice::Auto if by_schema && !request.tools.is_empty() => json!({ "type": "any" }),
        ToolChoice::Auto | ToolChoice::None if by_schema => json!({ "type": "tool", "name": REPLY_TOOL }),
        ToolChoice::Auto => json!({ "type": "auto" }),
        ToolChoice::None => json!({ "type": "none" }),
    }
}

fn tool_call(part: &Value) -> ToolCall {
    ToolCall {
        id: text_at(part, "/id").unwrap_or_default(),
        name: text_at(part, "/name").unwrap_or_default(),
        arguments: raw_text(part.get("input")),
    }
}

fn finish(body: &Value) -> Finish {
    match body.get("stop_reason").and_then(Value::as_str) {
        Some("end_turn" | "stop_sequence") => Finish::Stop,
        Some("max_tokens" | "model_context_window_exceeded") => Finish::Length,
        Some("tool_use") => Finish::ToolCalls,
        Some("refusal") => Finish::Filtered,
        _ => Finish::Other,
    }
}

/// Anthropic counts cached tokens apart from `input_tokens`; here the prompt is all of them.
fn usage(usage: &Value) -> Usage {
    let cached = count_at(usage, "/cache_read_input_tokens");
    let written = count_at(usage, "/cache_creation_input_tokens");
    Usage {
        prompt_tokens: count_at(usage, "/input_tokens") + cached + written,
        cached_tokens: cached,
        cache_write_tokens: written,
        completion_tokens: count_at(usage, "/output_tokens"),
        reasoning_tokens: 0,
    }
}
