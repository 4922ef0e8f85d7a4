//! Tercom's tokenisation as sacrebleu 2.6 has it, for the translation edit rate.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::pattern::pattern;
use super::python::{is_python_space, split_whitespace};
use super::sacre::{mteval, unescaped};

/// The switches of Tercom's tokeniser. The default lower-cases and splits at white space, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TercomTokens {
    /// Split punctuation off words and resolve entities.
    pub normalized: bool,
    /// Delete punctuation marks.
    pub no_punctuation: bool,
    /// Keep upper case.
    pub case_sensitive: bool,
}

impl TercomTokens {
    /// The words of `segment`.
    #[must_use]
    pub fn of(self, segment: &str) -> Vec<String> {
        let mut line = segment.trim_end_matches(is_python_space).to_owned();
        if !self.case_sensitive {
            line = line.to_lowercase();
        }
        if self.normalized && !line.is_empty() {
            line = normalized(&line);
        }
        if self.no_punctuation {
            line.retain(|c| !matches!(c, '.' | ',' | '?' | ':' | ';' | '!' | '"' | '(' | ')'));
        }
        split_whitespace(&line).map(str::to_owned).collect()
    }
}

static POSSESSIVE: LazyLock<Regex> = LazyLock::new(|| pattern(r"'s( |$)"));

fn normalized(line: &str) -> String {
    let line = unescaped(&line.replace("\n-", "").replace('\n', " "));
    let line = format!(" {line} ");
    // The symbols are spaced before the possessive is split off, and the points and hyphens after it; the first
    // pass is idempotent up to white space, so running all of `mteval` around it gives the same words.
    let line = spaced_symbols(&line);
    mteval(&POSSESSIVE.replace_all(&line, " 's$1"))
}

fn spaced_symbols(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    for c in line.chars() {
        if matches!(c, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/') {
            out.extend([' ', c, ' ']);
        } else {
            out.push(c);
        }
    }
    out
}
