//! The prompts of model speakers and what fills them.

use serde::Serialize;

use crate::prompt::{Listed, Prompt};

/// Every prompt of the speakers.
pub(crate) const PROMPTS: &[Listed] = &[ASSISTANT_RULES.listed()];

/// What a model assistant is told before the first turn.
pub const ASSISTANT_RULES: Prompt<AssistantRules> =
    Prompt::new("assistant/rules", include_str!("../../prompts/assistant/rules.jinja"));

/// Fills `assistant/rules`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AssistantRules {
    /// What the assistant is called; may be empty.
    pub name: String,
    /// Who that is, in a sentence; may be empty.
    pub description: String,
    /// The domains in play.
    pub domains: Vec<DomainRules>,
}

/// One domain as a model assistant is told of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DomainRules {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The whole policy.
    pub policy: String,
    /// Its rules as sentences that can be said.
    pub rules: Vec<String>,
}
