//! Chat completions: OpenAI's own, Mistral's, and what most other servers understand.
//!
//! Source: the providers' API references for `POST /v1/chat/completions`.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::json::{count_at, list_at, missing, raw_text, text_at};
use super::{Dialect, WireRequest};
use crate::error::Error;
use crate::reply::{Finish, Reply, TokenLogprob, ToolCall, Usage};
use crate::request::{Format, JsonFormat, Message, Request, Tool, ToolChoice};

pub(super) fn encode(dialect: Dialect, model: &str, request: &Request) -> Result<WireRequest, Error> {
    WireRequest::post("chat/completions", &body(dialect, model, request))
}

pub(super) fn decode(body: &Value) -> Result<Reply, Error> {
    let Some(choice) = body.pointer("/choices/0") else {
        return Err(missing("/choices/0", "one choice"));
    };
    let Some(message) = choice.get("message").filter(|message| message.is_object()) else {
        return Err(missing("/choices/0/message", "a message"));
    };
    let (text, parts_reasoning) = content(message.get("content"));
    let reasoning = text_at(message, "/reasoning_content").or_else(|| text_at(message, "/reasoning"));
    let refusal = text_at(message, "/refusal").filter(|refusal| !refusal.is_empty());
    Ok(Reply {
        text,
        reasoning: reasoning.or(parts_reasoning).filter(|text| !text.trim().is_empty()),
        tool_calls: list_at(message, "/tool_calls").iter().enumerate().map(tool_call).collect(),
        finish: if refusal.is_some() { Finish::Filtered } else { finish(choice) },
        usage: body.get("usage").filter(|usage| usage.is_object()).map(usage),
        model: text_at(body, "/model").filter(|model| !model.is_empty()),
        provider: text_at(body, "/provider"),
        id: text_at(body, "/id"),
        logprobs: logprobs(choice),
        ..Reply::default()
    })
}

/// The body, in the order in which it is written. It borrows: a prompt and its tools are written once and copied
/// nowhere.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<WireMessage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<WireTool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    random_seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<u8>,
}

fn body<'a>(dialect: Dialect, model: &'a str, request: &'a Request) -> Body<'a> {
    let mistral = dialect == Dialect::Mistral;
    let openai = dialect == Dialect::OpenAi;
    let format = match &request.format {
        Format::Text => None,
        Format::Json(format) => Some(wire_format(format)),
    };
    Body {
        model,
        messages: request.messages.iter().map(|message| WireMessage { dialect, message }).collect(),
        tools: request.tools.iter().map(wire_tool).collect(),
        tool_choice: (!request.tools.is_empty()).then(|| wire_choice(dialect, &request.tool_choice)),
        response_format: format,
        seed: request.seed.filter(|_| !mistral),
        random_seed: request.seed.filter(|_| mistral),
        temperature: request.temperature,
        top_p: request.top_p,
        max_completion_tokens: request.max_tokens.filter(|_| openai),
        max_tokens: request.max_tokens.filter(|_| !openai),
        stop: &request.stop,
        logprobs: request.logprobs.map(|_| true),
        top_logprobs: request.logprobs,
    }
}

/// A message as the wire has it.
struct WireMessage<'a> {
    dialect: Dialect,
    message: &'a Message,
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

impl Serialize for WireMessage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let said = |role, content| Said { role, content };
        match self.message {
            Message::System { text } => said("system", text).serialize(serializer),
            Message::User { text } => said("user", text).serialize(serializer),
            Message::Assistant { text, tool_calls } if tool_calls.is_empty() => {
                said("assistant", text).serialize(serializer)
            }
            Message::Assistant { text, tool_calls } => {
                calling(self.dialect, text, tool_calls).serialize(serializer)
            }
            Message::Tool { call_id, name, text } => {
                result(self.dialect, [call_id, name, text]).serialize(serializer)
            }
        }
    }
}

fn calling(dialect: Dialect, text: &str, tool_calls: &[ToolCall]) -> Value {
    let content = if text.is_empty() { Value::Null } else { json!(text) };
    let calls: Vec<Value> = tool_calls.iter().map(|call| wire_call(dialect, call)).collect();
    json!({ "role": "assistant", "content": content, "tool_calls": calls })
}

fn result(dialect: Dialect, [call_id, name, text]: [&str; 3]) -> Value {
    let id = call_id_for(dialect, call_id);
    match dialect {
        Dialect::Mistral => json!({ "role": "tool", "tool_call_id": id, "name": name, "content": text }),
        _ => json!({ "role": "tool", "tool_call_id": id, "content": text }),
    }
}

fn wire_call(dialect: Dialect, call: &ToolCall) -> Value {
    json!({
        "id": call_id_for(dialect, &call.id),
        "type": "function",
        "function": { "name": call.name, "arguments": call.arguments },
    })
}

/// Mistral takes ids of nine letters and digits only; others are mapped to such, call and result alike.
fn call_id_for(dialect: Dialect, id: &str) -> String {
    let fits = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if dialect != Dialect::Mistral || fits {
        return id.to_owned();
    }
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    Sha256::digest(id).iter().take(9).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

#[derive(Serialize)]
struct WireTool<'a> {
    r#type: &'static str,
    function: WireFunction<'a>,
}

#[derive(Serialize)]
struct WireFunction<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

fn wire_tool(tool: &Tool) -> WireTool<'_> {
    let function =
        WireFunction { name: &tool.name, description: &tool.description, parameters: &tool.parameters };
    WireTool { r#type: "function", function }
}

fn wire_choice(dialect: Dialect, choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required if dialect == Dialect::Mistral => json!("any"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named(name) => json!({ "type": "function", "function": { "name": name } }),
    }
}

fn wire_format(format: &JsonFormat) -> Value {
    json!({
        "type": "json_schema",
        "json_schema": {
            "name": format.name,
            "schema": &*format.schema,
            "strict": is_strict(&format.schema),
        },
    })
}

/// Whether a schema keeps to the subset that strict mode takes: every object closed, every property required.
/// A schema outside it is sent as a request without the guarantee.
fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let object = map.get("type") == Some(&json!("object")) || map.contains_key("properties");
            let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
            let required = list_at(schema, "/required");
            let all = map.get("properties").and_then(Value::as_object);
            let complete = all.is_none_or(|all| all.keys().all(|key| required.iter().any(|r| r == key)));
            (!object || (closed && complete)) && map.values().all(is_strict)
        }
        Value::Array(items) => items.iter().all(is_strict),
        _ => true,
    }
}

/// Text and reasoning of a content that is a string, null, or a list of parts (Mistral's reasoning models).
fn content(content: Option<&Value>) -> (String, Option<String>) {
    let Some(Value::Array(parts)) = content else {
        return (raw_text(content), None);
    };
    let (mut text, mut reasoning) = (String::new(), String::new());
    for part in parts {
        match part.get("thinking") {
            Some(Value::Array(inner)) => {
                inner
                    .iter()
                    .filter_map(|part| part.get("text")?.as_str())
                    .for_each(|t| reasoning.push_str(t));
            }
            Some(thought) => reasoning.push_str(&raw_text(Some(thought))),
            None => text.push_str(&raw_text(part.get("text"))),
        }
    }
    (text, Some(reasoning).filter(|reasoning| !reasoning.is_empty()))
}

fn tool_call((index, call): (usize, &Value)) -> ToolCall {
    ToolCall {
        id: text_at(call, "/id").filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{index}")),
        name: text_at(call, "/function/name").unwrap_or_default(),
        arguments: raw_text(call.pointer("/function/arguments")),
    }
}

fn finish(choice: &Value) -> Finish {
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("stop" | "eos" | "end_turn") => Finish::Stop,
        Some("length" | "model_length" | "max_tokens") => Finish::Length,
        Some("tool_calls" | "function_call") => Finish::ToolCalls,
        Some("content_filter") => Finish::Filtered,
        _ => Finish::Other,
    }
}

fn usage(usage: &Value) -> Usage {
    Usage {
        prompt_tokens: count_at(usage, "/prompt_tokens"),
        cached_tokens: count_at(usage, "/prompt_tokens_details/cached_tokens"),
        cache_write_tokens: count_at(usage, "/prompt_tokens_details/cache_write_tokens"),
        completion_tokens: count_at(usage, "/completion_tokens"),
        reasoning_tokens: count_at(usage, "/completion_tokens_details/reasoning_tokens"),
    }
}

fn logprobs(choice: &Value) -> Option<Vec<TokenLogprob>> {
    let content = choice.pointer("/logprobs/content")?.as_array()?;
    Some(content.iter().filter_map(token_logprob).collect())
}

/// One token of a list that OpenAI and Ollama write alike.
pub(super) fn token_logprob(entry: &Value) -> Option<TokenLogprob> {
    let pair = |entry: &Value| Some((text_at(entry, "/token")?, entry.get("logprob")?.as_f64()?));
    let (token, logprob) = pair(entry)?;
    Some(TokenLogprob {
        token,
        logprob,
        top: list_at(entry, "/top_logprobs").iter().filter_map(pair).collect(),
    })
}
