//! Reads the folder of an import back: domains and goals.

use std::path::Path;

use goalconvo_core::{CorpusGoal, Domain};

use crate::Error;
use crate::domain::from_folder;

/// What an imported folder holds for generation.
#[derive(Debug)]
pub struct Imported {
    /// The domains, in order of name.
    pub domains: Vec<Domain>,
    /// The corpus's goals, in its order.
    pub goals: Vec<CorpusGoal>,
}

/// Whether this folder is one that [`super::import`] has filled.
pub fn is_import(folder: &Path) -> bool {
    folder.join("goals.jsonl").is_file()
}

/// Opens a folder that [`super::import`] has filled.
///
/// # Errors
/// There is no `goals.jsonl` in it, a line of it is no goal, or a domain can't be read.
pub fn open(folder: &Path) -> Result<Imported, Error> {
    let path = folder.join("goals.jsonl");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let message = format!(
            "can't be read ({error}); name a folder made by `goalconvo import multiwoz PATH --out DIR`"
        );
        Error::read(path.display().to_string(), message)
    })?;
    let mut goals = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let goal = serde_json::from_str(line).map_err(|error| {
            let place = format!("{}:{}:{}", path.display(), at + 1, error.column());
            Error::malformed(place, format!("no goal of a corpus: {error}; import again"))
        })?;
        goals.push(goal);
    }
    let unreadable = |error: std::io::Error| {
        Error::read(folder.display().to_string(), format!("can't be listed ({error})"))
    };
    let mut folders: Vec<_> = std::fs::read_dir(folder)
        .and_then(|list| list.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
        .map_err(unreadable)?;
    folders.retain(|path| path.join("domain.toml").is_file());
    folders.sort();
    let domains = folders.iter().map(|path| from_folder(path)).collect::<Result<_, _>>()?;
    Ok(Imported { domains, goals })
}
