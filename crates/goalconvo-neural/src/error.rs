//! The one error of this crate: what could not be read or computed, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why an encoder could not be opened or used. Prints as a lowercase fragment that fits after
/// "failed to …: ", with place, finding, expectation and advice.
#[derive(Debug)]
pub struct NeuralError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A file of the model folder, or of the cache, is absent, unreadable or not what it should be.
    File { path: PathBuf, what: String },
    /// The model is sound but this crate does not know its architecture or one of its options.
    Unsupported { path: PathBuf, what: String },
    /// The caller asked for something the model does not have.
    Request { what: String },
    /// The tensor library failed, which for a loaded model means memory or device.
    Compute { what: String },
}

impl NeuralError {
    pub(crate) fn file(path: &Path, what: impl Into<String>) -> Self {
        Self { kind: Kind::File { path: path.to_path_buf(), what: what.into() } }
    }

    pub(crate) fn unsupported(path: &Path, what: impl Into<String>) -> Self {
        Self { kind: Kind::Unsupported { path: path.to_path_buf(), what: what.into() } }
    }

    pub(crate) fn request(what: impl Into<String>) -> Self {
        Self { kind: Kind::Request { what: what.into() } }
    }

    /// Wraps a failure of the tensor library, saying in which step it came.
    pub(crate) fn compute(step: &str, cause: &candle_core::Error) -> Self {
        Self { kind: Kind::Compute { what: format!("{step}: {cause}") } }
    }

    /// True when the model is of a kind that this crate does not run, so that trying again is useless but
    /// another model would do.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.kind, Kind::Unsupported { .. })
    }

    /// True when a file is absent, unreadable or damaged.
    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File { .. })
    }
}

impl fmt::Display for NeuralError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::File { path, what } | Kind::Unsupported { path, what } => {
                write!(out, "{}: {what}", path.display())
            }
            Kind::Request { what } | Kind::Compute { what } => out.write_str(what),
        }
    }
}

impl std::error::Error for NeuralError {}
