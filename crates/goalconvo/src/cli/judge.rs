//! `goalconvo judge`: the gate over a dataset, and judges measured against labels.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use goalconvo_core::Dialogue;
use goalconvo_llm::Cost;
use goalconvo_sim::Words;
use goalconvo_sim::judge::{Figure, GateConfig, JudgeReport, Share};
use goalconvo_store::{Dataset, write_whole};

use crate::assemble::{self, Stages};
use crate::connect::{Connections, Terms};
use crate::judging::{self, Bench, BenchConfig, Calibrations, Fate, Repair, Report};
use crate::{Context, Error, Exit, Stop, models, run};

/// Judge dialogues: facts, heuristics, and models with rubrics; all that must pass must pass
///
/// A judge that could not tell has not passed anything. Without --out, exit code 6 when a record is rejected; with it,
/// what passes goes to DIR/dialogues.jsonl, what does not, with its reasons, to DIR/rejects.jsonl, and that about which a
/// judge could not be asked to DIR/unjudged.jsonl.
///
/// Example: goalconvo judge runs/first --model openai:gpt-4o-mini --gate gate.toml --out runs/judged
///
/// Judges measured: goalconvo judge --calibrate labelled.jsonl --model openai:gpt-4o-mini
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A run folder or a .jsonl file (plain or gzip)
    #[arg(required_unless_present = "calibrate", conflicts_with = "calibrate")]
    path: Option<PathBuf>,
    /// The model that judges with rubrics; without it, the judges that need none
    #[arg(long, value_name = "ADDRESS")]
    model: Option<String>,
    /// Which judges must pass, in TOML: must = ["facts", "length"], report = […], and a table for each judge's limits
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    /// Precision and recall of the judges against the labels in a file of {"dialogue": …, "labels": {JUDGE: true}}
    #[arg(long, value_name = "FILE")]
    calibrate: Option<PathBuf>,
    /// Write what passes and what does not into this folder; an interrupted judging pays for nothing twice
    #[arg(long, value_name = "DIR", conflicts_with = "calibrate")]
    out: Option<PathBuf>,
    /// Make a new candidate of each rejected record, and judge it afresh
    #[arg(long, value_name = "HOW", conflicts_with = "calibrate")]
    repair: Option<Repair>,
    /// Never spend more than this, such as 5usd
    #[arg(long, value_name = "AMOUNT")]
    budget: Option<Cost>,
    /// Prices of models, a TOML file that goes before the built-in table: for each address (it may end in `*`) a table
    /// [models."http://host:8000/v1#name"] with input = 0.15 and output = 0.60, dollars per million tokens, and where they
    /// differ cached_input and cache_write
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Folder with prompts that replace built-in ones, as judge/coherence.jinja
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
    /// Folders of domains that are neither built in nor kept in the run
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    domain: Vec<String>,
    /// Records at once; with models 32, else as many as there are cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: Option<u16>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    match (&args.calibrate, &args.path) {
        (Some(labelled), _) => calibrate(labelled, args, context),
        (None, Some(path)) => judge(path, args, context),
        (None, None) => Err(Error::usage("name a dataset, or labels with --calibrate")),
    }
}

fn bench(args: &Args, worlds: Option<goalconvo_store::Worlds>) -> Result<Bench, Error> {
    let gate = match &args.gate {
        Some(path) => crate::config::gate(path)?,
        None => GateConfig::standard(args.model.is_some()),
    };
    let given = assemble::domains(&args.domain)?;
    let stages =
        Stages::new(given, worlds, |stage| Words::new(stage.domains()).map_err(|error| error.to_string()));
    let journal = match &args.out {
        Some(out) if args.model.is_some() || gate.needs_model() => Some(prepare(out)?.join("replies")),
        Some(out) => {
            prepare(out)?;
            None
        }
        None => None,
    };
    let asks = args.model.is_some() || gate.needs_model();
    let threads = match args.concurrency.map(usize::from) {
        None if asks => 32,
        asked => run::threads(asked),
    };
    let terms = Terms { budget: args.budget, prices: args.prices.clone(), ..Terms::default() };
    let connections = Connections::new(terms, journal.as_deref())?;
    Bench::new(BenchConfig {
        gate,
        stages,
        connections,
        prompts: models::prompts(args.prompts.as_deref())?,
        model: args.model.clone(),
        repair: args.repair,
        threads,
    })
}

/// The file by which an earlier judging is known.
const MARK: &str = "judged.json";

/// Makes the folder, or refuses one that holds something else; its folder for the journal.
fn prepare(out: &Path) -> Result<PathBuf, Error> {
    let holds = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if holds && !out.join(MARK).is_file() {
        let what = format!(
            "found a folder without {MARK}; expected an empty folder or an earlier judging; choose another --out"
        );
        return Err(Error::bad_input(format!("{}: {what}", out.display())));
    }
    let journal = out.join("journal");
    std::fs::create_dir_all(&journal)
        .map_err(|error| Error::bad_input(format!("create folder {}: {error}", journal.display())))?;
    if !holds {
        write_whole(&out.join(MARK), b"{}\n")?;
    }
    Ok(journal)
}

/// Files that appear whole when all is judged: what passed, what did not, and what was not judged.
struct Sorted {
    files: [(PathBuf, BufWriter<File>); 3],
    unjudged: u64,
}

impl Sorted {
    fn new(out: &Path) -> Result<Self, Error> {
        let open = |name: &str| {
            let path = out.join(name);
            let partial = path.with_extension("jsonl.tmp");
            let file = File::create(&partial).map_err(|error| refused(&partial, &error))?;
            Ok::<_, Error>((path, BufWriter::new(file)))
        };
        let files = [open("dialogues.jsonl")?, open("rejects.jsonl")?, open("unjudged.jsonl")?];
        Ok(Sorted { files, unjudged: 0 })
    }

    fn keep(&mut self, dialogue: &Dialogue, fate: Fate) -> Result<(), Error> {
        self.unjudged += u64::from(fate == Fate::Unjudged);
        let [accepted, rejected, unjudged] = &mut self.files;
        let (path, file) = match fate {
            Fate::Accepted => accepted,
            Fate::Rejected => rejected,
            Fate::Unjudged => unjudged,
        };
        serde_json::to_writer(&mut *file, dialogue)?;
        file.write_all(b"\n").map_err(|error| refused(path, &error))
    }

    fn finish(self) -> Result<(), Error> {
        for (path, file) in self.files {
            let file = file.into_inner().map_err(|error| refused(&path, error.error()))?;
            file.sync_all().map_err(|error| refused(&path, &error))?;
            std::fs::rename(path.with_extension("jsonl.tmp"), &path)
                .map_err(|error| refused(&path, &error))?;
            // A list of an earlier judging would tell what is no longer true.
            if path.ends_with("unjudged.jsonl") && self.unjudged == 0 {
                std::fs::remove_file(&path).map_err(|error| refused(&path, &error))?;
            }
        }
        Ok(())
    }
}

fn refused(path: &Path, error: &std::io::Error) -> Error {
    Error::bad_input(format!("write {}: {error}", path.display()))
}

fn judge(path: &Path, args: &Args, context: &mut Context) -> Result<(), Error> {
    let dataset = Dataset::at(path)?;
    let bench = bench(args, dataset.worlds.clone())?;
    let mut sorted = args.out.as_deref().map(Sorted::new).transpose()?;
    let report = judging::judge(&dataset, &bench, &Stop::listen()?, |dialogue, fate| match &mut sorted {
        Some(sorted) => sorted.keep(dialogue, fate),
        None => Ok(()),
    })?;
    if let (Some(sorted), Some(out)) = (sorted, &args.out) {
        sorted.finish()?;
        write_whole(&out.join(MARK), format!("{}\n", serde_json::to_string_pretty(&report)?).as_bytes())?;
    }
    if args.json {
        writeln!(context.out, "{}", serde_json::to_string(&report)?)?;
    } else if report.judged + report.incomplete > 0 || !report.stopped {
        show(&report, context)?;
    }
    context.out.flush()?;
    ended(&report, &dataset.file, args)
}

/// Exit codes: a judging that is not complete says so before all else.
fn ended(report: &Report, file: &Path, args: &Args) -> Result<(), Error> {
    let file = file.display();
    let again = match &args.out {
        Some(out) => format!(
            "; {} has what was judged, and the same command asks only for what is missing",
            out.display()
        ),
        None => "; with --out DIR what was judged is kept, and the same command continues".to_owned(),
    };
    if report.stopped {
        let what = format!("{file}: interrupted after {} records{again}", report.judged);
        return Err(Error::new(Exit::Interrupted, what));
    }
    if let Some((exit, why)) = &report.exit {
        let halted = if report.halted { ", and no more were tried after so many in a row" } else { "" };
        let count = report.incomplete;
        let what = format!("{file}: {count} records were not judged in full{halted}: {why}{again}");
        return Err(Error::new(*exit, what));
    }
    match report.rejected {
        0 => Ok(()),
        _ if args.out.is_some() => Ok(()),
        rejected => {
            Err(Error::check(format!("{file}: {rejected} of {} records were rejected", report.judged)))
        }
    }
}

/// So many reasons are printed for people.
const SHOWN: usize = 20;

fn show(report: &Report, context: &mut Context) -> Result<(), Error> {
    // Why records were not judged is said once, at the end.
    for reject in report.rejects.iter().take(SHOWN) {
        let judging::Reject { id, line, judge, check, at, what } = reject;
        writeln!(context.out, "line {line} {id}: {judge}: {check} at {at}: {what}")?;
    }
    let more = report.rejects.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(context.out, "… and {more} more reasons")?;
    }
    table(&report.judges, context)?;
    let Report { judged, accepted, rejected, repairs, incomplete, .. } = report;
    let unjudged = if *incomplete > 0 { format!(", {incomplete} not judged in full") } else { String::new() };
    writeln!(
        context.out,
        "{judged} judged, {repairs} repairs made, {accepted} accepted, {rejected} rejected{unjudged}"
    )?;
    Ok(())
}

fn table(judges: &[JudgeReport], context: &mut Context) -> Result<(), Error> {
    let figure =
        |figure: Option<Figure>| figure.map_or("–".to_owned(), |figure| format!("{:.2}", figure.value));
    writeln!(
        context.out,
        "{:12} {:>7} {:>7} {:>7} {:>7} {:>6} {:>9} {:>8} {:>9}",
        "judge", "asked", "passed", "failed", "unknown", "score", "agreement", "position", "verbosity"
    )?;
    for judge in judges {
        writeln!(
            context.out,
            "{:12} {:>7} {:>7} {:>7} {:>7} {:>6} {:>9} {:>8} {:>9}",
            judge.judge,
            judge.asked,
            judge.passed,
            judge.failed,
            judge.unknown,
            figure(judge.score),
            figure(judge.agreement),
            figure(judge.position),
            figure(judge.verbosity)
        )?;
    }
    Ok(())
}

fn calibrate(labelled: &Path, args: &Args, context: &mut Context) -> Result<(), Error> {
    let bench = bench(args, None)?;
    let found = judging::calibrate(labelled, &bench, &Stop::listen()?)?;
    if args.json {
        writeln!(context.out, "{}", serde_json::to_string(&found)?)?;
        context.out.flush()?;
        return found.unasked.as_ref().map_or(Ok(()), |unasked| Err(unasked.error()));
    }
    let Calibrations { dialogues, calibrated, judges, unasked } = &found;
    let share = |share: Option<Share>| {
        share.map_or("–".to_owned(), |share| {
            let [low, high] = share.interval;
            format!("{:.2} [{low:.2}, {high:.2}] n={}", share.value, share.n)
        })
    };
    writeln!(
        context.out,
        "{:12} {:>5} {:>7} {:>7}  {:28} {:28} specificity",
        "judge", "n", "faulty", "unknown", "precision", "recall"
    )?;
    for judge in calibrated {
        writeln!(
            context.out,
            "{:12} {:>5} {:>7} {:>7}  {:28} {:28} {}",
            judge.judge,
            judge.n,
            judge.faulty,
            judge.unknown,
            share(judge.precision),
            share(judge.recall),
            share(judge.specificity)
        )?;
    }
    writeln!(
        context.out,
        "{dialogues} labelled dialogues; intervals are 95 % (Wilson); a fault is what is looked for\n"
    )?;
    table(judges, context)?;
    context.out.flush()?;
    unasked.as_ref().map_or(Ok(()), |unasked| Err(unasked.error()))
}
