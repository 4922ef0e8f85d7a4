//! Other people's dialogues read as records, for measuring.
//!
//! [`Corpus`] is the door: it takes a run, an imported corpus, a file or a folder of files, and gives dialogues. What a
//! file is, is seen from its content ([`Form`]); what is in it and has no place in a record is counted, with the place
//! of the first, in a [`FileReport`]. Nothing is left out in silence, and nothing is filled in: what a format does not
//! say stays absent.
//!
//! Each format has a file of its own that turns one of its dialogues into one of ours. JSON formats share
//! `records.rs`, which finds the dialogues of a file, and `piece.rs`, which reads them with a JSON pointer at hand.

mod anthropic;
mod corpus;
mod csv;
mod draft;
mod form;
mod messages;
mod multiwoz;
mod paper;
mod piece;
mod records;
mod report;
mod roles;
mod sdialog;
mod sgd;
mod sharegpt;
mod txt;

pub use corpus::{Corpus, Reading};
pub use form::Form;
pub use report::{FileReport, Noted};
