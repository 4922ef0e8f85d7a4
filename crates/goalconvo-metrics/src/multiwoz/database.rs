//! MultiWOZ's venues and trains, searched as the evaluation script searches them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::SlotValues;
use super::fuzzy::is_similar;
use super::normal::{canonical_value, minutes};

/// Venues by domain: `restaurant`, `attraction`, `hotel`, `train`.
#[derive(Debug, Clone, Default)]
pub struct VenueDatabase {
    venues: BTreeMap<String, Vec<SlotValues>>,
}

/// Fields that no search looks at.
const IGNORED: [&str; 6] = ["location", "openhours", "price", "takesbookings", "introduction", "signature"];
/// Values that constrain nothing.
const ANY: [&str; 6] = ["dontcare", "not mentioned", "don't care", "dont care", "do n't care", "do not care"];
const LEAST_SIMILARITY: u32 = 90;

impl VenueDatabase {
    /// Adds the venues of a domain from the corpus's own JSON (an array of objects).
    pub fn insert(&mut self, domain: &str, venues: &Value) {
        let venue = |venue: &Value| -> SlotValues {
            let fields = venue.as_object().into_iter().flatten();
            let kept = fields.filter(|(key, _)| domain == "train" || !IGNORED.contains(&key.as_str()));
            kept.map(|(key, value)| (column(key), plain(value))).collect()
        };
        self.venues.insert(domain.to_owned(), venues.as_array().into_iter().flatten().map(venue).collect());
    }

    /// The ids of what fits the constraints, in database order. Slots that the domain has no column for are passed over;
    /// names, food and places match fuzzily, times as bounds, everything else exactly; a field that the database does
    /// not know (`?`) fits everything.
    #[must_use]
    pub fn query(&self, domain: &str, constraints: &SlotValues) -> Vec<&str> {
        let Some(venues) = self.venues.get(domain) else { return Vec::new() };
        let columns = venues.first();
        let known = |slot: &str| columns.is_some_and(|columns| columns.contains_key(slot));
        let wanted: Vec<(&str, String)> = constraints
            .iter()
            .filter(|(slot, value)| known(slot) && !ANY.contains(&value.as_str()))
            .map(|(slot, value)| (slot.as_str(), canonical_value(slot, value)))
            .collect();
        // Thousands of trains share a handful of stations: each different value is compared once.
        let mut compared: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        let id = if domain == "train" { "trainid" } else { "id" };
        let mut found = Vec::new();
        for venue in venues {
            let all = wanted.iter().all(|(slot, wanted)| {
                let Some(has) = venue.get(*slot) else { return false };
                *compared.entry((slot, has)).or_insert_with(|| fits(domain, slot, has, wanted))
            });
            if all {
                found.extend(venue.get(id).map(String::as_str));
            }
        }
        found
    }
}

fn fits(domain: &str, slot: &str, has: &str, wanted: &str) -> bool {
    let fuzzy = match domain {
        "train" => matches!(slot, "departure" | "destination"),
        "restaurant" => matches!(slot, "name" | "food"),
        _ => slot == "name",
    };
    match slot {
        _ if has == "?" => true,
        "arrive" => minutes(has) <= minutes(wanted),
        "leave" => minutes(has) >= minutes(wanted),
        _ if fuzzy => is_similar(has, wanted, LEAST_SIMILARITY),
        _ => has == wanted,
    }
}

fn column(key: &str) -> String {
    let key = key.to_lowercase().replace(' ', "");
    match key.as_str() {
        "arriveby" => "arrive".to_owned(),
        "leaveat" => "leave".to_owned(),
        _ => key,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
