//! Runs the stub from a shell: `goalconvo-stub '{"port": 8089, "delay_ms": 20, "faults": {"empty": 0.1}}'`.
//!
//! Prints `listening on http://127.0.0.1:PORT` and runs until it is killed. The fields are those of
//! [`goalconvo_stub::Config`].

use std::io::{self, Write as _};

use goalconvo_stub::{Config, Stub};

#[tokio::main(worker_threads = 2)]
async fn main() -> io::Result<()> {
    let config = match std::env::args().nth(1) {
        Some(text) => serde_json::from_str(&text).map_err(io::Error::other)?,
        None => Config::default(),
    };
    let stub = Stub::start(config).await?;
    let mut out = io::stdout();
    writeln!(out, "listening on {}", stub.url())?;
    out.flush()?;
    stub.forever().await;
    Ok(())
}
