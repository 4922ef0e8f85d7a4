//! `goalconvo tools`: foreign tool schemas become a registry, a graph and task chains; foreign suites are checked.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use goalconvo_store::{Dataset, write_whole};
use goalconvo_worlds::registry::Registry;
use goalconvo_worlds::schemas::LoadReport;
use goalconvo_worlds::{chain, compile, graph, lint};

use crate::terminal::say;
use crate::{Context, Error, Stop, audit, sources};

/// Build tool graphs from schemas, sample task chains, look at tools, check task suites
///
/// Example: goalconvo tools build schemas/ --out graph --json
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Read tool schemas into a registry and its graphs
    ///
    /// Example: goalconvo tools build schemas/ --out graph --json
    Build(Build),
    /// Make worlds in which the tools work, as domain folders
    ///
    /// Example: goalconvo tools compile schemas/ --out worlds
    Compile(Compile),
    /// Draw task chains from schemas
    ///
    /// Example: goalconvo tools sample schemas/ --mode mixed -n 100
    Sample(Sample),
    /// Show a tool or an endpoint as it was understood
    ///
    /// Example: goalconvo tools inspect schemas/ weather
    Inspect(Inspect),
    /// Check a task suite for tasks that can't be done, can be done in two ways, or pay for nothing
    ///
    /// Exit code 6 when something is wrong with it.
    ///
    /// Example: goalconvo tools lint suite/ --json
    Lint(Lint),
    /// Count what the dialogues of a run over tools come to: one figure a promise
    ///
    /// Exit code 6 when a promise does not hold.
    ///
    /// Example: goalconvo tools audit runs/tools
    Audit(Audit),
}

#[derive(Debug, clap::Args)]
struct Source {
    /// Files and folders: ToolBench, OpenAPI, Swagger, MCP, function schemas, SGD, STAR, SQL, BFCL; `mcp:COMMAND` starts a
    /// server and asks it for its tools
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Refuse what had to be interpreted
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, clap::Args)]
struct Build {
    #[command(flatten)]
    source: Source,
    /// Folder for registry.json and the two graphs
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// In which form the graphs are written
    #[arg(long, value_name = "FORM", default_value = "json")]
    form: Form,
    /// Print the report as JSON: {"tools": …, "endpoints": …, "lost": 0, "files": […]}
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Compile {
    #[command(flatten)]
    source: Source,
    /// Folder for a domain folder each tool, and report.json
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Json,
    Dot,
    Graphml,
}

#[derive(Debug, clap::Args)]
struct Sample {
    #[command(flatten)]
    source: Source,
    /// Which chains: short, sequential, multi_tool, clarification_first, parallel, conditional, loop, join, retry, mixed
    #[arg(long, default_value = "mixed")]
    mode: String,
    /// How many
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: u64,
    /// The seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Debug, clap::Args)]
struct Inspect {
    /// A file or a folder of schemas, or `mcp:COMMAND`
    path: PathBuf,
    /// Part of a tool's or an endpoint's name
    name: String,
}

#[derive(Debug, clap::Args)]
struct Lint {
    /// Folder with the suite's tasks and database
    path: PathBuf,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Audit {
    /// A run folder or a .jsonl file
    path: PathBuf,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    match &args.verb {
        Verb::Build(args) => build(args, context),
        Verb::Compile(args) => compile_worlds(args, context),
        Verb::Sample(args) => sample(args, context),
        Verb::Inspect(args) => inspect(args, context),
        Verb::Lint(args) => lint_suite(args, context),
        Verb::Audit(args) => audit_run(args, context),
    }
}

fn load(source: &Source) -> Result<(Registry, LoadReport), Error> {
    sources::load(&source.paths, source.strict)
}

fn build(args: &Build, context: &mut Context) -> Result<(), Error> {
    let (registry, report) = load(&args.source)?;
    let whole = graph::build(&registry);
    let projection = graph::project(&registry);
    std::fs::create_dir_all(&args.out)?;
    write_whole(&args.out.join("registry.json"), &serde_json::to_vec_pretty(&registry)?)?;
    write_whole(&args.out.join("report.json"), &serde_json::to_vec_pretty(&report)?)?;
    write_graph(&args.out, "graph", args.form, whole.node_rows(), whole.edge_rows())?;
    write_graph(&args.out, "projection", args.form, projection.node_rows(), projection.edge_rows())?;
    if args.json {
        writeln!(context.out, "{}", serde_json::to_string(&report)?)?;
    } else {
        let LoadReport { tools, endpoints, lost, warnings, files } = &report;
        let files = files.len();
        writeln!(
            context.out,
            "{tools} tools, {endpoints} endpoints from {files} files; {lost} lost, {warnings} warnings"
        )?;
        let (links, semantic, category) = projection.counts();
        writeln!(
            context.out,
            "projection: {links} data links, {semantic} semantic, {category} category edges"
        )?;
        writeln!(context.out, "written to {}", args.out.display())?;
    }
    Ok(())
}

fn write_graph<'a>(
    folder: &Path,
    name: &str,
    form: Form,
    nodes: impl Iterator<Item = graph::export::NodeRow<'a>>,
    edges: impl Iterator<Item = graph::export::EdgeRow>,
) -> Result<(), Error> {
    let mut bytes = Vec::new();
    let ending = match form {
        Form::Json => graph::export::json(&mut bytes, nodes, edges).map(|()| "json"),
        Form::Dot => graph::export::dot(&mut bytes, nodes, edges).map(|()| "dot"),
        Form::Graphml => graph::export::graphml(&mut bytes, nodes, edges).map(|()| "graphml"),
    }?;
    Ok(write_whole(&folder.join(format!("{name}.{ending}")), &bytes)?)
}

fn compile_worlds(args: &Compile, context: &mut Context) -> Result<(), Error> {
    let (registry, _) = load(&args.source)?;
    let compiled = compile::compile(&registry)?;
    std::fs::create_dir_all(&args.out)?;
    for (domain, files) in &compiled.domains {
        let folder = args.out.join(domain.name.as_str());
        std::fs::create_dir_all(&folder)?;
        for (path, text) in files.own() {
            write_whole(&folder.join(path), text.as_bytes())?;
        }
    }
    write_whole(&args.out.join("report.json"), &serde_json::to_vec_pretty(&compiled.report)?)?;
    let report = &compiled.report;
    writeln!(
        context.out,
        "{} of {} tools and {} of {} endpoints are playable; report.json says why the others are not\nwritten to {}",
        report.playable_tools,
        report.tools,
        report.playable_endpoints,
        report.endpoints,
        args.out.display()
    )?;
    Ok(())
}

fn sample(args: &Sample, context: &mut Context) -> Result<(), Error> {
    let (registry, _) = load(&args.source)?;
    let mode: chain::Mode = args.mode.parse()?;
    let sample = chain::sample(&graph::project(&registry), &registry, mode, args.seed, args.n)?;
    writeln!(context.out, "{}", serde_json::to_string_pretty(&sample)?)?;
    Ok(())
}

fn inspect(args: &Inspect, context: &mut Context) -> Result<(), Error> {
    let (registry, _) = sources::load(std::slice::from_ref(&args.path), false)?;
    let wanted = args.name.to_lowercase();
    let found = registry.endpoints().filter(|endpoint| endpoint.id.to_lowercase().contains(&wanted));
    let mut count = 0;
    for endpoint in found {
        count += 1;
        writeln!(context.out, "{}", serde_json::to_string_pretty(endpoint)?)?;
    }
    if count == 0 {
        let (path, name) = (args.path.display(), &args.name);
        return Err(Error::bad_input(format!(
            "{path}: no endpoint has {name:?} in its id; `goalconvo tools build` lists them all"
        )));
    }
    Ok(())
}

fn lint_suite(args: &Lint, context: &mut Context) -> Result<(), Error> {
    let mut wrong = 0;
    for files in lint::discover(&args.path)? {
        let report = lint::lint(&lint::load(&files)?);
        wrong += report.findings.len();
        if args.json {
            writeln!(context.out, "{}", serde_json::to_string(&report)?)?;
        } else {
            report.unchecked.iter().for_each(|what| say(&format!("not checked: {what}")));
            for finding in &report.findings {
                let lint::Finding { task, severity, code, file, line, pointer, message } = finding;
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                writeln!(
                    context.out,
                    "{file}{line}: {severity:?} {code} in task {task} at {pointer}: {message}"
                )?;
            }
        }
    }
    context.out.flush()?;
    match wrong {
        0 => Ok(()),
        wrong => Err(Error::check(format!("{}: {wrong} findings", args.path.display()))),
    }
}

fn audit_run(args: &Audit, context: &mut Context) -> Result<(), Error> {
    let dataset = Dataset::at(&args.path)?;
    let threads = crate::run::threads(None);
    let found = audit::audit(&dataset, &audit::stages(&dataset), threads, &Stop::listen()?)?;
    let promises = found.promises();
    if args.json {
        writeln!(context.out, "{}", serde_json::to_string_pretty(&found)?)?;
    } else {
        for promise in &promises {
            let mark = match promise.holds {
                Some(true) => "ok  ",
                Some(false) => "FAIL",
                None => "none",
            };
            writeln!(context.out, "{mark} {}", promise.found)?;
        }
        writeln!(context.out, "     {} {}", found.content, dataset.file.display())?;
    }
    context.out.flush()?;
    match promises.iter().filter(|promise| promise.holds == Some(false)).count() {
        0 => Ok(()),
        broken => Err(Error::check(format!("{}: {broken} promises do not hold", args.path.display()))),
    }
}
