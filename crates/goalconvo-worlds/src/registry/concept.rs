//! Concepts: what a parameter or a response field is about, as an entity and one of its attributes.
//!
//! `hotel_id`, `hotels[*].id` and the `id` of `Get hotel by id` are one concept, `hotel.id`; that identity is
//! what the graph's data links stand on. The rules read names only, so they are the same for every source.

use super::names::{singular, words};
use serde::{Deserialize, Serialize};

/// An attribute of an entity, such as `hotel.id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Concept {
    /// The kind of thing, in the singular: `hotel`.
    pub entity: String,
    /// What about it: `id`, `name`, `price`.
    pub attribute: String,
}

/// What a value does in a call, beside what it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It says something about the task.
    #[default]
    Content,
    /// It names a record by an opaque key; a person would not know it.
    Identifier,
    /// It steers the answer's form: page, limit, order, language.
    Control,
}

const ATTRIBUTES: [&str; 46] = [
    "address",
    "age",
    "amount",
    "availability",
    "available",
    "category",
    "code",
    "color",
    "count",
    "created",
    "currency",
    "date",
    "day",
    "description",
    "duration",
    "email",
    "end",
    "height",
    "iata",
    "icao",
    "id",
    "image",
    "label",
    "latitude",
    "length",
    "level",
    "longitude",
    "message",
    "name",
    "number",
    "phone",
    "price",
    "quantity",
    "rank",
    "rating",
    "score",
    "size",
    "slug",
    "start",
    "status",
    "time",
    "title",
    "total",
    "type",
    "url",
    "value",
];

const CONTROLS: [&str; 35] = [
    "after",
    "before",
    "callback",
    "cursor",
    "debug",
    "desc",
    "direction",
    "dp",
    "encoding",
    "fields",
    "format",
    "include",
    "lang",
    "language",
    "limit",
    "locale",
    "max",
    "min",
    "mode",
    "offset",
    "order",
    "output",
    "outputsize",
    "page",
    "pretty",
    "size",
    "skip",
    "sort",
    "sortby",
    "start",
    "step",
    "take",
    "unit",
    "version",
    "verbose",
];

const TRAVEL_ROLES: [&str; 22] = [
    "arrival",
    "current",
    "default",
    "departure",
    "dest",
    "destination",
    "drop",
    "dropoff",
    "end",
    "first",
    "from",
    "last",
    "new",
    "old",
    "origin",
    "pickup",
    "primary",
    "source",
    "start",
    "target",
    "to",
    "via",
];

impl Concept {
    /// The concept as one word: `hotel.id`.
    pub fn key(&self) -> String {
        format!("{}.{}", self.entity, self.attribute)
    }

    /// The concept that a name has inside a context: the entity that an unqualified attribute belongs to.
    pub fn of(name: &str, context: &str) -> Self {
        let mut written = words(name);
        // `city_of_event` is a city, and `number_of_seats` a seat's number.
        if let Some(cut) = written.iter().position(|word| word == "of").filter(|cut| *cut > 0) {
            let owner = written.split_off(cut);
            if ATTRIBUTES.contains(&canonical(&written[cut - 1]).as_str()) {
                written = owner.into_iter().skip(1).chain(written).collect();
            }
        }
        let mut parts: Vec<String> = joined(written).iter().map(|word| canonical(word)).collect();
        parts.retain(|part| !part.is_empty());
        let last_is_attribute = parts.last().is_some_and(|last| ATTRIBUTES.contains(&last.as_str()));
        let attribute = match parts.last() {
            Some(last) if last_is_attribute => last.clone(),
            _ => "name".to_owned(),
        };
        if last_is_attribute {
            parts.pop();
        }
        let specific: Vec<&String> = parts
            .iter()
            .filter(|part| !TRAVEL_ROLES.contains(&part.as_str()) && part.parse::<u64>().is_err())
            .collect();
        let entity = match specific.last() {
            Some(noun) => (*noun).clone(),
            None => match parts.last() {
                Some(role) if attribute == "name" || attribute == "id" => role.clone(),
                _ => context.to_owned(),
            },
        };
        Self { entity, attribute }
    }

    /// True if a value of this concept identifies a record and means nothing to a person.
    pub fn is_identifier(&self) -> bool {
        self.attribute == "id"
    }

    /// True if equal concepts of this kind are worth a data link: a `status` or a `message` of anything is not.
    pub fn is_linkable(&self) -> bool {
        const NEVER: [&str; 14] = [
            "available",
            "availability",
            "count",
            "created",
            "description",
            "image",
            "length",
            "level",
            "message",
            "status",
            "total",
            "value",
            "label",
            "score",
        ];
        const EMPTY: [&str; 17] = [
            "data", "error", "item", "meta", "object", "payload", "response", "result", "root", "success",
            "tmp", "", "filter", "keyword", "q", "query", "search",
        ];
        !NEVER.contains(&self.attribute.as_str()) && !EMPTY.contains(&self.entity.as_str())
    }
}

/// The role that a parameter's name gives it.
pub fn role_of(name: &str, concept: &Concept) -> Role {
    let parts = words(name);
    let control = match parts.as_slice() {
        [] => true,
        [only] => CONTROLS.contains(&singular(only).as_str()) || only.len() == 1 && only != "q",
        // How many people come steers no form.
        [.., of, size]
            if size == "size" && ["party", "group", "family", "household"].contains(&of.as_str()) =>
        {
            false
        }
        [first, rest @ ..] => {
            let last = rest.last().map_or("", String::as_str);
            ["page", "sort", "order", "per", "items", "include", "is", "with", "max", "min", "callback"]
                .contains(&first.as_str())
                || ["limit", "offset", "page", "size", "format", "order", "lang", "language", "locale"]
                    .contains(&last)
        }
    };
    if control && !concept.is_identifier() {
        Role::Control
    } else if concept.is_identifier() {
        Role::Identifier
    } else {
        Role::Content
    }
}

/// The entity that the fields below a JSON pointer belong to: the nearest named container, or `context`.
pub fn entity_of_container(pointer: &str, context: &str) -> String {
    const CONTAINERS: [&str; 17] = [
        "attributes",
        "body",
        "content",
        "data",
        "docs",
        "edges",
        "entries",
        "hits",
        "items",
        "list",
        "node",
        "page",
        "payload",
        "records",
        "response",
        "result",
        "results",
    ];
    let mut steps: Vec<&str> = pointer.split('/').skip(1).collect();
    steps.pop();
    let named = steps.into_iter().rev().find(|step| *step != "*" && step.parse::<u64>().is_err());
    match named {
        Some(step) if !CONTAINERS.contains(&step.to_lowercase().as_str()) => {
            words(step).last().map_or_else(|| context.to_owned(), |word| singular(word))
        }
        _ => context.to_owned(),
    }
}

/// Words that English writes apart and means as one.
fn joined(words: Vec<String>) -> Vec<String> {
    const PAIRS: [(&str, &str); 8] = [
        ("check", "in"),
        ("check", "out"),
        ("pick", "up"),
        ("drop", "off"),
        ("post", "code"),
        ("zip", "code"),
        ("user", "name"),
        ("date", "time"),
    ];
    let mut whole: Vec<String> = Vec::new();
    for word in words {
        match whole.last_mut() {
            Some(last) if PAIRS.contains(&(last.as_str(), word.as_str())) => last.push_str(&word),
            _ => whole.push(word),
        }
    }
    whole
}

fn canonical(word: &str) -> String {
    match word {
        "ids" | "uuid" | "guid" | "uid" | "pk" | "identifier" => "id".into(),
        "lat" => "latitude".into(),
        "lng" | "lon" | "long" => "longitude".into(),
        "mail" => "email".into(),
        "telephone" | "tel" | "mobile" => "phone".into(),
        "cost" | "fare" => "price".into(),
        "link" | "href" | "uri" => "url".into(),
        "qty" => "quantity".into(),
        "datetime" | "timestamp" => "time".into(),
        "checkin" | "checkout" => "date".into(),
        "arr" => "arrival".into(),
        "dep" => "departure".into(),
        "by" | "of" | "the" | "a" | "an" | "in" | "at" | "for" | "on" => String::new(),
        _ => singular(word),
    }
}
