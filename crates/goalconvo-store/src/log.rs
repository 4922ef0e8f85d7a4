//! One append-only file of records: what lies in it is compared with what was written, and only then gone on with.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Error;
use crate::checkpoint::Extent;

/// So many bytes are gathered before they are handed to the system.
pub(crate) const BUFFER: usize = 1 << 18;

/// An append-only file of records.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    file: File,
    /// Of all that was handed over, whether it is on disk or still here.
    length: u64,
    sum: crc32fast::Hasher,
    buffer: Vec<u8>,
}

/// What should come next in a file.
pub(crate) struct Due<'a> {
    /// The run's first index.
    pub(crate) first: u64,
    /// The index.
    pub(crate) next: u64,
    /// Lines before it.
    pub(crate) lines: u64,
    /// No record has this index or a higher one; where one may have several, such a record is unfinished work.
    pub(crate) end: u64,
    /// Where every index has one record: those that have none. Where one may have none or several: nothing.
    pub(crate) holes: Option<&'a BTreeSet<u64>>,
}

/// What lies in a file, up to its last whole record.
pub(crate) struct Scanned {
    /// The index that is due next.
    pub(crate) next: u64,
    /// Lines.
    pub(crate) lines: u64,
    /// Bytes.
    pub(crate) good: u64,
}

/// As much of a record as continuing needs; the rest is only looked at as JSON.
#[derive(Deserialize)]
struct Brief {
    scenario: BriefScenario,
}

#[derive(Deserialize)]
struct BriefScenario {
    key: goalconvo_core::Key,
}

impl Log {
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        Ok(Log { path, file, length: 0, sum: crc32fast::Hasher::new(), buffer: Vec::new() })
    }

    /// Bytes on disk.
    pub(crate) fn length(&self) -> Result<u64, Error> {
        Ok(self.file.metadata().map_err(Error::io("read", &self.path))?.len())
    }

    /// All that was handed over.
    pub(crate) fn extent(&self) -> Extent {
        Extent { bytes: self.length, crc: self.sum.clone().finalize() }
    }

    /// Compares the beginning with what was written, and takes apart what comes after it: whole records with an index
    /// below the end. After them there may be unfinished work, which [`Log::cut`] takes away.
    ///
    /// # Errors
    /// The file is not a beginning of what this run writes, followed by what a crash leaves behind: the first line at
    /// which that is seen.
    pub(crate) fn scan(&mut self, from: Extent, due: &Due<'_>) -> Result<Scanned, Error> {
        let path = self.path.clone();
        self.file.seek(SeekFrom::Start(0)).map_err(Error::io("read", &path))?;
        // No further than it is long: a device has no end.
        let mut reader = BufReader::with_capacity(BUFFER, &self.file).take(self.length()?);
        let mut sum = crc32fast::Hasher::new();
        let mut before = (&mut reader).take(from.bytes);
        while let bytes @ [_, ..] = before.fill_buf().map_err(Error::io("read", &path))? {
            sum.update(bytes);
            let length = bytes.len();
            before.consume(length);
        }
        if sum.clone().finalize() != from.crc {
            return Err(changed(&path, from.bytes, due));
        }
        let mut scanned = Scanned { next: due.next, lines: due.lines, good: from.bytes };
        let mut line = Vec::new();
        while read_line(&mut reader, &mut line).map_err(Error::io("read", &path))? {
            match follow(&line, due, &scanned) {
                Follow::Next(index) => {
                    sum.update(&line);
                    scanned.good += line.len() as u64;
                    scanned.lines += 1;
                    scanned.next = index + 1;
                }
                Follow::Unfinished => break,
                Follow::Wrong(what) => {
                    return Err(refusal(&path, &format!("line {} {what}", scanned.lines + 1)));
                }
            }
        }
        (self.length, self.sum) = (scanned.good, sum);
        Ok(scanned)
    }

    /// Takes away the unfinished work that a scan has found.
    pub(crate) fn cut(&mut self, scanned: &Scanned, notes: &mut Vec<String>) -> Result<(), Error> {
        let length = self.length()?;
        if scanned.good == length {
            return Ok(());
        }
        let name = self.path.file_name().unwrap_or_default().display();
        notes.push(format!("{name}: cut off {} bytes of unfinished work at the end", length - scanned.good));
        self.file.set_len(scanned.good).map_err(Error::io("cut", &self.path))
    }

    /// Cuts off all from the first record with this index or a later one; returns how many lines are left.
    pub(crate) fn keep_below(&mut self, index: u64) -> Result<u64, Error> {
        let path = self.path.clone();
        self.file.seek(SeekFrom::Start(0)).map_err(Error::io("read", &path))?;
        let mut reader = BufReader::with_capacity(BUFFER, &self.file).take(self.length()?);
        let (mut good, mut kept, mut sum, mut line) = (0, 0, crc32fast::Hasher::new(), Vec::new());
        while read_line(&mut reader, &mut line).map_err(Error::io("read", &path))? {
            let brief: Option<Brief> = serde_json::from_slice(&line).ok();
            if brief.is_none_or(|brief| brief.scenario.key.place() >= index) {
                break;
            }
            sum.update(&line);
            (good, kept) = (good + line.len() as u64, kept + 1);
        }
        self.file.set_len(good).map_err(Error::io("cut", &path))?;
        (self.length, self.sum) = (good, sum);
        Ok(kept)
    }

    /// Adds lines, which [`Log::flush`] hands to the system.
    pub(crate) fn push(&mut self, lines: &[u8]) {
        self.sum.update(lines);
        self.length += lines.len() as u64;
        self.buffer.extend_from_slice(lines);
    }

    /// Bytes that are not yet handed to the system.
    pub(crate) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.file.write_all(&self.buffer).map_err(Error::io("write", &self.path))?;
        self.buffer.clear();
        Ok(())
    }

    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }
}

/// What a line is to those before it.
enum Follow {
    Next(u64),
    Unfinished,
    Wrong(String),
}

fn follow(line: &[u8], due: &Due<'_>, scanned: &Scanned) -> Follow {
    let Some(json) = line.strip_suffix(b"\n") else { return Follow::Unfinished };
    // A crash leaves the beginning of a line, without its end: a whole line that is no record is somebody's doing.
    let brief: Brief = match serde_json::from_slice(json) {
        Ok(_) if json.ends_with(b"\r") => {
            return Follow::Wrong("ends in CR LF, expected LF alone".to_owned());
        }
        Ok(brief) => brief,
        Err(error) => return Follow::Wrong(format!("is no record that this run has written, {error}")),
    };
    let (index, next) = (brief.scenario.key.place(), scanned.next);
    if index >= due.end {
        let what = format!("has index {index}, the run goes to below {}", due.end);
        return if due.holes.is_some() { Follow::Wrong(what) } else { Follow::Unfinished };
    }
    let gap = |holes: &BTreeSet<u64>| (next..index).find(|missing| !holes.contains(missing));
    let again = index + u64::from(due.holes.is_none()) < next;
    match due.holes.and_then(gap) {
        _ if again => Follow::Wrong(format!("has index {index} where {next} was due")),
        Some(missing) => {
            Follow::Wrong(format!("has index {index} where {missing} was due: a record is missing before it"))
        }
        None => Follow::Next(index),
    }
}

/// A refusal that names the first line at which it is seen, if one shows it.
fn changed(path: &Path, bytes: u64, due: &Due<'_>) -> Error {
    let what = format!("its first {bytes} bytes are not those that were written");
    let mut reader = match File::open(path) {
        Ok(file) => BufReader::with_capacity(BUFFER, file),
        Err(error) => return Error::io("open", path)(error),
    };
    let mut scanned = Scanned { next: due.first, lines: 0, good: 0 };
    let mut line = Vec::new();
    while let Ok(true) = read_line(&mut reader, &mut line) {
        match follow(&line, due, &scanned) {
            Follow::Wrong(flaw) => {
                return refusal(path, &format!("line {} {flaw}; {what}", scanned.lines + 1));
            }
            Follow::Unfinished => break,
            Follow::Next(index) => scanned.next = index + 1,
        }
        scanned.lines += 1;
    }
    refusal(path, &what)
}

fn refusal(path: &Path, what: &str) -> Error {
    const TODO: &str = "somebody changed the file: restore it, or start another run in another folder";
    Error::content(path, format!("{what}; {TODO}; nothing was touched"))
}

/// The next line with its end; `false` at the end of the file.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(reader.read_until(b'\n', line)? > 0)
}
