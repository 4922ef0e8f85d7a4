//! The report of a load: a line for every file, so that nothing is lost in silence.

use serde::{Deserialize, Serialize};

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Normalised without loss of meaning: a name made safe, an example kept as an example.
    Note,
    /// Something in the source is wrong or had to be interpreted. `strict` refuses it.
    Warning,
    /// Something could not be loaded.
    Loss,
}

/// One oddity of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// Which oddity, as one word to count by.
    pub code: String,
    /// JSON pointer into the file; empty for the whole of it.
    pub pointer: String,
    /// What was found and what became of it.
    pub message: String,
}

/// The notices of one file, as importers collect them.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    notices: Vec<Notice>,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It gave what it had.
    Loaded,
    /// It is no schema of a known dialect; the notices say why it was passed over.
    #[default]
    Skipped,
    /// It should have given something and could not be read.
    Failed,
}

/// What one file gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file, as the caller named it.
    pub path: String,
    /// The dialect, or nothing if none was recognised.
    pub source: String,
    /// What happened.
    pub status: Status,
    /// Tools that it gave to the registry.
    pub tools: usize,
    /// Endpoints that it gave to the registry.
    pub endpoints: usize,
    /// Endpoints and answers that joined what another file describes.
    pub merged: usize,
    /// Things that could not be loaded.
    pub lost: usize,
    /// Oddities, in the order in which they were found.
    pub notices: Vec<Notice>,
}

/// What all files gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Tools in the registry.
    pub tools: usize,
    /// Endpoints in the registry.
    pub endpoints: usize,
    /// Things that could not be loaded, over all files.
    pub lost: usize,
    /// Warnings over all files.
    pub warnings: usize,
    /// A line a file, in the order in which they were read.
    pub files: Vec<FileReport>,
}

impl Notes {
    /// Adds a notice.
    pub fn add(&mut self, level: Level, code: &str, pointer: impl Into<String>, message: impl Into<String>) {
        self.notices.push(Notice {
            level,
            code: code.to_owned(),
            pointer: pointer.into(),
            message: message.into(),
        });
    }

    /// Adds a note: normalised without loss.
    pub fn note(&mut self, code: &str, pointer: &str, message: impl Into<String>) {
        self.add(Level::Note, code, pointer, message);
    }

    /// Adds a warning: wrong or interpreted.
    pub fn warn(&mut self, code: &str, pointer: &str, message: impl Into<String>) {
        self.add(Level::Warning, code, pointer, message);
    }

    /// Adds a loss.
    pub fn lose(&mut self, code: &str, pointer: &str, message: impl Into<String>) {
        self.add(Level::Loss, code, pointer, message);
    }

    /// The notices so far.
    pub fn all(&self) -> &[Notice] {
        &self.notices
    }

    /// How many notices of a level there are.
    pub fn count(&self, level: Level) -> usize {
        self.notices.iter().filter(|notice| notice.level == level).count()
    }

    /// The notices themselves.
    pub fn into_notices(self) -> Vec<Notice> {
        self.notices
    }
}
