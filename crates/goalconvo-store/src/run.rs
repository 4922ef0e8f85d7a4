//! A run folder that is being written.
//!
//! What is on disk is always a prefix of the whole run, up to one broken line at its end: rejects of an index are
//! written before its dialogue, dialogues in the order of their index. Every [`COMMIT`] records both files are synced
//! and a checkpoint goes into the journal, so that a power cut costs no more than that, and so that continuing a long
//! run reads no more than what came after the last checkpoint.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Kind;
use crate::files::{make_folder, sync_folder};
use crate::journal::Journal;
use crate::lock::Lock;
use crate::{Error, Failure, Header, Lines, Worlds, failed, write_whole};

/// So many records are made durable together: a sync costs as much as making hundreds of dialogues.
const COMMIT: u64 = 4096;

/// So many bytes are gathered before they are handed to the system.
const BUFFER: usize = 1 << 18;

/// The bits of a key's index that are the index in the run; those above count the attempts at it.
const INDEX: u64 = (1 << 48) - 1;

/// What one index brought: lines of JSON, each with its line end.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The accepted dialogue; empty when none was.
    pub accepted: Vec<u8>,
    /// Candidates that were rejected before it, with their reasons in their verdicts.
    pub rejected: Vec<u8>,
}

/// A run folder that this process alone writes.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    header: Header,
    _lock: Lock,
    journal: Journal,
    dialogues: Log,
    rejects: Log,
    next: u64,
    written: u64,
    since_commit: u64,
    notes: Vec<String>,
}

/// Up to where both files are surely on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    /// The next index.
    next: u64,
    /// Dialogues written.
    written: u64,
    /// Bytes of `dialogues.jsonl`.
    dialogues: u64,
    /// Bytes of `rejects.jsonl`.
    rejects: u64,
}

impl Run {
    /// Opens the run in this folder, or makes it where there is none: new, or continued from what is there.
    ///
    /// # Errors
    /// Another process writes it, it was made with other settings, the folder holds something else, a file of it is
    /// damaged before its end, or the system refuses.
    pub fn open(folder: &Path, asked: Header) -> Result<Self, Error> {
        make_folder(folder)?;
        refuse_foreign(folder)?;
        make_folder(&folder.join("journal"))?;
        let lock = Lock::take(folder, &folder.join("journal/lock"))?;
        let path = folder.join("run.toml");
        let header = settle(&path, asked)?;
        let (journal, checkpoints, cut) = Journal::open::<Checkpoint>(&folder.join("journal/checkpoints"))?;
        let mut notes = Vec::new();
        if cut {
            notes.push("journal/checkpoints: cut off a broken last line".to_owned());
        }
        make_folder(&folder.join("worlds"))?;
        let start = Checkpoint { next: header.from, ..Checkpoint::default() };
        let mut dialogues = Log::open(folder.join("dialogues.jsonl"), 0)?;
        let mut rejects = Log::open(folder.join("rejects.jsonl"), 1)?;
        let fits =
            |point: &&Checkpoint| point.dialogues <= dialogues.length && point.rejects <= rejects.length;
        let point = checkpoints.iter().rev().find(fits).copied().unwrap_or(start);
        if checkpoints.last().is_some_and(|last| *last != point) {
            notes.push(
                "dialogues.jsonl or rejects.jsonl is shorter than it was: continuing from what is there"
                    .to_owned(),
            );
        }
        let (next, lines) = dialogues.recover(point.dialogues, point.next, u64::MAX, &mut notes)?;
        rejects.recover(point.rejects, point.next, next, &mut notes)?;
        sync_folder(Some(folder))?;
        let written = point.written + lines;
        let folder = folder.to_owned();
        Ok(Run {
            folder,
            header,
            _lock: lock,
            journal,
            dialogues,
            rejects,
            next,
            written,
            since_commit: 0,
            notes,
        })
    }

    /// The index that is due next; the end of the run's indexes when nothing is left to make.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// How many dialogues are in the file.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// What the run is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What was cut off or found missing when it was opened, for people.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The shared material.
    pub fn worlds(&self) -> Worlds {
        Worlds::new(self.folder.join("worlds"))
    }

    /// The file with the dialogues, and its lines as they are on disk.
    ///
    /// # Errors
    /// The system refuses.
    pub fn lines(&self) -> Result<(PathBuf, Lines), Error> {
        Ok((self.dialogues.path.clone(), Lines::open(&self.dialogues.path)?))
    }

    /// Adds what an index brought.
    ///
    /// # Errors
    /// The index is not the one that is due, or the system refuses; nothing that was written before is lost.
    pub fn append(&mut self, index: u64, entry: &Entry) -> Result<(), Error> {
        if index != self.next || index >= self.header.to {
            return Err(Error::new(Kind::OutOfOrder {
                path: self.folder.clone(),
                index,
                expected: self.next,
            }));
        }
        self.rejects.buffer.extend_from_slice(&entry.rejected);
        self.dialogues.buffer.extend_from_slice(&entry.accepted);
        self.next += 1;
        self.written += u64::from(!entry.accepted.is_empty());
        self.since_commit += 1;
        if self.rejects.buffer.len().max(self.dialogues.buffer.len()) >= BUFFER {
            self.flush()?;
        }
        if self.since_commit >= COMMIT { self.commit() } else { Ok(()) }
    }

    /// Passes over the index that is due, because no dialogue could be made: it is listed in `failed.jsonl`.
    ///
    /// # Errors
    /// The index is not the one that is due, or the system refuses.
    pub fn fail(&mut self, failure: &Failure) -> Result<(), Error> {
        failed::add(&self.folder, failure)?;
        self.append(failure.index, &Entry::default())
    }

    /// The indexes that failed.
    ///
    /// # Errors
    /// The list can't be read.
    pub fn failures(&self) -> Result<Vec<Failure>, Error> {
        failed::read(&self.folder)
    }

    /// Goes back to the first index that failed, if one did: it and all after it are due again.
    ///
    /// # Errors
    /// The system refuses; then the list is still there, and this can be tried again.
    pub fn retry_failed(&mut self) -> Result<Option<u64>, Error> {
        let Some(first) = self.failures()?.into_iter().map(|failure| failure.index).min() else {
            return Ok(None);
        };
        self.flush()?;
        let kept = self.dialogues.keep_below(first)?;
        self.rejects.keep_below(first)?;
        (self.next, self.written, self.since_commit) = (first.max(self.header.from), kept, 1);
        // The checkpoint comes last of all, so that none of before is believed again.
        self.commit()?;
        failed::clear(&self.folder)?;
        Ok(Some(first))
    }

    /// Hands all to the system: it then survives the end of this process.
    ///
    /// # Errors
    /// The system refuses.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.rejects.flush()?;
        self.dialogues.flush()
    }

    /// Makes all survive a power cut.
    ///
    /// # Errors
    /// The system refuses.
    pub fn commit(&mut self) -> Result<(), Error> {
        self.flush()?;
        if self.since_commit == 0 {
            return Ok(());
        }
        self.rejects.sync()?;
        self.dialogues.sync()?;
        let point = Checkpoint {
            next: self.next,
            written: self.written,
            dialogues: self.dialogues.length,
            rejects: self.rejects.length,
        };
        self.journal.append(&point)?;
        self.journal.sync()?;
        self.since_commit = 0;
        Ok(())
    }

    /// Commits, writes `report.json`, and lets the run go.
    ///
    /// # Errors
    /// The system refuses.
    pub fn finish(mut self, report: &[u8]) -> Result<(), Error> {
        self.commit()?;
        write_whole(&self.folder.join("report.json"), report)
    }
}

/// What a run folder may hold before its `run.toml` is there: a process may have been killed in between.
fn refuse_foreign(folder: &Path) -> Result<(), Error> {
    if folder.join("run.toml").exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(Error::io("read folder", folder))? {
        let name = entry.map_err(Error::io("read folder", folder))?.file_name();
        if name != "journal" && name != "run.toml.tmp" {
            let what = format!(
                "found {}, but no run.toml; expected an empty folder or a run to continue; choose another folder",
                name.display()
            );
            return Err(Error::content(folder, what));
        }
    }
    Ok(())
}

/// The header under which to go on: the one that is there, asked for more if need be, or the new one.
fn settle(path: &Path, asked: Header) -> Result<Header, Error> {
    if !path.exists() {
        asked.write(path)?;
        return Ok(asked);
    }
    let mut header = Header::read(path)?;
    header.admits(&asked, path)?;
    if asked.to > header.to {
        header.to = asked.to;
        header.write(path)?;
    }
    Ok(header)
}

/// An append-only file of records.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: File,
    length: u64,
    /// How far an index may lie behind the one that is due: 1 where one index may have several records.
    slack: u64,
    buffer: Vec<u8>,
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
    fn open(path: PathBuf, slack: u64) -> Result<Self, Error> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        let length = file.metadata().map_err(Error::io("read", &path))?.len();
        Ok(Log { path, file, length, slack, buffer: Vec::new() })
    }

    /// Looks at what comes after the byte `from`, which is due for index `next`: keeps whole records with an index
    /// below `end`, cuts off the rest. Returns the next index and how many records were kept.
    fn recover(
        &mut self,
        from: u64,
        mut next: u64,
        end: u64,
        notes: &mut Vec<String>,
    ) -> Result<(u64, u64), Error> {
        if from == self.length {
            return Ok((next, 0));
        }
        let path = self.path.clone();
        self.file.seek(SeekFrom::Start(from)).map_err(Error::io("read", &path))?;
        let mut reader = BufReader::with_capacity(BUFFER, &self.file);
        let (mut good, mut kept, mut line) = (from, 0, Vec::new());
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(Error::io("read", &path))?;
            let Some(index) = index_of(&line).filter(|index| *index < end) else { break };
            if index + self.slack < next {
                let what = format!(
                    "after byte {good} comes index {index} where {next} was due; the file was changed by hand: restore \
                     it, or start another run"
                );
                return Err(Error::content(&path, what));
            }
            (good, kept, next) = (good + read as u64, kept + 1, index + 1);
        }
        self.cut(good, notes)?;
        Ok((next, kept))
    }

    /// Cuts off all from the first record with this index or a later one; returns how many records are left.
    fn keep_below(&mut self, index: u64) -> Result<u64, Error> {
        let path = self.path.clone();
        self.file.seek(SeekFrom::Start(0)).map_err(Error::io("read", &path))?;
        let mut reader = BufReader::with_capacity(BUFFER, &self.file);
        let (mut good, mut kept, mut line) = (0, 0, Vec::new());
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(Error::io("read", &path))?;
            if index_of(&line).is_none_or(|of| of >= index) {
                break;
            }
            (good, kept) = (good + read as u64, kept + 1);
        }
        self.file.set_len(good).map_err(Error::io("cut", &path))?;
        self.length = good;
        Ok(kept)
    }

    fn cut(&mut self, good: u64, notes: &mut Vec<String>) -> Result<(), Error> {
        if good == self.length {
            return Ok(());
        }
        let name = self.path.file_name().unwrap_or_default().display();
        notes.push(format!("{name}: cut off {} bytes of unfinished work at the end", self.length - good));
        self.file.set_len(good).map_err(Error::io("cut", &self.path))?;
        self.length = good;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.file.write_all(&self.buffer).map_err(Error::io("write", &self.path))?;
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }
}

/// The index of a whole line's record.
fn index_of(line: &[u8]) -> Option<u64> {
    let json = line.strip_suffix(b"\n")?;
    let brief: Brief = serde_json::from_slice(json).ok()?;
    Some(brief.scenario.key.index & INDEX)
}
