//! `goalconvo evaluate`: measures a dataset, alone or against a reference.

use std::path::{Path, PathBuf};

use goalconvo_core::Dialogue;
use goalconvo_metrics::{CompareSettings, Encoder, Evaluation, Measure, Report, Settings, compare};
use goalconvo_store::{Dataset, write_whole};

use crate::{Context, Error, Progress};

/// Measure a dataset, alone or against a reference
///
/// Every figure comes with its number of cases, its interval and its definition. What was not computed is null, with
/// the reason; it is never 0.
///
/// Example: goalconvo evaluate runs/first --against runs/people --json report.json
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to measure: a run folder, an imported corpus or a .jsonl file (plain or gzip)
    data: PathBuf,
    /// What to measure it against, in the same forms
    #[arg(long, value_name = "REFERENCE")]
    against: Option<PathBuf>,
    /// A folder with an encoder's weights and tokenizer, for the figures that need one
    #[arg(long, value_name = "PATH")]
    encoder: Option<PathBuf>,
    /// Show what gives the dataset away from the reference, strongest first
    #[arg(long, requires = "against")]
    tells: bool,
    /// Write the report as JSON: {"metrics": {NAME: {value, n, interval, definition, config}}}
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let encoder = args.encoder.as_deref().map(open_encoder).transpose()?;
    let mut report = Report::default();
    match &args.against {
        None => report = alone(&args.data)?,
        Some(reference) => {
            let (data, reference) = (read(&args.data)?, read(reference)?);
            let own = goalconvo_metrics::evaluate(&data, Settings::default());
            report.extend(own.measures().iter().cloned());
            let compared = compare(&data, &reference, &CompareSettings::default(), encoder.as_deref());
            let compared =
                compared.map_err(|error| Error::bad_input(format!("the encoder failed: {error}")))?;
            report.extend(compared.measures().iter().cloned());
        }
    }
    if let Some(file) = &args.json {
        write_whole(file, &serde_json::to_vec_pretty(&report)?)?;
    }
    table(&report, context)?;
    if args.tells {
        tells(&report, context)?;
    }
    context.out.flush()?;
    Ok(())
}

/// Streams a dataset through the measures that need nothing else: memory does not grow with its length.
fn alone(path: &Path) -> Result<Report, Error> {
    let dataset = Dataset::at(&file_of(path))?;
    let count = dataset.lines()?.count();
    let mut evaluation = Evaluation::new(Settings::default(), Some(count));
    let mut progress = Progress::new("dialogues", 0, count as u64);
    for (index, dialogue) in dataset.dialogues()?.enumerate() {
        let (_, dialogue) = dialogue?;
        evaluation.push(index as u64, &dialogue);
        progress.show(index as u64 + 1);
    }
    progress.end();
    Ok(evaluation.report())
}

/// An imported corpus is a folder with its dialogues in one file; everything else is what it is.
fn file_of(path: &Path) -> PathBuf {
    let imported = path.join("import.json").is_file();
    if imported { path.join("dialogues.jsonl") } else { path.to_owned() }
}

fn read(path: &Path) -> Result<Vec<Dialogue>, Error> {
    let dialogues = Dataset::at(&file_of(path))?.dialogues()?;
    dialogues.map(|dialogue| Ok(dialogue?.1)).collect()
}

#[cfg(feature = "neural")]
fn open_encoder(folder: &Path) -> Result<Box<dyn Encoder>, Error> {
    let encoder = goalconvo_neural::TextEncoder::open(folder, &goalconvo_neural::EncoderOptions::default());
    let encoder = encoder.map_err(|error| Error::bad_input(format!("{}: {error}", folder.display())))?;
    Ok(Box::new(encoder))
}

#[cfg(not(feature = "neural"))]
fn open_encoder(folder: &Path) -> Result<Box<dyn Encoder>, Error> {
    let folder = folder.display();
    Err(Error::usage(format!(
        "{folder}: this program was built without encoders; build it with --features neural"
    )))
}

/// One line a figure.
fn table(report: &Report, context: &mut Context) -> Result<(), Error> {
    let widest = report.measures().iter().map(|measure| measure.name.len()).max().unwrap_or(0);
    for measure in report.measures() {
        let Measure { name, value, reason, n, interval, .. } = measure;
        let shown = match value {
            Some(value) => format!("{value:12.4}"),
            None => format!("not computed: {}", reason.as_deref().unwrap_or("no reason given")),
        };
        let interval = interval.map_or(String::new(), |[low, high]| format!("  [{low:.4}, {high:.4}]"));
        writeln!(context.out, "{name:widest$}  {shown}{interval}  n = {n}")?;
    }
    Ok(())
}

/// The features by which a classifier tells the two apart.
fn tells(report: &Report, context: &mut Context) -> Result<(), Error> {
    for name in ["two_sample_auc_text", "two_sample_auc_utterances", "two_sample_auc_acts"] {
        let Some(measure) = report.get(name) else { continue };
        writeln!(context.out, "\n{name}: what gives the two apart")?;
        if let Some(found) = measure.config.get("tells") {
            writeln!(context.out, "{}", serde_json::to_string_pretty(found)?)?;
        }
    }
    Ok(())
}
