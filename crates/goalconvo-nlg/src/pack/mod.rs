//! A language pack: everything that is said about a language, as data.
//!
//! A pack is a few TOML files: `values.toml` (how numbers, times, money, dates and codes are said), `cues.toml` (what
//! words give away), `morphology.toml` (word forms), and any number of grammar files (rules by name). The program
//! knows the names of the files and of the rules that it starts from; the words are the pack's.

mod cues;
mod morphology;
mod ranking;
mod rules;
mod values;
mod varieties;

pub(crate) use cues::{CueKind, Cues};
pub(crate) use morphology::Morphology;
pub(crate) use ranking::{Ranking, Rankings};
pub(crate) use rules::{Hole, Piece, RuleId, Rules, Taste, span};
pub(crate) use values::{Form, Half, Values, hole};
pub(crate) use varieties::Variety;

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use crate::Error;
use crate::grammar::RuleIds;
use crate::trie::{Hashes, words_of};

/// A file of a pack: its name, for messages, and its text.
pub type PackFile<'a> = (&'a str, &'a str);

/// A language: numbers and times, cues, word forms, grammar rules.
#[derive(Clone, Debug)]
pub struct Pack {
    pub(crate) values: Values,
    pub(crate) cues: Cues,
    pub(crate) morphology: Morphology,
    pub(crate) rankings: Rankings,
    pub(crate) varieties: Vec<Variety>,
    grammar: Vec<(String, String)>,
    /// The rules as each variety writes them, made when it is first spoken.
    spoken: Vec<OnceLock<Result<Spoken, Error>>>,
    /// Weights (user, assistant) of the forms of times and dates, by variety.
    form_weights: Vec<Vec<[u32; 2]>>,
    /// Every word that an assistant's rules and values are made of.
    pub(crate) words: Hashes,
}

/// How words are chosen, the same for a whole run: the variety of the language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Style {
    variety: usize,
}

/// The grammar as one variety speaks it.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    pub(crate) rules: Rules,
    /// Those that the program starts from.
    pub(crate) ids: RuleIds,
}

const ENGLISH: &[PackFile<'static>] = &[
    ("en/values.toml", include_str!("../../packs/en/values.toml")),
    ("en/cues.toml", include_str!("../../packs/en/cues.toml")),
    ("en/morphology.toml", include_str!("../../packs/en/morphology.toml")),
    ("en/ranking.toml", include_str!("../../packs/en/ranking.toml")),
    ("en/varieties.toml", include_str!("../../packs/en/varieties.toml")),
    ("en/shared.toml", include_str!("../../packs/en/shared.toml")),
    ("en/user.toml", include_str!("../../packs/en/user.toml")),
    ("en/assistant.toml", include_str!("../../packs/en/assistant.toml")),
];

impl Style {
    /// The varieties of English by name, the one that the pack is written in first; nothing else of the pack is read.
    ///
    /// # Errors
    /// Never, unless the pack that is compiled in is broken; a test sees to that.
    pub fn english() -> Result<Vec<(String, Style)>, Error> {
        let varieties = varieties::parse(named(ENGLISH, "varieties.toml")?)?.into_iter().enumerate();
        Ok(varieties.map(|(at, variety)| (variety.name, Style { variety: at })).collect())
    }
}

impl Spoken {
    fn new(files: &[PackFile<'_>], variety: &Variety) -> Result<Self, Error> {
        let rules = Rules::parse(files, variety)?;
        Ok(Spoken { ids: RuleIds::new(&rules)?, rules })
    }
}

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
        #[cfg(feature = "derivations")]
        if let Some(pack) = crate::derivation::pack() {
            return PACK.get_or_init(|| pack).as_ref().map_err(Clone::clone);
        }
        PACK.get_or_init(|| Pack::parse(ENGLISH)).as_ref().map_err(Clone::clone)
    }

    /// Reads a pack from its files, which are known by the last part of their names.
    ///
    /// # Errors
    /// A file is missing or has a mistake: the message says file and line.
    pub fn parse(files: &[PackFile<'_>]) -> Result<Pack, Error> {
        let data = ["values.toml", "cues.toml", "morphology.toml", "ranking.toml", "varieties.toml"];
        let is_grammar =
            |file: &&PackFile<'_>| !data.contains(&file.0.rsplit('/').next().unwrap_or_default());
        let grammar: Vec<PackFile<'_>> = files.iter().filter(is_grammar).copied().collect();
        let values = Values::parse(named(files, "values.toml")?)?;
        let varieties = varieties::parse(named(files, "varieties.toml")?)?;
        // The rules are half of a pack, and what is read beside them does not wait for them.
        let (spoken, beside) = std::thread::scope(|scope| {
            let read = || Ok((Cues::parse(named(files, "cues.toml")?)?, words(files, &varieties)));
            let beside = scope.spawn(read);
            (varieties.first().map(|first| Spoken::new(&grammar, first)), beside.join())
        });
        let broken =
            |_| Error::pack("cues.toml", "", 0, "the thread that read it broke: a bug of the program");
        let (cues, words) = beside.map_err(broken)??;
        let pack = Pack {
            grammar: grammar.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
            spoken: varieties.iter().map(|_| OnceLock::new()).collect(),
            form_weights: varieties.iter().map(|variety| form_weights(&values, variety)).collect(),
            words,
            values,
            cues,
            morphology: Morphology::parse(named(files, "morphology.toml")?)?,
            rankings: Rankings::parse(named(files, "ranking.toml")?)?,
            varieties,
        };
        if let (Some(first), Some(spoken)) = (pack.spoken.first(), spoken) {
            first.get_or_init(|| spoken).as_ref().map_err(Clone::clone)?;
        }
        Ok(pack)
    }

    /// The names of the language's varieties, the one that the pack is written in first.
    pub fn varieties(&self) -> impl Iterator<Item = &str> {
        self.varieties.iter().map(|variety| variety.name.as_str())
    }

    /// How a variety is spoken; none for a name that the pack does not know.
    pub fn style(&self, name: &str) -> Option<Style> {
        let variety = self.varieties().position(|known| known == name)?;
        Some(Style { variety })
    }

    /// The grammar as this style speaks it.
    ///
    /// # Errors
    /// A rule has a mistake, or one that the program starts from is missing.
    pub(crate) fn spoken(&self, style: Style) -> Result<&Spoken, Error> {
        let (Some(variety), Some(spoken)) =
            (self.varieties.get(style.variety), self.spoken.get(style.variety))
        else {
            return Err(Error::pack("varieties.toml", "", 0, "the language has no such variety"));
        };
        let speak = || {
            let files: Vec<PackFile<'_>> =
                self.grammar.iter().map(|(name, text)| (&**name, &**text)).collect();
            Spoken::new(&files, variety)
        };
        spoken.get_or_init(speak).as_ref().map_err(Clone::clone)
    }

    /// The weights (user, assistant) of the forms of times and dates.
    pub(crate) fn form_weights(&self, style: Style) -> &[[u32; 2]] {
        self.form_weights.get(style.variety).map_or(&[], Vec::as_slice)
    }

    /// A text as this style writes it.
    pub(crate) fn respell(&self, style: Style, text: &str) -> String {
        self.varieties
            .get(style.variety)
            .map_or_else(|| text.to_owned(), |variety| variety.respell(text).into_owned())
    }

    /// A text in all varieties' spellings.
    pub(crate) fn spellings(&self, text: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for variety in &self.varieties {
            let spelled = variety.respell(text);
            if !all.iter().any(|known| *known == spelled) {
                all.push(spelled.into_owned());
            }
        }
        all
    }

    /// What a linguist should look at in the grammar: rules that nothing uses, alternatives that stand twice. Empty for
    /// a pack in good order.
    pub fn lint(&self) -> Vec<String> {
        match self.spoken(Style::default()) {
            Ok(spoken) => spoken.rules.lint(&spoken.ids.all()),
            Err(error) => vec![error.to_string()],
        }
    }
}

/// The weights of times and dates: the pack's, or the variety's own.
fn form_weights(values: &Values, variety: &Variety) -> Vec<[u32; 2]> {
    let weight = |form: &Form| variety.forms.get(&form.say).copied().unwrap_or(form.weight);
    values.forms.iter().map(weight).collect()
}

/// Every word that an assistant's rules and values are made of, in all varieties.
fn words(files: &[PackFile<'_>], varieties: &[Variety]) -> Hashes {
    let of_assistant = |file: &&PackFile<'_>| {
        let name = file.0.rsplit('/').next().unwrap_or_default();
        !matches!(name, "user.toml" | "cues.toml" | "ranking.toml" | "varieties.toml")
    };
    let texts = files.iter().filter(of_assistant).map(|(_, text)| *text);
    let others = varieties.iter().flat_map(Variety::own_words).map(String::as_str);
    texts.chain(others).flat_map(str::lines).flat_map(words_of).collect()
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
