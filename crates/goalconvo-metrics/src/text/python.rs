//! Python's notion of white space and word characters, since the reference implementations are Python and differ
//! from Rust's at the edges (the separators U+001C..U+001F are white space there; combining marks are no word
//! characters).

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;

/// White space as `str.isspace`, `str.split` and `\s` see it in Python.
#[must_use]
pub fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// A word character as `\w` sees it in Python: letters, numbers and the underscore, no combining marks.
#[must_use]
pub fn is_python_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { class_matches(&LETTER_OR_NUMBER, c) }
}

/// A decimal digit as `\d` sees it in Python.
pub(crate) fn is_python_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { class_matches(&DECIMAL, c) }
}

/// `str.lower()`, without an allocation where nothing changes.
#[must_use]
pub fn lowercase(text: &str) -> Cow<'_, str> {
    let unchanged = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if unchanged { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

/// `str.split()`: the maximal runs without white space.
pub fn split_whitespace(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_python_space).filter(|piece| !piece.is_empty())
}

static LETTER_OR_NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[\p{L}\p{N}]$"));
static DECIMAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{Nd}$"));

fn class_matches(class: &LazyLock<Regex>, c: char) -> bool {
    let mut buffer = [0; 4];
    class.is_match(c.encode_utf8(&mut buffer))
}
