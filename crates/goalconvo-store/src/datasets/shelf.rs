//! The folder of snapshots.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use goalconvo_core::ContentHash;
use sha2::{Digest as _, Sha256};

use super::difference::{Difference, Records};
use super::manifest::{Labels, MANIFEST_FORMAT, Made, Manifest};
use super::name;
use crate::files::{make_folder, sync_folder};
use crate::lock::Lock;
use crate::{Dataset, Error, Lines, write_whole};

/// A folder of snapshots.
#[derive(Clone, Debug)]
pub struct Shelf {
    root: PathBuf,
}

/// A snapshot as it is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What is in it.
    pub manifest: Manifest,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// The file with its records.
    pub file: PathBuf,
}

impl Kept {
    /// What is wrong with the file of its records, as far as its length tells; none where nothing is.
    pub fn damage(&self) -> Option<String> {
        let expected = self.manifest.bytes;
        match fs::metadata(&self.file) {
            Ok(found) if found.len() == expected => None,
            Ok(found) => Some(format!("its file has {} bytes; expected {expected}", found.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some("its file is missing".to_owned())
            }
            Err(error) => Some(format!("its file can't be looked at: {error}")),
        }
    }
}

impl Shelf {
    /// The snapshots in this folder, which need not be there yet.
    pub fn at(root: &Path) -> Self {
        Shelf { root: root.to_owned() }
    }

    /// Keeps the records of a dataset as they are now; the same records are the same snapshot, whoever asks. Where those
    /// that are kept were damaged, they are written anew.
    ///
    /// # Errors
    /// A line is no record, another process writes here, or the system refuses. Nothing is kept then.
    pub fn snapshot(&self, dataset: &Dataset, note: &str) -> Result<Kept, Error> {
        let _lock = self.lock()?;
        let (partial, copied) = self.copy(dataset)?;
        let id = copied.sha256[..16].to_owned();
        let object = self.object(&copied.sha256);
        // What is there already may have been damaged since: it stays only where it is what its name says.
        if is_whole(&object, copied.bytes, &copied.sha256) {
            fs::remove_file(&partial).map_err(Error::io("remove", &partial))?;
        } else {
            fs::rename(&partial, &object).map_err(Error::io("write", &object))?;
            sync_folder(object.parent())?;
        }
        if self.manifest(&id).is_file() {
            return self.get(&id);
        }
        let number = self.list()?.iter().map(|kept| kept.manifest.number).max().unwrap_or(0) + 1;
        let made = Made { run: dataset.header.clone(), ..copied.made };
        let manifest = Manifest {
            format: MANIFEST_FORMAT.to_owned(),
            id: id.clone(),
            number,
            sha256: copied.sha256,
            bytes: copied.bytes,
            dialogues: copied.dialogues,
            labels: copied.labels,
            made,
            note: note.to_owned(),
        };
        let path = self.manifest(&id);
        let text = serde_json::to_string_pretty(&manifest)
            .map_err(|error| Error::content(&path, error.to_string()))?;
        write_whole(&path, format!("{text}\n").as_bytes())?;
        self.get(&id)
    }

    /// All snapshots, in the order in which they were made.
    ///
    /// # Errors
    /// A manifest or tag can't be read or is none.
    pub fn list(&self) -> Result<Vec<Kept>, Error> {
        let tags = self.tags()?;
        let mut kept = Vec::new();
        for path in entries(&self.root.join("snapshots"))? {
            let name = file_name(&path);
            let Some(id) = name.strip_suffix(".json").filter(|id| name::is_id(id)) else { continue };
            kept.push(self.read(id, &tags)?);
        }
        kept.sort_by(|a, b| {
            a.manifest.number.cmp(&b.manifest.number).then(a.manifest.id.cmp(&b.manifest.id))
        });
        Ok(kept)
    }

    /// The snapshot of a tag, or of an id or the beginning of one.
    ///
    /// # Errors
    /// There is none, or the beginning fits several.
    pub fn get(&self, wanted: &str) -> Result<Kept, Error> {
        let tags = self.tags()?;
        if let Some(id) = tags.get(wanted) {
            return self.read(id, &tags);
        }
        if name::is_id(wanted) && self.manifest(wanted).is_file() {
            return self.read(wanted, &tags);
        }
        let mut fitting = self.list()?;
        fitting.retain(|kept| wanted.len() >= 4 && kept.manifest.id.starts_with(wanted));
        match (fitting.pop(), fitting.len()) {
            (Some(only), 0) => Ok(only),
            (Some(_), more) => {
                let what = format!("{} snapshots begin with {wanted:?}; give more of the id", more + 1);
                Err(Error::content(&self.root, what))
            }
            (None, _) => {
                let what =
                    format!("no snapshot has the tag or id {wanted:?}; `datasets list` shows what is there");
                Err(Error::content(&self.root, what))
            }
        }
    }

    /// Gives a snapshot a name. A tag that names another one is moved.
    ///
    /// # Errors
    /// The name is not safe as a file name or looks like an id, there is no such snapshot, or the system refuses.
    pub fn tag(&self, tag: &str, snapshot: &str) -> Result<Kept, Error> {
        name::checked(&self.root, tag)?;
        if name::is_id(tag) {
            return Err(Error::content(
                &self.root,
                format!("the tag {tag:?} looks like an id; choose another name"),
            ));
        }
        let _lock = self.lock()?;
        let id = self.get(snapshot)?.manifest.id;
        // A tag keeps its snapshot from being dropped: it moves only when it was taken away before.
        if let Some(other) = self.tags()?.get(tag).filter(|other| **other != id) {
            let what =
                format!("the tag {tag:?} is on the snapshot {other}; take it away first, or choose another");
            return Err(Error::content(&self.root, what));
        }
        write_whole(&self.root.join("tags").join(tag), format!("{id}\n").as_bytes())?;
        self.get(&id)
    }

    /// Takes a name away; the snapshot stays.
    ///
    /// # Errors
    /// There is no such tag, or the system refuses.
    pub fn untag(&self, tag: &str) -> Result<(), Error> {
        name::checked(&self.root, tag)?;
        let _lock = self.lock()?;
        let path = self.root.join("tags").join(tag);
        fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        sync_folder(path.parent())
    }

    /// Removes a snapshot and its records.
    ///
    /// # Errors
    /// There is none, it has a tag, or the system refuses.
    pub fn drop(&self, snapshot: &str) -> Result<Kept, Error> {
        let _lock = self.lock()?;
        let kept = self.get(snapshot)?;
        if let Some(tag) = kept.tags.first() {
            let what = format!("the snapshot {} has the tag {tag:?}; take that away first", kept.manifest.id);
            return Err(Error::content(&self.root, what));
        }
        // The manifest first: a crash in between leaves an object that nobody names, and never a name without one.
        let path = self.manifest(&kept.manifest.id);
        fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        sync_folder(path.parent())?;
        fs::remove_file(&kept.file).map_err(Error::io("remove", &kept.file))?;
        sync_folder(kept.file.parent())?;
        Ok(kept)
    }

    /// What changed from one snapshot to another.
    ///
    /// # Errors
    /// One of them is not there, or its records are not what its checksum says.
    pub fn diff(&self, from: &str, to: &str) -> Result<Difference, Error> {
        let (from, to) = (self.get(from)?, self.get(to)?);
        let (old, new) = (records(&from)?, records(&to)?);
        Ok(Difference::of((&from.manifest, &old), (&to.manifest, &new)))
    }

    fn read(&self, id: &str, tags: &BTreeMap<String, String>) -> Result<Kept, Error> {
        let path = self.manifest(id);
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| Error::content(&path, error.to_string()))?;
        if manifest.format != MANIFEST_FORMAT {
            let what = format!("found format {:?}, this program reads {MANIFEST_FORMAT:?}", manifest.format);
            return Err(Error::content(&path, what));
        }
        let sound = manifest.id == id
            && manifest.sha256.starts_with(id)
            && manifest.sha256.len() == 64
            && manifest.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !sound {
            return Err(Error::content(&path, "the id does not fit the checksum; somebody changed the file"));
        }
        let tags = tags.iter().filter(|(_, named)| *named == id).map(|(tag, _)| tag.clone()).collect();
        let file = self.object(&manifest.sha256);
        Ok(Kept { manifest, tags, file })
    }

    /// Ids by tag.
    fn tags(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut tags = BTreeMap::new();
        for path in entries(&self.root.join("tags"))? {
            let name = file_name(&path);
            if name::checked(&self.root, &name).is_err() || name.ends_with(".tmp") {
                continue;
            }
            let id = fs::read_to_string(&path).map_err(Error::io("read", &path))?.trim().to_owned();
            if !name::is_id(&id) {
                return Err(Error::content(&path, "this is no id of a snapshot; tag it again"));
            }
            tags.insert(name, id);
        }
        Ok(tags)
    }

    fn lock(&self) -> Result<Lock, Error> {
        for folder in ["objects", "snapshots", "tags"] {
            make_folder(&self.root.join(folder))?;
        }
        Lock::take(&self.root, &self.root.join("lock"))
    }

    fn object(&self, sha256: &str) -> PathBuf {
        self.root.join("objects").join(format!("{sha256}.jsonl"))
    }

    fn manifest(&self, id: &str) -> PathBuf {
        self.root.join("snapshots").join(format!("{id}.json"))
    }

    /// Copies the records beside the objects, reading each on the way.
    fn copy(&self, dataset: &Dataset) -> Result<(PathBuf, Copied), Error> {
        let partial = self.root.join("objects").join("partial.tmp");
        let mut file = BufWriter::new(File::create(&partial).map_err(Error::io("create", &partial))?);
        let mut copied = Copied::default();
        let mut hash = Sha256::new();
        for line in dataset.lines()? {
            let (number, text) = line?;
            let dialogue = crate::dialogue(&dataset.file, number, &text)?;
            copied.labels.add(&dialogue);
            copied.made.add(&dialogue);
            copied.dialogues += 1;
            for bytes in [text.as_bytes(), b"\n"] {
                hash.update(bytes);
                copied.bytes += bytes.len() as u64;
                file.write_all(bytes).map_err(Error::io("write", &partial))?;
            }
        }
        if copied.dialogues == 0 {
            return Err(Error::content(&dataset.file, "there is no record in it; nothing to keep"));
        }
        let file = file.into_inner().map_err(|error| Error::io("write", &partial)(error.into_error()))?;
        file.sync_all().map_err(Error::io("sync", &partial))?;
        copied.sha256 = hexadecimal(hash);
        Ok((partial, copied))
    }
}

/// What copying found.
#[derive(Default)]
struct Copied {
    sha256: String,
    bytes: u64,
    dialogues: u64,
    labels: Labels,
    made: Made,
}

/// Whether a file has these bytes; one that can't be read has not.
fn is_whole(file: &Path, bytes: u64, sha256: &str) -> bool {
    let Ok(mut file) = File::open(file) else { return false };
    if !file.metadata().is_ok_and(|found| found.len() == bytes) {
        return false;
    }
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part) {
            Ok(0) => return hexadecimal(hash) == sha256,
            Ok(count) => hash.update(&part[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The records of a snapshot, checked against its checksum.
fn records(kept: &Kept) -> Result<Records, Error> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: String,
    }
    let mut records = Records::new();
    let mut hash = Sha256::new();
    for line in Lines::open(&kept.file)? {
        let (number, text) = line?;
        hash.update(text.as_bytes());
        hash.update(b"\n");
        let named: Named = serde_json::from_str(&text)
            .map_err(|error| Error::content(&kept.file, format!("line {number}: {error}")))?;
        let mut id = named.id;
        if records.contains_key(&id) {
            id = format!("{id} (line {number})");
        }
        records.insert(id, ContentHash::of(text.as_bytes()));
    }
    if hexadecimal(hash) != kept.manifest.sha256 {
        return Err(Error::content(
            &kept.file,
            "the records are not what their checksum says; restore the file",
        ));
    }
    Ok(records)
}

/// The files of a folder, sorted; none when it is not there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read folder", folder)(error)),
    };
    let paths = listed.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(Error::io("read folder", folder))?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
