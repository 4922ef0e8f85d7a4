//! `goalconvo generate`: makes dialogues into a run folder.

use std::path::PathBuf;

use goalconvo_store::Run;

use crate::report::Report;
use crate::settings::{Options, Settings};
use crate::terminal::say;
use crate::{Context, Error, Exit, Stop, assemble, run};

/// Make dialogues; on an existing run it continues
///
/// Example: goalconvo generate -n 200 --domain hotel,taxi --seed 7 --out runs/first
///
/// Sharded: goalconvo generate -n 1000 --shard 0/4 --out runs/part0, and so on; then
/// cat runs/part?/dialogues.jsonl > dialogues.jsonl is the file that one run would have written.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    options: Options,
    /// The run's folder
    #[arg(long, value_name = "DIR", default_value = "runs/first")]
    out: PathBuf,
    /// Threads; as many as there are cores unless said otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: Option<u16>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let settings = Settings::of(&args.options)?;
    let plan = settings.plan()?;
    let mut run = Run::open(&args.out, settings.header())?;
    run.notes().iter().for_each(|note| say(&format!("{}: {note}", args.out.display())));
    assemble::keep(&settings.found, &run.worlds())?;
    let stop = Stop::listen()?;
    let indexes = settings.indexes();
    if indexes.end < run.header().to {
        let has = run.header().to - run.header().from;
        say(&format!("{}: the run was asked for {has} dialogues before, and keeps them", args.out.display()));
    }
    let threads = run::threads(args.concurrency.map(usize::from));
    let outcome = run::generate(&mut run, &plan, indexes.clone(), threads, &stop)?;
    let file = args.out.join("dialogues.jsonl");
    if outcome.stopped {
        let (written, asked) = (outcome.tally.dialogues, indexes.end - indexes.start);
        let what = format!(
            "interrupted: {written} of {asked} dialogues are in {}; the same command continues from there",
            file.display()
        );
        return Err(Error::new(Exit::Interrupted, what));
    }
    let asked = run.header().to - run.header().from;
    let report = Report::new(asked, &plan, &settings, outcome.tally.clone());
    let json = serde_json::to_string_pretty(&report)?;
    run.finish(format!("{json}\n").as_bytes())?;
    if args.json {
        writeln!(context.out, "{json}")?;
    } else {
        let (made, before) = (outcome.tally.dialogues - outcome.before, outcome.before);
        let before = if before == 0 { String::new() } else { format!(", {before} were there before") };
        writeln!(
            context.out,
            "{made} dialogues made{before}, {} candidates rejected, {:.0}/s: {}\n\n{}",
            outcome.rejected,
            outcome.rate,
            file.display(),
            report.text()
        )?;
    }
    context.out.flush()?;
    complete(args, asked, outcome.tally.dialogues, &outcome.holes)
}

/// n asked is n written, or the exit code says so.
fn complete(args: &Args, asked: u64, written: u64, holes: &[u64]) -> Result<(), Error> {
    if written >= asked {
        return Ok(());
    }
    let indexes: Vec<String> = holes.iter().take(10).map(u64::to_string).collect();
    let more = if holes.len() > 10 { ", …" } else { "" };
    Err(Error::check(format!(
        "{written} of {asked} dialogues are written: no candidate passed for index {}{more}; {} has the reasons",
        indexes.join(", "),
        args.out.join("rejects.jsonl").display()
    )))
}
