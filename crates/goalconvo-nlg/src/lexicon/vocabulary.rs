//! The words that the grammar has for an assistant: a text of its making holds no other ones.
//!
//! What says nothing that could be read as a value or a claim may still say something ("pets are not allowed"). In a
//! text that is said to be the grammar's own, a word that the grammar does not have gives that away.

use std::collections::BTreeSet;
use std::ops::Range;

use goalconvo_core::{Domain, IntentWording, Mention, SlotWording};

use crate::pack::Pack;
use crate::token::{Kind, Token};
use crate::trie::{Hashes, words_of};

/// Words by their hashes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    words: Hashes,
}

impl Vocabulary {
    /// The words that a domain brings.
    pub(crate) fn new(pack: &Pack, domain: &Domain) -> Self {
        let mut texts: BTreeSet<&str> = BTreeSet::new();
        domain.slots.values().for_each(|slot| add_slot(&slot.wording, &mut texts));
        domain.intents.iter().for_each(|intent| add_intent(&intent.wording, &mut texts));
        let mut words: Hashes = words_of(&domain.name).into_iter().collect();
        texts.iter().for_each(|word| add(pack, word, &mut words));
        let spoken = domain.slots.values().flat_map(|slot| slot.spoken.values().flatten());
        spoken.for_each(|text| words.extend(words_of(text)));
        Vocabulary { words }
    }

    /// Whether it has a word.
    pub(crate) fn has(&self, word: u64) -> bool {
        self.words.contains(&word)
    }
}

/// The bytes of words that nobody has and that are no part of a value.
pub(crate) fn strange(
    tokens: &[Token],
    mentions: &[Mention],
    is_known: impl Fn(u64) -> bool,
) -> Vec<Range<usize>> {
    let words = tokens.iter().filter(|token| token.kind == Kind::Word && !is_known(token.word));
    let spans = words.map(|token| token.start as usize..token.end as usize);
    let of_value = |span: &Range<usize>| {
        mentions.iter().any(|mention| mention.span.start < span.end && span.start < mention.span.end)
    };
    spans.filter(|span| !of_value(span)).collect()
}

fn add_slot<'a>(wording: &'a SlotWording, words: &mut BTreeSet<&'a str>) {
    let lists =
        [&wording.noun, &wording.before, &wording.after, &wording.says, &wording.wish, &wording.question];
    lists.into_iter().flatten().for_each(|text| words.extend(parts(text)));
    wording.unit.iter().for_each(|(one, many)| words.extend(parts(one).chain(parts(many))));
    if let Some(negative) = &wording.negative {
        add_slot(negative, words);
    }
}

fn add_intent<'a>(wording: &'a IntentWording, words: &mut BTreeSet<&'a str>) {
    let lists = [&wording.noun, &wording.plural, &wording.verb, &wording.done, &wording.deed, &wording.hope];
    lists.into_iter().flatten().for_each(|text| words.extend(parts(text)));
}

/// The words of a phrase.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|word| !word.is_empty())
}

/// A word, and the forms that the grammar may bend it into.
fn add(pack: &Pack, word: &str, words: &mut Hashes) {
    let bent = &pack.morphology;
    for form in [word.to_owned(), bent.participle(word), bent.bare(word), bent.plural_verb(word)] {
        words.extend(words_of(&form));
    }
}
