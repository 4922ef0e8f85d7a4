//! `varieties.toml`: how the same language is written in different places.
//!
//! The pack is written in the first variety; another one says which words it spells or chooses otherwise, and how it
//! weighs the forms of times and dates. A text in any of them is read by the same reader.

use std::borrow::Cow;
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
    /// What those words begin with.
    #[serde(skip)]
    firsts: Vec<char>,
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
    let mut raw: Raw = toml(file)?;
    if raw.variety.first().is_none_or(|first| !first.words.is_empty() || !first.forms.is_empty()) {
        let what = "expected the variety that the pack is written in first, with nothing but its name";
        return Err(Error::pack(file.0, file.1, 0, what));
    }
    for variety in &mut raw.variety {
        variety.firsts = variety.words.keys().filter_map(|word| word.chars().next()).collect();
        variety.firsts.dedup();
    }
    Ok(raw.variety)
}

impl Variety {
    /// The text as it is written here: whole words are replaced, with the capital that they had.
    pub(crate) fn respell<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.firsts.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut respelled = String::new();
        let (mut copied, mut at, mut inside) = (0, 0, false);
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let found = if inside { None } else { self.word_at(c, text.get(at..).unwrap_or_default()) };
            let Some((from, to)) = found else {
                inside = c.is_alphanumeric() || matches!(c, '{' | '\'');
                at += c.len_utf8();
                continue;
            };
            respelled.push_str(text.get(copied..at).unwrap_or_default());
            let mut letters = to.chars();
            match letters.next().filter(|_| c.is_uppercase()) {
                Some(first) => respelled.extend(first.to_uppercase().chain(letters)),
                None => respelled.push_str(to),
            }
            at += from;
            copied = at;
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        respelled.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(respelled)
    }

    /// The longest known words that `text` begins with, whose first letter is `first`: their length, and what stands
    /// here in their place.
    fn word_at(&self, first: char, text: &str) -> Option<(usize, &str)> {
        let first = first.to_ascii_lowercase();
        if !self.firsts.contains(&first) {
            return None;
        }
        // They are in order: those of one first letter stand together.
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
