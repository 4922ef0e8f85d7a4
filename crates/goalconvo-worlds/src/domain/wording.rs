//! How people speak of slots and intents: what the folder says, and for what it leaves out, words made from the
//! descriptions, so that a domain without any wording still talks.

use goalconvo_core::{IntentKind, IntentWording, SlotKind, SlotWording};

use super::fields::Text;
use super::raw::{RawIntent, RawSlot, RawWording};

/// The wording of a slot.
pub(super) fn slot(raw: &RawSlot, currency: Option<&str>) -> SlotWording {
    let mut wording = as_written(&raw.wording);
    if wording.noun.is_empty() {
        wording.noun.push(noun_of(raw));
    }
    let noun = wording.noun[0].clone();
    let flag = raw.kind == SlotKind::Flag;
    let fill = |list: &mut Vec<String>, text: String| {
        if list.is_empty() {
            list.push(text);
        }
    };
    if wording.before.is_empty() {
        fill(
            &mut wording.after,
            if flag { format!("with {noun}") } else { format!("with {noun} {{value}}") },
        );
    }
    fill(&mut wording.says, if flag { format!("has {noun}") } else { format!("has {noun} {{value}}") });
    fill(&mut wording.question, question(raw.kind, &noun));
    fill(&mut wording.ask, ask(raw.kind, &noun));
    if raw.kind == SlotKind::Money && wording.unit.is_empty() {
        wording.unit = currency.map(unit_of).into_iter().collect();
    }
    if flag {
        let mut negative = wording.negative.map(|boxed| *boxed).unwrap_or_default();
        if negative.before.is_empty() {
            fill(&mut negative.after, format!("without {noun}"));
        }
        fill(&mut negative.says, format!("has no {noun}"));
        wording.negative = Some(Box::new(negative));
    }
    wording
}

/// The unit of an amount of this currency.
fn unit_of(currency: &str) -> (String, String) {
    let singular = currency.strip_suffix('s').unwrap_or(currency);
    (singular.to_owned(), currency.to_owned())
}

fn question(kind: SlotKind, noun: &str) -> String {
    match kind {
        SlotKind::Flag => format!("Do you need {noun}?"),
        SlotKind::Time => format!("What time would you like for the {noun}?"),
        SlotKind::Day | SlotKind::Date => format!("Which day would you like for the {noun}?"),
        _ => format!("What {noun} would you like?"),
    }
}

fn ask(kind: SlotKind, noun: &str) -> String {
    match kind {
        SlotKind::Flag => format!("Does it have {noun}?"),
        _ => format!("What's the {noun}?"),
    }
}

/// The name in words, when the description is a sentence; else the description.
fn noun_of(raw: &RawSlot) -> String {
    let description = raw.description.trim().trim_end_matches('.');
    let short = description.split_whitespace().count() <= 4 && !description.contains(',');
    let noun = if short && !description.is_empty() { description } else { &raw.name };
    lower_first(&noun.replace('_', " "))
}

fn lower_first(text: &str) -> String {
    let stays = text.chars().nth(1).is_some_and(char::is_uppercase);
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !stays => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

fn as_written(raw: &RawWording) -> SlotWording {
    SlotWording {
        noun: texts(&raw.noun),
        before: texts(&raw.before),
        after: texts(&raw.after),
        says: texts(&raw.says),
        wish: texts(&raw.wish),
        question: texts(&raw.question),
        ask: texts(&raw.ask),
        unit: raw.unit.iter().map(|(one, many)| (one.text.clone(), many.text.clone())).collect(),
        negative: raw.negative.as_deref().map(|negative| Box::new(as_written(negative))),
    }
}

/// The wording of an intent; `entity` is the intent that gives its entity.
pub(super) fn intent(raw: &RawIntent, entity: Option<&RawIntent>) -> IntentWording {
    let words = raw.name.replace('_', " ");
    let mut wording = IntentWording {
        noun: texts(&raw.wording.noun),
        plural: texts(&raw.wording.plural),
        pronoun: texts(&raw.wording.pronoun),
        tail: texts(&raw.wording.tail),
        verb: texts(&raw.wording.verb),
        done: texts(&raw.wording.done),
        deed: texts(&raw.wording.deed),
        reason: texts(&raw.wording.reason),
        hope: texts(&raw.wording.hope),
    };
    if wording.noun.is_empty() {
        match entity.filter(|_| raw.kind == IntentKind::Transact) {
            Some(entity) => {
                let of = intent(entity, None);
                (wording.noun, wording.plural) = (of.noun, of.plural);
            }
            None => {
                wording.noun.push(words.split_once(' ').map_or(words.as_str(), |(_, noun)| noun).to_owned());
            }
        }
    }
    while wording.plural.len() < wording.noun.len() {
        wording.plural.push(plural(&wording.noun[wording.plural.len()]));
    }
    if wording.verb.is_empty() {
        let article = |noun: &str| if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        wording.verb.push(match words.split_once(' ') {
            Some((verb, noun)) if raw.kind == IntentKind::Search => {
                format!("{verb} {} {noun}", article(noun))
            }
            Some((verb, noun)) => format!("{verb} the {noun}"),
            None => words.clone(),
        });
    }
    if raw.kind == IntentKind::Transact {
        if wording.done.is_empty() {
            wording.done.push("that's done".to_owned());
        }
        if wording.deed.is_empty() {
            wording.deed.push("the request".to_owned());
        }
    }
    wording
}

/// The regular English plural.
fn plural(noun: &str) -> String {
    let consonant_y = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

fn texts(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.text.clone()).collect()
}
