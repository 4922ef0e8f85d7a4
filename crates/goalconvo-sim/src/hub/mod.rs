//! The hub: the pool of good dialogues that few-shot prompts draw from.
//!
//! Only accepted dialogues enter, by quality, coverage and novelty. The pool changes between rounds alone: round r draws
//! from what rounds up to r−2 accepted, so that no round waits for a straggler of the one before it, and what a dialogue
//! is shown depends on its round and on nothing that happens beside it. All comparisons are of whole numbers.

mod candidate;
mod example;
mod pool;
mod rounds;
mod schedule;
mod showcase;

pub use candidate::{Candidate, NotAccepted, Source};
pub use pool::{HubConfig, Pool, Refusal, Wanted};
pub use rounds::{Closed, Hub, HubError};
pub use schedule::Schedule;
pub use showcase::{Showcase, Shown};
