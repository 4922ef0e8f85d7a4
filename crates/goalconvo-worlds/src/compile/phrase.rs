//! Words for compiled worlds, made from the schemas' own names: nouns of slots, verbs of intents.
//!
//! Nothing with a digit goes in: every digit of a dialogue's text is some value, and a name's would belong to none.

use goalconvo_core::SlotKind;

use super::model::{Model, Part};
use crate::registry::names::{singular, words};
use crate::registry::{Endpoint, Verb};

/// The words of a name that can be said.
fn sayable(name: &str) -> Vec<String> {
    let plain = |word: &String| word.chars().all(|c| c.is_ascii_alphabetic());
    words(name).into_iter().filter(plain).collect()
}

/// What a slot is called.
pub(super) fn noun(name: &str) -> String {
    let mut parts = sayable(name);
    if parts.len() > 1 && parts.last().is_some_and(|last| last == "id") {
        parts.pop();
        parts.push("number".to_owned());
    }
    let whole = parts.join(" ");
    match whole.as_str() {
        "" => "value".to_owned(),
        "q" | "query" => "topic".to_owned(),
        "check in" => "check-in date".to_owned(),
        "check out" => "check-out date".to_owned(),
        "id" | "record number" => "record number".to_owned(),
        "temp" => "temperature".to_owned(),
        _ => whole,
    }
}

/// What stands between an entity's noun and a value of the slot.
pub(super) fn after(name: &str, model: &Model) -> Vec<String> {
    let parts = words(name);
    let has = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let noun = noun(name);
    let place = matches!(model, Model::Place(Part::City | Part::Country | Part::Airport));
    match model.kind() {
        SlotKind::Date if has(&["from", "start", "in"]) => {
            vec!["from {value}".into(), "starting on {value}".into()]
        }
        SlotKind::Date if has(&["to", "end", "out", "until"]) => {
            vec!["until {value}".into(), "to {value}".into()]
        }
        SlotKind::Date if has(&["return"]) => {
            vec!["coming back on {value}".into(), "returning on {value}".into()]
        }
        SlotKind::Date if has(&["due", "before"]) => vec!["due by {value}".into(), "by {value}".into()],
        SlotKind::Date => vec!["on {value}".into(), "for {value}".into()],
        SlotKind::Time => vec!["at {value}".into()],
        _ if place && has(&["origin", "from", "departure", "source"]) => {
            vec!["from {value}".into(), "leaving from {value}".into()]
        }
        _ if place && has(&["destination", "to", "arrival", "target"]) => {
            vec!["to {value}".into(), "going to {value}".into()]
        }
        _ if place => vec!["in {value}".into()],
        _ if *model == Model::Place(Part::Currency) && has(&["from"]) => vec!["from {value}".into()],
        _ if *model == Model::Place(Part::Currency) && has(&["to"]) => vec!["to {value}".into()],
        _ if *model == Model::Person => vec!["for {value}".into(), "in the name of {value}".into()],
        SlotKind::Money | SlotKind::Number if has(&["max", "maximum"]) => {
            vec![format!("with a {noun} of {{value}}"), "for at most {value}".into()]
        }
        _ if has(&["query", "q", "keyword", "keywords", "topic", "search"]) => {
            vec!["about {value}".into(), "on {value}".into()]
        }
        _ => vec![format!("with the {noun} {{value}}"), format!("with {noun} {{value}}")],
    }
}

/// Singular and plural of what a count counts.
pub(super) fn unit(name: &str) -> Option<(String, String)> {
    let last = sayable(name)
        .into_iter()
        .rfind(|part| !matches!(part.as_str(), "size" | "count" | "number" | "of"))?;
    let one = match last.as_str() {
        "party" | "quantity" => if last == "party" { "person" } else { "piece" }.to_owned(),
        "people" => "person".to_owned(),
        other => singular(other),
    };
    let many = match one.as_str() {
        "person" => "people".to_owned(),
        other => format!("{other}s"),
    };
    Some((one, many))
}

/// Words of an intent.
pub(super) struct Said {
    pub noun: String,
    pub plural: String,
    pub verb: Vec<String>,
    pub done: Vec<String>,
    pub deed: Vec<String>,
}

/// Words of an endpoint's intent.
pub(super) fn intent(endpoint: &Endpoint, entity: Option<&str>, search: bool) -> Said {
    let object: Vec<String> = sayable(entity.unwrap_or(&endpoint.intent.object));
    let object = if object.is_empty() { "record".to_owned() } else { object.join(" ") };
    let rest: Vec<String> = sayable(&endpoint.name)
        .into_iter()
        .filter(|word| {
            !matches!(word.as_str(), "api" | "v" | "get" | "post" | "put" | "by" | "id" | "endpoint" | "json")
        })
        .collect();
    let about = if rest.is_empty() { object.clone() } else { rest.join(" ") };
    let plural = plural(&object);
    if search {
        let verb = vec![
            format!("find {}", with_article(&object)),
            format!("look for {}", with_article(&object)),
            format!("search for {plural}"),
        ];
        return Said { noun: object, plural, verb, done: vec![], deed: vec![] };
    }
    match endpoint.intent.verb {
        Verb::Create | Verb::Update | Verb::Delete | Verb::Cancel => {
            let (first, thing) = about.split_once(' ').unwrap_or((about.as_str(), object.as_str()));
            let thing =
                if thing.ends_with('s') || thing.is_empty() { thing.to_owned() } else { with_article(thing) };
            let deed = format!("the {object}");
            Said {
                verb: vec![format!("{first} {thing}")],
                done: vec![format!("the {object} is taken care of"), "that has gone through".to_owned()],
                deed: vec![deed],
                noun: object,
                plural,
            }
        }
        Verb::Compute => Said {
            verb: vec![about.clone()],
            done: vec!["that has gone through".to_owned()],
            deed: vec![format!("the {object}")],
            noun: object,
            plural,
        },
        _ => {
            let what =
                about.strip_prefix("check ").or_else(|| about.strip_prefix("search ")).unwrap_or(&about);
            let verb = ["check", "look up", "see"].map(|verb| format!("{verb} the {what}"));
            Said {
                noun: what.to_owned(),
                plural: self::plural(what),
                verb: verb.to_vec(),
                done: vec!["that has gone through".to_owned()],
                deed: vec![format!("the {object}")],
            }
        }
    }
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

fn plural(noun: &str) -> String {
    let consonant_y = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}
