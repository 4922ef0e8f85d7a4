//! Domains as folders of data: read, checked, made.
//!
//! [`load`] turns a folder ([`Files`], from disk or from the program itself) into a
//! [`Domain`](goalconvo_core::Domain): names looked up, rows drawn from the domain's own seed, wording filled in. The
//! format is described in `docs/domains.md`; nothing about a domain is in the code.

mod assemble;
mod calls;
mod check;
mod csv;
mod expressions;
mod fields;
mod files;
mod intents;
mod load;
mod problem;
mod raw;
mod read;
mod read_tables;
mod read_tools;
mod recipe;
mod rows;
mod scaffold;
mod scale;
mod slots;
mod tools;
mod wording;

pub use check::check;
pub(crate) use csv::line;
pub use files::{Files, built_in_names};
pub use load::{built_in, built_ins, from_folder, load};
pub use problem::{Problem, Weight};
pub use scaffold::scaffold;
