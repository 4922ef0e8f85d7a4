//! Which files make up a suite: found beside the tasks, or named one by one.

use super::suite::{Suite, take_replay, tasks_of};
use crate::error::Error;
use crate::schemas::{self, Notes, read_text};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of one suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuiteFiles {
    /// The tasks.
    pub tasks: PathBuf,
    /// The tables: one file a table, or one with all.
    pub database: Vec<PathBuf>,
    /// Function schemas of the tools.
    pub tools: Vec<PathBuf>,
    /// A replay of the gold calls, if there is one.
    pub replay: Option<PathBuf>,
}

/// Finds the suites at a path: a file of tasks, or a folder with such files, with what lies beside them in the
/// layouts of τ-bench (`tasks_DOMAIN_SPLIT.json`, `data/DOMAIN/`) and τ²-bench (`DOMAIN/tasks.json`, `db.json`).
///
/// # Errors
/// If the path cannot be read, or no file of tasks is there.
pub fn discover(path: &Path) -> Result<Vec<SuiteFiles>, Error> {
    let mut found = Vec::new();
    collect(path, 0, &mut found)?;
    if found.is_empty() {
        return Err(Error::unsatisfiable(
            path.display().to_string(),
            "no file of tasks here; name one, tasks*.json",
        ));
    }
    Ok(found)
}

/// Reads a suite.
///
/// # Errors
/// If a file cannot be read or is not what it should be.
pub fn load(files: &SuiteFiles) -> Result<Suite, Error> {
    let place = files.tasks.display().to_string();
    let text = read_text(&files.tasks, &mut Notes::default())?;
    let value = serde_json::from_str(&text).map_err(|error| Error::malformed(&*place, error.to_string()))?;
    let mut tasks = tasks_of(&value, &place)?;
    let mut suite =
        Suite { name: place, text, terminating: vec!["transfer_to_human_agents".into()], ..Suite::default() };
    for table in &files.database {
        let value = read_value(table)?;
        match stem(table).as_str() {
            "db" | "user_db" => value
                .as_object()
                .into_iter()
                .flatten()
                .for_each(|(name, rows)| suite.database.add(name, rows)),
            name => suite.database.add(name, &value),
        }
    }
    if files.database.is_empty() {
        suite.unchecked.push("names in gold calls: no database was found".into());
    }
    if files.tools.is_empty() {
        suite.unchecked.push("tool names and arguments: no tool schemas were found".into());
    } else {
        suite.tools = schemas::load(&files.tools, false)?.0;
    }
    match &files.replay {
        Some(replay) => take_replay(&mut tasks, &read_lines(replay)?),
        None => suite.unchecked.push("whether gold calls succeed: no replay was found".into()),
    }
    suite.tasks = tasks;
    Ok(suite)
}

fn collect(path: &Path, depth: usize, found: &mut Vec<SuiteFiles>) -> Result<(), Error> {
    if path.is_file() {
        found.push(beside(path));
        return Ok(());
    }
    let failed = |error: std::io::Error| Error::read(path.display().to_string(), error.to_string());
    let mut children: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        children.push(entry.map_err(failed)?.path());
    }
    children.sort();
    for child in children {
        let name = child.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_tasks = name.starts_with("tasks") && (name.ends_with(".json") || name.ends_with(".json.gz"));
        if child.is_dir() && !child.is_symlink() && depth < 4 || child.is_file() && is_tasks {
            collect(&child, depth + 1, found)?;
        }
    }
    Ok(())
}

/// What lies beside a file of tasks.
fn beside(tasks: &Path) -> SuiteFiles {
    let folder = tasks.parent().unwrap_or(Path::new("")).to_owned();
    let named = stem(tasks);
    let existing =
        |candidates: Vec<PathBuf>| candidates.into_iter().filter(|path| path.is_file()).collect::<Vec<_>>();
    let mut files = SuiteFiles { tasks: tasks.to_owned(), ..SuiteFiles::default() };
    if let Some((domain, split)) = named.strip_prefix("tasks_").and_then(|rest| rest.rsplit_once('_'))
        && folder.join("data").join(domain).is_dir()
    {
        let tables = folder.join("data").join(domain);
        let mut all: Vec<PathBuf> =
            fs::read_dir(tables).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        all.sort();
        files.database = all.into_iter().filter(|path| path.to_string_lossy().contains(".json")).collect();
        files.tools = existing(vec![folder.join(format!("tools_{domain}.json"))]);
        let replay = format!("replay_{domain}_{split}.jsonl");
        files.replay =
            existing(vec![folder.join(&replay), folder.join(format!("{replay}.gz"))]).into_iter().next();
        return files;
    }
    let domain = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let names = ["db.json", "db.json.gz", "db.toml", "user_db.json", "user_db.toml"];
    files.database = existing(names.iter().map(|name| folder.join(name)).collect());
    let above = folder.join("../..");
    files.tools = existing(vec![folder.join("tools.json"), above.join(format!("env_{domain}.json"))]);
    files.tools.truncate(1);
    let replay = format!("replay_{domain}.jsonl");
    files.replay = existing(vec![above.join(&replay), above.join(format!("{replay}.gz"))]).into_iter().next();
    files
}

fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn read_value(path: &Path) -> Result<Value, Error> {
    let text = read_text(path, &mut Notes::default())?;
    let place = path.display().to_string();
    if path.extension().is_some_and(|extension| extension == "toml") {
        return toml::from_str(&text).map_err(|error| Error::malformed(place, error.to_string()));
    }
    serde_json::from_str(&text).map_err(|error| Error::malformed(place, error.to_string()))
}

fn read_lines(path: &Path) -> Result<Vec<Value>, Error> {
    let text = read_text(path, &mut Notes::default())?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let place = format!("{}:{}", path.display(), number + 1);
            serde_json::from_str(line).map_err(|error| Error::malformed(place, error.to_string()))
        })
        .collect()
}
