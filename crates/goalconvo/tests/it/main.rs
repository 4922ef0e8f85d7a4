//! Tests of the built program: what it makes, what it refuses, and whether the house is tidy.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

mod authored;
mod bad_input;
mod evaluated;
mod gated;
mod judged;
mod kept;
mod models;
mod planted;
mod program;
mod report;
mod resume;
mod settings;
mod shown;
mod shown_examples;
mod talks;
mod tidy;
mod verify;
