//! The experience generator: around a goal a model invents who comes with it, why, and how that person writes; or it
//! writes the goal as well, which is then typed and proven like any other.
//!
//! What a model invents is never taken on trust. A goal has to run through the tools and be brought about by the built-in
//! engine; an opening may name nothing that the goal has not; nobody comes twice. What can't be used is asked for again a
//! bounded number of times, and then rejected with its reason.

mod author;
mod catalogue;
mod prompts;

pub use author::Author;
pub(crate) use author::{Authored, Desk};
pub(crate) use prompts::PROMPTS;
