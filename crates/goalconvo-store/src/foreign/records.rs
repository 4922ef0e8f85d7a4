//! Where the dialogues of a file are: one a line, the items of a list, the values of an object, or the file as a whole.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value as Json;

use super::draft::Draft;
use super::piece::{Flaw, kind};
use super::{Form, csv, txt};
use crate::error::Kind;
use crate::{Error, Lines};

/// No document that is read as a whole is longer than this.
const LONGEST: u64 = 4 << 30;

/// A file that is being read.
pub(super) enum Records {
    /// The project's own records, one a line.
    Native(Lines),
    /// One JSON value a line.
    Lines(Lines),
    /// The parts of one JSON document.
    Parts(std::vec::IntoIter<Record>),
    /// What a table or a text holds.
    Drafts(std::vec::IntoIter<(String, Draft)>),
}

/// One dialogue as JSON.
pub(super) struct Record {
    /// Its line or its pointer in the file.
    pub(super) place: String,
    /// The key under which it stands, where it does.
    pub(super) key: Option<String>,
    /// What it is.
    pub(super) json: Json,
}

/// Opens a file as `form`, or as what it is.
///
/// # Errors
/// The system refuses, or the content is of no known format.
pub(super) fn open(path: &Path, form: Option<Form>) -> Result<(Form, Records), Error> {
    match form {
        Some(form) if form.is_json() => return open_json(path, Some(form)),
        Some(form) => return open_text(path, form, &text_of(path)?),
        None => {}
    }
    let head = head(path)?;
    // "[Customer]: Hello." begins as a list does.
    if head.trim_start().starts_with(['{', '[']) && !txt::is_transcript(&head) {
        return open_json(path, None);
    }
    let text = text_of(path)?;
    if csv::is_table(&text) {
        if text.trim().lines().nth(1).is_none() {
            let what = "found the header of a table and no row; expected dialogues, or --format csv if there are none";
            return Err(Error::content(path, what));
        }
        open_text(path, Form::Csv, &text)
    } else if txt::is_transcript(&text) {
        open_text(path, Form::Txt, &text)
    } else if text.trim().is_empty() {
        Err(Error::content(path, "found an empty file; expected dialogues"))
    } else {
        Err(unknown(path, "line 1", "text that is no JSON, no table with role and text, and no transcript"))
    }
}

fn open_text(path: &Path, form: Form, text: &str) -> Result<(Form, Records), Error> {
    let drafts = if form == Form::Csv { csv::read(text) } else { txt::read(text) };
    let drafts = drafts.map_err(|flaw| foreign(path, "", flaw))?;
    Ok((form, Records::Drafts(drafts.into_iter())))
}

fn open_json(path: &Path, form: Option<Form>) -> Result<(Form, Records), Error> {
    // Two lines tell whether there is a value a line; a document of one endless line is read as a whole.
    let mut lines = Lines::open(path)?;
    let first = lines.next().and_then(Result::ok).map(|(_, text)| text);
    let first: Option<Json> = first.and_then(|text| serde_json::from_str(unmarked(&text)).ok());
    let by_line = |first: &Json, lines: &mut Lines| Form::of(first).is_some() || lines.next().is_some();
    if let Some(first) = first.filter(|first| by_line(first, &mut lines)) {
        let found = form.or_else(|| Form::of(&first));
        let found = found.ok_or_else(|| unknown(path, "line 1", &kind(&first)))?;
        let lines = Lines::open(path)?;
        return Ok((
            found,
            if found == Form::Goalconvo { Records::Native(lines) } else { Records::Lines(lines) },
        ));
    }
    let text = text_of(path)?;
    let json: Json = serde_json::from_str(&text).map_err(|error| broken(path, &error))?;
    let parts = split(json).map_err(|flaw| match form {
        None => unknown(path, &flaw.pointer, &flaw.what),
        Some(form) => {
            let what = format!("found {}; expected {} as {form} has it", flaw.what, form.shape());
            foreign(path, "", Flaw { what, ..flaw })
        }
    })?;
    let found = form.or_else(|| Form::of(&parts.first()?.json));
    let found = found.ok_or_else(|| match parts.first() {
        Some(part) => unknown(path, &part.place, &kind(&part.json)),
        None => Error::content(
            path,
            "found an empty list; expected dialogues, or --format to say what it is empty of",
        ),
    })?;
    Ok((found, Records::Parts(parts.into_iter())))
}

/// The dialogues of a document. The flaw says what was found instead.
fn split(json: Json) -> Result<Vec<Record>, Flaw> {
    const WRAPPERS: [&str; 9] =
        ["dialogues", "dialogs", "data", "conversations", "samples", "examples", "items", "records", "rows"];
    if Form::of(&json).is_some() {
        return Ok(vec![Record { place: String::new(), key: None, json }]);
    }
    let items = |list: Vec<Json>, above: &str| {
        let record = |(at, json)| Record { place: format!("{above}/{at}"), key: None, json };
        list.into_iter().enumerate().map(record).collect()
    };
    let found = kind(&json);
    let mut object = match json {
        Json::Array(list) => return Ok(items(list, "")),
        Json::Object(object) => object,
        _ => return Err(Flaw { pointer: String::new(), what: found }),
    };
    for key in WRAPPERS {
        match object.get_mut(key).map(Json::take) {
            Some(Json::Array(list)) => return Ok(items(list, &format!("/{key}"))),
            Some(Json::Object(inner))
                if inner.values().next().is_some_and(|json| Form::of(json).is_some()) =>
            {
                return Ok(values(inner, &format!("/{key}")));
            }
            _ => {}
        }
    }
    if object.values().next().is_some_and(|json| Form::of(json).is_some()) {
        return Ok(values(object, ""));
    }
    Err(Flaw { pointer: String::new(), what: found })
}

fn values(object: serde_json::Map<String, Json>, above: &str) -> Vec<Record> {
    let record = |(key, json): (String, Json)| {
        let place = format!("{above}/{}", key.replace('~', "~0").replace('/', "~1"));
        let name = key.strip_suffix(".json").unwrap_or(&key).to_owned();
        Record { place, key: Some(name), json }
    };
    object.into_iter().map(record).collect()
}

/// How a file begins.
fn head(path: &Path) -> Result<String, Error> {
    let mut start = Vec::new();
    Lines::source(path)?.take(4096).read_to_end(&mut start).map_err(Error::io("read", path))?;
    Ok(unmarked(&String::from_utf8_lossy(&start)).to_owned())
}

fn text_of(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let mut source = Lines::source(path)?.take(LONGEST);
    source.read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    if bytes.len() as u64 == LONGEST {
        return Err(Error::content(path, "found more than 4 GiB in one document; write one dialogue a line"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        Error::content(path, format!("no UTF-8 at byte {at}; save the file as UTF-8"))
    })?;
    Ok(unmarked(&text).to_owned())
}

/// A text without the byte-order mark that some programs write.
pub(super) fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn broken(path: &Path, error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    let place = format!("line {} column {}", error.line(), error.column());
    let what = format!("broken JSON, {what}; expected one whole JSON document, or one JSON object a line");
    foreign(path, "", Flaw { pointer: place, what })
}

fn unknown(path: &Path, place: &str, found: &str) -> Error {
    let known: Vec<String> = Form::ALL.iter().map(|form| format!("\n  {form}: {}", form.shape())).collect();
    let what = format!(
        "found {found}; expected one of{}\nname it with --format if it is one of these",
        known.concat()
    );
    foreign(path, "", Flaw { pointer: place.to_owned(), what })
}

/// A flaw in a dialogue at `place`, as an error of the file.
pub(super) fn foreign(path: &Path, place: &str, flaw: Flaw) -> Error {
    let Flaw { pointer, what } = flaw;
    let place = match (place.starts_with('/') || place.is_empty(), pointer.starts_with('/')) {
        (true, true) => format!("at {place}{pointer}"),
        (false, true) => format!("{place} at {pointer}"),
        (_, false) if pointer.is_empty() && place.starts_with('/') => format!("at {place}"),
        (_, false) if pointer.is_empty() => place.to_owned(),
        (_, false) => pointer,
    };
    Error::new(Kind::Foreign { path: path.to_owned(), place, what })
}
