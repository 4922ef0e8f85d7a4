//! Vectors kept on disk by content hash, so that no text is ever encoded twice by one model.
//!
//! One file for each model and kind of vector: a header, then records that are only ever appended. A record is
//! `key (32 bytes) | rows (u32) | rows·dim f32 | check (8 bytes)`, all little-endian; the check is the beginning of
//! the SHA-256 of what stands before it. A record cut short by a killed process is dropped at the next append. A
//! record whose check fails is an error: it is never served and never silently replaced.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::NeuralError;

/// First bytes of every file; the number is the version of the format.
const MAGIC: &[u8; 20] = b"goalconvo-vectors/1\n";
const HEADER: u64 = MAGIC.len() as u64 + 4;
const CHECK: usize = 8;

/// What a record is found by.
pub(crate) type Key = [u8; 32];

/// One open file of vectors.
pub(crate) struct VectorFile {
    path: PathBuf,
    file: File,
    dim: usize,
    index: BTreeMap<Key, Place>,
    /// Where the last whole record ends.
    end: u64,
}

#[derive(Clone, Copy)]
struct Place {
    start: u64,
    rows: u32,
}

impl VectorFile {
    /// Opens `folder/name.vectors` for rows of `dim` numbers, making folder and file where there are none.
    pub(crate) fn open(folder: &Path, name: &str, dim: usize) -> Result<Self, NeuralError> {
        let path = folder.join(format!("{name}.vectors"));
        let fail = |what: &str, cause: &std::io::Error| NeuralError::file(&path, format!("{what} ({cause})"));
        std::fs::create_dir_all(folder).map_err(|cause| fail("its folder cannot be made", &cause))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|cause| fail("cannot be opened for vectors", &cause))?;
        begin(&mut file, dim).map_err(|cause| fail("cannot be begun", &cause))?;
        let mut found = [0u8; HEADER as usize];
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut found));
        read.map_err(|cause| fail("has no whole header: delete it", &cause))?;
        if found != header(dim) {
            return Err(NeuralError::file(
                &path,
                format!(
                    "is not a file of vectors of {dim} numbers in format 1: delete it, or name another folder"
                ),
            ));
        }
        let mut vectors = Self { path, file, dim, index: BTreeMap::new(), end: HEADER };
        vectors.scan()?;
        Ok(vectors)
    }

    /// The rows kept under `key`, as one slice after the other; `None` where there are none.
    pub(crate) fn get(&mut self, key: &Key) -> Result<Option<Vec<f32>>, NeuralError> {
        let Some(place) = self.index.get(key).copied() else {
            return Ok(None);
        };
        let mut record = vec![0u8; self.record_bytes(place.rows)];
        self.file
            .seek(SeekFrom::Start(place.start))
            .and_then(|_| self.file.read_exact(&mut record))
            .map_err(|cause| self.fail("cannot be read", &cause))?;
        let (content, check) = record.split_at(record.len() - CHECK);
        if check_of(content) != check {
            return Err(NeuralError::file(
                &self.path,
                format!(
                    "record at byte {} does not match its check, the file is damaged: delete it",
                    place.start
                ),
            ));
        }
        let numbers = &content[36..];
        Ok(Some(numbers.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()))
    }

    /// Appends records and makes sure that they are on disk. Other processes may append to the same file.
    pub(crate) fn append(&mut self, records: &[(Key, &[f32])]) -> Result<(), NeuralError> {
        if records.is_empty() {
            return Ok(());
        }
        self.file.lock().map_err(|cause| self.fail("cannot be locked", &cause))?;
        let written = self.append_locked(records);
        let unlocked = self.file.unlock().map_err(|cause| self.fail("cannot be unlocked", &cause));
        written.and(unlocked)
    }

    fn append_locked(&mut self, records: &[(Key, &[f32])]) -> Result<(), NeuralError> {
        self.scan()?;
        let mut bytes = Vec::new();
        for (key, vectors) in records {
            if self.index.contains_key(key) {
                continue;
            }
            let rows = u32::try_from(vectors.len() / self.dim)
                .map_err(|_| NeuralError::request("a text has too many vectors to keep"))?;
            self.index.insert(*key, Place { start: self.end + bytes.len() as u64, rows });
            push_record(&mut bytes, key, rows, vectors);
        }
        let end = self.end;
        self.file
            .set_len(end)
            .and_then(|()| self.file.seek(SeekFrom::Start(end)))
            .and_then(|_| self.file.write_all(&bytes))
            .and_then(|()| self.file.sync_data())
            .map_err(|cause| self.fail("cannot be written", &cause))?;
        self.end = end + bytes.len() as u64;
        Ok(())
    }

    /// Indexes the whole records after the known end, which other processes may have written.
    fn scan(&mut self) -> Result<(), NeuralError> {
        let length = self.file.metadata().map_err(|cause| self.fail("cannot be examined", &cause))?.len();
        let mut reader = BufReader::new(&self.file);
        let mut at =
            reader.seek(SeekFrom::Start(self.end)).map_err(|cause| self.fail("cannot be read", &cause))?;
        let mut head = [0u8; 36];
        while at + 36 <= length {
            reader.read_exact(&mut head).map_err(|cause| self.fail("cannot be read", &cause))?;
            let (key, rows) = split_head(&head);
            let bytes = self.record_bytes(rows) as u64;
            if at + bytes > length {
                break;
            }
            self.index.insert(key, Place { start: at, rows });
            let rest = i64::try_from(bytes - 36).unwrap_or(i64::MAX);
            reader.seek_relative(rest).map_err(|cause| self.fail("cannot be read", &cause))?;
            at += bytes;
            self.end = at;
        }
        Ok(())
    }

    fn record_bytes(&self, rows: u32) -> usize {
        36 + rows as usize * self.dim * 4 + CHECK
    }

    fn fail(&self, what: &str, cause: &std::io::Error) -> NeuralError {
        NeuralError::file(&self.path, format!("{what} ({cause})"))
    }
}

/// Writes the header of a new file. The lock keeps two processes from both beginning it.
fn begin(file: &mut File, dim: usize) -> std::io::Result<()> {
    file.lock()?;
    let begun = if file.metadata()?.len() == 0 { file.write_all(&header(dim)) } else { Ok(()) };
    file.unlock()?;
    begun
}

fn header(dim: usize) -> [u8; HEADER as usize] {
    let mut bytes = [0u8; HEADER as usize];
    bytes[..MAGIC.len()].copy_from_slice(MAGIC);
    bytes[MAGIC.len()..].copy_from_slice(&u32::try_from(dim).unwrap_or(u32::MAX).to_le_bytes());
    bytes
}

fn split_head(head: &[u8; 36]) -> (Key, u32) {
    let mut key = [0u8; 32];
    key.copy_from_slice(&head[..32]);
    (key, u32::from_le_bytes([head[32], head[33], head[34], head[35]]))
}

fn push_record(bytes: &mut Vec<u8>, key: &Key, rows: u32, vectors: &[f32]) {
    let start = bytes.len();
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&rows.to_le_bytes());
    bytes.extend(vectors.iter().flat_map(|value| value.to_le_bytes()));
    let check = check_of(&bytes[start..]);
    bytes.extend_from_slice(&check);
}

fn check_of(content: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::digest(content);
    let mut check = [0u8; CHECK];
    check.copy_from_slice(&digest[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    use super::{HEADER, VectorFile};

    fn open(folder: &std::path::Path) -> VectorFile {
        VectorFile::open(folder, "tiny", 2).unwrap()
    }

    #[test]
    fn what_was_kept_is_found_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).append(&[([1; 32], &[1.0, 2.0]), ([2; 32], &[3.0, 4.0, 5.0, 6.0])]).unwrap();
        let mut again = open(folder.path());
        assert_eq!(again.get(&[2; 32]).unwrap(), Some(vec![3.0, 4.0, 5.0, 6.0]));
        assert_eq!(again.get(&[3; 32]).unwrap(), None);
    }

    #[test]
    fn two_writers_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (open(folder.path()), open(folder.path()));
        one.append(&[([1; 32], &[1.0, 1.0])]).unwrap();
        two.append(&[([2; 32], &[2.0, 2.0]), ([1; 32], &[1.0, 1.0])]).unwrap();
        one.append(&[([3; 32], &[3.0, 3.0])]).unwrap();
        let mut all = open(folder.path());
        for key in 1..=3u8 {
            assert_eq!(all.get(&[key; 32]).unwrap(), Some(vec![f32::from(key); 2]));
        }
    }

    #[test]
    fn a_torn_record_is_dropped_and_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).append(&[([1; 32], &[1.0, 2.0]), ([2; 32], &[3.0, 4.0])]).unwrap();
        let path = folder.path().join("tiny.vectors");
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..52 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let mut torn = open(folder.path());
            assert_eq!(torn.get(&[1; 32]).unwrap(), Some(vec![1.0, 2.0]));
            assert_eq!(torn.get(&[2; 32]).unwrap(), None);
            torn.append(&[([2; 32], &[3.0, 4.0])]).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut {cut}");
        }
    }

    #[test]
    fn a_damaged_record_is_an_error_and_never_served() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).append(&[([1; 32], &[1.0, 2.0])]).unwrap();
        let path = folder.path().join("tiny.vectors");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[HEADER as usize + 38] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let error = open(folder.path()).get(&[1; 32]).unwrap_err();
        assert!(error.is_file() && error.to_string().contains("damaged"), "{error}");
    }

    #[test]
    fn a_file_of_another_width_or_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).append(&[([1; 32], &[1.0, 2.0])]).unwrap();
        assert!(VectorFile::open(folder.path(), "tiny", 3).is_err());
    }
}
