//! Where tool schemas come from: files, folders, and live MCP servers.

use std::path::{Path, PathBuf};

use goalconvo_worlds::registry::Registry;
use goalconvo_worlds::schemas::{self, LoadReport, SourceFile};

use crate::Error;

/// What a source begins with that is a command and not a path.
const LIVE: &str = "mcp:";

/// Whether a source is the command of an MCP server.
pub(crate) fn is_live(source: &Path) -> bool {
    source.to_str().is_some_and(|source| source.starts_with(LIVE))
}

/// Loads schemas from paths, and from the servers that `mcp:COMMAND` starts.
///
/// # Errors
/// A path can't be read, a server can't be asked, or, with `strict`, something had to be interpreted.
pub(crate) fn load(sources: &[PathBuf], strict: bool) -> Result<(Registry, LoadReport), Error> {
    let (live, paths): (Vec<PathBuf>, Vec<PathBuf>) =
        sources.iter().cloned().partition(|source| is_live(source));
    let mut texts = Vec::new();
    for source in live {
        let source = source.to_string_lossy();
        let command = words(source.strip_prefix(LIVE).unwrap_or_default());
        texts.push((SourceFile::new(format!("{source}#tools/list.json")), list_tools(&command)?));
    }
    Ok(schemas::load_with(&paths, &texts, strict)?)
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
