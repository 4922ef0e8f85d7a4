//! One writer at a time: an advisory lock that the system lets go when its process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::Error;
use crate::error::Kind;

/// Held as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `run`, which lies in the file `path`, or says who has it.
    pub(crate) fn take(run: &Path, path: &Path) -> Result<Self, Error> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(Error::io("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let named = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
                let holder = if named { holder.trim().to_owned() } else { "another process".to_owned() };
                return Err(Error::new(Kind::Locked { path: run.to_owned(), holder }));
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", path)(source)),
        }
        // Only a text for people: the lock itself is the system's.
        file.set_len(0).map_err(Error::io("write", path))?;
        file.rewind().map_err(Error::io("write", path))?;
        writeln!(file, "process {}", std::process::id()).map_err(Error::io("write", path))?;
        Ok(Lock { _file: file })
    }
}
