//! A new domain folder: it works at once, and its comments teach the format.

use smol_str::SmolStr;

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
        let singular = match key.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None if key.ends_with("ss") => key.clone(),
            None => key.strip_suffix('s').unwrap_or(&key).to_owned(),
        };
        let plural = if singular == key { format!("{key}_list") } else { key };
        let noun = singular.replace('_', " ");
        let spoken = if plural.ends_with("_list") { format!("{noun}s") } else { plural.replace('_', " ") };
        Words { name: name.into(), keys: plural, noun, plural: spoken, key: singular }
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
