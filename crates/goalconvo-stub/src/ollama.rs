//! Ollama's chat.

use serde_json::{Value, json};

use crate::compose::{Asked, Said};
use crate::openai;

pub(crate) fn read(body: &Value) -> Asked {
    let option = |key: &str| body.get("options").and_then(|options| options.get(key));
    Asked {
        seed: option("seed").and_then(Value::as_u64),
        temperature: option("temperature").and_then(Value::as_f64),
        max_tokens: option("num_predict").and_then(Value::as_u64),
        schema: body.get("format").filter(|format| format.is_object()).cloned(),
        ..openai::read(body)
    }
}

pub(crate) fn write(asked: &Asked, said: &Said) -> Value {
    let mut message = json!({ "role": "assistant", "content": said.text });
    if let (Some((_, name, arguments)), Some(message)) = (&said.call, message.as_object_mut()) {
        let calls = json!([{ "function": { "name": name, "arguments": arguments } }]);
        message.insert("tool_calls".to_owned(), calls);
    }
    json!({
        "model": asked.model,
        "created_at": "2025-01-01T00:00:00Z",
        "message": message,
        "done": true,
        "done_reason": if said.cut_off { "length" } else { "stop" },
        "prompt_eval_count": said.prompt_tokens,
        "eval_count": said.completion_tokens,
    })
}
