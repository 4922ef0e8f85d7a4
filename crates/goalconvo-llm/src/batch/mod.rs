//! Batch jobs: many requests handed over at once, answered within a day, at half the price.
//!
//! A job survives this process. Its id and the keys of its requests are in the journal before it is polled;
//! when the run starts again and asks the same, the open job is waited for rather than paid for again. Each
//! request ends on its own: answered, failed, or expired, and only what failed needs asking online.

mod anthropic;
mod job;
mod openai;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::address::Address;
use crate::dialect::{Answer, Dialect, WireReply, WireRequest};
use crate::error::{Billing, Error, Kind};
use crate::journal::{Frame, JobFrame, Journal, Key, OpenJob, Outcome, answer_frame};
use crate::money::{Account, Cost, Price, Reservation};
use crate::provider::Provider;
use crate::remote::{Accounts, RemoteModel, worst_case};
use crate::reply::Reply;
use crate::request::Request;

use job::{Interface, Line};

/// How batch jobs are run.
#[derive(Debug, Clone)]
pub struct BatchConfig {
    /// Pause between two looks at a job.
    pub poll_every: Duration,
    /// A job that is not done by then is canceled, and what it has not answered counts as expired.
    pub give_up_after: Duration,
    /// Most requests in one job.
    pub largest: usize,
}

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
        let interface = match address.dialect() {
            Dialect::OpenAi | Dialect::Compatible => Interface::OpenAi,
            Dialect::Anthropic => Interface::Anthropic,
            Dialect::Mistral | Dialect::Ollama | Dialect::Replicate => {
                let message =
                    format!("{address} has no batch endpoint that is spoken here: leave batch mode off");
                return Err(Error::new(Kind::Unsupported, message));
            }
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

    /// Asks all, and returns once each has ended, in the order of the requests. What the journal holds is not
    /// asked again.
    pub async fn run(&self, requests: &[Request]) -> Vec<Result<Reply, Error>> {
        let mut ends = Ends::new();
        let mut items = self.items(requests, &mut ends);
        for job in self.earlier_jobs(&items) {
            let (mine, rest): (Vec<_>, Vec<_>) =
                items.into_iter().partition(|item| job.keys.contains(&item.key));
            items = rest;
            self.earlier(&job, &mine, &mut ends).await;
        }
        while !items.is_empty() {
            let chunk: Vec<_> = items.drain(..items.len().min(self.config.largest.max(1))).collect();
            self.submitted(&chunk, &mut ends).await;
        }
        let missing = || Err(Error::new(Kind::Malformed, "the batch job has no line for this request"));
        let ended = (0..requests.len()).map(|at| ends.remove(&at).unwrap_or_else(missing));
        ended.map(|end| end.map_err(|error| error.at(&self.name))).collect()
    }

    /// What has to be asked: neither in the journal nor impossible to encode.
    fn items<'a>(&self, requests: &'a [Request], ends: &mut Ends) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        for (at, request) in requests.iter().enumerate() {
            let key = Key::new(&request.tag, request.digest(&self.name));
            let known = self.journal.as_ref().map_or(Ok(None), |journal| journal.get(key));
            let encoded = self.provider.dialect().encode(self.address.model(), request);
            match (known, encoded) {
                (Err(error), _) | (Ok(None), Err(error)) => drop(ends.insert(at, Err(error))),
                (Ok(Some(outcome)), _) => {
                    self.accounts.ledger.record(&self.name, &request.tag, |entry| entry.replayed += 1);
                    ends.insert(at, outcome.into_result());
                }
                (Ok(None), Ok(_)) if !seen.insert(key) => {
                    let message = "the same scope, turn and attempt asks the same twice in one batch";
                    ends.insert(at, Err(Error::new(Kind::BadRequest, message)));
                }
                (Ok(None), Ok(wire)) => items.push(Item { at, key, request, wire }),
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

    /// Waits for a job that was submitted before.
    async fn earlier(&self, job: &OpenJob, items: &[Item<'_>], ends: &mut Ends) {
        match self.reserve(items).await {
            Ok(mut reservation) => {
                reservation.iter_mut().for_each(Reservation::sent);
                self.finish(&job.id, items, reservation, ends).await;
            }
            Err(error) => {
                self.keep_open(&job.id, items);
                fail(items, &error, ends);
            }
        }
    }

    /// Submits a job and waits for it.
    async fn submitted(&self, items: &[Item<'_>], ends: &mut Ends) {
        let mut reservation = match self.reserve(items).await {
            Ok(reservation) => reservation,
            Err(error) => return fail(items, &error, ends),
        };
        let lines: Vec<Line<'_>> =
            items.iter().map(|item| Line { id: item.key.hex(), body: &item.wire.body }).collect();
        if let Some(reservation) = &mut reservation {
            reservation.sent();
        }
        let id = match self.interface.submit(&self.provider, &lines).await {
            Ok(id) => id,
            Err(error) => {
                if let Some(reservation) = reservation {
                    let worst = reservation.amount();
                    reservation.settle(if error.billing() == Billing::Nothing { Cost::ZERO } else { worst });
                }
                return fail(items, &error, ends);
            }
        };
        let keys = items.iter().map(|item| item.key.hex()).collect();
        let frame = Frame::Submitted(JobFrame { job: id.clone(), model: self.name.clone(), keys });
        if let Err(error) = self.note(&frame).await {
            return fail(items, &error, ends);
        }
        self.finish(&id, items, reservation, ends).await;
    }

    /// Polls a job to its end, fetches what it answered, and writes it down.
    async fn finish(&self, id: &str, items: &[Item<'_>], reservation: Option<Reservation>, ends: &mut Ends) {
        let fetched = match self.wait(id).await {
            Ok(over) => self.interface.fetch(&self.provider, id, &over).await,
            Err(error) => Err(error),
        };
        let mut lines = match fetched {
            Ok(lines) => lines,
            Err(error) if error.is_bad_request() => {
                // The provider refused the job as a whole: nothing was done.
                reservation.into_iter().for_each(|reservation| reservation.settle(Cost::ZERO));
                let _ = self.note(&Frame::Fetched { job: id.to_owned() }).await;
                return fail(items, &error, ends);
            }
            Err(error) => {
                // The job may still be charged: the reservation, dropped, stays spent.
                self.keep_open(id, items);
                return fail(items, &error, ends);
            }
        };
        let mut spent = Cost::ZERO;
        let mut written = Vec::new();
        for item in items {
            let end = match lines.remove(&item.key.hex()) {
                Some(line) => self.answered(item, line),
                None => Err(Error::new(Kind::Expired, "the batch job ended without this request")),
            };
            spent += end.as_ref().map_or_else(Error::wasted, |reply| reply.cost.unwrap_or_default());
            written.push(self.record(item, &end));
            ends.insert(item.at, end);
        }
        if let Some(reservation) = reservation {
            reservation.settle(spent);
        }
        for (item, writing) in items.iter().zip(written) {
            if let Err(error) = writing.await {
                ends.insert(item.at, Err(error));
            }
        }
        // Were this not written, the next start would fetch the job once more, and pay nothing.
        let _ = self.note(&Frame::Fetched { job: id.to_owned() }).await;
    }

    /// The job could not be fetched now; whoever asks the same again waits for it again.
    fn keep_open(&self, id: &str, items: &[Item<'_>]) {
        let keys = items.iter().map(|item| item.key).collect();
        let job = OpenJob { id: id.to_owned(), model: self.name.clone(), keys };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(job);
    }

    async fn wait(&self, id: &str) -> Result<job::Over, Error> {
        let started = Instant::now();
        let mut canceled = false;
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
            tokio::time::sleep(self.config.poll_every).await;
        }
    }

    /// A line's reply at half price.
    fn answered(&self, item: &Item<'_>, line: Result<WireReply, Error>) -> Result<Reply, Error> {
        let dialect = self.provider.dialect();
        let answer = line.and_then(|wire| dialect.decode(item.request, &wire));
        let price = |usage| self.accounts.price.map(|price: Price| price.of(&usage));
        match answer {
            Ok(Answer::Done(mut reply)) => {
                reply.attempts = 1;
                reply.cost = reply.usage.and_then(price);
                Ok(*reply)
            }
            Ok(Answer::Pending(_)) => Err(Error::new(Kind::Malformed, "a batch line that is still pending")),
            Err(error) => {
                let wasted = error.usage().and_then(price).unwrap_or_default();
                Err(error.with_wasted(wasted))
            }
        }
    }

    /// Counts an end, and begins to write it down.
    fn record(
        &self,
        item: &Item<'_>,
        end: &Result<Reply, Error>,
    ) -> impl Future<Output = Result<(), Error>> + use<> {
        let tag = &item.request.tag;
        self.accounts.ledger.record(&self.name, tag, |entry| match end {
            Ok(reply) => {
                entry.answer(reply);
                entry.batched += 1;
            }
            Err(error) => {
                entry.failed += 1;
                entry.wasted += error.wasted();
            }
        });
        let account = Account {
            model: self.name.as_str().into(),
            role: Arc::clone(&tag.role),
            phase: Arc::clone(&tag.phase),
        };
        let writing =
            self.journal.as_ref().zip(Outcome::of(end)).map(|(journal, outcome)| {
                journal.append(&answer_frame(account, item.key, tag, outcome, true))
            });
        async move {
            match writing {
                Some(writing) => writing.await,
                None => Ok(()),
            }
        }
    }

    async fn reserve(&self, items: &[Item<'_>]) -> Result<Option<Reservation>, Error> {
        let (Some(budget), Some(price)) = (&self.accounts.budget, self.accounts.price) else {
            return Ok(None);
        };
        let worst: Result<Vec<Cost>, Error> =
            items.iter().map(|item| worst_case(price, item.request, &item.wire)).collect();
        budget.reserve(worst?.into_iter().sum()).await.map(Some)
    }

    async fn note(&self, frame: &Frame) -> Result<(), Error> {
        match &self.journal {
            Some(journal) => journal.append(frame).await,
            None => Ok(()),
        }
    }
}

fn fail(items: &[Item<'_>], error: &Error, ends: &mut Ends) {
    ends.extend(items.iter().map(|item| (item.at, Err(error.clone()))));
}
