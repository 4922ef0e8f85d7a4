//! Replicate's predictions. A prediction is made when it is created and shown once it was polled often enough.

use serde_json::{Value, json};

use crate::compose::{Asked, Said};
use crate::respond::str_at;

/// A prediction that was asked for.
#[derive(Debug)]
pub(crate) struct Prediction {
    pub(crate) model: String,
    pub(crate) said: Said,
    pub(crate) polls_left: u32,
    pub(crate) canceled: bool,
}

pub(crate) fn read(model: &str, body: &Value) -> Asked {
    let input = body.get("input").cloned().unwrap_or(Value::Null);
    let system = str_at(&input, "/system_prompt");
    let system = Some(("system".to_owned(), system)).filter(|(_, text)| !text.is_empty());
    let prompt = ("user".to_owned(), str_at(&input, "/prompt"));
    Asked {
        model: model.to_owned(),
        messages: system.into_iter().chain([prompt]).collect(),
        seed: input.get("seed").and_then(Value::as_u64),
        temperature: input.get("temperature").and_then(Value::as_f64),
        max_tokens: input.get("max_tokens").and_then(Value::as_u64),
        ..Asked::default()
    }
}

pub(crate) fn write(id: &str, prediction: &Prediction) -> Value {
    let status = match (prediction.canceled, prediction.polls_left) {
        (true, _) => "canceled",
        (false, 0) => "succeeded",
        (false, _) => "processing",
    };
    let pieces: Vec<&str> = prediction.said.text.split_inclusive(' ').collect();
    json!({
        "id": id,
        "model": prediction.model,
        "status": status,
        "output": if status == "succeeded" { json!(pieces) } else { Value::Null },
        "error": null,
        "metrics": {
            "input_token_count": prediction.said.prompt_tokens,
            "output_token_count": prediction.said.completion_tokens,
        },
        "urls": { "get": format!("/v1/predictions/{id}"), "cancel": format!("/v1/predictions/{id}/cancel") },
    })
}
