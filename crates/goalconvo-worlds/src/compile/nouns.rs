//! Nouns of slots: what a schema's name is called, and what kinds of words it is made of.
//!
//! Nothing with a digit goes in: every digit of a dialogue's text is some value, and a name's would belong to none.

use goalconvo_core::SlotKind;

use super::phrase::sayable;
use crate::registry::names::singular;

/// What a slot is called.
pub(super) fn noun(name: &str) -> String {
    let mut parts = sayable(name);
    for part in &mut parts {
        let whole = match part.as_str() {
            "min" => "lowest",
            "max" => "highest",
            "avg" => "average",
            "num" => "number of",
            "pct" => "percentage",
            "qty" => "quantity",
            "desc" => "description",
            "lang" => "language",
            "temp" => "temperature",
            "addr" => "address",
            "info" => "information",
            _ => continue,
        };
        whole.clone_into(part);
    }
    parts.dedup();
    if parts.len() > 1 && parts.first().is_some_and(|first| first == "has") {
        parts.remove(0);
    }
    if parts.len() > 1 && parts.last().is_some_and(|last| last == "id") {
        parts.pop();
        parts.push("number".to_owned());
    }
    if let [.., measured, unit] = parts.as_slice()
        && is_unit(unit)
        && is_measured(measured)
    {
        parts.insert(parts.len() - 1, "in".to_owned());
    }
    // "seats available" are available seats.
    if let [.., thing, last] = parts.as_mut_slice()
        && is_plural(thing)
        && is_adjective(last)
    {
        std::mem::swap(thing, last);
    }
    let whole = parts.join(" ");
    match whole.as_str() {
        "" => "value".to_owned(),
        "q" | "query" | "keyword" | "keywords" => "topic".to_owned(),
        "stars" => "star rating".to_owned(),
        "check in" => "check-in date".to_owned(),
        "check out" => "check-out date".to_owned(),
        "id" | "record number" => "record number".to_owned(),
        "published at" | "published" => "publication date".to_owned(),
        "on time rate" => "on-time rate".to_owned(),
        _ => whole,
    }
}

/// The noun of a slot of this kind: what only steers ("to", "end") gets a thing to steer.
pub(super) fn noun_of(name: &str, kind: SlotKind) -> String {
    let whole = noun(name);
    let (first, rest) = whole.split_once(' ').unwrap_or((whole.as_str(), ""));
    match (kind, first, rest) {
        (SlotKind::Time, "start" | "end", "") => format!("{whole} time"),
        (SlotKind::Date, "start" | "end" | "from" | "to" | "since" | "until", "") => match first {
            "start" | "from" | "since" => "first day".to_owned(),
            _ => "last day".to_owned(),
        },
        (SlotKind::Date, "from" | "to", rest) => {
            format!("{} {rest}", if first == "from" { "earliest" } else { "latest" })
        }
        (SlotKind::Name | SlotKind::Category, "from" | "to", rest) => {
            let rest = if rest.is_empty() { "one" } else { rest };
            format!("{} {rest}", if first == "from" { "source" } else { "target" })
        }
        _ => whole,
    }
}

/// Whether a word says what a thing is like.
pub(super) fn is_adjective(word: &str) -> bool {
    const WORDS: [&str; 37] = [
        "active",
        "adult",
        "blocked",
        "closed",
        "current",
        "direct",
        "explicit",
        "fake",
        "featured",
        "free",
        "full",
        "halal",
        "kosher",
        "live",
        "missing",
        "new",
        "nonstop",
        "official",
        "ongoing",
        "online",
        "open",
        "paid",
        "pending",
        "popular",
        "premium",
        "private",
        "public",
        "ready",
        "remaining",
        "remote",
        "running",
        "safe",
        "trending",
        "upcoming",
        "valid",
        "vegan",
        "vegetarian",
    ];
    word.ends_with("able")
        || word.ends_with("ible")
        || (word.ends_with("ed") && word.len() > 4)
        || WORDS.contains(&word)
}

pub(super) fn is_deed(word: &str) -> bool {
    const DEEDS: [&str; 12] = [
        "published",
        "posted",
        "created",
        "updated",
        "released",
        "added",
        "founded",
        "opened",
        "modified",
        "issued",
        "listed",
        "delivered",
    ];
    DEEDS.contains(&word)
}

/// Whether a word says what is measured.
fn is_measured(word: &str) -> bool {
    const MEASURED: [&str; 15] = [
        "altitude",
        "depth",
        "distance",
        "duration",
        "elevation",
        "height",
        "length",
        "price",
        "runtime",
        "size",
        "speed",
        "temperature",
        "time",
        "weight",
        "width",
    ];
    MEASURED.contains(&word)
}

/// Whether a word says in what something is measured: "length seconds" is the length in seconds.
pub(super) fn is_unit(word: &str) -> bool {
    const UNITS: [&str; 18] = [
        "bytes",
        "celsius",
        "centimeters",
        "cm",
        "fahrenheit",
        "feet",
        "grams",
        "hours",
        "inches",
        "kg",
        "kilometers",
        "km",
        "kph",
        "meters",
        "miles",
        "minutes",
        "mph",
        "seconds",
    ];
    UNITS.contains(&word)
}

/// Whether a noun speaks of several things.
pub(super) fn is_plural(noun: &str) -> bool {
    let noun = noun.split(" in ").next().unwrap_or(noun);
    let last = noun.rsplit(' ').next().unwrap_or(noun);
    last.len() > 3
        && last.ends_with('s')
        && !["ss", "us", "is", "ics", "news"].iter().any(|end| last.ends_with(end))
}

/// Singular and plural of what a count counts.
pub(super) fn unit(name: &str) -> Option<(String, String)> {
    let parts = sayable(name);
    let counts = |part: &String| {
        !matches!(part.as_str(), "size" | "count" | "number" | "of" | "num") && !is_adjective(part)
    };
    let last = parts
        .iter()
        .rfind(|part| counts(part) && is_plural(part))
        .or_else(|| parts.iter().rfind(|part| counts(part)))?;
    let one = match last.as_str() {
        "party" | "people" => "person".to_owned(),
        "quantity" => "piece".to_owned(),
        other => singular(other),
    };
    let many = match one.as_str() {
        "person" => "people".to_owned(),
        "child" => "children".to_owned(),
        other => super::phrase::plural(other),
    };
    Some((one, many))
}
