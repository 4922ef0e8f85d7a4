//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// Writes a file so that a reader, or a crash, never meets half of it: a temporary file beside it, synced, renamed. A link
/// is followed; what is no file, such as a terminal or a named pipe, and what stands for an open file (`/dev/stdout`), is
/// written to as it is.
///
/// # Errors
/// The system refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let open_already = path.starts_with("/dev") || path.starts_with("/proc");
    if fs::metadata(path).is_ok_and(|found| !found.is_dir() && (open_already || !found.is_file())) {
        let mut open = File::options().write(true).open(path).map_err(Error::io("open", path))?;
        return open.write_all(bytes).map_err(Error::io("write", path));
    }
    let followed = match path.is_symlink() {
        true => Some(path.canonicalize().map_err(Error::io("follow the link", path))?),
        false => None,
    };
    let path = followed.as_deref().unwrap_or(path);
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.finish()
}

/// Writes a file that a reader never meets half, and that a power cut may lose: of what can be made again.
///
/// # Errors
/// The system refuses.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = beside(path);
    fs::write(&temporary, bytes).map_err(Error::io("write", &temporary))?;
    fs::rename(&temporary, path).map_err(Error::io("write", path))
}

/// A file that is written piece by piece, and is there only when it is finished.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
}

impl WholeFile {
    /// Begins a file that will take the place of the one there.
    ///
    /// # Errors
    /// The system refuses.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let temporary = beside(path);
        let file = File::create(&temporary).map_err(Error::io("create", &temporary))?;
        Ok(WholeFile { path: path.to_owned(), temporary, file: BufWriter::new(file) })
    }

    /// Puts the file in its place; it survives a power cut from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn finish(self) -> Result<(), Error> {
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error);
        let synced = file.and_then(|file| file.sync_all());
        synced.map_err(Error::io("write", &self.temporary))?;
        fs::rename(&self.temporary, &self.path).map_err(Error::io("write", &self.path))?;
        sync_folder(self.path.parent())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The temporary file beside a file.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    path.with_file_name(name)
}

/// Makes new names in a folder survive a power cut, where the system can do that.
pub(crate) fn sync_folder(folder: Option<&Path>) -> Result<(), Error> {
    let Some(folder) = folder.filter(|folder| cfg!(unix) && !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let opened = File::open(folder).map_err(Error::io("open", folder))?;
    opened.sync_all().map_err(Error::io("sync", folder))
}

/// Makes a folder with all above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::io("create folder", path))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_and_what_is_no_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let [real, link] = ["real.json", "link.json"].map(|name| folder.path().join(name));
        fs::write(&real, "old").unwrap();
        symlink("real.json", &link).unwrap();
        write_whole(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        let nowhere = folder.path().join("nowhere.json");
        symlink("gone.json", &nowhere).unwrap();
        write_whole(&nowhere, b"lost").unwrap_err();
        assert!(nowhere.is_symlink());
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let read = pipe.clone();
        let reader = std::thread::spawn(move || fs::read_to_string(read).unwrap());
        write_whole(&pipe, b"through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
    }
}
