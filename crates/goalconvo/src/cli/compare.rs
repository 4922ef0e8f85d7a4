//! `goalconvo compare`: several datasets side by side.

use std::path::{Path, PathBuf};

use goalconvo_metrics::Settings;
use goalconvo_metrics::text::Tokens;
use goalconvo_store::{Form, write_whole};

use super::evaluate::{form, keep_inputs, tokens};
use crate::exhibit::{Comparison, names};
use crate::measuring::Yardstick;
use crate::{Context, Encoding, Error};

/// Measure several datasets and show them side by side
///
/// One column for each dataset, each figure with its interval and its number of cases; what lies wholly above or below
/// the first dataset is marked. What was not computed is said with its reason; it is never 0.
///
/// Example: goalconvo compare runs/first runs/second --against runs/people --markdown compared.md
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The datasets, in the forms that `evaluate` reads; the others are held against the first
    #[arg(required = true, num_args = 2.., value_name = "DATA")]
    data: Vec<PathBuf>,
    /// What to measure each of them against, in the same forms
    #[arg(long, value_name = "REFERENCE")]
    against: Option<PathBuf>,
    #[command(flatten)]
    encoding: Encoding,
    /// What each DATA is, where its content does not show it: a format of `evaluate`
    #[arg(long, value_name = "FORMAT", value_parser = form)]
    format: Option<Form>,
    /// How text is cut into the tokens of the lexical figures, as for `evaluate`
    #[arg(long, value_name = "TOKENS", default_value = "words", value_parser = tokens)]
    tokens: Tokens,
    /// Write JSON: {"datasets": […], "metrics": {NAME: {DATASET: {value, n, interval, …}}}}
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the table as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    for out in [&args.json, &args.markdown] {
        keep_inputs(out.as_deref(), args.data.iter().chain(&args.against))?;
    }
    let settings = Settings { tokens: args.tokens, ..Settings::default() };
    let yardstick = Yardstick::open(settings, args.against.as_deref(), &args.encoding)?;
    let yardstick = yardstick.reading(args.format);
    let reports = args.data.iter().map(|path| yardstick.measure_at(path)).collect::<Result<_, _>>()?;
    let paths: Vec<&Path> = args.data.iter().map(PathBuf::as_path).collect();
    let comparison = Comparison { names: names(&paths), reports };
    if let Some(file) = &args.json {
        write_whole(file, &serde_json::to_vec_pretty(&comparison.json())?)?;
    }
    if let Some(file) = &args.markdown {
        write_whole(file, comparison.markdown().as_bytes())?;
    }
    write!(context.out, "{}", comparison.text())?;
    Ok(())
}
