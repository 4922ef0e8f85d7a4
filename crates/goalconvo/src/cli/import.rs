//! `goalconvo import`: corpora become worlds with goals, and reference dialogues.

use std::path::{Path, PathBuf};

use goalconvo_store::write_whole;
use goalconvo_worlds::{multiwoz, star};

use crate::{Context, Error, bank};

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
        /// Take templates out of the dialogues, too: bank.jsonl, for `generate --bank`
        #[arg(long)]
        bank: bool,
    },
    /// STAR: tasks, APIs, value domains and dialogues, in the layout of its repository or any other
    ///
    /// A world for each task, with the goals of its happy scenarios. Then: goalconvo generate --domain DIR/TASK --goals corpus
    /// --each --also txt,json
    ///
    /// Example: goalconvo import star STAR --out worlds/star
    Star {
        /// A folder with the tasks, the APIs and, if they are there, the dialogues
        path: PathBuf,
        /// Where the worlds go: an empty folder, or an earlier import
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print the whole report as JSON
        #[arg(long)]
        json: bool,
    },
}

/// The file by which an earlier import is known.
const MARK: &str = "import.json";

/// Where an import lies until it is whole.
const PARTIAL: &str = ".partial";

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    match &args.corpus {
        Corpus::Multiwoz { path, out, json, bank } => {
            import_multiwoz(path, out, *json, context)?;
            if *bank { mine(out, *json, context) } else { Ok(()) }
        }
        Corpus::Star { path, out, json } => import_star(path, out, *json, context),
    }
}

fn import_star(path: &Path, out: &Path, json: bool, context: &mut Context) -> Result<(), Error> {
    refuse_foreign(out)?;
    let star::Import { files, report } = star::import(path)?;
    put(out, &files)?;
    if json {
        return Ok(writeln!(context.out, "{}", serde_json::to_string(&report)?)?);
    }
    let (worlds, odd, out) = (report.worlds.len(), report.odd.len(), out.display());
    let (dialogues, turns, goals) = (report.dialogues, report.turns, report.goals);
    writeln!(context.out, "{out}: {worlds} worlds, {goals} goals, {dialogues} dialogues, {turns} turns")?;
    for (task, world) in &report.worlds {
        let rows: usize = world.rows.values().sum();
        writeln!(
            context.out,
            "  {task}: {} goals, {rows} rows, {} of them seen in dialogues",
            world.goals, world.seen
        )?;
    }
    writeln!(context.out, "{odd} odd things are listed in {out}/{MARK}")?;
    let task = report.worlds.keys().next().map(String::as_str).unwrap_or_default();
    Ok(writeln!(
        context.out,
        "next: goalconvo generate --domain {out}/{task} --goals corpus --each --also txt,json"
    )?)
}

fn import_multiwoz(path: &Path, out: &Path, json: bool, context: &mut Context) -> Result<(), Error> {
    refuse_foreign(out)?;
    let multiwoz::Import { files, report } = multiwoz::import(path)?;
    put(out, &files)?;
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

/// Writes the bank of an import beside it.
fn mine(out: &Path, json: bool, context: &mut Context) -> Result<(), Error> {
    let mined = bank::of_import(out)?;
    let place = out.join(bank::BANK);
    write_whole(&place, mined.text.as_bytes())?;
    if json {
        return Ok(());
    }
    writeln!(context.out, "{}: {} templates", place.display(), mined.templates)?;
    Ok(writeln!(context.out, "utterances: {}", mined.utterances)?)
}

/// Writes all files, then puts them in their places, the mark last: an import that is cut off leaves nothing but a
/// folder of its own, from which the same command continues.
fn put(out: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let partial = out.join(PARTIAL);
    let folder_of = |place: &Path| {
        let parent = place.parent().unwrap_or(out);
        let refused = |error| Error::bad_input(format!("create folder {}: {error}", parent.display()));
        std::fs::create_dir_all(parent).map_err(refused)
    };
    for (name, bytes) in files {
        let place = partial.join(name);
        folder_of(&place)?;
        if std::fs::read(&place).map_or(true, |there| there != *bytes) {
            write_whole(&place, bytes)?;
        }
    }
    let (marks, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name == MARK);
    for (name, _) in others.into_iter().chain(marks) {
        let place = out.join(name);
        folder_of(&place)?;
        let refused = |error| Error::bad_input(format!("write {}: {error}", place.display()));
        std::fs::rename(partial.join(name), &place).map_err(refused)?;
    }
    let refused = |error| Error::bad_input(format!("remove {}: {error}", partial.display()));
    std::fs::remove_dir_all(&partial).map_err(refused)
}

/// What lies there must be nothing, an earlier import, or one that was cut off.
fn refuse_foreign(out: &Path) -> Result<(), Error> {
    let is_empty = std::fs::read_dir(out).map_or(true, |mut entries| entries.next().is_none());
    if is_empty || out.join(MARK).is_file() || out.join(PARTIAL).is_dir() {
        return Ok(());
    }
    let what = format!(
        "found a folder without {MARK}; expected an empty folder or an earlier import; choose another --out"
    );
    Err(Error::bad_input(format!("{}: {what}", out.display())))
}
