//! The program: it makes, checks and shows goal-oriented dialogues that can be trusted.
//!
//! Three layers. [`config`] reads arguments, environment and `goalconvo.toml`, and nothing else does. What they name is
//! assembled from the other crates. [`cli`] has a file for each verb; every verb is a function of its arguments and a
//! [`Context`], and [`cli::main`] alone turns errors into messages and exit codes.

pub mod assemble;
pub mod cli;
pub mod config;
pub mod engine;
mod error;
pub mod exhibit;
pub mod figures;
pub mod goals;
pub mod measuring;
pub mod report;
pub mod run;
pub mod settings;
mod show;
pub mod tally;
mod terminal;

pub use error::{Error, Exit};
pub use terminal::{Context, Paint, Progress, Stop};
