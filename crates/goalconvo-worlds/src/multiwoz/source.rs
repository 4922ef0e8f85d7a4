//! Finds and unpacks the corpus's files: dialogues, databases, ontology.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::zip;
use crate::Error;
use crate::unfold::unfold;

/// The JSON of the corpus with the places where it was found.
#[derive(Default)]
pub(super) struct Source {
    /// Dialogues by their name in the corpus, in the corpus's order.
    pub(super) dialogues: Vec<(String, Json)>,
    /// Databases by domain.
    pub(super) databases: Vec<(String, Json)>,
    /// The ontology, where there is one.
    pub(super) ontology: Option<Json>,
    /// The files that were read, as the user can find them.
    pub(super) read: Vec<String>,
}

/// Reads all that is needed from a file or a folder.
pub(super) fn read(path: &Path) -> Result<Source, Error> {
    let mut files = Vec::new();
    if path.is_dir() {
        folder(path, 0, &mut files)?;
    } else {
        files.push(path.to_owned());
        for beside in path
            .parent()
            .into_iter()
            .flat_map(|parent| [parent.to_owned(), parent.join("db"), parent.join("meta")])
        {
            if beside.is_dir() {
                let mut others = Vec::new();
                folder(&beside, 2, &mut others)?;
                files.extend(
                    others
                        .into_iter()
                        .filter(|file| database(&name(file)).is_some() || is_ontology(&name(file))),
                );
            }
        }
        files.dedup();
    }
    let mut source = Source::default();
    for file in files {
        take(&file, &mut source)?;
    }
    if source.dialogues.is_empty() {
        let message = "no dialogues of MultiWOZ (an object of dialogues with `goal` and `log`); name the file or the folder that holds data.json or val.json, plain, .gz or .zip";
        return Err(Error::malformed(path.display().to_string(), message));
    }
    if source.databases.is_empty() {
        let message = "no databases (restaurant_db.json and the others); put them beside the dialogues or into a folder db there";
        return Err(Error::malformed(path.display().to_string(), message));
    }
    Ok(source)
}

/// Files below a folder, two levels deep, in order of name.
fn folder(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let list = std::fs::read_dir(path)
        .and_then(|list| list.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    let mut list = list.map_err(|error| unreadable(path, &error))?;
    list.sort();
    for entry in list {
        if entry.is_dir() && depth < 2 {
            folder(&entry, depth + 1, files)?;
        } else if entry.is_file()
            && [".json", ".json.gz", ".zip"].iter().any(|end| name(&entry).ends_with(end))
        {
            files.push(entry);
        }
    }
    Ok(())
}

fn take(path: &Path, source: &mut Source) -> Result<(), Error> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let place = path.display().to_string();
    let file = name(path);
    if file.ends_with(".zip") {
        let wanted = |name: &str| name.ends_with(".json") && !name.contains("__MACOSX");
        let mut entries =
            zip::entries(&bytes, wanted).map_err(|message| Error::malformed(&place, message))?;
        // In the order in which a folder of them is read, whatever the order in the archive.
        entries.sort_by(|(a, _), (b, _)| Path::new(a).cmp(Path::new(b)));
        for (entry, bytes) in entries {
            let short = entry.rsplit('/').next().unwrap_or(&entry).to_owned();
            take_json(&short, &format!("{place}:{entry}"), &bytes, source)?;
        }
        return Ok(());
    }
    let Some(short) = file.strip_suffix(".gz") else { return take_json(&file, &place, &bytes, source) };
    let plain = unfold(&bytes).map_err(|message| Error::malformed(&place, message))?;
    take_json(short, &place, &plain, source)
}

fn take_json(name: &str, place: &str, bytes: &[u8], source: &mut Source) -> Result<(), Error> {
    let known = database(name).is_some() || is_ontology(name);
    let aside = ["schema", "intent", "description", "dialog_acts", "system_acts"]
        .iter()
        .any(|part| name.contains(part));
    if aside && !known {
        return Ok(());
    }
    let json: Json = serde_json::from_slice(bytes).map_err(|error| {
        Error::malformed(
            format!("{place}:{}:{}", error.line(), error.column()),
            format!("this is no JSON: {error}"),
        )
    })?;
    if let Some(domain) = database(name) {
        if !source.databases.iter().any(|(known, _)| known == domain) {
            source.databases.push((domain.to_owned(), json));
            source.read.push(place.to_owned());
        }
    } else if is_ontology(name) {
        source.ontology.get_or_insert(json);
    } else if let Json::Object(dialogues) = json {
        let shaped = dialogues
            .values()
            .next()
            .is_some_and(|one| one.get("goal").is_some() && one.get("log").is_some());
        if shaped {
            source.dialogues.extend(dialogues);
            source.read.push(place.to_owned());
        }
    } else if json.get(0).is_some_and(|one| one.get("services").is_some()) {
        let message = "this is the layout of MultiWOZ 2.2 (frames and services), which has no goals; import the original layout (data.json) of 2.1, 2.3 or 2.4";
        return Err(Error::malformed(place, message));
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The domain of a database file.
fn database(name: &str) -> Option<&str> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.strip_suffix("_db.json")
}

fn is_ontology(name: &str) -> bool {
    name.starts_with("ontology")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::read(
        path.display().to_string(),
        format!("can't be read ({error}); check the path and its permissions"),
    )
}
