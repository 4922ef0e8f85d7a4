//! The built-in user: an agenda over its goal, worded by the grammar.

mod agenda;
mod progress;

use std::future::ready;

use goalconvo_core::{Move, UserView, Utterance};

use crate::speaker::{Moving, Speaker};
use crate::words::Words;

pub(crate) use agenda::Decision;
pub(crate) use progress::{Progress, Standing};

/// What the agenda decides at this point: acts that the goal licenses now, or the end.
pub(crate) fn decide(view: &UserView<'_>) -> Decision {
    agenda::decide(view, &Progress::of(view))
}

/// A user with an agenda; needs no model.
#[derive(Clone, Debug)]
pub struct AgendaUser {
    words: Words,
}

impl AgendaUser {
    /// A user that words its acts with this grammar.
    pub fn new(words: Words) -> Self {
        AgendaUser { words }
    }

    /// Its move, at once.
    pub fn decide(&self, view: &UserView<'_>) -> Move {
        match decide(view) {
            Decision::End(ending) => Move::End(ending),
            Decision::Say(acts) => match self.words.user(view, &acts) {
                Ok((text, origin)) => Move::Say(Utterance { text, acts, origin, ..Utterance::default() }),
                Err(error) => Move::Garbled(error.to_string()),
            },
        }
    }
}

impl<'v> Speaker<UserView<'v>> for AgendaUser {
    fn act<'a>(&'a self, view: UserView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        Box::pin(ready(Ok(self.decide(&view))))
    }
}
