//! A rehearsal: the built-in engine plays, and every prompt that a model would have been sent is counted.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Mutex, PoisonError};

use goalconvo_core::{AssistantView, Move, UserView};
use goalconvo_llm::{Format, Request};

use super::{FreeUser, ModelAssistant, ModelUser};
use crate::assistant::PolicyAssistant;
use crate::speaker::{Moving, Speaker, SpeakerError};
use crate::user::AgendaUser;

/// What the calls for one role would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Calls, without any that is asked again.
    pub calls: u64,
    /// Bytes of the prompts, tools included; a token is about four.
    pub prompt_bytes: u64,
    /// Bytes of the replies, were they as long as the built-in engine's.
    pub reply_bytes: u64,
}

/// Estimates by role: `user`, `assistant`, `author`, `writer`.
pub type Estimates = BTreeMap<&'static str, Estimate>;

/// What has been counted.
#[derive(Default)]
pub(crate) struct Count(Mutex<Estimates>);

impl Count {
    pub fn taken(self) -> Estimates {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, role: &'static str, request: &Request, mv: &Move) {
        let reply = match mv {
            Move::Say(said) => said.text.len(),
            Move::Call(said) => serde_json::to_string(&said.tool_calls).map_or(0, |calls| calls.len()),
            Move::End(_) | Move::Garbled(_) => 0,
        };
        self.call(role, request, reply);
    }

    /// Counts a request, answered by so many bytes.
    pub fn call(&self, role: &'static str, request: &Request, reply: usize) {
        let said: usize = request.messages.iter().map(|message| message.text().len() + 8).sum();
        let tools = request
            .tools
            .iter()
            .map(|tool| tool.name.len() + tool.description.len() + tool.parameters.to_string().len());
        let schema = match &request.format {
            Format::Text => 0,
            Format::Json(format) => format.schema.to_string().len(),
        };
        let mut estimates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let estimate = estimates.entry(role).or_default();
        estimate.calls += 1;
        estimate.prompt_bytes += (said + schema + tools.sum::<usize>()) as u64;
        estimate.reply_bytes += reply as u64;
    }
}

/// The built-in user beside the model user whose prompts are counted.
pub(crate) enum RehearsedUser<'c> {
    Worded(ModelUser, AgendaUser, &'c Count),
    Free(FreeUser, AgendaUser, &'c Count),
}

impl RehearsedUser<'_> {
    fn decide(&self, view: &UserView<'_>) -> Result<Move, SpeakerError> {
        let (RehearsedUser::Worded(_, agenda, count) | RehearsedUser::Free(_, agenda, count)) = self;
        let mv = agenda.decide(view);
        let request = match self {
            RehearsedUser::Worded(user, ..) => user.request(view)?,
            RehearsedUser::Free(user, ..) => Some(user.request(view)?),
        };
        if let Some(request) = request {
            count.add("user", &request, &mv);
        }
        Ok(mv)
    }
}

impl<'v> Speaker<UserView<'v>> for RehearsedUser<'_> {
    fn act<'a>(&'a self, view: UserView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        Box::pin(ready(self.decide(&view)))
    }
}

/// The built-in assistant beside the model assistant whose prompts are counted.
pub(crate) struct RehearsedAssistant<'c>(pub ModelAssistant, pub PolicyAssistant, pub &'c Count);

impl<'v> Speaker<AssistantView<'v>> for RehearsedAssistant<'_> {
    fn act<'a>(&'a self, view: AssistantView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        let mv = self.1.decide(&view);
        let counted = self.0.request(&view).map(|request| self.2.add("assistant", &request, &mv));
        Box::pin(ready(counted.map(|()| mv)))
    }
}
