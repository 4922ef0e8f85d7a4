//! How a value is said: one of its spoken forms, with the canonical value known beside it.

use std::fmt::Write as _;

use goalconvo_core::{Rng, Role, SlotKind, Value};

use super::words::SlotWords;
use crate::pack::{Form, Half, Pack, Style};

/// Who says a value, and how freely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) role: Role,
    /// Only the form that every reader knows.
    pub(crate) plain: bool,
    /// Whether the words that the domain has for a value fit.
    pub(crate) own_words: bool,
    /// Whether it stands before a noun: "a 4 star hotel".
    pub(crate) attributive: bool,
    pub(crate) style: Style,
}

/// Writes the value.
pub(crate) fn write(
    pack: &Pack,
    slot: &SlotWords,
    value: &Value,
    manner: Manner,
    rng: &mut Rng,
    out: &mut String,
) {
    if !manner.plain
        && manner.own_words
        && let Some(all) = slot.spoken.get(value).filter(|_| rng.chance(30))
        && let Some(spoken) = all.get(rng.below(all.len()).min(rng.below(all.len())))
    {
        out.push_str(spoken);
        return;
    }
    match slot.kind {
        SlotKind::Category => {
            let here = slot.respelled.get(value);
            category(pack, here.map_or(&*value.plain(), String::as_str), out);
        }
        SlotKind::Day => day(pack, &value.plain(), out),
        SlotKind::Count => count(pack, slot, value, manner, rng, out),
        SlotKind::Money => money(pack, slot, value, manner, rng, out),
        SlotKind::Time | SlotKind::Date => time_or_date(pack, slot, &value.plain(), manner, rng, out),
        SlotKind::Duration => duration(pack, value, out),
        SlotKind::Phone if !manner.plain && rng.chance(50) => {
            out.extend(value.plain().chars().filter(|c| *c != ' '));
        }
        _ => out.push_str(&value.plain()),
    }
}

/// Words that are always written with a capital get it.
fn category(pack: &Pack, text: &str, out: &mut String) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if pack.morphology.is_proper(word) => {
                out.extend(first.to_uppercase());
                out.push_str(chars.as_str());
            }
            _ => out.push_str(word),
        }
    }
}

fn day(pack: &Pack, text: &str, out: &mut String) {
    let name = pack.values.day_names.iter().find(|(value, _)| value == text);
    out.push_str(name.map_or(text, |(_, name)| name));
}

/// In how many percent of times users say of several people only how many.
const BARE: u32 = 50;

/// A small number in words or digits.
pub(crate) fn number(pack: &Pack, n: i64, in_words: bool, out: &mut String) {
    let word = usize::try_from(n).ok().filter(|n| in_words && (1..=12).contains(n));
    match word.and_then(|n| pack.values.number_words.get(n)) {
        Some(word) => out.push_str(word),
        None => {
            let _ = write!(out, "{n}");
        }
    }
}

fn count(pack: &Pack, slot: &SlotWords, value: &Value, manner: Manner, rng: &mut Rng, out: &mut String) {
    let Value::Int(n) = value else {
        out.push_str(&value.plain());
        return;
    };
    let unit = rng.pick(&slot.unit);
    // "For 4": nobody asks four what.
    let people = |(one, _): &&(String, String)| pack.morphology.counts_people(one);
    let bare = !manner.plain && manner.role == Role::User && *n > 1 && unit.filter(people).is_some();
    let unit = unit.filter(|_| !(bare && rng.chance(BARE)));
    let in_words = !manner.plain && unit.is_some() && rng.chance(10);
    number(pack, *n, in_words, out);
    if let Some((one, many)) = unit {
        out.push(' ');
        out.push_str(if *n == 1 || manner.attributive { one } else { many });
    }
}

/// An amount in the currency of the slot.
fn money(pack: &Pack, slot: &SlotWords, value: &Value, manner: Manner, rng: &mut Rng, out: &mut String) {
    let forms = &pack.values.money_forms;
    let weights = forms.iter().map(|(_, weight)| weight[manner.role as usize]);
    let at = if manner.plain { Some(0) } else { rng.weighted(weights) };
    let form = at.and_then(|at| forms.get(at)).map_or("{symbol}{amount}", |(form, _)| form);
    let amount = match value {
        Value::Float(x) => format!("{x:.2}"),
        other => other.plain().to_string(),
    };
    let unit = slot.unit.first();
    let known = unit.and_then(|(one, many)| Some((one, many, pack.values.money_symbols.get(many)?)));
    let Some((one, many, symbol)) = known else { return out.push_str(&amount) };
    let currency = if amount == "1" { one } else { many };
    out.push_str(
        &form.replace("{symbol}", symbol).replace("{amount}", &amount).replace("{currency}", currency),
    );
}

fn time_or_date(pack: &Pack, slot: &SlotWords, text: &str, manner: Manner, rng: &mut Rng, out: &mut String) {
    let is_date = slot.kind == SlotKind::Date;
    let parts = if is_date { calendar(text) } else { clock(text) };
    let (Some(parts), false) = (parts, manner.plain) else {
        out.push_str(text);
        return;
    };
    let forms = &pack.values.forms;
    let weight = |(form, weight): (&Form, &[u32; 2])| {
        let fits = form.is_date == is_date && (is_date || fits_time(form, parts));
        if fits { weight[manner.role as usize] } else { 0 }
    };
    let weights = forms.iter().zip(pack.form_weights(manner.style)).map(weight);
    match rng.weighted(weights).and_then(|at| forms.get(at)) {
        Some(form) if is_date => {
            write_date(pack, &form.say, parts, out);
            if let Some(year) = text.get(..4).filter(|_| slot.many_years) {
                out.push_str(if form.say.ends_with("{month}") { " " } else { ", " });
                out.push_str(year);
            }
        }
        Some(form) => write_time(pack, form, parts, rng, out),
        None => out.push_str(text),
    }
}

/// Hours and minutes, or month and day.
type Parts = (i64, i64);

fn clock(text: &str) -> Option<Parts> {
    let (hour, minute) = text.split_once(':')?;
    Some((hour.parse().ok()?, minute.parse().ok()?))
}

fn calendar(text: &str) -> Option<Parts> {
    let mut parts = text.split('-').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn fits_time(form: &Form, (hour, minute): Parts) -> bool {
    let half = match form.half {
        Some(Half::Am) => hour < 12,
        Some(Half::Pm) => hour >= 12,
        None => true,
    };
    let past = if form.to { (60 - minute) % 60 } else { minute };
    half && (form.say.contains("{mm}") || form.say.contains("{minute}") || past == form.add)
}

fn write_time(pack: &Pack, form: &Form, (hour, minute): Parts, rng: &mut Rng, out: &mut String) {
    let said = if form.to && (minute > 0) { hour + 1 } else { hour };
    let twelve = if said % 12 == 0 { 12 } else { said % 12 };
    let mut hour_text = String::new();
    number(pack, twelve, rng.chance(60), &mut hour_text);
    let filled = form
        .say
        .replace("{h24}", &format!("{hour:02}"))
        .replace("{h12}", &twelve.to_string())
        .replace("{hour}", &hour_text)
        .replace("{mm}", &format!("{minute:02}"));
    out.push_str(&filled);
}

fn write_date(pack: &Pack, say: &str, (month, day): Parts, out: &mut String) {
    let name = usize::try_from(month - 1).ok().and_then(|at| pack.values.month_names.get(at));
    let mut name = name.cloned().unwrap_or_default();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let suffix = match (day % 10, day / 10) {
        (1..=3, 0 | 2 | 3) => day % 10 - 1,
        _ => 3,
    };
    let suffix = usize::try_from(suffix).ok().and_then(|at| pack.values.suffixes.get(at));
    let ordinal = format!("{day}{}", suffix.map_or("", String::as_str));
    let filled =
        say.replace("{day}", &day.to_string()).replace("{ordinal}", &ordinal).replace("{month}", &name);
    out.push_str(&filled);
}

fn duration(pack: &Pack, value: &Value, out: &mut String) {
    let Value::Int(minutes) = value else {
        out.push_str(&value.plain());
        return;
    };
    let (many_minutes, one_minute, many_hours, one_hour, and) = &pack.values.duration_words;
    let (hours, rest) = (minutes / 60, minutes % 60);
    let noun = |n: i64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let text = match (hours, rest) {
        (0, _) => noun(*minutes, one_minute, many_minutes),
        (_, 0) => noun(hours, one_hour, many_hours),
        _ => format!("{} {and} {}", noun(hours, one_hour, many_hours), noun(rest, one_minute, many_minutes)),
    };
    out.push_str(&text);
}
