//! Database rows as rows of our tables.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Key, Purpose};
use serde_json::Value as Json;

use super::normal::{Meaning, Speller};
use super::report::Report;
use super::source::Source;
use super::venues::Venues;

/// One table: the header, and its rows as texts; an empty cell is unknown.
pub(super) struct Rows {
    pub(super) name: &'static str,
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Domains that the corpus has, in the order in which their folders are written.
pub(super) const DOMAINS: [&str; 7] =
    ["restaurant", "hotel", "attraction", "train", "taxi", "hospital", "police"];

/// Columns of a table: our name and the database's. A `#` marks the key that is made by counting.
fn columns(domain: &str) -> &'static [(&'static str, &'static str)] {
    match domain {
        "restaurant" => &[
            ("id", "id"),
            ("name", "name"),
            ("area", "area"),
            ("pricerange", "pricerange"),
            ("food", "food"),
            ("address", "address"),
            ("phone", "phone"),
            ("postcode", "postcode"),
            ("introduction", "introduction"),
            ("signature", "signature"),
            ("location", "location"),
        ],
        "hotel" => &[
            ("id", "id"),
            ("name", "name"),
            ("type", "type"),
            ("area", "area"),
            ("pricerange", "pricerange"),
            ("stars", "stars"),
            ("internet", "internet"),
            ("parking", "parking"),
            ("address", "address"),
            ("phone", "phone"),
            ("postcode", "postcode"),
            ("single_price", "price/single"),
            ("double_price", "price/double"),
            ("family_price", "price/family"),
            ("location", "location"),
        ],
        "attraction" => &[
            ("id", "id"),
            ("name", "name"),
            ("type", "type"),
            ("area", "area"),
            ("address", "address"),
            ("phone", "phone"),
            ("postcode", "postcode"),
            ("entrance_fee", "entrance fee"),
            ("openhours", "openhours"),
            ("fee_range", "pricerange"),
            ("location", "location"),
        ],
        "train" => &[
            ("id", "#T"),
            ("train_id", "trainID"),
            ("departure", "departure"),
            ("destination", "destination"),
            ("day", "day"),
            ("leave_at", "leaveAt"),
            ("arrive_by", "arriveBy"),
            ("duration", "duration"),
            ("price", "price"),
        ],
        "hospital" => &[("id", "#H"), ("department", "department"), ("phone", "phone")],
        "police" => &[("id", "#P"), ("name", "name"), ("address", "address"), ("phone", "phone")],
        _ => &[],
    }
}

/// All tables that the databases give, and the names of places with them.
pub(super) fn tables(source: &Source, speller: &mut Speller, report: &mut Report) -> Vec<Rows> {
    speller.venues = venues(source);
    let mut tables = Vec::new();
    for domain in DOMAINS {
        let database = source.databases.iter().find(|(name, _)| name == domain);
        match (domain, database) {
            ("taxi", database) => tables.push(rota(database.map(|(_, json)| json))),
            (_, Some((_, Json::Array(rows)))) => tables.push(table(domain, rows, speller, report)),
            (_, Some(_)) => report.odd(domain, "the database is no list of rows; the domain is left out"),
            (_, None) => report.odd(domain, "there is no database for it; the domain is left out"),
        }
    }
    for table in &tables {
        report.rows.insert(table.name.to_owned(), table.rows.len());
    }
    tables
}

fn venues(source: &Source) -> BTreeMap<&'static str, Venues> {
    let mut venues = BTreeMap::new();
    let mut places: BTreeSet<&str> = BTreeSet::new();
    for domain in ["restaurant", "hotel", "attraction", "police"] {
        let names: Vec<&str> = texts(source, domain, "name").collect();
        places.extend(&names);
        venues.insert(domain, Venues::new(names));
    }
    let stations: BTreeSet<&str> =
        texts(source, "train", "departure").chain(texts(source, "train", "destination")).collect();
    venues.insert("station", Venues::new(stations.iter().copied()));
    venues.insert("place", Venues::new(places));
    venues
}

fn texts<'a>(source: &'a Source, domain: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let rows = source.databases.iter().find(|(name, _)| name == domain).and_then(|(_, json)| json.as_array());
    rows.into_iter().flatten().filter_map(move |row| row.get(key)?.as_str())
}

fn table(domain: &'static str, rows: &[Json], speller: &mut Speller, report: &mut Report) -> Rows {
    let columns = columns(domain);
    let mut made: Vec<Vec<String>> = Vec::with_capacity(rows.len());
    let mut keys = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        let place = format!("{domain}_db.json, row {at}");
        let cells: Vec<String> = columns
            .iter()
            .map(|(column, key)| match key.strip_prefix('#') {
                Some(prefix) => format!("{prefix}{:04}", at + 1),
                None => text(row, key)
                    .map(|text| cell((domain, column), text, &place, speller))
                    .unwrap_or_default(),
            })
            .collect();
        if keys.insert(cells[0].clone()) {
            made.push(cells);
        } else {
            report.odd(&place, format!("a second row with the key {}; left out", cells[0]));
        }
    }
    Rows { name: domain, header: columns.iter().map(|(column, _)| *column).collect(), rows: made }
}

/// What a row has for a key, `outer/inner` for a field of a field.
fn text(row: &Json, key: &str) -> Option<String> {
    let value = match key.split_once('/') {
        Some((outer, inner)) => row.get(outer)?.get(inner)?,
        None => row.get(key)?,
    };
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.trim().to_owned()),
        other => Some(other.to_string()),
    }
}

/// The database's text as a cell of ours.
fn cell((domain, column): (&str, &str), text: String, place: &str, speller: &mut Speller) -> String {
    match column {
        "entrance_fee" | "openhours" if text == "?" => "unknown".to_owned(),
        _ if text == "?" => String::new(),
        "duration" | "price" | "single_price" | "double_price" | "family_price" => {
            text.split(' ').next().unwrap_or_default().to_owned()
        }
        "type" | "area" | "pricerange" | "food" | "stars" | "internet" | "parking" | "departure"
        | "destination" | "day" | "leave_at" | "arrive_by" | "department" => {
            match speller.read(domain, column, &text, place) {
                Meaning::Value(value) => value.plain().to_string(),
                Meaning::Absent | Meaning::DontCare => String::new(),
            }
        }
        _ => text,
    }
}

/// Who drives when: for each minute of the day (and the hours after midnight that the corpus writes as 24 and on) a
/// car of the database's colours and makes, with a number after its pattern.
fn rota(database: Option<&Json>) -> Rows {
    let list = |key: &str| -> Vec<String> {
        let found =
            database.and_then(|json| json.get(0)).and_then(|json| json.get(key)).and_then(Json::as_array);
        found.into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    };
    let (mut colours, mut makes) = (list("taxi_colors"), list("taxi_types"));
    if colours.is_empty() || makes.is_empty() {
        (colours, makes) = (vec!["black".to_owned(), "white".to_owned()], vec!["saloon".to_owned()]);
    }
    let mut rng = Key { seed: 0, index: 0 }.rng(0, Purpose::Tables);
    let rows = (0..30 * 60).map(|minute| {
        let car = format!(
            "{} {}",
            rng.pick(&colours).cloned().unwrap_or_default(),
            rng.pick(&makes).cloned().unwrap_or_default()
        );
        let phone: String = (0..8).map(|_| char::from(b'0' + rng.below(10) as u8)).collect();
        vec![format!("{:02}:{:02}", minute / 60, minute % 60), car, format!("07{phone}")]
    });
    Rows { name: "taxi_rota", header: vec!["time", "car", "phone"], rows: rows.collect() }
}

/// The distinct values of a column.
pub(super) fn values(tables: &[Rows], table: &str, column: &str) -> BTreeSet<String> {
    let Some(table) = tables.iter().find(|known| known.name == table) else { return BTreeSet::new() };
    let Some(at) = table.header.iter().position(|name| *name == column) else { return BTreeSet::new() };
    table.rows.iter().map(|row| row[at].clone()).filter(|cell| !cell.is_empty()).collect()
}
