//! Dialogues are made here: scenarios are planned, speakers play them, judges look at what came out.
//!
//! There is one loop, [`play`]; whoever speaks (built-in, model, person, script) is a [`Speaker`]. This crate knows
//! nothing of files and has no HTTP of its own.

mod assistant;
mod goals;
mod personas;
mod plan;
mod seal;
mod speaker;
mod user;
mod words;

pub use assistant::PolicyAssistant;
pub use goals::Difficulty;
pub use plan::{Dials, Draw, Drawn, Goals, Plan, PlanError, ToolSet};
pub use seal::{Made, seal, verify};
pub use speaker::{Cast, Moving, Speaker, SpeakerError, play};
pub use user::AgendaUser;
pub use words::Words;
