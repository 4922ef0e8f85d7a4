//! `goalconvo generate`: makes dialogues into a run folder.

use std::path::PathBuf;
use std::sync::Arc;

use goalconvo_llm::Entry;
use goalconvo_store::Run;

use super::delivery::Delivery;
use super::roleplay;
use crate::engine::{self, Plan};
use crate::examples::Rounds;
use crate::perform;
use crate::report::{Report, Spent};
use crate::settings::{Options, Settings};
use crate::sheets::{self, Sheet};
use crate::terminal::say;
use crate::{Context, Error, Exit, Stop, assemble, pages, run};

/// Make dialogues; on an existing run it continues
///
/// Example: goalconvo generate -n 200 --domain hotel,taxi --seed 7 --out runs/first
///
/// By models: goalconvo generate -n 200 --model openai:gpt-4o-mini --budget 5usd --out runs/models
///
/// Personas without a world: goalconvo generate -n 5 --persona a.toml --persona b.toml --model ollama:mistral --out talks
///
/// Sharded: goalconvo generate -n 1000 --shard 0/4 --out runs/part0, and so on; then
/// cat runs/part?/dialogues.jsonl > dialogues.jsonl is the file that one run would have written.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    talks: roleplay::TalkOptions,
    /// The run's folder
    #[arg(long, value_name = "DIR", default_value = "runs/first")]
    out: PathBuf,
    /// Threads, as many as there are cores unless said otherwise; with models, dialogues open at once (64)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=16384))]
    concurrency: Option<u16>,
    /// Also write each dialogue in a file of its own, as txt/ID.txt and json/ID.json
    #[arg(long, value_name = "FORMS", value_delimiter = ',')]
    also: Vec<Sheet>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Dialogues that models play at once when nobody says how many.
const AT_ONCE: usize = 64;

/// By batch job, where a turn of all takes as long as a turn of one.
const AT_ONCE_BY_BATCH: usize = 2_000;

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    if args.talks.asked() || args.options.names_models() {
        pages::keep_small();
    }
    if args.talks.asked() {
        let at_once = args.concurrency.map_or(AT_ONCE, usize::from);
        if !args.also.is_empty() {
            let what = "--also: of no use with --persona; each talk is in talks/ as .txt, .json and .sdialog.json anyway";
            return Err(Error::usage(what));
        }
        let asked = roleplay::Asked { options: &args.options, out: &args.out, at_once, json: args.json };
        return roleplay::run(&args.talks, &asked, context);
    }
    engine::prepare();
    let settings = Settings::in_folder(&args.options, Some(&args.out))?;
    let plan = Arc::new(settings.plan()?);
    let mut run = Run::open(&args.out, settings.header())?;
    run.notes().iter().for_each(|note| say(&format!("{}: {note}", args.out.display())));
    assemble::keep(&settings.found, &run.worlds())?;
    let stop = Stop::listen()?;
    let indexes = settings.indexes();
    if indexes.end < run.header().to {
        let has = run.header().to - run.header().from;
        say(&format!("{}: the run was asked for {has} dialogues before, and keeps them", args.out.display()));
    }
    let at_once = args.concurrency.map(usize::from);
    match &settings.models {
        None => {
            let threads = run::threads(at_once);
            let outcome = run::generate(&mut run, &plan, settings.indexes(), threads, &stop)?;
            let delivery = Delivery::of(&run, &args.out);
            let made = Made { settings: &settings, plan: &plan, outcome: outcome.clone(), models: None };
            finish(args, context, run, made)?;
            delivery.check(&outcome, None)
        }
        Some(models) => {
            let at_once = at_once.unwrap_or(if models.by_batch() { AT_ONCE_BY_BATCH } else { AT_ONCE });
            let ready = models.ready(&args.out.join("journal/replies"), at_once)?;
            ready.connections.notes().iter().for_each(|note| say(note));
            if let Some(index) = run.retry_failed()? {
                say(&format!("{}: trying again from index {index}, which failed", args.out.display()));
            }
            let rounds = Rounds::new(ready.company.clone(), models.examples, || settings.seeds(&plan));
            let doing = perform::Doing { connections: &ready.connections, at_once, stop: &stop };
            let performed = perform::generate(&mut run, &plan, rounds, settings.indexes(), &doing)?;
            if models.by_batch() {
                by_batch(&ready.connections.ledger().total());
            }
            let models = Some(Spent {
                ledger: ready.connections.ledger().rows(),
                failed: performed.failures.len() as u64,
                broken_off: performed.broken_off.len() as u64,
            });
            let made = Made { settings: &settings, plan: &plan, outcome: performed.outcome.clone(), models };
            let delivery = Delivery::of(&run, &args.out);
            finish(args, context, run, made)?;
            delivery.check(&performed.outcome, Some((&performed, ready.connections.budget())))
        }
    }
}

/// Says what half the price was asked for and not had.
fn by_batch(total: &Entry) {
    let online = total.answered.saturating_sub(total.batched);
    if online > 0 {
        say(&format!(
            "--batch: {online} of {} calls were answered online, at full price: the provider took no job for them, or \
             their line failed or expired",
            total.answered
        ));
    }
}

/// What a run came to, for its report.
struct Made<'a> {
    settings: &'a Settings,
    plan: &'a Plan,
    outcome: run::Outcome,
    models: Option<Spent>,
}

/// Writes and prints the report; an error when the run was interrupted.
fn finish(args: &Args, context: &mut Context, run: Run, made: Made<'_>) -> Result<(), Error> {
    let Made { settings, plan, outcome, models } = made;
    let file = args.out.join("dialogues.jsonl");
    if outcome.stopped {
        let asked = run.header().to - run.header().from;
        let what = format!(
            "interrupted: {} of {asked} dialogues are in {}; the same command continues from there",
            outcome.tally.dialogues,
            file.display()
        );
        return Err(Error::new(Exit::Interrupted, what));
    }
    let asked = run.header().to - run.header().from;
    let report = Report::new(asked, plan, settings, outcome.tally.clone(), models);
    let json = serde_json::to_string_pretty(&report)?;
    if !args.also.is_empty() {
        sheets::write(&args.out, &args.also)?;
    }
    run.finish(format!("{json}\n").as_bytes())?;
    if args.json {
        writeln!(context.out, "{json}")?;
    } else {
        let (made, before) = (
            outcome.tally.dialogues.saturating_sub(outcome.before),
            outcome.before.min(outcome.tally.dialogues),
        );
        let before = if before == 0 { String::new() } else { format!(", {before} were there before") };
        writeln!(
            context.out,
            "{made} dialogues made{before}, {}, {:.0}/s: {}\n\n{}",
            outcome.rejects(),
            outcome.rate,
            file.display(),
            report.text()
        )?;
    }
    Ok(context.out.flush()?)
}
