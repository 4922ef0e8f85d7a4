//! Where settings come from: flags over environment over `.env` over `goalconvo.toml`.
//!
//! There is one definition of an option, the verb's own: its flag `--max-turns`, its variable `GOALCONVO_MAX_TURNS`,
//! and its key `max-turns` in the table of the verb (`[generate]`, `[domains.check]`) are the same option with the same
//! checks. A key or variable that is no option is an error that names the nearest one. No other module reads TOML,
//! environment or arguments.

mod dotenv;
pub(crate) mod persona;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgMatches, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use goalconvo_sim::judge::GateConfig;
pub(crate) use goalconvo_sim::nearest;

use crate::Error;

/// The file that is read when none is named.
const FILE: &str = "goalconvo.toml";

/// The file with variables.
const VARIABLES: &str = ".env";

/// Variables of that name space that are no options.
const OTHER_VARIABLES: [&str; 2] = ["GOALCONVO_API_KEY", "GOALCONVO_SHARED"];

/// Whether colours are forbidden, as <https://no-color.org> has it.
pub fn no_color() -> bool {
    variable("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// The value of a variable of the environment or of `.env`; for what is no option, such as a provider's key.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).or_else(|| {
        // That the file can be read was seen when the program began.
        dotenv::read(Path::new(VARIABLES)).ok()?.remove(name).map(OsString::from)
    })
}

/// Reads a gate of judges, in TOML.
///
/// # Errors
/// The file can't be read or is no gate: line, column or key, and what is wrong.
pub fn gate(path: &Path) -> Result<GateConfig, Error> {
    let wrong = |what: &str| Error::bad_input(format!("{}: {}", path.display(), what.trim_end()));
    let text = persona::text_of(path)?;
    let gate: GateConfig = toml::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    gate.check().map_err(|error| wrong(&error.to_string()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    let listed = |key: &String| gate.must.contains(key) || gate.report.contains(key);
    match table.keys().find(|key| !["must", "report"].contains(&key.as_str()) && !listed(key)) {
        Some(key) => Err(wrong(&format!(
            "[{key}] found limits of a judge that is not listed; expected {key:?} in must or report, or no such table"
        ))),
        None => Ok(gate),
    }
}

/// Reads the command line with environment and file behind it.
///
/// # Errors
/// In the inner result clap's own, which are also how help and version are asked for; in the outer one those of
/// environment and file.
pub fn matches(command: Command) -> Result<Result<ArgMatches, clap::Error>, Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let command = with_environment(command, true);
    let variables = dotenv::read(Path::new(VARIABLES))?;
    unknown_variable(&command, &variables)?;
    let given = match command.clone().try_get_matches_from(&arguments) {
        Ok(given) => given,
        Err(error) => return Ok(Err(error)),
    };
    let file = read(&given)?;
    if file.is_none() && variables.is_empty() {
        return Ok(Ok(given));
    }
    let mut command = command;
    if let Some((path, text)) = file {
        let place = Place { path: &path, text: &text };
        let table = DeTable::parse(&text).map_err(|error| place.error(error.span(), error.message()))?;
        command = with_defaults(command, table.get_ref(), &place)?;
    }
    let command = with_variables(command, &variables)?;
    Ok(command.try_get_matches_from(&arguments))
}

/// Gives every option its variable.
fn with_environment(command: Command, is_top: bool) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| match arg.get_long() {
        Some("help" | "version") | None => arg,
        // What a global option means is settled at the top.
        Some(_) if arg.is_global_set() && !is_top => arg,
        Some(long) => {
            let variable = format!("GOALCONVO_{}", long.replace('-', "_").to_uppercase());
            let arg = arg.env(variable).hide_env(true);
            // In an environment "1" and "yes" are as good as "true".
            if arg.get_action().takes_values() { arg } else { arg.value_parser(BoolishValueParser::new()) }
        }
    });
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |verb| with_environment(verb, false)))
}

/// Makes the variables of `.env` defaults of the options that have them.
fn with_variables(command: Command, variables: &BTreeMap<String, String>) -> Result<Command, Error> {
    let value = |arg: &Arg| variables.get(arg.get_env()?.to_str()?).cloned();
    for arg in command.get_arguments() {
        if let (Some(value), Some(name)) = (value(arg), arg.get_env()) {
            let wrong = |what| Error::usage(format!("{VARIABLES}: {}: {what}", name.display()));
            check(arg, &[value]).map_err(wrong)?;
        }
    }
    let names: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let mut command = command.mut_args(|arg| match value(&arg) {
        Some(value) => arg.default_value(value).required(false),
        None => arg,
    });
    for name in names {
        command = try_subcommand(command, &name, |verb| with_variables(verb, variables))?;
    }
    Ok(command)
}

/// Changes the definition of a verb, unless that fails.
fn try_subcommand(
    command: Command,
    name: &str,
    change: impl FnOnce(Command) -> Result<Command, Error>,
) -> Result<Command, Error> {
    let mut outcome = Ok(());
    let command = command.mut_subcommand(name, |verb| match change(verb.clone()) {
        Ok(verb) => verb,
        Err(error) => {
            outcome = Err(error);
            verb
        }
    });
    outcome.map(|()| command)
}

fn unknown_variable(command: &Command, file: &BTreeMap<String, String>) -> Result<(), Error> {
    let mut known: BTreeSet<String> = OTHER_VARIABLES.map(str::to_owned).into();
    collect_variables(command, &mut known);
    let process = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in process.chain(file.keys().cloned()).filter(|name| name.starts_with("GOALCONVO_")) {
        if !known.contains(&name) {
            let hint = nearest(&name, known.iter().map(String::as_str));
            return Err(Error::usage(format!("environment variable {name} is no setting{hint}")));
        }
    }
    Ok(())
}

fn collect_variables(command: &Command, known: &mut BTreeSet<String>) {
    let names = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str());
    known.extend(names.map(str::to_owned));
    command.get_subcommands().for_each(|verb| collect_variables(verb, known));
}

/// The configuration file: the one that is named, or the one in the current folder if it is there.
fn read(given: &ArgMatches) -> Result<Option<(PathBuf, String)>, Error> {
    let named: Option<&PathBuf> = given.get_one("config");
    let path = named.cloned().unwrap_or_else(|| PathBuf::from(FILE));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::bad_input(format!("read {}: {error}; check the path", path.display()))),
    }
}

/// Where in which file.
struct Place<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Place<'_> {
    fn error(&self, span: Option<std::ops::Range<usize>>, what: &str) -> Error {
        let before = self.text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Error::usage(format!("{}:{line}:{column}: {what}", self.path.display()))
    }
}

/// Makes the values of the file defaults of the options, table by table.
fn with_defaults(mut command: Command, table: &DeTable<'_>, place: &Place<'_>) -> Result<Command, Error> {
    for (key, value) in table.iter() {
        let name = key.get_ref().as_ref();
        if let (DeValue::Table(inner), true) = (value.get_ref(), command.find_subcommand(name).is_some()) {
            command = try_subcommand(command, name, |verb| with_defaults(verb, inner, place))?;
            continue;
        }
        let fits = |arg: &&Arg| {
            arg.get_long() == Some(name) || arg.get_short().is_some_and(|s| name == s.to_string())
        };
        let Some(arg) = command.get_arguments().find(fits).filter(|arg| arg.get_long() != Some("config"))
        else {
            return Err(place.error(Some(key.span()), &unknown_key(&command, name)));
        };
        let values = texts(value).ok_or_else(|| {
            place.error(
                Some(value.span()),
                &format!("{name}: expected a text, a number, true, false, or a list of these"),
            )
        })?;
        check(arg, &values).map_err(|what| place.error(Some(value.span()), &what))?;
        let id = arg.get_id().clone();
        command = command.mut_arg(id, |arg| arg.default_values(values.clone()).required(false));
    }
    Ok(command)
}

fn unknown_key(command: &Command, name: &str) -> String {
    let keys =
        command.get_arguments().filter_map(Arg::get_long).filter(|long| !matches!(*long, "help" | "version"));
    let tables = command.get_subcommands().map(Command::get_name);
    format!("unknown key `{name}`{}", nearest(name, keys.chain(tables)))
}

/// The value as an argument on the command line would have it.
fn texts(value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    Some(match value.get_ref() {
        DeValue::String(text) => vec![text.clone().into_owned()],
        DeValue::Integer(number) => vec![number.to_string()],
        DeValue::Float(number) => vec![number.to_string()],
        DeValue::Boolean(flag) => vec![flag.to_string()],
        DeValue::Array(items) => items.iter().map(texts).collect::<Option<Vec<_>>>()?.concat(),
        DeValue::Table(_) | DeValue::Datetime(_) => return None,
    })
}

/// Whether the option takes these values, by its own rules.
fn check(arg: &Arg, values: &[String]) -> Result<(), String> {
    let alone = arg.clone().required(false).default_values(values.to_vec());
    let parsed =
        Command::new("goalconvo").disable_help_flag(true).arg(alone).try_get_matches_from(["goalconvo"]);
    parsed.map(drop).map_err(|error| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}
