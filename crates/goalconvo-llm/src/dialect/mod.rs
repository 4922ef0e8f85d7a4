//! Dialects: what each provider's interface looks like, as pure functions from a request to bytes and from
//! bytes to a reply.
//!
//! Own wire types rather than a client crate: `genai` 0.7 drops JSON schemas for Ollama, has no typed
//! log-probabilities, no batch bodies and no retries, sets its own `max_tokens`, and hides the headers
//! (`Retry-After`) and the raw tool arguments that this crate must keep. A batch job needs the body of a
//! request without sending it, which only a pure translation gives. Six dialects are about 700 lines; the same
//! translation serves the live call, the batch line and the cassette.
//!
//! A dialect knows no key and no base URL: the transport adds both.

mod anthropic;
mod failure;
mod json;
mod ollama;
mod openai;
mod replicate;

use std::time::Duration;

use bytes::Bytes;

use crate::error::{Billing, Error, Kind};
use crate::reply::{Feature, Finish, Reply};
use crate::request::{Format, Request, ToolChoice};
use crate::thinking::split_thinking;

pub(crate) use failure::failure;
pub(crate) use json::parse_body;

/// The interfaces that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// OpenAI's own chat completions.
    OpenAi,
    /// Chat completions as most servers understand them (`max_tokens` rather than `max_completion_tokens`).
    Compatible,
    /// Mistral's chat completions (`random_seed`, `tool_choice: "any"`, nine-letter call ids).
    Mistral,
    /// Anthropic's messages.
    Anthropic,
    /// Ollama's chat.
    Ollama,
    /// Replicate's predictions: create, poll, cancel.
    Replicate,
}

/// The verb of an HTTP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Make or do.
    Post,
}

/// A request as bytes, without base URL and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// The verb.
    pub method: Method,
    /// The path to add to the base URL, without a leading slash.
    pub path: String,
    /// Headers beyond content type and key.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for [`Method::Get`].
    pub body: Bytes,
    /// The body's type.
    pub content_type: &'static str,
}

impl WireRequest {
    /// Sends a body as JSON; one that is none is an error, and nothing is sent in its place.
    pub(crate) fn post(path: impl Into<String>, body: &impl serde::Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| {
            Error::new(Kind::BadRequest, format!("the request cannot be written as JSON: {error}"))
        })?;
        Ok(WireRequest { body: Bytes::from(body), ..WireRequest::command(path) })
    }

    /// Tells the provider to do what the path says; there is nothing to add.
    pub(crate) fn command(path: impl Into<String>) -> Self {
        WireRequest {
            method: Method::Post,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::from_static(b"{}"),
            content_type: "application/json",
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        WireRequest {
            method: Method::Get,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            content_type: "application/json",
        }
    }
}

/// A reply as bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireReply {
    /// The HTTP status.
    pub status: u16,
    /// Headers by lower-case name; only those that are read here need be kept.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl WireReply {
    /// The first header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The headers that a dialect may read; a transport can drop all others.
pub const HEADERS_READ: [&str; 5] = ["retry-after", "retry-after-ms", "date", "request-id", "location"];

/// What a wire reply says.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The model's reply.
    Done(Box<Reply>),
    /// Not ready.
    Pending(Box<Pending>),
}

/// A reply that has to be polled for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The request that asks how far it is.
    pub poll: WireRequest,
    /// The request that gives it up.
    pub cancel: WireRequest,
    /// How long to wait before polling.
    pub wait: Duration,
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// `authorization: Bearer KEY`
    Bearer,
    /// A header of its own.
    Header(&'static str),
}

impl Dialect {
    /// Whether the provider can be asked for it at all.
    #[must_use]
    pub fn supports(self, feature: Feature) -> bool {
        match (self, feature) {
            (Dialect::OpenAi | Dialect::Compatible | Dialect::Mistral, _) => true,
            (Dialect::Anthropic, feature) => !matches!(feature, Feature::Seed | Feature::Logprobs),
            (Dialect::Ollama, feature) => feature != Feature::ToolChoice,
            (Dialect::Replicate, feature) => feature == Feature::Seed,
        }
    }

    /// The request as this provider wants it, for the model of this name.
    ///
    /// # Errors
    /// When the request needs tools, a tool choice or a schema that the dialect has no way to ask for, or lacks
    /// what the provider demands. A seed or log-probabilities that cannot be asked for are no error: the reply
    /// lists them in [`Reply::unsupported`].
    pub fn encode(self, model: &str, request: &Request) -> Result<WireRequest, Error> {
        self.demand(request)?;
        match self {
            Dialect::OpenAi | Dialect::Compatible | Dialect::Mistral => openai::encode(self, model, request),
            Dialect::Anthropic => anthropic::encode(model, request),
            Dialect::Ollama => ollama::encode(model, request),
            Dialect::Replicate => replicate::encode(model, request),
        }
    }

    /// What the wire reply to this request says.
    ///
    /// # Errors
    /// A provider's error is an error here, whatever its status; so are replies that cannot be read or say
    /// nothing.
    pub fn decode(self, request: &Request, wire: &WireReply) -> Result<Answer, Error> {
        if !(200..300).contains(&wire.status) {
            return Err(failure(self, wire));
        }
        let body = parse_body(wire)?;
        if let Some(error) = failure::inside(self, &body) {
            return Err(error);
        }
        let reply = match self {
            Dialect::OpenAi | Dialect::Compatible | Dialect::Mistral => openai::decode(&body),
            Dialect::Anthropic => anthropic::decode(request, &body),
            Dialect::Ollama => ollama::decode(&body),
            Dialect::Replicate => return replicate::decode(&body, |reply| self.finished(request, reply)),
        }?;
        self.finished(request, reply)
    }

    pub(crate) fn auth(self) -> Auth {
        match self {
            Dialect::Anthropic => Auth::Header("x-api-key"),
            _ => Auth::Bearer,
        }
    }

    /// The headers that every request of the dialect carries.
    pub(crate) fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Dialect::Anthropic => &[("anthropic-version", "2023-06-01")],
            _ => &[],
        }
    }

    fn demand(self, request: &Request) -> Result<(), Error> {
        let needs = [
            (Feature::Tools, !request.tools.is_empty()),
            (Feature::ToolChoice, matches!(request.tool_choice, ToolChoice::Required | ToolChoice::Named(_))),
            (Feature::Schema, matches!(request.format, Format::Json(_))),
        ];
        let numbers = [("temperature", request.temperature), ("top_p", request.top_p)];
        if let Some((name, _)) =
            numbers.iter().find(|(_, value)| value.is_some_and(|value| !value.is_finite()))
        {
            return Err(Error::new(Kind::BadRequest, format!("{name} is no number that can be sent")));
        }
        match needs.into_iter().find(|(feature, needed)| *needed && !self.supports(*feature)) {
            None => Ok(()),
            Some((feature, _)) => Err(Error::new(
                Kind::Unsupported,
                format!(
                    "the {self:?} dialect cannot ask for {feature:?}: use another provider for this role"
                ),
            )),
        }
    }

    /// What holds for every dialect: thoughts are no speech, and nothing is no reply.
    fn finished(self, request: &Request, mut reply: Reply) -> Result<Answer, Error> {
        let (text, leaked) = split_thinking(&reply.text);
        reply.text = text;
        reply.reasoning = match (reply.reasoning.take(), leaked) {
            (Some(own), Some(leaked)) => Some(format!("{own}\n{leaked}")),
            (own, leaked) => own.or(leaked),
        };
        reply.usage = reply.usage.filter(|usage| usage.is_plausible(request));
        if reply.is_empty() {
            return Err(nothing_said(&reply));
        }
        let asked =
            [(Feature::Seed, request.seed.is_some()), (Feature::Logprobs, request.logprobs.is_some())];
        reply.unsupported =
            asked.into_iter().filter(|(f, asked)| *asked && !self.supports(*f)).map(|(f, _)| f).collect();
        Ok(Answer::Done(Box::new(reply)))
    }
}

fn nothing_said(reply: &Reply) -> Error {
    let billing = reply.usage.map_or(Billing::Unknown, Billing::Usage);
    let (kind, why) = match reply.finish {
        Finish::Filtered => (Kind::Filtered, "the provider refused or filtered the reply"),
        Finish::Length => {
            (Kind::Empty, "the reply has no words: the token limit was spent on reasoning, raise it")
        }
        _ if reply.reasoning.is_some() => (Kind::Empty, "the reply holds reasoning and no words"),
        _ => (Kind::Empty, "the reply has no words and no tool calls"),
    };
    Error::new(kind, why).with_billing(billing)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_body_that_is_no_json_is_an_error_and_no_empty_request() {
        let body = BTreeMap::from([((1, 2), "a key that is no text")]);
        let error = WireRequest::post("chat/completions", &body).unwrap_err();
        assert!(error.is_bad_request() && !error.is_retryable(), "{error}");
        assert!(error.to_string().contains("the request cannot be written as JSON"), "{error}");
    }
}
