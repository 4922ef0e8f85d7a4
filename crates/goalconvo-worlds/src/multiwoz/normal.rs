//! Values as they are kept: one spelling for each, and a record of what was spelled otherwise.

use std::collections::BTreeMap;

use goalconvo_core::Value;

use super::report::Normalised;
use super::venues::Venues;

/// Ways to say that nothing was said.
const NOTHING: [&str; 4] = ["", "not mentioned", "none", "not given"];

/// Ways to say that any value will do.
const ANYTHING: [&str; 11] = [
    "dontcare",
    "dont care",
    "don't care",
    "do n't care",
    "do nt care",
    "doesn't care",
    "any",
    "do not care",
    "does not care",
    "doesn't matter",
    "does n't matter",
];

/// What a text of the corpus means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// Nothing was said.
    Absent,
    /// Any value will do.
    DontCare,
    /// This value.
    Value(Value),
}

/// The spellings that are known, and what was met.
#[derive(Debug, Default)]
pub(super) struct Speller {
    /// Names by domain; `place` has those of all venues, `station` those of the trains.
    pub(super) venues: BTreeMap<&'static str, Venues>,
    /// What was read before: the corpus says the same things again and again.
    known: BTreeMap<(String, String), (Meaning, bool)>,
    changed: BTreeMap<(String, String, String), (usize, String)>,
    unmatched: BTreeMap<(String, String), (usize, String)>,
}

impl Speller {
    /// The value of a slot of ours, from the corpus's text; what was spelled otherwise is noted down.
    pub(super) fn read(&mut self, domain: &str, slot: &str, text: &str, place: &str) -> Meaning {
        let name = format!("{domain}-{slot}");
        let key = (name.clone(), text.to_owned());
        let (meaning, matched) = match self.known.get(&key) {
            Some(known) => known.clone(),
            None => {
                let read = self.meaning(domain, slot, text);
                self.known.insert(key, read.clone());
                read
            }
        };
        if let Meaning::Value(value) = &meaning {
            let kept = value.plain().to_string();
            let yes_or_no = matches!((value, text), (Value::Bool(true), "yes") | (Value::Bool(false), "no"));
            let noted = match (matched, kept == text || yes_or_no) {
                (false, _) => Some(self.unmatched.entry((name, text.to_owned())).or_default()),
                (true, false) => Some(self.changed.entry((name, text.to_owned(), kept)).or_default()),
                (true, true) => None,
            };
            if let Some((count, first)) = noted {
                *count += 1;
                if first.is_empty() {
                    place.clone_into(first);
                }
            }
        }
        meaning
    }

    /// The same, noting nothing.
    pub(super) fn peek(&self, domain: &str, slot: &str, text: &str) -> Meaning {
        self.meaning(domain, slot, text).0
    }

    /// What a text means, and whether it is a spelling that is known.
    fn meaning(&self, domain: &str, slot: &str, text: &str) -> (Meaning, bool) {
        let plain = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if NOTHING.contains(&plain.as_str()) {
            return (Meaning::Absent, true);
        }
        if ANYTHING.contains(&plain.as_str()) {
            return (Meaning::DontCare, true);
        }
        // Later versions of the corpus list alternatives.
        let first = plain.split(['|', '>', '<']).next().unwrap_or(&plain).trim();
        match self.value(domain, slot, first) {
            Some(value) => (Meaning::Value(value), true),
            None => (Meaning::Value(Value::text(first)), false),
        }
    }

    fn value(&self, domain: &str, slot: &str, text: &str) -> Option<Value> {
        match slot {
            "internet" | "parking" => flag(text),
            "people" | "stay" | "stars" => count(text),
            "time" | "leave_at" | "arrive_by" => time(text).map(Value::text),
            "day" => day(text),
            "name" => self.venue(domain, text),
            "departure" | "destination" if domain == "train" => self.venue("station", station(text)),
            "departure" | "destination" => {
                let at_station = text.contains("train station");
                self.venue("place", text).or_else(|| at_station.then(|| Value::text(text)))
            }
            "area" => one_of(
                text,
                &["centre", "north", "south", "east", "west"],
                &[("center", "centre"), ("city", "centre"), ("town", "centre")],
            ),
            "pricerange" => one_of(
                text,
                &["cheap", "moderate", "expensive", "free"],
                &[("inexpensive", "cheap"), ("mid", "moderate")],
            ),
            "type" => Some(Value::text(kind(text))),
            "department" | "food" => Some(Value::text(text)),
            _ => Some(Value::text(text)),
        }
    }

    fn venue(&self, domain: &str, text: &str) -> Option<Value> {
        self.venues.get(domain)?.find(text).map(Value::text)
    }

    /// What was written differently, and what was matched with nothing.
    pub(super) fn report(self) -> (Vec<Normalised>, Vec<Normalised>) {
        let changed = self.changed.into_iter().map(|((slot, found, kept), (count, first))| Normalised {
            slot,
            found,
            kept,
            count,
            first,
        });
        let unmatched = self.unmatched.into_iter().map(|((slot, found), (count, first))| Normalised {
            slot,
            kept: found.to_lowercase(),
            found,
            count,
            first,
        });
        (changed.collect(), unmatched.collect())
    }
}

fn flag(text: &str) -> Option<Value> {
    match text {
        "yes" | "free" | "true" | "y" => Some(Value::Bool(true)),
        "no" | "false" | "n" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn count(text: &str) -> Option<Value> {
    const WORDS: [&str; 11] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let word = text.split([' ', '-']).next()?;
    let by_word = || WORDS.iter().position(|known| *known == word).map(|n| n as i64);
    word.parse().ok().or_else(by_word).map(Value::Int)
}

/// `HH:MM` from `5:45`, `0545`, `17.45`, `5:45 pm`, `after 10:00`.
pub(super) fn time(text: &str) -> Option<String> {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).collect();
    let afternoon = digits.contains('p');
    let clock: String = digits.chars().take_while(|c| c.is_ascii_digit() || matches!(c, ':' | '.')).collect();
    let (hours, minutes) = match clock.split_once([':', '.']) {
        Some((hours, minutes)) => (hours.to_owned(), minutes.to_owned()),
        None if clock.len() == 4 || clock.len() == 3 => {
            let (hours, minutes) = clock.split_at(clock.len() - 2);
            (hours.to_owned(), minutes.to_owned())
        }
        None => (clock, "00".to_owned()),
    };
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let hours = if afternoon && hours < 12 { hours + 12 } else { hours };
    (hours < 30 && minutes < 60).then(|| format!("{hours:02}:{minutes:02}"))
}

fn day(text: &str) -> Option<Value> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let beginning = text.get(..3)?;
    DAYS.iter().find(|day| day.starts_with(beginning)).map(Value::text)
}

fn one_of(text: &str, known: &[&str], also: &[(&str, &str)]) -> Option<Value> {
    let other = also.iter().find(|(part, _)| text.contains(part)).map(|(_, value)| *value);
    let value = known.iter().find(|value| text == **value).copied().or(other);
    value.or_else(|| known.iter().find(|value| text.contains(**value)).copied()).map(Value::text)
}

/// Kinds of place in the databases' spelling.
fn kind(text: &str) -> String {
    let joined = match text {
        "night club" | "night clubs" | "nightclubs" => "nightclub",
        "swimming pool" | "swimming pools" | "pool" => "swimmingpool",
        "concert hall" | "concert halls" => "concerthall",
        "mutliple sports" | "multiple sports" | "sports" => "multiple sports",
        "guest house" | "guest houses" | "guesthouses" => "guesthouse",
        "museums" => "museum",
        "colleges" => "college",
        "hotels" => "hotel",
        "parks" => "park",
        "boats" | "boating" => "boat",
        "theater" | "theatres" | "theaters" => "theatre",
        other => other,
    };
    joined.to_owned()
}

fn station(text: &str) -> &str {
    text.trim_end_matches(" train station").trim_end_matches(" railway station").trim_end_matches(" station")
}
