//! A model's voice: asks a model for one move, and again where the answer can't be used, a bounded number of times.

use std::sync::Arc;

use goalconvo_core::{Ending, Key, Move, Purpose, Role, Usage};
use goalconvo_llm::{Cost, Message, Model, Reply, Request, Tag};

use super::rules::{ASSISTANT_AGAIN, Again, USER_AGAIN};
use crate::prompt::{PromptError, Prompts};
use crate::speaker::SpeakerError;

/// How a model is sampled.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Temperature; the provider's own when `None`.
    pub temperature: Option<f64>,
    /// Nucleus; the provider's own when `None`.
    pub top_p: Option<f64>,
    /// Most tokens of one reply, reasoning included.
    pub max_tokens: u32,
    /// How often a model is asked for one move before its answer is given up.
    pub attempts: u32,
    /// Which playing of one scenario this is: another one is another sample, though what is asked be the same.
    pub take: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Sampling { temperature: None, top_p: None, max_tokens: 1024, attempts: 3, take: 0 }
    }
}

/// A model that plays a role, with its prompts; cloning shares both.
#[derive(Clone)]
pub struct Voice {
    /// The model.
    pub model: Arc<dyn Model>,
    /// The prompts.
    pub prompts: Arc<Prompts>,
    /// How it is sampled.
    pub sampling: Sampling,
}

/// Which move of which dialogue is asked for.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub role: Role,
    /// The dialogue's key and the number of turns that it has.
    pub place: (Key, usize),
}

/// Why an answer can't be used: a clause for the model, and what came.
#[derive(Clone, Debug)]
pub(super) struct Objection {
    pub reason: String,
    pub raw: String,
}

impl Objection {
    pub fn new(reason: impl Into<String>, reply: &Reply) -> Self {
        Objection { reason: reason.into(), raw: reply.text.clone() }
    }
}

/// What came of asking for a move.
pub(super) struct Answered<T> {
    /// The move, or the last objection when no answer could be used.
    pub outcome: Result<T, Objection>,
    /// What all answers took.
    pub usage: Usage,
    /// Who answered last, as the reply reported it.
    pub model: String,
}

impl Voice {
    /// The same voice in another take.
    #[must_use]
    pub(crate) fn taken(&self, take: u32) -> Self {
        let mut voice = self.clone();
        voice.sampling.take = take;
        voice
    }

    /// Asks for a move until an answer is accepted.
    pub(super) async fn ask<T>(
        &self,
        line: Line,
        mut request: Request,
        accept: impl Fn(&Reply) -> Result<T, Objection>,
    ) -> Result<Answered<T>, SpeakerError> {
        self.sample(line, &mut request);
        let mut spent = Spent::default();
        let mut objection = Objection { reason: String::new(), raw: String::new() };
        for attempt in 0..self.sampling.attempts.max(1) {
            if attempt > 0 {
                self.object(line.role, &mut request, &objection)?;
            }
            request.tag.attempt = attempt;
            let reply = match self.model.complete(request.clone()).await {
                Ok(reply) => reply,
                Err(error) if error.is_empty() => {
                    spent.waste(&error);
                    objection = Objection { reason: "it is empty".to_owned(), raw: String::new() };
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            spent.add(&reply);
            match accept(&reply) {
                Ok(accepted) => {
                    return Ok(Answered { outcome: Ok(accepted), usage: spent.usage(), model: spent.model });
                }
                Err(objected) => objection = objected,
            }
        }
        Ok(Answered { outcome: Err(objection), usage: spent.usage(), model: spent.model })
    }

    /// Sets what every call of this voice has in common.
    fn sample(&self, line: Line, request: &mut Request) {
        let (key, turn) = line.place;
        let role = match line.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let mut rng = key.rng(turn, Purpose::Sampling);
        for _ in 0..self.sampling.take {
            rng.below(1 << 31);
        }
        request.seed = u32::try_from(rng.below(1 << 31)).ok();
        request.temperature = self.sampling.temperature;
        request.top_p = self.sampling.top_p;
        request.max_tokens = Some(self.sampling.max_tokens);
        request.cache_prefix = true;
        request.tag = Tag {
            scope: match self.sampling.take {
                0 => format!("{}/{}/{role}", key.seed, key.index).into(),
                take => format!("{}/{}/{role}/take {take}", key.seed, key.index).into(),
            },
            turn: u32::try_from(turn).unwrap_or(u32::MAX),
            attempt: 0,
            role: role.into(),
            phase: "play".into(),
        };
    }

    /// Appends the answer that can't be used and why: what was asked before stays a prefix.
    fn object(&self, role: Role, request: &mut Request, objection: &Objection) -> Result<(), SpeakerError> {
        let prompt = match role {
            Role::User => &USER_AGAIN,
            Role::Assistant => &ASSISTANT_AGAIN,
        };
        let again = self.prompts.fill(prompt, &Again { reason: objection.reason.clone() })?;
        if !objection.raw.trim().is_empty() {
            request.messages.push(Message::assistant(objection.raw.as_str()));
        }
        request.messages.push(Message::system(again));
        Ok(())
    }
}

/// A dialogue that no longer fits into the model's context ends as such. One that never fitted is a failure.
pub(super) fn within_context(moved: Result<Move, SpeakerError>, turns: usize) -> Result<Move, SpeakerError> {
    match moved {
        Err(error) if error.is_context() && turns > 1 => Ok(Move::End(Ending::OutOfContext)),
        moved => moved,
    }
}

impl From<PromptError> for SpeakerError {
    fn from(error: PromptError) -> Self {
        SpeakerError::new(error.to_string(), false)
    }
}

/// What several answers took.
#[derive(Default)]
pub(super) struct Spent {
    prompt: u64,
    completion: u64,
    cost: Cost,
    unpriced: bool,
    latency_us: u64,
    model: String,
}

impl Spent {
    pub fn add(&mut self, reply: &Reply) {
        self.count(reply.usage.as_ref());
        match reply.cost {
            Some(cost) => self.cost += cost,
            None => self.unpriced = true,
        }
        self.latency_us += reply.latency_us;
        // Never what was configured: a reply that names no model has none.
        self.model = reply.model.clone().unwrap_or_else(|| "unreported".to_owned());
    }

    /// An answer without words. What it cost is in the ledger; its tokens are here where they are known.
    pub fn waste(&mut self, error: &goalconvo_llm::Error) {
        self.count(error.usage().as_ref());
        self.unpriced = true;
    }

    fn count(&mut self, usage: Option<&goalconvo_llm::Usage>) {
        if let Some(usage) = usage {
            self.prompt += usage.prompt_tokens;
            self.completion += usage.completion_tokens;
        }
    }

    pub fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt,
            completion_tokens: self.completion,
            cost: (!self.unpriced).then(|| self.cost.dollars()),
            latency_ms: Some(self.latency_us / 1000),
        }
    }
}
