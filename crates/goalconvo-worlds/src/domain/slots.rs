//! Slots: their values looked up, their wording filled in.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Slot, SlotKind, Value};
use smol_str::SmolStr;

use super::fields::Text;
use super::files::Files;
use super::problem::{Problems, Spot, suggest};
use super::raw::{RawDomain, RawSlot, RawValues};
use super::read::value_of;
use super::scale::{Scale, days, minutes};
use super::wording;

/// The longest list of values that a range may make.
const LONGEST_RANGE: usize = 20_000;

/// The pools of a folder: names, values with their places, and which were asked for.
pub(super) struct Pools<'a> {
    files: &'a Files,
    numbers: BTreeMap<&'a str, usize>,
    used: std::cell::RefCell<BTreeSet<usize>>,
}

impl<'a> Pools<'a> {
    pub(super) fn new(files: &'a Files) -> Self {
        Pools { files, numbers: files.pools(), used: std::cell::RefCell::default() }
    }

    /// The values of a pool, each with its place.
    pub(super) fn get(&self, name: &str) -> Option<Vec<(&'a str, Spot)>> {
        let file = *self.numbers.get(name)?;
        self.used.borrow_mut().insert(file);
        let text = self.files.text(file);
        let mut at = 0;
        let mut values = Vec::new();
        for line in text.split_inclusive('\n') {
            let value = line.split('#').next().unwrap_or_default().trim();
            if !value.is_empty() {
                values.push((value, Spot { file, at }));
            }
            at += line.len();
        }
        Some(values)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.numbers.keys().copied()
    }

    pub(super) fn is_used(&self, file: usize) -> bool {
        self.used.borrow().contains(&file)
    }
}

/// All slots by name.
pub(super) fn slots(raw: &RawDomain, pools: &Pools<'_>, problems: &Problems) -> BTreeMap<SmolStr, Slot> {
    raw.slots.iter().map(|slot| (SmolStr::new(&*slot.name), self::slot(slot, raw, pools, problems))).collect()
}

fn slot(raw: &RawSlot, domain: &RawDomain, pools: &Pools<'_>, problems: &Problems) -> Slot {
    let values = values(raw, pools, problems);
    let spoken = raw.spoken.iter().filter_map(|(value, forms)| {
        let found = value_of(value, raw.kind);
        if found.is_none() {
            problems.mistake(
                value.spot,
                format!("`{value}` is no {}", kind_name(raw.kind)),
                "write it as the values are written",
            );
        }
        Some((found?, forms.iter().map(|form| form.text.clone()).collect()))
    });
    let carry = raw.carry.iter().filter_map(|name| carry(name, problems)).collect();
    Slot {
        name: SmolStr::new(&*raw.name),
        kind: raw.kind,
        description: raw.description.text.clone(),
        spoken: spoken.collect(),
        carry,
        wording: wording::slot(raw, domain.currency.as_deref()),
        values,
    }
}

fn carry(name: &Text, problems: &Problems) -> Option<(SmolStr, SmolStr)> {
    let parts = name.split_once('.').filter(|(domain, slot)| !domain.is_empty() && !slot.is_empty());
    if parts.is_none() {
        problems.mistake(
            name.spot,
            format!("found `{name}`, expected `domain.slot`"),
            "write it as in carry = [\"hotel.area\"]",
        );
    }
    parts.map(|(domain, slot)| (domain.into(), slot.into()))
}

fn values(raw: &RawSlot, pools: &Pools<'_>, problems: &Problems) -> Vec<Value> {
    let mut values = match &raw.values {
        RawValues::None if raw.kind == SlotKind::Flag => vec![Value::Bool(true), Value::Bool(false)],
        RawValues::None => return Vec::new(),
        RawValues::Listed(listed) => listed
            .iter()
            .filter_map(|(value, spot)| {
                let value = of_kind(value, raw.kind);
                if let Err(found) = &value {
                    let message =
                        format!("{found} is no {}, the kind of slot `{}`", kind_name(raw.kind), raw.name);
                    problems.mistake(*spot, message, "change the value or the kind");
                }
                value.ok()
            })
            .collect(),
        RawValues::Pool(pool) => from_pool(raw, pool, pools, problems),
        RawValues::Range { from, to, step } => from_range(raw, from, to, step.as_ref(), problems),
    };
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    values
}

fn from_pool(raw: &RawSlot, pool: &Text, pools: &Pools<'_>, problems: &Problems) -> Vec<Value> {
    let Some(listed) = pools.get(pool) else {
        unknown_pool(pool, pools, problems);
        return Vec::new();
    };
    let value = |(text, spot): (&str, Spot)| {
        let value = value_of(text, raw.kind).and_then(|value| of_kind(&value, raw.kind).ok());
        if value.is_none() {
            let message = format!("`{text}` is no {}, the kind of slot `{}`", kind_name(raw.kind), raw.name);
            problems.mistake(spot, message, "change the value or the kind");
        }
        value
    };
    listed.into_iter().filter_map(value).collect()
}

pub(super) fn unknown_pool(pool: &Text, pools: &Pools<'_>, problems: &Problems) {
    let fix = format!("make pools/{}.txt; {}", &**pool, suggest(pool, pools.names()));
    problems.mistake(pool.spot, format!("unknown pool `{pool}`"), fix);
}

fn from_range(
    raw: &RawSlot,
    from: &(Value, Spot),
    to: &(Value, Spot),
    step: Option<&(Value, Spot)>,
    problems: &Problems,
) -> Vec<Value> {
    let ranged = [
        SlotKind::Count,
        SlotKind::Number,
        SlotKind::Money,
        SlotKind::Time,
        SlotKind::Date,
        SlotKind::Duration,
    ];
    if !ranged.contains(&raw.kind) {
        problems.mistake(
            from.1,
            format!("a range for a {}", kind_name(raw.kind)),
            "list the `values` or name a `pool`",
        );
        return Vec::new();
    }
    for (value, spot) in [from, to] {
        if let Err(found) = of_kind(value, raw.kind) {
            problems.mistake(*spot, format!("{found} is no {}", kind_name(raw.kind)), "");
            return Vec::new();
        }
    }
    match Scale::new(&from.0, &to.0, step.map(|(step, _)| step)) {
        Ok(scale) if scale.len() <= LONGEST_RANGE => scale.values(),
        Ok(scale) => {
            problems.mistake(from.1, format!("a range of {} values", scale.len()), "give a greater `step`");
            Vec::new()
        }
        Err(message) => {
            problems.mistake(from.1, message, "");
            Vec::new()
        }
    }
}

/// The value if it is of this kind, else as it reads.
pub(super) fn of_kind(value: &Value, kind: SlotKind) -> Result<Value, String> {
    let fits = match (kind, value) {
        (_, Value::Null) => true,
        (SlotKind::Flag, Value::Bool(_)) => true,
        (SlotKind::Count | SlotKind::Duration | SlotKind::IdNumber, Value::Int(n)) => *n >= 0,
        (SlotKind::Number, number) => number.as_number().is_some(),
        (SlotKind::Money, number) => {
            number.as_number().is_some_and(|x| (x * 100.0 - (x * 100.0).round()).abs() < 1e-6)
        }
        (SlotKind::Time, Value::Text(text)) => minutes(text).is_some(),
        (SlotKind::Date, Value::Text(text)) => days(text).is_some(),
        (SlotKind::Day, Value::Text(text)) => DAYS.contains(&text.as_str()),
        (
            SlotKind::Flag
            | SlotKind::Count
            | SlotKind::Duration
            | SlotKind::IdNumber
            | SlotKind::Time
            | SlotKind::Date
            | SlotKind::Day,
            _,
        ) => false,
        (_, Value::Text(text)) => !text.is_empty() && text.trim() == text.as_str(),
        _ => false,
    };
    if fits { Ok(value.clone()) } else { Err(value.to_string()) }
}

/// Days of the week as slots of kind `day` have them.
pub(super) const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The kind with what its values look like, for messages.
pub(super) fn kind_name(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Name => "name (a text)",
        SlotKind::Category => "category (a text)",
        SlotKind::Flag => "flag (true or false)",
        SlotKind::Count => "count (a whole number)",
        SlotKind::Number => "number",
        SlotKind::Money => "amount of money (a number with at most two decimals)",
        SlotKind::Time => "time (HH:MM)",
        SlotKind::Date => "date (YYYY-MM-DD)",
        SlotKind::Day => "day of the week (lower case)",
        SlotKind::Duration => "duration (whole minutes)",
        SlotKind::Phone => "phone number (a text)",
        SlotKind::Postcode => "postcode (a text)",
        SlotKind::Address => "address (a text)",
        SlotKind::Reference => "reference (a text)",
        SlotKind::Id => "id (a text)",
        SlotKind::IdNumber => "id_number (a whole number)",
        SlotKind::Text => "text",
    }
}
