//! Runs the stub from a shell: `goalconvo-stub '{"port": 8089, "delay_ms": 20, "faults": {"empty": 0.1}}'`.
//!
//! Prints `listening on http://127.0.0.1:PORT` and runs until it is killed. The fields are those of
//! [`goalconvo_stub::Config`].

use std::io::{self, Write as _};

use goalconvo_stub::{Config, Fault, Stub};

#[tokio::main(worker_threads = 2)]
async fn main() -> io::Result<()> {
    let config = match std::env::args().nth(1) {
        Some(text) if ["-h", "--help", "help"].contains(&text.as_str()) => return help(),
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            let what = format!("{error}; expected one JSON object, as {EXAMPLE}; --help lists its fields");
            io::Error::other(what)
        })?,
        None => Config::default(),
    };
    let stub = Stub::start(config).await?;
    let mut out = io::stdout();
    writeln!(out, "listening on {}", stub.url())?;
    out.flush()?;
    stub.forever().await;
    Ok(())
}

const EXAMPLE: &str = r#"goalconvo-stub '{"port": 8089, "delay_ms": 20, "faults": {"empty": 0.1}}'"#;

/// The fields with what they are when nobody says otherwise, and the faults.
fn help() -> io::Result<()> {
    let fields = serde_json::to_value(Config::default())?;
    let mut out = io::stdout();
    writeln!(
        out,
        "A stand-in for a chat model's server. It takes one JSON object, all fields of which have defaults:\n"
    )?;
    writeln!(out, "  {EXAMPLE}\n")?;
    for (name, value) in fields.as_object().into_iter().flatten() {
        writeln!(out, "  {name} = {value}")?;
    }
    // Whoever reads a fault's name knows them all.
    let unknown = serde_json::from_str::<Fault>("\"?\"").map(drop).map_err(|error| error.to_string());
    let faults = unknown.as_ref().err().and_then(|what| what.split_once("expected one of "));
    let (_, faults) = faults.ok_or_else(|| io::Error::other("the reader of faults names none"))?;
    let faults = faults.split(" at line").next().unwrap_or(faults);
    writeln!(out, "\nFaults, each with its share from 0 to 1: {faults}")?;
    out.flush()
}
