//! `goalconvo import`: corpora become worlds with goals, and reference dialogues.

use std::path::{Path, PathBuf};

use goalconvo_store::write_whole;
use goalconvo_worlds::multiwoz;

use crate::{Context, Error};

/// Make a world, goals and reference dialogues of a corpus
///
/// Example: goalconvo import multiwoz MultiWOZ_2.1 --out worlds/multiwoz
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    corpus: Corpus,
}

#[derive(Debug, clap::Subcommand)]
enum Corpus {
    /// MultiWOZ 2.1 to 2.4, in the original JSON: plain, .gz or .zip
    ///
    /// Then: goalconvo generate --domain DIR --goals corpus
    ///
    /// Example: goalconvo import multiwoz MultiWOZ_2.1.zip --out worlds/multiwoz
    Multiwoz {
        /// A folder or an archive with the dialogues and the databases
        path: PathBuf,
        /// Where the world goes: an empty folder, or an earlier import
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print the whole report as JSON
        #[arg(long)]
        json: bool,
    },
}

/// The file by which an earlier import is known.
const MARK: &str = "import.json";

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    match &args.corpus {
        Corpus::Multiwoz { path, out, json } => import_multiwoz(path, out, *json, context),
    }
}

fn import_multiwoz(path: &Path, out: &Path, json: bool, context: &mut Context) -> Result<(), Error> {
    refuse_foreign(out)?;
    let multiwoz::Import { files, report } = multiwoz::import(path)?;
    for (name, bytes) in &files {
        let place = out.join(name);
        if let Some(parent) = place.parent() {
            let refused = |error| Error::bad_input(format!("create folder {}: {error}", parent.display()));
            std::fs::create_dir_all(parent).map_err(refused)?;
        }
        write_whole(&place, bytes)?;
    }
    if json {
        return Ok(writeln!(context.out, "{}", serde_json::to_string(&report)?)?);
    }
    let rows: Vec<String> = report.rows.iter().map(|(table, count)| format!("{count} {table}")).collect();
    let out = out.display();
    writeln!(
        context.out,
        "{out}: {} dialogues, {} turns, {} goals",
        report.dialogues, report.turns, report.goals
    )?;
    writeln!(context.out, "rows: {}", rows.join(", "))?;
    let (odd, unmatched) = (report.odd.len(), report.unmatched.len());
    writeln!(context.out, "{odd} odd things and {unmatched} unmatched values are listed in {out}/{MARK}")?;
    Ok(writeln!(context.out, "next: goalconvo generate --domain {out} --goals corpus -n {}", report.goals)?)
}

/// What lies there must be nothing, or an earlier import.
fn refuse_foreign(out: &Path) -> Result<(), Error> {
    let is_empty = std::fs::read_dir(out).map_or(true, |mut entries| entries.next().is_none());
    if is_empty || out.join(MARK).is_file() {
        return Ok(());
    }
    let what = format!(
        "found a folder without {MARK}; expected an empty folder or an earlier import; choose another --out"
    );
    Err(Error::bad_input(format!("{}: {what}", out.display())))
}
