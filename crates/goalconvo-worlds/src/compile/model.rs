//! Value models: what the values of a parameter or a response field are, as far as name, type, words and examples say.
//!
//! A model decides three things together, so that they can't disagree: which values a row gets, what kind of slot that
//! is for speakers, and what JSON type the value has. What people can't say aloud (URLs, time stamps, coordinates)
//! has no model and is left out of a world; a tool that requires it is reported as not playable.

use goalconvo_core::{Rng, SlotKind};
use serde_json::Value as Json;

use super::pools::{self, Place, Pool};
use crate::registry::names::words;
use crate::registry::{Bounds, Concept, Format, Kind, Shape};

/// What is known of a value before it has a model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hint<'a> {
    /// The source's name.
    pub name: &'a str,
    /// What it is about.
    pub concept: &'a Concept,
    /// Its type.
    pub shape: &'a Shape,
    /// The source's words.
    pub description: &'a str,
    /// A value that the source shows.
    pub example: Option<&'a Json>,
}

/// What agrees within a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    City,
    Country,
    Currency,
    Airport,
}

/// A range of numbers in steps of a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    /// The least, in units of the last decimal.
    pub low: i64,
    /// The greatest, in units of the last decimal.
    pub high: i64,
    /// Digits after the point.
    pub decimals: u8,
}

/// What values are like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Model {
    /// One of the schema's own choices.
    Choice(Vec<String>),
    Flag,
    Place(Part),
    Person,
    Mail,
    Words(Pool),
    /// Letters of a ticker.
    Symbol,
    /// A name made up for a thing.
    Title,
    Date,
    Time,
    Money(Range),
    Number(Range),
    Count(Range),
    /// Digits that are written as text.
    Digits(Range),
    /// The one value that a source shows, digits and letters.
    Shown(String),
    /// A key, with the letters before its number.
    Code(String),
    /// A key that is a whole number.
    Serial,
    /// A key in the form of a UUID.
    Uuid,
    Street,
}

impl Model {
    /// The model of a value; none when people can't say it.
    pub fn of(hint: Hint<'_>) -> Option<Self> {
        let choices = texts(&hint.shape.choices);
        if !hint.shape.choices.is_empty() {
            return choices
                .filter(|choices| choices.iter().all(|choice| is_sayable(choice)))
                .map(Model::Choice);
        }
        match &hint.shape.kind {
            Kind::Boolean => Some(Model::Flag),
            Kind::Integer(_) if hint.concept.is_identifier() => Some(Model::Serial),
            Kind::Integer(_) | Kind::Number(_) if is_coordinate(hint.name) || is_coded(hint.name) => None,
            Kind::Integer(bounds) => Some(number(hint, *bounds, true)),
            Kind::Number(bounds) => Some(number(hint, *bounds, false)),
            Kind::Text(format) => text(hint, format),
            Kind::Unknown => text(hint, &Format::Plain),
            Kind::Either(shapes) => shapes.iter().find_map(|shape| Model::of(Hint { shape, ..hint })),
            Kind::List(_) | Kind::Record(_) | Kind::Again(_) => None,
        }
    }

    /// The model of a value of which one example is all that is known, if that can be read out.
    pub fn shown(example: &str) -> Option<Self> {
        let plain = example.bytes().all(|b| b.is_ascii_alphanumeric());
        let digits = example.bytes().filter(u8::is_ascii_digit).count();
        let mixed = digits > 0 && digits < example.len();
        match (plain && mixed && (2..=10).contains(&example.len()), is_sayable(example)) {
            (true, _) => Some(Model::Shown(example.to_owned())),
            (false, true) => Some(Model::Choice(vec![example.to_owned()])),
            _ => None,
        }
    }

    /// The kind of slot that holds such values.
    pub fn kind(&self) -> SlotKind {
        match self {
            Model::Choice(_) => SlotKind::Category,
            Model::Flag => SlotKind::Flag,
            Model::Place(_) | Model::Person | Model::Symbol | Model::Title => SlotKind::Name,
            Model::Words(Pool::Companies | Pool::Languages | Pool::Airlines) => SlotKind::Name,
            Model::Mail | Model::Words(_) => SlotKind::Text,
            Model::Date => SlotKind::Date,
            Model::Time => SlotKind::Time,
            Model::Money(_) => SlotKind::Money,
            Model::Number(_) => SlotKind::Number,
            Model::Count(_) => SlotKind::Count,
            Model::Digits(_) | Model::Code(_) | Model::Shown(_) => SlotKind::Reference,
            Model::Serial => SlotKind::IdNumber,
            Model::Uuid => SlotKind::Id,
            Model::Street => SlotKind::Address,
        }
    }

    /// Whether values are keys of a table.
    pub fn is_key(&self) -> bool {
        matches!(self, Model::Code(_) | Model::Serial | Model::Uuid)
    }

    /// Whether values compare as more or less.
    pub fn is_ordered(&self) -> bool {
        matches!(self, Model::Money(_) | Model::Number(_) | Model::Count(_) | Model::Date | Model::Time)
    }

    /// A value as a cell has it. Places come from the row, so that what belongs together agrees.
    pub fn draw(&self, place: &Place, rng: &mut Rng) -> String {
        let one = |items: &[String], rng: &mut Rng| rng.pick(items).cloned().unwrap_or_default();
        match self {
            Model::Choice(choices) => one(choices, rng),
            Model::Flag => if rng.chance(60) { "true" } else { "false" }.to_owned(),
            Model::Place(Part::City) => place.city.to_owned(),
            Model::Place(Part::Country) => place.country.to_owned(),
            Model::Place(Part::Currency) => place.currency.to_owned(),
            Model::Place(Part::Airport) => place.airport.to_owned(),
            Model::Person => one(pools::people(), rng),
            Model::Mail => {
                let name = one(pools::people(), rng).to_lowercase().replace(' ', ".");
                format!("{}@example.com", name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', ""))
            }
            Model::Words(pool) => rng.pick(pool.lines()).copied().unwrap_or_default().to_owned(),
            Model::Symbol => (0..4).map(|at| letter(rng, at)).collect(),
            Model::Title => format!("{} {}", one(pools::adjectives(), rng), one(pools::creatures(), rng)),
            Model::Date => day(rng.between(0, 89)),
            Model::Time => format!("{:02}:{:02}", rng.between(7, 21), 5 * rng.between(0, 11)),
            Model::Money(range) | Model::Number(range) | Model::Count(range) | Model::Digits(range) => {
                range.draw(rng)
            }
            Model::Code(prefix) => format!("{prefix}{}", rng.between(10_000, 99_999)),
            Model::Serial => rng.between(10_000, 99_999).to_string(),
            Model::Uuid => {
                let mut digits = |count: u32| {
                    let width = count as usize;
                    format!("{:0width$x}", rng.between(0, (1_i64 << (4 * count)) - 1))
                };
                format!("{}-{}-8{}-a{}-{}", digits(8), digits(4), digits(3), digits(3), digits(12))
            }
            Model::Shown(value) => value.clone(),
            Model::Street => format!("{} {}", rng.between(1, 98), one(pools::streets(), rng)),
        }
    }
}

/// Consonants and vowels in turn, so that a ticker is no word.
fn letter(rng: &mut Rng, at: usize) -> char {
    let letters: &[u8] = if at == 1 { b"QXZJ" } else { b"BCDFGHKLMNPRTVW" };
    rng.pick(letters).map_or('X', |letter| char::from(*letter))
}

/// A day of the ninety from the first of January 2027 on.
pub(super) fn day(number: i64) -> String {
    let (month, day) = match number {
        0..31 => (1, number + 1),
        31..59 => (2, number - 30),
        59..90 => (3, number - 58),
        _ => (4, (number - 89).clamp(1, 30)),
    };
    format!("2027-{month:02}-{day:02}")
}

/// The number of such a day.
pub(super) fn day_of(text: &str) -> Option<i64> {
    let (month, day) = text.strip_prefix("2027-")?.split_once('-')?;
    let before = [0, 31, 59, 90].get(month.parse::<usize>().ok()?.checked_sub(1)?).copied()?;
    Some(before + day.parse::<i64>().ok()? - 1)
}

impl Range {
    /// Whole numbers.
    pub fn whole(low: i64, high: i64) -> Self {
        Range { low, high, decimals: 0 }
    }

    fn draw(self, rng: &mut Rng) -> String {
        self.write(rng.between(self.low, self.high))
    }

    /// So many units of the last decimal, as a number.
    pub fn write(self, units: i64) -> String {
        let scale = 10_i64.pow(u32::from(self.decimals));
        let (whole, rest) = (units / scale, units % scale);
        if rest == 0 {
            return whole.to_string();
        }
        let sign = if units < 0 && whole == 0 { "-" } else { "" };
        let digits = format!("{:0width$}", rest.abs(), width = usize::from(self.decimals));
        format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

fn texts(choices: &[Json]) -> Option<Vec<String>> {
    choices.iter().map(|choice| choice.as_str().map(str::to_owned)).collect()
}

/// Whether a choice is a word or a few.
fn is_sayable(text: &str) -> bool {
    let plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '_');
    (2..=30).contains(&text.len()) && text.chars().all(plain) && !is_function_word(text)
}

/// Words that stand in every sentence and so can't be told from a value.
fn is_function_word(text: &str) -> bool {
    const WORDS: [&str; 28] = [
        "a", "all", "an", "any", "as", "at", "by", "can", "do", "for", "from", "he", "i", "in", "is", "it",
        "me", "my", "no", "of", "on", "or", "so", "the", "to", "we", "yes", "you",
    ];
    WORDS.contains(&text.to_lowercase().as_str())
}

/// A number by what its name says; else around the example; else small.
fn number(hint: Hint<'_>, bounds: Bounds, whole: bool) -> Model {
    let parts = words(hint.name);
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    if let (Some(low), Some(high)) = (bounds.minimum, bounds.maximum)
        && high - low >= 1.0
        && high < 1e6
        && low > -1e6
    {
        return Model::Number(Range::whole(low.ceil() as i64, high.floor() as i64));
    }
    let example = hint.example.and_then(Json::as_f64).filter(|x| x.abs() >= 1.0 && x.abs() < 1e6);
    let sum = parts.len() == 1 && any(&["total"]);
    if sum || any(&["price", "cost", "fare", "fee", "budget", "balance"]) {
        let around = example
            .map_or(Range::whole(20, 400), |x| Range::whole((x * 0.3) as i64 + 1, (x * 2.5) as i64 + 9));
        return Model::Money(around);
    }
    if any(&[
        "guests",
        "passengers",
        "people",
        "party",
        "quantity",
        "tickets",
        "adults",
        "seats",
        "rooms",
        "nights",
        "days",
    ]) {
        return if whole { Model::Count(Range::whole(1, 30)) } else { Model::Number(Range::whole(1, 30)) };
    }
    if whole && any(&["stops", "layovers", "transfers"]) {
        return Model::Count(Range::whole(1, 3));
    }
    if any(&["limit", "skip", "offset", "page", "pages"]) {
        return Model::Number(Range::whole(1, 60));
    }
    Model::Number(range_of(hint, whole))
}

/// Whether a number is a place on the globe, which nobody says aloud: "lat1", "longitude".
fn is_coordinate(name: &str) -> bool {
    const NAMES: [&str; 6] = ["lat", "latitude", "lon", "lng", "long", "longitude"];
    let plain = |word: &String| NAMES.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    words(name).iter().any(plain)
}

/// Whether a number stands for something that people call by a name or a date, which nobody knows here.
fn is_coded(name: &str) -> bool {
    const LAST: [&str; 14] = [
        "date",
        "pin",
        "type",
        "kind",
        "code",
        "status",
        "format",
        "mode",
        "unixtime",
        "epoch",
        "timestamp",
        "published",
        "created",
        "updated",
    ];
    words(name).last().is_some_and(|last| LAST.contains(&last.as_str()))
}

/// The range of a number that is neither money nor a count, by its name and its example.
fn range_of(hint: Hint<'_>, whole: bool) -> Range {
    let parts = words(hint.name);
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let example = hint.example.and_then(Json::as_f64).filter(|x| x.abs() >= 1.0 && x.abs() < 1e6);
    let decimals = u8::from(!whole);
    let scaled = |low: i64, high: i64| {
        let scale = 10_i64.pow(u32::from(decimals));
        Range { low: low * scale, high: high * scale, decimals }
    };
    let small = hint.example.and_then(Json::as_f64).is_some_and(|x| x > 0.0 && x < 1.0);
    let range = match () {
        () if any(&["stars"]) => Range::whole(1, 5),
        () if any(&["rating", "score"]) => Range { low: 30, high: 50, decimals: 1 },
        () if any(&["humidity", "pct", "percent", "percentage", "chance", "probability"]) => {
            Range::whole(1, 99)
        }
        () if any(&["fahrenheit"]) => Range::whole(30, 95),
        () if any(&["temp", "temperature", "celsius", "high", "low", "feels"])
            && example.is_none_or(|x| x < 60.0) =>
        {
            Range::whole(1, 34)
        }
        () if any(&["day"]) && any(&["week"]) => Range::whole(1, 7),
        () if any(&["day"]) && any(&["year"]) => Range::whole(1, 365),
        () if any(&["year"]) => Range::whole(1980, 2026),
        () if any(&["month"]) => Range::whole(1, 12),
        () if any(&["week"]) => Range::whole(1, 52),
        () if any(&["hour"]) => Range::whole(1, 23),
        () if any(&["minute", "second"]) => Range::whole(1, 59),
        () if any(&["age"]) => Range::whole(18, 90),
        () if any(&["bedrooms", "bathrooms", "beds", "floors", "doors"]) => Range::whole(1, 6),
        () if small => Range { low: 2, high: 98, decimals: 2 },
        () if any(&["rate"]) && example.is_none() => Range { low: 20, high: 180, decimals: 2 },
        () => match example {
            Some(x) if x > 0.0 => scaled((x * 0.4) as i64, (x * 2.5) as i64 + 20),
            // What is called a number and shows no fraction has none.
            _ => Range::whole(1, 250),
        },
    };
    if whole && range.decimals > 0 {
        let scale = 10_i64.pow(u32::from(range.decimals));
        return Range::whole(range.low / scale, range.high / scale);
    }
    range
}

/// A text by its format, its example, its name.
fn text(hint: Hint<'_>, format: &Format) -> Option<Model> {
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
    if any(&[
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
    ]) {
        return None;
    }
    if is_person(&hint.concept.entity) && any(&["name"]) {
        return Some(Model::Person);
    }
    let called = matches!(hint.name, "name" | "title").then_some(Model::Title);
    by_name(&parts, &said)
        .or_else(|| of_calendar(&parts, example))
        .or_else(|| of_field(&parts))
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
fn of_field(parts: &[String]) -> Option<Model> {
    let (last, before) = parts.split_last()?;
    let of = |word: &String| pools::of_field(word).map(|values| Model::Choice(values.to_vec()));
    let is_kind = KINDS.contains(&last.as_str()) || matches!(last.as_str(), "name" | "list");
    of(last).or_else(|| before.last().filter(|_| is_kind).and_then(of))
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
        ]) =>
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
