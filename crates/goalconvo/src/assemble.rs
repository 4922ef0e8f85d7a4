//! What settings name becomes what the engine plays: domains found, whether built in, a folder, or kept in a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use goalconvo_core::{Dialogue, Domain, Stage};
use goalconvo_store::Worlds;
use goalconvo_worlds::domain;
use smol_str::SmolStr;

use crate::Error;

/// The built-in domain that is a specimen for writers of domains, not a subject of its own.
const SPECIMEN: &str = "mock";

/// A domain with the folder that it came from; none for a built-in one.
#[derive(Clone, Debug)]
pub struct Found {
    /// The domain.
    pub domain: Arc<Domain>,
    /// Where it was read.
    pub folder: Option<PathBuf>,
    /// Its files, where it lies in no folder: a world that was compiled.
    pub files: Option<domain::Files>,
}

/// The domains of `all`: every built-in one but the specimen.
pub fn all_names() -> Vec<&'static str> {
    domain::built_in_names().into_iter().filter(|name| *name != SPECIMEN).collect()
}

/// The domains that were named: built-in ones by name, `all` of them, or folders by path. A folder that is no domain
/// stands for the domains in it.
///
/// # Errors
/// A name is unknown, a folder can't be read, a mistake is in it, or two domains have one name.
pub fn domains(names: &[String]) -> Result<Vec<Found>, Error> {
    let mut found: Vec<Found> = Vec::new();
    for name in names {
        found.extend(match name.as_str() {
            "all" => built_in(&all_names())?,
            path if is_path(path) => folder(Path::new(path))?,
            name => built_in(&[name])?,
        });
    }
    let mut seen = BTreeMap::new();
    for one in &found {
        if seen.insert(one.domain.name.clone(), ()).is_some() {
            return Err(Error::usage(format!("--domain: the domain {:?} is named twice", one.domain.name)));
        }
    }
    Ok(found)
}

/// Whether a domain's name is the path of a folder rather than the name of a built-in one.
fn is_path(name: &str) -> bool {
    name.contains(['/', '\\', '.']) || (domain::Files::built_in(name).is_none() && Path::new(name).is_dir())
}

fn built_in(names: &[&str]) -> Result<Vec<Found>, Error> {
    let read = domain::built_ins(names)?;
    Ok(read.into_iter().map(|domain| Found { domain: Arc::new(domain), folder: None, files: None }).collect())
}

/// The domain in a folder, or the domains in its sub-folders.
fn folder(path: &Path) -> Result<Vec<Found>, Error> {
    let mut folders = vec![path.to_owned()];
    if path.is_dir() && !path.join("domain.toml").is_file() {
        let refused =
            |error: std::io::Error| Error::bad_input(format!("read folder {}: {error}", path.display()));
        let entries: Vec<_> = std::fs::read_dir(path).and_then(Iterator::collect).map_err(refused)?;
        folders = entries
            .iter()
            .map(std::fs::DirEntry::path)
            .filter(|inner| inner.join("domain.toml").is_file())
            .collect();
        folders.sort();
        if folders.is_empty() {
            let what = "found a folder without domain.toml, and no domain in it; expected the folder of a domain, or one \
                        that holds such folders; `goalconvo domains new NAME` makes one";
            return Err(Error::bad_input(format!("{}: {what}", path.display())));
        }
    }
    let read = |folder: PathBuf| {
        let domain = Arc::new(domain::from_folder(&folder)?);
        Ok(Found { domain, folder: Some(folder), files: None })
    };
    folders.into_iter().map(read).collect()
}

/// Keeps in a run what the program does not bring with it.
///
/// # Errors
/// A file can't be read or written.
pub fn keep(found: &[Found], worlds: &Worlds) -> Result<(), Error> {
    for Found { domain, folder, files } in found {
        let files = match (files, folder) {
            (Some(files), _) => files.clone(),
            (None, Some(folder)) => domain::Files::from_folder(folder)?,
            (None, None) => continue,
        };
        let own = files.iter().filter(|(path, _)| folder.is_some() || !path.starts_with("../"));
        let files: Vec<_> = own.map(|(path, text)| (Path::new(path), text.as_bytes())).collect();
        worlds.keep(&domain.hash.to_string(), &domain.name, files)?;
    }
    Ok(())
}

/// Stages by what records name, each built once however many records share it.
pub struct Stages<T> {
    worlds: Option<Worlds>,
    given: Vec<Found>,
    make: Box<Make<T>>,
    built: Mutex<BTreeMap<Names, Built<T>>>,
    /// Domains by name and content hash: one that is in many sets is read once.
    read: Mutex<BTreeMap<(SmolStr, String), Read>>,
}

type Make<T> = dyn Fn(&Arc<Stage>) -> Result<T, String> + Send + Sync;

/// A domain that was looked for.
type Read = Result<Arc<Domain>, String>;

/// Names of domains with their content hashes.
type Names = Vec<(SmolStr, String)>;

type Built<T> = Result<Arc<(Arc<Stage>, T)>, String>;

impl<T> Stages<T> {
    /// Domains are looked for among those given, then in a run's shared material, then among the built-in ones; only
    /// one with the content hash that the record names will do. `make` adds what a stage's user needs besides.
    pub fn new(
        given: Vec<Found>,
        worlds: Option<Worlds>,
        make: impl Fn(&Arc<Stage>) -> Result<T, String> + Send + Sync + 'static,
    ) -> Self {
        Stages { worlds, given, make: Box::new(make), built: Mutex::default(), read: Mutex::default() }
    }

    /// The stage of a record.
    ///
    /// # Errors
    /// It names no world, or one that is not here: what was looked for, as a fragment.
    pub fn of(&self, dialogue: &Dialogue) -> Built<T> {
        let (Some(scenario), Some(world)) = (&dialogue.scenario, &dialogue.world) else {
            return Err("the record has no scenario and world to be checked against".to_owned());
        };
        let hash = |name: &SmolStr| match world.domains.get(name) {
            Some(hash) => Ok((name.clone(), hash.clone())),
            None => Err(format!("the record names no content hash for the domain {name:?}")),
        };
        let names = scenario.domains.iter().map(hash).collect::<Result<Names, _>>()?;
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = built.get(&names) {
            return known.clone();
        }
        let domains = names.iter().map(|(name, hash)| self.domain(name, hash)).collect::<Result<Vec<_>, _>>();
        let stage = domains.and_then(|domains| {
            let stage = Arc::new(Stage::new(domains));
            let more = (self.make)(&stage)?;
            Ok(Arc::new((stage, more)))
        });
        built.insert(names, stage.clone());
        stage
    }

    fn domain(&self, name: &SmolStr, hash: &str) -> Read {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry((name.clone(), hash.to_owned())).or_insert_with(|| self.find(name, hash)).clone()
    }

    fn find(&self, name: &str, hash: &str) -> Result<Arc<Domain>, String> {
        let fits = |domain: &Domain| domain.name == name && domain.hash.to_string() == hash;
        if let Some(found) = self.given.iter().find(|found| fits(&found.domain)) {
            return Ok(found.domain.clone());
        }
        let kept = self.worlds.as_ref().and_then(|worlds| worlds.get(hash, name));
        let read = match kept {
            Some(folder) => domain::from_folder(&folder),
            None => domain::built_in(name),
        };
        match read {
            Ok(domain) if fits(&domain) => Ok(Arc::new(domain)),
            Ok(domain) => Err(format!(
                "the domain {name:?} here has the content hash {}, the record names {hash}; give the folder of that one \
                 with --domain",
                domain.hash
            )),
            Err(error) => {
                Err(format!("the domain {name:?} with the content hash {hash} is not here: {error}"))
            }
        }
    }
}
