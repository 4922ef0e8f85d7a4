//! The values that domains bring, by the words that say them.

use std::collections::BTreeSet;
use std::sync::Arc;

use goalconvo_core::{Domain, Slot, SlotKind, SlotWording, Value};
use smol_str::SmolStr;

use super::codes::Codes;
use super::numbers::Scan;
use super::{Spot, Spots};
use crate::pack::Pack;
use crate::trie::{Found, Trie, words_of};

/// A phrase that says a value, with context words before and after that are no part of it.
#[derive(Clone, Debug)]
struct Phrase {
    value: Value,
    kind: SlotKind,
    before: u16,
    after: u16,
    /// The flag whose phrase it is.
    flag: Option<SmolStr>,
}

/// All phrases of some domains.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phrases {
    trie: Trie,
    phrases: Vec<Phrase>,
}

/// Words that domains use for their things ("hotel"): as a value they count only where a slot's wording shows it.
pub(crate) type Nouns = BTreeSet<Vec<u64>>;

/// The words that a domain has for its things, tasks and slots: a value that is one of them ("hotel", "car") counts
/// only where a slot's wording shows it.
pub(crate) fn nouns_of(domain: &Domain) -> Nouns {
    let mut nouns = Nouns::new();
    for intent in &domain.intents {
        let wording = &intent.wording;
        nouns.extend(nouns_and(&wording.noun, &wording.plural).map(|noun| words_of(noun)));
        let phrases = nouns_and(&wording.noun, &wording.plural).chain(&wording.verb).chain(&wording.deed);
        nouns.extend(phrases.flat_map(|phrase| words_of(phrase)).map(|word| vec![word]));
    }
    let slots = domain.slots.values().flat_map(|slot| &slot.wording.noun);
    nouns.extend(slots.flat_map(|noun| words_of(noun)).map(|word| vec![word]));
    nouns
}

impl Phrases {
    /// Adds what a domain's slots and tables hold, where all domains of a stage have these nouns.
    pub(crate) fn add_domain(
        &mut self,
        pack: &'static Pack,
        (domain, nouns): (&Domain, &Nouns),
        codes: &mut Codes,
    ) {
        for slot in domain.slots.values() {
            let mut learn = Learning { phrases: self, pack, nouns, codes };
            slot.values.iter().for_each(|value| learn.add(slot, value));
            for (value, spoken) in &slot.spoken {
                spoken.iter().for_each(|text| learn.add_text((slot, text), value));
            }
            self.add_flag(pack, slot);
        }
        for table in &domain.tables {
            for (position, column) in table.columns.iter().enumerate() {
                if let Some(slot) = slot_of(domain, &table.name, column) {
                    let mut learn = Learning { phrases: self, pack, nouns, codes };
                    table.values(position).for_each(|value| learn.add(slot, value));
                }
            }
        }
    }

    /// Whether these words, and no more, say something.
    pub(crate) fn says(&self, words: &[u64]) -> bool {
        self.trie.has(words)
    }

    /// A value that is also a noun: seen only inside the slot's own wording ("is a hotel").
    fn add_in_context(&mut self, pack: &Pack, slot: &Slot, words: &[u64], value: &Value) {
        let wording = &slot.wording;
        let lists = [&wording.before, &wording.after, &wording.says, &wording.wish];
        for template in lists.into_iter().flatten().flat_map(|text| pack.spellings(text)) {
            let Some((before, after)) = template.split_once("{value}") else { continue };
            let (before, after) = (words_of(before), words_of(after));
            if before.is_empty() && after.is_empty() {
                continue;
            }
            let around = (before.len(), after.len());
            let all = before.into_iter().chain(words.iter().copied()).chain(after);
            self.put(all, value.clone(), slot.kind, around);
        }
        for noun in &wording.noun {
            for fact in &pack.values.fact_words {
                let before: Vec<u64> = words_of(noun).into_iter().chain([*fact]).collect();
                let around = (before.len(), 0);
                let all = before.into_iter().chain(words.iter().copied());
                self.put(all, value.clone(), slot.kind, around);
            }
        }
    }

    /// The phrases that say that a flag is set or not: "has free parking".
    fn add_flag(&mut self, pack: &Pack, slot: &Slot) {
        if slot.kind != SlotKind::Flag {
            return;
        }
        // "direct" says nothing where "the direct flight" is what the slot is called and asked by.
        let own = &slot.wording;
        let called: Vec<Vec<u64>> =
            own.noun.iter().chain(&own.question).chain(&own.ask).map(|text| words_of(text)).collect();
        let is_name = |phrase: &&String| {
            let words = words_of(phrase);
            called.iter().any(|text| text.windows(words.len().max(1)).any(|part| part == words))
        };
        let mut add = |wording: &SlotWording, value: bool| {
            let before = wording.before.iter().filter(|phrase| !is_name(phrase));
            let phrases = before.chain(&wording.after).chain(&wording.says).chain(&wording.wish);
            let many = wording.after.iter().map(|phrase| pack.morphology.plural_clause(phrase));
            for phrase in phrases.cloned().chain(many).flat_map(|phrase| pack.spellings(&phrase)) {
                self.put_flag(slot, words_of(&phrase).into_iter(), value, 0);
            }
            // "have parking" alone may be asked; after "should" and "that" it is said.
            for says in wording.says.iter().flat_map(|says| pack.spellings(says)) {
                let (verb, rest) = says.split_once(' ').unwrap_or((&says, ""));
                for form in [pack.morphology.bare(verb), pack.morphology.plural_verb(verb)] {
                    let words = words_of(&format!("{form} {rest}"));
                    for cue in &pack.values.statement_cues {
                        let all = std::iter::once(*cue).chain(words.iter().copied());
                        self.put_flag(slot, all, value, 1);
                    }
                }
            }
        };
        add(&slot.wording, true);
        if let Some(negative) = &slot.wording.negative {
            add(negative, false);
        }
    }

    fn put_flag(&mut self, slot: &Slot, words: impl Iterator<Item = u64>, value: bool, before: usize) {
        let known = self.phrases.len();
        self.put(words, Value::Bool(value), SlotKind::Flag, (before, 0));
        self.phrases[known..].iter_mut().for_each(|phrase| phrase.flag = Some(slot.name.clone()));
    }

    fn put(
        &mut self,
        words: impl Iterator<Item = u64>,
        value: Value,
        kind: SlotKind,
        (before, after): (usize, usize),
    ) {
        let words: Vec<u64> = words.collect();
        if words.is_empty() {
            return;
        }
        self.trie.add_words(words.into_iter(), self.phrases.len() as u32);
        let (before, after) = (before as u16, after as u16);
        self.phrases.push(Phrase { value, kind, before, after, flag: None });
    }

    /// The words that phrases begin with.
    pub(crate) fn firsts(&self) -> Option<&[u64]> {
        self.trie.firsts()
    }

    /// The phrases that begin at token `at`.
    pub(crate) fn read(&self, scan: &Scan<'_>, at: usize, found: &mut Vec<Found>, spots: &mut Spots) {
        found.clear();
        self.trie.find(scan.tokens, at, false, &mut |_, _| None, found);
        for hit in found.iter() {
            let Some(phrase) = self.phrases.get(hit.payload as usize) else { continue };
            let (start, end) = (at + usize::from(phrase.before), hit.end - usize::from(phrase.after));
            let spot = Spot::new(start, end, vec![phrase.value.clone()], phrase.kind);
            spots.offer(Spot { slots: phrase.flag.iter().cloned().collect(), ..spot });
        }
    }
}

/// Values on their way into phrases and codes.
struct Learning<'a> {
    phrases: &'a mut Phrases,
    pack: &'static Pack,
    nouns: &'a Nouns,
    codes: &'a mut Codes,
}

impl Learning<'_> {
    fn add(&mut self, slot: &Slot, value: &Value) {
        if let Some(text) = value.as_text() {
            self.add_text((slot, text), value);
        }
    }

    fn add_text(&mut self, (slot, text): (&Slot, &str), value: &Value) {
        match slot.kind {
            SlotKind::Name | SlotKind::Category | SlotKind::Address | SlotKind::Text => {
                for text in self.pack.spellings(text) {
                    let words = words_of(&text);
                    // What says what kind of thing something is says it of several, too: "three museums".
                    if slot.wording.says.iter().any(|says| self.pack.morphology.says_kind(says)) {
                        let several = words_of(&self.pack.morphology.plural_noun(&text));
                        if !self.nouns.contains(&several) {
                            self.phrases.put(several.into_iter(), value.clone(), slot.kind, (0, 0));
                        }
                    }
                    if self.nouns.contains(&words) || words.is_empty() {
                        self.phrases.add_in_context(self.pack, slot, &words, value);
                    } else {
                        self.phrases.put(words.into_iter(), value.clone(), slot.kind, (0, 0));
                    }
                }
            }
            SlotKind::Phone
            | SlotKind::Postcode
            | SlotKind::Reference
            | SlotKind::Id
            | SlotKind::IdNumber => {
                self.codes.add(text, value, slot.kind);
            }
            // What remains is read by its form, unless a domain says it in words of its own.
            _ if text.bytes().any(|b| b.is_ascii_digit()) => {}
            _ => self.phrases.put(words_of(text).into_iter(), value.clone(), slot.kind, (0, 0)),
        }
    }
}

fn nouns_and<'a>(nouns: &'a [String], plural: &'a [String]) -> impl Iterator<Item = &'a String> {
    nouns.iter().chain(plural)
}

/// The slot whose values a column holds: the one of its name, or the one whose argument is compared with it.
fn slot_of<'a>(domain: &'a Domain, table: &str, column: &str) -> Option<&'a Slot> {
    if let Some(slot) = domain.slots.get(column) {
        return Some(slot);
    }
    let tools = domain.tools.iter().filter(|tool| tool.table == table);
    let mut arguments = tools.flat_map(|tool| &tool.arguments);
    let argument = arguments.find(|argument| argument.column.as_deref() == Some(column))?;
    domain.slots.get(&argument.slot)
}

/// Words that make a count of the number word before them: units of slots, nouns of intents.
pub(super) fn units(domains: &[Arc<Domain>]) -> Vec<u64> {
    let mut words = BTreeSet::new();
    for domain in domains {
        for (one, many) in domain.slots.values().flat_map(|slot| &slot.wording.unit) {
            words.extend(words_of(one).first());
            words.extend(words_of(many).first());
        }
        for intent in &domain.intents {
            words.extend(
                intent
                    .wording
                    .noun
                    .iter()
                    .chain(&intent.wording.plural)
                    .filter_map(|noun| words_of(noun).first().copied()),
            );
        }
    }
    words.into_iter().collect()
}

/// First and last year of the dates that the domains know; a century's middle when they know none.
pub(super) fn years(domains: &[Arc<Domain>]) -> [i64; 2] {
    let dates = domains.iter().flat_map(|domain| {
        let slots = domain.slots.values().filter(|slot| slot.kind == SlotKind::Date);
        slots.flat_map(|slot| {
            let columns = domain.tables.iter().filter_map(|table| Some((table, table.column(&slot.name)?)));
            let tables = columns.flat_map(|(table, at)| table.values(at));
            slot.values.iter().chain(tables)
        })
    });
    let years = dates.filter_map(|date| date.as_text()?.get(..4)?.parse::<i64>().ok());
    let (low, high) = years.fold((i64::MAX, i64::MIN), |(low, high), year| (low.min(year), high.max(year)));
    if low > high { [2024, 2030] } else { [low, high] }
}
