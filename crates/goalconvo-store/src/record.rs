//! Dialogues read back: from a run folder or a single file, each with its line, errors with a JSON pointer.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use goalconvo_core::{Dialogue, ToolTurn, Utterance};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::error::Kind;
use crate::{Error, Header, Lines, Worlds};

/// Where dialogues lie: a run folder, or one `.jsonl` file, plain or gzip; `-` is standard input.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The file with the dialogues.
    pub file: PathBuf,
    /// What the run is; absent for a single file.
    pub header: Option<Header>,
    /// Shared material; absent for a single file outside a run folder.
    pub worlds: Option<Worlds>,
}

impl Dataset {
    /// What lies at a path.
    ///
    /// # Errors
    /// Nothing is there, or it is a folder that is no run.
    pub fn at(path: &Path) -> Result<Self, Error> {
        if path.as_os_str() == "-" {
            return Ok(Dataset { file: path.to_owned(), header: None, worlds: None });
        }
        let found = std::fs::metadata(path).map_err(Error::io("open", path))?;
        if !found.is_dir() {
            let worlds = path.parent().map(|folder| folder.join("worlds")).filter(|worlds| worlds.is_dir());
            return Ok(Dataset { file: path.to_owned(), header: None, worlds: worlds.map(Worlds::new) });
        }
        let header = path.join("run.toml");
        if !header.exists() {
            let what = "found a folder without run.toml; expected a run folder or a .jsonl file";
            let records = path.join("dialogues.jsonl");
            let near = records.exists().then(|| format!("; did you mean {}?", records.display()));
            return Err(Error::content(path, format!("{what}{}", near.unwrap_or_default())));
        }
        let header = Header::read(&header)?;
        let worlds = Worlds::new(path.join("worlds"));
        Ok(Dataset { file: path.join("dialogues.jsonl"), header: Some(header), worlds: Some(worlds) })
    }

    /// Its lines, not yet read as dialogues: for callers that do so in parallel with [`dialogue`].
    ///
    /// # Errors
    /// The system refuses.
    pub fn lines(&self) -> Result<Lines, Error> {
        Lines::open(&self.file)
    }

    /// Whether its last line lacks its end: in a run, what a process leaves that was ended while it wrote.
    ///
    /// # Errors
    /// The system refuses.
    pub fn is_cut(&self) -> Result<bool, Error> {
        if self.header.is_none() {
            return Ok(false);
        }
        let mut file = File::open(&self.file).map_err(Error::io("open", &self.file))?;
        let mut last = [b'\n'];
        if file.metadata().map_err(Error::io("read", &self.file))?.len() > 0 {
            file.seek(SeekFrom::End(-1)).map_err(Error::io("read", &self.file))?;
            file.read_exact(&mut last).map_err(Error::io("read", &self.file))?;
        }
        Ok(last != [b'\n'])
    }

    /// Its dialogues.
    ///
    /// # Errors
    /// The system refuses.
    pub fn dialogues(&self) -> Result<Dialogues, Error> {
        Ok(Dialogues { lines: self.lines()? })
    }
}

/// Dialogues with the numbers of their lines.
pub struct Dialogues {
    lines: Lines,
}

impl Iterator for Dialogues {
    type Item = Result<(u64, Dialogue), Error>;

    /// A line that is no dialogue is an error, and the next line comes after it.
    fn next(&mut self) -> Option<Self::Item> {
        let read = self.lines.next()?;
        Some(read.and_then(|(line, text)| Ok((line, dialogue(self.lines.path(), line, &text)?))))
    }
}

/// Reads one line as a dialogue; file and line are for the error.
///
/// # Errors
/// The line is no JSON, or no dialogue of this version: the JSON pointer says where.
///
/// ```
/// # use std::path::Path;
/// let error = goalconvo_store::dialogue(Path::new("d.jsonl"), 7, r#"{"format":"goalconvo/1","id":3}"#).unwrap_err();
/// assert!(error.to_string().starts_with("d.jsonl line 7 at /id: invalid type: integer `3`, expected a string"));
/// ```
pub fn dialogue(file: &Path, line: u64, text: &str) -> Result<Dialogue, Error> {
    // serde would read a list as the fields in their order.
    if !text.trim_start().starts_with('{')
        && let Ok(found) = serde_json::from_str::<serde_json::Value>(text)
    {
        let what = format!("found {}; expected a JSON object", kind(&found));
        return Err(Error::new(Kind::Record { path: file.to_owned(), line, pointer: String::new(), what }));
    }
    // The plain way is fast; only a record that fails is read again with a track of where.
    let Err(error) = serde_json::from_str::<Dialogue>(text) else {
        return serde_json::from_str(text).map_err(|error| syntax(file, (line, text), &error));
    };
    // What stands where it can't stand, such as null for a name, counts as syntax to the reader of JSON.
    if error.classify() != Category::Data && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(syntax(file, (line, text), &error));
    }
    let (pointer, what) = explain(text).unwrap_or_else(|| (String::new(), without_place(&error)));
    Err(Error::new(Kind::Record { path: file.to_owned(), line, pointer, what }))
}

fn kind(value: &serde_json::Value) -> &'static str {
    use serde_json::Value;
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn syntax(file: &Path, (line, text): (u64, &str), error: &serde_json::Error) -> Error {
    if line == 1 && ["{", "["].contains(&text.trim()) {
        let what = "found one JSON document over many lines; expected one whole JSON object a line, as `jq -c . FILE` writes \
                    it";
        return Error::content(file, what);
    }
    let what = match error.classify() {
        Category::Eof => "it ends in the middle".to_owned(),
        _ => without_place(error),
    };
    Error::new(Kind::Syntax { path: file.to_owned(), line, column: error.column(), what })
}

/// Where and why a JSON text is no dialogue.
fn explain(text: &str) -> Option<(String, String)> {
    let (pointer, what) = track::<Dialogue>(text)?;
    // A turn is read through a buffer (its role decides what it is), which loses the place within it.
    let Some(at) = pointer.strip_prefix("/turns/").filter(|at| !at.contains('/')) else {
        return Some((pointer, what));
    };
    let record: serde_json::Value = serde_json::from_str(text).ok()?;
    let turn = record.pointer(&format!("/turns/{at}"))?;
    let inner = match turn.get("role").and_then(serde_json::Value::as_str) {
        Some("user" | "assistant") => track::<Utterance>(&turn.to_string()),
        Some("tool") => track::<ToolTurn>(&turn.to_string()),
        _ => None,
    };
    let (rest, what) = inner.unwrap_or((String::new(), what));
    Some((pointer + &rest, what))
}

fn track<T: DeserializeOwned>(text: &str) -> Option<(String, String)> {
    let mut source = serde_json::Deserializer::from_str(text);
    let error = serde_path_to_error::deserialize::<_, T>(&mut source).err()?;
    let what = without_place(error.inner());
    let mut pointer = String::new();
    for step in error.path() {
        use serde_path_to_error::Segment;
        match step {
            Segment::Seq { index } => pointer += &format!("/{index}"),
            Segment::Map { key } => pointer += &format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    Some((pointer, what))
}

/// serde_json's message without its own "at line 1 column 17".
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}
