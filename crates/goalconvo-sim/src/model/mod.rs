//! Chat models as speakers: a model makes the moves of a role, given that role's view and nothing else.
//!
//! A [`Voice`] asks a model, again where the answer can't be used, a bounded number of times. [`ModelUser`] words
//! what the agenda decides (`guided`) or rewords what the grammar says (`rewrite`); [`FreeUser`] plays a role from
//! its goal. [`ModelAssistant`] calls tools in the provider's own way. A provider's failure is a
//! [`crate::SpeakerError`] and never becomes words.

mod annotate;
mod asking;
mod assistant;
mod clean;
mod free;
mod history;
mod meaning;
mod parse;
mod rehearsal;
mod rules;
mod user;
mod voice;
mod writer;

pub(crate) use annotate::annotate;
pub use assistant::ModelAssistant;
pub(crate) use assistant::numbered;
pub use free::FreeUser;
pub(crate) use free::told_tasks;
pub(crate) use meaning::understood;
pub(crate) use rehearsal::{Count, RehearsedAssistant, RehearsedUser};
pub use rehearsal::{Estimate, Estimates};
pub use rules::{ASSISTANT_RULES, AssistantRules, DomainRules};
pub(crate) use rules::{FreeTask, PROMPTS, name_of_traits};
pub use user::{Grade, ModelUser};
pub use voice::{Sampling, Voice};
pub(crate) use writer::{PROMPTS as WRITER_PROMPTS, Scripted, rehearse as rehearse_writer, write};
