//! `goalconvo domains`: what there is to talk about, and whether a folder of one's own is sound.

use std::path::{Path, PathBuf};

use goalconvo_core::Domain;
use goalconvo_worlds::domain::{self, Files, Weight};
use serde::Serialize;
use smol_str::SmolStr;

use crate::assemble::{self, Found};
use crate::{Context, Error};

/// List, show, check and begin domains
///
/// Example: goalconvo domains show restaurant
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The built-in domains
    ///
    /// Example: goalconvo domains list
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// One domain: tables, slots, tools, intents, goal classes, policy
    ///
    /// Example: goalconvo domains show restaurant
    Show {
        /// A built-in domain by name, or a folder
        domain: String,
    },
    /// Find the mistakes in a domain's folder; exit code 6 when there are any
    ///
    /// Example: goalconvo domains check domains/hotel
    Check {
        /// Folders
        #[arg(required = true)]
        folder: Vec<PathBuf>,
    },
    /// Find the mistakes in a language pack, the files of its grammar and values; exit code 6 when there are any
    ///
    /// Example: goalconvo domains lint crates/goalconvo-nlg/packs/en
    Lint {
        /// The folder of a pack; without it, the built-in one
        pack: Option<PathBuf>,
    },
    /// Begin a domain: a folder that works at once, with comments that teach the format
    ///
    /// Example: goalconvo domains new pet-shop
    New {
        /// Its name: lower-case letters, digits and hyphens
        name: String,
        /// Where its folder is made
        #[arg(long, value_name = "DIR", default_value = "domains")]
        out: PathBuf,
    },
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    match &args.what {
        What::List { json } => list(*json, context),
        What::Show { domain } => {
            for Found { domain, .. } in assemble::domains(std::slice::from_ref(domain))? {
                show(&domain, context)?;
            }
            Ok(())
        }
        What::Check { folder } => check(folder, context),
        What::Lint { pack } => lint(pack.as_deref(), context),
        What::New { name, out } => begin(name, out, context),
    }
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a SmolStr,
    description: &'a str,
    rows: usize,
    slots: usize,
    tools: usize,
    intents: Vec<&'a SmolStr>,
    hash: String,
}

fn list(json: bool, context: &mut Context) -> Result<(), Error> {
    let names: Vec<String> = domain::built_in_names().into_iter().map(str::to_owned).collect();
    for Found { domain, .. } in assemble::domains(&names)? {
        let line = Line {
            name: &domain.name,
            description: &domain.description,
            rows: domain.tables.iter().map(|table| table.rows().len()).sum(),
            slots: domain.slots.len(),
            tools: domain.tools.len(),
            intents: domain.intents.iter().map(|intent| &intent.name).collect(),
            hash: domain.hash.to_string(),
        };
        if json {
            writeln!(context.out, "{}", serde_json::to_string(&line)?)?;
        } else {
            let Line { name, rows, slots, tools, description, .. } = line;
            writeln!(
                context.out,
                "{name:<20} {rows:>5} rows {slots:>3} slots {tools:>3} tools  {description}"
            )?;
        }
    }
    Ok(())
}

fn show(domain: &Domain, context: &mut Context) -> Result<(), Error> {
    let out = &mut context.out;
    writeln!(out, "{}: {}\ncontent hash {}\n", domain.name, domain.description, domain.hash)?;
    for table in &domain.tables {
        writeln!(
            out,
            "table   {:<24} {} rows: {}",
            table.name,
            table.rows().len(),
            table.columns.join(", ")
        )?;
    }
    for slot in domain.slots.values() {
        writeln!(out, "slot    {:<24} {:?}: {}", slot.name, slot.kind, slot.description)?;
    }
    for tool in &domain.tools {
        let name = |argument: &goalconvo_core::Argument| {
            if argument.required { argument.name.to_string() } else { format!("[{}]", argument.name) }
        };
        let arguments: Vec<String> = tool.arguments.iter().map(name).collect();
        writeln!(out, "tool    {:<24} {:?} {}({})", tool.name, tool.verb, tool.table, arguments.join(", "))?;
    }
    for intent in &domain.intents {
        writeln!(out, "intent  {:<24} {:?} by {}", intent.name, intent.kind, intent.tool)?;
    }
    let classes: Vec<String> =
        domain.classes.iter().map(|(class, weight)| format!("{} {weight}", class.name())).collect();
    writeln!(out, "classes {}", classes.join(", "))?;
    for (name, rule) in &domain.policy.rules {
        writeln!(out, "rule    {name:<24} {rule}")?;
    }
    Ok(writeln!(out, "\n{}", domain.policy.text.trim_end())?)
}

fn check(folders: &[PathBuf], context: &mut Context) -> Result<(), Error> {
    let mut mistakes = 0;
    for folder in folders {
        let problems = domain::check(&Files::from_folder(folder)?);
        for problem in &problems {
            writeln!(context.out, "{problem}")?;
        }
        let wrong = problems.iter().filter(|problem| problem.weight == Weight::Mistake).count();
        writeln!(context.out, "{}: {wrong} mistakes, {} notes", folder.display(), problems.len() - wrong)?;
        mistakes += wrong;
    }
    context.out.flush()?;
    match mistakes {
        0 => Ok(()),
        1 => Err(Error::check("one mistake")),
        count => Err(Error::check(format!("{count} mistakes"))),
    }
}

/// Reads a pack as the grammar does, and says what a linguist should look at.
fn lint(pack: Option<&Path>, context: &mut Context) -> Result<(), Error> {
    let mut files = Vec::new();
    if let Some(folder) = pack {
        let read =
            || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>();
        let mut paths: Vec<PathBuf> = read().map_err(goalconvo_store::Error::io("read folder", folder))?;
        paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
        paths.sort();
        for path in paths {
            let text =
                std::fs::read_to_string(&path).map_err(goalconvo_store::Error::io("read file", &path))?;
            files.push((path.display().to_string(), text));
        }
        if files.is_empty() {
            let what = "no .toml file; name the folder of a language pack";
            return Err(Error::bad_input(format!("{}: {what}", folder.display())));
        }
    }
    let findings = goalconvo_sim::lint(&files)
        .map_err(|error| Error::check(format!("the pack can't be used: {error}")))?;
    for finding in &findings {
        writeln!(context.out, "{finding}")?;
    }
    let name = pack.map_or("the built-in pack".to_owned(), |folder| folder.display().to_string());
    writeln!(context.out, "{name}: {} findings", findings.len())?;
    context.out.flush()?;
    if findings.is_empty() { Ok(()) } else { Err(Error::check(format!("{} findings", findings.len()))) }
}

/// Writes a new folder; one that is there already is left alone.
fn begin(name: &str, out: &Path, context: &mut Context) -> Result<(), Error> {
    let files = domain::scaffold(name)?;
    let folder = out.join(name);
    if folder.exists() {
        let what = "there is something of that name already; choose another name, or another --out";
        return Err(Error::bad_input(format!("{}: {what}", folder.display())));
    }
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(goalconvo_store::Error::io("create folder", parent))?;
        }
        goalconvo_store::write_whole(&path, text.as_bytes())?;
    }
    let folder = folder.display();
    writeln!(context.out, "{folder}: a domain that works; next:")?;
    writeln!(context.out, "  goalconvo domains check {folder}")?;
    Ok(writeln!(context.out, "  goalconvo generate -n 5 --domain {folder} --out runs/{name}")?)
}
