//! What a tool takes: each argument with its type and the values that it can have, as schema and as check.

use serde_json::json;
use smol_str::SmolStr;

use crate::Value;

/// One argument.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name.
    pub name: SmolStr,
    /// The slot whose values it takes.
    pub slot: SmolStr,
    /// What it is, for the assistant.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// What its value looks like.
    pub kind: ArgumentKind,
    /// What a number can be.
    pub bounds: Bounds,
    /// The values that it can have, where that is a closed list.
    pub allowed: Vec<Value>,
    /// The column that find and get compare with it.
    pub column: Option<SmolStr>,
    /// How find compares.
    pub compare: Compare,
    /// When it is given, find returns the rows nearest to it first.
    pub nearest: bool,
}

/// What a number can be, as JSON Schema has it: each is left out where there is no such bound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The least.
    pub minimum: Option<f64>,
    /// The greatest.
    pub maximum: Option<f64>,
    /// What it is above.
    pub above: Option<f64>,
    /// What it is below.
    pub below: Option<f64>,
    /// What it is a multiple of.
    pub step: Option<f64>,
}

impl Bounds {
    /// Nothing below this.
    pub fn at_least(minimum: i64) -> Self {
        Bounds { minimum: Some(minimum as f64), ..Bounds::default() }
    }

    /// The bounds with their names in JSON Schema.
    fn named(self) -> impl Iterator<Item = (&'static str, f64)> {
        let all = [
            ("minimum", self.minimum),
            ("maximum", self.maximum),
            ("exclusiveMinimum", self.above),
            ("exclusiveMaximum", self.below),
            ("multipleOf", self.step),
        ];
        all.into_iter().filter_map(|(name, bound)| Some((name, bound?)))
    }

    /// What is expected of a number that is out of bounds.
    fn breach(self, number: f64) -> Option<String> {
        let broken = |(name, bound): &(&str, f64)| match *name {
            "minimum" => number < *bound,
            "maximum" => number > *bound,
            "exclusiveMinimum" => number <= *bound,
            "exclusiveMaximum" => number >= *bound,
            _ => {
                let times = number / bound;
                (times - times.round()).abs() > 1e-9
            }
        };
        self.named().find(broken).map(|(name, bound)| match name {
            "minimum" => format!("{bound} or more"),
            "maximum" => format!("{bound} or less"),
            "exclusiveMinimum" => format!("more than {bound}"),
            "exclusiveMaximum" => format!("less than {bound}"),
            _ => format!("a multiple of {bound}"),
        })
    }
}

/// What the values of arguments look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Any text.
    String,
    /// A time of day, `HH:MM`; the hours 24 to 29 are those after midnight, as timetables have them.
    Time,
    /// A day of the calendar, `YYYY-MM-DD`.
    Date,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
}

/// How a column is compared with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The column is the argument.
    Equal,
    /// The column is at most the argument (a price limit, a latest arrival).
    AtMost,
    /// The column is at least the argument (seats, an earliest departure).
    AtLeast,
}

/// `HH:MM` as JSON Schema has it.
const TIME: &str = "^[0-2][0-9]:[0-5][0-9]$";

impl Argument {
    /// The column of a table that is compared with it.
    pub(crate) fn position(&self, table: &crate::Table) -> Option<usize> {
        table.column(self.column.as_ref()?)
    }

    /// Its JSON Schema.
    pub(crate) fn schema(&self) -> serde_json::Value {
        let mut schema = match self.kind {
            ArgumentKind::String => json!({ "type": "string" }),
            ArgumentKind::Time => json!({ "type": "string", "pattern": TIME }),
            ArgumentKind::Date => json!({ "type": "string", "format": "date" }),
            ArgumentKind::Integer => json!({ "type": "integer" }),
            ArgumentKind::Number => json!({ "type": "number" }),
            ArgumentKind::Boolean => json!({ "type": "boolean" }),
        };
        schema["description"] = json!(self.description);
        for (name, bound) in self.bounds.named() {
            let whole = bound.fract() == 0.0 && bound.abs() < 9e15;
            schema[name] = if whole { json!(bound as i64) } else { json!(bound) };
        }
        if !self.allowed.is_empty() {
            schema["enum"] = json!(self.allowed);
        }
        schema
    }

    /// Whether it can have this value.
    ///
    /// # Errors
    /// It can't: what was found and what was expected, as a fragment.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let expected = match (self.kind, value) {
            (ArgumentKind::String, Value::Text(_)) | (ArgumentKind::Boolean, Value::Bool(_)) => None,
            (ArgumentKind::Time, Value::Text(text)) if is_time(text) => None,
            (ArgumentKind::Date, Value::Text(text)) if is_date(text) => None,
            (ArgumentKind::Integer, number) if number.as_number().is_some_and(|x| x.fract() == 0.0) => None,
            (ArgumentKind::Number, number) if number.as_number().is_some() => None,
            (ArgumentKind::String, _) => Some("a text"),
            (ArgumentKind::Time, _) => Some("a time, HH:MM"),
            (ArgumentKind::Date, _) => Some("a date, YYYY-MM-DD"),
            (ArgumentKind::Integer, _) => Some("a whole number"),
            (ArgumentKind::Number, _) => Some("a number"),
            (ArgumentKind::Boolean, _) => Some("true or false"),
        };
        if let Some(expected) = expected {
            return Err(format!("argument {:?} can't be {value}, expected {expected}", self.name));
        }
        if let Some(expected) = value.as_number().and_then(|number| self.bounds.breach(number)) {
            return Err(format!("argument {:?} can't be {value}, expected {expected}", self.name));
        }
        if !self.allowed.is_empty() && !self.allowed.contains(value) {
            return Err(format!("argument {:?} can't be {value}, which is none of its values", self.name));
        }
        Ok(())
    }
}

/// Whether a text is `HH:MM` with hours below 30.
fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    below(hours, 2, 30).is_some() && below(minutes, 2, 60).is_some()
}

/// Whether a text is a day that the calendar has, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut part = |digits, limit| parts.next().and_then(|part| below(part, digits, limit));
    let (Some(year), Some(month), Some(day)) = (part(4, 10_000), part(2, 13), part(2, 32)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    month >= 1 && (1..=days).contains(&day)
}

/// A number of so many digits below a limit.
fn below(text: &str, digits: usize, limit: u32) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number < limit)
}

impl Compare {
    pub(crate) fn holds(self, column: Option<&Value>, value: &Value) -> bool {
        match (self, column) {
            (_, None | Some(Value::Null)) => false,
            (Compare::Equal, Some(column)) => column == value,
            (Compare::AtMost, Some(column)) => column <= value,
            (Compare::AtLeast, Some(column)) => column >= value,
        }
    }
}
