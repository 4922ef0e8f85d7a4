//! The tokenisers that figures can be asked for with, each exactly its Python reference.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::SacreTokens;
use super::hash::{hash_bytes, hash_text};
use super::python::{is_python_digit, is_python_space, is_python_word, lowercase};

/// How text is cut into tokens. All of them lower-case first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tokens {
    /// Lower-cased words (one inner apostrophe allowed), numbers, punctuation marks:
    /// `[a-z]+(?:'[a-z]+)?|\d+|[^\w\s]`. The default of every report.
    #[default]
    Words,
    /// Runs without white space: `text.lower().split()`.
    Spaces,
    /// `[a-z0-9]+(?:'[a-z0-9]+)*|[^\sa-z0-9]`.
    Alphanumeric,
    /// Runs of word characters in Unicode's sense, punctuation dropped: `\b\w+\b`, as GoalConvo's paper counts.
    Unicode,
    /// sacrebleu's default, mteval-v13a, of the lower-cased text.
    #[serde(rename = "13a")]
    V13a,
    /// sacrebleu's `intl`, mteval-v14, of the lower-cased text.
    #[serde(rename = "intl")]
    International,
    /// Single characters, white space left out.
    #[serde(rename = "char")]
    Characters,
}

impl Tokens {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Words,
        Self::Spaces,
        Self::Alphanumeric,
        Self::Unicode,
        Self::V13a,
        Self::International,
        Self::Characters,
    ];

    /// The name under which the choice is written in a report's config and asked for on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Spaces => "spaces",
            Self::Alphanumeric => "alphanumeric",
            Self::Unicode => "unicode",
            Self::V13a => "13a",
            Self::International => "intl",
            Self::Characters => "char",
        }
    }

    /// The choice with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tokens| tokens.name() == name)
    }

    /// The tokens of `text`.
    #[must_use]
    pub fn of(self, text: &str) -> Vec<String> {
        self.of_lower(&lowercase(text)).into_iter().map(Cow::into_owned).collect()
    }

    /// The hashes of the tokens of `text`.
    #[must_use]
    pub fn hashes(self, text: &str) -> Vec<u64> {
        let mut hashes = Vec::with_capacity(text.len() / 4 + 1);
        self.each_hash(text, &mut Vec::new(), |hash| hashes.push(hash));
        hashes
    }

    /// Calls `each` with the hash of every token of `text`; `lower` is room to work in, whatever it holds.
    pub(crate) fn each_hash(self, text: &str, lower: &mut Vec<u8>, mut each: impl FnMut(u64)) {
        if self == Self::Words && text.is_ascii() {
            lower.clear();
            lower.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
            ascii_words(lower, |token| each(hash_bytes(token)));
            return;
        }
        let lower = lowercase(text);
        match self {
            Self::Words => scan(&lower, word_end, |token| each(hash_text(token))),
            Self::Alphanumeric => scan(&lower, alphanumeric_end, |token| each(hash_text(token))),
            _ => self.of_lower(&lower).iter().for_each(|token| each(hash_text(token))),
        }
    }

    /// The tokens of text that is in lower case already; slices of it, except where a tokeniser rewrites.
    #[must_use]
    pub fn of_lower(self, lower: &str) -> Vec<Cow<'_, str>> {
        let rewritten = |tokens: SacreTokens| tokens.of(lower).into_iter().map(Cow::Owned).collect();
        match self {
            Self::Words => scanned(lower, word_end),
            Self::Spaces => super::split_whitespace(lower).map(Cow::Borrowed).collect(),
            Self::Alphanumeric => scanned(lower, alphanumeric_end),
            Self::Unicode => {
                let runs = lower.split(|c| !is_python_word(c)).filter(|run| !run.is_empty());
                runs.map(Cow::Borrowed).collect()
            }
            Self::V13a => rewritten(SacreTokens::V13a),
            Self::International => rewritten(SacreTokens::International),
            Self::Characters => rewritten(SacreTokens::Char),
        }
    }
}

/// The tokens of the package `lexical-diversity`: some punctuation is deleted, the rest split at single spaces, so
/// that a leading or trailing space leaves an empty token, which its figures count.
#[must_use]
pub fn lexdiv_tokens(text: &str) -> Vec<String> {
    const DELETED: [&str; 15] =
        ["``", "'", ".", ",", "?", "!", ")", "(", "%", "/", "-", "_", "SYM", ":", ";"];
    let kept = DELETED.iter().fold(text.to_owned(), |text, gone| text.replace(gone, ""));
    let mut single = String::with_capacity(kept.len());
    let mut in_space = false;
    for c in kept.chars() {
        let space = is_python_space(c);
        if !(space && in_space) {
            single.push(if space { ' ' } else { c });
        }
        in_space = space;
    }
    single.to_lowercase().split(' ').map(str::to_owned).collect()
}

fn scanned(text: &str, end_of: fn(&str, u8) -> usize) -> Vec<Cow<'_, str>> {
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    scan(text, end_of, |token| tokens.push(Cow::Borrowed(token)));
    tokens
}

/// Cuts `text` into the tokens whose ends `end_of` finds from what is left and its first byte; where it finds none, one
/// character is passed over.
fn scan<'a>(text: &'a str, end_of: impl Fn(&str, u8) -> usize, mut each: impl FnMut(&'a str)) {
    let mut rest = text;
    while let Some(&first) = rest.as_bytes().first() {
        let end = end_of(rest, first);
        if end > 0 {
            each(&rest[..end]);
            rest = &rest[end..];
        } else {
            rest = &rest[first_char(rest).len_utf8()..];
        }
    }
}

/// What an ASCII character is to [`Tokens::Words`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Mark,
    Between,
}

const CLASSES: [Class; 128] = {
    let mut classes = [Class::Mark; 128];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        if byte.is_ascii_lowercase() {
            classes[at] = Class::Letter;
        } else if byte.is_ascii_digit() {
            classes[at] = Class::Digit;
        // Upper case does not come here; the underscore is a word character that no token holds.
        } else if byte.is_ascii_uppercase() || matches!(byte, b' ' | b'_' | b'\t'..=b'\r' | 0x1c..=0x1f) {
            classes[at] = Class::Between;
        }
        at += 1;
    }
    classes
};

/// The tokens of [`Tokens::Words`] in lower-case ASCII text: nine texts of ten, in a third of the time.
fn ascii_words(lower: &[u8], mut each: impl FnMut(&[u8])) {
    let class = |at: usize| lower.get(at).map_or(Class::Between, |&byte| CLASSES[usize::from(byte & 127)]);
    let end_of = |mut at: usize, wanted: Class| {
        while class(at) == wanted {
            at += 1;
        }
        at
    };
    let mut at = 0;
    while at < lower.len() {
        let end = match class(at) {
            Class::Letter => {
                let end = end_of(at + 1, Class::Letter);
                let inside = lower.get(end) == Some(&b'\'') && class(end + 1) == Class::Letter;
                if inside { end_of(end + 1, Class::Letter) } else { end }
            }
            Class::Digit => end_of(at + 1, Class::Digit),
            Class::Mark => at + 1,
            Class::Between => {
                at += 1;
                continue;
            }
        };
        each(&lower[at..end]);
        at = end;
    }
}

fn first_char(rest: &str) -> char {
    rest.chars().next().unwrap_or_default()
}

fn word_end(rest: &str, first: u8) -> usize {
    let bytes = rest.as_bytes();
    match first {
        b'a'..=b'z' => {
            let end = run(bytes, 0, |b| b.is_ascii_lowercase());
            let tail = run(bytes, end + 1, |b| b.is_ascii_lowercase());
            if bytes.get(end) == Some(&b'\'') && tail > end + 1 { tail } else { end }
        }
        b' ' => 0,
        _ => other_end(rest, first_char(rest)),
    }
}

fn other_end(rest: &str, first: char) -> usize {
    if is_python_digit(first) {
        return rest.find(|c| !is_python_digit(c)).unwrap_or(rest.len());
    }
    if is_python_word(first) || is_python_space(first) { 0 } else { first.len_utf8() }
}

fn alphanumeric_end(rest: &str, first: u8) -> usize {
    let bytes = rest.as_bytes();
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if !inside(first) {
        let first = first_char(rest);
        return if is_python_space(first) { 0 } else { first.len_utf8() };
    }
    let mut end = run(bytes, 0, inside);
    while bytes.get(end) == Some(&b'\'') {
        let tail = run(bytes, end + 1, inside);
        if tail == end + 1 {
            break;
        }
        end = tail;
    }
    end
}

/// Where the run of bytes that are `inside` ends, from `start`.
fn run(bytes: &[u8], start: usize, inside: impl Fn(u8) -> bool) -> usize {
    let tail = bytes.get(start..).unwrap_or_default();
    start + tail.iter().take_while(|&&b| inside(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_text_is_cut_as_any_other() {
        let mut text = String::from("Don't o'' 'tis a_b x1y22 \u{1c}\u{7f}\0 ");
        text.extend((0..128_u8).map(char::from).flat_map(|c| ['a', c, 'B', '\'', c, '7']));
        let slow: Vec<u64> = Tokens::Words.of(&text).iter().map(|token| hash_text(token)).collect();
        assert_eq!(Tokens::Words.hashes(&text), slow);
    }
}
