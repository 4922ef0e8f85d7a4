//! Indexes that have no dialogue because a provider failed: listed with their reasons, and tried again on demand.
//!
//! `failed.jsonl` has one line an index, on disk before any later dialogue is. To try again, the run goes back to the
//! first of them and makes everything from there anew; what models were paid for is in their own journal, so that
//! costs nothing, and the file becomes what it would have been had nothing failed.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The file's name in the run's folder.
pub(crate) const FILE: &str = "failed.jsonl";

/// An index without a dialogue, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The index.
    pub index: u64,
    /// What failed, for people.
    pub reason: String,
    /// Whether trying again may help.
    pub retryable: bool,
}

/// Adds a line, which is on disk when this returns.
pub(crate) fn add(folder: &Path, failure: &Failure) -> Result<(), Error> {
    let path = folder.join(FILE);
    let json = serde_json::to_string(failure).map_err(|error| Error::content(&path, error.to_string()))?;
    let mut file =
        OpenOptions::new().append(true).create(true).open(&path).map_err(Error::io("open", &path))?;
    file.write_all(format!("{json}\n").as_bytes()).map_err(Error::io("write", &path))?;
    file.sync_data().map_err(Error::io("write", &path))
}

/// The lines; a broken last one, which a crash can leave, is none.
pub(crate) fn read(folder: &Path) -> Result<Vec<Failure>, Error> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(vec![]);
    }
    let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
    let mut failures = Vec::new();
    for (at, line) in text.split_inclusive('\n').enumerate() {
        match serde_json::from_str::<Failure>(line) {
            Ok(failure) => failures.push(failure),
            Err(_) if !line.ends_with('\n') => {}
            Err(error) => return Err(Error::content(&path, format!("line {}: {error}", at + 1))),
        }
    }
    Ok(failures)
}

/// Takes the list away.
pub(crate) fn clear(folder: &Path) -> Result<(), Error> {
    let path = folder.join(FILE);
    if path.exists() { fs::remove_file(&path).map_err(Error::io("remove", &path)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_line_may_be_broken() {
        let folder = tempfile::tempdir().unwrap();
        let failure = Failure { index: 3, reason: "no answer".to_owned(), retryable: true };
        add(folder.path(), &failure).unwrap();
        let (path, whole) = (folder.path().join(FILE), serde_json::to_string(&failure).unwrap());
        fs::write(&path, format!("{whole}\n{{\"index\": 4")).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [failure]);
        fs::write(&path, format!("{{\"index\": 4\n{whole}\n")).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
