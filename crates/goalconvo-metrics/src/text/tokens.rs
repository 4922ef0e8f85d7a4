//! The tokenisers that figures can be asked for with, each exactly its Python reference.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::SacreTokens;
use super::hash::{hash_bytes, hash_short, hash_text};
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

    /// Whether a letter is left out of every token.
    #[must_use]
    pub fn drops(self, letter: char) -> bool {
        self == Self::Words && !letter.to_lowercase().any(|lower| lower.is_ascii())
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
            lower.extend_from_slice(text.as_bytes());
            lower.make_ascii_lowercase();
            lower.extend([b' '; 8]);
            ascii_words(lower, each);
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

/// Calls `each` with the hashes of the tokens of [`Tokens::Words`] in lower-case ASCII text that eight blanks end: nine
/// texts of ten. Eight bytes are looked at together, since a loop over bytes would guess wrong at the end of every word.
fn ascii_words(lower: &[u8], mut each: impl FnMut(u64)) {
    let mut at = 0;
    while let Some(&eight) = lower.get(at..).and_then(<[u8]>::first_chunk) {
        let (word, first) = (u64::from_le_bytes(eight), eight[0]);
        let letter = first.is_ascii_lowercase();
        let length = if letter {
            leading(within(word, b'a', b'z'))
        } else if first.is_ascii_digit() {
            leading(within(word, b'0', b'9'))
        } else if is_between(first) {
            at += 1;
            continue;
        } else {
            1
        };
        if length == 8 || letter && lower[at + length] == b'\'' {
            let end = if letter { ascii_word_end(lower, at) } else { run(lower, at, |b| b.is_ascii_digit()) };
            each(hash_bytes(&lower[at..end]));
            at = end;
        } else {
            let others = 64 - 8 * length as u32;
            each(hash_short(word << others >> others, length));
            at += length;
        }
        at += usize::from(lower[at] == b' ');
    }
}

/// Where the word that begins at `start` ends, a part after an apostrophe included.
fn ascii_word_end(lower: &[u8], start: usize) -> usize {
    let letters = |from: usize| run(lower, from, |b| b.is_ascii_lowercase());
    let end = letters(start);
    let tail = letters(end + 1);
    if lower.get(end) == Some(&b'\'') && tail > end + 1 { tail } else { end }
}

/// Whether an ASCII character belongs to no token: white space, and the underscore, which is a word character that no
/// token holds.
fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'_' | b'\t'..=b'\r' | 0x1c..=0x1f)
}

/// The highest bit of each of eight ASCII bytes that lies between two others, both included.
fn within(bytes: u64, from: u8, to: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let reached = |byte: u8| bytes + u64::from(0x80 - byte) * EACH;
    reached(from) & !reached(to + 1) & (0x80 * EACH)
}

/// How many of eight bytes have their highest bit set before the first that has not, the lowest first.
fn leading(highest: u64) -> usize {
    (!highest & 0x8080_8080_8080_8080).trailing_zeros() as usize / 8
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
        for length in 0..20 {
            let (letters, digits) = ("abcdefghijklmnopqrstuvw", "01234567890123456789");
            for between in ["'", " ", "''", "'\t", "_", ",", "'1"] {
                text +=
                    &[&letters[..length], between, &letters[length..], between, &digits[..length]].concat();
            }
        }
        text.extend((0..128_u8).map(char::from).flat_map(|c| ['a', c, 'B', '\'', c, '7']));
        let slow: Vec<u64> = Tokens::Words.of(&text).iter().map(|token| hash_text(token)).collect();
        assert_eq!(Tokens::Words.hashes(&text), slow);
    }
}
