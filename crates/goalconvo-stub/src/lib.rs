//! A stand-in for chat model servers: OpenAI's, Anthropic's, Ollama's and Replicate's interfaces and the two
//! batch endpoints, with replies that are a pure function of the request and faults that come on command.
//!
//! For tests and benchmarks only; nothing that ships depends on it. What it says it also counts: requests,
//! billed tokens, how much of each prompt an earlier one had paid for, repeated bodies.
//!
//! ```no_run
//! # async fn demo() -> std::io::Result<()> {
//! let stub = goalconvo_stub::Stub::start(goalconvo_stub::Config::default()).await?;
//! println!("{}", stub.url()); // http://127.0.0.1:PORT
//! # Ok(()) }
//! ```

mod anthropic;
mod batch;
mod call;
mod clock;
mod compose;
mod config;
mod draw;
mod endpoints;
mod fault;
mod ollama;
mod openai;
mod prefix;
mod replicate;
mod respond;
mod server;
mod state;
mod stats;

pub use config::Config;
pub use fault::{Fault, Faults};
pub use server::Stub;
pub use stats::Stats;
