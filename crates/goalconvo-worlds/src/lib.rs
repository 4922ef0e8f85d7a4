//! Foreign material becomes domains, tool registries, tool graphs, goals and scenarios.
//!
//! What this crate forbids itself: models, network, processes, the clock. It reads files that its caller
//! names, and everything else is a pure function of what was read and of a seed.

pub mod chain;
pub mod compile;
pub mod domain;
pub mod error;
pub mod graph;
pub mod lint;
pub mod multiwoz;
pub mod registry;
pub mod schemas;
pub mod star;
mod unfold;

pub use error::Error;
