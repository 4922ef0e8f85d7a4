//! `goalconvo schema`: the JSON Schemas of what the program reads and writes.

use std::path::PathBuf;

use clap::ValueEnum;
use goalconvo_core::{Dialogue, Scenario};
use schemars::schema_for;

use crate::report::Report;
use crate::run::Checked;
use crate::{Context, Error};

/// Print a JSON Schema
///
/// Example: goalconvo schema dialogue
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which one
    #[arg(default_value = "dialogue")]
    name: Name,
    /// Write all of them into this folder instead
    #[arg(long, value_name = "DIR")]
    all: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// A line of dialogues.jsonl or rejects.jsonl
    Dialogue,
    /// All that plays a dialogue again
    Scenario,
    /// A run's report.json
    Report,
    /// What verify --json prints
    Checked,
}

impl Name {
    fn schema(self) -> schemars::Schema {
        match self {
            Name::Dialogue => schema_for!(Dialogue),
            Name::Scenario => schema_for!(Scenario),
            Name::Report => schema_for!(Report),
            Name::Checked => schema_for!(Checked),
        }
    }
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let Some(folder) = &args.all else {
        return Ok(writeln!(context.out, "{:#}", args.name.schema().as_value())?);
    };
    std::fs::create_dir_all(folder).map_err(goalconvo_store::Error::io("create folder", folder))?;
    for name in Name::value_variants() {
        let Some(known) = name.to_possible_value() else { continue };
        let path = folder.join(format!("{}.json", known.get_name()));
        goalconvo_store::write_whole(&path, format!("{:#}\n", name.schema().as_value()).as_bytes())?;
        writeln!(context.out, "{}", path.display())?;
    }
    Ok(())
}
