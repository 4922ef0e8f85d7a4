//! Rows of tables: drawn from recipes by the domain's own seed, written out, or read from a file beside.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{ContentHash, Key, Purpose, Rng, Row, Slot, SlotKind, Table, Value};
use smol_str::SmolStr;

use super::csv;
use super::fields::Text;
use super::files::Files;
use super::problem::{Problems, Spot, suggest};
use super::raw::{RawRows, RawTable};
use super::read::value_of;
use super::recipe::{Given, Kitchen, Piece, Recipe, Weighted, guess, kind_of};
use super::slots::{kind_name, of_kind};

/// How often a value that has to be new is drawn again before the whole row is drawn again.
const DRAWS: usize = 20;

/// How often a row is drawn again.
const ROWS: usize = 2000;

/// The table with its rows; `None` when there is a mistake in it.
pub(super) fn table(raw: &RawTable, number: usize, files: &Files, kitchen: &Kitchen<'_>) -> Option<Table> {
    let (columns, rows) = match &raw.rows {
        RawRows::Made(rows) => (names(raw), made(raw, *rows, number, files, kitchen)?),
        RawRows::Written(rows) => written(raw, rows, kitchen.slots, kitchen.problems)?,
        RawRows::File(file) => from_file(raw, file, files, kitchen)?,
    };
    if columns.is_empty() {
        kitchen.problems.mistake(
            raw.name.spot,
            format!("table `{}` has no columns", raw.name),
            "add its key column first",
        );
        return None;
    }
    let mut keys = BTreeSet::new();
    for (_, row) in &rows {
        let key = row.first().map(Value::plain).unwrap_or_default();
        if key.is_empty() || key == "null" {
            let message = format!("a row of table `{}` has no `{}`, its key", raw.name, columns[0]);
            kitchen.problems.mistake(rows_spot(raw, &rows, &key), message, "give every row a key");
            return None;
        }
        if !keys.insert(key.clone()) {
            let message =
                format!("two rows of table `{}` have the key `{key}` in `{}`", raw.name, columns[0]);
            kitchen.problems.mistake(
                rows_spot(raw, &rows, &key),
                message,
                "make the first column different in every row",
            );
            return None;
        }
    }
    Table::new(&raw.name, columns, rows.into_iter().map(|(_, row)| row).collect())
}

/// Rows with their places.
type Placed = Vec<(Spot, Row)>;

fn rows_spot(raw: &RawTable, rows: &Placed, key: &str) -> Spot {
    let last = rows.iter().rev().find(|(_, row)| row.first().is_some_and(|value| value.plain() == key));
    last.map_or(raw.name.spot, |(spot, _)| *spot)
}

fn names(raw: &RawTable) -> Vec<SmolStr> {
    raw.columns.iter().map(|column| SmolStr::new(&*column.name)).collect()
}

fn made(raw: &RawTable, rows: usize, number: usize, files: &Files, kitchen: &Kitchen<'_>) -> Option<Placed> {
    // Every column is looked at, so that all mistakes are found.
    let recipes: Vec<_> = (0..raw.columns.len()).map(|place| kitchen.recipe(raw, place)).collect();
    let recipes: Vec<Recipe<'_>> = recipes.into_iter().collect::<Option<_>>()?;
    if rows > 0 {
        let unmade = recipes.iter().zip(&raw.columns).filter(|(recipe, _)| matches!(recipe, Recipe::Nothing));
        let unmade: Vec<_> = unmade.map(|(_, column)| column).collect();
        for column in &unmade {
            let message = format!("column `{}` does not say how it is made", column.name);
            kitchen.problems.mistake(column.name.spot, message, "add `make = \"…\"`");
        }
        if !unmade.is_empty() {
            return None;
        }
    }
    let seed = ContentHash::of(files.name().as_bytes()).low();
    let key = Key { seed, index: number as u64 };
    let width = rows.to_string().len().max(3);
    let streams = (0..recipes.len()).map(|column| key.rng(column, Purpose::Tables)).collect();
    let taken = vec![BTreeSet::new(); recipes.len()];
    let mut maker = Maker { raw, recipes, streams, taken, width, problems: kitchen.problems };
    (1..=rows).map(|number| Some((raw.name.spot, maker.row(number)?))).collect()
}

/// Makes the rows of one table, each column from a stream of its own.
struct Maker<'a> {
    raw: &'a RawTable,
    recipes: Vec<Recipe<'a>>,
    streams: Vec<Rng>,
    taken: Vec<BTreeSet<Value>>,
    width: usize,
    problems: &'a Problems,
}

impl Maker<'_> {
    /// The next row: drawn again as a whole while a column that has to be unique is not.
    fn row(&mut self, number: usize) -> Option<Row> {
        let mut stuck = 0;
        for _ in 0..ROWS {
            match self.draw(number) {
                Ok(row) => {
                    let unique = row.iter().enumerate().filter(|(at, _)| self.raw.columns[*at].unique);
                    unique.for_each(|(at, value)| _ = self.taken[at].insert(value.clone()));
                    return Some(row.into());
                }
                Err((column, Some(message))) => {
                    self.problems.mistake(self.raw.columns[column].name.spot, message, "");
                    return None;
                }
                Err((column, None)) => stuck = column,
            }
        }
        let column = &self.raw.columns[stuck].name;
        let message = format!(
            "after {} rows no new value for the unique column `{column}` of `{}` was found",
            number - 1,
            self.raw.name
        );
        self.problems.mistake(
            column.spot,
            message,
            "add values to its pools, add templates, or ask for fewer `rows`",
        );
        None
    }

    /// One attempt; on failure the column, and what is wrong with it unless it is only taken.
    fn draw(&mut self, number: usize) -> Result<Vec<Value>, (usize, Option<String>)> {
        let mut row: Vec<Value> = Vec::with_capacity(self.recipes.len());
        for (place, recipe) in self.recipes.iter().enumerate() {
            let draw = Draw { row: &row, number, width: self.width, names: self.raw };
            let unique = self.raw.columns[place].unique;
            let mut fresh = None;
            for _ in 0..if unique { DRAWS } else { 1 } {
                let value =
                    draw.value(recipe, &mut self.streams[place]).map_err(|text| (place, Some(text)))?;
                if !unique || !self.taken[place].contains(&value) {
                    fresh = Some(value);
                    break;
                }
            }
            row.push(fresh.ok_or((place, None))?);
        }
        Ok(row)
    }
}

/// One draw: the row so far and its number.
struct Draw<'a> {
    row: &'a [Value],
    number: usize,
    width: usize,
    names: &'a RawTable,
}

impl Draw<'_> {
    fn value(&self, recipe: &Recipe<'_>, rng: &mut Rng) -> Result<Value, String> {
        Ok(match recipe {
            Recipe::Nothing => Value::Null,
            Recipe::Serial { prefix } => {
                Value::text(format!("{prefix}{:0width$}", self.number, width = self.width))
            }
            Recipe::Template(templates) => self.template(templates, rng)?,
            Recipe::Pick { base, given } => {
                pick(self.given(given).unwrap_or(base), rng).ok_or_else(|| self.no_case(given))?
            }
            Recipe::Pattern(pattern) => Value::text(self.pattern(pattern, rng)),
            Recipe::Range { base, given } => {
                let scale = self.given(given).or(base.as_ref()).ok_or_else(|| self.no_case(given))?;
                scale.at(rng.below(scale.len()))
            }
            Recipe::Flag { percent, given } => Value::Bool(rng.chance(*self.given(given).unwrap_or(percent))),
            Recipe::Compute(expr) => self.compute(expr)?,
            Recipe::Fixed(value) => value.clone(),
            Recipe::Row(table) => {
                rng.pick(table.rows()).and_then(|row| row.first()).cloned().unwrap_or_default()
            }
            Recipe::Copy { from, table, column } => table
                .get(&self.row[*from].plain())
                .and_then(|row| row.get(*column))
                .cloned()
                .unwrap_or_default(),
        })
    }

    fn given<'t, T>(&self, given: &'t Given<T>) -> Option<&'t T> {
        let (column, by_value) = given.as_ref()?;
        by_value.get(&self.row[*column].plain())
    }

    fn no_case<T>(&self, given: &Given<T>) -> String {
        match given {
            Some((column, _)) => {
                format!(
                    "nothing is said for `{}` being `{}`",
                    self.names.columns[*column].name,
                    self.row[*column].plain()
                )
            }
            None => "nothing to draw from".to_owned(),
        }
    }

    fn template(&self, templates: &[Vec<Piece<'_>>], rng: &mut Rng) -> Result<Value, String> {
        let template = rng.pick(templates).ok_or("a template column without templates")?;
        let mut text = String::new();
        for piece in template {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Pool(pool) => text.push_str(rng.pick(pool).copied().unwrap_or_default()),
                Piece::Column(column) => text.push_str(&self.row[*column].plain()),
            }
        }
        Ok(Value::text(text))
    }

    fn pattern(&self, pattern: &str, rng: &mut Rng) -> String {
        let symbol = |c| match c {
            '#' => char::from(b'0' + rng.below(10) as u8),
            '@' => char::from(b'A' + rng.below(26) as u8),
            other => other,
        };
        pattern.chars().map(symbol).collect()
    }

    fn compute(&self, expr: &goalconvo_core::Expr) -> Result<Value, String> {
        let place = |name: &str| self.names.columns.iter().position(|column| &*column.name == name);
        let value = expr.eval(&|name| self.row.get(place(name)?).cloned());
        match value {
            Value::Null => Err("the expression has no value: it mixes kinds that can't be mixed".to_owned()),
            Value::Float(x) if x.fract() == 0.0 && x.abs() < 9.0e15 => Ok(Value::Int(x as i64)),
            value => Ok(value),
        }
    }
}

fn pick(values: &Weighted, rng: &mut Rng) -> Option<Value> {
    let place = rng.weighted(values.iter().map(|(_, weight)| *weight))?;
    values.get(place).map(|(value, _)| value.clone())
}

type WrittenRow = (Spot, Vec<(Text, Value)>);

fn written(
    raw: &RawTable,
    rows: &[WrittenRow],
    slots: &BTreeMap<SmolStr, Slot>,
    problems: &Problems,
) -> Option<(Vec<SmolStr>, Placed)> {
    let mut columns = names(raw);
    if columns.is_empty() {
        let mut named: Vec<&Text> = Vec::new();
        for (key, _) in rows.iter().flat_map(|(_, cells)| cells) {
            if !named.iter().any(|known| ***known == **key) {
                named.push(key);
            }
        }
        columns = named.into_iter().map(|key| SmolStr::new(&**key)).collect();
    }
    let mut placed = Vec::with_capacity(rows.len());
    for (spot, cells) in rows {
        let mut row = vec![Value::Null; columns.len()];
        for (key, value) in cells {
            let Some(place) = columns.iter().position(|column| *column == **key) else {
                let fix = suggest(key, columns.iter().map(SmolStr::as_str));
                problems.mistake(key.spot, format!("table `{}` has no column `{key}`", raw.name), fix);
                continue;
            };
            if let Some(kind) = kind_of(slots, key)
                && of_kind(value, kind).is_err()
            {
                problems.mistake(
                    key.spot,
                    format!("{value} is no {}, the kind of slot `{key}`", kind_name(kind)),
                    "",
                );
            }
            row[place] = value.clone();
        }
        placed.push((*spot, row.into()));
    }
    Some((columns, placed))
}

fn from_file(
    raw: &RawTable,
    name: &Text,
    files: &Files,
    kitchen: &Kitchen<'_>,
) -> Option<(Vec<SmolStr>, Placed)> {
    let problems = kitchen.problems;
    let Some(file) = files.number(name) else {
        let known: Vec<&str> =
            files.iter().map(|(path, _)| path).filter(|path| path.ends_with(".csv")).collect();
        problems.mistake(name.spot, format!("no file `{name}` in the folder"), suggest(name, known));
        return None;
    };
    let mut records = match csv::records(files.text(file)) {
        Ok(records) => records.into_iter(),
        Err(at) => {
            problems.mistake(
                Spot { file, at },
                "a quote that is never closed",
                "close it, or double quotes inside quotes",
            );
            return None;
        }
    };
    let header: Vec<SmolStr> =
        records.next().map(|(_, cells)| cells.iter().map(SmolStr::new).collect()).unwrap_or_default();
    let declared = names(raw);
    for column in raw.columns.iter().filter(|column| !header.iter().any(|name| *name == *column.name.text)) {
        let fix = suggest(&column.name, header.iter().map(SmolStr::as_str));
        problems.mistake(column.name.spot, format!("file `{name}` has no column `{}`", column.name), fix);
    }
    let columns = if declared.is_empty() { header.clone() } else { declared };
    let places: Vec<_> = columns
        .iter()
        .map(|column| (header.iter().position(|name| name == column), kind_of(kitchen.slots, column), column))
        .collect();
    let mut placed = Vec::new();
    for (at, cells) in records {
        let spot = Spot { file, at };
        if cells.len() != header.len() {
            let message =
                format!("found {} cells, expected {} as in the first line", cells.len(), header.len());
            problems.mistake(spot, message, "quote cells that hold commas");
            continue;
        }
        let cell = |(place, kind, column): &(Option<usize>, Option<SlotKind>, &SmolStr)| {
            typed(&cells[(*place)?], column, *kind, spot, problems)
        };
        placed.push((spot, places.iter().map(|place| cell(place).unwrap_or_default()).collect()));
    }
    Some((columns, placed))
}

fn typed(text: &str, column: &str, kind: Option<SlotKind>, spot: Spot, problems: &Problems) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    let Some(kind) = kind else { return Some(guess(text)) };
    let value = value_of(text, kind).filter(|value| of_kind(value, kind).is_ok());
    if value.is_none() {
        let message = format!("`{text}` in column `{column}` is no {}", kind_name(kind));
        problems.mistake(spot, message, "change the cell or the kind of the slot");
    }
    value
}
