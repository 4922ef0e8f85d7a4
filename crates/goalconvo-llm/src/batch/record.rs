//! What a job's line comes to: a reply or an error, its cost at half price, its place in ledger and journal.

use std::sync::Arc;

use super::{Batch, Item};
use crate::dialect::{Answer, WireReply};
use crate::error::{Billing, Error, Kind};
use crate::journal::{Frame, Outcome, answer_frame};
use crate::money::{Account, Price};
use crate::remote::worst_case;
use crate::reply::Reply;

impl Batch {
    /// A line's reply at half price. What cannot be known costs the most that it can, under a budget.
    pub(super) fn answered(&self, item: &Item<'_>, line: Result<WireReply, Error>) -> Result<Reply, Error> {
        let answer = line.and_then(|wire| self.provider.dialect().decode(item.request, &wire));
        let price = |usage| self.accounts.price.map(|price: Price| price.of(&usage));
        let worst = || {
            let price = self.accounts.price.filter(|_| self.accounts.budget.is_some())?;
            worst_case(price, item.request, &item.wire).ok()
        };
        let error = match answer {
            Ok(Answer::Done(mut reply)) => {
                reply.attempts = 1;
                reply.cost = reply.usage.map_or_else(worst, price);
                reply.assumed = reply.cost.filter(|_| reply.usage.is_none()).unwrap_or_default();
                return Ok(*reply);
            }
            Ok(Answer::Pending(_)) => Error::new(Kind::Malformed, "a batch line that is still pending"),
            Err(error) => error,
        };
        let (wasted, assumed) = match error.billing() {
            Billing::Nothing => (None, None),
            Billing::Usage(usage) => (price(usage), None),
            Billing::Unknown => (worst(), worst()),
        };
        Err(error.with_wasted(wasted.unwrap_or_default()).with_assumed(assumed.unwrap_or_default()))
    }

    /// Counts an end, and begins to write it down.
    pub(super) fn record(
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
                entry.assumed += error.assumed();
                entry.bill(error.usage(), self.accounts.price);
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

    /// Counts what the budget has no room for.
    pub(super) fn refused(&self, item: &Item<'_>, error: &Error) {
        if error.is_budget() {
            self.accounts.ledger.record(&self.name, &item.request.tag, |entry| entry.refused += 1);
        }
    }

    /// Writes a frame of the job itself.
    pub(super) async fn note(&self, frame: &Frame) -> Result<(), Error> {
        match &self.journal {
            Some(journal) => journal.append(frame).await,
            None => Ok(()),
        }
    }
}
