//! How one column is made, with every name looked up: the bridge from the raw table to its rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Expr, Slot, SlotKind, Table, Value};
use smol_str::SmolStr;

use super::expressions;
use super::fields::Text;
use super::problem::{Problems, Spot, suggest};
use super::raw::{Make, RawColumn, RawRange, RawTable, RawWeights};
use super::read::{number, value_of};
use super::scale::Scale;
use super::slots::{Pools, kind_name, unknown_pool};

/// Values with weights.
pub(super) type Weighted = Vec<(Value, u32)>;

/// Something that depends on an earlier column: the column, and what holds for each of its values.
pub(super) type Given<T> = Option<(usize, BTreeMap<SmolStr, T>)>;

/// How one column is made.
pub(super) enum Recipe<'a> {
    Nothing,
    Serial { prefix: String },
    Template(Vec<Vec<Piece<'a>>>),
    Pick { base: Weighted, given: Given<Weighted> },
    Pattern(String),
    Range { base: Option<Scale>, given: Given<Scale> },
    Flag { percent: u32, given: Given<u32> },
    Compute(Expr),
    Fixed(Value),
    Row(Arc<Table>),
    Copy { from: usize, table: Arc<Table>, column: usize },
}

/// A piece of a template.
pub(super) enum Piece<'a> {
    Fixed(String),
    Pool(Vec<&'a str>),
    Column(usize),
}

/// What recipes are made from.
pub(super) struct Kitchen<'a> {
    pub(super) slots: &'a BTreeMap<SmolStr, Slot>,
    pub(super) pools: &'a Pools<'a>,
    pub(super) tables: &'a [Arc<Table>],
    pub(super) problems: &'a Problems,
}

impl<'a> Kitchen<'a> {
    /// The recipe of the column at `place` of a table; `None` when there is a mistake in it.
    pub(super) fn recipe(&self, table: &RawTable, place: usize) -> Option<Recipe<'a>> {
        let column = &table.columns[place];
        let earlier = &table.columns[..place];
        Some(match &column.make {
            Make::Given => Recipe::Nothing,
            Make::Serial { prefix } => Recipe::Serial { prefix: prefix.clone() },
            Make::Template { templates } => Recipe::Template(
                templates.iter().map(|text| self.template(text, earlier)).collect::<Option<_>>()?,
            ),
            Make::Pick { slot, given, weights } => {
                self.pick(column, slot.as_ref(), given.as_ref(), weights, earlier)?
            }
            Make::Pattern { pattern } => Recipe::Pattern(pattern.text.clone()),
            Make::Range { base, given, ranges, step } => {
                let scale = |range: &RawRange| self.scale(range, step.as_ref());
                let base = match base {
                    Some(base) => Some(scale(base)?),
                    None => None,
                };
                let ranges = ranges.iter().map(|(key, range)| Some((key, scale(range)?)));
                Recipe::Range {
                    base,
                    given: self.given(column, given.as_ref(), ranges.collect::<Option<_>>()?, earlier)?,
                }
            }
            Make::Flag { percent, given, percents } => {
                let percents = percents.iter().map(|(key, percent)| (key, *percent)).collect();
                Recipe::Flag {
                    percent: *percent,
                    given: self.given(column, given.as_ref(), percents, earlier)?,
                }
            }
            Make::Compute { value } => {
                let known = earlier.iter().map(|column| &*column.name).collect::<Vec<_>>();
                Recipe::Compute(expressions::parse(
                    value,
                    |name| known.contains(&name),
                    &known,
                    self.problems,
                )?)
            }
            Make::Value { value } => Recipe::Fixed(value.clone()),
            Make::Row { of } => Recipe::Row(self.table(of)?),
            Make::Copy { from, column } => self.copy(from, column, earlier)?,
        })
    }

    fn table(&self, name: &Text) -> Option<Arc<Table>> {
        let table = self.tables.iter().find(|table| table.name == **name);
        match table {
            Some(table) if !table.rows().is_empty() => Some(table.clone()),
            Some(_) => {
                self.problems.mistake(
                    name.spot,
                    format!("table `{name}` has no rows to draw from"),
                    "give it `rows`",
                );
                None
            }
            None => {
                let known = self.tables.iter().map(|table| table.name.as_str());
                self.problems.mistake(name.spot, format!("no earlier table `{name}`"), suggest(name, known));
                None
            }
        }
    }

    fn copy(&self, from: &Text, column: &Text, earlier: &[RawColumn]) -> Option<Recipe<'a>> {
        let place = self.earlier(from, earlier)?;
        let Make::Row { of } = &earlier[place].make else {
            self.problems.mistake(
                from.spot,
                format!("column `{from}` is no row of a table"),
                "name a column with make = \"row\"",
            );
            return None;
        };
        let table = self.table(of)?;
        let Some(at) = table.column(column) else {
            let known = table.columns.iter().map(SmolStr::as_str);
            self.problems.mistake(
                column.spot,
                format!("table `{of}` has no column `{column}`"),
                suggest(column, known),
            );
            return None;
        };
        Some(Recipe::Copy { from: place, table, column: at })
    }

    fn earlier(&self, name: &Text, earlier: &[RawColumn]) -> Option<usize> {
        let place = earlier.iter().position(|column| *column.name == **name);
        if place.is_none() {
            let fix = suggest(name, earlier.iter().map(|column| &*column.name));
            self.problems.mistake(name.spot, format!("no earlier column `{name}`"), fix);
        }
        place
    }

    fn given<T>(
        &self,
        column: &RawColumn,
        given: Option<&Text>,
        by_value: Vec<(&Text, T)>,
        earlier: &[RawColumn],
    ) -> Option<Given<T>> {
        let Some(given) = given else {
            if let Some((key, _)) = by_value.first() {
                let message = format!("column `{}` depends on `{key}` without `given`", column.name);
                self.problems.mistake(
                    key.spot,
                    message,
                    "add `given = \"…\"` with the column that it depends on",
                );
                return None;
            }
            return Some(None);
        };
        let place = self.earlier(given, earlier)?;
        for (key, _) in &by_value {
            self.can_be(key, &earlier[place]);
        }
        Some(Some((place, by_value.into_iter().map(|(key, value)| (SmolStr::new(&**key), value)).collect())))
    }

    /// A key of `weights` or `ranges` has to be a value of the column that it is given by.
    fn can_be(&self, key: &Text, column: &RawColumn) {
        let Make::Pick { slot, weights, .. } = &column.make else { return };
        let name = slot.as_ref().unwrap_or(&column.name);
        let mut known: Vec<SmolStr> = self
            .slots
            .get(&**name)
            .map(|slot| slot.values.iter().map(Value::plain).collect())
            .unwrap_or_default();
        known.extend(weights.plain.iter().map(|(value, _)| SmolStr::new(&**value)));
        known.extend(
            weights.given.iter().flat_map(|(_, inner)| inner).map(|(value, _)| SmolStr::new(&**value)),
        );
        if !known.is_empty() && !known.iter().any(|value| *value == **key) {
            let fix = suggest(key, known.iter().map(SmolStr::as_str));
            self.problems.mistake(key.spot, format!("`{key}` is no value of column `{}`", column.name), fix);
        }
    }

    fn scale(&self, range: &RawRange, step: Option<&(Value, Spot)>) -> Option<Scale> {
        let scale = Scale::new(&range.from.0, &range.to.0, step.map(|(step, _)| step));
        scale.map_err(|message| self.problems.mistake(range.from.1, message, "")).ok()
    }

    fn pick(
        &self,
        column: &RawColumn,
        slot: Option<&Text>,
        given: Option<&Text>,
        weights: &RawWeights,
        earlier: &[RawColumn],
    ) -> Option<Recipe<'a>> {
        let source = slot.unwrap_or(&column.name);
        let known = self.slots.get(&**source);
        if let (Some(named), None) = (slot, known) {
            let fix = suggest(named, self.slots.keys().map(SmolStr::as_str));
            self.problems.mistake(named.spot, format!("unknown slot `{named}`"), fix);
            return None;
        }
        let weighted = |list: &[(Text, u32)]| {
            list.iter()
                .map(|(key, weight)| Some((self.value(key, known)?, *weight)))
                .collect::<Option<Weighted>>()
        };
        let base = if weights.plain.is_empty() {
            known.map(|slot| slot.values.iter().map(|value| (value.clone(), 1)).collect()).unwrap_or_default()
        } else {
            weighted(&weights.plain)?
        };
        let by_value = weights.given.iter().map(|(key, list)| Some((key, weighted(list)?)));
        let given = self.given(column, given, by_value.collect::<Option<_>>()?, earlier)?;
        if base.iter().all(|(_, weight)| *weight == 0) && given.is_none() {
            let message = format!("nothing to pick from: slot `{source}` has no values");
            self.problems.mistake(
                column.name.spot,
                message,
                "give the slot `values`, or the column `weights`",
            );
            return None;
        }
        Some(Recipe::Pick { base, given })
    }

    fn value(&self, key: &Text, slot: Option<&Slot>) -> Option<Value> {
        let Some(slot) = slot else { return Some(guess(key)) };
        let value = value_of(key, slot.kind);
        let known = value.as_ref().is_some_and(|value| slot.values.is_empty() || slot.values.contains(value));
        if !known {
            let values: Vec<SmolStr> = slot.values.iter().map(Value::plain).collect();
            let fix = suggest(key, values.iter().map(SmolStr::as_str));
            let what = if value.is_none() { kind_name(slot.kind) } else { "value of the slot" };
            self.problems.mistake(key.spot, format!("`{key}` is no {what} `{}`", slot.name), fix);
            return None;
        }
        value
    }

    fn template(&self, text: &Text, earlier: &[RawColumn]) -> Option<Vec<Piece<'a>>> {
        let mut pieces = Vec::new();
        let mut rest = &**text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                self.problems.mistake(text.spot, format!("`{{` without `}}` in {:?}", &**text), "close it");
                return None;
            };
            if !before.is_empty() {
                pieces.push(Piece::Fixed(before.to_owned()));
            }
            pieces.push(self.piece(&Text { text: name.to_owned(), spot: text.spot }, earlier)?);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Fixed(rest.to_owned()));
        }
        Some(pieces)
    }

    fn piece(&self, name: &Text, earlier: &[RawColumn]) -> Option<Piece<'a>> {
        if let Some(place) = earlier.iter().position(|column| *column.name == **name) {
            return Some(Piece::Column(place));
        }
        match self.pools.get(name) {
            Some(values) if values.is_empty() => {
                self.problems.mistake(name.spot, format!("pool `{name}` is empty"), "add values, one a line");
                None
            }
            Some(values) => Some(Piece::Pool(values.into_iter().map(|(value, _)| value).collect())),
            None => {
                unknown_pool(name, self.pools, self.problems);
                None
            }
        }
    }
}

/// The value of a text where no slot says its kind.
pub(super) fn guess(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => number(text)
            .filter(|_| !text.starts_with('0') || text == "0")
            .unwrap_or_else(|| Value::text(text)),
    }
}

/// The kind of a column, where a slot says it.
pub(super) fn kind_of(slots: &BTreeMap<SmolStr, Slot>, column: &str) -> Option<SlotKind> {
    slots.get(column).map(|slot| slot.kind)
}
