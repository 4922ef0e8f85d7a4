//! Texts and lists as TOML writes them.

use toml::Value;

/// A text.
pub(super) fn text(text: &str) -> String {
    Value::String(plain(text)).to_string()
}

/// A list of texts.
pub(super) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    Value::Array(items.into_iter().map(|item| Value::String(plain(item.as_ref()))).collect()).to_string()
}

/// On one line, with spaces where there was something else between words.
pub(super) fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
