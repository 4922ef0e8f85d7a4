//! A run folder that is being written.
//!
//! What is on disk is always a prefix of the whole run, up to one broken line at its end: rejects of an index are
//! written before its dialogue, dialogues in the order of their index. Every [`COMMIT`] records both files are synced
//! and a checkpoint goes into the journal, so that a power cut costs no more than that, and so that continuing a long
//! run takes apart no more than what came after the last checkpoint. What came before it is compared with the checksum
//! in the checkpoint: a file that somebody changed is refused as it is, for nothing could be continued truly after it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::checkpoint::{Checkpoint, Entered};
use crate::error::Kind;
use crate::files::{make_folder, sync_folder};
use crate::journal::Journal;
use crate::lock::Lock;
use crate::log::{BUFFER, Due, Log, Scanned};
use crate::{Error, Failure, Header, Lines, Worlds, failed, write_whole};

/// So many records are made durable together: a sync costs as much as making hundreds of dialogues.
const COMMIT: u64 = 4096;

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
    rejected: u64,
    /// Indexes for which no candidate passed, as far as they are known.
    holes: BTreeSet<u64>,
    /// Checkpoints that the files do not reach any more, in ascending order: they say what has to come out again.
    lost: Vec<Checkpoint>,
    since_commit: u64,
    notes: Vec<String>,
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
        let (header, is_new) = settle(&path, asked)?;
        let (journal, entered, cut) = Journal::open::<Entered>(&folder.join("journal/checkpoints"))?;
        let (checkpoints, holes) = Entered::split(entered);
        let mut notes = Vec::new();
        if cut {
            notes.push("journal/checkpoints: cut off a broken last line".to_owned());
        }
        make_folder(&folder.join("worlds"))?;
        let found = Found::look(folder, &header, &checkpoints, &holes, &mut notes)?;
        // Nothing is touched before all has been looked at.
        if is_new {
            header.write(&path)?;
        }
        let mut run = Run {
            folder: folder.to_owned(),
            next: found.dialogues.1.next,
            written: found.dialogues.1.lines,
            rejected: found.rejects.1.lines,
            dialogues: found.dialogues.0,
            rejects: found.rejects.0,
            header,
            _lock: lock,
            journal,
            holes,
            lost: found.lost,
            since_commit: 0,
            notes,
        };
        run.dialogues.cut(&found.dialogues.1, &mut run.notes)?;
        run.rejects.cut(&found.rejects.1, &mut run.notes)?;
        sync_folder(Some(folder))?;
        Ok(run)
    }

    /// The index that is due next; the end of the run's indexes when nothing is left to make.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// How many dialogues are in the file.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Indexes below [`Run::next`] for which no candidate passed.
    pub fn holes(&self) -> impl Iterator<Item = u64> {
        self.holes.range(..self.next).copied()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
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
    /// The index is not the one that is due, what is made again is not what was there before, or the system refuses;
    /// nothing that was written before is lost.
    pub fn append(&mut self, index: u64, entry: &Entry) -> Result<(), Error> {
        if index != self.next || index >= self.header.to {
            return Err(Error::new(Kind::OutOfOrder {
                path: self.folder.clone(),
                index,
                expected: self.next,
            }));
        }
        // A gap in the file must be known as one before anything comes after it.
        if entry.accepted.is_empty() && self.holes.insert(index) {
            self.journal.append(&Entered::Hole(index))?;
        } else if !entry.accepted.is_empty() {
            self.holes.remove(&index);
        }
        self.rejects.push(&entry.rejected);
        self.dialogues.push(&entry.accepted);
        self.next += 1;
        self.written += u64::from(!entry.accepted.is_empty());
        self.rejected += entry.rejected.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.since_commit += 1;
        if self.lost.first().is_some_and(|lost| lost.next == self.next) {
            self.compare()?;
        }
        if self.rejects.waiting().max(self.dialogues.waiting()) >= BUFFER {
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
        self.rejected = self.rejects.keep_below(first)?;
        self.holes.split_off(&first);
        self.lost.clear();
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
        let point = self.here();
        self.journal.append(&Entered::Checkpoint(point))?;
        self.journal.sync()?;
        self.since_commit = 0;
        Ok(())
    }

    /// The checkpoint of what has been handed over so far.
    fn here(&self) -> Checkpoint {
        Checkpoint {
            next: self.next,
            written: self.written,
            rejected: self.rejected,
            dialogues: self.dialogues.extent(),
            rejects: self.rejects.extent(),
        }
    }

    /// Whether what is made again comes out as it was.
    fn compare(&mut self) -> Result<(), Error> {
        let lost = self.lost.remove(0);
        if lost == self.here() {
            return Ok(());
        }
        let what = format!(
            "made again up to index {}, the files are not what they were; what was left of them had been changed: \
             restore them, or start another run",
            lost.next
        );
        Err(Error::content(&self.folder, what))
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

/// The header under which to go on, and whether it has to be written: the one that is there, asked for more if need be,
/// or the new one.
fn settle(path: &Path, asked: Header) -> Result<(Header, bool), Error> {
    if !path.exists() {
        asked.write(path)?;
        return Ok((asked, false));
    }
    let mut header = Header::read(path)?;
    header.admits(&asked, path)?;
    let more = asked.to > header.to;
    header.to = header.to.max(asked.to);
    Ok((header, more))
}

/// What lies in the folder, looked at and not touched.
struct Found {
    dialogues: (Log, Scanned),
    rejects: (Log, Scanned),
    lost: Vec<Checkpoint>,
}

impl Found {
    fn look(
        folder: &Path,
        header: &Header,
        checkpoints: &[Checkpoint],
        holes: &BTreeSet<u64>,
        notes: &mut Vec<String>,
    ) -> Result<Self, Error> {
        let [dialogues, rejects] = ["dialogues.jsonl", "rejects.jsonl"].map(|name| folder.join(name));
        let last = checkpoints.last().copied().unwrap_or_default();
        let is_gone = !rejects.exists() && !checkpoints.is_empty();
        if is_gone && last.rejects.bytes == 0 {
            notes.push("rejects.jsonl was gone; it was empty, and is there again".to_owned());
        }
        let mut dialogues = Log::open(dialogues)?;
        let length = if is_gone { 0 } else { fs::metadata(&rejects).map_or(0, |found| found.len()) };
        if length < last.rejects.bytes && dialogues.length()? >= last.dialogues.bytes {
            let what = format!(
                "found {length} bytes, expected the {} that were written; restore the file, or start another run",
                last.rejects.bytes
            );
            return Err(Error::content(&rejects, what));
        }
        let mut rejects = Log::open(rejects)?;
        let (long, long_rejects) = (dialogues.length()?, rejects.length()?);
        let fits = |point: &Checkpoint| point.dialogues.bytes <= long && point.rejects.bytes <= long_rejects;
        let at = checkpoints.iter().rposition(fits);
        let start = Checkpoint { next: header.from, ..Checkpoint::default() };
        let point = at.map_or(start, |at| checkpoints[at]);
        let lost = checkpoints[at.map_or(0, |at| at + 1)..].to_vec();
        let first = header.from;
        let due = Due { first, next: point.next, lines: point.written, end: header.to, holes: Some(holes) };
        let scanned = dialogues.scan(point.dialogues, &due)?;
        let due = Due { first, next: point.next, lines: point.rejected, end: scanned.next, holes: None };
        let scanned_rejects = rejects.scan(point.rejects, &due)?;
        if let Some(early) = lost.first().filter(|lost| lost.next <= scanned.next) {
            let what = format!(
                "found {} bytes up to index {}, expected {}; somebody changed the file: restore it, or start another run",
                scanned.good.min(long),
                early.next - 1,
                early.dialogues.bytes
            );
            return Err(Error::content(&folder.join("dialogues.jsonl"), what));
        }
        if !lost.is_empty() {
            notes.push(
                "dialogues.jsonl or rejects.jsonl is shorter than it was: continuing from what is there"
                    .to_owned(),
            );
        }
        Ok(Found { dialogues: (dialogues, scanned), rejects: (rejects, scanned_rejects), lost })
    }
}
