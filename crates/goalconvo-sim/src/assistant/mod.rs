//! The built-in assistant: a policy over a belief, worded by the grammar.

mod belief;
mod policy;

use std::future::ready;

use goalconvo_core::{AssistantView, Move, Utterance};

use crate::speaker::{Moving, Speaker};
use crate::words::Words;

use belief::Belief;
use policy::{Decision, decide};

/// An assistant that follows rules; needs no model.
#[derive(Clone, Debug)]
pub struct PolicyAssistant {
    words: Words,
}

impl PolicyAssistant {
    /// An assistant that words its acts with this grammar.
    pub fn new(words: Words) -> Self {
        PolicyAssistant { words }
    }

    /// Its move, at once.
    pub fn decide(&self, view: &AssistantView<'_>) -> Move {
        let belief = Belief::of(view);
        match decide(view, &belief) {
            Decision::Call(calls) => Move::Call(policy::calling(calls)),
            Decision::Say(acts) => match self.words.assistant(view, &acts) {
                Ok((text, origin)) => Move::Say(Utterance { text, acts, origin, ..Utterance::default() }),
                Err(error) => Move::Garbled(error.to_string()),
            },
        }
    }
}

impl<'v> Speaker<AssistantView<'v>> for PolicyAssistant {
    fn act<'a>(&'a self, view: AssistantView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        Box::pin(ready(Ok(self.decide(&view))))
    }
}
