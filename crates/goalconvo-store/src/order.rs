//! Many make, one writes, in order: the bytes don't depend on how many make.
//!
//! Makers take items in chunks and may run ahead of the writer by a bounded window, so the memory in use
//! does not grow with the run.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
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
    /// How many items a maker takes at once.
    pub chunk: usize,
    /// How many chunks for each maker may be out at once.
    pub ahead: usize,
    /// How often the writer is asked whether to go on when nothing comes.
    pub idle: Duration,
}

impl Pace {
    /// So many threads, small chunks.
    pub fn threads(makers: usize) -> Self {
        Pace { makers: makers.max(1), chunk: 16, ahead: 4, idle: Duration::from_millis(100) }
    }
}

/// Makes something of each item in parallel and hands it to `write` in the order of the items.
///
/// `write` gets `None` when nothing came for a while, so that it can flush and show progress; `Break` ends all early.
/// Returns how many were written.
///
/// # Errors
/// The first error of `write`; the makers end before it is returned.
///
/// ```
/// use std::ops::ControlFlow;
/// # use goalconvo_store::{Pace, in_order};
/// let mut squares = Vec::new();
/// in_order(0..5, Pace::threads(3), |n| n * n, |square| {
///     squares.extend(square);
///     Ok::<_, ()>(ControlFlow::Continue(()))
/// }).unwrap();
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
pub fn in_order<S: Send, T: Send, E>(
    items: impl Iterator<Item = S> + Send,
    pace: Pace,
    make: impl Fn(S) -> T + Sync,
    write: impl FnMut(Option<T>) -> Result<ControlFlow<()>, E>,
) -> Result<u64, E> {
    let gate = Gate::new(items, pace);
    // Room for all chunks that may be out, so no maker ever waits at the channel.
    let (sender, receiver) = sync_channel(gate.window + pace.makers);
    std::thread::scope(|scope| {
        for _ in 0..pace.makers {
            let sender = sender.clone();
            let (gate, make) = (&gate, &make);
            scope.spawn(move || work(gate, make, &sender));
        }
        drop(sender);
        let _closed = Closing(&gate);
        drain(pace, &gate, &receiver, write)
    })
}

/// A chunk's number and what was made of its items.
type Chunk<T> = (u64, Vec<T>);

fn work<S, T, I: Iterator<Item = S>>(gate: &Gate<I>, make: &impl Fn(S) -> T, sender: &SyncSender<Chunk<T>>) {
    // If `make` panics, the others must not wait for this chunk for ever.
    let closing = Closing(gate);
    while let Some((number, items)) = gate.take() {
        if sender.send((number, items.into_iter().map(make).collect())).is_err() {
            return;
        }
    }
    std::mem::forget(closing);
}

fn drain<T, E, I>(
    pace: Pace,
    gate: &Gate<I>,
    receiver: &Receiver<Chunk<T>>,
    mut write: impl FnMut(Option<T>) -> Result<ControlFlow<()>, E>,
) -> Result<u64, E> {
    let mut order = Reorder::new(0);
    let mut written = 0;
    loop {
        match receiver.recv_timeout(pace.idle) {
            Ok((number, made)) => order.push(number, made),
            Err(RecvTimeoutError::Timeout) if write(None)?.is_break() => return Ok(written),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(written),
        };
        while let Some((number, made)) = order.pop() {
            for one in made {
                let flow = write(Some(one))?;
                written += 1;
                if flow.is_break() {
                    return Ok(written);
                }
            }
            gate.written(number + 1);
        }
    }
}

/// Hands out chunks, and holds makers back that are too far ahead of the writer.
struct Gate<I> {
    chunk: usize,
    window: usize,
    state: Mutex<State<I>>,
    moved: Condvar,
}

struct State<I> {
    /// `None` when there is no more to make.
    items: Option<I>,
    next: u64,
    written: u64,
}

impl<I> Gate<I> {
    fn new(items: I, pace: Pace) -> Self {
        Gate {
            chunk: pace.chunk.max(1),
            window: pace.ahead.max(1) * pace.makers,
            state: Mutex::new(State { items: Some(items), next: 0, written: 0 }),
            moved: Condvar::new(),
        }
    }

    fn written(&self, chunks: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).written = chunks;
        self.moved.notify_all();
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).items = None;
        self.moved.notify_all();
    }
}

impl<I: Iterator> Gate<I> {
    /// The next chunk with its number; waits while it is too far ahead; `None` when there is no more to make.
    fn take(&self) -> Option<Chunk<I::Item>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead =
            |state: &mut State<I>| state.items.is_some() && state.next >= state.written + self.window as u64;
        let mut state = self.moved.wait_while(state, ahead).unwrap_or_else(PoisonError::into_inner);
        let items: Vec<I::Item> = state.items.as_mut()?.take(self.chunk).collect();
        if items.is_empty() {
            state.items = None;
            return None;
        }
        state.next += 1;
        Some((state.next - 1, items))
    }
}

/// Closes the gate however its scope is left.
struct Closing<'a, I>(&'a Gate<I>);

impl<I> Drop for Closing<'_, I> {
    fn drop(&mut self) {
        self.0.close();
    }
}
