//! A new domain folder: it works at once, and its comments teach the format.

use smol_str::SmolStr;

use super::files::{Files, built_in_names};
use super::problem::Problems;
use super::read;
use crate::Error;

/// The files of a new domain of this name (`insurance-claims`): relative paths and contents.
///
/// # Errors
/// The name is no folder name of lower-case letters, digits and hyphens.
pub fn scaffold(name: &str) -> Result<Vec<(String, String)>, Error> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase())
        || !name.chars().all(plain)
        || name.ends_with(['-', '_'])
    {
        let message = format!(
            "{name:?} is no name of a domain; lower-case letters, digits and hyphens, as in insurance-claims"
        );
        return Err(Error::unsatisfiable("", message));
    }
    let words = Words::new(name);
    let files = [
        ("domain.toml", include_str!("../../data/scaffold/domain.toml")),
        ("tables.toml", include_str!("../../data/scaffold/tables.toml")),
        ("tools.toml", include_str!("../../data/scaffold/tools.toml")),
        ("policy.md", include_str!("../../data/scaffold/policy.md")),
        ("pools/words.txt", include_str!("../../data/scaffold/words.txt")),
    ];
    Ok(files.into_iter().map(|(path, text)| (path.to_owned(), words.fill(text))).collect())
}

/// Names of the tables and tools of all built-in domains.
fn taken_names() -> Vec<String> {
    let mut taken = Vec::new();
    for files in built_in_names().into_iter().filter_map(Files::built_in) {
        let raw = read::read(&files, &Problems::default());
        taken.extend(raw.tables.into_iter().map(|table| table.name.text));
        taken.extend(raw.tools.into_iter().map(|tool| tool.name.text));
    }
    taken
}

/// The regular English singular.
fn singular(key: &str) -> String {
    match key.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if key.ends_with("ss") => key.to_owned(),
        None => key.strip_suffix('s').unwrap_or(key).to_owned(),
    }
}

/// The name in the forms that the files need.
struct Words {
    name: SmolStr,
    /// `insurance_claim`: begins the names of tables and tools.
    key: String,
    keys: String,
    /// `insurance claim`: what an entity is called.
    noun: String,
    plural: String,
}

impl Words {
    fn new(name: &str) -> Self {
        let key = name.replace('-', "_");
        // Tables and tools of a built-in domain keep their names: both could be on one stage.
        let taken = taken_names();
        let is_taken = |key: &str| taken.iter().any(|name| name.contains(key));
        let noun_key = key.clone();
        let mut key = key;
        while is_taken(&singular(&key)) {
            key = format!("my_{key}");
        }
        let one = singular(&key);
        let keys = if one == key { format!("{key}_list") } else { key };
        let noun = singular(&noun_key).replace('_', " ");
        let plural =
            if singular(&noun_key) == noun_key { format!("{noun}s") } else { noun_key.replace('_', " ") };
        Words { name: name.into(), keys, noun, plural, key: one }
    }

    fn fill(&self, text: &str) -> String {
        let article = if self.noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        text.replace("%name%", &self.name)
            .replace("%key%", &self.key)
            .replace("%keys%", &self.keys)
            .replace("%a%", article)
            .replace("%noun%", &self.noun)
            .replace("%plural%", &self.plural)
    }
}
