//! `goalconvo inspect`: dialogues as a person wants to see them.

use std::path::PathBuf;

use goalconvo_core::Dialogue;
use goalconvo_store::Dataset;

use crate::show::Shower;
use crate::terminal::harmless;
use crate::{Context, Error};

/// Look at dialogues: turns, calls, results, evidence, belief state, verdicts
///
/// Example: goalconvo inspect runs/first -n 3 --verbose
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A run folder or a .jsonl file (plain or gzip)
    path: PathBuf,
    /// How many; all when --id is given
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1)]
    count: usize,
    /// Begin after so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: usize,
    /// Only the dialogue of this id; may be given several times
    #[arg(long, value_name = "ID")]
    id: Vec<String>,
    /// The rejected candidates of a run instead of its dialogues
    #[arg(long)]
    rejects: bool,
    /// Also which result or words fed which argument, and whole results
    #[arg(short, long)]
    verbose: bool,
    /// Only how each dialogue begins, a line each: read two hundred in one sitting with -n 200
    #[arg(long, conflicts_with_all = ["json", "verbose"])]
    openings: bool,
    /// The records as they are, one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let mut dataset = Dataset::at(&args.path)?;
    if args.rejects {
        dataset.file.set_file_name("rejects.jsonl");
    }
    let shower = Shower { paint: context.paint, width: context.width, verbose: args.verbose };
    let mut missing = args.id.clone();
    let wanted = if args.id.is_empty() { args.count } else { args.id.len() };
    let (mut shown, mut passed) = (0, 0);
    for record in dataset.dialogues()? {
        if shown == wanted {
            break;
        }
        passed += 1;
        if passed <= args.skip {
            continue;
        }
        let (_, dialogue) = record?;
        if !args.id.is_empty() {
            let Some(at) = missing.iter().position(|id| *id == dialogue.id) else { continue };
            missing.swap_remove(at);
        }
        shown += 1;
        if args.openings {
            let opening = dialogue.said().next().map_or("", |(_, text)| text);
            writeln!(context.out, "{}", harmless(&format!("{}  {opening}", dialogue.id)))?;
        } else if args.json {
            writeln!(context.out, "{}", serde_json::to_string(&dialogue)?)?;
        } else {
            write!(context.out, "{}", shower.dialogue(&tamed(&dialogue)?))?;
        }
    }
    match missing.first() {
        Some(id) => {
            Err(Error::bad_input(format!("{}: no dialogue has the id {id:?}", dataset.file.display())))
        }
        None if shown == 0 && args.skip > 0 && wanted > 0 => Err(Error::bad_input(format!(
            "{}: it has {passed} dialogues, none after --skip {}",
            dataset.file.display(),
            args.skip
        ))),
        None => Ok(()),
    }
}

/// The record with all its texts as a terminal may be given them; lengths in characters stay.
fn tamed(dialogue: &Dialogue) -> Result<Dialogue, Error> {
    fn tame(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = harmless(text).into_owned(),
            serde_json::Value::Array(items) => items.iter_mut().for_each(tame),
            serde_json::Value::Object(fields) => {
                let tamed = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                    tame(&mut value);
                    (harmless(&name).into_owned(), value)
                });
                *fields = tamed.collect();
            }
            _ => {}
        }
    }
    let mut value = serde_json::to_value(dialogue)?;
    tame(&mut value);
    Ok(serde_json::from_value(value)?)
}
