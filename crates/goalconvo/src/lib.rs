//! The program: it makes, checks and shows goal-oriented dialogues that can be trusted.
//!
//! Three layers. [`config`] reads arguments, environment and `goalconvo.toml`, and nothing else does. What they name is
//! assembled from the other crates. [`cli`] has a file for each verb; every verb is a function of its arguments and a
//! [`Context`], and [`cli::main`] alone turns errors into messages and exit codes.

pub mod assemble;
pub mod audit;
pub mod authors;
pub mod bank;
pub mod chains;
mod checked;
pub mod cli;
pub mod config;
pub mod connect;
mod encoders;
pub mod engine;
mod error;
pub mod examples;
pub mod exhibit;
pub mod figures;
pub mod gating;
pub mod goals;
mod in_turn;
pub mod judging;
#[cfg(feature = "mcp")]
mod mcp;
pub mod measuring;
pub mod models;
pub mod observed;
mod pages;
pub mod perform;
pub mod raters;
mod recheck;
pub mod report;
mod roll;
pub mod run;
pub mod settings;
mod sheets;
mod show;
mod sources;
pub mod tally;
mod terminal;
pub mod timings;
mod watch;

pub use encoders::{EncoderAt, Encoding, Opened};
pub use error::{Error, Exit};
pub use terminal::{Context, Paint, Progress, Stop};
