//! `goalconvo world`: tool calls from standard input against a world.

use std::io::BufRead as _;
use std::sync::Arc;

use goalconvo_core::{Arguments, ErrorKind, Stage, ToolError, Value, World};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Context, Error, assemble};

/// Run tool calls from standard input against a world
///
/// A call is one JSON object a line, {"name": …, "arguments": {…}}; out comes a line with the result or the error, and
/// the hash of the state after it.
///
/// Example: echo '{"name":"search_restaurants","arguments":{"area":"north"}}' | goalconvo world --domain restaurant
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Built-in domains by name, `all`, or folders
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "all")]
    domain: Vec<String>,
    /// Print the tools in OpenAI's shape instead, one a line
    #[arg(long)]
    tools: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    name: SmolStr,
    #[serde(default = "nothing")]
    arguments: Value,
}

fn nothing() -> Value {
    Value::record::<SmolStr>([])
}

#[derive(Serialize)]
struct Answer {
    name: SmolStr,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ToolError>,
    state: String,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<(), Error> {
    let found = assemble::domains(&args.domain)?;
    let stage = Stage::new(found.into_iter().map(|found| found.domain).collect());
    if args.tools {
        for tool in stage.tools() {
            writeln!(context.out, "{}", tool.function())?;
        }
        return Ok(());
    }
    let mut world = World::new(stage.tables().clone());
    for (at, line) in std::io::stdin().lock().lines().enumerate() {
        let line =
            line.map_err(|error| Error::bad_input(format!("standard input line {}: {error}", at + 1)))?;
        if line.trim().is_empty() {
            continue;
        }
        let call: Call = serde_json::from_str(&line).map_err(|error| {
            let expected = "expected {\"name\": …, \"arguments\": {…}}, one object a line";
            Error::bad_input(format!("standard input line {}: {error}; {expected}", at + 1))
        })?;
        let answer = answer(&stage, &mut world, call);
        // A program at the other end waits for this line before it sends the next.
        writeln!(context.out, "{}", serde_json::to_string(&answer)?)?;
        context.out.flush()?;
    }
    Ok(())
}

fn answer(stage: &Stage, world: &mut World, call: Call) -> Answer {
    let arguments = match call.arguments {
        record @ Value::Record(_) => Arguments::Parsed(record),
        // As OpenAI has it: a JSON text.
        Value::Text(text) => Arguments::parse(&text),
        other => Arguments::Raw(other.to_string()),
    };
    let outcome = match stage.tool(&call.name).map(Arc::clone) {
        Some(tool) => tool.call(world, &arguments),
        None => Err(ToolError {
            kind: ErrorKind::UnknownTool,
            message: "there is no such tool".into(),
            rule: None,
        }),
    };
    let (result, error) = match outcome {
        Ok(result) => (Some(result), None),
        Err(error) => (None, Some(error)),
    };
    Answer { name: call.name, result, error, state: world.hash().to_string() }
}
