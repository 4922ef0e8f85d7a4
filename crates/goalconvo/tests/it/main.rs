//! Tests of the built program: what it makes, what it refuses, and whether the house is tidy.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

mod audited;
mod authored;
mod bad_input;
mod batches;
mod chats;
#[cfg(feature = "neural")]
mod encoded;
mod evaluated;
mod gated;
#[cfg(feature = "neural")]
#[path = "../../../goalconvo-neural/tests/it/hub_server.rs"]
mod hub_server;
mod judged;
mod kept;
mod long;
#[cfg(feature = "mcp")]
mod mcp;
mod models;
mod observed;
mod planted;
mod prefixes;
mod program;
mod report;
mod resume;
mod settings;
mod shown;
mod shown_examples;
mod star;
mod talks;
mod tidy;
mod verify;
