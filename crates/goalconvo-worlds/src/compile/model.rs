//! Value models: what the values of a parameter or a response field are, as far as name, type, words and examples say.
//!
//! A model decides three things together, so that they can't disagree: which values a row gets, what kind of slot that
//! is for speakers, and what JSON type the value has. What people can't say aloud (URLs, time stamps, coordinates)
//! has no model and is left out of a world; a tool that requires it is reported as not playable.

use goalconvo_core::{Rng, SlotKind};
use serde_json::Value as Json;

use super::pools::{self, Place, Pool};
use super::text::of_text;
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
    /// How far apart they are, in units of the last decimal; more than 0.
    pub step: i64,
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
        if !hint.shape.choices.is_empty() {
            return of_choices(&hint.shape.choices);
        }
        match &hint.shape.kind {
            Kind::Boolean => Some(Model::Flag),
            Kind::Integer(_) if hint.concept.is_identifier() => Some(Model::Serial),
            Kind::Integer(_) | Kind::Number(_) if is_coordinate(hint.name) || is_coded(hint.name) => None,
            Kind::Integer(bounds) => fitted(number(hint, *bounds, true), *bounds, true),
            Kind::Number(bounds) => fitted(number(hint, *bounds, false), *bounds, false),
            Kind::Text(format) => of_text(hint, format),
            Kind::Unknown => of_text(hint, &Format::Plain),
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

    /// Whether values are numbers that compare with each other.
    pub fn is_number(&self) -> bool {
        matches!(self, Model::Money(_) | Model::Number(_) | Model::Count(_))
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

/// A time of the day, five minutes apart from seven on; numbers in a row are far apart, and 180 of them all differ.
pub(super) fn time(number: usize) -> String {
    let minutes = 7 * 60 + 5 * (number * 53 % 180);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
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
        Range { low, high, decimals: 0, step: 1 }
    }

    /// The numbers that are in both; those of different steps are left as they are.
    pub fn common(self, other: Self) -> Option<Self> {
        if self.decimals != other.decimals {
            return Some(self);
        }
        let step = self.step.max(other.step);
        if step % self.step.min(other.step).max(1) != 0 {
            return None;
        }
        Range { low: self.low.max(other.low), high: self.high.min(other.high), step, ..self }.aligned()
    }

    /// The same from the first to the last multiple of the step; none where there is no such number.
    fn aligned(self) -> Option<Self> {
        let low = self.low.checked_add(self.step - 1)?.div_euclid(self.step) * self.step;
        let high = self.high.div_euclid(self.step) * self.step;
        (low <= high).then_some(Range { low, high, ..self })
    }

    fn draw(self, rng: &mut Rng) -> String {
        let steps = self.high.saturating_sub(self.low) / self.step.max(1);
        self.write(self.low + rng.between(0, steps) * self.step)
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

/// The model of a closed set: words, or whole numbers without a gap, which are a range.
fn of_choices(choices: &[Json]) -> Option<Model> {
    let Some(texts) = texts(choices) else {
        let numbers: Option<Vec<i64>> = choices.iter().map(Json::as_i64).collect();
        return without_gap(numbers?).map(Model::Number);
    };
    let whole = |text: &String| text.parse::<i64>().ok().filter(|n| *n >= 0 && n.to_string() == *text);
    let numbers: Option<Vec<i64>> = texts.iter().map(whole).collect();
    match numbers {
        Some(numbers) => without_gap(numbers).map(Model::Digits),
        None => texts.iter().all(|text| is_sayable(text) || is_label(text)).then_some(Model::Choice(texts)),
    }
}

fn without_gap(mut numbers: Vec<i64>) -> Option<Range> {
    numbers.sort_unstable();
    numbers.dedup();
    let range = Range::whole(*numbers.first()?, *numbers.last()?);
    let steps = i64::try_from(numbers.len()).ok()? - 1;
    (steps > 0 && range.high.checked_sub(range.low) == Some(steps)).then_some(range)
}

/// Whether a choice is a label such as "v1.0" or "tier_2": a letter, then letters, digits and what joins them.
fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    (2..=30).contains(&text.len())
        && text.starts_with(char::is_alphabetic)
        && text.ends_with(char::is_alphanumeric)
        && text.chars().all(plain)
        && !is_function_word(text)
}

/// The least and the greatest number within bounds, in units of the last of so many decimals.
fn ends(bounds: Bounds, decimals: u8) -> (Option<i64>, Option<i64>) {
    let scale = 10_f64.powi(i32::from(decimals));
    let low = bounds.minimum.map(|least| (least * scale).ceil() as i64);
    let above = bounds.exclusive_minimum.map(|least| ((least * scale).floor() as i64).saturating_add(1));
    let high = bounds.maximum.map(|most| (most * scale).floor() as i64);
    let below = bounds.exclusive_maximum.map(|most| ((most * scale).ceil() as i64).saturating_sub(1));
    (low.max(above), [high, below].into_iter().flatten().min())
}

/// How far apart numbers are that bounds let through, in units of the last of so many decimals; none where they need more
/// decimals.
fn step_of(bounds: Bounds, decimals: u8) -> Option<i64> {
    let Some(multiple) = bounds.multiple_of else { return Some(1) };
    let units = multiple * 10_f64.powi(i32::from(decimals));
    let whole = |x: f64| (x - x.round()).abs() < 1e-9 && x.round() >= 1.0;
    match () {
        () if whole(units) => Some(units.round() as i64),
        () if whole(1.0 / units) => Some(1),
        () => None,
    }
}

/// The model with its range within bounds, where any number is; a finer step where no whole number lies between them.
fn fitted(model: Model, bounds: Bounds, whole: bool) -> Option<Model> {
    let (Model::Money(range) | Model::Number(range) | Model::Count(range)) = model else {
        return Some(model);
    };
    let most = if whole { range.decimals } else { 3 };
    let fits = |decimals: u8| {
        let (low, high) = ends(bounds, decimals);
        let width = range.high.saturating_sub(range.low);
        let own = Range {
            low: low.map_or(range.low, |low| low.max(range.low)),
            high: high.map_or(range.high, |high| high.min(range.high)),
            decimals,
            step: step_of(bounds, decimals)?,
        };
        if decimals == range.decimals
            && let Some(own) = own.aligned()
        {
            return Some(own);
        }
        let first = low.or_else(|| Some(high?.saturating_sub(width)))?;
        let last = high.unwrap_or(first.saturating_add(width));
        Range { low: first, high: last, ..own }.aligned()
    };
    let range = (range.decimals..=most.max(range.decimals)).find_map(fits)?;
    Some(match model {
        Model::Money(_) => Model::Money(range),
        Model::Count(_) => Model::Count(range),
        _ => Model::Number(range),
    })
}

fn texts(choices: &[Json]) -> Option<Vec<String>> {
    choices.iter().map(|choice| choice.as_str().map(str::to_owned)).collect()
}

/// Whether a choice is a word or a few.
pub(super) fn is_sayable(text: &str) -> bool {
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

/// Words of numbers that count something.
const COUNTED: [&str; 11] = [
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
];

/// Words of amounts of money.
const PRICED: [&str; 6] = ["price", "cost", "fare", "fee", "budget", "balance"];

/// A number by what its name says; else around the example; else small.
fn number(hint: Hint<'_>, bounds: Bounds, whole: bool) -> Model {
    let parts = words(hint.name);
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    if let (Some(low), Some(high)) = ends(bounds, 0)
        && high > low
        && high < 1_000_000
        && low > -1_000_000
    {
        let range = Range::whole(low, high);
        return match () {
            () if whole && any(&COUNTED) && low >= 0 => Model::Count(range),
            () if any(&PRICED) && low >= 0 => Model::Money(range),
            () => Model::Number(range),
        };
    }
    let example = hint.example.and_then(Json::as_f64).filter(|x| x.abs() >= 1.0 && x.abs() < 1e6);
    let sum = parts.len() == 1 && any(&["total"]);
    if sum || any(&PRICED) {
        let around = example
            .map_or(Range::whole(20, 400), |x| Range::whole((x * 0.3) as i64 + 1, (x * 2.5) as i64 + 9));
        return Model::Money(around);
    }
    if any(&COUNTED) {
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

/// The range of a number of the clock or the calendar; a rate by the hour is none.
fn of_clock(parts: &[String]) -> Option<Range> {
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    match () {
        () if any(&["per"]) => None,
        () if any(&["day"]) && any(&["week"]) => Some(Range::whole(1, 7)),
        () if any(&["day"]) && any(&["year"]) => Some(Range::whole(1, 365)),
        () if any(&["month"]) => Some(Range::whole(1, 12)),
        () if any(&["week"]) => Some(Range::whole(1, 52)),
        () if any(&["hour"]) => Some(Range::whole(1, 23)),
        () if any(&["minute", "second"]) => Some(Range::whole(1, 59)),
        () => None,
    }
}

/// The range of a number that is neither money nor a count, by its name and its example.
fn range_of(hint: Hint<'_>, whole: bool) -> Range {
    let parts = words(hint.name);
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let example = hint.example.and_then(Json::as_f64).filter(|x| x.abs() >= 1.0 && x.abs() < 1e6);
    let decimals = u8::from(!whole);
    let scaled = |low: i64, high: i64| {
        let scale = 10_i64.pow(u32::from(decimals));
        Range { low: low * scale, high: high * scale, decimals, step: 1 }
    };
    let small = hint.example.and_then(Json::as_f64).is_some_and(|x| x > 0.0 && x < 1.0);
    let shown = |range: &Range| example.is_none_or(|x| (range.low as f64..=range.high as f64).contains(&x));
    if let Some(range) = of_clock(&parts).filter(shown) {
        return range;
    }
    let range = match () {
        () if any(&["stars"]) => Range::whole(1, 5),
        () if any(&["rating", "score"]) => Range { low: 30, high: 50, decimals: 1, step: 1 },
        () if any(&["humidity", "pct", "percent", "percentage", "chance", "probability"]) => {
            Range::whole(1, 99)
        }
        () if any(&["fahrenheit"]) => Range::whole(30, 95),
        () if any(&["temp", "temperature", "celsius", "high", "low", "feels"])
            && example.is_none_or(|x| x < 60.0) =>
        {
            Range::whole(1, 34)
        }
        () if any(&["year"]) => Range::whole(1980, 2026),
        () if any(&["age"]) => Range::whole(18, 90),
        () if any(&["bedrooms", "bathrooms", "beds", "floors", "doors"]) => Range::whole(1, 6),
        () if small => Range { low: 2, high: 98, decimals: 2, step: 1 },
        () if any(&["rate"]) && example.is_none() => Range { low: 20, high: 180, decimals: 2, step: 1 },
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
