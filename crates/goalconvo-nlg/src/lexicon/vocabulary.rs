//! The words that the grammar has for an assistant: a text of its making holds no other ones.
//!
//! What says nothing that could be read as a value or a claim may still say something ("pets are not allowed"). In a
//! text that is said to be the grammar's own, a word that the grammar does not have gives that away.

use std::sync::Arc;

use goalconvo_core::{Domain, IntentWording, Mention, SlotWording};

use crate::pack::Pack;
use crate::token::{Kind, Token};
use crate::trie::words_of;

/// Words by their hashes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    words: Vec<u64>,
}

impl Vocabulary {
    /// The pack's words, and those that the domains bring.
    pub(crate) fn new(pack: &Pack, domains: &[Arc<Domain>]) -> Self {
        let mut words = pack.words.clone();
        for domain in domains {
            words.extend(words_of(&domain.name));
            domain.slots.values().for_each(|slot| add_slot(pack, &slot.wording, &mut words));
            domain
                .slots
                .values()
                .flat_map(|slot| slot.spoken.values().flatten())
                .for_each(|text| words.extend(words_of(text)));
            domain.intents.iter().for_each(|intent| add_intent(pack, &intent.wording, &mut words));
        }
        words.sort_unstable();
        words.dedup();
        Vocabulary { words }
    }

    /// The bytes of words that are neither the grammar's nor part of a value.
    pub(crate) fn strange(&self, tokens: &[Token], mentions: &[Mention]) -> Vec<std::ops::Range<usize>> {
        let is_strange =
            |token: &&Token| token.kind == Kind::Word && self.words.binary_search(&token.word).is_err();
        let spans = tokens.iter().filter(is_strange).map(|token| token.start as usize..token.end as usize);
        let of_value = |span: &std::ops::Range<usize>| {
            mentions.iter().any(|mention| mention.span.start < span.end && span.start < mention.span.end)
        };
        spans.filter(|span| !of_value(span)).collect()
    }
}

fn add_slot(pack: &Pack, wording: &SlotWording, words: &mut Vec<u64>) {
    let lists =
        [&wording.noun, &wording.before, &wording.after, &wording.says, &wording.wish, &wording.question];
    lists.into_iter().flatten().for_each(|text| add(pack, text, words));
    wording.unit.iter().for_each(|(one, many)| {
        add(pack, one, words);
        add(pack, many, words);
    });
    if let Some(negative) = &wording.negative {
        add_slot(pack, negative, words);
    }
}

fn add_intent(pack: &Pack, wording: &IntentWording, words: &mut Vec<u64>) {
    let lists = [&wording.noun, &wording.plural, &wording.verb, &wording.done, &wording.deed];
    lists.into_iter().flatten().for_each(|text| add(pack, text, words));
}

/// A phrase's words, and the forms that the grammar may bend them into.
fn add(pack: &Pack, text: &str, words: &mut Vec<u64>) {
    for word in
        text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|word| !word.is_empty())
    {
        let bent = &pack.morphology;
        for form in [word.to_owned(), bent.participle(word), bent.bare(word), bent.plural_verb(word)] {
            words.extend(words_of(&form));
        }
    }
}
