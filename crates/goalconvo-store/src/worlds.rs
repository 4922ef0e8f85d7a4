//! What many records share, once, by content hash: `worlds/<hash>/<name>`.
//!
//! A record names the hashes of its domains. Those that the program does not bring with it lie here as they were read,
//! so a run folder can be checked where the original domain folder is gone or has changed.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::Error;
use crate::files::{make_folder, sync_folder};

/// The shared material of a run.
#[derive(Clone, Debug)]
pub struct Worlds {
    folder: PathBuf,
}

impl Worlds {
    /// That in this folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Self {
        Worlds { folder }
    }

    /// The folder of this name with this content hash, if it is here. Both may come from a record: what is no plain name
    /// leads nowhere.
    pub fn get(&self, hash: &str, name: &str) -> Option<PathBuf> {
        let plain = |part: &str| {
            let mut parts = Path::new(part).components();
            matches!(parts.next(), Some(Component::Normal(only)) if only == part) && parts.next().is_none()
        };
        let path = self.folder.join(hash).join(name);
        (plain(hash) && plain(name) && path.is_dir()).then_some(path)
    }

    /// Keeps files under a content hash and a name: paths relative to the material's folder, with their bytes.
    ///
    /// What is here already is left alone; what is new appears whole or not at all.
    ///
    /// # Errors
    /// The system refuses.
    pub fn keep<'a>(
        &self,
        hash: &str,
        name: &str,
        files: impl IntoIterator<Item = (&'a Path, &'a [u8])>,
    ) -> Result<PathBuf, Error> {
        let place = self.folder.join(hash);
        if let Some(there) = self.get(hash, name) {
            return Ok(there);
        }
        let temporary = self.folder.join(format!("{hash}.tmp"));
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(Error::io("remove", &temporary))?;
        }
        let root = temporary.join(name);
        make_folder(&root)?;
        for (path, bytes) in files {
            let path = root.join(path);
            path.parent().map_or(Ok(()), make_folder)?;
            fs::write(&path, bytes).map_err(Error::io("write", &path))?;
        }
        fs::rename(&temporary, &place).map_err(Error::io("write", &place))?;
        sync_folder(Some(&self.folder))?;
        Ok(place.join(name))
    }
}
