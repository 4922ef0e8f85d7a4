//! Importers: one file a source, each turning its dialect into drafts and saying what it could not.
//!
//! [`load`] reads files and folders, finds out what each file is, and gives the registry together with a report
//! that has a line for every file: what was loaded, what was odd and where, and what was lost.

mod arguments;
pub mod bfcl;
mod detect;
pub mod functions;
mod json;
mod load;
pub mod mcp;
pub mod openapi;
mod operations;
pub mod report;
mod schema;
pub mod sgd;
mod skeleton;
pub mod sql;
mod sql_tables;
pub mod star;
pub mod swagger2;
pub mod toolbench;
mod toolbench_parameters;

pub use detect::{Dialect, SourceFile};
pub(crate) use json::step;
pub use load::{import_text, load, load_with};
pub(crate) use load::{read_text, walk};
pub use report::{FileReport, Level, LoadReport, Notes, Notice, Status};
