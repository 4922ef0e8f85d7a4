//! What changed between two snapshots: records, labels, and what made them.

use std::collections::BTreeMap;

use goalconvo_core::ContentHash;
use serde::Serialize;

use super::manifest::Manifest;

/// What changed from one snapshot to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The first snapshot.
    pub from: String,
    /// The second one.
    pub to: String,
    /// Records with the same id and content.
    pub same: u64,
    /// Ids that the second alone has.
    pub added: Vec<String>,
    /// Ids that the first alone has.
    pub removed: Vec<String>,
    /// Ids whose records differ.
    pub changed: Vec<String>,
    /// Labels whose counts differ, as `domains: hotel`.
    pub labels: BTreeMap<String, Shift>,
    /// Runs, configurations, prompts and settings that differ.
    pub made: BTreeMap<String, Shift>,
}

/// A value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// In the first snapshot; absent when it has none.
    pub from: Option<String>,
    /// In the second one; absent when it has none.
    pub to: Option<String>,
}

/// Hashes of records by their ids; of an id that comes twice, each with its place.
pub(super) type Records = BTreeMap<String, ContentHash>;

impl Difference {
    pub(super) fn of((from, old): (&Manifest, &Records), (to, new): (&Manifest, &Records)) -> Self {
        let mut found = Difference { from: from.id.clone(), to: to.id.clone(), ..Difference::default() };
        for (id, hash) in old {
            match new.get(id) {
                None => found.removed.push(id.clone()),
                Some(other) if other == hash => found.same += 1,
                Some(_) => found.changed.push(id.clone()),
            }
        }
        found.added = new.keys().filter(|id| !old.contains_key(*id)).cloned().collect();
        found.labels = shifts(&labels(from), &labels(to));
        found.made = shifts(&made(from), &made(to));
        found
    }
}

type Flat = BTreeMap<String, String>;

fn labels(manifest: &Manifest) -> Flat {
    let labels = &manifest.labels;
    let kinds = [
        ("domains", &labels.domains),
        ("classes", &labels.classes),
        ("outcomes", &labels.outcomes),
        ("origins", &labels.origins),
    ];
    counted(&kinds)
}

fn made(manifest: &Manifest) -> Flat {
    let made = &manifest.made;
    let mut flat =
        counted(&[("sources", &made.sources), ("configs", &made.configs), ("prompts", &made.prompts)]);
    flat.insert("repairs".to_owned(), made.repairs.to_string());
    if let Some(run) = &made.run {
        flat.insert("run: program".to_owned(), run.program.clone());
        for (name, value) in &run.config {
            flat.insert(format!("run: {name}"), value.to_string());
        }
    }
    flat
}

fn counted(kinds: &[(&str, &BTreeMap<String, u64>)]) -> Flat {
    let each = kinds.iter().flat_map(|(kind, counts)| {
        counts.iter().map(move |(name, count)| (format!("{kind}: {name}"), count.to_string()))
    });
    each.collect()
}

fn shifts(from: &Flat, to: &Flat) -> BTreeMap<String, Shift> {
    let names = from.keys().chain(to.keys());
    let differing = names.filter(|name| from.get(*name) != to.get(*name));
    differing
        .map(|name| (name.clone(), Shift { from: from.get(name).cloned(), to: to.get(name).cloned() }))
        .collect()
}
