//! A language pack: everything that is said about a language, as data.
//!
//! A pack is a few TOML files: `values.toml` (how numbers, times, money, dates and codes are said), `cues.toml` (what
//! words give away), `morphology.toml` (word forms), and any number of grammar files (rules by name). The program
//! knows the names of the files and of the rules that it starts from; the words are the pack's.

mod cues;
mod morphology;
mod rules;
mod values;

pub(crate) use cues::{CueKind, Cues};
pub(crate) use morphology::Morphology;
pub(crate) use rules::{Hole, Node, RuleId, Rules, Taste};
pub(crate) use values::{Form, Half, Values, hole};

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use crate::Error;
use crate::grammar::RuleIds;

/// A file of a pack: its name, for messages, and its text.
pub type PackFile<'a> = (&'a str, &'a str);

/// A language: numbers and times, cues, word forms, grammar rules.
#[derive(Clone, Debug)]
pub struct Pack {
    pub(crate) values: Values,
    pub(crate) cues: Cues,
    pub(crate) morphology: Morphology,
    pub(crate) rules: Rules,
    /// Every word that an assistant's rules and values are made of.
    pub(crate) words: Vec<u64>,
}

const ENGLISH: &[PackFile<'static>] = &[
    ("en/values.toml", include_str!("../../packs/en/values.toml")),
    ("en/cues.toml", include_str!("../../packs/en/cues.toml")),
    ("en/morphology.toml", include_str!("../../packs/en/morphology.toml")),
    ("en/shared.toml", include_str!("../../packs/en/shared.toml")),
    ("en/user.toml", include_str!("../../packs/en/user.toml")),
    ("en/assistant.toml", include_str!("../../packs/en/assistant.toml")),
];

impl Pack {
    /// English, British and American.
    ///
    /// ```
    /// assert!(goalconvo_nlg::Pack::english().is_ok());
    /// ```
    ///
    /// # Errors
    /// Never, unless the pack that is compiled in is broken; a test sees to that.
    pub fn english() -> Result<&'static Pack, Error> {
        static PACK: OnceLock<Result<Pack, Error>> = OnceLock::new();
        PACK.get_or_init(|| Pack::parse(ENGLISH)).as_ref().map_err(Clone::clone)
    }

    /// Reads a pack from its files, which are known by the last part of their names.
    ///
    /// # Errors
    /// A file is missing or has a mistake: the message says file and line.
    pub fn parse(files: &[PackFile<'_>]) -> Result<Pack, Error> {
        let data = ["values.toml", "cues.toml", "morphology.toml"];
        let is_grammar =
            |file: &&PackFile<'_>| !data.contains(&file.0.rsplit('/').next().unwrap_or_default());
        let of_assistant = |file: &&PackFile<'_>| {
            let name = file.0.rsplit('/').next().unwrap_or_default();
            !matches!(name, "user.toml" | "cues.toml")
        };
        let grammar: Vec<PackFile<'_>> = files.iter().filter(is_grammar).copied().collect();
        let texts = files.iter().filter(of_assistant);
        let mut words: Vec<u64> = texts.flat_map(|(_, text)| crate::trie::words_of(text)).collect();
        words.sort_unstable();
        words.dedup();
        Ok(Pack {
            words,
            rules: Rules::parse(&grammar)?,
            values: Values::parse(named(files, "values.toml")?)?,
            cues: Cues::parse(named(files, "cues.toml")?)?,
            morphology: Morphology::parse(named(files, "morphology.toml")?)?,
        })
    }

    /// What a linguist should look at in the grammar: rules that nothing uses, alternatives that stand twice. Empty for
    /// a pack in good order.
    pub fn lint(&self) -> Vec<String> {
        match RuleIds::new(&self.rules) {
            Ok(ids) => self.rules.lint(&ids.all()),
            Err(error) => vec![error.to_string()],
        }
    }
}

fn named<'a>(files: &[PackFile<'a>], name: &str) -> Result<PackFile<'a>, Error> {
    let found = files.iter().find(|(file, _)| file.rsplit('/').next() == Some(name));
    found.copied().ok_or_else(|| Error::pack(name, "", 0, "the pack has no such file"))
}

/// Reads one TOML file into its raw shape.
fn toml<T: DeserializeOwned>((file, text): PackFile<'_>) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| {
        Error::pack(file, text, error.span().map_or(0, |span| span.start), error.message().trim())
    })
}
