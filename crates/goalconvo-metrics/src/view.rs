//! A dialogue as the lexical figures see it: who said what.

use serde::{Deserialize, Serialize};

/// Who speaks. Tool turns are not speech and have no side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The one with the goal.
    User,
    /// The one with the tools.
    Assistant,
}

impl Side {
    /// Both, user first.
    pub const BOTH: [Self; 2] = [Self::User, Self::Assistant];

    /// `user` or `assistant`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// Who said it.
    pub side: Side,
    /// The words.
    pub text: &'a str,
}
