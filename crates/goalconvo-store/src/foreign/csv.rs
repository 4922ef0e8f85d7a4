//! Tables with a row for each turn: comma, semicolon or tab between the fields, quotes as in RFC 4180.

use std::collections::BTreeMap;

use goalconvo_core::Origin;

use super::draft::Draft;
use super::piece::Flaw;
use super::roles::roles_of;

/// The columns that are understood, with their other names. The first three can be absent.
const COLUMNS: [(&str, &[&str]); 5] = [
    (
        "dialogue",
        &[
            "dialogue_id",
            "dialog",
            "dialog_id",
            "conversation",
            "conversation_id",
            "session",
            "session_id",
            "chat_id",
            "id",
        ],
    ),
    ("turn", &["turn_id", "turn_index", "turn_number", "utterance_id", "index", "order", "position", "seq"]),
    ("domain", &["domains", "service"]),
    ("role", &["speaker", "from", "sender", "author", "agent", "who"]),
    ("text", &["utterance", "content", "message", "value", "body", "transcript"]),
];

/// Whether a text's first line is such a header.
pub(super) fn is_table(text: &str) -> bool {
    let header = text.lines().next().unwrap_or_default();
    let names = [b',', b';', b'\t'].map(|separator| rows(header, separator));
    names
        .iter()
        .any(|rows| rows.as_ref().is_ok_and(|rows| rows.first().is_some_and(|row| columns(row).is_ok())))
}

/// Reads all dialogues of a table, each with the place of its first row, in the order of their first rows.
pub(super) fn read(text: &str) -> Result<Vec<(String, Draft)>, Flaw> {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    let separator = [b',', b';', b'\t'].into_iter().max_by_key(count).unwrap_or(b',');
    let mut rows = rows(text, separator)?.into_iter();
    let header = rows.next().ok_or_else(|| flaw(1, "found nothing; expected a header and rows"))?;
    let columns = columns(&header)?;
    let width = header.fields.len();
    let mut dialogues: Vec<(String, Vec<Row>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        if row.fields.len() != width {
            let found = row.fields.len();
            return Err(flaw(row.line, format!("found {found} fields; expected {width} as in the header")));
        }
        let name = columns.get("dialogue").map_or_else(String::new, |at| row.fields[*at].clone());
        let at = *known.entry(name.clone()).or_insert(dialogues.len());
        if at == dialogues.len() {
            dialogues.push((name, Vec::new()));
        }
        dialogues[at].1.push(row);
    }
    let lost: Vec<&String> = (0..width)
        .filter(|at| !columns.values().any(|known| known == at))
        .map(|at| &header.fields[at])
        .collect();
    let draft = |(name, rows): (String, Vec<Row>)| draft(&name, rows, &columns, &lost);
    dialogues.into_iter().map(draft).collect()
}

fn draft(
    name: &str,
    mut rows: Vec<Row>,
    columns: &BTreeMap<&'static str, usize>,
    lost: &[&String],
) -> Result<(String, Draft), Flaw> {
    let place = rows.first().map_or_else(String::new, |row| format!("line {}", row.line));
    if let Some(at) = columns.get("turn") {
        let number = |row: &Row| {
            let text = &row.fields[*at];
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .ok_or_else(|| flaw(row.line, format!("found the turn {text:?}; expected a number")))
        };
        let numbers = rows.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        let mut order: Vec<(f64, Row)> = numbers.into_iter().zip(rows).collect();
        order.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        rows = order.into_iter().map(|(_, row)| row).collect();
    }
    let (role, text) = (columns["role"], columns["text"]);
    let mut draft = Draft::named((!name.is_empty()).then(|| name.to_owned()));
    let speakers: Vec<&str> = rows.iter().map(|row| row.fields[role].trim()).collect();
    let roles = roles_of(&speakers, &mut draft.notes);
    for row in &rows {
        let speaker = row.fields[role].trim();
        match roles.get(speaker) {
            Some(role) => draft.say(*role, &row.fields[text], Origin::Unknown),
            None => draft
                .notes
                .lost(format!("turns of a third speaker, {speaker:?}"), format!("line {}", row.line)),
        }
        if let Some(domain) = columns.get("domain").map(|at| row.fields[*at].trim())
            && !domain.is_empty()
            && !draft.domains.iter().any(|known| known == domain)
        {
            draft.domains.push(domain.into());
        }
        for column in lost {
            draft.notes.lost(format!("fields of the column {column:?}"), "");
        }
    }
    Ok((place, draft))
}

/// Where each known column stands; role and text must be among them.
fn columns(header: &Row) -> Result<BTreeMap<&'static str, usize>, Flaw> {
    let mut found = BTreeMap::new();
    let plain = |name: &String| name.trim().to_lowercase().replace([' ', '-'], "_");
    let names: Vec<String> = header.fields.iter().map(plain).collect();
    for (column, others) in COLUMNS {
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        if let Some(at) = place(column).or_else(|| others.iter().find_map(|other| place(other))) {
            found.insert(column, at);
        }
    }
    for needed in ["role", "text"] {
        if !found.contains_key(needed) {
            // A file that is no table may be one endless line.
            let columns: Vec<String> =
                header.fields.iter().take(8).map(|field| field.chars().take(40).collect()).collect();
            let what = format!("found the columns {columns:?}; expected one named {needed}");
            return Err(flaw(header.line, what));
        }
    }
    Ok(found)
}

struct Row {
    line: usize,
    fields: Vec<String>,
}

fn flaw(line: usize, what: impl Into<String>) -> Flaw {
    Flaw { pointer: format!("line {line}"), what: what.into() }
}

/// Cuts a text into rows; empty lines are none.
fn rows(text: &str, separator: u8) -> Result<Vec<Row>, Flaw> {
    let separator = char::from(separator);
    let mut rows = Vec::new();
    let mut characters = text.chars().peekable();
    let mut line = 1;
    while characters.peek().is_some() {
        let start = line;
        let mut fields = Vec::new();
        loop {
            let mut field = String::new();
            if characters.next_if_eq(&'"').is_some() {
                quoted(&mut characters, &mut field, &mut line, start)?;
            }
            while let Some(c) = characters.next_if(|c| *c != separator && *c != '\n') {
                field.push(c);
            }
            let more = characters.next();
            if more == Some('\n') || more.is_none() {
                line += 1;
                if field.ends_with('\r') {
                    field.pop();
                }
            }
            fields.push(field);
            if more != Some(separator) {
                break;
            }
        }
        if fields.len() > 1 || fields.first().is_some_and(|field| !field.trim().is_empty()) {
            rows.push(Row { line: start, fields });
        }
    }
    Ok(rows)
}

/// The rest of a field in quotes, the closing one taken.
fn quoted(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    field: &mut String,
    line: &mut usize,
    start: usize,
) -> Result<(), Flaw> {
    loop {
        match characters.next() {
            Some('"') if characters.next_if_eq(&'"').is_some() => field.push('"'),
            Some('"') => return Ok(()),
            Some(c) => {
                *line += usize::from(c == '\n');
                field.push(c);
            }
            None => return Err(flaw(start, "found a quoted field without an end; expected a closing \"")),
        }
    }
}
