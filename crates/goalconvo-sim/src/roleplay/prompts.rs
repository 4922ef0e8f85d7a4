//! The prompts of role-play and what fills them.

use serde::Serialize;

use crate::prompt::{Listed, Prompt};

/// What fills a speaker's rules.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RoleRules {
    /// Who it is.
    pub name: String,
    /// Whom it talks to.
    pub partner: String,
    /// The persona in words.
    pub description: String,
    /// Where and why they talk; may be empty.
    pub context: String,
    /// Whether it may end the talk.
    pub may_end: bool,
    /// The shape of its reply.
    pub shape: String,
}

/// What fills an instruction before a turn.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Instruction {
    /// What to mind in this turn.
    pub instructions: Vec<String>,
}

/// What fills the request to say it again.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Again {
    /// What was wrong.
    pub complaint: String,
    /// Who speaks.
    pub name: String,
    /// The shape of the reply.
    pub shape: String,
}

/// What fills the request for an attribute.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Attribute {
    /// What is known, as JSON.
    pub known: String,
    /// The attribute.
    pub attribute: String,
    /// What its generator says about it.
    pub instruction: String,
}

pub(super) static RULES: Prompt<RoleRules> =
    Prompt::new("roleplay/rules", include_str!("../../prompts/roleplay/rules.jinja"));
pub(super) static INSTRUCTION: Prompt<Instruction> =
    Prompt::new("roleplay/instruction", include_str!("../../prompts/roleplay/instruction.jinja"));
pub(super) static AGAIN: Prompt<Again> =
    Prompt::new("roleplay/again", include_str!("../../prompts/roleplay/again.jinja"));
pub(super) static ATTRIBUTE: Prompt<Attribute> =
    Prompt::new("roleplay/attribute", include_str!("../../prompts/roleplay/attribute.jinja"));

/// The prompts of this module.
pub(crate) const PROMPTS: &[Listed] =
    &[RULES.listed(), INSTRUCTION.listed(), AGAIN.listed(), ATTRIBUTE.listed()];
