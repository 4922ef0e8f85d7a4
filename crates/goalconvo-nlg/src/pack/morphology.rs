//! Word forms: articles, participles, infinitives, capitals.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::Rng;
use serde::Deserialize;

use super::{PackFile, toml};
use crate::Error;

/// The rules of `morphology.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Morphology {
    article: Article,
    participle: Inflection,
    bare: Inflection,
    plural_verb: Inflection,
    plural_noun: Inflection,
    capitals: Capitals,
    kind: Kind,
    typing: Typing,
    person: Person,
    booking: Booking,
    /// How two sentences become one.
    pub(crate) join: Join,
}

/// The word between two sentences that become one, and how the second one may begin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Join {
    pub(crate) and: String,
    pub(crate) starts: Vec<String>,
    /// Endings that some corpora keep apart from their words, and how they are written.
    pub(crate) endings: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    says: BTreeSet<String>,
    has: BTreeSet<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    forms: [String; 2],
    none: Vec<String>,
    an: Vec<String>,
    a: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inflection {
    irregular: BTreeMap<String, String>,
    rules: Vec<(String, String)>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Booking {
    verbs: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    first: BTreeSet<String>,
    relatives: BTreeSet<String>,
    /// What nobody calls a person.
    things: BTreeSet<String>,
    /// What somebody who comes alone does not say.
    company: BTreeSet<String>,
    travel: Vec<String>,
    /// The unit of a slot that says how many people come.
    units: BTreeSet<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typing {
    never: BTreeSet<String>,
    skipped: Vec<String>,
    /// The keys beside a letter's.
    beside: BTreeMap<char, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Capitals {
    words: BTreeSet<String>,
    keep: BTreeSet<String>,
}

impl Morphology {
    pub(crate) fn parse(file: PackFile<'_>) -> Result<Self, Error> {
        toml(file)
    }

    /// Whether a slip of the finger may make this word.
    pub(crate) fn may_slip(&self, word: &str) -> bool {
        !self.typing.never.contains(&word.to_ascii_lowercase())
    }

    /// Whether this is about who says it: "to pick me up".
    pub(crate) fn is_first_person(&self, phrase: &str) -> bool {
        phrase.split(' ').any(|word| self.person.first.contains(word))
    }

    /// Whether the word is for things, not for people: "it".
    pub(crate) fn is_thing(&self, word: &str) -> bool {
        self.person.things.contains(word)
    }

    /// Whether a text speaks of a thing: "its fee".
    pub(crate) fn speaks_of_thing(&self, text: &str) -> bool {
        has_word(text, &self.person.things)
    }

    /// Whether a text speaks of more than one person: "we".
    pub(crate) fn speaks_of_company(&self, text: &str) -> bool {
        has_word(text, &self.person.company)
    }

    /// Whether a text speaks of a journey: "enjoy your trip".
    pub(crate) fn speaks_of_travel(&self, text: &str) -> bool {
        self.person.travel.iter().any(|phrase| text.contains(phrase))
    }

    /// Whether a slot with this unit says how many people come.
    pub(crate) fn counts_people(&self, unit: &str) -> bool {
        self.person.units.contains(unit)
    }

    /// Whether a predicate says that there is something: "has a pool".
    pub(crate) fn is_having(&self, says: &str) -> bool {
        says.split(' ').next().is_some_and(|verb| self.kind.has.contains(verb))
    }

    /// Whether a phrase is a clause about the noun before it: "that has parking".
    pub(crate) fn is_clause(&self, phrase: &str) -> bool {
        let first = phrase.split_once(' ').map(|(first, _)| first.strip_suffix("'s").unwrap_or(first));
        first.is_some_and(|first| self.person.relatives.contains(first))
    }

    /// A clause about a thing as one about several: "that has a pool" becomes "that have a pool".
    pub(crate) fn plural_clause(&self, phrase: &str) -> String {
        let open = phrase.split_once(' ').and_then(|(first, rest)| Some((first.strip_suffix("'s")?, rest)));
        if let Some((relative, rest)) = open.filter(|(relative, _)| self.person.relatives.contains(*relative))
        {
            return format!("{relative} {} {rest}", self.plural_verb("is"));
        }
        let clause = phrase.split_once(' ').filter(|(relative, _)| self.person.relatives.contains(*relative));
        let Some((relative, rest)) = clause else { return phrase.to_owned() };
        let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        format!("{relative} {} {rest}", self.plural_verb(verb)).trim_end().to_owned()
    }

    /// Whether this says that something is booked: "book a table".
    pub(crate) fn is_booking(&self, deed: &str) -> bool {
        let verb = deed.split(' ').next().unwrap_or(deed);
        self.booking.verbs.iter().any(|known| known == verb)
    }

    /// What a finger hits that misses this letter.
    pub(crate) fn beside(&self, letter: char, rng: &mut Rng) -> Option<char> {
        let keys: Vec<char> = self.typing.beside.get(&letter.to_ascii_lowercase())?.chars().collect();
        rng.pick(&keys).copied()
    }

    /// Whether people in a hurry leave this word out.
    pub(crate) fn may_be_skipped(&self, word: &str) -> bool {
        self.typing.skipped.iter().any(|skipped| skipped == word)
    }

    /// The article's two forms.
    pub(crate) fn articles(&self) -> [&str; 2] {
        let [a, an] = &self.article.forms;
        [a, an]
    }

    /// Whether `next` takes the second form of the article ("an").
    pub(crate) fn takes_an(&self, next: &str) -> bool {
        let longest = |beginnings: &[String]| {
            let fits = beginnings.iter().filter(|beginning| begins_with(next, beginning));
            fits.map(String::len).max().unwrap_or(0)
        };
        longest(&self.article.an) > longest(&self.article.a)
    }

    /// Whether `next` takes no article at all.
    pub(crate) fn takes_none(&self, next: &str) -> bool {
        self.article.none.iter().any(|beginning| begins_with(next, beginning))
    }

    /// Whether the word keeps its capital in the middle of a sentence.
    pub(crate) fn keeps_capital(&self, word: &str) -> bool {
        self.capitals.keep.contains(word)
    }

    /// Whether a predicate says what kind of thing something is, so that its value can be the noun.
    pub(crate) fn says_kind(&self, template: &str) -> bool {
        self.kind.says.contains(template)
    }

    /// "book" to "booked".
    pub(crate) fn participle(&self, verb: &str) -> String {
        self.participle.of(verb)
    }

    /// "serves" to "serve".
    pub(crate) fn bare(&self, verb: &str) -> String {
        self.bare.of(verb)
    }

    /// "has" to "have", "is" to "are".
    pub(crate) fn plural_verb(&self, verb: &str) -> String {
        self.plural_verb.of(verb)
    }

    /// "gallery" to "galleries".
    pub(crate) fn plural_noun(&self, noun: &str) -> String {
        self.plural_noun.of(noun)
    }

    /// Whether the word is always written with a capital.
    pub(crate) fn is_proper(&self, word: &str) -> bool {
        self.capitals.words.contains(word)
    }
}

impl Inflection {
    fn of(&self, word: &str) -> String {
        if let Some(form) = self.irregular.get(word) {
            return form.clone();
        }
        let rule = self.rules.iter().find_map(|(from, to)| Some((word.strip_suffix(from.as_str())?, to)));
        rule.map_or_else(|| word.to_owned(), |(stem, ending)| format!("{stem}{ending}"))
    }
}

/// Whether one of the words stands in the text.
fn has_word(text: &str, words: &BTreeSet<String>) -> bool {
    let parts = text.split(|c: char| !c.is_ascii_alphabetic());
    parts.filter(|part| !part.is_empty()).any(|part| words.contains(part))
}

fn begins_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}
