//! Dialogue acts to words and back.
//!
//! A [`Lexicon`] reads a text: which values it mentions and which cues it gives, whoever wrote it. A [`Grammar`]
//! words dialogue acts and reads its own words back, so that every value stands once and none is invented. What is
//! particular to a language (rules, word forms, how times and money are said) is a [`Pack`] of data files; what is
//! particular to a subject comes from the wording of its domain. This crate knows no world, no model and no file.

mod bank;
#[cfg(feature = "derivations")]
mod derivation;
mod error;
mod grammar;
mod lexicon;
mod pack;
mod token;
mod trie;

pub use bank::{Bank, Context, Mined, Template};
pub use error::Error;
pub use grammar::{Grammar, Heard, Trace, Worded, Wording};
pub use lexicon::{Glossary, Lexicon};
pub use pack::{Pack, PackFile, Style};
