//! Task chains: sequences of calls that make sense, drawn from the projected graph.
//!
//! A chain is right by construction: every required parameter has a source, an opaque key always comes out of an
//! earlier answer, and the pattern that was asked for is the pattern that is there. Drawing is a pure function
//! of (graph, constraints, seed, index), so any chain of any shard can be made alone.

mod candidates;
mod draft;
mod mix;
mod patterns;
mod random;
mod reach;
mod sample;
mod types;

pub use mix::Mix;
pub use random::Draws;
pub use sample::{Sample, SampleReport, Sampler, sample};
pub use types::{Chain, Constraints, Control, Failure, Input, Mode, Pattern, Pick, Source, Step, Test};
