//! `run.toml`: what a run is, so that nobody continues it as something else.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use goalconvo_core::ContentHash;
use serde::{Deserialize, Serialize};

use crate::error::Kind;
use crate::{Error, files};

/// The version of a run folder: readers refuse another one.
pub const RUN_FORMAT: &str = "goalconvo-run/1";

/// What a run is: everything that decides its bytes, and how far it was asked to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always [`RUN_FORMAT`].
    pub format: String,
    /// The program and its version.
    pub program: String,
    /// Hash of `config`.
    pub config_hash: String,
    /// The first index.
    pub from: u64,
    /// One past the last index that was asked for.
    pub to: u64,
    /// Which part of which whole this is, in words; such a run can't be asked for more. Absent for a whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// All settings that decide what is written; no secrets.
    pub config: toml::Table,
}

impl Header {
    /// The header of a run of these indexes with these settings.
    pub fn new(program: &str, indexes: Range<u64>, config: toml::Table) -> Self {
        let config_hash = hash(&config);
        let (format, program) = (RUN_FORMAT.to_owned(), program.to_owned());
        Header { format, program, config_hash, from: indexes.start, to: indexes.end, shard: None, config }
    }

    /// The indexes that were asked for.
    pub fn indexes(&self) -> Range<u64> {
        self.from..self.to
    }

    /// Reads `run.toml`.
    ///
    /// # Errors
    /// It can't be read, is no header, is of another version, or its settings don't have the hash that it names.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        let table: toml::Table =
            toml::from_str(&text).map_err(|error| Error::content(path, one_line(&error)))?;
        match table.get("format").and_then(toml::Value::as_str) {
            Some(RUN_FORMAT) => {}
            found => {
                let found = found.map_or("no format".to_owned(), |found| format!("format {found:?}"));
                let what = format!(
                    "found {found}, this program reads {RUN_FORMAT:?}; use the version that made the run"
                );
                return Err(Error::content(path, what));
            }
        }
        let header: Header = toml::from_str(&text).map_err(|error| Error::content(path, one_line(&error)))?;
        if hash(&header.config) != header.config_hash {
            let what = "the settings don't have the hash that stands beside them; somebody changed the file: put it \
                        back, or start another run";
            return Err(Error::content(path, what));
        }
        Ok(header)
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = toml::to_string(self).map_err(|error| Error::content(path, error.to_string()))?;
        files::write_whole(path, text.as_bytes())
    }

    /// Refuses to continue this run as `asked`, unless only more is asked of the same.
    pub(crate) fn admits(&self, asked: &Header, path: &Path) -> Result<(), Error> {
        let (has, wants) = (self.flat(), asked.flat());
        let names: std::collections::BTreeSet<&String> = has.keys().chain(wants.keys()).collect();
        let text = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
        let differences: Vec<_> = names
            .into_iter()
            .filter(|name| has.get(*name) != wants.get(*name))
            .map(|name| in_words(name, text(has.get(name)), text(wants.get(name))))
            .collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::new(Kind::Differs { path: path.to_owned(), differences }))
    }

    fn flat(&self) -> BTreeMap<String, String> {
        let mut flat = BTreeMap::new();
        flatten("", &self.config, &mut flat);
        flat.insert("program".to_owned(), self.program.clone());
        flat.insert("shard".to_owned(), self.shard.clone().unwrap_or_else(|| "the whole".to_owned()));
        flat
    }
}

/// The hash of settings: of their names and values, whatever order they stand in.
fn hash(config: &toml::Table) -> String {
    let mut flat = BTreeMap::new();
    flatten("", config, &mut flat);
    let lines: String = flat.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    ContentHash::of(lines.as_bytes()).to_string()
}

fn flatten(prefix: &str, table: &toml::Table, flat: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&name, inner, flat),
            value => {
                flat.insert(name, value.to_string());
            }
        }
    }
}

fn one_line(error: &toml::de::Error) -> String {
    error.to_string().trim_end().to_owned()
}

/// A difference as people see it: nobody can read a hash.
fn in_words(name: &str, has: String, wants: String) -> (String, String, String) {
    let is_hash =
        |text: &str| text.len() == 66 && text.trim_matches('"').bytes().all(|byte| byte.is_ascii_hexdigit());
    let what = if name.starts_with("domains.") { "one content of this domain" } else { "a file" };
    let told = |text: String| if is_hash(&text) { what.to_owned() } else { text };
    let other = if is_hash(&has) && is_hash(&wants) { "another".to_owned() } else { told(wants) };
    (name.to_owned(), told(has), other)
}
