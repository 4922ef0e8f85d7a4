//! Ranges of numbers, times and dates as whole steps, so that every machine draws and lists the same values.

use goalconvo_core::Value;

/// From and to, both included, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    unit: Unit,
    from: i64,
    to: i64,
    step: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Whole,
    Hundredths,
    Minutes,
    Days,
}

impl Scale {
    /// The scale between two values; the step is 1, for times 15 minutes, where none is given.
    pub(super) fn new(from: &Value, to: &Value, step: Option<&Value>) -> Result<Self, String> {
        let unit = Unit::of(&[Some(from), Some(to), step]);
        let end = |value: &Value| unit.read(value).ok_or_else(|| format!("{value} is no {}", unit.name()));
        let (from, to) = (end(from)?, end(to)?);
        if from > to {
            return Err("the range ends before it begins".to_owned());
        }
        let step = match step {
            Some(step) => {
                unit.read_step(step).filter(|step| *step > 0).ok_or_else(|| format!("{step} is no step"))?
            }
            None => unit.usual_step(),
        };
        Ok(Scale { unit, from, to, step })
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        usize::try_from((self.to - self.from) / self.step + 1).unwrap_or(usize::MAX)
    }

    /// The value at this place, from 0.
    pub(super) fn at(&self, place: usize) -> Value {
        self.unit.write(self.from + self.step * place as i64)
    }

    /// All values, ascending.
    pub(super) fn values(&self) -> Vec<Value> {
        (0..self.len()).map(|place| self.at(place)).collect()
    }
}

impl Unit {
    fn of(values: &[Option<&Value>]) -> Self {
        let mut found = values.iter().flatten();
        if found.clone().any(|value| matches!(value, Value::Float(_))) {
            return Unit::Hundredths;
        }
        match found.next().and_then(|value| value.as_text()) {
            Some(text) if text.contains(':') => Unit::Minutes,
            Some(_) => Unit::Days,
            None => Unit::Whole,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Unit::Whole => "whole number",
            Unit::Hundredths => "number",
            Unit::Minutes => "time (write HH:MM)",
            Unit::Days => "date (write YYYY-MM-DD)",
        }
    }

    fn usual_step(self) -> i64 {
        match self {
            Unit::Whole | Unit::Days => 1,
            Unit::Hundredths => 100,
            Unit::Minutes => 15,
        }
    }

    fn read_step(self, step: &Value) -> Option<i64> {
        match self {
            Unit::Hundredths => self.read(step),
            _ => Unit::Whole.read(step),
        }
    }

    fn read(self, value: &Value) -> Option<i64> {
        match (self, value) {
            (Unit::Whole, Value::Int(n)) => Some(*n),
            (Unit::Hundredths, number) => number.as_number().map(|x| (x * 100.0).round() as i64),
            (Unit::Minutes, Value::Text(text)) => minutes(text),
            (Unit::Days, Value::Text(text)) => days(text),
            _ => None,
        }
    }

    fn write(self, n: i64) -> Value {
        match self {
            Unit::Whole => Value::Int(n),
            Unit::Hundredths if n % 100 == 0 => Value::Int(n / 100),
            Unit::Hundredths => Value::Float(n as f64 / 100.0),
            Unit::Minutes => Value::text(format!("{:02}:{:02}", n / 60, n % 60)),
            Unit::Days => Value::text(date(n)),
        }
    }
}

/// Minutes since midnight of `HH:MM`; hours 24 to 29 are those after midnight, as timetables have them.
pub(super) fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str, limit: i64| {
        (part.len() == 2).then(|| part.parse().ok()).flatten().filter(|n| (0..limit).contains(n))
    };
    Some(two(hours, 30)? * 60 + two(minutes, 60)?)
}

/// Days since 1970-01-01 of `YYYY-MM-DD` (the civil calendar as Howard Hinnant computes it).
pub(super) fn days(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let n = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    (text.len() == 10 && date(n) == text).then_some(n)
}

fn date(days: i64) -> String {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
