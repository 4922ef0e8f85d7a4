//! The batch endpoints of OpenAI and Anthropic. A job's lines are answered when it is made and shown once it
//! was polled often enough; a share of them fails or expires on command.

use serde_json::{Value, json};

use crate::compose::{Said, compose};
use crate::config::Config;
use crate::draw::{Draw, hash};
use crate::fault::Fault;
use crate::respond::str_at;
use crate::{anthropic, openai};

/// A job, its results ready.
#[derive(Debug, Default)]
pub(crate) struct Job {
    pub(crate) output: String,
    pub(crate) errors: String,
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    pub(crate) expired: u64,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
    pub(crate) polls_left: u32,
    pub(crate) canceled: bool,
}

/// How one line of a job ends.
enum End {
    Answered,
    Failed,
    Expired,
}

/// OpenAI: lines of `{custom_id, method, url, body}` in a file.
pub(crate) fn openai_job(config: &Config, file: &str) -> Job {
    let mut job = Job { polls_left: config.polls, ..Job::default() };
    for (number, line) in file.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        let line: Value = serde_json::from_str(line).unwrap_or(Value::Null);
        let id = str_at(&line, "/custom_id");
        let body = line.get("body").cloned().unwrap_or(Value::Null);
        match end_of(config, &id) {
            End::Answered => {
                let asked = openai::read(&body);
                let said = compose(config, &asked, &asked.rendered(), Fault::Ok);
                job.count(&said);
                let reply = openai::write(&asked, &said, number as u64);
                let response = json!({ "status_code": 200, "request_id": number, "body": reply });
                job.output +=
                    &format!("{}\n", json!({ "custom_id": id, "response": response, "error": null }));
            }
            End::Failed => {
                job.failed += 1;
                let error =
                    json!({ "error": { "message": "the line failed on command", "type": "server_error" } });
                let response = json!({ "status_code": 500, "request_id": number, "body": error });
                job.errors +=
                    &format!("{}\n", json!({ "custom_id": id, "response": response, "error": null }));
            }
            End::Expired => {
                job.expired += 1;
                let error = json!({ "code": "batch_expired", "message": "not done within 24 h" });
                job.errors += &format!("{}\n", json!({ "custom_id": id, "response": null, "error": error }));
            }
        }
    }
    job
}

pub(crate) fn openai_status(id: &str, job: &Job) -> Value {
    let status = match (job.canceled, job.polls_left, job.expired) {
        (true, _, _) => "cancelled",
        (false, 1.., _) => "in_progress",
        (false, 0, 1..) => "expired",
        (false, 0, 0) => "completed",
    };
    let over = status != "in_progress";
    let file = |name: &str, text: &str| {
        if over && !text.is_empty() { json!(format!("{name}-{id}")) } else { Value::Null }
    };
    json!({
        "id": id,
        "object": "batch",
        "status": status,
        "output_file_id": file("output", &job.output),
        "error_file_id": file("errors", &job.errors),
        "request_counts": {
            "total": job.answered + job.failed + job.expired,
            "completed": job.answered,
            "failed": job.failed,
        },
    })
}

/// Anthropic: `{requests: [{custom_id, params}]}`.
pub(crate) fn anthropic_job(config: &Config, body: &Value) -> Job {
    let mut job = Job { polls_left: config.polls, ..Job::default() };
    let requests = body.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
    for (number, line) in requests.iter().enumerate() {
        let id = str_at(line, "/custom_id");
        let params = line.get("params").cloned().unwrap_or(Value::Null);
        let result = match end_of(config, &id) {
            End::Answered => {
                let asked = anthropic::read(&params);
                let said = compose(config, &asked, &asked.rendered(), Fault::Ok);
                job.count(&said);
                json!({ "type": "succeeded", "message": anthropic::write(&asked, &said, number as u64) })
            }
            End::Failed => {
                job.failed += 1;
                let error = json!({ "type": "api_error", "message": "the line failed on command" });
                json!({ "type": "errored", "error": { "type": "error", "error": error } })
            }
            End::Expired => {
                job.expired += 1;
                json!({ "type": "expired" })
            }
        };
        job.output += &format!("{}\n", json!({ "custom_id": id, "result": result }));
    }
    job
}

pub(crate) fn anthropic_status(id: &str, job: &Job) -> Value {
    let over = job.polls_left == 0 || job.canceled;
    json!({
        "id": id,
        "type": "message_batch",
        "processing_status": if over { "ended" } else { "in_progress" },
        "request_counts": {
            "processing": if over { 0 } else { job.answered + job.failed + job.expired },
            "succeeded": if over { job.answered } else { 0 },
            "errored": if over { job.failed } else { 0 },
            "canceled": 0,
            "expired": if over { job.expired } else { 0 },
        },
        "results_url": if over { json!(format!("/v1/messages/batches/{id}/results")) } else { Value::Null },
    })
}

/// The file part of an upload: what stands between the blank line after a part named "file" and its boundary.
pub(crate) fn uploaded_file(content_type: &str, body: &str) -> Option<String> {
    let boundary = content_type.split_once("boundary=")?.1.trim_matches('"');
    let part = body.split(&format!("--{boundary}")).find(|part| part.contains("name=\"file\""))?;
    let (_, content) = part.split_once("\r\n\r\n")?;
    Some(content.strip_suffix("\r\n").unwrap_or(content).to_owned())
}

impl Job {
    fn count(&mut self, said: &Said) {
        self.answered += 1;
        self.prompt_tokens += said.prompt_tokens;
        self.completion_tokens += said.completion_tokens;
    }
}

fn end_of(config: &Config, id: &str) -> End {
    let drawn = Draw::new(&[config.seed, hash(id.as_bytes()), 77]).unit();
    if drawn < config.batch_error_rate {
        End::Failed
    } else if drawn < config.batch_error_rate + config.batch_expire_rate {
        End::Expired
    } else {
        End::Answered
    }
}
