//! Chat models as speakers: a model makes the moves of a role, given that role's view and nothing else.

mod rules;

pub(crate) use rules::PROMPTS;
pub use rules::{ASSISTANT_RULES, AssistantRules, DomainRules};
