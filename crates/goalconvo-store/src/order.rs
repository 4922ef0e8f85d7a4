//! Many make, one writes, in order: the bytes don't depend on how many make.
//!
//! Makers take indexes in ascending chunks and may run ahead of the writer by a bounded window, so the memory in use
//! does not grow with the run.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Items by index, let out again in ascending order without a gap.
#[derive(Debug)]
pub struct Reorder<T> {
    next: u64,
    waiting: BTreeMap<u64, T>,
}

impl<T> Reorder<T> {
    /// Before the first item, whose index will be `first`.
    pub fn new(first: u64) -> Self {
        Reorder { next: first, waiting: BTreeMap::new() }
    }

    /// Takes an item; one of an index that is out already, or waiting, is dropped and `false`.
    pub fn push(&mut self, index: u64, item: T) -> bool {
        let new = index >= self.next && !self.waiting.contains_key(&index);
        if new {
            self.waiting.insert(index, item);
        }
        new
    }

    /// The next item, if it is there.
    pub fn pop(&mut self) -> Option<(u64, T)> {
        let item = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some((self.next - 1, item))
    }

    /// How many items wait for an earlier one.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

/// How [`in_order`] goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many threads make; at least 1.
    pub makers: usize,
    /// How many indexes a maker takes at once.
    pub chunk: u64,
    /// How many chunks for each maker may be out at once.
    pub ahead: u64,
    /// How often the writer is asked whether to go on when nothing comes.
    pub idle: Duration,
}

impl Pace {
    /// So many threads, small chunks.
    pub fn threads(makers: usize) -> Self {
        Pace { makers: makers.max(1), chunk: 16, ahead: 4, idle: Duration::from_millis(100) }
    }
}

/// Makes an item for each index in parallel and hands them to `write` in ascending order.
///
/// `write` gets `None` when nothing came for a while, so that it can flush and show progress; `Break` ends all early.
/// Returns how many items were written.
///
/// # Errors
/// The first error of `write`; the makers end before it is returned.
///
/// ```
/// use std::ops::ControlFlow;
/// # use goalconvo_store::{Pace, in_order};
/// let mut squares = Vec::new();
/// in_order(0..5, Pace::threads(3), |n| n * n, |item| {
///     squares.extend(item);
///     Ok::<_, ()>(ControlFlow::Continue(()))
/// }).unwrap();
/// assert_eq!(squares, [(0, 0), (1, 1), (2, 4), (3, 9), (4, 16)]);
/// ```
pub fn in_order<T: Send, E>(
    indexes: Range<u64>,
    pace: Pace,
    make: impl Fn(u64) -> T + Sync,
    write: impl FnMut(Option<(u64, T)>) -> Result<ControlFlow<()>, E>,
) -> Result<u64, E> {
    let gate = Gate::new(indexes.clone(), pace);
    // Room for all chunks that may be out, so no maker ever waits at the channel.
    let (sender, receiver) = sync_channel(pace.makers * (pace.ahead as usize + 1));
    std::thread::scope(|scope| {
        for _ in 0..pace.makers {
            let sender = sender.clone();
            let (gate, make) = (&gate, &make);
            scope.spawn(move || work(gate, make, &sender));
        }
        drop(sender);
        let _closed = Closing(&gate);
        drain(indexes, pace, &gate, &receiver, write)
    })
}

type Chunk<T> = (u64, Vec<T>);

fn work<T>(gate: &Gate, make: &impl Fn(u64) -> T, sender: &SyncSender<Chunk<T>>) {
    // If `make` panics, the others must not wait for this chunk for ever.
    let closing = Closing(gate);
    while let Some(chunk) = gate.take() {
        let start = chunk.start;
        if sender.send((start, chunk.map(make).collect())).is_err() {
            return;
        }
    }
    std::mem::forget(closing);
}

fn drain<T, E>(
    indexes: Range<u64>,
    pace: Pace,
    gate: &Gate,
    receiver: &std::sync::mpsc::Receiver<Chunk<T>>,
    mut write: impl FnMut(Option<(u64, T)>) -> Result<ControlFlow<()>, E>,
) -> Result<u64, E> {
    let mut order = Reorder::new(indexes.start);
    let mut written = 0;
    loop {
        match receiver.recv_timeout(pace.idle) {
            Ok((start, items)) => {
                for (index, item) in (start..).zip(items) {
                    order.push(index, item);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                if write(None)?.is_break() {
                    return Ok(written);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(written),
        }
        while let Some(next) = order.pop() {
            let index = next.0;
            let flow = write(Some(next))?;
            written += 1;
            gate.written(index + 1);
            if flow.is_break() {
                return Ok(written);
            }
        }
    }
}

/// Hands out chunks, and holds makers back that are too far ahead of the writer.
struct Gate {
    end: u64,
    chunk: u64,
    window: u64,
    state: Mutex<State>,
    moved: Condvar,
}

struct State {
    next: u64,
    written: u64,
    closed: bool,
}

impl Gate {
    fn new(indexes: Range<u64>, pace: Pace) -> Self {
        Gate {
            end: indexes.end,
            chunk: pace.chunk.max(1),
            window: pace.chunk.max(1) * pace.ahead.max(1) * pace.makers as u64,
            state: Mutex::new(State { next: indexes.start, written: indexes.start, closed: false }),
            moved: Condvar::new(),
        }
    }

    /// The next chunk; waits while it is too far ahead; `None` when there is no more to make.
    fn take(&self) -> Option<Range<u64>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = |state: &mut State| {
            !state.closed && state.next < self.end && state.next >= state.written + self.window
        };
        let mut state = self.moved.wait_while(state, ahead).unwrap_or_else(PoisonError::into_inner);
        if state.closed || state.next >= self.end {
            return None;
        }
        let start = state.next;
        state.next = (start + self.chunk).min(self.end);
        Some(start..state.next)
    }

    fn written(&self, next: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).written = next;
        self.moved.notify_all();
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.moved.notify_all();
    }
}

/// Closes the gate however its scope is left.
struct Closing<'a>(&'a Gate);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
