//! STAR: tasks become worlds, scenarios become goals, dialogues become a reference corpus.
//!
//! [`import`] reads a copy of the corpus in any layout (each file is known by its content) and gives a domain folder for
//! each task: the wizard's flow says what is asked and in which order, its replies are the words, the value domains and
//! what the knowledge base answered in the dialogues are the rows. Rules that STAR writes as Python source are read as
//! texts of a few known shapes; nothing of them is ever run.

mod dialogues;
mod draw;
mod fields;
mod flow;
mod folder;
mod goals;
mod import;
mod pools;
mod report;
mod rows;
mod rules;
mod scenario;
mod source;
mod task;
mod toml_text;
mod wishes;
mod wordings;

pub use import::{Import, import};
pub use report::{Report, World};
