//! Batch jobs turn by turn: calls wait until everybody who could call waits, then go together as one job.
//!
//! Whoever calls again and again (a dialogue) holds a [`Seat`] as long as it may call. Once every seat waits for a
//! reply nobody can add a call, so what waits is handed over: turn k of all that is open is one job a model. Where a
//! budget has no room for all, those of the first scopes go, so that some dialogues are finished for the money rather
//! than all begun; the others wait for the next. What a job leaves out (a line that failed or expired, a job that was
//! refused) is asked online by the caller itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

use super::Batch;
use crate::error::{Error, Kind};
use crate::model::{Completion, Model};
use crate::reply::Reply;
use crate::request::Request;

/// Where calls wait for each other.
#[derive(Default)]
pub struct Gather {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    seats: usize,
    waiting: Vec<Waiting>,
}

struct Waiting {
    batch: Arc<Batch>,
    request: Request,
    told: oneshot::Sender<Result<Reply, Error>>,
}

/// Somebody who may call; given back when dropped.
pub struct Seat(Arc<Gather>);

/// A model that is asked by batch job, together with all others of a [`Gather`].
pub struct Gathered<M> {
    batch: Arc<Batch>,
    gather: Arc<Gather>,
    online: M,
}

impl Gather {
    /// An empty one.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A seat: nothing is handed over before its holder waits, or gives it back.
    #[must_use]
    pub fn seat(self: &Arc<Self>) -> Seat {
        self.state().seats += 1;
        Seat(Arc::clone(self))
    }

    /// Hands over what waits whenever every seat waits. Runs until it is dropped; nothing is answered without it.
    pub async fn drive(&self) {
        loop {
            match self.due() {
                Some(waiting) => {
                    let left = hand_over(waiting).await;
                    self.state().waiting.extend(left);
                }
                None => self.changed.notified().await,
            }
        }
    }

    /// All that waits, once every seat does.
    fn due(&self) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        // Whoever was dropped waits no more, and its seat is gone as well.
        state.waiting.retain(|waiting| !waiting.told.is_closed());
        let due = !state.waiting.is_empty() && state.waiting.len() >= state.seats;
        due.then(|| std::mem::take(&mut state.waiting))
    }

    async fn wait(&self, batch: &Arc<Batch>, request: Request) -> Result<Reply, Error> {
        let (told, reply) = oneshot::channel();
        self.state().waiting.push(Waiting { batch: Arc::clone(batch), request, told });
        self.changed.notify_one();
        reply.await.unwrap_or_else(|_| Err(Error::new(Kind::Canceled, "the batch job was given up")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.state().seats -= 1;
        self.0.changed.notify_one();
    }
}

/// Runs a job a model, all at once, and tells those who have an end; the others are given back.
async fn hand_over(waiting: Vec<Waiting>) -> Vec<Waiting> {
    let mut by_model: BTreeMap<String, Vec<Waiting>> = BTreeMap::new();
    for one in waiting {
        by_model.entry(one.batch.name.clone()).or_default().push(one);
    }
    let mut jobs = JoinSet::new();
    by_model.into_values().for_each(|group| drop(jobs.spawn(hand_over_to_one(group))));
    let mut left = Vec::new();
    while let Some(ended) = jobs.join_next().await {
        // Of a job that panicked, those who waited are told that it was given up: nobody holds their ends any more.
        if let Ok(waiting) = ended {
            left.extend(waiting);
        }
    }
    left
}

async fn hand_over_to_one(mut group: Vec<Waiting>) -> Vec<Waiting> {
    group.sort_by_cached_key(|one| in_order(&one.request.tag.scope));
    let Some(batch) = group.first().map(|first| Arc::clone(&first.batch)) else { return group };
    let requests: Vec<Request> = group.iter().map(|one| one.request.clone()).collect();
    let ends = batch.round(&requests).await;
    let told = |(one, end): (Waiting, Option<_>)| match end {
        // Whoever was dropped meanwhile does not listen; its reply is in the journal all the same.
        Some(end) => {
            drop(one.told.send(end));
            None
        }
        None => Some(one),
    };
    group.into_iter().zip(ends).filter_map(told).collect()
}

/// What scopes are ordered by: their numbers, and then their letters.
fn in_order(scope: &Arc<str>) -> (Vec<u64>, Arc<str>) {
    let numbers = scope.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
    (numbers.collect(), Arc::clone(scope))
}

impl<M: Model> Gathered<M> {
    /// A model that is asked by these batch jobs; what they leave out is asked of `online`, at its own price.
    pub fn new(batch: Batch, gather: &Arc<Gather>, online: M) -> Self {
        Gathered { batch: Arc::new(batch), gather: Arc::clone(gather), online }
    }

    async fn ask(&self, request: Request) -> Result<Reply, Error> {
        // What was paid for before need not wait for anybody.
        if let Some(known) = self.batch.replayed(&request)? {
            return known;
        }
        match self.gather.wait(&self.batch, request.clone()).await {
            Err(error) if is_left_out(&error) => self.online.complete(request).await,
            end => end,
        }
    }
}

/// Whether asking online may bring what the job did not: its line failed or expired, or the job as a whole was not
/// taken. An answer without words is an answer, and a budget is a budget.
fn is_left_out(error: &Error) -> bool {
    error.is_retryable() || error.is_bad_request()
}

impl<M: Model> Model for Gathered<M> {
    fn name(&self) -> &str {
        &self.batch.name
    }

    fn complete(&self, request: Request) -> Completion<'_> {
        Box::pin(self.ask(request))
    }
}
