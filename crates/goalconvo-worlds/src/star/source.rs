//! The files of a copy of STAR, each known by its content, wherever it lies.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::report::Report;
use crate::Error;
use crate::schemas::{Dialect, Level, Notes, SourceFile, read_text, walk};

/// What a copy of STAR holds.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// APIs by name.
    pub apis: BTreeMap<String, Json>,
    /// Tasks by name.
    pub tasks: BTreeMap<String, Json>,
    /// The wizard's replies by task: where both say something, these are the later words.
    pub replies: BTreeMap<String, Json>,
    /// Value domains by table.
    pub tables: BTreeMap<String, Json>,
    /// Dialogues in the order of their numbers.
    pub dialogues: Vec<(String, Json)>,
}

/// Reads all files below a folder.
///
/// # Errors
/// A file can't be read, or there is no task with an API in the folder.
pub(super) fn read(path: &Path, report: &mut Report) -> Result<Source, Error> {
    let mut source = Source::default();
    let mut numbered: Vec<(u64, String, Json)> = Vec::new();
    for file in walk(path)? {
        let place = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        if !place.ends_with(".json") && !place.ends_with(".json.gz") {
            continue;
        }
        let mut notes = Notes::default();
        let text = read_text(&file, &mut notes)?;
        for notice in notes.all().iter().filter(|notice| notice.level > Level::Note) {
            report.odd(&*place, notice.message.clone());
        }
        let json: Json = match serde_json::from_str(&text) {
            Ok(json) => json,
            Err(error) => {
                report.odd(&*place, format!("no JSON ({error}); left out"));
                continue;
            }
        };
        let named = SourceFile::new(format!("/{place}"));
        if let Some((number, id)) = dialogue_id(&json, named.stem()) {
            numbered.push((number, id, json));
        } else {
            source.take(&named, json, &place, report);
        }
    }
    numbered.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    report.read.insert("dialogues".to_owned(), numbered.len());
    source.dialogues = numbered.into_iter().map(|(_, id, json)| (id, json)).collect();
    if !source.tasks.keys().any(|task| source.apis.contains_key(task)) {
        return Err(Error::malformed(
            path.display().to_string(),
            "found no STAR task with an API of the same name; expected a copy of the corpus with its `tasks` and `apis` folders",
        ));
    }
    Ok(source)
}

impl Source {
    fn take(&mut self, file: &SourceFile, json: Json, place: &str, report: &mut Report) {
        let (kind, shelf, name) = match Dialect::of(&json, file) {
            Some(Dialect::StarApi) => ("apis", &mut self.apis, file.stem()),
            Some(Dialect::StarTask) => ("tasks", &mut self.tasks, file.stem()),
            Some(Dialect::StarReplies) => ("replies", &mut self.replies, file.folder()),
            Some(Dialect::StarTable) => ("tables", &mut self.tables, file.stem()),
            _ => return,
        };
        *report.read.entry(kind.to_owned()).or_default() += 1;
        if shelf.insert(name.to_owned(), json).is_some() {
            report
                .odd(place, format!("a second file of the {kind} describes {name:?}; the later one counts"));
        }
    }
}

/// Number and name of a dialogue; nothing if it is none.
fn dialogue_id(json: &Json, stem: &str) -> Option<(u64, String)> {
    json.get("Events")?.as_array()?;
    json.get("Scenario")?.as_object()?;
    let number = json.get("DialogueID").and_then(Json::as_u64).or_else(|| stem.parse().ok());
    Some((number.unwrap_or(u64::MAX), number.map_or_else(|| stem.to_owned(), |number| number.to_string())))
}
