//! `goalconvo evaluate`: measures a dataset, alone or against a reference.

use std::path::PathBuf;

use goalconvo_metrics::{Measure, Report, Settings};
use goalconvo_store::{Form, write_whole};

use crate::measuring::Yardstick;
use crate::{Context, Error};

/// Measure a dataset, alone or against a reference
///
/// Every figure comes with its number of cases, its interval and its definition. What was not computed is null, with
/// the reason; it is never 0.
///
/// Example: goalconvo evaluate runs/first --against runs/people --json report.json
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to measure: a run, an imported corpus, or a file (or folder of files) of dialogues in a format below
    data: PathBuf,
    /// What to measure it against, in the same forms
    #[arg(long, value_name = "REFERENCE")]
    against: Option<PathBuf>,
    /// What DATA is, where its content does not show it: goalconvo, messages (OpenAI), sharegpt, sdialog, paper
    /// (GoalConvo's), multiwoz, sgd (also MultiWOZ 2.2), tool_use, csv or txt
    #[arg(long, value_name = "FORMAT", value_parser = form)]
    format: Option<Form>,
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
    let yardstick = Yardstick::open(Settings::default(), args.against.as_deref(), args.encoder.as_deref())?
        .reading(args.format);
    let report = yardstick.measure_at(&args.data)?;
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

fn form(name: &str) -> Result<Form, String> {
    let names = Form::ALL.map(Form::name).join(", ");
    Form::named(name).ok_or_else(|| format!("expected one of {names}"))
}
