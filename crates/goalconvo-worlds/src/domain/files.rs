//! The files of one domain folder, from disk or from the program itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use goalconvo_core::ContentHash;
use smol_str::SmolStr;

use crate::Error;

/// What the program carries: path below `domains/`, content.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The files of a domain, by number and by name.
#[derive(Clone, Debug)]
pub struct Files {
    name: SmolStr,
    folder: String,
    entries: Vec<(String, Cow<'static, str>)>,
    /// Names of the domains in the folders beside this one.
    siblings: Vec<String>,
}

impl Files {
    /// The files of a built-in domain.
    pub fn built_in(name: &str) -> Option<Self> {
        let own = |path: &'static str| path.strip_prefix(name)?.strip_prefix('/');
        let entries: Vec<_> = BUILT_IN
            .iter()
            .filter_map(|(path, text)| Some((own(path)?.to_owned(), Cow::Borrowed(*text))))
            .collect();
        if !entries.iter().any(|(path, _)| path == "domain.toml") {
            return None;
        }
        let mut files =
            Files { name: name.into(), folder: format!("domains/{name}"), entries, siblings: Vec::new() };
        files.add_shared_pools();
        Some(files)
    }

    /// The files of a folder: `.toml`, `.md`, `.csv` and `pools/*.txt`, and the pools of `../pools` if it is there.
    ///
    /// # Errors
    /// The folder or a file in it can't be read as UTF-8, or there is no `domain.toml`.
    pub fn from_folder(folder: &Path) -> Result<Self, Error> {
        let named = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let name = named.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut entries = Vec::new();
        read_into(folder, "", &["toml", "md", "csv"], &mut entries)?;
        if folder.join("pools").is_dir() {
            read_into(&folder.join("pools"), "pools/", &["txt"], &mut entries)?;
        }
        if !entries.iter().any(|(path, _)| path == "domain.toml") {
            return Err(Error::read(
                folder.display().to_string(),
                "no domain.toml in this folder; name the folder of a domain, or make one with `goalconvo domains new NAME`",
            ));
        }
        let shared = named.parent().map(|parent| parent.join("pools")).filter(|pools| pools.is_dir());
        if let Some(shared) = shared {
            read_into(&shared, "../pools/", &["txt"], &mut entries)?;
        }
        let mut files = Files {
            name: name.into(),
            folder: folder.display().to_string(),
            entries,
            siblings: siblings(&named),
        };
        files.add_shared_pools();
        Ok(files)
    }

    /// A folder that is nowhere on disk: relative paths and contents.
    pub fn from_memory(name: &str, entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut entries: Vec<_> =
            entries.into_iter().map(|(path, text)| (path, Cow::Owned(text))).collect::<Vec<_>>();
        entries.sort();
        let mut files = Files { name: name.into(), folder: name.to_owned(), entries, siblings: Vec::new() };
        files.add_shared_pools();
        files
    }

    /// Whether a domain of this name lies in a folder beside this one.
    pub(super) fn has_sibling(&self, name: &str) -> bool {
        self.siblings.iter().any(|sibling| sibling == name)
    }

    /// Whether the program carries this domain.
    pub fn is_built_in(&self) -> bool {
        self.folder == format!("domains/{}", self.name) && built_in_names().contains(&self.name.as_str())
    }

    /// The domain's name: that of the folder.
    pub fn name(&self) -> &SmolStr {
        &self.name
    }

    fn add_shared_pools(&mut self) {
        for (path, text) in BUILT_IN {
            if let Some(pool) = path.strip_prefix("pools/") {
                let path = format!("../pools/{pool}");
                if !self.entries.iter().any(|(known, _)| *known == path) {
                    self.entries.push((path, Cow::Borrowed(text)));
                }
            }
        }
    }

    /// The number of a file.
    pub(super) fn number(&self, path: &str) -> Option<usize> {
        self.entries.iter().position(|(known, _)| known == path)
    }

    /// The text of a file; empty when there is none.
    pub(super) fn text(&self, number: usize) -> &str {
        self.entries.get(number).map_or("", |(_, text)| text)
    }

    /// The path of a file, as the user named the folder.
    pub(super) fn path(&self, number: usize) -> String {
        let Some((path, _)) = self.entries.get(number) else { return self.folder.clone() };
        if self.folder.is_empty() { path.clone() } else { format!("{}/{path}", self.folder) }
    }

    /// Whether a file lies outside the folder, for several domains.
    pub(super) fn is_shared(&self, number: usize) -> bool {
        self.entries.get(number).is_some_and(|(path, _)| path.starts_with("../"))
    }

    /// The path below the folder, and the text, of every file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(path, text)| (path.as_str(), text.as_ref()))
    }

    /// The files of the domain itself, without the pools that all domains share.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(path, _)| !path.starts_with("../"))
    }

    /// Names of the pools: the domain's own and the shared ones, each with its file.
    pub(super) fn pools(&self) -> BTreeMap<&str, usize> {
        let named = |prefix: &'static str| {
            self.entries.iter().enumerate().filter_map(move |(number, (path, _))| {
                Some((path.strip_prefix(prefix)?.strip_suffix(".txt")?, number))
            })
        };
        named("../pools/").chain(named("pools/")).collect()
    }

    /// The hash of the folder's own files and of these others.
    pub(super) fn hash(&self, others: impl Fn(usize) -> bool) -> ContentHash {
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for (number, (path, text)) in self.entries.iter().enumerate() {
            if !path.starts_with("../") || others(number) {
                parts.push((path, text));
            }
        }
        // In order of name, so that a folder on disk and the same one in the program have one hash.
        parts.sort_unstable();
        let mut bytes = Vec::new();
        for part in parts.iter().flat_map(|(path, text)| [path, text]) {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        ContentHash::of(&bytes)
    }
}

/// Names of the domains that the program carries, in order of name.
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_IN.iter().filter_map(|(path, _)| path.strip_suffix("/domain.toml")).collect()
}

fn siblings(folder: &Path) -> Vec<String> {
    let beside =
        folder.parent().and_then(|parent| std::fs::read_dir(parent).ok()).into_iter().flatten().flatten();
    let domains = beside.filter(|entry| entry.path().join("domain.toml").is_file());
    domains.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn read_into(
    folder: &Path,
    prefix: &str,
    kinds: &[&str],
    entries: &mut Vec<(String, Cow<'static, str>)>,
) -> Result<(), Error> {
    let failed = |path: &Path, error: std::io::Error| {
        let plain = error.to_string();
        let plain = plain.split(" (os error").next().unwrap_or(&plain);
        Error::read(
            path.display().to_string(),
            format!("can't be read ({}); check the path and its permissions", plain.to_lowercase()),
        )
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .and_then(|list| list.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
        .map_err(|error| failed(folder, error))?;
    paths.sort();
    for path in paths {
        if path.is_file() && path.extension().is_some_and(|end| kinds.iter().any(|kind| end == *kind)) {
            let bytes = std::fs::read(&path).map_err(|error| failed(&path, error))?;
            let text = String::from_utf8(bytes).map_err(|error| no_text(&path, &error))?;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            entries.push((format!("{prefix}{name}"), Cow::Owned(text)));
        }
    }
    Ok(())
}

/// What is no UTF-8, by line and byte within it.
fn no_text(path: &Path, error: &std::string::FromUtf8Error) -> Error {
    let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
    let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = good.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    Error::malformed(format!("{}:{line}:{column}", path.display()), "no UTF-8 here; save the file as UTF-8")
}
