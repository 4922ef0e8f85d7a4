//! Names of tags: words that are safe as file names everywhere.

use std::path::Path;

use crate::Error;

/// The longest name.
const LONGEST: usize = 64;

/// Names that some systems take for devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Refuses a name that could leave its folder, hide, or mean something else on another system.
pub(super) fn checked(root: &Path, name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let stem = name.split('.').next().unwrap_or_default();
    let safe = !name.is_empty()
        && name.len() <= LONGEST
        && name.chars().all(plain)
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
        && !name.contains("..")
        && !DEVICES.contains(&stem);
    if safe {
        return Ok(());
    }
    let what = format!(
        "found the name {name:?}; expected at most {LONGEST} small letters, digits, '-', '_' or '.', beginning with a \
         letter or digit"
    );
    Err(Error::content(root, what))
}

/// Whether a text is the id of a snapshot: the first 16 digits of a hash.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
