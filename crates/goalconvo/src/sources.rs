//! Where tool schemas come from: files, folders, and live MCP servers.

use std::path::{Path, PathBuf};

use goalconvo_worlds::registry::Registry;
use goalconvo_worlds::schemas::{self, FileReport, Level, LoadReport, Notice, SourceFile};

use crate::Error;
use crate::terminal::say;

/// So many losses are said; the report has all.
const MOST_SAID: usize = 10;

/// What a source begins with that is a command and not a path.
const LIVE: &str = "mcp:";

/// Whether a source is the command of an MCP server.
pub(crate) fn is_live(source: &Path) -> bool {
    source.to_str().is_some_and(|source| source.starts_with(LIVE))
}

/// Loads schemas from paths, and from the servers that `mcp:COMMAND` starts.
///
/// # Errors
/// A path can't be read, nothing in it is a tool, a server can't be asked, or, with `strict`, something had to be interpreted.
pub(crate) fn load(sources: &[PathBuf], strict: bool) -> Result<(Registry, LoadReport), Error> {
    let (live, paths): (Vec<PathBuf>, Vec<PathBuf>) =
        sources.iter().cloned().partition(|source| is_live(source));
    let mut texts = Vec::new();
    for source in live {
        let source = source.to_string_lossy();
        let command = words(source.strip_prefix(LIVE).unwrap_or_default());
        texts.push((SourceFile::new(format!("{source}#tools/list.json")), list_tools(&command)?));
    }
    let (registry, report) = schemas::load_with(&paths, &texts, strict)?;
    let losses = losses(&report);
    losses.iter().take(MOST_SAID).for_each(|loss| say(loss));
    if losses.len() > MOST_SAID {
        let rest = losses.len() - MOST_SAID;
        say(&format!("{rest} more losses; `goalconvo tools build` writes all of them to report.json"));
    }
    if report.endpoints == 0 {
        let names: Vec<_> = sources.iter().map(|source| source.display().to_string()).collect();
        let found = format!("{}: found no endpoint in {} files", names.join(", "), report.files.len());
        return Err(Error::bad_input(format!("{found}; expected tool schemas, see docs/tools.md")));
    }
    Ok((registry, report))
}

/// What could not be loaded, a line each: where, and why.
fn losses(report: &LoadReport) -> Vec<String> {
    let of = |file: &FileReport| -> Vec<String> {
        let lost = file.notices.iter().filter(|notice| notice.level == Level::Loss);
        let line = |notice: &Notice| format!("lost: {}{}: {}", file.path, notice.pointer, notice.message);
        lost.map(line).collect()
    };
    report.files.iter().flat_map(of).collect()
}

#[cfg(feature = "mcp")]
fn list_tools(command: &[String]) -> Result<String, Error> {
    crate::mcp::list_tools(command)
}

#[cfg(not(feature = "mcp"))]
fn list_tools(command: &[String]) -> Result<String, Error> {
    let what = "this program was built without the feature `mcp`; build it with `--features mcp`, or name a file with the \
                server's answer to tools/list";
    Err(Error::usage(format!("mcp:{}: {what}", command.join(" "))))
}

/// The words of a command: divided by spaces, held together by quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_hold_words_together() {
        let check = |command: &str, expected: &[&str]| assert_eq!(words(command), expected, "{command}");
        check("server", &["server"]);
        check("  npx -y  'my server' \"a b\"c", &["npx", "-y", "my server", "a bc"]);
        check("x ''", &["x", ""]);
        check("", &[]);
    }
}
