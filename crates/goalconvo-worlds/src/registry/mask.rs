//! Masks: what may not leave a source file, and which parameters no conversation should carry.
//!
//! Published schemas hold live keys and people's addresses as "examples". They are replaced on the way in, so
//! that nothing downstream can leak them; the report counts them.

use super::names::words;
use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::LazyLock;

/// Why a parameter is hidden from the model: the runtime supplies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// It authenticates the caller.
    Credential,
    /// It belongs to the transport: content type, host.
    Transport,
}

/// What replaces a secret.
pub const SECRET: &str = "[secret]";
/// What replaces personal data.
pub const PERSONAL: &str = "[personal]";

struct Rule {
    pattern: Regex,
    mask: &'static str,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    [
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}", SECRET),
        (r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9]{16,}\b", SECRET),
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", SECRET),
        (r"\b(?:ghp|gho|ghs|github_pat|glpat|xox[abp])[-_][A-Za-z0-9_-]{16,}\b", SECRET),
        (r"\bAIza[A-Za-z0-9_-]{30,}", SECRET),
        (r"(?i)\b(?:bearer|basic)\s+[A-Za-z0-9+/_.=-]{16,}", SECRET),
        (r"(?i)[?&](?:api[-_]?key|token|access_token|secret|password)=[^&\s]{4,}", SECRET),
        (r"://[^/\s:@]+:[^/\s:@]+@", SECRET),
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", SECRET),
        (r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b", PERSONAL),
        (r"\+\d{1,3}[ .-]?\(?\d{2,4}\)?(?:[ .-]?\d{2,4}){2,4}\b", PERSONAL),
        (r"\b\d{3}-\d{2}-\d{4}\b", PERSONAL),
        (r"\b(?:\d{4}[ -]){3}\d{4}\b", PERSONAL),
    ]
    .into_iter()
    .map(|(text, mask)| Rule { pattern: pattern(text), mask })
    .collect()
});

/// The expression of a pattern that stands in the program's text.
///
/// # Panics
/// If it is none: the first test that reaches it then fails, where a pattern left out would mask nothing in silence.
#[expect(clippy::expect_used, reason = "a constant of the program, reached by tests")]
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of the program's own")
}

/// Masks a text; the count says how many places were masked. Reserved example addresses stay.
pub fn mask_text(text: &str) -> (String, usize) {
    let mut masked = text.to_owned();
    let mut count = 0;
    if text.len() < 9 {
        return (masked, count);
    }
    for rule in RULES.iter() {
        if !rule.pattern.is_match(&masked) {
            continue;
        }
        let replaced = rule.pattern.replace_all(&masked, |found: &Captures<'_>| {
            let whole = &found[0];
            if is_reserved(whole) {
                return whole.to_owned();
            }
            count += 1;
            rule.mask.to_owned()
        });
        masked = replaced.into_owned();
    }
    (masked, count)
}

/// Masks every string inside a value, and every scalar under a name that holds secrets.
pub fn mask_value(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            let (masked, count) = mask_text(text);
            if count > 0 {
                *text = masked;
            }
            count
        }
        Value::Array(items) => items.iter_mut().map(mask_value).sum(),
        Value::Object(map) => map
            .iter_mut()
            .map(|(name, part)| {
                let secret = part.as_str().is_some_and(|text| text.len() > 5 && !is_type_word(text));
                if secret && is_secret_name(name) && !is_masked(part) {
                    *part = Value::String(SECRET.into());
                    return 1;
                }
                mask_value(part)
            })
            .sum(),
        _ => 0,
    }
}

/// Why a parameter of this name must not be shown to a model, if it must not.
pub fn hidden_reason(name: &str, place_is_header: bool) -> Option<Hidden> {
    let parts = words(name);
    let joined = parts.join("_");
    const TRANSPORT: [&str; 9] = [
        "accept",
        "accept_encoding",
        "connection",
        "content_length",
        "content_type",
        "host",
        "user_agent",
        "x_rapid_api_host",
        "x_rapidapi_host",
    ];
    if is_secret_name(name) {
        return Some(Hidden::Credential);
    }
    let header_like = place_is_header || joined == "content_type" || joined.starts_with("x_rapid");
    (header_like && TRANSPORT.contains(&joined.as_str())).then_some(Hidden::Transport)
}

/// True if a name stands for something that authenticates.
pub fn is_secret_name(name: &str) -> bool {
    const EXACT: [&str; 30] = [
        "access_key",
        "access_token",
        "api_key",
        "api_secret",
        "api_token",
        "apikey",
        "apitoken",
        "app_key",
        "appkey",
        "auth",
        "auth_key",
        "auth_token",
        "authorization",
        "bearer",
        "client_secret",
        "consumer_secret",
        "passwd",
        "password",
        "private_key",
        "pwd",
        "refresh_token",
        "secret",
        "secret_key",
        "session_token",
        "subscription_key",
        "token",
        "user_key",
        "x_api_key",
        "x_auth_token",
        "x_rapidapi_key",
    ];
    let joined = words(name).join("_");
    EXACT.binary_search(&joined.as_str()).is_ok()
        || [
            "_api_key",
            "_apikey",
            "_access_token",
            "_auth_token",
            "_password",
            "_secret",
            "_secret_key",
            "rapid_api_key",
        ]
        .iter()
        .any(|ending| joined.ends_with(ending))
}

fn is_masked(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text == SECRET || text == PERSONAL || text.starts_with("REDACTED"))
}

fn is_reserved(found: &str) -> bool {
    let host = found.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let example = ["example.com", "example.org", "example.net"];
    found.contains('@') && !found.contains("://") && example.iter().any(|name| host.ends_with(name))
}

fn is_type_word(text: &str) -> bool {
    ["string", "integer", "number", "boolean", "object", "NoneType", "unknown"].contains(&text)
}
