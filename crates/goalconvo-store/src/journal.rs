//! An append-only file of checked entries: what stands in it whole was written whole.
//!
//! One entry a line: the first 16 hex digits of the SHA-256 of its JSON, a space, the JSON. A crash can leave a broken
//! end, which is cut when the journal is opened again; a broken entry with good ones after it is no crash but damage,
//! and refused.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use goalconvo_core::ContentHash;
use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// An append-only file of checked entries.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens a journal, or makes it: with its entries, and whether a broken end was cut off.
    ///
    /// # Errors
    /// The system refuses, an entry before the end is broken, or an entry is whole but no `T`.
    pub fn open<T: DeserializeOwned>(path: &Path) -> Result<(Self, Vec<T>, bool), Error> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(Error::io("open", path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(Error::io("read", path))?;
        let (entries, good) = entries(path, &bytes)?;
        let cut = good < bytes.len();
        if cut {
            file.set_len(good as u64).map_err(Error::io("cut", path))?;
        }
        Ok((Journal { path: path.to_owned(), file }, entries, cut))
    }

    /// The whole entries of a journal that another process may be writing; nothing is touched.
    ///
    /// # Errors
    /// As for [`Journal::open`].
    pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        Ok(entries(path, &bytes)?.0)
    }

    /// Adds an entry; it survives the process from now on, and a power cut once [`Journal::sync`] is done.
    ///
    /// # Errors
    /// The system refuses, or the entry is no JSON.
    pub fn append<T: Serialize>(&mut self, entry: &T) -> Result<(), Error> {
        let json =
            serde_json::to_string(entry).map_err(|error| Error::content(&self.path, error.to_string()))?;
        let line = format!("{} {json}\n", check(json.as_bytes()));
        self.file.write_all(line.as_bytes()).map_err(Error::io("write", &self.path))
    }

    /// Makes all entries survive a power cut.
    ///
    /// # Errors
    /// The system refuses.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }
}

/// The entries up to the first broken one, and how many bytes they take.
fn entries<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<(Vec<T>, usize), Error> {
    let mut entries = Vec::new();
    let mut good = 0;
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let Some(json) = checked(line) else { break };
        entries.push(serde_json::from_slice(json).map_err(|error| {
            Error::content(path, format!("line {}: {error}; another version of the program wrote it", at + 1))
        })?);
        good += line.len();
    }
    let end = &bytes[good..];
    if end.split_inclusive(|byte| *byte == b'\n').skip(1).any(|line| checked(line).is_some()) {
        let what = format!(
            "line {} is damaged, with good lines after it; restore the file, or remove it",
            entries.len() + 1
        );
        return Err(Error::content(path, what));
    }
    Ok((entries, good))
}

fn check(json: &[u8]) -> String {
    let mut hash = ContentHash::of(json).to_string();
    hash.truncate(16);
    hash
}

/// The JSON of a line, when the line is whole.
fn checked(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, json) = (line.get(..16)?, line.get(17..)?);
    (line.get(16) == Some(&b' ') && check(json).as_bytes() == sum).then_some(json)
}
