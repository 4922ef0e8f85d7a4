//! Values for what STAR leaves open: names of people and places, and what people say for themselves.

use goalconvo_core::SlotKind;

use super::fields::Field;
use crate::registry::names::words;

const PEOPLE: &[&str] = &[
    "Alma", "Bruno", "Carla", "Derek", "Elena", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Leon",
    "Mira", "Nadia", "Oscar", "Petra", "Quentin", "Rosa", "Stefan", "Tamara", "Ugo", "Vera", "Wanda",
    "Yannick",
];
const PLACES: &[&str] = &[
    "Mill Lane",
    "Harbour Street",
    "Station Road",
    "Chestnut Avenue",
    "Museum Square",
    "Garden Row",
    "Orchard Hill",
    "King's Bridge",
    "Lake View",
    "Market Place",
    "Old Quay",
    "Poplar Court",
];
const COMPANIES: &[&str] = &["Northlock", "Bolt and Sons", "Kestrel", "Vandermeer", "Halden", "Orion Works"];
const COLOURS: &[&str] = &["red", "blue", "green", "yellow", "white", "orange", "black", "purple"];
const WORDS: &[(&[&str], &[&str])] = &[
    (
        &["symptoms"],
        &["a cough and a sore throat", "a headache since yesterday", "a stiff neck", "a fever and chills"],
    ),
    (
        &["fraud"],
        &["two payments that I did not make", "a transfer that I know nothing of", "my card was used abroad"],
    ),
    (&["change"], &["a later pickup", "a different destination", "one more passenger", "a larger car"]),
    (&["food"], &["vegetarian pasta", "burgers and fries", "sushi platters", "a cold buffet"]),
    (&["drinks"], &["lemonade and juice", "sparkling water", "red and white wine", "coffee and tea"]),
    (&["dietary", "restrictions"], &["no nuts", "vegan", "no dairy", "gluten free"]),
    (&["reason"], &["the budget for next year", "a new project", "the summer schedule", "a job interview"]),
    (&["request"], &["fresh towels", "a late breakfast", "an extra pillow", "a room with a view"]),
    (&["wait", "minutes"], &["five minutes away", "ten minutes away", "around the corner"]),
    (
        &["status"],
        &[
            "Your ride is on its way",
            "Your driver has arrived",
            "Your driver is dropping off another passenger",
        ],
    ),
];
const NOTES: &[&str] =
    &["please call me back", "I may be a little late", "thank you in advance", "no need to reply"];

/// Values of a slot for which the corpus has none.
pub(super) fn of(field: &Field) -> Vec<String> {
    let parts = words(&field.source);
    let has = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let pool = match field.kind {
        SlotKind::Text => WORDS.iter().find(|(hints, _)| has(hints)).map_or(NOTES, |(_, pool)| *pool),
        _ if has(&["location", "address"]) => PLACES,
        _ if has(&["color", "colour"]) => COLOURS,
        _ if has(&["manufacturer", "company"]) => COMPANIES,
        _ => PEOPLE,
    };
    pool.iter().map(|value| (*value).to_owned()).collect()
}

/// A name with a capital where it begins; other words as they are.
pub(super) fn capital(text: &str, kind: SlotKind) -> String {
    let mut chars = text.chars();
    match (kind, chars.next()) {
        (SlotKind::Name, Some(first)) => first.to_uppercase().chain(chars).collect(),
        _ => text.to_lowercase(),
    }
}
