//! What can go wrong: a language pack that is not well formed, or acts that no words can say rightly.

use std::fmt;

/// A failure of this crate.
#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pack,
    Words,
}

impl Error {
    /// A mistake in a pack's file: where, what was found, what was expected.
    pub(crate) fn pack(file: &str, text: &str, at: usize, message: impl fmt::Display) -> Self {
        let line = text.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
        Error { kind: Kind::Pack, message: format!("{file}:{line}: {message}") }
    }

    /// Acts that cannot be worded.
    pub(crate) fn words(message: impl fmt::Display) -> Self {
        Error { kind: Kind::Words, message: message.to_string() }
    }

    /// Whether the language pack is at fault; else the acts or the domain's wording are.
    pub fn is_pack(&self) -> bool {
        self.kind == Kind::Pack
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
