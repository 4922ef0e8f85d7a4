//! Which slot a value is of, as the words before it have it: "leaves at 10:15", "the closing time is 10:15".
//!
//! Each slot's own phrases are kept by the words before their hole. A value that stands in phrases of some slots, of a
//! kind that it looks like, is a value of one of them. Phrases of light words alone ("at {value}") tell nothing, since
//! any slot may have them where the rest is left out.

use goalconvo_core::{Domain, Slot, SlotKind};
use smol_str::SmolStr;

use super::Spot;
use crate::pack::Pack;
use crate::token::Token;
use crate::trie::{Found, Trie, words_of};

/// The longest phrase before a value that is looked for, in words.
const LONGEST: usize = 6;

/// The phrases of one domain's slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contexts {
    /// The words before the holes, the last one first.
    trie: Trie,
    frames: Vec<Frame>,
}

/// The rest of a phrase.
#[derive(Clone, Debug)]
struct Frame {
    /// Words behind the hole.
    after: Vec<u64>,
    slot: SmolStr,
    kind: SlotKind,
}

impl Contexts {
    pub(crate) fn new(pack: &Pack, domain: &Domain) -> Self {
        let mut contexts = Contexts::default();
        for slot in domain.slots.values().filter(|slot| slot.kind != SlotKind::Flag) {
            contexts.add(pack, slot);
        }
        let spoken = domain.slots.values().filter(|slot| slot.kind != SlotKind::Flag);
        let leads: Vec<(&Slot, Vec<u64>)> = spoken.map(|slot| (slot, leads(pack, slot))).collect();
        let pairs = &pack.values.opposite_words;
        let mut words: Vec<u64> = pairs.iter().flatten().copied().collect();
        words.sort_unstable();
        words.dedup();
        for word in words {
            let opposites = pairs.iter().filter(|pair| pair.contains(&word)).flatten();
            let opposites: Vec<u64> = opposites.copied().filter(|other| *other != word).collect();
            contexts.oppose(&leads, word, &opposites);
        }
        contexts
    }

    /// Where one slot's values stand behind `word` and another's, of the same kind, behind an opposite of it, a value behind
    /// `word` is not the other's: "to" a place is not from there.
    fn oppose(&mut self, slots: &[(&Slot, Vec<u64>)], word: u64, opposites: &[u64]) {
        let opposed = |leads: &[u64]| opposites.iter().any(|opposite| leads.contains(opposite));
        let (own, other) = (
            |leads: &[u64]| leads.contains(&word) && !opposed(leads),
            |leads: &[u64]| !leads.contains(&word) && opposed(leads),
        );
        for (slot, _) in slots.iter().filter(|(_, leads)| !other(leads)) {
            let alike = || slots.iter().filter(|(one, _)| are_alike(one.kind, slot.kind));
            if alike().any(|(_, leads)| own(leads)) && alike().any(|(_, leads)| other(leads)) {
                self.frame(vec![word], Vec::new(), slot);
            }
        }
    }

    fn add(&mut self, pack: &Pack, slot: &Slot) {
        let wording = &slot.wording;
        for phrase in [&wording.before, &wording.after].into_iter().flatten() {
            self.put(pack, slot, phrase);
        }
        for phrase in [&wording.says, &wording.wish].into_iter().flatten() {
            let (verb, rest) = phrase.split_once(' ').unwrap_or((phrase, ""));
            let bent = &pack.morphology;
            for verb in [verb.to_owned(), bent.bare(verb), bent.plural_verb(verb), bent.participle(verb)] {
                self.put(pack, slot, &format!("{verb} {rest}"));
            }
        }
        for noun in &wording.noun {
            for word in &pack.values.fact_forms {
                self.put(pack, slot, &format!("{noun} {word} {{value}}"));
            }
        }
    }

    fn put(&mut self, pack: &Pack, slot: &Slot, phrase: &str) {
        for phrase in pack.spellings(phrase) {
            let Some((before, after)) = phrase.split_once("{value}") else { continue };
            let (mut before, after) = (words_of(before), words_of(after));
            let light = |word: &u64| pack.values.light_words.contains(word);
            if before.is_empty() || before.iter().chain(&after).all(light) {
                continue;
            }
            before.reverse();
            self.frame(before, after, slot);
        }
    }

    /// A phrase of a slot: the words before its hole, the last one first, and those behind.
    fn frame(&mut self, before: Vec<u64>, after: Vec<u64>, slot: &Slot) {
        self.trie.add_words(before.into_iter(), self.frames.len() as u32);
        self.frames.push(Frame { after, slot: slot.name.clone(), kind: slot.kind });
    }

    /// Adds the slots in whose phrases a value stands to `slots`, which hold for phrases of so many words: of a longer
    /// phrase they are the slots alone.
    pub(crate) fn read(
        &self,
        tokens: &[Token],
        spot: &Spot,
        (words, slots): (&mut usize, &mut Vec<SmolStr>),
    ) {
        let before = tokens.get(spot.start.saturating_sub(LONGEST)..spot.start).unwrap_or_default();
        let mut reversed: Vec<Token> = before.iter().rev().copied().collect();
        // Read backwards, what was glued to the one before would be to the one after.
        reversed.iter_mut().for_each(|token| token.glued = false);
        let mut found: Vec<Found> = Vec::new();
        self.trie.find(&reversed, 0, false, &mut |_, _| None, &mut found);
        let behind = tokens.get(spot.end..).unwrap_or_default();
        for hit in found {
            let Some(frame) = self.frames.get(hit.payload as usize) else { continue };
            let follows = behind.len() >= frame.after.len()
                && behind.iter().zip(&frame.after).all(|(token, word)| token.word == *word);
            let length = hit.end + frame.after.len();
            if !follows || !are_alike(frame.kind, spot.kind) || length < *words {
                continue;
            }
            if length > *words {
                *words = length;
                slots.clear();
            }
            if !slots.contains(&frame.slot) {
                slots.push(frame.slot.clone());
            }
        }
    }
}

/// The words right before the holes of a slot's phrases.
fn leads(pack: &Pack, slot: &Slot) -> Vec<u64> {
    let wording = &slot.wording;
    let phrases = [&wording.before, &wording.after, &wording.says, &wording.wish].into_iter().flatten();
    let spelled = phrases.flat_map(|phrase| pack.spellings(phrase));
    spelled.filter_map(|phrase| words_of(phrase.split_once("{value}")?.0).last().copied()).collect()
}

/// Whether a value of a slot of one kind may look like one of the other.
fn are_alike(one: SlotKind, other: SlotKind) -> bool {
    let group = |kind: SlotKind| match kind {
        SlotKind::Name | SlotKind::Category | SlotKind::Address | SlotKind::Text => 0,
        SlotKind::Count | SlotKind::Number | SlotKind::Money | SlotKind::Duration => 1,
        SlotKind::Time => 2,
        SlotKind::Date | SlotKind::Day => 3,
        SlotKind::Phone | SlotKind::Postcode | SlotKind::Reference | SlotKind::Id | SlotKind::IdNumber => 4,
        SlotKind::Flag => 5,
    };
    group(one) == group(other)
}
