//! MultiWOZ: its databases become domain folders, its goals become goals with a proof, its dialogues a reference
//! corpus.
//!
//! Reads MultiWOZ 2.1, 2.3 and 2.4 in the original JSON (plain, `.gz` or `.zip`; one file or a folder) with the
//! databases beside it. [`import`] gives the files of an output folder, [`open`] reads such a folder back. What the
//! corpus has odd is written into the report with its place, never dropped in silence.

mod acts;
mod bookings;
mod databases;
mod dialogues;
mod folders;
mod goals;
mod import;
mod messages;
mod normal;
mod open;
mod report;
mod slots;
mod source;
mod taxis;
mod venues;
mod zip;

pub use import::{Import, import};
pub use open::{Imported, is_import, open};
pub use report::{Normalised, Odd, Report};
