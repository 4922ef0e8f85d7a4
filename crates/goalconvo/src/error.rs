//! The one table of exit codes, and the error that carries one.

use std::fmt;

/// How the program ends. The numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All that was asked is done.
    Done = 0,
    /// A bug of the program.
    Bug = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// A file, a folder or what stands in them is not what it should be.
    BadInput = 3,
    /// A provider of models failed, and the run is incomplete.
    Provider = 4,
    /// The budget is reached.
    Budget = 5,
    /// A check did not hold.
    Check = 6,
    /// Somebody interrupted it.
    Interrupted = 130,
}

/// Why a verb did not do what it was asked: a message for people and the exit code.
#[derive(Debug)]
pub struct Error {
    exit: Exit,
    message: String,
}

impl Error {
    /// An error with this exit code; the message says place, found, expected, and what to do.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Error { exit, message: message.into() }
    }

    /// The command line or the configuration is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(Exit::Usage, message)
    }

    /// What was read is not what it should be.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Error::new(Exit::BadInput, message)
    }

    /// A check did not hold.
    pub fn check(message: impl Into<String>) -> Self {
        Error::new(Exit::Check, message)
    }

    /// How the program ends on it.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<goalconvo_store::Error> for Error {
    fn from(error: goalconvo_store::Error) -> Self {
        Error::bad_input(error.to_string())
    }
}

impl From<goalconvo_worlds::Error> for Error {
    fn from(error: goalconvo_worlds::Error) -> Self {
        if error.is_unsatisfiable() {
            Error::usage(error.to_string())
        } else {
            Error::bad_input(error.to_string())
        }
    }
}

/// Writing to standard output failed. A reader that has seen enough (`| head`) is no failure.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let exit = if error.kind() == std::io::ErrorKind::BrokenPipe { Exit::Done } else { Exit::BadInput };
        Error::new(exit, format!("write to standard output: {error}"))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => std::io::Error::from(kind).into(),
            None => Error::new(Exit::Bug, format!("write as JSON: {error}")),
        }
    }
}
