//! `goalconvo datasets`: versions of datasets, kept by content.

use std::path::PathBuf;

use goalconvo_store::Dataset;
use goalconvo_store::datasets::{Difference, Kept, Shelf, Shift};
use serde_json::json;

use crate::roll::Roll;
use crate::terminal::say;
use crate::{Context, Error};

/// Keep versions of datasets: snapshot, list, tag, compare, drop
///
/// Example: goalconvo datasets snapshot runs/first --tag baseline
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Keep the records of a run or file as they are now
    ///
    /// Example: goalconvo datasets snapshot runs/first --tag baseline
    Snapshot {
        /// A run folder or a .jsonl file (plain or gzip)
        path: PathBuf,
        /// A name for it
        #[arg(long, value_name = "NAME")]
        tag: Option<String>,
        /// What there is to say about it
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        #[command(flatten)]
        place: Place,
    },
    /// Show what is kept, oldest first; exit code 6 when the file of one is missing or of another length
    ///
    /// Example: goalconvo datasets list --json
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Give a snapshot a name, or take one away
    ///
    /// Example: goalconvo datasets tag baseline 3f2a91c04d7be655
    Tag {
        /// Small letters, digits, '-', '_' and '.'
        name: String,
        /// A tag or an id, or the beginning of one
        #[arg(required_unless_present = "remove", conflicts_with = "remove")]
        snapshot: Option<String>,
        /// Take the name away; the snapshot stays
        #[arg(long)]
        remove: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Show what changed from one snapshot to another: records, labels, and what made them
    ///
    /// Example: goalconvo datasets diff baseline 3f2a
    Diff {
        /// A tag or an id, or the beginning of one
        from: String,
        /// Another one
        to: String,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a snapshot that has no name, and its records
    ///
    /// Example: goalconvo datasets drop 3f2a91c04d7be655
    Drop {
        /// An id, or the beginning of one
        snapshot: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The folder of the snapshots
    #[arg(long, value_name = "DIR", default_value = "datasets")]
    root: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    match &args.what {
        What::Snapshot { path, tag, note, place } => {
            let shelf = Shelf::at(&place.root);
            let dataset = Dataset::at(path)?;
            let roll = Roll::of(&dataset)?;
            let mut kept = shelf.snapshot(&dataset, note)?;
            if let Some(what) = roll.and_then(|roll| roll.unfinished_at(kept.manifest.dialogues, false)) {
                say(&what);
            }
            if let Some(tag) = tag {
                kept = shelf.tag(tag, &kept.manifest.id)?;
            }
            show(&[kept], place, context)
        }
        What::List { place } => list(place, context),
        What::Tag { name, snapshot: Some(snapshot), place, .. } => {
            show(&[Shelf::at(&place.root).tag(name, snapshot)?], place, context)
        }
        What::Tag { name, place, .. } => {
            Shelf::at(&place.root).untag(name)?;
            Ok(writeln!(context.out, "{name} names nothing any more")?)
        }
        What::Diff { from, to, place } => {
            let found = Shelf::at(&place.root).diff(from, to)?;
            if place.json {
                return Ok(writeln!(context.out, "{}", serde_json::to_string(&found)?)?);
            }
            differences(&found, context)
        }
        What::Drop { snapshot, place } => {
            let kept = Shelf::at(&place.root).drop(snapshot)?;
            Ok(writeln!(context.out, "{}: {} dialogues removed", kept.manifest.id, kept.manifest.dialogues)?)
        }
    }
}

/// Shows all snapshots; an error when the records of one are gone.
fn list(place: &Place, context: &mut Context) -> Result<(), Error> {
    let kept = Shelf::at(&place.root).list()?;
    show(&kept, place, context)?;
    context.out.flush()?;
    let damaged: Vec<&str> =
        kept.iter().filter(|kept| kept.damage().is_some()).map(|kept| kept.manifest.id.as_str()).collect();
    if damaged.is_empty() {
        return Ok(());
    }
    Err(Error::check(format!(
        "{}: of {} snapshots {} are damaged: {}; restore the files, or snapshot the same records again",
        place.root.display(),
        kept.len(),
        damaged.len(),
        damaged.join(", ")
    )))
}

fn show(kept: &[Kept], place: &Place, context: &mut Context) -> Result<(), Error> {
    if place.json {
        let listed: Vec<_> = kept
            .iter()
            .map(|kept| json!({ "manifest": kept.manifest, "tags": kept.tags, "file": kept.file, "damage": kept.damage() }))
            .collect();
        return Ok(writeln!(context.out, "{}", serde_json::to_string(&listed)?)?);
    }
    for kept in kept {
        let Kept { manifest, tags, file } = kept;
        let tags = if tags.is_empty() { String::new() } else { format!(" [{}]", tags.join(", ")) };
        let note = if manifest.note.is_empty() { String::new() } else { format!(": {}", manifest.note) };
        writeln!(context.out, "{}{tags} {} dialogues{note}", manifest.id, manifest.dialogues)?;
        for (name, counts) in [
            ("domains", &manifest.labels.domains),
            ("classes", &manifest.labels.classes),
            ("outcomes", &manifest.labels.outcomes),
            ("made by", &manifest.made.sources),
        ] {
            let counts: Vec<String> =
                counts.iter().map(|(label, count)| format!("{count} {label}")).collect();
            writeln!(context.out, "  {name}: {}", counts.join("; "))?;
        }
        let damage = kept.damage().map(|what| format!(" (damaged: {what})"));
        writeln!(context.out, "  {}{}", file.display(), damage.unwrap_or_default())?;
    }
    Ok(())
}

/// So many ids of each kind are printed for people.
const SHOWN: usize = 10;

fn differences(found: &Difference, context: &mut Context) -> Result<(), Error> {
    writeln!(context.out, "{} to {}: {} records are the same", found.from, found.to, found.same)?;
    for (what, ids) in [("added", &found.added), ("removed", &found.removed), ("changed", &found.changed)] {
        let some: Vec<&str> = ids.iter().take(SHOWN).map(String::as_str).collect();
        let more = if ids.len() > SHOWN { ", …" } else { "" };
        writeln!(context.out, "{} {what}: {}{more}", ids.len(), some.join(", "))?;
    }
    for (name, Shift { from, to }) in found.labels.iter().chain(&found.made) {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        writeln!(context.out, "{name}: {} → {}", value(from), value(to))?;
    }
    Ok(())
}
