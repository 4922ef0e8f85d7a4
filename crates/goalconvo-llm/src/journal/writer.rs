//! The thread that writes: it takes all frames that are waiting, writes them at once, syncs once, and tells
//! everybody. At one caller that is a sync a reply; at many, one for dozens.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::frame::{self, Frame};
use super::{Index, Key, broken};
use crate::error::{Error, Kind};

pub(super) struct Writer {
    queue: Mutex<Option<Sender<Job>>>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    key: Option<Key>,
    bytes: Vec<u8>,
    done: oneshot::Sender<Result<(), Error>>,
}

/// Most bytes written with one sync.
const GROUP: usize = 4 << 20;

impl Writer {
    pub(super) fn start(mut file: File, end: u64, index: Index, path: &Path) -> Result<Self, Error> {
        file.seek(SeekFrom::Start(end)).map_err(|error| broken(path, "cannot be written", &error))?;
        let (queue, jobs) = channel();
        let shown = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .stack_size(256 << 10)
            .spawn(move || write_all(file, end, &index, &shown, &jobs))
            .map_err(|error| broken(path, "has no thread to write it", &error))?;
        Ok(Writer { queue: Mutex::new(Some(queue)), thread: Some(thread) })
    }

    /// Queues a frame at once, before the first await: a caller that is dropped meanwhile loses nothing.
    pub(super) fn append(&self, frame: &Frame) -> impl Future<Output = Result<(), Error>> + use<> {
        let queued = self.queue(frame);
        async move {
            match queued?.await {
                Ok(result) => result,
                Err(_) => Err(closed()),
            }
        }
    }

    fn queue(&self, frame: &Frame) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
        let key = match frame {
            Frame::Answer(answer) => Key::from_hex(&answer.key),
            Frame::Failed { .. } | Frame::Submitted(_) | Frame::Fetched { .. } => None,
        };
        let (done, told) = oneshot::channel();
        let job = Job { key, bytes: frame::bytes(frame)?, done };
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().ok_or_else(closed)?.send(job).map_err(|_| closed())?;
        Ok(told)
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
    }
}

fn write_all(mut file: File, mut end: u64, index: &Index, path: &Path, jobs: &Receiver<Job>) {
    let mut bytes = Vec::new();
    let mut group: Vec<Job> = Vec::new();
    while let Ok(first) = jobs.recv() {
        group.push(first);
        let mut size = group[0].bytes.len();
        while let Some(job) = Some(size).filter(|size| *size < GROUP).and_then(|_| jobs.try_recv().ok()) {
            size += job.bytes.len();
            group.push(job);
        }
        bytes.clear();
        group.iter().for_each(|job| bytes.extend_from_slice(&job.bytes));
        match file.write_all(&bytes).and_then(|()| file.sync_data()) {
            Ok(()) => end = told(&mut group, index, end),
            Err(error) => {
                let error = broken(path, "cannot be written", &error);
                group.drain(..).for_each(|job| drop(job.done.send(Err(error.clone()))));
                // The file's end is unknown now; going on could bury a torn frame under good ones.
                return;
            }
        }
    }
}

/// Indexes a group that is on disk, then tells its callers.
fn told(group: &mut Vec<Job>, index: &Index, mut end: u64) -> u64 {
    {
        let mut index = index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = end;
        for job in group.iter() {
            if let Some(key) = job.key {
                index.insert(key, at);
            }
            at += job.bytes.len() as u64;
        }
    }
    for job in group.drain(..) {
        end += job.bytes.len() as u64;
        // A caller that was dropped does not listen; its reply is safe all the same.
        let _ = job.done.send(Ok(()));
    }
    end
}

fn closed() -> Error {
    Error::new(Kind::Journal, "the journal is closed, or failed before: see the first error")
}
