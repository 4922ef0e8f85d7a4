//! Speakers, and the one loop in which they play.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use goalconvo_core::{AssistantView, Episode, Event, Move, Next, Role, UserView};

/// A move to come.
pub type Moving<'a> = Pin<Box<dyn Future<Output = Result<Move, SpeakerError>> + Send + 'a>>;

/// Whoever makes the moves of one role: built-in, a chat model, a person, a script. `V` is the view of that role.
pub trait Speaker<V>: Send + Sync {
    /// The move that it makes, given all that it may know.
    fn act<'a>(&'a self, view: V) -> Moving<'a>
    where
        V: 'a;
}

/// A speaker could not move: its provider failed. Never turned into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeakerError {
    message: String,
    cause: Cause,
}

/// Why a speaker could not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Its provider; trying again may help.
    Passing,
    /// Its provider, for good.
    Lasting,
    /// The run's budget is reached.
    Budget,
    /// What was said no longer fits into the model's context.
    Context,
}

impl SpeakerError {
    /// A failure with its reason, and whether trying the dialogue again may help.
    pub fn new(message: impl Into<String>, retryable: bool) -> Self {
        let cause = if retryable { Cause::Passing } else { Cause::Lasting };
        SpeakerError { message: message.into(), cause }
    }

    /// The run's budget is reached.
    pub(crate) fn budget(message: impl Into<String>) -> Self {
        SpeakerError { message: message.into(), cause: Cause::Budget }
    }

    /// The same failure, telling whose it was: "Ada could not speak: …".
    pub(crate) fn of(mut self, whose: &str) -> Self {
        self.message = format!("{whose}: {}", self.message);
        self
    }

    /// Whether trying the dialogue again may help.
    pub fn is_retryable(&self) -> bool {
        self.cause == Cause::Passing
    }

    /// Whether what was said no longer fits into the model's context.
    pub fn is_context(&self) -> bool {
        self.cause == Cause::Context
    }

    /// Whether the next call could have crossed the run's budget.
    pub fn is_budget(&self) -> bool {
        self.cause == Cause::Budget
    }
}

impl From<goalconvo_llm::Error> for SpeakerError {
    fn from(error: goalconvo_llm::Error) -> Self {
        let cause = if error.is_budget() {
            Cause::Budget
        } else if error.is_context_too_long() {
            Cause::Context
        } else if error.is_retryable() {
            Cause::Passing
        } else {
            Cause::Lasting
        };
        SpeakerError { message: error.to_string(), cause }
    }
}

impl fmt::Display for SpeakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SpeakerError {}

/// The two speakers of a dialogue.
pub struct Cast<'c> {
    /// Plays the user.
    pub user: &'c dyn for<'v> Speaker<UserView<'v>>,
    /// Plays the assistant.
    pub assistant: &'c dyn for<'v> Speaker<AssistantView<'v>>,
}

/// Plays an episode to its end, telling `sink` every event in order.
///
/// # Errors
/// A speaker's provider failed; the episode is lost and can be played again.
pub async fn play(
    episode: Episode,
    cast: &Cast<'_>,
    sink: &mut (dyn FnMut(&Event) + Send),
) -> Result<Episode, SpeakerError> {
    let (episode, failure) = play_on(episode, cast, sink).await;
    failure.map_or(Ok(episode), Err)
}

/// Plays an episode to its end, or as far as it goes: then with the failure that ended it.
pub(crate) async fn play_on(
    mut episode: Episode,
    cast: &Cast<'_>,
    sink: &mut (dyn FnMut(&Event) + Send),
) -> (Episode, Option<SpeakerError>) {
    while let Next::Move(role) = episode.next() {
        let moved = match role {
            Role::User => cast.user.act(episode.user_view()).await,
            Role::Assistant => cast.assistant.act(episode.assistant_view()).await,
        };
        match moved {
            Ok(mv) => sink(&episode.apply(role, mv)),
            Err(failure) => return (episode, Some(failure)),
        }
    }
    (episode, None)
}
