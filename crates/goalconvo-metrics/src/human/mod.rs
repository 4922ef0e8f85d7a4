//! People judge dialogues without knowing whose they are: blind tasks out, ratings in, agreement and means back.
//!
//! [`blind_tasks`] mixes datasets into one shuffled list and keeps apart, in a [`Key`], where each task comes from.
//! Some tasks come twice (does a rater agree with itself?), some ask in their last words for a certain rating (does a
//! rater read?). [`rated`] makes figures of the ratings, with the key.

mod ratings;
mod tasks;

pub use ratings::{Rating, RatingError, rated};
pub use tasks::{Key, KeyEntry, Line, Scale, Task, TaskKind, TaskSettings, Tasks, blind_tasks};
