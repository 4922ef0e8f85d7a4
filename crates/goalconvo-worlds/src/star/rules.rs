//! Rules that STAR writes as Python source after `!`, read as texts of a few known shapes.
//!
//! Nothing is run. A text that has none of these shapes says nothing, is noted down, and its column is free:
//!
//! ```text
//! lambda p: p["Level"]                    as much as another column
//! lambda p: p["NumRooms"] * 10            or + 10: as much as another column, times or plus a number
//! lambda p: p["TravelMode"] == "Transit"  only if another column says so
//! lambda p: p["MaxLevel"] > 0             only if another column is above a number
//! lambda p: p["HasBalcony"]               only if another column is true
//! list(combinations(["a", "b", "c"], 2))  pairs of these
//! ['a', 'b']                              one of these
//! ```

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// A bound that depends on another column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bound {
    /// The other column.
    pub column: String,
    /// What its value is multiplied by.
    pub times: f64,
    /// What is added then.
    pub plus: f64,
}

/// When a column has a value at all.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum When {
    /// If another column says this.
    Says(String, String),
    /// If another column is above this.
    Above(String, f64),
    /// If another column is true.
    True(String),
}

/// A row as it grows: values by STAR's names of the columns.
pub(super) type Row = BTreeMap<String, Json>;

impl Bound {
    /// Reads one.
    pub fn read(code: &str) -> Option<Self> {
        let (column, rest) = field(code)?;
        let rest = rest.trim();
        let bound = |times, plus| Some(Bound { column: column.clone(), times, plus });
        match (rest.chars().next(), rest.get(1..).map(str::trim)) {
            (None, _) => bound(1.0, 0.0),
            (Some('*'), Some(number)) => bound(number.parse().ok()?, 0.0),
            (Some('+'), Some(number)) => bound(1.0, number.parse().ok()?),
            _ => None,
        }
    }

    /// The bound in a row; nothing if the row does not say.
    pub fn of(&self, row: &Row) -> Option<f64> {
        Some(row.get(&self.column)?.as_f64()? * self.times + self.plus)
    }
}

impl When {
    /// Reads one.
    pub fn read(code: &str) -> Option<Self> {
        let (column, rest) = field(code)?;
        let rest = rest.trim();
        if rest.is_empty() {
            return Some(When::True(column));
        }
        if let Some(text) = rest.strip_prefix("==") {
            let Json::String(text) = serde_json::from_str(text.trim()).ok()? else { return None };
            return Some(When::Says(column, text));
        }
        Some(When::Above(column, rest.strip_prefix('>')?.trim().parse().ok()?))
    }

    /// Whether it is so in a row.
    pub fn holds(&self, row: &Row) -> bool {
        match self {
            When::Says(column, text) => {
                row.get(column).and_then(Json::as_str).is_some_and(|found| found.eq_ignore_ascii_case(text))
            }
            When::Above(column, number) => {
                row.get(column).and_then(Json::as_f64).is_some_and(|found| found > *number)
            }
            When::True(column) => row.get(column).and_then(Json::as_bool) == Some(true),
        }
    }
}

/// The column that a rule begins with, and what comes after it.
fn field(code: &str) -> Option<(String, &str)> {
    let rest = code.strip_prefix('!').unwrap_or(code).trim().strip_prefix("lambda p:")?.trim();
    let (column, rest) = rest.strip_prefix("p[\"")?.split_once("\"]")?;
    Some((column.to_owned(), rest))
}

/// The values of a list that is written as text, and whether each is a pair of two of them.
pub(super) fn list(text: &str) -> Option<(Vec<String>, bool)> {
    let text = text.trim();
    let text = text.strip_prefix('!').unwrap_or(text);
    if let Some(inner) = text.strip_prefix("list(combinations(") {
        let inner = inner.strip_suffix(", 2))")?;
        return Some((texts(inner)?, true));
    }
    Some((texts(text)?, false))
}

/// A list of quoted texts, with either kind of quotes.
fn texts(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (item, after) = rest.get(1..)?.split_once(quote)?;
        // An escape would have to be understood; it is in none of the known files.
        if item.contains('\\') {
            return None;
        }
        found.push(item.to_owned());
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
    Some(found)
}
