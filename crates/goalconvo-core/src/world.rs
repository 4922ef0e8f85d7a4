//! The world: tables that tools read and change.
//!
//! [`Tables`] are built once and shared by all dialogues; a [`World`] is one dialogue's view of them with its own
//! changes on top. So a clone copies two pointers whatever the tables hold, what a dialogue changed is at hand
//! without a comparison, and the state hash costs as much as there are changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::Value;
use crate::hash::SetHash;

/// A row: one value a column, in the table's order.
pub type Row = Arc<[Value]>;

/// A table as it is before any dialogue.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name, unique on a stage.
    pub name: SmolStr,
    /// The columns' names, in order; the first column is the key.
    pub columns: Vec<SmolStr>,
    rows: Vec<Row>,
    by_key: BTreeMap<SmolStr, usize>,
    /// For each column, its values.
    index: Vec<BTreeMap<Value, Posting>>,
    /// Row by row, the number of each value in its column: conditions are tested by these and not by texts.
    numbers: Vec<u32>,
    hash: SetHash,
}

/// A value of a column: its number there, and the rows (ascending) that hold it.
#[derive(Clone, Debug)]
struct Posting {
    number: u32,
    rows: Vec<u32>,
}

impl Table {
    /// The column that says what an entity is called: `name`, `title`, or else the key.
    pub fn label(&self) -> Option<&SmolStr> {
        let named =
            ["name", "title"].into_iter().find_map(|name| self.columns.iter().find(|own| **own == name));
        named.or_else(|| self.columns.first())
    }

    /// A table of these rows; `None` when two rows have one key or a row has not one value a column.
    pub fn new(name: &str, columns: Vec<SmolStr>, rows: Vec<Row>) -> Option<Self> {
        let mut by_key = BTreeMap::new();
        let mut index = vec![BTreeMap::<Value, Posting>::new(); columns.len()];
        let mut numbers = Vec::with_capacity(rows.len() * columns.len());
        let mut hash = SetHash::default();
        for (at, row) in rows.iter().enumerate() {
            let key = row.first()?.plain();
            if row.len() != columns.len() {
                return None;
            }
            hash = hash.plus(SetHash::of_row(name, &key, row));
            if by_key.insert(key, at).is_some() {
                return None;
            }
            for (value, values) in row.iter().zip(&mut index) {
                let number = u32::try_from(values.len()).ok()?;
                let posting = values.entry(value.clone()).or_insert(Posting { number, rows: vec![] });
                posting.rows.push(u32::try_from(at).ok()?);
                numbers.push(posting.number);
            }
        }
        Some(Table { name: name.into(), columns, rows, by_key, index, numbers, hash })
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// All rows, in the order in which they were given.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The distinct values of a column, ascending.
    pub fn values(&self, column: usize) -> impl Iterator<Item = &Value> {
        self.index.get(column).into_iter().flat_map(BTreeMap::keys)
    }

    /// The row with this key.
    pub fn get(&self, key: &str) -> Option<&Row> {
        self.by_key.get(key).and_then(|at| self.rows.get(*at))
    }

    /// The rows that have these values in these columns, in order.
    fn equal(&self, equal: &[(usize, &Value)]) -> impl Iterator<Item = &Row> {
        let posting =
            |(column, value): &(usize, &Value)| Some((*column, self.index.get(*column)?.get(*value)?));
        // A value that its column does not have fits no row.
        let wanted: Option<Vec<(usize, &Posting)>> = equal.iter().map(posting).collect();
        let shortest =
            wanted.iter().flatten().map(|(_, posting)| &posting.rows).min_by_key(|rows| rows.len());
        let (listed, all) = match (&wanted, shortest) {
            (None, _) => (&[][..], 0),
            (Some(_), Some(rows)) => (rows.as_slice(), 0),
            (Some(_), None) => (&[][..], self.rows.len()),
        };
        let wanted = wanted.unwrap_or_default();
        let width = self.columns.len();
        let fits = move |at: &usize| {
            let has = |(column, posting): &(usize, &Posting)| {
                self.numbers.get(at * width + column) == Some(&posting.number)
            };
            wanted.iter().all(has)
        };
        listed.iter().map(|at| *at as usize).chain(0..all).filter(fits).filter_map(|at| self.rows.get(at))
    }
}

/// All tables of a stage, by name.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    tables: BTreeMap<SmolStr, Arc<Table>>,
    hash: SetHash,
}

impl Tables {
    /// Puts tables together; of two with one name the later wins.
    pub fn new(tables: impl IntoIterator<Item = Arc<Table>>) -> Self {
        let tables: BTreeMap<_, _> = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
        let hash = tables.values().fold(SetHash::default(), |hash, table| hash.plus(table.hash));
        Tables { tables, hash }
    }

    /// The table of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// All tables, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values()
    }
}

/// A row that differs from the table: the row as it is now, or `None` when it is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The table.
    pub table: SmolStr,
    /// The row's key.
    pub key: SmolStr,
    /// The row as a record of its columns; null when it was deleted.
    pub row: Value,
}

/// The live state of one dialogue: shared tables with this dialogue's changes on top.
#[derive(Clone, Debug)]
pub struct World {
    base: Arc<Tables>,
    changes: Arc<Changes>,
    /// Searches without an order of their own begin here: see [`World::ranked`].
    rank: u64,
}

#[derive(Clone, Debug, Default)]
struct Changes {
    rows: BTreeMap<(SmolStr, SmolStr), Option<Row>>,
    writes: usize,
}

impl World {
    /// The world as the tables have it.
    pub fn new(base: Arc<Tables>) -> Self {
        World { base, changes: Arc::default(), rank: 0 }
    }

    /// The same world as this visitor is shown it: what a search finds in no particular order begins at another row
    /// for another `rank`. Without it the first rows of a table would be offered in every dialogue.
    #[must_use]
    pub fn ranked(self, rank: u64) -> Self {
        World { rank, ..self }
    }

    /// Where among `count` rows a search without an order begins.
    pub fn first_of(&self, count: usize) -> usize {
        usize::try_from(self.rank % (count.max(1) as u64)).unwrap_or(0)
    }

    /// A table's fixed part: its columns and its rows before any change.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.base.get(name)
    }

    /// The row of this key as it is now.
    pub fn get(&self, table: &str, key: &str) -> Option<&Row> {
        if self.changes.rows.is_empty() {
            return self.base.get(table)?.get(key);
        }
        match self.changes.rows.get(&(SmolStr::new(table), SmolStr::new(key))) {
            Some(changed) => changed.as_ref(),
            None => self.base.get(table)?.get(key),
        }
    }

    /// The rows that have these values in these columns and pass `keep`: unchanged ones in table order, then changed
    /// ones by key.
    pub fn find(&self, table: &str, equal: &[(usize, &Value)], keep: impl Fn(&Row) -> bool) -> Vec<&Row> {
        self.find_up_to(usize::MAX, table, equal, keep)
    }

    /// The same, but looks no further once it has so many.
    pub fn find_up_to(
        &self,
        limit: usize,
        table: &str,
        equal: &[(usize, &Value)],
        keep: impl Fn(&Row) -> bool,
    ) -> Vec<&Row> {
        let fits =
            |row: &Row| equal.iter().all(|(column, value)| row.get(*column) == Some(*value)) && keep(row);
        let changed: Vec<(&SmolStr, Option<&Row>)> = self.changed(table).collect();
        let is_changed = |row: &Row| {
            !changed.is_empty()
                && row
                    .first()
                    .map(Value::plain)
                    .is_some_and(|key| changed.iter().any(|(other, _)| **other == key))
        };
        let mut found = Vec::new();
        if let Some(fixed) = self.base.get(table) {
            found.extend(fixed.equal(equal).filter(|row| keep(row) && !is_changed(row)).take(limit));
        }
        let more = changed.iter().filter_map(|(_, row)| *row).filter(|row| fits(row));
        found.extend(more.take(limit - found.len()));
        found
    }

    /// The rows of a table that differ: their keys, and what they are now.
    fn changed(&self, table: &str) -> impl Iterator<Item = (&SmolStr, Option<&Row>)> {
        let name = SmolStr::new(table);
        let from = self.changes.rows.range((name.clone(), SmolStr::default())..);
        from.take_while(move |((at, _), _)| *at == name).map(|((_, key), row)| (key, row.as_ref()))
    }

    /// Puts a row in place of the one with its key, or adds it. Rows of unknown tables and rows of another width are
    /// not taken: false.
    pub fn put(&mut self, table: &str, row: Row) -> bool {
        let Some(key) = row.first().map(Value::plain) else { return false };
        if self.base.get(table).is_none_or(|fixed| fixed.columns.len() != row.len()) {
            return false;
        }
        self.write(table, key, Some(row));
        true
    }

    /// Takes a row away; false when there was none.
    pub fn remove(&mut self, table: &str, key: &str) -> bool {
        let there = self.get(table, key).is_some();
        if there {
            self.write(table, key.into(), None);
        }
        there
    }

    fn write(&mut self, table: &str, key: SmolStr, row: Option<Row>) {
        let unchanged = self.base.get(table).and_then(|fixed| fixed.get(&key)).cloned() == row;
        let changes = Arc::make_mut(&mut self.changes);
        changes.writes += 1;
        let at = (SmolStr::new(table), key);
        // A row that is again as it was is no change: equal states have equal changes.
        if unchanged {
            changes.rows.remove(&at);
        } else {
            changes.rows.insert(at, row);
        }
    }

    /// How many writes there have been; two worlds of one state may differ in it.
    pub fn writes(&self) -> usize {
        self.changes.writes
    }

    /// What differs from the tables, by table and key.
    pub fn changes(&self) -> Vec<Change> {
        self.changes
            .rows
            .iter()
            .map(|((table, key), row)| Change {
                table: table.clone(),
                key: key.clone(),
                row: row.as_ref().map_or(Value::Null, |row| self.as_record(table, row)),
            })
            .collect()
    }

    /// Makes a change; false when the table or a column is unknown.
    pub fn change(&mut self, change: &Change) -> bool {
        if change.row.is_null() {
            return self.remove(&change.table, &change.key);
        }
        let Some(table) = self.base.get(&change.table) else { return false };
        if change.row.fields().iter().any(|(name, _)| table.column(name).is_none()) {
            return false;
        }
        let row: Row = table
            .columns
            .iter()
            .map(|column| change.row.field(column).cloned().unwrap_or_default())
            .collect();
        self.put(&change.table, row)
    }

    /// A row of `table` as a record of its columns.
    pub fn as_record(&self, table: &str, row: &Row) -> Value {
        let columns = self.base.get(table).map_or(&[][..], |table| &table.columns);
        Value::record(columns.iter().cloned().zip(row.iter().cloned()))
    }

    /// The canonical hash of the state: equal for equal rows, however they came about.
    pub fn hash(&self) -> SetHash {
        self.changes.rows.iter().fold(self.base.hash, |hash, ((table, key), row)| {
            let before = self.base.get(table).and_then(|fixed| fixed.get(key));
            let hash = before.map_or(hash, |row| hash.minus(SetHash::of_row(table, key, row)));
            row.as_ref().map_or(hash, |row| hash.plus(SetHash::of_row(table, key, row)))
        })
    }
}
