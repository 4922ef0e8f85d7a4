//! Value models of texts: by their format, their example, what is said of them, and the words of their name. Of a text of
//! which none of these says anything nothing is made up.

use serde_json::Value as Json;

use super::model::{Hint, Model, Part, Range, is_sayable};
use super::pools::{self, Pool};
use crate::registry::Format;
use crate::registry::names::words;

/// A text by its format, its example, its name.
pub(super) fn of_text(hint: Hint<'_>, format: &Format) -> Option<Model> {
    let parts = words(hint.name);
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let said = hint.description.to_lowercase();
    let example = hint.example.and_then(Json::as_str).unwrap_or_default();
    let stamp = is_stamp(hint.name, hint.description, example);
    match format {
        Format::Date => return Some(Model::Date),
        Format::Time => return Some(Model::Time),
        Format::Email => return Some(Model::Mail),
        Format::Uuid if hint.concept.is_identifier() => return Some(Model::Uuid),
        Format::DateTime | Format::Url | Format::Binary | Format::Uuid | Format::Pattern(_) => return None,
        Format::Plain if stamp => return None,
        Format::Plain => {}
    }
    if let Some(model) = by_form(example, &said) {
        return Some(model);
    }
    let searched = any(&["query", "q", "keyword", "search", "title", "name", "text"]);
    if let Some(choices) = described_choices(hint.description).filter(|_| !searched) {
        return Some(Model::Choice(choices));
    }
    if hint.concept.is_identifier()
        || hint.concept.attribute == "code" && any(&["confirmation", "booking", "order"])
    {
        return Some(Model::Code(prefix_of(example)));
    }
    if any(&NOT_SAID) {
        return None;
    }
    if is_person(&hint.concept.entity) && any(&["name"]) {
        return Some(Model::Person);
    }
    let called = matches!(hint.name, "name" | "title").then_some(Model::Title);
    by_name(&parts, &said)
        .or_else(|| of_calendar(&parts, example))
        .or_else(|| of_field(&parts, example))
        .or_else(|| other_text(&parts, example))
        .or(called)
}

/// Last words of names that say which kind of a thing it is, or how that is written: "region type" is no region.
const KINDS: [&str; 13] = [
    "flag",
    "type",
    "kind",
    "class",
    "group",
    "category",
    "condition",
    "status",
    "format",
    "mode",
    "version",
    "level",
    "code",
];

/// Values that texts of this name have.
fn of_field(parts: &[String], example: &str) -> Option<Model> {
    let (last, before) = parts.split_last()?;
    // What a source shows says more than a name.
    let fits = |values: &&[String]| {
        example.is_empty() || values.iter().any(|value| value.eq_ignore_ascii_case(example))
    };
    let of = |word: &String| pools::of_field(word).filter(fits).map(|values| Model::Choice(values.to_vec()));
    let of_kind = ["category", "class", "group", "kind", "list", "name", "type"].contains(&last.as_str());
    of(last).or_else(|| before.last().filter(|_| of_kind).and_then(of))
}

/// Whether a name says that the value is what something is called.
fn is_title(parts: &[String]) -> bool {
    const TITLES: [&str; 30] = [
        "name",
        "title",
        "nickname",
        "album",
        "band",
        "boat",
        "book",
        "campaign",
        "channel",
        "club",
        "film",
        "game",
        "hotel",
        "item",
        "movie",
        "museum",
        "park",
        "playlist",
        "product",
        "project",
        "restaurant",
        "school",
        "series",
        "shop",
        "show",
        "song",
        "store",
        "team",
        "track",
        "venue",
    ];
    const OF_MACHINES: [&str; 10] =
        ["file", "host", "domain", "column", "field", "class", "method", "table", "function", "time"];
    parts.last().is_some_and(|last| TITLES.contains(&last.as_str()))
        && !parts.iter().any(|part| OF_MACHINES.contains(&part.as_str()))
}

/// Words of names whose values nobody says aloud.
const NOT_SAID: [&str; 22] = [
    "url",
    "link",
    "image",
    "icon",
    "html",
    "token",
    "hash",
    "ip",
    "latitude",
    "longitude",
    "lat",
    "lon",
    "lng",
    "timezone",
    "coordinates",
    "zone",
    "photo",
    "logo",
    "thumbnail",
    "video",
    "avatar",
    "password",
];

/// Digits that are a month, a day or an hour.
fn of_calendar(parts: &[String], example: &str) -> Option<Model> {
    let last = parts.last().filter(|_| !example.is_empty() && example.bytes().all(|b| b.is_ascii_digit()))?;
    let range = match last.as_str() {
        "month" => Range::whole(1, 12),
        "day" => Range::whole(1, 28),
        "hour" => Range::whole(1, 23),
        _ => return None,
    };
    Some(Model::Digits(range))
}

/// Whether a thing of this kind has a person's name.
fn is_person(entity: &str) -> bool {
    const PEOPLE: [&str; 10] = [
        "user", "profile", "person", "author", "guest", "customer", "player", "artist", "contact", "employee",
    ];
    PEOPLE.contains(&entity)
}

/// What the words of a name say.
fn by_name(parts: &[String], said: &str) -> Option<Model> {
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let is_kind = parts.last().is_some_and(|last| KINDS.contains(&last.as_str()));
    let is_code_of_place =
        any(&["airport", "iata", "currency"]) && parts.last().is_some_and(|last| last == "code");
    if is_kind && !is_code_of_place {
        return None;
    }
    let is_called = parts.len() > 1 && parts.last().is_some_and(|last| last == "name");
    let directed = matches!(parts, [only] if ["from", "to"].contains(&only.as_str()));
    // "cook time" is no time of day.
    let lasts = any(&[
        "cook", "cooking", "duration", "elapsed", "prep", "prepare", "reading", "run", "taken", "travel",
        "wait",
    ]);
    Some(match () {
        () if any(&["email", "mail"]) => Model::Mail,
        () if any(&["airport", "iata"]) && !is_called
            || said.contains("iata")
            || said.contains("airport code") =>
        {
            Model::Place(Part::Airport)
        }
        () if any(&["currency", "currencies"]) => Model::Place(Part::Currency),
        () if any(&["country"]) => Model::Place(Part::Country),
        () if any(&[
            "city",
            "location",
            "town",
            "place",
            "destination",
            "origin",
            "region",
            "area",
            "near",
            "where",
        ]) || directed && (said.contains("city") || said.contains("location")) =>
        {
            Model::Place(Part::City)
        }
        () if any(&["date", "dt", "birthday"]) && !said.contains("mm/dd") && !said.contains("dd/mm") => {
            Model::Date
        }
        () if any(&["time"]) && !lasts => Model::Time,
        () if any(&["symbol", "ticker", "stock", "icao"]) => Model::Symbol,
        () if any(&["query", "q", "keyword", "keywords", "search"]) && said.contains("job") => {
            Model::Words(Pool::Jobs)
        }
        () if any(&["query", "q", "keyword", "keywords", "search", "term", "topic", "subject", "tag"]) => {
            Model::Words(Pool::Topics)
        }
        () if any(&["language", "lang"]) => Model::Words(Pool::Languages),
        () if any(&["cuisine"]) => Model::Words(Pool::Dishes),
        () if any(&["industry", "sector"]) => Model::Words(Pool::Industries),
        () if any(&["occupation"]) || any(&["job", "position"]) && (any(&["title"]) || parts.len() == 1) => {
            Model::Words(Pool::Jobs)
        }
        () => return by_name_of_somebody(parts),
    })
}

/// What the words of a name say of people, firms and what they write.
fn by_name_of_somebody(parts: &[String]) -> Option<Model> {
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    Some(match () {
        () if any(&["airline", "carrier"]) => Model::Words(Pool::Airlines),
        () if any(&["company", "employer", "source", "publisher", "brand"]) => Model::Words(Pool::Companies),
        () if any(&[
            "author",
            "host",
            "sender",
            "artist",
            "person",
            "receiver",
            "recipient",
            "contact",
            "participants",
            "username",
            "owner",
            "player",
        ]) || any(&["passenger", "guest", "customer", "buyer", "user", "full", "first", "last"])
            && any(&["name"]) =>
        {
            Model::Person
        }
        () if any(&["address", "street"]) => Model::Street,
        () if any(&[
            "advice",
            "answer",
            "bio",
            "blurb",
            "caption",
            "fact",
            "feedback",
            "headline",
            "instructions",
            "joke",
            "overview",
            "plot",
            "punchline",
            "question",
            "quote",
            "review",
            "setup",
            "tweet",
            "message",
            "text",
            "requests",
            "notes",
            "note",
            "comment",
            "description",
            "summary",
            "content",
            "preview",
            "body",
        ]) =>
        {
            Model::Words(Pool::Phrases)
        }
        () if any(&["year"]) => Model::Digits(Range::whole(1980, 2026)),
        () => return None,
    })
}

/// What the example itself looks like.
fn by_form(example: &str, said: &str) -> Option<Model> {
    let bytes = example.as_bytes();
    let digit_at = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_date = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' && digit_at(0) && digit_at(9);
    if is_date || said.contains("yyyy-mm-dd") {
        return Some(Model::Date);
    }
    if bytes.len() == 5 && bytes[2] == b':' && digit_at(0) && digit_at(4) {
        return Some(Model::Time);
    }
    if example.contains('@') && example.contains('.') {
        return Some(Model::Mail);
    }
    None
}

/// A text of which only an example is known: digits, a place, a name. Without one nothing is made up but names.
fn other_text(parts: &[String], example: &str) -> Option<Model> {
    if !example.is_empty() && example.bytes().all(|b| b.is_ascii_digit()) && example.len() <= 7 {
        let value: i64 = example.parse().ok()?;
        return Some(Model::Digits(Range::whole((value / 2).max(1), value * 2 + 60)));
    }
    let strange = |c: char| !(c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'' | ',' | '.' | '&' | '_'));
    if let Some(part) = pools::part_of(example) {
        return Some(Model::Place(part));
    }
    let digit = example.bytes().any(|b| b.is_ascii_digit());
    let lower = example.chars().next().is_some_and(char::is_lowercase);
    let is_called = is_title(parts) || example.split_whitespace().count() > 1;
    if !is_called || example.len() > 60 || digit || lower || example.chars().any(strange) {
        return None;
    }
    Some(Model::Title)
}

/// Whether a text is a date with a time in it, by its example, what is said of it, or its name.
pub(super) fn is_stamp(name: &str, description: &str, example: &str) -> bool {
    let said = description.to_lowercase();
    (example.len() >= 16 && example.as_bytes().get(10) == Some(&b'T'))
        || said.contains("iso 8601")
        || said.contains("datetime")
        || words(name).iter().any(|word| matches!(word.as_str(), "datetime" | "timestamp"))
}

/// The letters that a key begins with.
fn prefix_of(example: &str) -> String {
    let letters: String = example.chars().take_while(char::is_ascii_uppercase).take(4).collect();
    if letters.is_empty() || letters.len() == example.len() { "K".to_owned() } else { letters }
}

/// Choices that a description lists: "one of: cheap, moderate, expensive", "(economy, business, first)", or nothing but
/// the list.
fn described_choices(description: &str) -> Option<Vec<String>> {
    let inside = || {
        let from = description.find('(')? + 1;
        Some(&description[from..from + description[from..].find(')')?])
    };
    let after = |cue: &str| description.find(cue).map(|at| &description[at + cue.len()..]);
    let lists = [inside(), after(": "), after("one of "), Some(description)];
    lists.into_iter().flatten().find_map(choices_in)
}

/// The items of a list of words; at least three, or two words with an "or" between them.
fn choices_in(list: &str) -> Option<Vec<String>> {
    const ABOUT_VALUES: [&str; 9] =
        ["e.g", "such as", "name", "code", "coordinates", "number", "identifier", "city", "format"];
    if ABOUT_VALUES.iter().any(|part| list.contains(part)) {
        return None;
    }
    let parts: Vec<String> = list
        .split([',', '/', '|'])
        .flat_map(|part| part.split(" or "))
        .map(|part| {
            let part = part.trim().trim_start_matches("or ").trim_start_matches("and ");
            part.trim_end_matches('.').trim_matches(['\'', '"']).trim().to_owned()
        })
        .filter(|part| !part.is_empty())
        .collect();
    let most = if parts.len() == 2 { 1 } else { 2 };
    let lower = |part: &String| parts.len() > 2 || part.chars().all(|c| c.is_lowercase() || c == '_');
    let short = |part: &String| is_sayable(part) && part.split([' ', '_']).count() <= most && lower(part);
    ((2..=12).contains(&parts.len()) && parts.iter().all(short)).then_some(parts)
}
