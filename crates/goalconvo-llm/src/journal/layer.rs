//! A model that remembers: asks the journal first, and writes down what it paid for before handing it on.

use std::sync::Arc;

use super::frame::AnswerFrame;
use super::{Frame, Journal, Key, Outcome};
use crate::error::Error;
use crate::model::{Completion, Model};
use crate::money::{Account, Entry, Ledger};
use crate::reply::Reply;
use crate::request::{Request, Tag};

/// A model whose replies are kept in a journal.
pub struct Journaled<M> {
    model: M,
    journal: Arc<Journal>,
    ledger: Arc<Ledger>,
}

impl<M: Model> Journaled<M> {
    /// Puts the journal around a model; replays are counted in the ledger.
    pub fn new(model: M, journal: Arc<Journal>, ledger: Arc<Ledger>) -> Self {
        Journaled { model, journal, ledger }
    }

    async fn ask(&self, request: Request) -> Result<Reply, Error> {
        let name = self.model.name();
        let key = Key::new(&request.tag, request.digest(name)?);
        if let Some(outcome) = self.journal.get(key)? {
            self.ledger.record(name, &request.tag, |entry| entry.replayed += 1);
            return outcome.into_result();
        }
        let tag = request.tag.clone();
        let result = self.model.complete(request).await;
        if let Some(frame) = frame_of(name, key, &tag, &result) {
            self.journal.append(&frame).await?;
        }
        result
    }
}

impl<M: Model> Model for Journaled<M> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn complete(&self, request: Request) -> Completion<'_> {
        Box::pin(self.ask(request))
    }
}

/// What is written down of a call: its answer, or its failure and what it may have cost. A failure that was
/// never sent leaves nothing.
fn frame_of(model: &str, key: Key, tag: &Tag, result: &Result<Reply, Error>) -> Option<Frame> {
    let account = Account { model: model.into(), role: Arc::clone(&tag.role), phase: Arc::clone(&tag.phase) };
    if let Some(outcome) = Outcome::of(result) {
        return Some(answer_frame(account, key, tag, outcome, false));
    }
    let error = result.as_ref().err().filter(|error| !error.is_budget())?;
    let (wasted, assumed) = (error.wasted(), error.assumed());
    let entry = Entry { failed: 1, wasted, assumed, ..Entry::default() };
    Some(Frame::Failed { key: key.hex(), account, entry })
}

/// The frame of an answered call.
pub(crate) fn answer_frame(account: Account, key: Key, tag: &Tag, outcome: Outcome, batched: bool) -> Frame {
    Frame::Answer(Box::new(AnswerFrame {
        key: key.hex(),
        scope: tag.scope.to_string(),
        turn: tag.turn,
        attempt: tag.attempt,
        account,
        batched,
        outcome,
    }))
}
