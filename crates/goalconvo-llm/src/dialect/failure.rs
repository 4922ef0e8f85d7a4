//! Tells one provider's failure from another by status, code and message.

use std::time::Duration;

use serde_json::Value;

use super::{Dialect, WireReply};
use crate::error::{Billing, Error, Kind};

/// How much of a provider's own words an error repeats, in characters.
const QUOTE: usize = 300;

/// What a reply of this dialect with a status outside 200..300 means.
pub(crate) fn failure(dialect: Dialect, wire: &WireReply) -> Error {
    if (300..400).contains(&wire.status) {
        return redirected(wire);
    }
    let body = serde_json::from_slice(&wire.body).unwrap_or(Value::Null);
    let said = Said::read(&body).unwrap_or_else(|| Said {
        message: quote(&String::from_utf8_lossy(&wire.body)),
        code: String::new(),
    });
    let error = said.error(dialect, wire.status).with_status(wire.status).with_retry_after(retry_after(wire));
    match wire.status {
        // A gateway that gave up does not know what happened behind it.
        408 | 502 | 504 | 524 => error.with_billing(Billing::Unknown),
        _ => error,
    }
}

/// The server is elsewhere. Only its host is told: the rest of a location may hold what nobody should read.
fn redirected(wire: &WireReply) -> Error {
    let host = wire.header("location").and_then(|to| {
        let to = to.split_once("://").map_or(to, |(_, rest)| rest).split(['/', '?', '#']).next()?;
        let host = to.rsplit('@').next().unwrap_or(to);
        Some(quote(host)).filter(|host| !host.is_empty())
    });
    let host = host.unwrap_or_else(|| "another path of the same host".to_owned());
    let message = format!(
        "the server sends calls on to {host}, and they are not sent there, because a key would go along: give the address \
         at which the model answers"
    );
    Error::new(Kind::BadRequest, message).with_status(wire.status)
}

/// An error object inside a reply of status 200 (OpenRouter, Ollama, proxies).
pub(super) fn inside(dialect: Dialect, body: &Value) -> Option<Error> {
    let place = match body.pointer("/choices/0/error") {
        Some(error) if !error.is_null() => body.pointer("/choices/0")?,
        _ if body.get("error").is_some_and(|error| !error.is_null()) => body,
        _ => return None,
    };
    // Replicate's predictions have an "error" field of their own, with a status beside it.
    if place.get("urls").is_some() {
        return None;
    }
    let said = Said::read(place)?;
    let status =
        place.pointer("/error/code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    Some(said.error(dialect, status.unwrap_or(500)).with_billing(Billing::Unknown))
}

/// The provider's own words.
struct Said {
    message: String,
    code: String,
}

impl Said {
    fn read(body: &Value) -> Option<Said> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        let message = ["/error/message", "/error", "/message", "/detail", "/title", "/errors/0/message"]
            .into_iter()
            .find_map(text)
            .map(quote)
            .or_else(|| body.get("error").or(body.get("detail")).map(|found| quote(&found.to_string())))?;
        let code = ["/error/code", "/error/type", "/code", "/type"].into_iter().filter_map(text);
        Some(Said { message, code: code.collect::<Vec<_>>().join(" ") })
    }

    fn error(&self, dialect: Dialect, status: u16) -> Error {
        let kind = self.kind(status);
        let words = match kind {
            Kind::Auth => "the provider does not accept the key",
            Kind::Quota => "the account has no credit left",
            Kind::RateLimit => "too many requests or tokens",
            Kind::Overloaded => "the provider failed",
            Kind::ContextTooLong => "the prompt does not fit in the model's context",
            Kind::Filtered => "the provider's content filter refused",
            Kind::Timeout => "the provider timed out",
            _ if status == 404 && dialect == Dialect::Ollama => {
                "not found: check the model's name and the base URL (which has no path: http://host:11434)"
            }
            _ if status == 404 => {
                "not found: check the model's name and the base URL (which usually ends in /v1)"
            }
            _ => "the provider does not accept the request",
        };
        let message =
            if self.message.is_empty() { words.to_owned() } else { format!("{words}: {}", self.message) };
        Error::new(kind, message)
    }

    fn kind(&self, status: u16) -> Kind {
        let said = format!("{} {}", self.code, self.message).to_lowercase();
        let says = |marks: &[&str]| marks.iter().any(|mark| said.contains(mark));
        if status != 401 && status != 403 {
            if says(&OUT_OF_CONTEXT) {
                return Kind::ContextTooLong;
            }
            if says(&OUT_OF_CREDIT) {
                return Kind::Quota;
            }
            if says(&FILTERED) {
                return Kind::Filtered;
            }
        }
        match status {
            401 | 403 => Kind::Auth,
            402 => Kind::Quota,
            408 => Kind::Timeout,
            413 => Kind::ContextTooLong,
            429 => Kind::RateLimit,
            409 | 425 | 500.. => Kind::Overloaded,
            _ => Kind::BadRequest,
        }
    }
}

const OUT_OF_CONTEXT: [&str; 9] = [
    "context_length_exceeded",
    "context length",
    "maximum context",
    "context window",
    "context size",
    "prompt is too long",
    "prompt too long",
    "too many tokens",
    "exceed_context_size",
];
const OUT_OF_CREDIT: [&str; 4] =
    ["insufficient_quota", "credit balance", "insufficient credit", "billing_not_active"];
const FILTERED: [&str; 4] =
    ["content_filter", "content management policy", "content_policy_violation", "responsibleaipolicy"];

/// How long the provider asks to wait: `retry-after-ms`, `retry-after` in seconds, or as a date, which is
/// compared with the reply's own `date`, since this crate has no clock of its own to trust.
fn retry_after(wire: &WireReply) -> Option<Duration> {
    if let Some(ms) = wire.header("retry-after-ms").and_then(|text| text.trim().parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(ms / 1000.0).ok();
    }
    let text = wire.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(wire.header("date")?).ok()?;
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

/// One line of at most [`QUOTE`] characters.
fn quote(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
