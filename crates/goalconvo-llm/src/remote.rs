//! A model behind a provider: limits, budget and retries around one translated request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::address::Address;
use crate::dialect::{Answer, WireRequest};
use crate::error::{Billing, Error, Kind};
use crate::journal::{Journal, Key};
use crate::model::{Completion, Model};
use crate::money::{Account, Budget, Cost, Ledger, Price, PriceTable, Reservation};
use crate::provider::Provider;
use crate::reply::{Reply, Usage};
use crate::request::{Format, Request};

/// Who pays for a model's calls, and at which price.
#[derive(Clone, Default)]
pub struct Accounts {
    /// Where calls are written down.
    pub ledger: Arc<Ledger>,
    /// The cap, if there is one.
    pub budget: Option<Arc<Budget>>,
    /// The price, if it is known.
    pub price: Option<Price>,
    /// The journal that the calls are kept in ([`crate::Journaled`]), if there is one: with a budget, it is told
    /// of each request before it is sent, so that the cap holds over a killed run's restart too.
    pub journal: Option<Arc<Journal>>,
}

/// A chat model over the network.
pub struct RemoteModel {
    name: String,
    address: Address,
    provider: Arc<Provider>,
    accounts: Accounts,
}

impl RemoteModel {
    /// The model at an address, through its provider.
    ///
    /// # Errors
    /// When a budget is set and the price is not known: a cap over unknown prices is none.
    pub fn new(address: &Address, provider: &Arc<Provider>, accounts: Accounts) -> Result<Self, Error> {
        if accounts.budget.is_some() && accounts.price.is_none() {
            return Err(Error::new(
                Kind::Price,
                format!(
                    "{address} has no known price and a budget is set: give its dollars per million tokens in a TOML \
                     file, --prices FILE:\n{}",
                    PriceTable::example(address)
                ),
            ));
        }
        Ok(RemoteModel {
            name: address.to_string(),
            address: address.clone(),
            provider: Arc::clone(provider),
            accounts,
        })
    }

    /// The provider that it goes through.
    #[must_use]
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// The address asked for.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Most that a call may cost. Without a budget nothing depends on it but the ledger's waste, and a reply
    /// without a bound counts as nothing there.
    fn worst(&self, request: &Request, wire: &WireRequest) -> Result<Cost, Error> {
        match (&self.accounts.budget, self.accounts.price) {
            (Some(_), Some(price)) => worst_case(price, request, wire),
            (None, Some(price)) => Ok(worst_case(price, request, wire).unwrap_or_default()),
            (_, None) => Ok(Cost::ZERO),
        }
    }

    async fn ask(&self, request: &Request) -> Result<Reply, Error> {
        let wire = self.provider.dialect().encode(self.address.model(), request)?;
        let worst = self.worst(request, &wire)?;
        self.provider.gate.admits(expected_tokens(request, &wire))?;
        let _asking = self.provider.asking();
        let (mut wasted, mut assumed) = (Cost::ZERO, Cost::ZERO);
        let mut made = 0;
        loop {
            made += 1;
            let outcome = self.attempt(request, &wire, worst).await;
            let error = match outcome {
                Ok(mut reply) => {
                    reply.attempts = made;
                    reply.wasted = wasted;
                    reply.assumed += assumed;
                    self.accounts.ledger.record(&self.name, &request.tag, |entry| entry.answer(&reply));
                    return Ok(reply);
                }
                Err(error) => error,
            };
            wasted += self.charge(error.billing(), worst);
            assumed += self.assumed(error.billing(), worst);
            let Some(pause) = self.provider.settings.retry.pause(&error, made, salt(request)) else {
                let unsent = u32::from(error.is_budget() || error.is_outage());
                let refused = error.is_budget() && made == 1;
                self.accounts.ledger.record(&self.name, &request.tag, |entry| {
                    entry.refused += u64::from(refused);
                    entry.failed += u64::from(!refused);
                    entry.requests += u64::from(made - unsent);
                    entry.wasted += wasted;
                    entry.assumed += assumed;
                    entry.bill(error.usage(), self.accounts.price);
                });
                let error = error.with_wasted(wasted).with_assumed(assumed);
                return Err(if made > 1 { error.at(&format_args!("after {made} attempts")) } else { error });
            };
            sleep(pause).await;
        }
    }

    /// One request on the wire, from the gate to the settled reservation.
    async fn attempt(&self, request: &Request, wire: &WireRequest, worst: Cost) -> Result<Reply, Error> {
        let admission = self.provider.gate.enter(expected_tokens(request, wire)).await?;
        let mut reservation = match &self.accounts.budget {
            Some(budget) => match budget.reserve(worst).await {
                Ok(reservation) => Some(reservation),
                Err(error) => {
                    self.provider.gate.leave(admission, Err(&error), Some(0));
                    return Err(error);
                }
            },
            None => None,
        };
        if let Some(reservation) = &mut reservation {
            self.announce(request, worst)?;
            reservation.sent();
        }
        let started = Instant::now();
        let outcome = self.exchange(request, wire).await;
        let latency = started.elapsed();
        let tokens = outcome.as_ref().map_or_else(Error::usage, |reply| reply.usage).map(total);
        self.provider.gate.leave(admission, outcome.as_ref().map(|_| latency), tokens);
        self.settle(reservation, worst, outcome.as_ref());
        let mut reply = outcome?;
        reply.latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        reply.cost = match (self.accounts.price, reply.usage) {
            (Some(price), Some(usage)) => Some(price.of(&usage)),
            // What the budget counts, so that ledger, journal and budget agree.
            (Some(_), None) if self.accounts.budget.is_some() => {
                reply.assumed = worst;
                Some(worst)
            }
            _ => None,
        };
        Ok(reply)
    }

    /// Tells the journal what is about to be spent.
    fn announce(&self, request: &Request, worst: Cost) -> Result<(), Error> {
        let Some(journal) = &self.accounts.journal else { return Ok(()) };
        let tag = &request.tag;
        let key = Key::new(tag, request.digest(&self.name)?);
        let account = Account {
            model: self.name.as_str().into(),
            role: Arc::clone(&tag.role),
            phase: Arc::clone(&tag.phase),
        };
        journal.asking(key, account, worst)
    }

    /// Sends, and polls where the reply is not ready.
    async fn exchange(&self, request: &Request, wire: &WireRequest) -> Result<Reply, Error> {
        let dialect = self.provider.dialect();
        let mut answer = dialect.decode(request, &self.provider.send(wire).await?)?;
        let mut waited = Duration::ZERO;
        loop {
            let pending = match answer {
                Answer::Done(reply) => return Ok(*reply),
                Answer::Pending(pending) => pending,
            };
            if waited >= self.provider.settings.poll_limit {
                // Best effort: whether or not it can be canceled, the answer comes too late.
                let _ = self.provider.send(&pending.cancel).await;
                let seconds = waited.as_secs();
                return Err(Error::new(Kind::Timeout, format!("not ready after {seconds} s: canceled"))
                    .with_billing(Billing::Unknown));
            }
            sleep(pending.wait).await;
            waited += pending.wait;
            answer = dialect.decode(request, &self.provider.send(&pending.poll).await?)?;
        }
    }

    fn settle(&self, reservation: Option<Reservation>, worst: Cost, outcome: Result<&Reply, &Error>) {
        let Some(reservation) = reservation else { return };
        let billing = match outcome {
            Ok(reply) => reply.usage.map_or(Billing::Unknown, Billing::Usage),
            Err(error) => error.billing(),
        };
        reservation.settle_assuming(self.charge(billing, worst), self.assumed(billing, worst));
    }

    /// What is counted for a call of which nobody knows what it cost.
    fn assumed(&self, billing: Billing, worst: Cost) -> Cost {
        if billing == Billing::Unknown { self.charge(billing, worst) } else { Cost::ZERO }
    }

    /// What is counted for a call: its usage where known, nothing where refused, else the worst.
    fn charge(&self, billing: Billing, worst: Cost) -> Cost {
        match (billing, self.accounts.price) {
            (Billing::Nothing, _) | (_, None) => Cost::ZERO,
            (Billing::Usage(usage), Some(price)) => price.of(&usage),
            (Billing::Unknown, Some(_)) => worst,
        }
    }
}

impl Model for RemoteModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn complete(&self, request: Request) -> Completion<'_> {
        Box::pin(async move { self.ask(&request).await.map_err(|error| error.at(&self.name)) })
    }
}

impl fmt::Debug for RemoteModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteModel").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Most that a request may cost at a price.
///
/// # Errors
/// When the request does not bound its reply, unless nothing costs anything.
pub(crate) fn worst_case(price: Price, request: &Request, wire: &WireRequest) -> Result<Cost, Error> {
    match request.max_tokens {
        Some(max) => Ok(price.worst(prompt_bound(request, wire), u64::from(max))),
        None if price == Price::default() => Ok(Cost::ZERO),
        None => {
            let message = "max_tokens is not set and a budget is: a reply without end has no worst case";
            Err(Error::new(Kind::Price, message))
        }
    }
}

/// More prompt tokens than there can be: a token is at least one byte of the body, and the body's JSON around
/// each message is longer than the marks that a chat template puts there. Tools and schemas add a preamble of
/// the provider's own (Anthropic's is about 350 tokens).
fn prompt_bound(request: &Request, wire: &WireRequest) -> u64 {
    let preamble = !request.tools.is_empty() || matches!(request.format, Format::Json(_));
    wire.body.len() as u64 + if preamble { 1024 } else { 64 }
}

/// What a call is likely to take, for the pace: four bytes a token, and a reply as long as allowed up to 256.
fn expected_tokens(request: &Request, wire: &WireRequest) -> u64 {
    wire.body.len() as u64 / 4 + u64::from(request.max_tokens.unwrap_or(256).min(256))
}

fn total(usage: Usage) -> u64 {
    usage.prompt_tokens + usage.completion_tokens
}

/// What the jitter of a request's pauses is drawn from: whose it is.
fn salt(request: &Request) -> u64 {
    let Key(key) = Key::new(&request.tag, [0; 16]);
    u64::from_le_bytes([key[0], key[1], key[2], key[3], key[4], key[5], key[6], key[7]])
}
