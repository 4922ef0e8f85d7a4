//! The durable journal of paid replies: what was paid for once is never paid for again.
//!
//! An append-only file of checksummed frames. A reply is on disk (written and synced, many at a time) before
//! anybody uses it, so that a run that is killed at any moment and started again asks only for what is missing.
//! A torn tail is cut when the file is opened; what was cut is kept beside it and reported.
//!
//! The key of a reply is whose it is (scope, turn, attempt) and what was asked (the request's digest). Equal
//! prompts in two scopes are two samples.

mod frame;
mod layer;
mod writer;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::error::{Error, Kind};
use crate::money::{Account, Cost, Entry};
use crate::request::Tag;

pub use layer::Journaled;
pub use writer::Durability;

pub(crate) use layer::answer_frame;

pub(crate) use frame::{Frame, JobFrame, Outcome};

use frame::{HEADER, Scan};
use writer::Writer;

/// An open journal, shared by all models of a run.
pub struct Journal {
    path: PathBuf,
    reader: Mutex<File>,
    index: Index,
    writer: Writer,
}

/// Where each reply's frame begins.
type Index = Arc<Mutex<BTreeMap<Key, u64>>>;

/// Names one paid reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub(crate) [u8; 16]);

/// What was found when a journal was opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recovered {
    /// Replies that can be replayed.
    pub replies: u64,
    /// What was spent, by whom: for [`crate::Ledger::restore`] and [`crate::Budget::resumed`].
    pub ledger: BTreeMap<Account, Entry>,
    /// Calls that were open when an earlier part of the run was killed. What they may have cost is in the
    /// ledger, at its worst. Only runs with a budget know of them.
    pub open_calls: u64,
    /// Batch jobs that were submitted and not yet fetched.
    pub jobs: Vec<OpenJob>,
    /// What could not be read, if anything.
    pub lost: Option<Lost>,
}

/// A batch job that an earlier part of the run submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJob {
    /// The provider's id of it.
    pub id: String,
    /// The model's address.
    pub model: String,
    /// The keys of its requests, as the provider knows them, in order.
    pub keys: Vec<Key>,
}

/// The end of a journal that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Where the first bad byte stood.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
    /// How many whole frames lie in what was cut: 0 for a torn tail, more where the file was damaged.
    pub whole_frames: u64,
    /// Why the first frame there is bad.
    pub reason: String,
    /// Where the cut bytes were put.
    pub kept_at: PathBuf,
}

impl Recovered {
    /// All that was spent.
    #[must_use]
    pub fn spent(&self) -> Cost {
        self.ledger.values().map(Entry::spent).sum()
    }

    /// Of it, what stands for calls whose cost nobody knows.
    #[must_use]
    pub fn assumed(&self) -> Cost {
        self.ledger.values().map(|entry| entry.assumed).sum()
    }
}

impl Key {
    /// The key of a call: whose it is, and the digest of what is asked of which model.
    #[must_use]
    pub fn new(tag: &Tag, digest: [u8; 16]) -> Self {
        let mut hash = Sha256::new();
        hash.update((tag.scope.len() as u64).to_le_bytes());
        hash.update(tag.scope.as_bytes());
        hash.update(tag.turn.to_le_bytes());
        hash.update(tag.attempt.to_le_bytes());
        hash.update(digest);
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Key(key)
    }

    /// As 32 hexadecimal digits, which is also the id of the request in a batch job.
    #[must_use]
    pub fn hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    /// From 32 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let number = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32)?;
        Some(Key(number.to_be_bytes()))
    }
}

impl Journal {
    /// Opens the journal at a path, making it where there is none, and reads what it holds.
    ///
    /// # Errors
    /// When the file cannot be read or written, is no journal, or another process has it open.
    pub fn open(path: &Path, sync: Durability) -> Result<(Arc<Self>, Recovered), Error> {
        let failed = |what: &str, error: std::io::Error| broken(path, what, &error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| failed("cannot be opened", error))?;
        file.try_lock().map_err(|error| {
            Error::new(
                Kind::Journal,
                format!("journal {} is in use by another run ({error}): end it first", path.display()),
            )
        })?;
        let length = file.metadata().map_err(|error| failed("cannot be read", error))?.len();
        if length < HEADER.len() as u64 {
            begin(&mut file, path)?;
        }
        let mut scan = frame::scan(&mut file, path)?;
        let lost = match &scan.bad {
            Some(_) => Some(cut(&mut file, path, &scan)?),
            None => None,
        };
        let open_calls = scan.settle();
        let replies = scan.index.len() as u64;
        let recovered = Recovered { replies, ledger: scan.ledger, open_calls, jobs: scan.jobs, lost };
        let reader = Mutex::new(File::open(path).map_err(|error| failed("cannot be read", error))?);
        let index: Index = Arc::new(Mutex::new(scan.index));
        let writer = Writer::start(file, scan.end, Arc::clone(&index), path, sync)?;
        Ok((Arc::new(Journal { path: path.to_owned(), reader, index, writer }), recovered))
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many replies it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether it holds no reply.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was stored under a key.
    pub(crate) fn get(&self, key: Key) -> Result<Option<Outcome>, Error> {
        let offset = self.index.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        let Some(offset) = offset else { return Ok(None) };
        let mut file = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset)).map_err(|error| broken(&self.path, "cannot be read", &error))?;
        let frame = frame::read(&mut *file).map_err(|reason| {
            Error::new(Kind::Journal, format!("journal {}, byte {offset}: {reason}", self.path.display()))
        })?;
        match frame {
            Frame::Answer(answer) if Key::from_hex(&answer.key) == Some(key) => Ok(Some(answer.outcome)),
            _ => {
                let message =
                    format!("journal {}, byte {offset}: another frame than was written", self.path.display());
                Err(Error::new(Kind::Journal, message))
            }
        }
    }

    /// Says, before a request is sent, what it may cost: whoever opens the journal of a killed run must know.
    pub(crate) fn asking(&self, key: Key, account: Account, worst: Cost) -> Result<(), Error> {
        self.writer.note(&Frame::Asked { key: key.hex(), account, worst })
    }

    /// Queues a frame at once; the future ends once it is on disk.
    pub(crate) fn append(&self, frame: &Frame) -> impl Future<Output = Result<(), Error>> + use<> {
        self.writer.append(frame)
    }
}

fn begin(file: &mut File, path: &Path) -> Result<(), Error> {
    file.set_len(0)
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .and_then(|_| file.write_all(HEADER))
        .and_then(|()| file.sync_all())
        .map_err(|error| broken(path, "cannot be begun", &error))
}

/// Cuts what cannot be read off the file, after it has been copied to a file beside it.
fn cut(file: &mut File, path: &Path, scan: &Scan) -> Result<Lost, Error> {
    let failed = |error: std::io::Error| broken(path, "cannot be cut", &error);
    let kept_at = path.with_extension(format!("lost-{}", scan.end));
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(scan.end)).map_err(failed)?;
    file.read_to_end(&mut rest).map_err(failed)?;
    std::fs::write(&kept_at, &rest).map_err(failed)?;
    file.set_len(scan.end).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(Lost {
        offset: scan.end,
        bytes: rest.len() as u64,
        whole_frames: scan.whole_after,
        reason: scan.bad.clone().unwrap_or_default(),
        kept_at,
    })
}

pub(super) fn broken(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::new(Kind::Journal, format!("journal {} {what}: {error}", path.display()))
}
