//! The tokenisers of sacrebleu 2.6: `13a`, `intl`, `char`, `zh` and `none`.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::pattern::pattern;
use super::python::{is_python_space, split_whitespace};

/// A tokeniser of sacrebleu, by its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SacreTokens {
    /// mteval-v13a, sacrebleu's default.
    #[default]
    #[serde(rename = "13a")]
    V13a,
    /// mteval-v14 for any script: punctuation and symbols by Unicode category.
    #[serde(rename = "intl")]
    International,
    /// One token a character.
    #[serde(rename = "char")]
    Char,
    /// Chinese characters one by one, the rest as `13a`.
    #[serde(rename = "zh")]
    Chinese,
    /// White space only.
    #[serde(rename = "none")]
    None,
}

impl SacreTokens {
    /// The name in a sacrebleu signature.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V13a => "13a",
            Self::International => "intl",
            Self::Char => "char",
            Self::Chinese => "zh",
            Self::None => "none",
        }
    }

    /// Calls `each` with every token of `segment`, trailing white space dropped first as sacrebleu does.
    pub fn for_each(self, segment: &str, each: impl FnMut(&str)) {
        let segment = segment.trim_end_matches(is_python_space);
        match self {
            Self::V13a => v13a(segment, each),
            Self::International => split_whitespace(&international(segment)).for_each(each),
            Self::Char => {
                let mut buffer = [0; 4];
                let chars = segment.chars().filter(|&c| !is_python_space(c));
                let mut each = each;
                chars.for_each(|c| each(c.encode_utf8(&mut buffer)));
            }
            Self::Chinese => split_whitespace(&mteval(&spaced_chinese(segment))).for_each(each),
            Self::None => split_whitespace(segment).for_each(each),
        }
    }

    /// The tokens of `segment`.
    #[must_use]
    pub fn of(self, segment: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.for_each(segment, |token| tokens.push(token.to_owned()));
        tokens
    }
}

/// mteval rewrites a line as a whole, but nothing it does reaches across white space: each word is looked at by itself,
/// and one of nothing but letters, digits and apostrophes is a token as it stands.
fn v13a(segment: &str, mut each: impl FnMut(&str)) {
    let cleaned = cleaned(segment);
    for word in split_whitespace(&cleaned) {
        if word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'\'' || !b.is_ascii()) {
            each(word);
        } else if let [only] = word.as_bytes()
            && is_mark(*only)
        {
            each(word);
        } else {
            mteval(&format!(" {word} ")).split(' ').filter(|token| !token.is_empty()).for_each(&mut each);
        }
    }
}

/// A symbol, point, comma or hyphen.
fn is_mark(b: u8) -> bool {
    is_spaced_symbol(b) || matches!(b, b'.' | b',' | b'-')
}

/// The line without skipped segments, line-break hyphens and entities.
fn cleaned(segment: &str) -> Cow<'_, str> {
    let mut line = Cow::Borrowed(segment);
    if line.contains("<skipped>") {
        line = line.replace("<skipped>", "").into();
    }
    if line.contains('\n') {
        line = line.replace("-\n", "").replace('\n', " ").into();
    }
    if line.contains('&') {
        line = unescaped(&line).into();
    }
    line
}

/// The four entities that mteval knows, in its order.
pub(super) fn unescaped(line: &str) -> String {
    line.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
}

/// The four rewriting passes of mteval. They run on bytes: the characters they look for are ASCII, and a space put
/// beside the first or last byte of a longer character stands beside the character.
pub(super) fn mteval(line: &str) -> String {
    let mut bytes = Vec::with_capacity(line.len() * 2);
    for &b in line.as_bytes() {
        if is_spaced_symbol(b) { bytes.extend([b' ', b, b' ']) } else { bytes.push(b) }
    }
    if bytes.iter().any(|b| matches!(b, b'.' | b',')) {
        bytes =
            pairs(&bytes, |a, b| !a.is_ascii_digit() && matches!(b, b'.' | b','), |a, b| [a, b' ', b, b' ']);
        bytes =
            pairs(&bytes, |a, b| matches!(a, b'.' | b',') && !b.is_ascii_digit(), |a, b| [b' ', a, b' ', b]);
    }
    if bytes.contains(&b'-') {
        bytes = pairs(&bytes, |a, b| a.is_ascii_digit() && b == b'-', |a, b| [a, b' ', b, b' ']);
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Symbols that always stand alone: `{-~`, `[-` to the backtick, blank to `&`, `(-+`, `:-@`, `/`.
fn is_spaced_symbol(b: u8) -> bool {
    matches!(b, b'{'..=b'~' | b'['..=b'`' | b' '..=b'&' | b'('..=b'+' | b':'..=b'@' | b'/')
}

/// Replaces each pair of neighbours for which `found` holds, left to right, no byte in two pairs.
fn pairs(bytes: &[u8], found: impl Fn(u8, u8) -> bool, replaced: impl Fn(u8, u8) -> [u8; 4]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut at = 0;
    while at < bytes.len() {
        match bytes.get(at + 1) {
            Some(&next) if found(bytes[at], next) => {
                out.extend(replaced(bytes[at], next));
                at += 2;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

static INTERNATIONAL: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let passes = [(r"(\P{N})(\p{P})", "$1 $2 "), (r"(\p{P})(\P{N})", " $1 $2"), (r"(\p{S})", " $1 ")];
    passes.into_iter().map(|(text, by)| (pattern(text), by)).collect()
});

fn international(segment: &str) -> String {
    INTERNATIONAL
        .iter()
        .fold(segment.to_owned(), |line, (pattern, by)| pattern.replace_all(&line, *by).into_owned())
}

fn spaced_chinese(segment: &str) -> String {
    let mut line = String::with_capacity(segment.len() * 2);
    for c in segment.trim_matches(is_python_space).chars() {
        if is_chinese(c) {
            line.extend([' ', c, ' ']);
        } else {
            line.push(c);
        }
    }
    line
}

/// sacrebleu's ranges, its slip included: the two ranges it means to be beyond the basic plane are read by Python
/// as two-character strings, and so cover U+2001..U+2A6D and U+2F81..U+2FA1.
fn is_chinese(c: char) -> bool {
    const RANGES: [(u32, u32); 22] = [
        (0x3400, 0x4db5),
        (0x4e00, 0x9fa5),
        (0x9fa6, 0x9fbb),
        (0xf900, 0xfa2d),
        (0xfa30, 0xfa6a),
        (0xfa70, 0xfad9),
        (0x2001, 0x2a6d),
        (0x2f81, 0x2fa1),
        (0xff00, 0xffef),
        (0x2e80, 0x2eff),
        (0x3000, 0x303f),
        (0x31c0, 0x31ef),
        (0x2f00, 0x2fdf),
        (0x2ff0, 0x2fff),
        (0x3100, 0x312f),
        (0x31a0, 0x31bf),
        (0xfe10, 0xfe1f),
        (0xfe30, 0xfe4f),
        (0x2600, 0x26ff),
        (0x2700, 0x27bf),
        (0x3200, 0x32ff),
        (0x3300, 0x33ff),
    ];
    RANGES.iter().any(|&(start, end)| (start..=end).contains(&u32::from(c)))
}
