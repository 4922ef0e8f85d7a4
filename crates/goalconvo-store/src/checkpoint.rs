//! What a run's journal holds: up to where its files are surely on disk, and which indexes brought nothing.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::journal::Journal;

/// One entry of `journal/checkpoints`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entered {
    /// Both files are on disk up to here.
    Checkpoint(Checkpoint),
    /// No candidate passed for this index.
    Hole(u64),
}

/// Up to where both files are surely on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    /// The next index.
    pub(crate) next: u64,
    /// Dialogues written.
    pub(crate) written: u64,
    /// Rejected candidates written.
    pub(crate) rejected: u64,
    /// Of `dialogues.jsonl`.
    pub(crate) dialogues: Extent,
    /// Of `rejects.jsonl`.
    pub(crate) rejects: Extent,
}

/// A beginning of a file: its length, and by what it is known again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extent {
    /// Its length.
    pub(crate) bytes: u64,
    /// Its CRC-32: against slips, not against forgers.
    pub(crate) crc: u32,
}

impl Entered {
    /// Checkpoints and holes, apart.
    pub(crate) fn split(entered: Vec<Entered>) -> (Vec<Checkpoint>, BTreeSet<u64>) {
        let (mut checkpoints, mut holes) = (Vec::new(), BTreeSet::new());
        for one in entered {
            match one {
                Entered::Checkpoint(point) => checkpoints.push(point),
                Entered::Hole(index) => drop(holes.insert(index)),
            }
        }
        (checkpoints, holes)
    }
}

/// The indexes of a run for which no candidate passed, as its journal has them; nothing is touched.
///
/// # Errors
/// The journal can't be read, or is damaged before its end.
pub fn holes(run: &Path) -> Result<BTreeSet<u64>, Error> {
    let path = run.join("journal/checkpoints");
    if !path.exists() {
        return Ok(BTreeSet::new());
    }
    Ok(Entered::split(Journal::read(&path)?).1)
}
