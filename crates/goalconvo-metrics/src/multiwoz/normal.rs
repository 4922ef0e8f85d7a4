//! Different systems write slots and values differently; the evaluation maps them all to one form.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{DomainStates, SlotValues};
use crate::text::pattern::pattern;

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[([\w\s]+)\](?:-?e?s)?"));

/// A delexicalised response with its placeholders in the common form (`[hotel_name]` becomes `NAME`) and everything
/// else in lower case; a placeholder that the evaluation does not know vanishes. Spacing is left as it was: no figure
/// but BLEU depends on it.
#[must_use]
pub fn normalised_response(response: &str) -> String {
    let lower = response.to_lowercase();
    let named = PLACEHOLDER.replace_all(&lower, |found: &Captures<'_>| placeholder(&found[1]));
    named.replace("-s", "").replace("-ly", "")
}

/// A predicted state with slots and values in the common form.
#[must_use]
pub fn normalised_state(state: &DomainStates) -> DomainStates {
    let slots = |slots: &SlotValues| -> SlotValues {
        slots
            .iter()
            .map(|(slot, value)| {
                let slot = slot.to_lowercase().replace(' ', "");
                let slot = match slot.as_str() {
                    "arriveby" => "arrive".to_owned(),
                    "leaveat" => "leave".to_owned(),
                    _ => slot,
                };
                let value = canonical_value(&slot, value);
                (slot, value)
            })
            .collect()
    };
    state.iter().map(|(domain, values)| (domain.clone(), slots(values))).collect()
}

/// The common name of a placeholder: the last part of `domain_slot` decides, with a few names of their own.
fn placeholder(name: &str) -> &'static str {
    let slot = name.rsplit_once('_').map_or(name, |(_, slot)| slot);
    match slot {
        "id" if matches!(name, "hospital_id" | "attraction_id" | "restaurant_id") => "ID",
        "address" => "ADDRESS",
        "area" => "AREA",
        "booktime" | "time" | "duration" | "arriveby" | "arrive" | "arrive by" | "leaveat" | "leave"
        | "leave at" => "TIME",
        "day" | "bookday" => "DAY",
        "destination" | "departure" | "place" => "PLACE",
        "food" => "FOOD",
        "name" => "NAME",
        "phone" => "PHONE",
        "postcode" => "POST",
        "price" | "entrancefee" | "entrance fee" | "pricerange" | "price range" => "PRICE",
        "ref" | "reference" => "REFERENCE",
        "stars" | "bookstay" | "stay" | "bookpeople" | "people" | "choice" | "count" => "COUNT",
        "type" | "car" => "TYPE",
        "trainid" | "id" | "train" => "TRAINID",
        "internet" => "INTERNET",
        "parking" => "PARKING",
        "department" => "DEPARTMENT",
        "openhours" => "OPEN",
        _ => "",
    }
}

/// A slot's value in the form in which the database has it.
pub(super) fn canonical_value(slot: &str, value: &str) -> String {
    match slot {
        "name" | "destination" | "departure" => canonical_name(value),
        "type" => renamed(&TYPES, value).to_owned(),
        "food" => renamed(&FOODS, &value.trim().to_lowercase()).to_owned(),
        "arrive" | "leave" | "arriveby" | "leaveat" | "time" => canonical_time(value),
        "parking" | "internet" if value == "free" => "yes".to_owned(),
        _ => value.to_owned(),
    }
}

/// Minutes after midnight of `HH:MM…`; 0 for anything else.
pub(super) fn minutes(time: &str) -> u32 {
    let bytes = time.as_bytes();
    let digit = |at: usize| bytes.get(at).filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0'));
    match (digit(0), digit(1), bytes.get(2), digit(3), digit(4)) {
        (Some(h1), Some(h0), Some(b':'), Some(m1), Some(_)) => {
            // The script reads all that stands between the first and the second colon.
            let after = time[3..].split(':').next().unwrap_or_default();
            (h1 * 10 + h0) * 60 + after.trim().parse().unwrap_or(m1)
        }
        _ => 0,
    }
}

fn canonical_name(name: &str) -> String {
    let name = name.trim().to_lowercase().replace(" & ", " and ").replace('&', " and ").replace(" '", "'");
    renamed(&NAMES, &name).to_owned()
}

fn renamed<'a>(table: &[(&str, &'static str)], value: &'a str) -> &'a str {
    table.iter().find(|(from, _)| *from == value).map_or(value, |(_, to)| to)
}

fn canonical_time(time: &str) -> String {
    let time = time.trim().to_lowercase();
    if let Some((_, canonical)) = TIMES.iter().find(|(from, _)| *from == time) {
        return (*canonical).to_owned();
    }
    for (start, canonical) in [("one o'clock p.m", "13:00"), ("ten o'clock a.m", "10:00")] {
        if time.starts_with(start) {
            return canonical.to_owned();
        }
    }
    // "by " loses its blank with it; "after" and its misspelling are trimmed.
    let time = if time.starts_with("by") { skipped(&time, 3) } else { &time };
    let time = if time.starts_with("after") { skipped(time, 5).trim() } else { time };
    let time = if time.starts_with("afer") { skipped(time, 4).trim() } else { time };
    let time = time.strip_suffix("am").map_or(time, str::trim);
    let time = time.strip_suffix("a.m.").map_or(time, str::trim);
    let afternoon = time.strip_suffix("pm").or_else(|| time.strip_suffix("p.m.")).map(str::trim);
    if let Some(hours) = afternoon.and_then(twelve_later) {
        return hours;
    }
    let time = afternoon.unwrap_or(time);
    clock(time)
}

fn skipped(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or("", |(at, _)| &text[at..])
}

/// `3` and `3:15` in the afternoon.
fn twelve_later(time: &str) -> Option<String> {
    let parts: Vec<&str> = time.split(':').collect();
    let hours = parts[0].trim().parse::<u32>().ok()? + 12;
    match parts[..] {
        [_, minutes] => Some(format!("{hours}:{minutes}")),
        [_] => Some(format!("{hours}:00")),
        _ => None,
    }
}

fn clock(time: &str) -> String {
    if time.is_empty() {
        return "00:00".to_owned();
    }
    let time = time.strip_suffix(['.', ',', '?']).unwrap_or(time);
    let digits = !time.is_empty() && time.bytes().all(|b| b.is_ascii_digit());
    if digits && time.len() == 4 {
        return format!("{}:{}", &time[..2], &time[2..]);
    }
    if digits {
        return format!("{time:0>2}:00");
    }
    let time: Cow<'_, str> = if time.contains(':') { time.replace(' ', "").into() } else { time.into() };
    match time.split_once(':') {
        Some((hours, minutes)) if hours.len() == 1 && minutes.len() == 2 => format!("0{hours}:{minutes}"),
        _ => time.into_owned(),
    }
}

const TIMES: [(&str, &str); 11] = [
    ("afternoon", "13:00"),
    ("lunch", "12:00"),
    ("noon", "12:00"),
    ("mid-day", "12:00"),
    ("around lunch time", "12:00"),
    ("morning", "08:00"),
    ("seven o'clock tomorrow evening", "07:00"),
    ("three forty five p.m", "15:45"),
    ("one thirty p.m.", "13:30"),
    ("six fourty five", "06:45"),
    ("eight thirty", "08:30"),
];

const TYPES: [(&str, &str); 4] = [
    ("swimming pool", "swimmingpool"),
    ("mutliple sports", "multiple sports"),
    ("night club", "nightclub"),
    ("guest house", "guesthouse"),
];

const FOODS: [(&str, &str); 15] = [
    ("eriterean", "mediterranean"),
    ("brazilian", "portuguese"),
    ("sea food", "seafood"),
    ("portugese", "portuguese"),
    ("modern american", "north american"),
    ("americas", "north american"),
    ("intalian", "italian"),
    ("italain", "italian"),
    ("asian or oriental", "asian"),
    ("english", "british"),
    ("australasian", "australian"),
    ("gastropod", "gastropub"),
    ("brutish", "british"),
    ("bristish", "british"),
    ("europeon", "european"),
];

/// What people and systems call venues, and what the database calls them.
const NAMES: [(&str, &str); 35] = [
    ("hotel du vin bistro", "hotel du vin and bistro"),
    ("the river bar and grill", "the river bar steakhouse and grill"),
    ("nando's", "nandos"),
    ("city center b and b", "city center north b and b"),
    ("acorn house", "acorn guest house"),
    ("caffee uno", "caffe uno"),
    ("cafe uno", "caffe uno"),
    ("rosa's", "rosas bed and breakfast"),
    ("restaurant called two two", "restaurant two two"),
    ("restaurant 2 two", "restaurant two two"),
    ("restaurant two 2", "restaurant two two"),
    ("restaurant 2 2", "restaurant two two"),
    ("restaurant 1 7", "restaurant one seven"),
    ("restaurant 17", "restaurant one seven"),
    ("lime house", "limehouse"),
    ("cityrooms", "cityroomz"),
    ("whale of time", "whale of a time"),
    ("huntingdon hotel", "huntingdon marriott hotel"),
    ("holiday inn exlpress, cambridge", "express by holiday inn cambridge"),
    ("university hotel", "university arms hotel"),
    ("arbury guesthouse and lodge", "arbury lodge guesthouse"),
    ("bridge house", "bridge guest house"),
    ("arbury guesthouse", "arbury lodge guesthouse"),
    ("nandos in the city centre", "nandos city centre"),
    ("broughton gallery", "broughton house gallery"),
    ("scudamores punt co", "scudamores punting co"),
    ("cambridge botanic gardens", "cambridge university botanic gardens"),
    ("the junction", "junction theatre"),
    ("trinity street college", "trinity college"),
    ("christ college", "christ's college"),
    ("christs", "christ's college"),
    ("history of science museum", "whipple museum of the history of science"),
    ("parkside pools", "parkside swimming pool"),
    ("the botanical gardens at cambridge university", "cambridge university botanic gardens"),
    ("cafe jello museum", "cafe jello gallery"),
];
