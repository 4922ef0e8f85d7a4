//! `goalconvo doctor`: whether this machine and this folder are fit for a run.

use std::path::PathBuf;

use goalconvo_store::write_whole;
use goalconvo_worlds::domain::built_in_names;

use crate::{Context, Error, assemble};

/// Check whether this machine and this folder are fit for a run
///
/// Example: goalconvo doctor --out runs
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where runs are to be written
    #[arg(long, value_name = "DIR", default_value = "runs")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
#[derive(serde::Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    found: String,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let checks = [processors(), domains(), folder(args)];
    if args.json {
        writeln!(context.out, "{}", serde_json::to_string(&checks)?)?;
    } else {
        for check in &checks {
            let mark = if check.ok { "ok " } else { "BAD" };
            writeln!(context.out, "{mark}  {:<14} {}", check.name, check.found)?;
        }
    }
    match checks.iter().filter(|check| !check.ok).count() {
        0 => Ok(()),
        1 => Err(Error::check("one check did not hold")),
        bad => Err(Error::check(format!("{bad} checks did not hold"))),
    }
}

fn processors() -> Check {
    match std::thread::available_parallelism() {
        Ok(count) => Check { name: "processors", ok: true, found: format!("{count}") },
        Err(error) => Check { name: "processors", ok: false, found: error.to_string() },
    }
}

/// Reads all that the program carries.
fn domains() -> Check {
    let names: Vec<String> = built_in_names().into_iter().map(str::to_owned).collect();
    let read = assemble::domains(&names);
    let (ok, found) = match read {
        Ok(found) => (true, format!("{} built in", found.len())),
        Err(error) => (false, error.to_string()),
    };
    Check { name: "domains", ok, found }
}

/// Writes a file and takes it away again, with the folder if it was not there.
fn folder(args: &Args) -> Check {
    let there = args.out.is_dir();
    let probe = args.out.join("doctor.probe");
    let written = std::fs::create_dir_all(&args.out)
        .map_err(|error| format!("create {}: {error}", args.out.display()))
        .and_then(|()| write_whole(&probe, b"written by goalconvo doctor").map_err(|error| error.to_string()))
        .and_then(|()| std::fs::remove_file(&probe).map_err(|error| error.to_string()))
        .and_then(|()| {
            if there { Ok(()) } else { std::fs::remove_dir(&args.out).map_err(|error| error.to_string()) }
        });
    match written {
        Ok(()) => {
            Check { name: "output folder", ok: true, found: format!("{} can be written", args.out.display()) }
        }
        Err(found) => Check { name: "output folder", ok: false, found },
    }
}
