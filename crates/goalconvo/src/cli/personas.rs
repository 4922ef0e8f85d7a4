//! `goalconvo personas`: many personas, or contexts, from a library of generators.

use std::path::PathBuf;

use goalconvo_llm::Cost;
use goalconvo_sim::roleplay::Library;
use goalconvo_store::write_whole;
use serde_json::{Map, Value};

use crate::config::persona::library;
use crate::connect::{Connections, Terms};
use crate::{Context, Error, Exit, models};

/// Draw personas or contexts from a library: each another one, constraints and quotas kept
///
/// A library is TOML: [attributes] with a generator each, such as age = { range = [8, 70] }, job = { choice = ["baker",
/// "driver"] }, town = { file = "towns.txt" }, hobby = { model = "a cheap one" }; constraints = ["age >= 18 or job ==
/// 'pupil'"]; and [quotas.job] with percentages by value.
///
/// Example: goalconvo personas library.toml -n 20 --seed 7 --out people
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The library
    library: PathBuf,
    /// How many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    count: usize,
    /// Fixes every random choice
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// The chat model that words attributes of the kind `model`
    #[arg(long, value_name = "ADDRESS")]
    model: Option<String>,
    /// Never spend more than this, such as 5usd
    #[arg(long, value_name = "AMOUNT")]
    budget: Option<Cost>,
    /// Prices of models, a TOML file as for `goalconvo generate`
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Write each into a file of this folder, for generate --persona; else one JSON object a line is printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let wrong =
        |error: &dyn std::fmt::Display| Error::bad_input(format!("{}: {error}", args.library.display()));
    let library = library(&args.library)?;
    let drawn = library.draw(args.count, args.seed).map_err(|error| wrong(&error))?;
    let drawn = if library.needs_model() { worded(args, &library, drawn)? } else { drawn };
    let Some(out) = &args.out else {
        for one in &drawn {
            writeln!(context.out, "{}", serde_json::to_string(one)?)?;
        }
        return Ok(context.out.flush()?);
    };
    std::fs::create_dir_all(out)
        .map_err(|error| Error::bad_input(format!("create folder {}: {error}", out.display())))?;
    for (index, one) in drawn.iter().enumerate() {
        let text = format!("{}\n", serde_json::to_string_pretty(one)?);
        write_whole(&out.join(format!("{index:06}.json")), text.as_bytes())?;
    }
    Ok(writeln!(context.out, "{}: {} files", out.display(), drawn.len())?)
}

/// With the attributes that a model words.
fn worded(
    args: &Args,
    library: &Library,
    drawn: Vec<Map<String, Value>>,
) -> Result<Vec<Map<String, Value>>, Error> {
    let Some(address) = &args.model else {
        let what = "an attribute is worded by a model and none was given; name one with --model";
        return Err(Error::usage(what));
    };
    let terms = Terms { budget: args.budget, prices: args.prices.clone(), ..Terms::default() };
    let connections = Connections::new(terms, None)?;
    let (model, prompts) = (connections.open(address)?, models::prompts(None)?);
    let complete = |(index, one): (usize, Map<String, Value>)| {
        connections.wait(library.complete(one, index as u64, (&*model, &prompts))).map_err(|error| {
            let exit = match error.failure() {
                None => Exit::BadInput,
                Some(failure) if failure.is_budget() => Exit::Budget,
                Some(_) => Exit::Provider,
            };
            Error::new(exit, format!("{}: number {}: {error}", args.library.display(), index + 1))
        })
    };
    drawn.into_iter().enumerate().map(complete).collect()
}
