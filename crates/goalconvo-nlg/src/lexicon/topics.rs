//! What an utterance speaks of without saying a value: "the phone number", "a pool".
//!
//! A text that brings up a slot which none of its acts is about says something that nobody checks ("there is no pool").
//! Only nouns that can't be anything else count: those of flags, and those of several words.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use goalconvo_core::{Cue, Domain, Mention, Slot, SlotKind};
use smol_str::SmolStr;

use crate::pack::Pack;
use crate::token::Token;
use crate::trie::{Trie, words_of};

/// The nouns of some domains' slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topics {
    trie: Trie,
    /// Payloads: the slots that a noun may mean.
    slots: Vec<Vec<SmolStr>>,
}

impl Topics {
    pub(crate) fn new(domains: &[Arc<Domain>]) -> Self {
        let mut by_noun: BTreeMap<Vec<u64>, Vec<SmolStr>> = BTreeMap::new();
        for slot in domains.iter().flat_map(|domain| domain.slots.values()) {
            for noun in nouns(slot) {
                let slots = by_noun.entry(noun).or_default();
                if !slots.contains(&slot.name) {
                    slots.push(slot.name.clone());
                }
            }
        }
        // What a domain calls its things and deeds is no slot, whatever else it may be.
        for intent in domains.iter().flat_map(|domain| &domain.intents) {
            let own = &intent.wording;
            let own = own.noun.iter().chain(&own.plural).chain(&own.verb).chain(&own.deed).chain(&own.done);
            let own: Vec<Vec<u64>> = own.map(|text| words_of(text)).collect();
            by_noun
                .retain(|noun, _| !own.iter().any(|text| text.windows(noun.len()).any(|part| part == noun)));
        }
        let mut topics = Topics::default();
        for (noun, slots) in by_noun {
            topics.trie.add_words(noun.into_iter(), topics.slots.len() as u32);
            topics.slots.push(slots);
        }
        topics
    }

    /// The words that topics begin with.
    pub(crate) fn firsts(&self) -> Option<&[u64]> {
        self.trie.firsts()
    }

    /// Adds the topics of a text that are no part of a value, beginning at tokens at which one `may`.
    pub(crate) fn read(
        &self,
        tokens: &[Token],
        may: impl Fn(&Token) -> bool,
        mentions: &[Mention],
        cues: &mut Vec<(Range<usize>, Cue)>,
    ) {
        let mut found = Vec::new();
        let mut next = 0;
        while next < tokens.len() {
            let at = next;
            next += 1;
            if !tokens.get(at).is_some_and(&may) {
                continue;
            }
            found.clear();
            self.trie.find(tokens, at, false, &mut |_, _| None, &mut found);
            let Some(longest) = found.iter().max_by_key(|hit| hit.end) else { continue };
            // "The new monthly fee" does not speak of the monthly fee.
            next = next.max(longest.end);
            let span = super::bytes(tokens, at, longest.end);
            let of_value = |mention: &Mention| mention.span.start < span.end && span.start < mention.span.end;
            if let Some(slots) = self.slots.get(longest.payload as usize)
                && !mentions.iter().any(of_value)
            {
                cues.push((span, Cue::Topic(slots.clone())));
            }
        }
    }
}

/// The nouns of a slot that can't be anything else.
fn nouns(slot: &Slot) -> impl Iterator<Item = Vec<u64>> {
    let negative = slot.wording.negative.iter().flat_map(|wording| &wording.noun);
    let nouns = slot.wording.noun.iter().chain(negative).map(|noun| words_of(noun));
    nouns.filter(|noun| noun.len() > 1 || (slot.kind == SlotKind::Flag && noun.len() == 1))
}

/// Words for money that no domain takes: where pounds are paid, "dollars" and "$".
pub(crate) fn foreign_money(pack: &Pack, domains: &[Arc<Domain>]) -> Vec<u64> {
    let slots = domains.iter().flat_map(|domain| domain.slots.values());
    let own: Vec<&String> = slots
        .filter(|slot| slot.kind == SlotKind::Money)
        .flat_map(|slot| slot.wording.unit.iter().map(|(_, plural)| plural))
        .collect();
    if own.is_empty() {
        return vec![];
    }
    let foreign = pack.values.money_symbols.iter().filter(|(name, _)| !own.contains(name));
    foreign
        .flat_map(|(name, symbol)| [name.as_str(), name.trim_end_matches('s'), symbol.as_str()])
        .flat_map(words_of)
        .collect()
}
