//! Dialogues are made here: scenarios are planned, speakers play them, judges look at what came out.
//!
//! There is one loop, [`play`]; whoever speaks (built-in, model, person, script) is a [`Speaker`]. This crate knows
//! nothing of files and has no HTTP of its own.

mod assistant;
mod bank;
mod company;
mod experience;
mod goals;
pub mod hub;
pub mod judge;
mod model;
mod person;
mod personas;
mod plan;
mod prompt;
pub mod roleplay;
mod seal;
mod speaker;
mod user;
mod words;

pub use assistant::PolicyAssistant;
pub use bank::{Quarry, mine};
pub use company::{AssistantPart, Company, Mend, UserPart};
pub use experience::Author;
pub use goalconvo_nlg::{Bank, Style, Template};
pub use goals::{Difficulty, Flaw, prove};
pub use model::{
    ASSISTANT_RULES, AssistantRules, DomainRules, Estimate, Estimates, FreeUser, Grade, ModelAssistant,
    ModelUser, Sampling, Voice,
};
pub use person::{Deed, Hand, Sight};
pub use plan::{Dials, Draw, Drawn, Goals, Plan, PlanError, ToolSet};
pub use prompt::{Prompt, PromptError, Prompts, nearest};
pub use seal::{Made, seal, verify};
pub use speaker::{Cast, Moving, Speaker, SpeakerError, play};
pub use user::AgendaUser;
pub use words::{Glossary, Manner, Words, lint, prepare, varieties};
