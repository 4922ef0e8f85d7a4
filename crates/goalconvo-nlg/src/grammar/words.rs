//! The wording of domains, prepared: phrases cut at their value, verbs in the forms that sentences need.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Domain, Intent, IntentKind, IntentWording, Slot, SlotKind, SlotWording, Value};
use smol_str::SmolStr;

use crate::pack::{Morphology, Pack, Style};

/// A phrase with or without a place for a value.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    pub(crate) head: String,
    /// What follows the value; `None` when the phrase has no place for one.
    pub(crate) tail: Option<String>,
}

/// The phrases of a slot, for one polarity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phrases {
    pub(crate) before: Vec<Phrase>,
    pub(crate) after: Vec<Phrase>,
    /// `after` as an assistant may say it: nothing about "me".
    pub(crate) after_theirs: Vec<Phrase>,
    /// The same of several things: "that have".
    pub(crate) after_many: Vec<Phrase>,
    pub(crate) says: Vec<Phrase>,
    /// `says` after "should".
    pub(crate) should: Vec<Phrase>,
    /// `says` of several things.
    pub(crate) plural: Vec<Phrase>,
    /// What the user does with it, after "I want to".
    pub(crate) wish: Vec<Phrase>,
}

/// A slot's wording.
#[derive(Clone, Debug)]
pub(crate) struct SlotWords {
    pub(crate) kind: SlotKind,
    pub(crate) nouns: Vec<String>,
    /// Whether its value can stand for the noun: "a museum".
    pub(crate) is_kind: bool,
    /// Whether it is a flag for something that there is or is not: "with or without a pool".
    pub(crate) is_had: bool,
    /// Whether it says what a thing is called, so that others can be said of its value.
    pub(crate) labels: bool,
    pub(crate) positive: Phrases,
    pub(crate) negative: Phrases,
    pub(crate) question: Vec<String>,
    pub(crate) ask: Vec<String>,
    pub(crate) unit: Vec<(String, String)>,
    pub(crate) spoken: BTreeMap<Value, Vec<String>>,
    /// Values that the variety writes otherwise.
    pub(crate) respelled: BTreeMap<Value, String>,
    /// Whether it belongs to a transaction about a thing found before, and not to the search for it.
    pub(crate) booking: bool,
    /// Its place among the slots of the first intent that has it: the order in which people say them.
    pub(crate) rank: usize,
    /// Whether its dates lie in several years, so that a day without its year says too little.
    pub(crate) many_years: bool,
}

/// An intent's wording.
#[derive(Clone, Debug)]
pub(crate) struct IntentWords {
    pub(crate) kind: IntentKind,
    /// The slots that it takes.
    pub(crate) takes: BTreeSet<SmolStr>,
    /// Whether it is about a thing that another task finds.
    pub(crate) of_entity: bool,
    /// Whether users name it by a thing ("a hotel") and not by a deed.
    pub(crate) by_noun: bool,
    /// Whether it is booked, and so may be asked for by its noun.
    pub(crate) booked: bool,
    /// Nouns that take an article and adjectives ("hotel").
    pub(crate) noun: Vec<String>,
    /// All nouns, also those that stand alone ("somewhere to stay").
    pub(crate) any_noun: Vec<String>,
    pub(crate) plural: Vec<String>,
    /// The nouns that are true of all that a search finds, where a kind of it names a noun, too: a guest house is a
    /// place to stay and no hotel. For who knows better than to call everything a hotel.
    pub(crate) theirs: Nouns,
    /// Whether it is a person, whom nobody calls "it".
    pub(crate) person: bool,
    /// What stands for a thing that was named, where that is not "it".
    pub(crate) pronoun: Vec<String>,
    /// What users add about why or for whom.
    pub(crate) tail: Vec<String>,
    pub(crate) verb: Vec<String>,
    pub(crate) done: Vec<String>,
    pub(crate) deed: Vec<String>,
    pub(crate) reason: Vec<String>,
    pub(crate) hope: Vec<String>,
}

/// Nouns: those that take an article, all of them, and of several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nouns {
    pub(crate) noun: Vec<String>,
    pub(crate) any_noun: Vec<String>,
    pub(crate) plural: Vec<String>,
}

/// A domain's wording.
#[derive(Clone, Debug)]
pub(crate) struct DomainWords {
    pub(crate) slots: BTreeMap<SmolStr, SlotWords>,
    pub(crate) intents: BTreeMap<SmolStr, IntentWords>,
}

impl DomainWords {
    pub(crate) fn new(domain: &Domain, pack: &Pack, style: Style) -> Self {
        let morphology = &pack.morphology;
        let here = |text: &String| pack.respell(style, text);
        let slots = domain.slots.values().map(|slot| {
            let (many_years, rank) = (many_years(domain, slot), rank(domain, slot));
            let slot = &respelled(slot, &here);
            let values = slot.values.iter().filter_map(|value| {
                let text = value.as_text()?.to_owned();
                let spelled = here(&text);
                (spelled != text).then(|| (value.clone(), spelled))
            });
            let respelled = if slot.kind == SlotKind::Category { values.collect() } else { BTreeMap::new() };
            let booking = is_of_booking(domain, slot);
            let labels = domain.tables.iter().any(|table| table.label() == Some(&slot.name));
            let words = SlotWords {
                many_years,
                rank,
                booking,
                labels,
                respelled,
                ..SlotWords::new(slot, morphology)
            };
            (slot.name.clone(), words)
        });
        let kinds = kinds(domain, morphology);
        let intents = domain.intents.iter().map(|intent| {
            let noun = domain.intent(intent.entity.as_deref().unwrap_or(&intent.name)).unwrap_or(intent);
            let (own, noun) = (respelled_intent(intent, &here), respelled_intent(noun, &here));
            let words = IntentWords::new(&own, &noun, morphology);
            (intent.name.clone(), IntentWords { theirs: words.without(&kinds, morphology), ..words })
        });
        DomainWords { slots: slots.collect(), intents: intents.collect() }
    }
}

/// The words for kinds of a thing: "hotel", "hostel".
fn kinds(domain: &Domain, morphology: &Morphology) -> Vec<String> {
    let of_kind = |slot: &&Slot| slot.wording.says.iter().any(|says| morphology.says_kind(says));
    let values = domain.slots.values().filter(of_kind).flat_map(|slot| &slot.values);
    values.filter_map(|value| value.as_text().map(str::to_owned)).collect()
}

type Respell<'a> = &'a dyn Fn(&String) -> String;

/// The slot with its words as a variety writes them.
fn respelled(slot: &Slot, here: Respell<'_>) -> Slot {
    let list = |texts: &Vec<String>| texts.iter().map(here).collect::<Vec<_>>();
    let spoken = slot.spoken.iter().map(|(value, texts)| (value.clone(), list(texts)));
    Slot { spoken: spoken.collect(), wording: respelled_wording(&slot.wording, here), ..slot.clone() }
}

fn respelled_wording(wording: &SlotWording, here: Respell<'_>) -> SlotWording {
    let list = |texts: &Vec<String>| texts.iter().map(here).collect::<Vec<_>>();
    SlotWording {
        noun: list(&wording.noun),
        before: list(&wording.before),
        after: list(&wording.after),
        says: list(&wording.says),
        wish: list(&wording.wish),
        question: list(&wording.question),
        ask: list(&wording.ask),
        unit: wording.unit.iter().map(|(one, many)| (here(one), here(many))).collect(),
        negative: wording.negative.as_ref().map(|negative| Box::new(respelled_wording(negative, here))),
    }
}

fn respelled_intent(intent: &Intent, here: Respell<'_>) -> Intent {
    let list = |texts: &Vec<String>| texts.iter().map(here).collect::<Vec<_>>();
    let words = &intent.wording;
    let wording = IntentWording {
        noun: list(&words.noun),
        plural: list(&words.plural),
        pronoun: list(&words.pronoun),
        tail: list(&words.tail),
        verb: list(&words.verb),
        done: list(&words.done),
        deed: list(&words.deed),
        reason: list(&words.reason),
        hope: list(&words.hope),
    };
    Intent { wording, ..intent.clone() }
}

/// Whether only what is done with a thing takes a slot, not the search for it.
fn is_of_booking(domain: &Domain, slot: &Slot) -> bool {
    let takes =
        |intent: &&Intent| intent.required.iter().chain(&intent.optional).any(|name| *name == slot.name);
    let mut intents = domain.intents.iter().filter(takes).peekable();
    intents.peek().is_some()
        && intents.all(|intent| intent.kind == IntentKind::Transact && intent.entity.is_some())
}

/// Where a slot stands among those of the first intent that has it.
fn rank(domain: &Domain, slot: &Slot) -> usize {
    let places = domain.intents.iter().filter_map(|intent| {
        intent.required.iter().chain(&intent.optional).position(|name| *name == slot.name)
    });
    places.into_iter().next().unwrap_or(0)
}

/// Whether a slot's dates, its own and those of its columns, lie in more than one year.
fn many_years(domain: &Domain, slot: &Slot) -> bool {
    if slot.kind != SlotKind::Date {
        return false;
    }
    let columns = domain.tables.iter().filter_map(|table| Some((table, table.column(&slot.name)?)));
    let dates = columns.flat_map(|(table, column)| table.values(column)).chain(&slot.values);
    let mut years = dates.filter_map(|date| date.as_text()?.get(..4));
    let first = years.next();
    years.any(|year| Some(year) != first)
}

impl IntentWords {
    fn new(intent: &Intent, entity: &Intent, morphology: &Morphology) -> Self {
        let words = &intent.wording;
        let or_entity = |own: &Vec<String>, entity: &Vec<String>| {
            if own.is_empty() { entity.clone() } else { own.clone() }
        };
        let any_noun = or_entity(&words.noun, &entity.wording.noun);
        let mut noun: Vec<String> =
            any_noun.iter().filter(|noun| !morphology.takes_none(noun)).cloned().collect();
        if noun.is_empty() {
            noun.clone_from(&any_noun);
        }
        IntentWords {
            kind: intent.kind,
            takes: intent.required.iter().chain(&intent.optional).cloned().collect(),
            of_entity: intent.entity.is_some(),
            by_noun: intent.kind == IntentKind::Search && !intent.wording.noun.is_empty(),
            booked: words.verb.iter().any(|verb| morphology.is_booking(verb)),
            noun,
            any_noun,
            plural: or_entity(&words.plural, &entity.wording.plural),
            theirs: Nouns::default(),
            person: !words.pronoun.is_empty() && !words.pronoun.iter().any(|word| morphology.is_thing(word)),
            pronoun: words.pronoun.clone(),
            tail: words.tail.clone(),
            verb: words.verb.clone(),
            done: words.done.clone(),
            deed: words.deed.clone(),
            reason: words.reason.clone(),
            hope: words.hope.clone(),
        }
    }
}

impl IntentWords {
    /// The nouns that name no kind; all of them where each does.
    fn without(&self, kinds: &[String], morphology: &Morphology) -> Nouns {
        let many: Vec<String> = kinds.iter().map(|kind| morphology.plural_noun(kind)).collect();
        let but = |nouns: &[String], kinds: &[String]| {
            let left: Vec<String> = nouns.iter().filter(|noun| !kinds.contains(noun)).cloned().collect();
            if left.is_empty() { nouns.to_vec() } else { left }
        };
        Nouns {
            noun: but(&self.noun, kinds),
            any_noun: but(&self.any_noun, kinds),
            plural: but(&self.plural, &many),
        }
    }
}

impl SlotWords {
    fn new(slot: &Slot, morphology: &Morphology) -> Self {
        let wording = &slot.wording;
        let plain_name = || vec![slot.name.replace('_', " ")];
        let empty = SlotWording::default();
        SlotWords {
            kind: slot.kind,
            nouns: if wording.noun.is_empty() { plain_name() } else { wording.noun.clone() },
            labels: false,
            is_kind: slot.kind == SlotKind::Category
                && wording.says.iter().any(|says| morphology.says_kind(says)),
            is_had: slot.kind == SlotKind::Flag
                && wording.says.first().is_some_and(|says| morphology.is_having(says)),
            positive: Phrases::new(wording, morphology),
            negative: Phrases::new(wording.negative.as_deref().unwrap_or(&empty), morphology),
            question: wording.question.clone(),
            ask: wording.ask.clone(),
            unit: wording.unit.clone(),
            spoken: slot.spoken.clone(),
            respelled: BTreeMap::new(),
            booking: false,
            rank: 0,
            many_years: false,
        }
    }

    /// The phrases that fit a value: a flag that is false has its own.
    pub(crate) fn phrases(&self, value: &Value) -> &Phrases {
        if *value == Value::Bool(false) { &self.negative } else { &self.positive }
    }
}

impl Phrases {
    fn new(wording: &SlotWording, morphology: &Morphology) -> Self {
        let says = || wording.says.iter();
        let theirs: Vec<&String> =
            wording.after.iter().filter(|text| !morphology.is_first_person(text)).collect();
        // Where a domain has no other, they are better than none.
        let theirs = if theirs.is_empty() { wording.after.iter().collect() } else { theirs };
        Phrases {
            before: wording.before.iter().map(|text| Phrase::new(text)).collect(),
            after: wording.after.iter().map(|text| Phrase::new(text)).collect(),
            after_theirs: theirs.iter().map(|text| Phrase::new(text)).collect(),
            after_many: theirs.iter().map(|text| Phrase::new(&morphology.plural_clause(text))).collect(),
            says: says().map(|text| Phrase::new(text)).collect(),
            should: says().map(|text| first_word(text, |verb| morphology.bare(verb))).collect(),
            plural: says().map(|text| first_word(text, |verb| morphology.plural_verb(verb))).collect(),
            wish: wording.wish.iter().map(|text| Phrase::new(text)).collect(),
        }
    }
}

impl Phrase {
    pub(crate) fn new(text: &str) -> Self {
        match text.split_once("{value}") {
            Some((head, tail)) => Phrase { head: head.into(), tail: Some(tail.into()) },
            None => Phrase { head: text.into(), tail: None },
        }
    }
}

fn first_word(text: &str, form: impl Fn(&str) -> String) -> Phrase {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let space = if rest.is_empty() { "" } else { " " };
    Phrase::new(&format!("{}{space}{rest}", form(verb)))
}
