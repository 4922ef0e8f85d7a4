//! Personas without a world: two of them talk, from nothing but who they are.
//!
//! A [`Card`] is a persona of any shape; a [`Cast`] of two cards, models and [`Orchestrator`]s plays a [`Talk`]. There is
//! no goal, tool or fact here, so a talk is not a record that could be verified, and says so by what it lacks. That a
//! speaker wants to end is a field of its reply and never a word in its speech; whether a talk came to its end or was cut
//! off is kept.

mod card;
mod library;
mod orchestrator;
mod play;
mod prompts;
mod talk;

pub use card::{Card, CardError};
pub use library::{Generator, Library, LibraryError};
pub use orchestrator::{Canned, Heard, Instruct, Orchestrator, Own};
pub use play::{Cast, Part, Rules, WhoEnds, talk};
pub(crate) use prompts::PROMPTS;
pub use prompts::{Again, Attribute, Instruction, RoleRules};
pub use talk::{End, Spoken, TALK_FORMAT, Talk};
