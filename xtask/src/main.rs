//! Chores of the project: `cargo run -p xtask schemas` writes the JSON Schemas anew.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let chore = std::env::args().nth(1);
    match chore.as_deref() {
        Some("schemas") => cargo(&["run", "--quiet", "-p", "goalconvo", "--", "schema", "--all", "schemas"]),
        Some("tidy") => cargo(&["test", "-p", "goalconvo", "--test", "it", "--", "tidy"]),
        other => say(&format!("found {other:?}, expected a chore: schemas or tidy")),
    }
}

/// Runs cargo in the workspace's root.
fn cargo(arguments: &[&str]) -> ExitCode {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    match Command::new(env!("CARGO")).args(arguments).current_dir(root).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => say(&format!("cargo {}: {status}", arguments.join(" "))),
        Err(error) => say(&format!("cargo {}: {error}", arguments.join(" "))),
    }
}

#[expect(clippy::print_stderr, reason = "a chore talks to the person who runs it")]
fn say(what: &str) -> ExitCode {
    eprintln!("xtask: {what}");
    ExitCode::FAILURE
}
