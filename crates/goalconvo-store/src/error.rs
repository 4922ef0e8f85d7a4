//! What can go wrong with files, said so that a person can mend it: place, found, expected, what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be kept or read back.
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
pub(crate) enum Kind {
    /// The system refused; `doing` fits after "failed to".
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// A line is no JSON.
    Syntax { path: PathBuf, line: u64, column: usize, what: String },
    /// A line is JSON, but not the record that it should be.
    Record { path: PathBuf, line: u64, pointer: String, what: String },
    /// A dialogue of another format is not what that format is; `place` is a line or a JSON pointer.
    Foreign { path: PathBuf, place: String, what: String },
    /// A file as a whole is not what it should be.
    Content { path: PathBuf, what: String },
    /// Another process writes there.
    Locked { path: PathBuf, holder: String },
    /// The run was made with other settings: name, what it has, what was asked.
    Differs { path: PathBuf, differences: Vec<(String, String, String)> },
    /// A caller broke the order of records.
    OutOfOrder { path: PathBuf, index: u64, expected: u64 },
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Error(Box::new(kind))
    }

    /// For `map_err`: the system refused to do this to that path.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::new(Kind::Io { doing, path: path.to_owned(), source })
    }

    pub(crate) fn content(path: &Path, what: impl Into<String>) -> Self {
        Error::new(Kind::Content { path: path.to_owned(), what: what.into() })
    }

    /// Whether another process is writing to the run.
    pub fn is_locked(&self) -> bool {
        matches!(*self.0, Kind::Locked { .. })
    }

    /// Whether the run was made with other settings.
    pub fn is_other_settings(&self) -> bool {
        matches!(*self.0, Kind::Differs { .. })
    }

    /// Whether there is nothing at the path.
    pub fn is_missing(&self) -> bool {
        matches!(&*self.0, Kind::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether there is no room left where it should be written.
    pub fn is_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(&*self.0, Kind::Io { source, .. }
            if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge))
    }

    /// For a line that is JSON of this version, but no sound record: JSON pointer and what is wrong.
    pub fn flaw(&self) -> Option<(&str, &str)> {
        match &*self.0 {
            Kind::Record { pointer, what, .. } if pointer != "/format" => Some((pointer, what)),
            _ => None,
        }
    }

    /// Whether a record of a dataset, not the place where it lies, is at fault.
    pub fn is_record(&self) -> bool {
        matches!(*self.0, Kind::Syntax { .. } | Kind::Record { .. } | Kind::Foreign { .. })
    }
}

/// What a person can do about a refusal of the system.
fn advice(source: &io::Error) -> &'static str {
    use io::ErrorKind as K;
    match source.kind() {
        K::NotFound => "; check the path",
        K::PermissionDenied | K::ReadOnlyFilesystem => {
            "; choose a place where you may write, or change its permissions"
        }
        K::StorageFull | K::QuotaExceeded | K::FileTooLarge => {
            "; free some space and run the same command again: what was written is kept, and it continues from there"
        }
        K::NotADirectory | K::IsADirectory | K::AlreadyExists => "; choose another path",
        _ => "",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Io { doing, path, source } => {
                write!(f, "{doing} {}: {}{}", path.display(), plain(source), advice(source))
            }
            Kind::Syntax { path, line, column, what } => {
                write!(
                    f,
                    "{} line {line} column {column}: broken JSON, {what}; expected one whole JSON object a line",
                    path.display()
                )
            }
            Kind::Record { path, line, pointer, what } => {
                let at = if pointer.is_empty() { "/" } else { pointer };
                write!(f, "{} line {line} at {at}: {what}", path.display())
            }
            Kind::Foreign { path, place, what } if place.is_empty() => {
                write!(f, "{}: {what}", path.display())
            }
            Kind::Foreign { path, place, what } => write!(f, "{} {place}: {what}", path.display()),
            Kind::Content { path, what } => write!(f, "{}: {what}", path.display()),
            Kind::Locked { path, holder } => write!(
                f,
                "{}: {holder} is writing this run; wait for it, end it, or choose another folder",
                path.display()
            ),
            Kind::Differs { path, differences } => {
                write!(f, "{}: this run was made with other settings:", path.display())?;
                for (name, has, asked) in differences {
                    write!(f, "\n  {name}: the run has {has}, you asked for {asked}")?;
                }
                write!(f, "\nrepeat the settings of the run to continue it, or choose another folder")
            }
            Kind::OutOfOrder { path, index, expected } => {
                write!(f, "{}: index {index} came where {expected} was due", path.display())
            }
        }
    }
}

/// The system's message without Rust's "(os error 28)".
fn plain(source: &io::Error) -> String {
    let text = source.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
