//! Anthropic's messages.

use serde_json::{Value, json};

use crate::compose::{Asked, Said};
use crate::respond::{str_at, text_of};

pub(crate) fn read(body: &Value) -> Asked {
    let list = |key: &str| body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let system = text_of(body.get("system"));
    let system = Some(("system".to_owned(), system)).filter(|(_, text)| !text.is_empty());
    let turns = list("messages");
    let turns = turns.iter().map(|message| (str_at(message, "/role"), text_of(message.get("content"))));
    let tools = list("tools").into_iter().map(|tool| {
        let parameters = tool.get("input_schema").cloned().unwrap_or(Value::Null);
        (str_at(&tool, "/name"), parameters)
    });
    Asked {
        model: str_at(body, "/model"),
        messages: system.into_iter().chain(turns).collect(),
        temperature: body.get("temperature").and_then(Value::as_f64),
        max_tokens: body.get("max_tokens").and_then(Value::as_u64),
        tools: tools.collect(),
        forced: match str_at(body, "/tool_choice/type").as_str() {
            "any" => Some(None),
            "tool" => Some(Some(str_at(body, "/tool_choice/name"))),
            _ => None,
        },
        ..Asked::default()
    }
}

pub(crate) fn write(asked: &Asked, said: &Said, serial: u64) -> Value {
    let (content, stop) = match &said.call {
        Some((id, name, input)) => {
            (json!([{ "type": "tool_use", "id": id, "name": name, "input": input }]), "tool_use")
        }
        None if said.text.is_empty() => (json!([]), "end_turn"),
        None => (
            json!([{ "type": "text", "text": said.text }]),
            if said.cut_off { "max_tokens" } else { "end_turn" },
        ),
    };
    json!({
        "id": format!("msg_{serial}"),
        "type": "message",
        "role": "assistant",
        "model": format!("{}-stub", asked.model),
        "content": content,
        "stop_reason": stop,
        "stop_sequence": null,
        "usage": {
            "input_tokens": said.prompt_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": said.completion_tokens,
        },
    })
}
