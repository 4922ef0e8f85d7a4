//! Everything beside plain calls: predictions, files, batch jobs, and what is for whoever runs the stub.

use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::batch::{self, Job};
use crate::call::{Api, refusal, spoiled};
use crate::compose::compose;
use crate::config::Config;
use crate::fault::Fault;
use crate::replicate::{self, Prediction};
use crate::respond::{Responded, json_response, not_found, raw_response};
use crate::state::{Open, Outcome, Shared, State};

/// Replicate: create, get, cancel.
pub(crate) async fn predictions(shared: &Shared, method: &Method, parts: &[&str], body: &Bytes) -> Outcome {
    match (method, parts) {
        (&Method::POST, ["v1", "models", owner, name, "predictions"]) => {
            let model = format!("{owner}/{name}");
            let asked = replicate::read(&model, &serde_json::from_slice(body).unwrap_or(Value::Null));
            let (fault, config, _) = shared.lock().begin("/v1/predictions", body, &asked);
            let _open = Open(shared);
            shared.clock.sleep(Duration::from_secs_f64(config.delay_ms / 1e3)).await;
            if let Some(refused) = refusal(&config, Api::OpenAi, fault, "") {
                return shared.lock().sent(refused, fault, None);
            }
            let said = compose(&config, &asked, &asked.rendered(), fault);
            let mut state = shared.lock();
            let id = state.next_id("prediction");
            let prediction = Prediction { model, said, polls_left: config.polls, canceled: false };
            let response = spoiled(&replicate::write(&id, &prediction), fault);
            let sent = state.sent(response, fault, Some(&prediction.said));
            state.predictions.insert(id, prediction);
            sent
        }
        (_, ["v1", "predictions", id, rest @ ..]) => {
            let mut state = shared.lock();
            let Some(prediction) = state.predictions.get_mut(*id) else { return Ok(not_found()) };
            prediction.canceled |= rest == ["cancel"];
            prediction.polls_left = prediction.polls_left.saturating_sub(1);
            Ok(json_response(200, &replicate::write(id, prediction)))
        }
        _ => Ok(not_found()),
    }
}

/// Files and batch jobs.
pub(crate) fn jobs(
    shared: &Shared,
    method: &Method,
    parts: &[&str],
    content_type: &str,
    body: &Bytes,
) -> Responded {
    let mut state = shared.lock();
    let parsed: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    match (method, parts) {
        (&Method::POST, ["v1", "files"]) => {
            let Some(file) = batch::uploaded_file(content_type, &String::from_utf8_lossy(body)) else {
                return json_response(400, &json!({ "error": { "message": "no file in the upload" } }));
            };
            let id = state.next_id("file");
            state.files.insert(id.clone(), file);
            json_response(200, &json!({ "id": id, "object": "file", "purpose": "batch" }))
        }
        (&Method::GET, ["v1", "files", id, "content"]) => file_content(&state, id),
        (&Method::POST, ["v1", "batches"]) => {
            let input = parsed.get("input_file_id").and_then(Value::as_str).unwrap_or_default();
            let Some(file) = state.files.get(input) else { return not_found() };
            let job = batch::openai_job(&state.config, file);
            let id = state.add_job(job);
            json_response(200, &batch::openai_status(&id, &state.jobs[&id]))
        }
        (&Method::POST, ["v1", "messages", "batches"]) => {
            let job = batch::anthropic_job(&state.config, &parsed);
            let id = state.add_job(job);
            json_response(200, &batch::anthropic_status(&id, &state.jobs[&id]))
        }
        (&Method::GET, ["v1", "messages", "batches", id, "results"]) => match state.jobs.get(*id) {
            Some(job) => raw_response(200, "application/x-jsonl", job.output.clone()),
            None => not_found(),
        },
        (_, ["v1", "messages", "batches", id, rest @ ..]) => {
            polled(&mut state, id, rest, batch::anthropic_status)
        }
        (_, ["v1", "batches", id, rest @ ..]) => polled(&mut state, id, rest, batch::openai_status),
        _ => not_found(),
    }
}

fn file_content(state: &State, id: &str) -> Responded {
    let text = match id.split_once('-') {
        Some(("output", job)) => state.jobs.get(job).map(|job| &job.output),
        Some(("errors", job)) => state.jobs.get(job).map(|job| &job.errors),
        _ => state.files.get(id),
    };
    text.map_or_else(not_found, |text| raw_response(200, "application/jsonl", text.clone()))
}

fn polled(state: &mut State, id: &str, rest: &[&str], status: fn(&str, &Job) -> Value) -> Responded {
    let Some(job) = state.jobs.get_mut(id) else { return not_found() };
    job.canceled |= rest == ["cancel"];
    job.polls_left = job.polls_left.saturating_sub(1);
    json_response(200, &status(id, job))
}

/// What is for whoever runs the stub, not for models.
pub(crate) fn administer(shared: &Shared, method: &Method, path: &str, body: &Bytes) -> Responded {
    let mut state = shared.lock();
    match (method, path) {
        (&Method::GET, "/stats") => json_response(200, &json!(state.stats.finished())),
        (&Method::GET, "" | "/health") => json_response(200, &json!({ "status": "ok" })),
        (&Method::GET, "/v1/models") => {
            json_response(200, &json!({ "data": [{ "id": "stub", "object": "model" }] }))
        }
        (&Method::GET, "/api/tags") => json_response(200, &json!({ "models": [{ "name": "stub" }] })),
        (&Method::POST, "/reset") => {
            state.reset();
            json_response(200, &json!({ "status": "reset" }))
        }
        (&Method::POST, "/script") => match serde_json::from_slice::<Vec<Fault>>(body) {
            Ok(faults) => {
                state.script.extend(faults);
                json_response(200, &json!({ "status": "scripted" }))
            }
            Err(error) => json_response(400, &json!({ "error": { "message": error.to_string() } })),
        },
        (&Method::POST, "/control") => match changed(&state.config, body) {
            Ok(config) => {
                state.config = config;
                json_response(200, &json!({ "status": "changed" }))
            }
            Err(error) => json_response(400, &json!({ "error": { "message": error.to_string() } })),
        },
        _ => not_found(),
    }
}

/// The config with the fields that a body names replaced.
fn changed(config: &Config, body: &Bytes) -> serde_json::Result<Config> {
    let mut merged = serde_json::to_value(config)?;
    let change: serde_json::Map<String, Value> = serde_json::from_slice(body)?;
    if let Some(fields) = merged.as_object_mut() {
        fields.extend(change);
    }
    serde_json::from_value(merged)
}
