//! Shapes: what a value looks like, whatever dialect described it.
//!
//! Every importer turns its own type language into this one, so that the graph, the world compiler and the
//! function definitions shown to a model have a single thing to read.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The type of a parameter or of a part of a response.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// What kind of value it is.
    pub kind: Kind,
    /// The closed set of values it may take, in the source's order; empty when the set is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Value>,
    /// True if null is a legal value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
}

/// The kinds of value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The source does not say.
    #[default]
    Unknown,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer(Bounds),
    /// Any number.
    Number(Bounds),
    /// A string.
    Text(Format),
    /// A list of one shape.
    List(Box<Shape>),
    /// An object with named fields.
    Record(BTreeMap<String, Field>),
    /// One of several shapes; of none at all where no value fits.
    Either(Vec<Shape>),
    /// A shape that was being described when it referred to itself: the name of the reference.
    Again(String),
}

/// Limits of a number, where the source gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// The least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// What every value is above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_minimum: Option<f64>,
    /// What every value is below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<f64>,
    /// What every value is a multiple of; more than 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple_of: Option<f64>,
}

/// What a string holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Anything.
    #[default]
    Plain,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM` or `HH:MM:SS`.
    Time,
    /// A date and a time, as in RFC 3339.
    DateTime,
    /// An e-mail address.
    Email,
    /// A URL.
    Url,
    /// Bytes in some encoding.
    Binary,
    /// A universally unique identifier.
    Uuid,
    /// A regular expression that the source gives.
    Pattern(String),
}

/// A named part of a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// What the part looks like.
    pub shape: Shape,
    /// True if the source promises that it is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The source's words about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// A scalar somewhere inside a shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf<'a> {
    /// Where: a JSON pointer in which `*` stands for every item of a list.
    pub pointer: String,
    /// The scalar's own shape.
    pub shape: &'a Shape,
}

impl From<Kind> for Shape {
    fn from(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }
}

impl Shape {
    /// A plain string.
    pub fn text() -> Self {
        Kind::Text(Format::Plain).into()
    }

    /// A string of a known format.
    pub fn formatted(format: Format) -> Self {
        Kind::Text(format).into()
    }

    /// A whole number without limits.
    pub fn integer() -> Self {
        Kind::Integer(Bounds::default()).into()
    }

    /// A number without limits.
    pub fn number() -> Self {
        Kind::Number(Bounds::default()).into()
    }

    /// True or false.
    pub fn boolean() -> Self {
        Kind::Boolean.into()
    }

    /// A list of `items`.
    pub fn list(items: Shape) -> Self {
        Kind::List(Box::new(items)).into()
    }

    /// A record of fields, none of them promised.
    pub fn record(fields: impl IntoIterator<Item = (String, Shape)>) -> Self {
        let fields =
            fields.into_iter().map(|(name, shape)| (name, Field { shape, ..Field::default() })).collect();
        Kind::Record(fields).into()
    }

    /// A string out of a closed set.
    pub fn one_of<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Self {
        let choices = values.into_iter().map(|value| Value::String(value.into())).collect();
        Self { choices, ..Self::text() }
    }

    /// True if nothing is known.
    pub fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown && self.choices.is_empty()
    }

    /// True if no value is of this shape: it is one of none, or its limits exclude each other.
    pub fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Either(options) => options.is_empty(),
            Kind::Integer(bounds) | Kind::Number(bounds) => bounds.is_empty(),
            _ => false,
        }
    }

    /// True if the value has no parts.
    pub fn is_scalar(&self) -> bool {
        !matches!(self.kind, Kind::List(_) | Kind::Record(_) | Kind::Either(_) | Kind::Again(_))
    }

    /// The shape of one JSON value: an upper bound on what is known from a single example.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self { nullable: true, ..Self::default() },
            Value::Bool(_) => Self::boolean(),
            Value::Number(number) if number.is_f64() => Self::number(),
            Value::Number(_) => Self::integer(),
            Value::String(text) => Self::formatted(Format::of(text)),
            Value::Array(items) => {
                Self::list(items.iter().map(Self::of).reduce(Self::union).unwrap_or_default())
            }
            Value::Object(map) => Self::record(map.iter().map(|(name, part)| (name.clone(), Self::of(part)))),
        }
    }

    /// The least shape that admits what either admits, as far as it is worth telling apart.
    pub fn union(self, other: Self) -> Self {
        let nullable = self.nullable || other.nullable;
        let mut choices = Vec::new();
        if !self.choices.is_empty() && !other.choices.is_empty() {
            choices.extend(self.choices);
            choices.extend(
                other.choices.into_iter().filter(|value| !choices.contains(value)).collect::<Vec<_>>(),
            );
        }
        Self { kind: self.kind.union(other.kind), choices, nullable }
    }

    /// Every scalar inside, records in the order of their names, at most `limit` of them.
    pub fn leaves(&self, limit: usize) -> Vec<Leaf<'_>> {
        let mut found = Vec::new();
        self.collect_leaves(String::new(), limit, &mut found);
        found
    }

    fn collect_leaves<'a>(&'a self, pointer: String, limit: usize, found: &mut Vec<Leaf<'a>>) {
        if found.len() >= limit {
            return;
        }
        match &self.kind {
            Kind::List(items) => items.collect_leaves(format!("{pointer}/*"), limit, found),
            Kind::Record(fields) => {
                for (name, field) in fields {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    field.shape.collect_leaves(format!("{pointer}/{name}"), limit, found);
                }
            }
            Kind::Either(options) => {
                for option in options {
                    option.collect_leaves(pointer.clone(), limit, found);
                }
            }
            Kind::Again(_) => {}
            _ if found.iter().any(|leaf| leaf.pointer == pointer) => {}
            _ => found.push(Leaf { pointer, shape: self }),
        }
    }
}

impl Bounds {
    fn is_empty(self) -> bool {
        let above = |low: Option<f64>, high: Option<f64>| low.zip(high).is_some_and(|(low, high)| low > high);
        let meet = |low: Option<f64>, high: Option<f64>| low.zip(high).is_some_and(|(low, high)| low >= high);
        above(self.minimum, self.maximum)
            || meet(self.exclusive_minimum, self.maximum)
            || meet(self.exclusive_minimum, self.exclusive_maximum)
            || meet(self.minimum, self.exclusive_maximum)
    }
}

impl Kind {
    fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, kind) | (kind, Self::Unknown) => kind,
            (Self::Integer(_), Self::Integer(_)) => Self::Integer(Bounds::default()),
            (Self::Integer(_) | Self::Number(_), Self::Integer(_) | Self::Number(_)) => {
                Self::Number(Bounds::default())
            }
            (Self::Text(one), Self::Text(other)) if one == other => Self::Text(one),
            (Self::Text(_), Self::Text(_)) => Self::Text(Format::Plain),
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.union(*other))),
            (Self::Record(one), Self::Record(other)) => Self::Record(union_of_fields(one, other)),
            (one, other) if one == other => one,
            (one, other) => either(one, other),
        }
    }
}

impl Format {
    /// The format that one example string has.
    pub fn of(text: &str) -> Self {
        let date = |part: &str| part.len() == 10 && matches_digits(part, "0000-00-00");
        let time = |part: &str| matches_digits(part, "00:00") || matches_digits(part, "00:00:00");
        if date(text) {
            Self::Date
        } else if time(text) {
            Self::Time
        } else if text.len() >= 16
            && text.is_char_boundary(10)
            && date(&text[..10])
            && matches!(text.as_bytes()[10], b'T' | b' ')
        {
            Self::DateTime
        } else if text.starts_with("http://") || text.starts_with("https://") {
            Self::Url
        } else if text.contains('@')
            && !text.contains(' ')
            && text.rsplit('@').next().is_some_and(|host| host.contains('.'))
        {
            Self::Email
        } else {
            Self::Plain
        }
    }
}

fn matches_digits(text: &str, picture: &str) -> bool {
    text.len() == picture.len()
        && text
            .bytes()
            .zip(picture.bytes())
            .all(|(byte, model)| if model == b'0' { byte.is_ascii_digit() } else { byte == model })
}

fn union_of_fields(
    mut one: BTreeMap<String, Field>,
    other: BTreeMap<String, Field>,
) -> BTreeMap<String, Field> {
    for (name, field) in other {
        let merged = match one.remove(&name) {
            None => field,
            Some(known) => Field {
                shape: known.shape.union(field.shape),
                required: known.required && field.required,
                description: known.description,
            },
        };
        one.insert(name, merged);
    }
    one
}

fn either(one: Kind, other: Kind) -> Kind {
    let mut options = Vec::new();
    for kind in [one, other] {
        match kind {
            Kind::Either(more) => options.extend(more),
            kind => options.push(kind.into()),
        }
    }
    let mut distinct: Vec<Shape> = Vec::new();
    for option in options {
        if !distinct.contains(&option) {
            distinct.push(option);
        }
    }
    Kind::Either(distinct)
}
