//! What the goal's message to the user says and the goal's fields do not: the order of the domains, what is the same
//! as before, which way the taxi goes, what to ask for when a booking fails.

use std::collections::BTreeMap;

use super::normal::time;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Domains in the order in which they come up.
    pub(super) order: Vec<&'static str>,
    /// By domain and slot: the same as in another domain (`None`: as before).
    pub(super) same: BTreeMap<(&'static str, &'static str), Option<&'static str>>,
    /// Domains for which a second wish is told, in case that the first finds nothing.
    pub(super) relaxes: Vec<&'static str>,
    /// By domain: what to ask for when the booking fails, as slot and text.
    pub(super) fallback: BTreeMap<&'static str, (&'static str, String)>,
    /// The venue that the taxi leaves.
    pub(super) leaves: Option<&'static str>,
    /// The venue that the taxi arrives at.
    pub(super) arrives: Option<&'static str>,
}

/// Words that name a domain.
const SUBJECTS: [(&str, &str); 15] = [
    ("train", "train"),
    ("place to stay", "hotel"),
    ("hotel", "hotel"),
    ("guesthouse", "hotel"),
    ("place to dine", "restaurant"),
    ("places to dine", "restaurant"),
    ("restaurant", "restaurant"),
    ("place to eat", "restaurant"),
    ("places to go", "attraction"),
    ("attraction", "attraction"),
    ("taxi", "taxi"),
    ("hospital", "hospital"),
    ("police", "police"),
    ("robbed", "police"),
    ("injured", "hospital"),
];

/// Reads the message of a goal, line by line.
pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Told {
    let mut told = Told::default();
    let mut at: Option<&'static str> = None;
    for line in lines {
        let line = plain(line);
        let begins =
            ["looking for ", "want to book a taxi", "got injured", "were robbed", "You want to book "];
        if begins.iter().any(|words| line.contains(words)) {
            at = subject(&line).or(at);
        } else if let Some(named) =
            line.strip_prefix("The ").and_then(|rest| subject(rest.split(' ').next()?))
        {
            at = Some(named);
        }
        let Some(domain) = at else { continue };
        if !told.order.contains(&domain) {
            told.order.push(domain);
        }
        sames(&line, domain, &mut told);
        if let Some(fallback) = line.split("If the booking fails how about ").nth(1).and_then(alternative) {
            told.fallback.insert(domain, fallback);
        }
        if line.contains("If there is no such") {
            told.relaxes.push(domain);
        }
        told.leaves = told.leaves.or_else(|| subject(line.split("want to leave the ").nth(1)?));
        told.arrives = told.arrives.or_else(|| subject(line.split("arrives the ").nth(1)?));
    }
    told
}

fn sames(line: &str, domain: &'static str, told: &mut Told) {
    const SAME: [(&str, &str); 5] = [
        ("the same area as the ", "area"),
        ("the same price range as the ", "pricerange"),
        ("the same group of people", "people"),
        ("the same day as the ", "day"),
        ("the same day", "day"),
    ];
    for (words, slot) in SAME {
        if let Some(rest) = line.split(words).nth(1) {
            let source = if words.ends_with("as the ") {
                subject(rest.split(' ').next().unwrap_or_default())
            } else {
                None
            };
            told.same.entry((domain, slot)).or_insert(source);
        }
    }
}

/// The domain that is named first.
fn subject(text: &str) -> Option<&'static str> {
    let found = SUBJECTS.iter().filter_map(|(words, domain)| Some((text.find(words)?, *domain)));
    found.min_by_key(|(at, _)| *at).map(|(_, domain)| domain)
}

fn alternative(text: &str) -> Option<(&'static str, String)> {
    let text = text.trim().trim_end_matches(['.', '?']);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    if let Some(day) = days.iter().find(|day| text.contains(**day)) {
        return Some(("day", (*day).to_owned()));
    }
    if let Some(nights) = text.split(" night").next().filter(|_| text.contains(" night")) {
        return Some(("stay", nights.to_owned()));
    }
    time(text).filter(|_| text.contains(':')).map(|time| ("time", time))
}

/// Without marks.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in line.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}
