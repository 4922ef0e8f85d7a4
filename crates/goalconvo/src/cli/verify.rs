//! `goalconvo verify`: replays every record and checks its facts; no model is needed.

use std::path::PathBuf;

use goalconvo_store::Dataset;

use crate::assemble::{self, Stages};
use crate::engine::{self, Judge};
use crate::terminal::{harmless, say};
use crate::{Context, Error, Stop, run};

/// Replay every record and check its facts
///
/// Exit code 6 when a record fails.
///
/// Example: goalconvo verify runs/first --json
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A run folder, a .jsonl file (plain or gzip), or - for standard input
    path: PathBuf,
    /// Folders of domains that are neither built in nor kept in the run
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    domain: Vec<String>,
    /// Threads; as many as there are cores unless said otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: Option<u16>,
    /// Print JSON: {"checked": …, "passed": …, "failed": …, "failures": […]}
    #[arg(long)]
    json: bool,
}

/// So many failures are printed for people.
const SHOWN: usize = 20;

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let dataset = Dataset::at(&args.path)?;
    engine::prepare();
    let given = assemble::domains(&args.domain)?;
    let stages = Stages::new(given, dataset.worlds.clone(), Judge::maker());
    let threads = run::threads(args.concurrency.map(usize::from));
    let checked = run::verify(&dataset, &stages, threads, &Stop::listen()?)?;
    let file = dataset.file.display();
    match &checked.unfinished {
        Some(note) => say(note),
        None if checked.checked == 0 && dataset.header.is_none() => {
            return Err(Error::bad_input(format!(
                "{file}: there is no record in it, so nothing was checked"
            )));
        }
        None => {}
    }
    if args.json {
        writeln!(context.out, "{}", serde_json::to_string(&checked)?)?;
    } else {
        for failure in checked.failures.iter().take(SHOWN) {
            let run::Failure { id, line, check, at, what } = failure;
            let place = if *line == 0 { String::new() } else { format!("line {line} ") };
            let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
            writeln!(context.out, "{}", harmless(&format!("{place}{id}: {check}{at}: {what}")))?;
        }
        let more = checked.failures.len().saturating_sub(SHOWN) as u64 + checked.failures_left_out;
        if more > 0 {
            writeln!(context.out, "… and {more} more")?;
        }
        writeln!(
            context.out,
            "{} checked, {} passed, {} failed",
            checked.checked, checked.passed, checked.failed
        )?;
    }
    context.out.flush()?;
    if let Some(first) = &checked.unreadable_first {
        let many = match checked.unreadable {
            1 => String::new(),
            lines => format!("; {lines} lines of it can't be read"),
        };
        let todo = if dataset.header.is_some() {
            "restore the file, or make the run again in another folder"
        } else {
            "mend the line, or take it out"
        };
        return Err(Error::bad_input(format!("{first}{many}; {todo}")));
    }
    match checked.failed {
        0 => Ok(()),
        failed => Err(Error::check(format!("{file}: {failed} of {} records failed", checked.checked))),
    }
}
