//! The wizard's flow: what is asked in which order, and in which words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::fields::Field;
use crate::registry::names::words;

/// Words of labels that stand for words of columns.
const MEANS: &[(&str, &[&str])] = &[
    ("dob", &["date", "birth"]),
    ("maiden", &["security", "answer1"]),
    ("pets", &["security", "answer2"]),
    ("booking", &["id"]),
    ("flight", &["id"]),
    ("destination", &["arrival", "location"]),
    ("departure", &["location"]),
    ("from", &["start"]),
    ("starting", &["start"]),
    ("to", &["end"]),
    ("bedrooms", &["rooms"]),
    ("floor", &["level"]),
    ("colour", &["color"]),
    ("price", &["cost"]),
    ("location", &["city"]),
];

/// Columns that hold who speaks, the likeliest first.
const SPEAKERS: [&str; 7] =
    ["CustomerName", "PatientName", "GuestName", "RenterName", "UserName", "FullName", "HostName"];

/// Replies by label, and which comes after which.
pub(super) struct Flow {
    /// What the wizard says at each label.
    pub replies: BTreeMap<String, String>,
    /// Words beside all nodes, those too at which the wizard only looks or asks the knowledge base.
    pub controls: BTreeMap<String, String>,
    graph: BTreeMap<String, String>,
}

impl Flow {
    /// The flow of a task; the wizard's own replies win over those in the task.
    pub fn new(task: &Json, replies: Option<&Json>) -> Self {
        let texts = |json: Option<&Json>| -> BTreeMap<String, String> {
            let entries = json.and_then(Json::as_object).into_iter().flatten();
            entries.filter_map(|(label, text)| Some((label.clone(), text.as_str()?.to_owned()))).collect()
        };
        let controls = texts(task.get("replies"));
        let said = texts(replies);
        let replies = if said.is_empty() { controls.clone() } else { said };
        Flow { replies, controls, graph: texts(task.get("graph")) }
    }

    /// The labels from one on, until the knowledge base is asked or the path ends.
    pub fn path<'a>(&'a self, from: &'a str) -> Vec<&'a str> {
        let (mut path, mut seen) = (Vec::new(), BTreeSet::new());
        let mut at = from;
        while !at.starts_with("query") && seen.insert(at) {
            path.push(at);
            match self.graph.get(at) {
                Some(next) => at = next,
                None => break,
            }
        }
        path
    }

    /// The nodes at which what was asked for is missing: what their words name, and the path after them.
    pub fn missing(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let nodes = self.controls.iter().filter(|(label, _)| label.starts_with("info_missing"));
        nodes.filter_map(|(label, said)| {
            let path = self.path(self.graph.get(label)?);
            Some((said.as_str(), path))
        })
    }

    /// Whether the wizard can find that it can't be had.
    pub fn can_fail(&self) -> bool {
        ["unavailable", "query_failure"].iter().any(|label| self.graph.contains_key(*label))
    }

    /// What the wizard says when it is done, if it says it without values.
    pub fn done(&self) -> Option<String> {
        let says = |label: &str| {
            let failed = ["fail", "unsuccess", "unavailable", "ask_"].iter().any(|word| label.contains(word));
            !failed
                && ["success", "succeeded", "confirmed", "confirm_rsvp", "submitted"]
                    .iter()
                    .any(|word| label.contains(word))
        };
        let (_, text) = self.replies.iter().find(|(label, text)| says(label) && !text.contains('{'))?;
        let first = text.split(['.', '!', '\n']).next()?.trim();
        (!first.is_empty()).then(|| first.to_owned())
    }

    /// The wizard's question for each of these slots, and the slots in the order of the path.
    pub fn questions(&self, fields: &[Field]) -> (BTreeMap<String, String>, Vec<String>) {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let mut order = Vec::new();
        let main = self.path("hello");
        let others = self.missing().flat_map(|(_, path)| path);
        let rest = self.replies.keys().map(String::as_str);
        for (label, on_path) in
            main.into_iter().map(|label| (label, true)).chain(others.chain(rest).map(|label| (label, false)))
        {
            let Some(text) = self.replies.get(label).filter(|text| !text.contains('{')) else { continue };
            let asks = label.split('_').any(|part| part == "ask") && label != "anything_else";
            let open = |field: &&Field| !found.contains_key(&field.name);
            let least = if on_path { 0.3 } else { 0.5 };
            let Some(field) = asks.then(|| meant(label, fields.iter().filter(open), least)).flatten() else {
                continue;
            };
            found.insert(field.name.clone(), text.split_whitespace().collect::<Vec<_>>().join(" "));
            if on_path {
                order.push(field.name.clone());
            }
        }
        (found, order)
    }
}

/// The slot that a label asks for.
pub(super) fn meant<'a>(
    label: &str,
    fields: impl Iterator<Item = &'a Field>,
    least: f64,
) -> Option<&'a Field> {
    let fields: Vec<&Field> = fields.collect();
    if label == "ask_name" {
        return SPEAKERS.iter().find_map(|name| fields.iter().find(|field| field.source == *name).copied());
    }
    let (thing, asked) = label.split_once("_ask_").unwrap_or(("", label));
    let mut said: BTreeSet<String> = words(asked).into_iter().collect();
    for (word, means) in MEANS {
        if said.contains(*word) {
            said.extend(means.iter().map(|word| (*word).to_owned()));
        }
    }
    let score = |field: &Field| {
        let share = |parts: &[String]| {
            let hits = parts.iter().filter(|part| said.contains(*part)).count();
            hits as f64 / parts.len().max(1) as f64
        };
        share(&words(&field.source)).max(share(&words(&field.noun)))
    };
    let mut best: Option<(f64, &Field)> = None;
    for field in &fields {
        let score = score(field);
        if score >= least && best.is_none_or(|(known, _)| score > known) {
            best = Some((score, field));
        }
    }
    // `hotel_ask_hotel` asks for the name of the hotel.
    let own = || fields.iter().find(|field| field.source == "Name" && said.contains(thing)).copied();
    best.map(|(_, field)| field).or_else(own)
}
