//! Domain folders: our words filled with the databases' values.

use std::collections::{BTreeMap, BTreeSet};

use super::databases::{DOMAINS, Rows, values};
use crate::domain::line;

/// The words of each domain: file by file, values left open as `%slot%`.
const WORDS: [(&str, [&str; 4]); 7] = [
    (
        "restaurant",
        [
            include_str!("../../data/multiwoz/restaurant/domain.toml"),
            include_str!("../../data/multiwoz/restaurant/tables.toml"),
            include_str!("../../data/multiwoz/restaurant/tools.toml"),
            include_str!("../../data/multiwoz/restaurant/policy.md"),
        ],
    ),
    (
        "hotel",
        [
            include_str!("../../data/multiwoz/hotel/domain.toml"),
            include_str!("../../data/multiwoz/hotel/tables.toml"),
            include_str!("../../data/multiwoz/hotel/tools.toml"),
            include_str!("../../data/multiwoz/hotel/policy.md"),
        ],
    ),
    (
        "attraction",
        [
            include_str!("../../data/multiwoz/attraction/domain.toml"),
            include_str!("../../data/multiwoz/attraction/tables.toml"),
            include_str!("../../data/multiwoz/attraction/tools.toml"),
            include_str!("../../data/multiwoz/attraction/policy.md"),
        ],
    ),
    (
        "train",
        [
            include_str!("../../data/multiwoz/train/domain.toml"),
            include_str!("../../data/multiwoz/train/tables.toml"),
            include_str!("../../data/multiwoz/train/tools.toml"),
            include_str!("../../data/multiwoz/train/policy.md"),
        ],
    ),
    (
        "taxi",
        [
            include_str!("../../data/multiwoz/taxi/domain.toml"),
            include_str!("../../data/multiwoz/taxi/tables.toml"),
            include_str!("../../data/multiwoz/taxi/tools.toml"),
            include_str!("../../data/multiwoz/taxi/policy.md"),
        ],
    ),
    (
        "hospital",
        [
            include_str!("../../data/multiwoz/hospital/domain.toml"),
            include_str!("../../data/multiwoz/hospital/tables.toml"),
            include_str!("../../data/multiwoz/hospital/tools.toml"),
            include_str!("../../data/multiwoz/hospital/policy.md"),
        ],
    ),
    (
        "police",
        [
            include_str!("../../data/multiwoz/police/domain.toml"),
            include_str!("../../data/multiwoz/police/tables.toml"),
            include_str!("../../data/multiwoz/police/tools.toml"),
            include_str!("../../data/multiwoz/police/policy.md"),
        ],
    ),
];

/// The files of one domain: relative paths and contents.
pub(super) type Folder = (&'static str, Vec<(String, String)>);

/// The folder of each domain that has a table; `wanted` are values by `domain-slot` that the goals want besides
/// those of the databases.
pub(super) fn folders(tables: &[Rows], wanted: &BTreeMap<String, BTreeSet<String>>) -> Vec<Folder> {
    let made = |domain: &&'static str| tables.iter().any(|table| table.name == table_of(domain));
    let present: Vec<&'static str> = DOMAINS.into_iter().filter(|domain| made(domain)).collect();
    present.iter().map(|domain| (*domain, folder(domain, tables, wanted, &present))).collect()
}

fn table_of(domain: &str) -> &str {
    if domain == "taxi" { "taxi_rota" } else { domain }
}

fn folder(
    domain: &str,
    tables: &[Rows],
    wanted: &BTreeMap<String, BTreeSet<String>>,
    present: &[&str],
) -> Vec<(String, String)> {
    let Some((_, [words, table_words, tools, policy])) = WORDS.iter().find(|(name, _)| *name == domain)
    else {
        return vec![];
    };
    let mut files = vec![
        ("domain.toml".to_owned(), fill(words, domain, tables, wanted, present)),
        ("tables.toml".to_owned(), (*table_words).to_owned()),
        ("tools.toml".to_owned(), (*tools).to_owned()),
        ("policy.md".to_owned(), (*policy).to_owned()),
    ];
    for table in tables.iter().filter(|table| table.name == table_of(domain)) {
        let header = line(table.header.iter().copied());
        let rows = table.rows.iter().map(|row| line(row.iter().map(String::as_str)));
        files.push((format!("{}.csv", table.name), std::iter::once(header).chain(rows).collect()));
    }
    if domain == "taxi" {
        let places: BTreeSet<String> = ["restaurant", "hotel", "attraction"]
            .iter()
            .flat_map(|venue| values(tables, venue, "name"))
            .chain(
                ["taxi-departure", "taxi-destination"]
                    .iter()
                    .filter_map(|slot| wanted.get(*slot))
                    .flatten()
                    .cloned(),
            )
            .collect();
        let pool: String = places.iter().map(|place| format!("{place}\n")).collect();
        files.push(("pools/places.txt".to_owned(), pool));
    }
    files
}

fn fill(
    words: &str,
    domain: &str,
    tables: &[Rows],
    wanted: &BTreeMap<String, BTreeSet<String>>,
    present: &[&str],
) -> String {
    let mut text = words.to_owned();
    for slot in ["area", "pricerange", "food", "type", "departure", "destination"] {
        let mut all = values(tables, domain, slot);
        all.extend(wanted.get(&format!("{domain}-{slot}")).into_iter().flatten().cloned());
        text = text.replace(&format!("%{slot}%"), &quoted(all.iter().map(String::as_str)));
    }
    let carries: [(&str, &[&str]); 6] = [
        ("area", &["restaurant.area", "hotel.area", "attraction.area"]),
        ("pricerange", &["restaurant.pricerange", "hotel.pricerange"]),
        ("people", &["restaurant.people", "hotel.people", "train.people"]),
        ("day", &["restaurant.day", "hotel.day", "train.day"]),
        ("place", &["restaurant.name", "hotel.name", "attraction.name"]),
        ("time", &["restaurant.time"]),
    ];
    for (slot, sources) in carries {
        let others = sources.iter().copied().filter(|source| {
            source.split_once('.').is_some_and(|(other, _)| other != domain && present.contains(&other))
        });
        text = text.replace(&format!("%carry_{slot}%"), &quoted(others));
    }
    // Words for a value that this corpus does not have say nothing.
    let known = values(tables, domain, "type");
    let stray = |line: &&str| {
        let value = line.split_once(" = [").map(|(value, _)| value);
        !(domain == "attraction" || domain == "hotel")
            || !value.is_some_and(|value| {
                ["swimmingpool", "nightclub", "concerthall", "guesthouse"].contains(&value)
                    && !known.contains(value)
            })
    };
    text.lines().filter(stray).map(|line| format!("{line}\n")).collect()
}

fn quoted<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = values.map(|value| format!("{value:?}")).collect();
    quoted.join(", ")
}
