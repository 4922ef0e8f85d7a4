//! What writes: a thread that takes all frames that are waiting, writes them at once, syncs once, and tells
//! everybody. At one caller that is a sync a reply; at many, one for dozens.
//!
//! With [`Durability::Within`] the caller writes its frame itself and goes on, and the thread syncs a little later.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::frame::{self, Frame};
use super::{Index, Key, broken};
use crate::error::{Error, Kind};

/// When a reply counts as kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once it is on disk: it survives a power cut.
    #[default]
    BeforeUse,
    /// Once the system has it: it survives the end of this process, however it ends, and after this long a
    /// power cut too. A lone caller saves the disk's time on every call.
    Within(Duration),
}

pub(super) struct Writer {
    sync: Durability,
    sink: Arc<Mutex<Sink>>,
    index: Index,
    queue: Mutex<Option<Sender<Job>>>,
    thread: Option<JoinHandle<()>>,
}

/// The file, and where its next frame begins.
struct Sink {
    file: File,
    end: u64,
    path: PathBuf,
    /// Whether the thread has been told that there is something to sync.
    sync_due: bool,
    /// The first failure; the file's end is unknown after it, and going on could bury a torn frame under good
    /// ones.
    failed: Option<Error>,
}

/// A frame for the thread to write; without one, something that was written is to be synced.
type Job = Option<Waiting>;

struct Waiting {
    key: Option<Key>,
    bytes: Vec<u8>,
    done: oneshot::Sender<Result<(), Error>>,
}

/// How long a group waits for more.
const LINGER: Duration = Duration::from_millis(2);

/// Most bytes written with one sync.
const GROUP: usize = 4 << 20;

impl Writer {
    pub(super) fn start(
        mut file: File,
        end: u64,
        index: Index,
        path: &Path,
        sync: Durability,
    ) -> Result<Self, Error> {
        file.seek(SeekFrom::Start(end)).map_err(|error| broken(path, "cannot be written", &error))?;
        let sink =
            Arc::new(Mutex::new(Sink { file, end, path: path.to_owned(), sync_due: false, failed: None }));
        let (queue, jobs) = channel();
        let own = (Arc::clone(&sink), Arc::clone(&index));
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .stack_size(256 << 10)
            .spawn(move || match sync {
                Durability::BeforeUse => write_all(&own.0, &own.1, &jobs),
                Durability::Within(delay) => sync_all(&own.0, delay, &jobs),
            })
            .map_err(|error| broken(path, "has no thread to write it", &error))?;
        Ok(Writer { sync, sink, index, queue: Mutex::new(Some(queue)), thread: Some(thread) })
    }

    /// Takes a frame at once, before the first await: a caller that is dropped meanwhile loses nothing.
    pub(super) fn append(&self, frame: &Frame) -> impl Future<Output = Result<(), Error>> + use<> {
        let taken = match self.sync {
            Durability::BeforeUse => self.queue(frame).map(Some),
            Durability::Within(_) => self.write(frame).map(|()| None),
        };
        async move {
            match taken? {
                Some(told) => told.await.unwrap_or_else(|_| Err(closed())),
                None => Ok(()),
            }
        }
    }

    /// Hands a frame to the system at once and goes on: it survives the end of this process, and needs no sync
    /// of its own.
    pub(super) fn note(&self, frame: &Frame) -> Result<(), Error> {
        let bytes = frame::bytes(frame)?;
        self.sink.lock().unwrap_or_else(PoisonError::into_inner).write(&bytes)
    }

    fn queue(&self, frame: &Frame) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
        let (done, told) = oneshot::channel();
        self.send(Some(Waiting { key: key_of(frame), bytes: frame::bytes(frame)?, done }))?;
        Ok(told)
    }

    fn write(&self, frame: &Frame) -> Result<(), Error> {
        let bytes = frame::bytes(frame)?;
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let at = sink.end;
        sink.write(&bytes)?;
        let told = std::mem::replace(&mut sink.sync_due, true);
        drop(sink);
        if let Some(key) = key_of(frame) {
            self.index.lock().unwrap_or_else(PoisonError::into_inner).insert(key, at);
        }
        if told { Ok(()) } else { self.send(None) }
    }

    fn send(&self, job: Job) -> Result<(), Error> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().ok_or_else(closed)?.send(job).map_err(|_| closed())
    }
}

impl Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.file.write_all(bytes).map_err(|error| {
            let error = broken(&self.path, "cannot be written", &error);
            self.failed = Some(error.clone());
            error
        })?;
        self.end += bytes.len() as u64;
        Ok(())
    }
}

fn key_of(frame: &Frame) -> Option<Key> {
    match frame {
        Frame::Answer(answer) => Key::from_hex(&answer.key),
        Frame::Asked { .. } | Frame::Failed { .. } | Frame::Submitted(_) | Frame::Fetched { .. } => None,
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Closing the queue ends the thread once all that was queued is on disk.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.take() {
            // It cannot have panicked with anything left to say.
            let _ = thread.join();
        }
        // Said aloud, since a process that is being started at this moment may hold a copy of the handle, and
        // with it the lock.
        let _ = self.sink.lock().unwrap_or_else(PoisonError::into_inner).file.unlock();
    }
}

fn write_all(sink: &Mutex<Sink>, index: &Index, jobs: &Receiver<Job>) {
    let mut bytes = Vec::new();
    let mut group: Vec<Waiting> = Vec::new();
    let mut linger = Duration::ZERO;
    while let Ok(first) = jobs.recv() {
        gather(first, jobs, linger, &mut group);
        bytes.clear();
        group.iter().for_each(|waiting| bytes.extend_from_slice(&waiting.bytes));
        let started = now();
        let (at, written) = {
            let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
            (sink.end, sink.write(&bytes))
        };
        let written = written.and_then(|()| synced(sink));
        // Where many write and the disk is quick, it is worth waiting for a few more: a sync costs as much CPU
        // as a call. A slow disk gathers them by itself, and a lone writer is never kept waiting.
        let worth = group.len() > 1 && started.elapsed() < LINGER;
        linger = if worth { LINGER } else { Duration::ZERO };
        match written {
            Ok(()) => tell(&mut group, index, at),
            Err(error) => group.drain(..).for_each(|waiting| drop(waiting.done.send(Err(error.clone())))),
        }
    }
}

/// Syncs what callers have written themselves, once for all within a delay.
fn sync_all(sink: &Mutex<Sink>, delay: Duration, jobs: &Receiver<Job>) {
    while jobs.recv().is_ok() {
        // Nobody sends while a sync is due, so this waits its whole time, or until the journal is closed.
        let _ = jobs.recv_timeout(delay);
        sink.lock().unwrap_or_else(PoisonError::into_inner).sync_due = false;
        // A failure shows at the next write.
        let _ = synced(sink);
    }
}

/// Syncs, on a handle of its own, so that nobody who writes meanwhile waits for the disk.
fn synced(sink: &Mutex<Sink>) -> Result<(), Error> {
    let file = sink.lock().unwrap_or_else(PoisonError::into_inner).file.try_clone();
    file.and_then(|file| file.sync_data()).map_err(|error| {
        let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let error = broken(&sink.path, "cannot be synced", &error);
        sink.failed = Some(error.clone());
        error
    })
}

fn gather(first: Job, jobs: &Receiver<Job>, linger: Duration, group: &mut Vec<Waiting>) {
    let until = now() + linger;
    let mut size = 0;
    let mut next = Some(first);
    while let Some(job) = next {
        if let Some(waiting) = job {
            size += waiting.bytes.len();
            group.push(waiting);
        }
        if size >= GROUP {
            return;
        }
        next = match jobs.try_recv() {
            Ok(job) => Some(job),
            Err(_) => jobs.recv_timeout(until.saturating_duration_since(now())).ok(),
        };
    }
}

/// Indexes a group that is on disk, then tells its callers.
fn tell(group: &mut Vec<Waiting>, index: &Index, mut at: u64) {
    {
        let mut index = index.lock().unwrap_or_else(PoisonError::into_inner);
        for waiting in group.iter() {
            if let Some(key) = waiting.key {
                index.insert(key, at);
            }
            at += waiting.bytes.len() as u64;
        }
    }
    // A caller that was dropped does not listen; its reply is safe all the same.
    group.drain(..).for_each(|waiting| drop(waiting.done.send(Ok(()))));
}

#[expect(
    clippy::disallowed_methods,
    reason = "the writer's thread has no runtime, and paces real disk writes"
)]
fn now() -> Instant {
    Instant::now()
}

fn closed() -> Error {
    Error::new(Kind::Journal, "the journal is closed, or failed before: see the first error")
}
