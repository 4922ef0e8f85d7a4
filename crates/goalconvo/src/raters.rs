//! The files of human evaluation: blind tasks and their key out, ratings in.

use std::path::{Path, PathBuf};

use goalconvo_core::Dialogue;
use goalconvo_metrics::Report;
use goalconvo_metrics::human::{Key, Rating, TaskSettings, blind_tasks, rated};
use goalconvo_store::write_whole;
use serde::de::DeserializeOwned;

use crate::Error;

/// Writes blind tasks of the datasets to `out` and their key to `out` with `.key.json` for an ending. Gives the number
/// of tasks and the key's path.
///
/// # Errors
/// A file cannot be written, or no dataset has a dialogue of two utterances.
pub fn write_tasks(
    datasets: &[(String, Vec<Dialogue>)],
    settings: TaskSettings,
    out: &Path,
) -> Result<(usize, PathBuf), Error> {
    let (tasks, key) = blind_tasks(datasets, settings);
    if tasks.tasks.is_empty() {
        return Err(Error::bad_input("found no dialogue of two utterances; expected some to rate"));
    }
    let key_file = out.with_extension("key.json");
    write_whole(out, &serde_json::to_vec_pretty(&tasks)?)?;
    write_whole(&key_file, &serde_json::to_vec_pretty(&key)?)?;
    Ok((tasks.tasks.len(), key_file))
}

/// The figures of the ratings in one file, with the key in another.
///
/// # Errors
/// A file cannot be read or is none of these; a rating does not fit the key.
pub fn figures(ratings: &Path, key: &Path) -> Result<Report, Error> {
    let found = text(key)?;
    let key: Key = serde_json::from_str(&found).map_err(|error| {
        let what = "expected the key that `--human` writes beside its tasks, NAME.key.json";
        Error::bad_input(format!("{}: {error}; {what}", key.display()))
    })?;
    let given = read_ratings(ratings)?;
    rated(&key, &given).map_err(|error| Error::bad_input(format!("{}: {error}", ratings.display())))
}

/// Ratings as a JSON list, one JSON object a line, or a table with the columns rater, task, scale and rating.
fn read_ratings(path: &Path) -> Result<Vec<Rating>, Error> {
    let text = text(path)?;
    match text.trim_start().chars().next() {
        Some('[') => parse(path, &text),
        Some('{') => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let rating = |(at, line): (usize, &str)| {
                serde_json::from_str(line).map_err(|error| {
                    let what = format!("{error}; expected {{\"rater\", \"task\", \"scale\", \"rating\"}}");
                    Error::bad_input(format!("{} line {}: {what}", path.display(), at + 1))
                })
            };
            lines.map(rating).collect()
        }
        _ => table(path, &text),
    }
}

const COLUMNS: [&str; 4] = ["rater", "task", "scale", "rating"];

fn table(path: &Path, text: &str) -> Result<Vec<Rating>, Error> {
    let wrong =
        |line: usize, what: String| Error::bad_input(format!("{} line {line}: {what}", path.display()));
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, header) = lines.next().unwrap_or_default();
    let names: Vec<&str> = header.split(',').map(str::trim).collect();
    let place = |name: &&str| names.iter().position(|known| known == name);
    let places: Vec<usize> = COLUMNS.iter().filter_map(place).collect();
    let [rater, task, scale, rating] = places[..] else {
        return Err(wrong(1, format!("found the columns {names:?}; expected {COLUMNS:?}")));
    };
    let row = |(at, line): (usize, &str)| {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        if fields.len() != names.len() || line.contains('"') {
            let what = format!("found {line:?}; expected {} fields without quotes", names.len());
            return Err(wrong(at + 1, what));
        }
        let number = fields[rating].parse();
        let rating = number
            .map_err(|_| wrong(at + 1, format!("found {:?}; expected a whole number", fields[rating])))?;
        let [rater, task, scale] = [rater, task, scale].map(|at| fields[at].to_owned());
        Ok(Rating { rater, task, scale, rating })
    };
    lines.map(row).collect()
}

fn text(path: &Path) -> Result<String, Error> {
    let refused = |error| Error::bad_input(format!("read {}: {error}; check the path", path.display()));
    std::fs::read_to_string(path).map_err(refused)
}

fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::bad_input(format!("{}: {error}", path.display())))
}
