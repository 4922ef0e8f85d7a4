//! What the two batch interfaces have in common: submit, poll, cancel, fetch.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::{anthropic, openai};
use crate::dialect::{WireReply, WireRequest, failure, parse_body};
use crate::error::{Billing, Error, Kind};
use crate::provider::Provider;

/// Which batch interface is spoken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Interface {
    OpenAi,
    Anthropic,
}

/// One request of a job.
pub(super) struct Line<'a> {
    pub(super) id: String,
    pub(super) body: &'a Bytes,
}

/// A job that is over, and where its results lie.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Over {
    pub(super) results: Vec<String>,
}

/// Each request's wire reply, or why it has none, by its id.
pub(super) type Lines = BTreeMap<String, Result<WireReply, Error>>;

impl Interface {
    /// Hands the requests over; the job's id.
    pub(super) async fn submit(self, provider: &Provider, lines: &[Line<'_>]) -> Result<String, Error> {
        match self {
            Interface::OpenAi => {
                let file = call(provider, &openai::upload(lines)).await?;
                id_of(&call(provider, &openai::create(&id_of(&file)?)?).await?)
            }
            Interface::Anthropic => id_of(&call(provider, &anthropic::create(lines)).await?),
        }
    }

    /// `None` while the job runs.
    pub(super) async fn poll(self, provider: &Provider, id: &str) -> Result<Option<Over>, Error> {
        match self {
            Interface::OpenAi => openai::over(&call(provider, &openai::status(id)).await?),
            Interface::Anthropic => anthropic::over(id, &call(provider, &anthropic::status(id)).await?),
        }
    }

    pub(super) async fn cancel(self, provider: &Provider, id: &str) -> Result<(), Error> {
        let wire = match self {
            Interface::OpenAi => openai::cancel(id),
            Interface::Anthropic => anthropic::cancel(id),
        };
        call(provider, &wire).await.map(drop)
    }

    /// The results of a job that is over.
    pub(super) async fn fetch(self, provider: &Provider, id: &str, over: &Over) -> Result<Lines, Error> {
        let mut lines = Lines::new();
        for path in &over.results {
            let reply = raw(provider, &WireRequest::get(path.clone())).await?;
            for (number, text) in reply.body.split(|byte| *byte == b'\n').enumerate() {
                if text.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let line: Value = serde_json::from_slice(text).map_err(|error| {
                    let message = format!("batch job {id}, results line {}: not JSON: {error}", number + 1);
                    Error::new(Kind::Malformed, message)
                })?;
                let name = line.get("custom_id").and_then(Value::as_str).unwrap_or_default().to_owned();
                let end = match self {
                    Interface::OpenAi => openai::line(&line),
                    Interface::Anthropic => anthropic::line(&line),
                };
                lines.insert(name, end);
            }
        }
        Ok(lines)
    }
}

/// A reply with a status and a JSON body.
pub(super) fn wire(status: u16, body: &Value) -> WireReply {
    WireReply { status, headers: Vec::new(), body: Bytes::from(body.to_string()) }
}

async fn call(provider: &Provider, wire: &WireRequest) -> Result<Value, Error> {
    parse_body(&raw(provider, wire).await?)
}

/// Sends, and repeats as calls to models are repeated: a job's housekeeping must not fail for a bad minute.
/// A submission that broke off is not repeated: the job may have been made, and would be paid for twice.
async fn raw(provider: &Provider, wire: &WireRequest) -> Result<WireReply, Error> {
    let mut made = 0;
    loop {
        made += 1;
        let sent = provider.send(wire).await;
        let sent = sent.and_then(|reply| {
            if (200..300).contains(&reply.status) {
                Ok(reply)
            } else {
                Err(failure(provider.dialect(), &reply))
            }
        });
        let error = match sent {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        let makes_a_job = wire.path.ends_with("batches");
        let unsure = makes_a_job && error.billing() != Billing::Nothing;
        match provider.settings.retry.pause(&error, made, made.into()).filter(|_| !unsure) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(error),
        }
    }
}

fn id_of(body: &Value) -> Result<String, Error> {
    let id = body.get("id").and_then(Value::as_str).unwrap_or_default();
    let fits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if fits {
        Ok(id.to_owned())
    } else {
        Err(Error::new(Kind::Malformed, "the batch reply has no usable id"))
    }
}
