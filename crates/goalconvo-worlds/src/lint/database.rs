//! The database behind a suite, indexed by every name and value in it.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A record of a table: the table's place and the record's.
pub(super) type Place = (usize, usize);

/// The tables of a suite.
#[derive(Clone, Debug, Default)]
pub struct Database {
    tables: Vec<Table>,
    /// Every key and scalar, with the records that hold it.
    held: BTreeMap<String, BTreeSet<Place>>,
}

#[derive(Clone, Debug)]
struct Table {
    name: String,
    records: Vec<(String, Value)>,
    by_key: BTreeMap<String, usize>,
}

impl Database {
    /// Adds a table: an object of records by key, or a list of records.
    pub fn add(&mut self, name: &str, rows: &Value) {
        let records: Vec<(String, Value)> = match rows {
            Value::Object(map) => map.iter().map(|(key, record)| (key.clone(), record.clone())).collect(),
            Value::Array(items) => items.iter().map(|record| (key_in(record), record.clone())).collect(),
            other => vec![(String::new(), other.clone())],
        };
        let table = self.tables.len();
        for (place, (key, record)) in records.iter().enumerate() {
            if !key.is_empty() {
                self.held.entry(key.clone()).or_default().insert((table, place));
            }
            index(record, (table, place), &mut self.held);
        }
        let by_key = records.iter().enumerate().map(|(place, (key, _))| (key.clone(), place)).collect();
        self.tables.push(Table { name: name.to_owned(), records, by_key });
    }

    /// True if there are no tables.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// True if the value is a key or a scalar anywhere.
    pub fn holds(&self, value: &str) -> bool {
        self.held.contains_key(value)
    }

    /// The record of a key, with its table's name.
    pub fn record(&self, key: &str) -> Option<(&str, &Value)> {
        self.tables.iter().find_map(|table| {
            let place = table.by_key.get(key)?;
            table.records.get(*place).map(|(_, record)| (table.name.as_str(), record))
        })
    }

    /// The records that hold a value: (table, key).
    pub fn holders(&self, value: &str) -> Vec<(&str, &str)> {
        let places = self.held.get(value).into_iter().flatten();
        places
            .filter_map(|&(table, place)| {
                let table = self.tables.get(table)?;
                table.records.get(place).map(|(key, _)| (table.name.as_str(), key.as_str()))
            })
            .collect()
    }

    /// The records that hold all of some values under the names that they are given by: (table, key).
    pub fn matching(&self, fields: &[(&str, &str)]) -> Vec<(&str, &str)> {
        let Some((_, first)) = fields.first() else { return Vec::new() };
        let mut found = Vec::new();
        for &(table, place) in self.held.get(*first).into_iter().flatten() {
            let Some(table) = self.tables.get(table) else { continue };
            let Some((key, record)) = table.records.get(place) else { continue };
            if fields.iter().all(|(name, value)| has_field(record, name, value)) {
                found.push((table.name.as_str(), key.as_str()));
            }
        }
        found
    }
}

/// The value's scalar as the index writes it.
pub(super) fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The innermost object under `record` that a value is the key of, or that holds it under a name ending in `id`
/// or `number`.
pub(super) fn innermost<'a>(record: &'a Value, wanted: &str) -> Option<&'a Value> {
    match record {
        Value::Object(map) => {
            let deeper = map.values().find_map(|part| innermost(part, wanted));
            let keyed = || map.get(wanted).filter(|part| part.is_object());
            let named = || {
                let names = map.iter().filter(|(name, _)| name.ends_with("id") || name.ends_with("number"));
                names.into_iter().any(|(_, value)| value == wanted).then_some(record)
            };
            deeper.or_else(keyed).or_else(named)
        }
        Value::Array(items) => items.iter().find_map(|part| innermost(part, wanted)),
        _ => None,
    }
}

fn index(value: &Value, place: Place, held: &mut BTreeMap<String, BTreeSet<Place>>) {
    match value {
        Value::Object(map) => {
            for (name, part) in map {
                // Keys of records within a record: a variant, a payment method, a date.
                if part.is_object() {
                    held.entry(name.clone()).or_default().insert(place);
                }
                index(part, place, held);
            }
        }
        Value::Array(items) => items.iter().for_each(|part| index(part, place, held)),
        scalar => {
            if let Some(text) = written(scalar) {
                held.entry(text).or_default().insert(place);
            }
        }
    }
}

fn has_field(record: &Value, name: &str, wanted: &str) -> bool {
    match record {
        Value::Object(map) => map.iter().any(|(key, part)| {
            key == name && written(part).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
                || has_field(part, name, wanted)
        }),
        Value::Array(items) => items.iter().any(|part| has_field(part, name, wanted)),
        _ => false,
    }
}

fn key_in(record: &Value) -> String {
    let map = record.as_object();
    let id = map.and_then(|map| map.iter().find(|(name, value)| name.ends_with("id") && value.is_string()));
    id.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
}
