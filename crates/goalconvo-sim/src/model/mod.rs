//! Chat models as speakers: a model makes the moves of a role, given that role's view and nothing else.

mod rules;

pub(crate) use rules::{ASSISTANT_RULES, PROMPTS};
pub use rules::{AssistantRules, DomainRules};
