//! Values: those that can't be told apart, that no slot lists, that are of another kind than their slot; how many.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use goalconvo_core::{IntentKind, Slot, SlotKind, Value};

use super::super::problem::{Spot, suggest};
use super::super::raw::{RawRows, RawSlot, RawValues};
use super::super::read::value_of;
use super::super::slots::{Pools, kind_name, of_kind};
use super::Subject;

/// How many entities and values of an open slot a built-in domain has at least.
const ENOUGH: usize = 200;

pub(super) fn check(subject: &Subject<'_>) {
    for raw in &subject.made.raw.slots {
        if let Some(slot) = subject.made.domain.slots.get(&*raw.name) {
            spoken(raw, slot, subject);
            twice(raw, subject);
        }
    }
    pools(subject);
    columns(subject);
    carried(subject);
    if subject.files.is_built_in() && subject.files.name() != "mock" {
        enough(subject);
    }
}

/// A line that stands twice in a pool of the folder's own.
fn pools(subject: &Subject<'_>) {
    let pools = Pools::new(subject.files);
    for name in pools.names() {
        let mut seen = BTreeSet::new();
        for (value, spot) in pools.get(name).unwrap_or_default() {
            if !seen.insert(value) && !subject.files.is_shared(spot.file) {
                subject.problems.mistake(
                    spot,
                    format!("`{value}` stands twice in the pool `{name}`"),
                    "list it once",
                );
            }
        }
    }
}

/// The form in which two ways to say something are the same.
fn heard(text: &str) -> String {
    // The sign of a number is heard.
    if text.parse::<f64>().is_ok() {
        return text.to_owned();
    }
    text.chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn spoken(raw: &RawSlot, slot: &Slot, subject: &Subject<'_>) {
    let mut meaning: BTreeMap<String, String> = BTreeMap::new();
    for value in &slot.values {
        let plain = value.plain();
        if let Some(other) =
            meaning.insert(heard(&plain), plain.to_string()).filter(|other| *other != plain.as_str())
        {
            let message = format!("values `{other}` and `{plain}` of slot `{}` sound the same", raw.name);
            subject.problems.mistake(raw.name.spot, message, "keep one");
        }
    }
    for (value, forms) in &raw.spoken {
        let known = value_of(value, raw.kind)
            .is_some_and(|value| slot.values.is_empty() || slot.values.contains(&value));
        if !known {
            let values: Vec<_> = slot.values.iter().map(Value::plain).collect();
            let fix = suggest(value, values.iter().map(SmolStr::as_str));
            subject.problems.mistake(
                value.spot,
                format!("`{value}` is no value of slot `{}`", raw.name),
                fix,
            );
        }
        for form in forms {
            let key = heard(form);
            match meaning.get(&key) {
                Some(other) if *other != **value => {
                    let message = format!("{:?} means `{other}` and `{value}`", &**form);
                    subject.problems.mistake(form.spot, message, "let each form mean one value");
                }
                Some(_) => {
                    subject.problems.note(
                        form.spot,
                        format!("{:?} says no more than the value itself", &**form),
                        "take it away",
                    );
                }
                None => {
                    meaning.insert(key, value.text.clone());
                }
            }
        }
    }
}

fn twice(raw: &RawSlot, subject: &Subject<'_>) {
    let RawValues::Listed(listed) = &raw.values else { return };
    if listed.is_empty() {
        subject.problems.mistake(
            raw.name.spot,
            format!("slot `{}` has an empty list of values", raw.name),
            "add values or take `values` away",
        );
    }
    for (at, (value, spot)) in listed.iter().enumerate() {
        if listed[..at].iter().any(|(other, _)| other == value) {
            subject.problems.mistake(
                *spot,
                format!("value `{}` stands twice in slot `{}`", value.plain(), raw.name),
                "list it once",
            );
        }
    }
}

/// Columns hold values of their slot's kind, and of its list where it is closed.
fn columns(subject: &Subject<'_>) {
    for table in &subject.made.domain.tables {
        let Some(raw) = subject.made.raw.tables.iter().find(|raw| *raw.name == *table.name) else { continue };
        if !matches!(raw.rows, RawRows::Made(_)) {
            continue;
        }
        for (at, name) in table.columns.iter().enumerate() {
            let Some(slot) = subject.made.domain.slots.get(name) else { continue };
            let spot = raw.columns.get(at).map_or(raw.name.spot, |column| column.name.spot);
            let closed = slot.kind == SlotKind::Category && !slot.values.is_empty();
            if let Some(wrong) = table.values(at).find(|value| of_kind(value, slot.kind).is_err()) {
                let message = format!("column `{name}` holds {wrong}, which is no {}", kind_name(slot.kind));
                subject.problems.mistake(spot, message, "make it of the slot's kind, or rename the column");
            } else if let Some(wrong) = table.values(at).find(|value| closed && !slot.values.contains(value))
            {
                let message = format!("column `{name}` holds {wrong}, which slot `{name}` does not list");
                subject.problems.mistake(
                    spot,
                    message,
                    "add it to the slot's values, or make the column from them",
                );
            }
        }
    }
}

/// Slots of a built-in domain that values are carried from have to be there.
fn carried(subject: &Subject<'_>) {
    for carry in subject.made.raw.slots.iter().flat_map(|slot| &slot.carry) {
        let Some((domain, slot)) = carry.split_once('.') else { continue };
        // What lies beside the folder is meant, not the built-in domain of that name.
        if subject.files.has_sibling(domain) {
            continue;
        }
        let Some(files) = super::super::files::Files::built_in(domain) else {
            subject.problems.note(
                carry.spot,
                format!("`{domain}` is no built-in domain"),
                "this carries only where a domain of that name is played too",
            );
            continue;
        };
        let other = super::super::read::read(&files, &super::super::problem::Problems::default());
        if !other.slots.iter().any(|known| *known.name == *slot) {
            let fix = suggest(slot, other.slots.iter().map(|known| &*known.name));
            subject.problems.mistake(carry.spot, format!("domain `{domain}` has no slot `{slot}`"), fix);
        }
    }
}

fn enough(subject: &Subject<'_>) {
    let domain = &subject.made.domain;
    for intent in domain.intents.iter().filter(|intent| intent.kind == IntentKind::Search) {
        let Some(table) = domain.tool(&intent.tool).and_then(|tool| domain.table(&tool.table)) else {
            continue;
        };
        if table.rows().len() < ENOUGH {
            let spot =
                subject.made.raw.tables.iter().find(|raw| *raw.name == *table.name).map(|raw| raw.name.spot);
            let message = format!(
                "table `{}` has {} entities, a built-in domain has {ENOUGH}",
                table.name,
                table.rows().len()
            );
            subject.problems.note(spot.unwrap_or(Spot { file: 0, at: 0 }), message, "ask for more `rows`");
        }
    }
    for raw in &subject.made.raw.slots {
        let values = domain.slots.get(&*raw.name).map_or(0, |slot| slot.values.len());
        if let RawValues::Pool(pool) = &raw.values
            && values < ENOUGH
        {
            let message =
                format!("pool `{pool}` has {values} values, an open slot of a built-in domain has {ENOUGH}");
            subject.problems.note(pool.spot, message, "add values");
        }
    }
}
