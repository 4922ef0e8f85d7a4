//! Batch jobs: many requests handed over at once, answered within a day, at half the price.
//!
//! A job survives this process. Its id and the keys of its requests are in the journal before it is polled;
//! when the run starts again and asks the same, the open job is waited for rather than paid for again. Each
//! request ends on its own: answered, failed, or expired, and only what failed needs asking online.

mod anthropic;
mod gather;
mod job;
mod openai;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::address::Address;
use crate::dialect::{Dialect, WireRequest};
use crate::error::{Billing, Error, Kind};
use crate::journal::{Frame, JobFrame, Journal, Key, OpenJob};
use crate::money::{Cost, Reservation};
use crate::provider::Provider;
use crate::remote::{Accounts, RemoteModel, worst_case};
use crate::reply::Reply;
use crate::request::Request;

pub use gather::{Gather, Gathered, Seat};

use job::{Interface, Line, Lines};

/// How batch jobs are run.
#[derive(Debug, Clone)]
pub struct BatchConfig {
    /// Longest pause between two looks at a job; the first are shorter.
    pub poll_every: Duration,
    /// A job that is not done by then is canceled, and what it has not answered counts as expired.
    pub give_up_after: Duration,
    /// Most requests in one job.
    pub largest: usize,
}

/// Pause before the second look at a job; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

impl Default for BatchConfig {
    fn default() -> Self {
        BatchConfig {
            poll_every: Duration::from_secs(30),
            give_up_after: Duration::from_secs(25 * 3600),
            largest: 10_000,
        }
    }
}

/// A model that is asked by batch job.
pub struct Batch {
    name: String,
    address: Address,
    interface: Interface,
    provider: Arc<Provider>,
    accounts: Accounts,
    journal: Option<Arc<Journal>>,
    config: BatchConfig,
    /// Jobs of an earlier part of the run that were not fetched.
    open: Mutex<Vec<OpenJob>>,
}

/// A request on its way through a job.
struct Item<'a> {
    at: usize,
    key: Key,
    request: &'a Request,
    wire: WireRequest,
}

/// A job that was handed over.
struct Running<'a> {
    id: String,
    items: Vec<Item<'a>>,
    reservation: Option<Reservation>,
    /// Its other requests, which nobody has asked for again yet: an earlier part of the run had handed them over.
    unasked: Vec<Key>,
}

type Jobs<'a> = Vec<Running<'a>>;

/// Whether the budget has room for one more request.
enum Room {
    /// There is no budget.
    Unbounded,
    Set(Reservation),
    /// Perhaps once others have settled.
    None,
}

/// How each request of a call ended, by its place.
type Ends = BTreeMap<usize, Result<Reply, Error>>;

impl Batch {
    /// Asks the model by batch job from now on. `open` are the jobs that the journal still waits for.
    ///
    /// # Errors
    /// When the model's provider has no batch endpoint.
    pub fn new(
        model: &RemoteModel,
        journal: Option<Arc<Journal>>,
        open: &[OpenJob],
        config: BatchConfig,
    ) -> Result<Self, Error> {
        let address = model.address().clone();
        let Some(interface) = interface_of(&address) else {
            let message =
                format!("{address} has no batch endpoint that is spoken here: leave batch mode off");
            return Err(Error::new(Kind::Unsupported, message));
        };
        let name = address.to_string();
        let open = open.iter().filter(|job| job.model == name).cloned().collect();
        let mut accounts = model.accounts().clone();
        accounts.price = accounts.price.map(|price| price.half());
        Ok(Batch {
            name,
            address,
            interface,
            provider: Arc::clone(model.provider()),
            accounts,
            journal,
            config,
            open: Mutex::new(open),
        })
    }

    /// Whether a model's provider takes jobs.
    #[must_use]
    pub fn is_offered(address: &Address) -> bool {
        interface_of(address).is_some()
    }

    /// Asks all, and returns once each has ended, in the order of the requests. What the journal holds is not
    /// asked again. Where a budget is too small for all at once, jobs follow each other.
    pub async fn run(&self, requests: &[Request]) -> Vec<Result<Reply, Error>> {
        let mut ends = self.round(requests).await;
        loop {
            let left: Vec<usize> = (0..ends.len()).filter(|at| ends[*at].is_none()).collect();
            if left.is_empty() {
                return ends.into_iter().flatten().collect();
            }
            let again: Vec<Request> = left.iter().map(|at| requests[*at].clone()).collect();
            for (at, end) in left.into_iter().zip(self.round(&again).await) {
                ends[at] = end;
            }
        }
    }

    /// Asks as many as the budget has room for, and returns once these have ended: one at least, where there is any.
    /// `None` is the end of those that were left for later, when the others have settled.
    async fn round(&self, requests: &[Request]) -> Vec<Option<Result<Reply, Error>>> {
        let mut ends = Ends::new();
        let mut items = self.items(requests, &mut ends);
        let mut jobs = Vec::new();
        for job in self.earlier_jobs(&items) {
            let (mine, rest): (Vec<_>, Vec<_>) =
                items.into_iter().partition(|item| job.keys.contains(&item.key));
            items = rest;
            self.earlier(job, mine, &mut jobs, &mut ends).await;
        }
        // All are handed over before any is waited for: each may take a day.
        let mut left = items.into_iter().peekable();
        while left.peek().is_some() {
            let (chunk, reservation) = self.fitting(&mut left, jobs.is_empty(), &mut ends).await;
            if !chunk.is_empty() {
                self.submit(chunk, reservation, &mut jobs, &mut ends).await;
            } else if !jobs.is_empty() {
                break;
            }
        }
        for job in jobs {
            self.finish(job, &mut ends).await;
        }
        let ended = (0..requests.len()).map(|at| ends.remove(&at));
        ended.map(|end| end.map(|end| end.map_err(|error| error.at(&self.name)))).collect()
    }

    /// The next items, as many as make a job and as the budget has room for now, and what is set aside for them.
    /// What cannot fit however cheap the open calls turn out has ended. `patient` waits for room for the first; it is
    /// for those who hold no job, since two that each held one and waited for the other would wait for ever.
    async fn fitting<'a>(
        &self,
        left: &mut Peekable<std::vec::IntoIter<Item<'a>>>,
        patient: bool,
        ends: &mut Ends,
    ) -> (Vec<Item<'a>>, Option<Reservation>) {
        let (mut chunk, mut aside) = (Vec::new(), None::<Reservation>);
        while let Some(item) = left.peek().filter(|_| chunk.len() < self.config.largest.max(1)) {
            let wait = patient && chunk.is_empty();
            match self.set_aside(item, wait).await {
                Ok(Room::None) => break,
                Ok(Room::Unbounded) => chunk.extend(left.next()),
                Ok(Room::Set(more)) => {
                    match &mut aside {
                        Some(aside) => aside.join(more),
                        None => aside = Some(more),
                    }
                    chunk.extend(left.next());
                }
                Err(error) => {
                    self.refused(item, &error);
                    ends.insert(item.at, Err(error));
                    left.next();
                }
            }
        }
        (chunk, aside)
    }

    async fn set_aside(&self, item: &Item<'_>, wait: bool) -> Result<Room, Error> {
        let (Some(budget), Some(price)) = (&self.accounts.budget, self.accounts.price) else {
            return Ok(Room::Unbounded);
        };
        let worst = worst_case(price, item.request, &item.wire)?;
        if wait {
            return budget.reserve(worst).await.map(Room::Set);
        }
        Ok(budget.try_reserve(worst)?.map_or(Room::None, Room::Set))
    }

    /// What the journal holds of a request, and counts it as replayed.
    fn replayed(&self, request: &Request) -> Result<Option<Result<Reply, Error>>, Error> {
        let Some(journal) = &self.journal else { return Ok(None) };
        let Some(outcome) = journal.get(Key::new(&request.tag, request.digest(&self.name)?))? else {
            return Ok(None);
        };
        self.accounts.ledger.record(&self.name, &request.tag, |entry| entry.replayed += 1);
        Ok(Some(outcome.into_result()))
    }

    /// What has to be asked: neither in the journal nor impossible to encode.
    fn items<'a>(&self, requests: &'a [Request], ends: &mut Ends) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        for (at, request) in requests.iter().enumerate() {
            let known = self.replayed(request);
            let encoded = self.provider.dialect().encode(self.address.model(), request);
            let digest = request.digest(&self.name);
            let encoded =
                digest.map(|digest| Key::new(&request.tag, digest)).and_then(|key| Ok((key, encoded?)));
            match (known, encoded) {
                (Err(error), _) | (Ok(None), Err(error)) => drop(ends.insert(at, Err(error))),
                (Ok(Some(known)), _) => drop(ends.insert(at, known)),
                (Ok(None), Ok((key, _))) if !seen.insert(key) => {
                    let message = "the same scope, turn and attempt asks the same twice in one batch";
                    ends.insert(at, Err(Error::new(Kind::BadRequest, message)));
                }
                (Ok(None), Ok((key, wire))) => items.push(Item { at, key, request, wire }),
            }
        }
        items
    }

    fn earlier_jobs(&self, items: &[Item<'_>]) -> Vec<OpenJob> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |job: &OpenJob| items.iter().any(|item| job.keys.contains(&item.key));
        let (taken, left) = open.drain(..).partition(wanted);
        *open = left;
        taken
    }

    /// A job that was submitted before.
    async fn earlier<'a>(&self, job: OpenJob, items: Vec<Item<'a>>, jobs: &mut Jobs<'a>, ends: &mut Ends) {
        match self.reserve(&items, jobs, ends).await {
            Ok(mut reservation) => {
                reservation.iter_mut().for_each(Reservation::sent);
                let asked = |key: &Key| items.iter().any(|item| item.key == *key);
                let unasked = job.keys.into_iter().filter(|key| !asked(key)).collect();
                jobs.push(Running { id: job.id, items, reservation, unasked });
            }
            Err(error) => {
                self.keep_open(job.id, job.keys);
                items.iter().for_each(|item| self.refused(item, &error));
                fail(&items, &error, ends);
            }
        }
    }

    /// Hands requests over as a new job.
    async fn submit<'a>(
        &self,
        items: Vec<Item<'a>>,
        mut reservation: Option<Reservation>,
        jobs: &mut Jobs<'a>,
        ends: &mut Ends,
    ) {
        reservation.iter_mut().for_each(Reservation::sent);
        let lines: Vec<Line<'_>> =
            items.iter().map(|item| Line { id: item.key.hex(), body: &item.wire.body }).collect();
        let submitted = self.interface.submit(&self.provider, &lines).await;
        let noted = match submitted {
            Ok(id) => {
                let keys = items.iter().map(|item| item.key.hex()).collect();
                let frame = Frame::Submitted(JobFrame { job: id.clone(), model: self.name.clone(), keys });
                self.note(&frame).await.map(|()| id)
            }
            Err(error) => {
                if error.billing() == Billing::Nothing {
                    reservation.take().into_iter().for_each(|reservation| reservation.settle(Cost::ZERO));
                }
                Err(error)
            }
        };
        // Where the submission broke off, the job may run: the reservation, dropped, stays spent.
        match noted {
            Ok(id) => jobs.push(Running { id, items, reservation, unasked: Vec::new() }),
            Err(error) => fail(&items, &error, ends),
        }
    }

    /// Polls a job to its end and fetches its lines.
    async fn fetched(&self, id: &str) -> Result<Lines, Error> {
        let over = self.wait(id).await?;
        self.interface.fetch(&self.provider, id, &over).await
    }

    /// Waits for a job, and writes down what it answered.
    async fn finish(&self, job: Running<'_>, ends: &mut Ends) {
        let mut lines = match self.fetched(&job.id).await {
            Ok(lines) => lines,
            Err(error) => return self.lost(job, &error, ends).await,
        };
        let Running { id, items, reservation, unasked } = job;
        let (mut spent, mut assumed) = (Cost::ZERO, Cost::ZERO);
        let mut written = Vec::new();
        for item in &items {
            let end = match lines.remove(&item.key.hex()) {
                Some(line) => self.answered(item, line),
                None => Err(Error::new(Kind::Expired, "the batch job ended without this request")),
            };
            spent += end.as_ref().map_or_else(Error::wasted, |reply| reply.cost.unwrap_or_default());
            assumed += end.as_ref().map_or_else(Error::assumed, |reply| reply.assumed);
            written.push(self.record(item, &end));
            ends.insert(item.at, end);
        }
        if let Some(reservation) = reservation {
            reservation.settle_assuming(spent, assumed);
        }
        for (item, writing) in items.iter().zip(written) {
            if let Err(error) = writing.await {
                ends.insert(item.at, Err(error));
            }
        }
        if !unasked.is_empty() {
            return self.keep_open(id, unasked);
        }
        // Were this not written, the next start would fetch the job once more, and pay nothing.
        let _ = self.note(&Frame::Fetched { job: id }).await;
    }

    /// A job whose lines cannot be had: refused as a whole, gone, or out of reach for now.
    async fn lost(&self, job: Running<'_>, error: &Error, ends: &mut Ends) {
        let Running { id, items, reservation, unasked } = job;
        fail(&items, error, ends);
        if !error.is_bad_request() {
            let keys = items.iter().map(|item| item.key).chain(unasked).collect();
            return self.keep_open(id, keys);
        }
        if let (None, Some(reservation)) = (error.status(), reservation) {
            // The job's own status says that it was refused: nothing was done. A job that is gone (404) may
            // have been charged, and its reservation, dropped, stays spent.
            reservation.settle(Cost::ZERO);
        }
        let _ = self.note(&Frame::Fetched { job: id }).await;
    }

    /// The job was not fetched, or not all of it; whoever asks the same again waits for it again.
    fn keep_open(&self, id: String, keys: Vec<Key>) {
        let job = OpenJob { id, model: self.name.clone(), keys };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(job);
    }

    async fn wait(&self, id: &str) -> Result<job::Over, Error> {
        let started = Instant::now();
        let (mut canceled, mut pause) = (false, FIRST_PAUSE.min(self.config.poll_every));
        loop {
            if let Some(over) = self.interface.poll(&self.provider, id).await? {
                return Ok(over);
            }
            let late = started.elapsed() >= self.config.give_up_after;
            if late && canceled {
                return Err(Error::new(
                    Kind::Expired,
                    format!("batch job {id} did not end, though canceled"),
                ));
            }
            if late {
                self.interface.cancel(&self.provider, id).await?;
                canceled = true;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.config.poll_every);
        }
    }

    /// Sets the worst case of a job that runs already aside. Where that has to wait for other calls to settle, our own jobs are finished
    /// first: two batches that each held a job and waited for the other would wait for ever.
    async fn reserve<'a>(
        &self,
        items: &[Item<'a>],
        jobs: &mut Jobs<'a>,
        ends: &mut Ends,
    ) -> Result<Option<Reservation>, Error> {
        let (Some(budget), Some(price)) = (&self.accounts.budget, self.accounts.price) else {
            return Ok(None);
        };
        let worst: Result<Vec<Cost>, Error> =
            items.iter().map(|item| worst_case(price, item.request, &item.wire)).collect();
        let worst = worst?.into_iter().sum();
        if let Some(reservation) = budget.try_reserve(worst)? {
            return Ok(Some(reservation));
        }
        for job in jobs.drain(..) {
            self.finish(job, ends).await;
        }
        budget.reserve(worst).await.map(Some)
    }
}

fn interface_of(address: &Address) -> Option<Interface> {
    match address.dialect() {
        Dialect::OpenAi | Dialect::Compatible => Some(Interface::OpenAi),
        Dialect::Anthropic => Some(Interface::Anthropic),
        Dialect::Mistral | Dialect::Ollama | Dialect::Replicate => None,
    }
}

fn fail(items: &[Item<'_>], error: &Error, ends: &mut Ends) {
    ends.extend(items.iter().map(|item| (item.at, Err(error.clone()))));
}
