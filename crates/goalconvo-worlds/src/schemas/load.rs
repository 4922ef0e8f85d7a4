//! Reading files and folders of schemas, in an order that does not depend on the machine.

use super::detect::{Dialect, SourceFile};
use super::report::{FileReport, Level, LoadReport, Notes, Status};
use super::{bfcl, functions, json, mcp, openapi, sgd, sql, star, swagger2, toolbench};
use crate::error::Error;
use crate::registry::Registry;
use crate::registry::assemble::{FileDraft, assemble};
use crate::registry::draft::Material;
use crate::unfold::unfold;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Loads every schema under the paths: files, or folders with all that is below them.
///
/// # Errors
/// If a path cannot be read; if a file that was named itself is of no known dialect; with `strict`, if any file
/// has a warning or a loss.
pub fn load(paths: &[PathBuf], strict: bool) -> Result<(Registry, LoadReport), Error> {
    load_with(paths, &[], strict)
}

/// Loads schemas as [`load`] does, and beside the files some texts that lie in no file: a server's answer.
///
/// # Errors
/// Those of [`load`]; a text counts as a file that was named itself.
pub fn load_with(
    paths: &[PathBuf],
    texts: &[(SourceFile, String)],
    strict: bool,
) -> Result<(Registry, LoadReport), Error> {
    let mut files = Vec::new();
    for (file, text) in texts {
        files.push(draft_of(
            file,
            text,
            FileDraft { file: file.path.clone(), ..FileDraft::default() },
            true,
        )?);
    }
    for path in paths {
        let named = path.is_file();
        for file in walk(path)? {
            files.push(read_draft(&file, named)?);
        }
    }
    let (mut drafts, statuses): (Vec<FileDraft>, Vec<Status>) = files.into_iter().unzip();
    let registry = assemble(&mut drafts);
    let report = report_of(&registry, drafts, &statuses);
    if strict {
        refuse_warnings(&report)?;
    }
    Ok((registry, report))
}

/// Imports the text of one file. Never fails: what could not be understood is in the notes.
pub fn import_text(file: &SourceFile, text: &str, notes: &mut Notes) -> (Option<Dialect>, Material) {
    if text.trim().is_empty() {
        notes.warn("empty_file", "", "the file is empty; nothing was there to load");
        return (None, Material::default());
    }
    match extension(&file.path) {
        "sql" | "ddl" => (Some(Dialect::Sql), sql::import(file, text, notes)),
        "jsonl" | "ndjson" => import_lines(file, text, notes),
        "yaml" | "yml" => match serde_yaml_ng::from_str::<Value>(text) {
            Ok(value) => import_value(file, &value, notes),
            Err(error) => malformed(notes, &error.to_string()),
        },
        _ => match json::parse(text, notes) {
            Ok(value) => import_value(file, &value, notes),
            // BFCL names files of JSON lines `.json`.
            Err(_)
                if text
                    .lines()
                    .take(2)
                    .all(|line| line.trim_start().starts_with('{') && line.trim_end().ends_with('}')) =>
            {
                import_lines(file, text, notes)
            }
            Err(error) => malformed(notes, &error),
        },
    }
}

fn import_lines(file: &SourceFile, text: &str, notes: &mut Notes) -> (Option<Dialect>, Material) {
    let mut entries = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match json::parse(line, notes) {
            Ok(value) => entries.push(value),
            Err(error) => {
                notes.lose("malformed_line", &format!("/{number}"), format!("line {}: {error}", number + 1));
            }
        }
    }
    import_value(file, &Value::Array(entries), notes)
}

fn malformed(notes: &mut Notes, error: &str) -> (Option<Dialect>, Material) {
    notes.lose("malformed", "", format!("{error}; expected a whole document, so repair or remove the file"));
    (None, Material::default())
}

fn import_value(file: &SourceFile, value: &Value, notes: &mut Notes) -> (Option<Dialect>, Material) {
    let Some(dialect) = Dialect::of(value, file) else {
        notes.warn("unrecognised", "", format!("no known schema dialect: {}", outline(value)));
        return (None, Material::default());
    };
    let material = match dialect {
        Dialect::ToolBench => toolbench::import(file, value, notes),
        Dialect::ToolBenchQueries => toolbench::import_queries(value, notes),
        Dialect::ToolBenchResponses => toolbench::import_responses(file, value, notes),
        Dialect::OpenApi => openapi::import(file, value, notes),
        Dialect::Swagger2 => swagger2::import(file, value, notes),
        Dialect::Mcp => mcp::import(file, value, notes),
        Dialect::Functions => functions::import(file, value, notes),
        Dialect::Sgd => sgd::import(value, notes),
        Dialect::StarApi => star::import_api(file, value, notes),
        Dialect::StarTask => star::import_task(file, value, notes),
        Dialect::StarTable => star::import_table(file, value, notes),
        Dialect::StarReplies => star::import_replies(file, value, notes),
        Dialect::Bfcl => bfcl::import(file, value, notes),
        Dialect::Sql => Material::default(),
    };
    (Some(dialect), material)
}

fn outline(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let keys: Vec<&str> = map.keys().take(6).map(String::as_str).collect();
            format!("an object with keys {keys:?}")
        }
        Value::Array(items) => format!("a list of {}", items.len()),
        other => format!("a single {}", if other.is_string() { "string" } else { "value" }),
    }
}

/// The files below a path, in order of name.
pub(crate) fn walk(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let place = path.display().to_string();
    let entries = fs::read_dir(path).map_err(|error| Error::read(place.clone(), error.to_string()))?;
    let mut children = Vec::new();
    for entry in entries {
        children.push(entry.map_err(|error| Error::read(place.clone(), error.to_string()))?.path());
    }
    children.sort();
    let mut files = Vec::new();
    for child in children {
        // A link to a folder could lead round in circles.
        if child.is_dir() && !child.is_symlink() {
            files.extend(walk(&child)?);
        } else if child.is_file() {
            files.push(child);
        }
    }
    Ok(files)
}

fn read_draft(path: &Path, named: bool) -> Result<(FileDraft, Status), Error> {
    let place: String =
        path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let file = SourceFile::new(place.replacen("//", "/", 1));
    let mut draft = FileDraft { file: file.path.clone(), ..FileDraft::default() };
    if !["json", "jsonl", "ndjson", "yaml", "yml", "sql", "ddl"].contains(&extension(&file.path)) && !named {
        draft.notes.note(
            "not_a_schema",
            "",
            "neither JSON, JSON lines, YAML nor SQL by its name; passed over",
        );
        return Ok((draft, Status::Skipped));
    }
    let text = read_text(path, &mut draft.notes)?;
    draft_of(&file, &text, draft, named)
}

/// The draft of a file, filled from its text.
fn draft_of(
    file: &SourceFile,
    text: &str,
    mut draft: FileDraft,
    named: bool,
) -> Result<(FileDraft, Status), Error> {
    let (dialect, material) = import_text(file, text, &mut draft.notes);
    if dialect.is_none() && named {
        let reason =
            draft.notes.all().last().map_or("no known schema dialect", |notice| notice.message.as_str());
        return Err(Error::malformed(file.path.clone(), reason));
    }
    draft.source = dialect.map_or_else(String::new, |dialect| dialect.name().to_owned());
    draft.material = material;
    let status = match dialect {
        Some(_) => Status::Loaded,
        None if draft.notes.count(Level::Loss) > 0 => Status::Failed,
        None => Status::Skipped,
    };
    Ok((draft, status))
}

/// The text of a file, unfolded if it is compressed.
pub(crate) fn read_text(path: &Path, notes: &mut Notes) -> Result<String, Error> {
    let place = path.display().to_string();
    let mut bytes = fs::read(path).map_err(|error| Error::read(&*place, error.to_string()))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        bytes = unfold(&bytes).map_err(|message| Error::malformed(place, message))?;
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| {
        notes.warn(
            "not_utf8",
            "",
            format!("byte {} is no UTF-8; replaced", error.utf8_error().valid_up_to()),
        );
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    }))
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn report_of(registry: &Registry, drafts: Vec<FileDraft>, statuses: &[Status]) -> LoadReport {
    let files: Vec<FileReport> = drafts
        .into_iter()
        .zip(statuses)
        .map(|(draft, &status)| FileReport {
            path: draft.file,
            source: draft.source,
            status,
            tools: draft.tools,
            endpoints: draft.endpoints,
            merged: draft.merged,
            lost: draft.notes.count(Level::Loss),
            notices: draft.notes.into_notices(),
        })
        .collect();
    let notices = files.iter().flat_map(|file| &file.notices);
    LoadReport {
        tools: registry.tools.len(),
        endpoints: registry.endpoints().count(),
        lost: files.iter().map(|file| file.lost).sum(),
        warnings: notices.filter(|notice| notice.level == Level::Warning).count(),
        files,
    }
}

fn refuse_warnings(report: &LoadReport) -> Result<(), Error> {
    let serious = report
        .files
        .iter()
        .flat_map(|file| file.notices.iter().map(move |notice| (file, notice)))
        .find(|(_, notice)| notice.level > Level::Note);
    let Some((file, notice)) = serious else { return Ok(()) };
    let place =
        format!("{}{}{}", file.path, if notice.pointer.is_empty() { "" } else { "#" }, notice.pointer);
    let total = report.warnings + report.lost;
    Err(Error::strict(
        place,
        format!(
            "{} ({}); {total} warnings and losses in all, none allowed when strict",
            notice.message, notice.code
        ),
    ))
}
