//! OpenAI's chat completions.

use serde_json::{Value, json};

use crate::compose::{Asked, Said};
use crate::respond::{str_at, text_of};

pub(crate) fn read(body: &Value) -> Asked {
    let list = |key: &str| body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let number = |key: &str| body.get(key).and_then(Value::as_u64);
    let tools = list("tools").into_iter().map(|tool| {
        let parameters = tool.pointer("/function/parameters").cloned().unwrap_or(Value::Null);
        (str_at(&tool, "/function/name"), parameters)
    });
    let forced = match body.get("tool_choice") {
        Some(Value::String(choice)) if choice == "required" || choice == "any" => Some(None),
        Some(choice) if choice.is_object() => Some(Some(str_at(choice, "/function/name"))),
        _ => None,
    };
    Asked {
        model: str_at(body, "/model"),
        messages: list("messages").iter().map(message).collect(),
        seed: number("seed").or(number("random_seed")),
        temperature: body.get("temperature").and_then(Value::as_f64),
        max_tokens: number("max_completion_tokens").or(number("max_tokens")),
        schema: body.pointer("/response_format/json_schema/schema").cloned(),
        tools: tools.collect(),
        forced,
        logprobs: body.get("logprobs") == Some(&Value::Bool(true)),
    }
}

pub(crate) fn write(asked: &Asked, said: &Said, serial: u64) -> Value {
    let calls = said.call.as_ref().map(|(id, name, arguments)| {
        json!([{ "id": id, "type": "function", "function": { "name": name, "arguments": arguments.to_string() } }])
    });
    let finish = match (&calls, said.cut_off) {
        (Some(_), _) => "tool_calls",
        (None, true) => "length",
        (None, false) => "stop",
    };
    let mut message = json!({ "role": "assistant", "content": said.text });
    if let (Some(calls), Some(message)) = (calls, message.as_object_mut()) {
        message.insert("content".to_owned(), Value::Null);
        message.insert("tool_calls".to_owned(), calls);
    }
    let logprobs = if asked.logprobs { json!({ "content": logprobs(&said.text) }) } else { Value::Null };
    json!({
        "id": format!("chatcmpl-{serial}"),
        "object": "chat.completion",
        "model": format!("{}-stub", asked.model),
        "choices": [{ "index": 0, "message": message, "logprobs": logprobs, "finish_reason": finish }],
        "usage": {
            "prompt_tokens": said.prompt_tokens,
            "completion_tokens": said.completion_tokens,
            "total_tokens": said.prompt_tokens + said.completion_tokens,
        },
    })
}

/// Each word as a token, less likely the longer it is.
pub(crate) fn logprobs(text: &str) -> Vec<Value> {
    let token = |word: &str| {
        #[expect(clippy::cast_precision_loss, reason = "words are short")]
        let logprob = -(word.len() as f64) / 10.0;
        json!({ "token": word, "logprob": logprob, "top_logprobs": [{ "token": word, "logprob": logprob }] })
    };
    text.split_inclusive(' ').map(token).collect()
}

fn message(message: &Value) -> (String, String) {
    let calls = message.get("tool_calls").map(Value::to_string).unwrap_or_default();
    (str_at(message, "/role"), text_of(message.get("content")) + &calls)
}
