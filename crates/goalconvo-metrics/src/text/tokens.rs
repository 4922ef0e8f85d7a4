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
        self.each_hash(text, &mut String::new(), |hash| hashes.push(hash));
        hashes
    }

    /// Calls `each` with the hash of every token of `text`; `lower` is room to work in, whatever it holds.
    pub(crate) fn each_hash(self, text: &str, lower: &mut String, mut each: impl FnMut(u64)) {
        if self == Self::Words && is_plain(text) {
            lower.clear();
            lower.push_str(text);
            lower.make_ascii_lowercase();
            lower.push_str(BLANK);
            plain_words(lower, each);
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

/// How many bytes of plain text are looked at together.
const WINDOW: usize = 64;

/// Blanks as long as a window.
const BLANK: &str = "                                                                ";

/// Whether text is printable ASCII without underscores, whose blanks are spaces: nine texts of ten.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'^' | b'`'..=b'~'))
}

/// Calls `each` with the hashes of the tokens of [`Tokens::Words`] in plain lower-case text that a window of blanks ends.
/// A window is made into bits, one a byte, since a loop over bytes would guess wrong at the end of every word.
fn plain_words(lower: &str, mut each: impl FnMut(u64)) {
    let mut at = 0;
    while let Some(window) = lower.as_bytes().get(at..).and_then(<[u8]>::first_chunk) {
        let (mut starts, ends, joined) = tokens_within(window);
        let mut passed = WINDOW;
        while starts != 0 {
            let start = starts.trailing_zeros();
            let length = 1 + (ends >> start >> 1).trailing_zeros();
            if start + length + 1 >= WINDOW as u32 {
                passed = start as usize;
                break;
            }
            let token = &lower[at + start as usize..];
            if joined >> start & ((1 << length) - 1) == 0 {
                each(hash_start(token.as_bytes(), length));
            } else {
                scan(&token[..length as usize], word_end, |part| each(hash_text(part)));
            }
            starts &= starts - 1;
        }
        if passed == 0 {
            passed = word_end(&lower[at..], window[0]);
            each(hash_text(&lower[at..at + passed]));
        }
        at += passed;
    }
}

/// The hash of the first bytes of a text that goes on for eight at least.
fn hash_start(text: &[u8], length: u32) -> u64 {
    match text.first_chunk() {
        Some(&eight) if length < 8 => {
            let others = 64 - 8 * length;
            hash_short(u64::from_le_bytes(eight) << others >> others, length as usize)
        }
        _ => hash_bytes(&text[..length as usize]),
    }
}

/// A bit for each byte of plain lower-case text where a token starts, where the one before has ended, and where an
/// apostrophe joins two letters.
fn tokens_within(window: &[u8; WINDOW]) -> (u64, u64, u64) {
    let (mut letters, mut digits, mut blanks, mut apostrophes) = (0, 0, 0, 0);
    for (eight, bytes) in window.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        let bits = |from, to| gathered(within(word, from, to)) << (8 * eight);
        letters |= bits(b'a', b'z');
        digits |= bits(b'0', b'9');
        blanks |= bits(b' ', b' ');
        apostrophes |= bits(b'\'', b'\'');
    }
    let joined = apostrophes & letters << 1 & letters >> 1;
    let words = letters | joined;
    let single = !(words | digits | blanks);
    let starts = words & !(words << 1) | digits & !(digits << 1) | single;
    (starts, starts | blanks, joined)
}

/// The highest bit of each of eight ASCII bytes that lies between two others, both included.
fn within(bytes: u64, from: u8, to: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let reached = |byte: u8| bytes + u64::from(0x80 - byte) * EACH;
    reached(from) & !reached(to + 1) & (0x80 * EACH)
}

/// The highest bits of eight bytes, whose other bits are 0, as one byte.
fn gathered(highest: u64) -> u64 {
    (highest >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
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
    fn plain_text_is_cut_as_any_other() {
        let mut text = String::from("Don't o'' 'tis o'b'c x1y22 ");
        for length in (0..20).chain(60..70) {
            let (letters, digits) = ("abcdefg".repeat(10), "0123456".repeat(10));
            for between in ["'", " ", "''", "' ", "-", ",", "'1", "b'c'd"] {
                text +=
                    &[&letters[..length], between, &letters[length..], between, &digits[..length]].concat();
            }
        }
        text.extend(
            (b' '..127).map(char::from).filter(|&c| c != '_').flat_map(|c| ['a', c, 'B', '\'', c, '7']),
        );
        assert!(is_plain(&text));
        for start in 0..text.len() {
            let rest = &text[start..text.len().min(start + 200)];
            let slow: Vec<u64> = Tokens::Words.of(rest).iter().map(|token| hash_text(token)).collect();
            assert_eq!(Tokens::Words.hashes(rest), slow, "{rest}");
        }
        for other in ["a_b", "a\tb", "a\u{1c}b", "a\u{7f}b", "a\0b", "äb"] {
            assert!(!is_plain(other), "{other:?}");
        }
    }
}
