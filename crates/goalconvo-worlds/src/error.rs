//! The one error of this crate: where, what was found, what was expected, what to do.

use std::fmt;

/// Why foreign material could not become a world.
///
/// Opaque on purpose: ask it what you need to know with the predicates; its text is a lowercase fragment that
/// fits after "failed to load: ".
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    place: String,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Malformed,
    Strict,
    Unsatisfiable,
}

impl Error {
    /// A file could not be read at all.
    pub fn read(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::Read, place: place.into(), message: message.into() }
    }

    /// The material was read but is not what it should be.
    pub fn malformed(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::Malformed, place: place.into(), message: message.into() }
    }

    /// Warnings were found where the caller asked for none.
    pub fn strict(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::Strict, place: place.into(), message: message.into() }
    }

    /// What was asked cannot be had from this material.
    pub fn unsatisfiable(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::Unsatisfiable, place: place.into(), message: message.into() }
    }

    /// True if the file system refused; a retry or a corrected path may help.
    pub fn is_read(&self) -> bool {
        self.kind == Kind::Read
    }

    /// True if the content is at fault.
    pub fn is_malformed(&self) -> bool {
        self.kind == Kind::Malformed
    }

    /// True if only `strict` made this an error.
    pub fn is_strict(&self) -> bool {
        self.kind == Kind::Strict
    }

    /// True if the request, not the material, is at fault.
    pub fn is_unsatisfiable(&self) -> bool {
        self.kind == Kind::Unsatisfiable
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            return write!(out, "{}", self.message);
        }
        write!(out, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for Error {}
