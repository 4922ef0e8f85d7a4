//! One call to a model: what is said, refused, spoiled or lost.

use std::time::Duration;

use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::compose::compose;
use crate::config::Config;
use crate::fault::Fault;
use crate::respond::{Responded, json_response, raw_response};
use crate::state::{Open, Outcome, Shared};
use crate::{anthropic, ollama, openai};

/// The interfaces of one call.
#[derive(Clone, Copy)]
pub(crate) enum Api {
    OpenAi,
    Anthropic,
    Ollama,
}

/// One call to a model.
pub(crate) async fn model(shared: &Shared, api: Api, path: &str, body: &Bytes, key: &str) -> Outcome {
    let Ok(parsed) = serde_json::from_slice::<Value>(body) else {
        return Ok(json_response(400, &json!({ "error": { "message": "invalid JSON" } })));
    };
    let asked = match api {
        Api::OpenAi => openai::read(&parsed),
        Api::Anthropic => anthropic::read(&parsed),
        Api::Ollama => ollama::read(&parsed),
    };
    let (fault, config, serial) = shared.lock().begin(path, body, &asked);
    let _open = Open(shared);
    shared.clock.sleep(Duration::from_secs_f64(config.delay_ms / 1e3)).await;
    if let Some(refused) = refusal(&config, api, fault, key) {
        return shared.lock().sent(refused, fault, None);
    }
    let said = compose(&config, &asked, &asked.rendered(), fault);
    if fault == Fault::Hang {
        shared.lock().bill(&said);
        sleep(Duration::from_millis(config.hang_ms)).await;
        return shared.lock().lost(fault);
    }
    if fault == Fault::Reset {
        let mut state = shared.lock();
        state.bill(&said);
        return state.lost(fault);
    }
    let reply = match api {
        Api::OpenAi => openai::write(&asked, &said, serial),
        Api::Anthropic => anthropic::write(&asked, &said, serial),
        Api::Ollama => ollama::write(&asked, &said),
    };
    shared.lock().sent(spoiled(&reply, fault), fault, Some(&said))
}

/// Faults that are a status: nothing is said and nothing billed.
pub(crate) fn refusal(config: &Config, api: Api, fault: Fault, key: &str) -> Option<Responded> {
    let (status, message) = match fault {
        Fault::RateLimit => (429, "slow down".to_owned()),
        Fault::ServerError => (500, "failed on command".to_owned()),
        Fault::Overloaded if matches!(api, Api::Anthropic) => (529, "overloaded".to_owned()),
        Fault::Overloaded => (503, "overloaded".to_owned()),
        Fault::BadKey => (401, format!("incorrect key provided: {key}")),
        Fault::TooLong => (400, "this model's maximum context length is 8 tokens".to_owned()),
        _ => return None,
    };
    let mut response =
        json_response(status, &json!({ "error": { "message": message, "type": "on_command" } }));
    if status == 429 && config.retry_after_s >= 0.0 {
        let value = config.retry_after_s.to_string().parse();
        value.into_iter().for_each(|value| drop(response.headers_mut().insert("retry-after", value)));
    }
    Some(response)
}

/// The reply, or what a fault leaves of it.
pub(crate) fn spoiled(reply: &Value, fault: Fault) -> Responded {
    match fault {
        Fault::TruncatedJson => {
            let mut text = reply.to_string();
            let mut half = text.len() / 2;
            while !text.is_char_boundary(half) {
                half -= 1;
            }
            text.truncate(half);
            raw_response(200, "application/json", text)
        }
        Fault::Html => raw_response(200, "text/html", "<html><body>Bad gateway</body></html>"),
        Fault::ErrorInside => {
            json_response(200, &json!({ "error": { "message": "upstream failed", "code": 502 } }))
        }
        _ => json_response(200, reply),
    }
}
