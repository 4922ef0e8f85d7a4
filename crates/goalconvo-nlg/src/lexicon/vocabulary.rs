//! The words that the grammar has for an assistant: a text of its making holds no other ones.
//!
//! What says nothing that could be read as a value or a claim may still say something ("pets are not allowed"). In a
//! text that is said to be the grammar's own, a word that the grammar does not have gives that away.

use std::collections::BTreeSet;
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
    /// The words that the domains bring to those of the pack.
    pub(crate) fn new(pack: &Pack, domains: &[Arc<Domain>]) -> Self {
        let mut words = Vec::new();
        let mut bent = BTreeSet::new();
        for domain in domains {
            words.extend(words_of(&domain.name));
            for slot in domain.slots.values() {
                add_slot(&slot.wording, &mut bent);
                slot.spoken.values().flatten().for_each(|text| words.extend(words_of(text)));
            }
            domain.intents.iter().for_each(|intent| add_intent(&intent.wording, &mut bent));
        }
        for word in bent {
            let forms = &pack.morphology;
            words.extend(words_of(word));
            for form in [forms.participle(word), forms.bare(word), forms.plural_verb(word)] {
                words.extend(words_of(&form));
            }
        }
        words.sort_unstable();
        words.dedup();
        Vocabulary { words }
    }

    /// The bytes of words that are neither the grammar's nor part of a value.
    pub(crate) fn strange(
        &self,
        pack: &Pack,
        tokens: &[Token],
        mentions: &[Mention],
    ) -> Vec<std::ops::Range<usize>> {
        let is_strange =
            |token: &&Token| token.kind == Kind::Word && !has(&pack.words, token) && !has(&self.words, token);
        let spans = tokens.iter().filter(is_strange).map(|token| token.start as usize..token.end as usize);
        let of_value = |span: &std::ops::Range<usize>| {
            mentions.iter().any(|mention| mention.span.start < span.end && span.start < mention.span.end)
        };
        spans.filter(|span| !of_value(span)).collect()
    }
}

fn has(words: &[u64], token: &Token) -> bool {
    words.binary_search(&token.word).is_ok()
}

/// The words of a slot's phrases, which the grammar may bend.
fn add_slot<'w>(wording: &'w SlotWording, words: &mut BTreeSet<&'w str>) {
    let lists =
        [&wording.noun, &wording.before, &wording.after, &wording.says, &wording.wish, &wording.question];
    lists.into_iter().flatten().for_each(|text| words.extend(parts(text)));
    wording.unit.iter().for_each(|(one, many)| words.extend(parts(one).chain(parts(many))));
    if let Some(negative) = &wording.negative {
        add_slot(negative, words);
    }
}

fn add_intent<'w>(wording: &'w IntentWording, words: &mut BTreeSet<&'w str>) {
    let lists = [&wording.noun, &wording.plural, &wording.verb, &wording.done, &wording.deed];
    lists.into_iter().flatten().for_each(|text| words.extend(parts(text)));
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    parts.filter(|word| !word.is_empty())
}
