//! The command line: a file for each verb, one table of them, and the only place that turns errors into exit codes.

mod chat;
mod compare;
mod completions;
mod datasets;
mod delivery;
mod doctor;
mod domains;
mod evaluate;
mod generate;
mod import;
mod inspect;
mod judge;
mod man;
mod personas;
mod plan;
mod report;
mod roleplay;
mod schema;
mod tools;
mod verify;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::terminal::say;
use crate::{Context, Error, Exit, config};

/// Makes goal-oriented dialogues that can be trusted, checks them, and shows them.
#[derive(Debug, Parser)]
#[command(name = "goalconvo", version, max_term_width = 110, after_help = AFTER)]
struct Cli {
    /// Settings by verb; without it, goalconvo.toml in the current folder if it is there
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    config: Option<PathBuf>,
    /// Whether to colour; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Everywhere")]
    color: Colour,
    #[command(subcommand)]
    verb: Verb,
}

const AFTER: &str = "Every option has a variable (--max-turns: GOALCONVO_MAX_TURNS) and a key in the table of its verb \
in goalconvo.toml; flags win over variables, variables over the file.\n\n\
Exit codes: 0 done; 1 a bug; 2 usage; 3 bad input; 4 a provider failed, the run is incomplete; 5 budget reached; \
6 a check did not hold; 130 interrupted.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Generate(generate::Args),
    Personas(personas::Args),
    Plan(plan::Args),
    Verify(verify::Args),
    Inspect(inspect::Args),
    Chat(Box<chat::Args>),
    Judge(judge::Args),
    Evaluate(evaluate::Args),
    Compare(compare::Args),
    Report(report::Args),
    Tools(tools::Args),
    Import(import::Args),
    Datasets(datasets::Args),
    Domains(domains::Args),
    World(world::Args),
    Schema(schema::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Verb {
    fn run(self, context: &mut Context) -> Result<(), Error> {
        match self {
            Verb::Generate(args) => generate::run(&args, context),
            Verb::Personas(args) => personas::run(&args, context),
            Verb::Plan(args) => plan::run(&args, context),
            Verb::Verify(args) => verify::run(&args, context),
            Verb::Chat(args) => chat::run(&args, context),
            Verb::Inspect(args) => inspect::run(&args, context),
            Verb::Judge(args) => judge::run(&args, context),
            Verb::Import(args) => import::run(&args, context),
            Verb::Evaluate(args) => evaluate::run(&args, context),
            Verb::Compare(args) => compare::run(&args, context),
            Verb::Report(args) => report::run(&args, context),
            Verb::Tools(args) => tools::run(&args, context),
            Verb::Datasets(args) => datasets::run(&args, context),
            Verb::Domains(args) => domains::run(&args, context),
            Verb::World(args) => world::run(&args, context),
            Verb::Schema(args) => schema::run(&args, context),
            Verb::Doctor(args) => doctor::run(&args, context),
            Verb::Completions(args) => completions::run(&args, context),
            Verb::Man(args) => man::run(&args, context),
        }
    }
}

/// The definitions behind arguments, completions and man pages.
fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    // A panic is a bug of ours: it has its own exit code, and the message that Rust prints.
    let outcome = std::panic::catch_unwind(run).unwrap_or_else(|_| {
        Err(Error::new(Exit::Bug, "this is a bug of goalconvo: please report it with the lines above"))
    });
    let exit = match outcome {
        Ok(exit) => exit,
        Err(error) if error.exit() == Exit::Done => Exit::Done,
        Err(error) => {
            say(&format!("goalconvo: {error}"));
            error.exit()
        }
    };
    ExitCode::from(exit as u8)
}

fn run() -> Result<Exit, Error> {
    let matches = match config::matches(command())? {
        Ok(matches) => matches,
        Err(asked) => return show(&asked),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| Error::usage(error.to_string()))?;
    let colour = match cli.color {
        Colour::Always => Some(true),
        Colour::Never => Some(false),
        Colour::Auto => config::no_color().then_some(false),
    };
    let mut context = Context::new(colour);
    cli.verb.run(&mut context)?;
    context.out.flush()?;
    Ok(Exit::Done)
}

/// Help and version go to standard output, mistakes to standard error with exit code 2: clap knows which is which.
fn show(asked: &clap::Error) -> Result<Exit, Error> {
    let printed = asked.print();
    if asked.use_stderr() {
        // Standard error may be closed; the exit code is the same.
        return Ok(Exit::Usage);
    }
    printed?;
    Ok(Exit::Done)
}
