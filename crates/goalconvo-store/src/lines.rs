//! Lines of a text file, plain or gzip, one at a time: memory stays that of the longest line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::Error;

/// No record is longer than this; a file without line ends must not fill the memory.
const LONGEST: u64 = 64 << 20;

/// The lines of a file with their numbers from 1; empty ones are passed over.
pub struct Lines {
    path: PathBuf,
    source: Box<dyn BufRead + Send>,
    number: u64,
    broken: bool,
}

impl Lines {
    /// Opens a file; whether it is gzip is seen from its first bytes, not from its name.
    ///
    /// # Errors
    /// The system refuses.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let source = Lines::source(path)?;
        Ok(Lines { path: path.to_owned(), source, number: 0, broken: false })
    }

    /// The bytes of a file, unpacked if it is gzip.
    pub(crate) fn source(path: &Path) -> Result<Box<dyn BufRead + Send>, Error> {
        let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(Error::io("open", path))?);
        let start = file.fill_buf().map_err(Error::io("read", path))?;
        Ok(match start {
            [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file))),
            _ => Box::new(file),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read(&mut self) -> Result<Option<String>, Error> {
        let mut bytes = Vec::new();
        let read = (&mut self.source).take(LONGEST).read_until(b'\n', &mut bytes);
        let read = read.map_err(Error::io("read", &self.path))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if read as u64 == LONGEST {
            return Err(Error::content(
                &self.path,
                self.says("is longer than 64 MiB; expected one record a line"),
            ));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to() + 1;
                Err(Error::content(
                    &self.path,
                    self.says(&format!("is no UTF-8 at byte {at}; save the file as UTF-8")),
                ))
            }
        }
    }

    fn says(&self, what: &str) -> String {
        format!("line {} {what}", self.number)
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, String), Error>;

    /// After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match if self.broken { Ok(None) } else { self.read() } {
                Ok(None) => return None,
                Ok(Some(text)) if text.trim().is_empty() => {}
                Ok(Some(text)) => return Some(Ok((self.number, text))),
                Err(error) => {
                    self.broken = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
