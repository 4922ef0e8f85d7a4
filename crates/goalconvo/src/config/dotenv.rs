//! `.env`: variables that stand in a file because they should not stand in a shell's history.
//!
//! One `NAME=value` a line, `export` before it if you like; `#` begins a comment line, quotes around a value are taken
//! off. Nothing is expanded. A variable of the process wins over one of the file.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Error;

/// The variables of a file; none when it is not there.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(Error::bad_input(format!("read {}: {error}", path.display()))),
    }
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut variables = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let given = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = given.split_once('=').filter(|(name, _)| is_name(name.trim())) else {
            // Not the line itself: it may hold a key.
            let what = "found a line that sets no variable; expected NAME=value";
            return Err(Error::usage(format!("{}:{}: {what}", path.display(), at + 1)));
        };
        let value = value.trim();
        let quoted = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
        variables.insert(name.trim().to_owned(), value.to_owned());
    }
    Ok(variables)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&[(&str, &str)], &str>) {
        let found = parse(Path::new(".env"), text).map_err(|error| error.to_string());
        let pairs =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        match expect {
            Ok(expect) => assert_eq!(found, Ok(pairs(expect))),
            Err(fragment) => assert!(found.unwrap_err().contains(fragment)),
        }
    }

    #[test]
    fn lines_are_variables_comments_or_mistakes() {
        check(
            "A=1\n\n# no\nexport B = 'two words' \nC=\"x\"",
            Ok(&[("A", "1"), ("B", "two words"), ("C", "x")]),
        );
        check("A=a=b", Ok(&[("A", "a=b")]));
        check("A=1\nsecret", Err(".env:2: found a line that sets no variable"));
        check("1A=1", Err(".env:1"));
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert!(!parse(Path::new(".env"), "sk-very-secret").unwrap_err().to_string().contains("secret"));
    }
}
