//! Many at once, written in order: a task for each open dialogue, and what came of them in the order of their indexes.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use goalconvo_llm::{Gather, Seat};
use goalconvo_store::Reorder;
use tokio::task::JoinSet;

use crate::terminal::GLANCE;
use crate::{Error, Exit, Stop};

/// So many may be open, or finished and waiting for an earlier one, for each that may be open.
const AHEAD: u64 = 2;

/// What becomes of one index, in a task of its own.
pub(crate) type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Something that is made index by index.
pub(crate) trait Work {
    /// What comes of an index.
    type Made: Send + 'static;

    /// The task of an index; `None` while it cannot be begun.
    fn begin(&mut self, index: u64) -> Option<Task<Self::Made>>;

    /// Told what came of an index as soon as it is known, in any order.
    fn ended(&mut self, made: &Self::Made);

    /// Takes what came of an index, in order.
    ///
    /// # Errors
    /// It can't be written.
    fn write(&mut self, index: u64, made: Self::Made) -> Result<(), Error>;

    /// Told when all before this index is written, and nothing more is due now.
    ///
    /// # Errors
    /// It can't be written.
    fn written(&mut self, next: u64) -> Result<(), Error>;
}

/// How many at once, and by what they are held up.
pub(crate) struct Floor<'a> {
    pub(crate) at_once: usize,
    /// Where their calls wait for each other, when they go by batch job.
    pub(crate) gather: Option<&'a Arc<Gather>>,
    pub(crate) stop: &'a Stop,
}

/// Works through the indexes, as far as the work goes; whether somebody stopped it.
///
/// # Errors
/// The work's own.
pub(crate) async fn in_turn<W: Work>(
    work: &mut W,
    indexes: Range<u64>,
    floor: &Floor<'_>,
) -> Result<bool, Error> {
    let due = indexes.start;
    let mut turns =
        Turns { open: JoinSet::new(), done: Reorder::new(due), missing: indexes, due, left: None };
    let mut glance = tokio::time::interval(GLANCE);
    // Ends with this work.
    let mut driver = JoinSet::new();
    if let Some(gather) = floor.gather.map(Arc::clone) {
        driver.spawn(async move { gather.drive().await });
    }
    loop {
        // What comes next need not wait for what is over to be written, unless that is what it needs to know.
        turns.begin(work, floor);
        turns.write(work)?;
        turns.begin(work, floor);
        tokio::select! {
            ended = turns.open.join_next() => match ended {
                None => return Ok(false),
                Some(ended) => turns.ended(work, ended)?,
            },
            _ = glance.tick() => {}
        }
        if floor.stop.asked() {
            turns.open.abort_all();
            return Ok(true);
        }
    }
}

/// An index, what came of it, and the seat that it held.
type Ended<T> = (u64, T, Option<Seat>);

struct Turns<T> {
    open: JoinSet<Ended<T>>,
    /// Finished, and waiting for an earlier one.
    done: Reorder<T>,
    /// Indexes that nobody has begun.
    missing: Range<u64>,
    /// The index that is written next.
    due: u64,
    /// The seat of the task that ended last, kept until another may have taken it.
    left: Option<Seat>,
}

impl<T: Send + 'static> Turns<T> {
    /// Opens as many as may be open. Nothing is handed over as a batch job before all of them are.
    fn begin<W: Work<Made = T>>(&mut self, work: &mut W, floor: &Floor<'_>) {
        let _all = floor.gather.map(Gather::seat);
        self.left = None;
        let at_once = floor.at_once.max(1);
        let last = self.missing.end.min(self.due + AHEAD * at_once as u64);
        while self.open.len() < at_once && self.missing.start < last {
            let index = self.missing.start;
            let Some(task) = work.begin(index) else { break };
            self.missing.start += 1;
            let seat = floor.gather.map(Gather::seat);
            self.open.spawn(async move { (index, task.await, seat) });
        }
    }

    fn ended<W: Work<Made = T>>(
        &mut self,
        work: &mut W,
        ended: Result<Ended<T>, tokio::task::JoinError>,
    ) -> Result<(), Error> {
        let (index, made, seat) = match ended {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => return Err(Error::new(Exit::Bug, format!("a dialogue's task: {error}"))),
        };
        self.left = seat;
        work.ended(&made);
        self.done.push(index, made);
        Ok(())
    }

    /// Writes what is due.
    fn write<W: Work<Made = T>>(&mut self, work: &mut W) -> Result<(), Error> {
        let before = self.due;
        while let Some((index, made)) = self.done.pop() {
            work.write(index, made)?;
            self.due = index + 1;
        }
        if self.due > before { work.written(self.due) } else { Ok(()) }
    }
}
