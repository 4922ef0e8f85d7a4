//! `varieties.toml`: how the same language is written in different places.
//!
//! The pack is written in the first variety; another one says which words it spells or chooses otherwise, and how it
//! weighs the forms of times and dates. A text in any of them is read by the same reader.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{PackFile, toml};
use crate::Error;

/// One variety of a language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variety {
    /// By what it is asked for: "en-us".
    pub(crate) name: String,
    /// Words of the first variety, in small letters, with what stands in their place here.
    #[serde(default)]
    words: BTreeMap<String, String>,
    /// Weights (user, assistant) of forms of times and dates that differ from `values.toml`, by what is said.
    #[serde(default)]
    pub(crate) forms: BTreeMap<String, [u32; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    variety: Vec<Variety>,
}

/// All varieties of a language; the first is the one that the pack is written in.
pub(crate) fn parse(file: PackFile<'_>) -> Result<Vec<Variety>, Error> {
    let raw: Raw = toml(file)?;
    if raw.variety.first().is_none_or(|first| !first.words.is_empty() || !first.forms.is_empty()) {
        let what = "expected the variety that the pack is written in first, with nothing but its name";
        return Err(Error::pack(file.0, file.1, 0, what));
    }
    Ok(raw.variety)
}

impl Variety {
    /// The text as it is written here: whole words are replaced, with the capital that they had.
    pub(crate) fn respell(&self, text: &str) -> String {
        let mut respelled = String::with_capacity(text.len());
        let mut rest = text;
        let mut inside = false;
        while let Some(c) = rest.chars().next() {
            let found = if inside { None } else { self.word_at(rest) };
            if let Some((from, to)) = found {
                let capital = c.is_uppercase();
                let mut letters = to.chars();
                match letters.next().filter(|_| capital) {
                    Some(first) => respelled.extend(first.to_uppercase().chain(letters)),
                    None => respelled.push_str(to),
                }
                rest = rest.get(from..).unwrap_or_default();
                inside = false;
                continue;
            }
            inside = c.is_alphanumeric() || matches!(c, '{' | '\'');
            respelled.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        respelled
    }

    /// The longest known words that `text` begins with: their length, and what stands here in their place.
    fn word_at(&self, text: &str) -> Option<(usize, &str)> {
        // They are in order: those of one first letter stand together.
        let first = text.chars().next()?.to_ascii_lowercase();
        let alike = self.words.range(first.to_string()..).take_while(|(from, _)| from.starts_with(first));
        let fits = alike.filter(|(from, _)| {
            text.get(..from.len()).is_some_and(|head| head.eq_ignore_ascii_case(from))
                && text.get(from.len()..).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        fits.max_by_key(|(from, _)| from.len()).map(|(from, to)| (from.len(), to.as_str()))
    }

    /// All words that it has in place of others.
    pub(crate) fn own_words(&self) -> impl Iterator<Item = &String> {
        self.words.values()
    }
}
