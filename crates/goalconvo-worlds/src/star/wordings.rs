//! What people call the errands of STAR's tasks, and how values stand in their sentences.

use goalconvo_core::SlotKind;

use super::fields::Field;
use super::task::{Errand, Task};
use crate::registry::names::words;

/// Task, noun, plural, what the user wants to do, what is done then.
const TASKS: &[(&str, &str, &str, &[&str], &str)] = &[
    (
        "apartment_schedule",
        "viewing",
        "viewings",
        &["schedule a viewing", "see an apartment", "book an apartment viewing"],
        "the viewing",
    ),
    (
        "apartment_search",
        "apartment",
        "apartments",
        &["find an apartment", "look for an apartment", "search for a flat"],
        "the search",
    ),
    ("bank_balance", "balance", "balances", &["check my bank balance", "find out my balance"], "the enquiry"),
    (
        "bank_fraud_report",
        "fraud report",
        "fraud reports",
        &["report fraud on my account", "submit a fraud report"],
        "the report",
    ),
    (
        "doctor_followup",
        "instructions",
        "instructions",
        &["follow up on my appointment", "hear my doctor's instructions again"],
        "the enquiry",
    ),
    (
        "doctor_schedule",
        "appointment",
        "appointments",
        &["make an appointment with a doctor", "see a doctor"],
        "the appointment",
    ),
    ("hotel_book", "room", "rooms", &["book a hotel room", "reserve a room"], "the reservation"),
    ("hotel_search", "hotel", "hotels", &["find a hotel", "look for a hotel"], "the search"),
    (
        "hotel_service_request",
        "service request",
        "service requests",
        &["request room service", "ask for something to be brought to my room"],
        "the request",
    ),
    ("meeting_schedule", "meeting", "meetings", &["schedule a meeting", "set up a meeting"], "the meeting"),
    ("party_plan", "party", "parties", &["plan a party", "book a venue for a party"], "the party"),
    (
        "party_rsvp",
        "invitation",
        "invitations",
        &["reply to a party invitation", "RSVP to a party"],
        "the reply",
    ),
    ("plane_book", "flight", "flights", &["book a flight", "reserve a flight"], "the reservation"),
    ("plane_search", "flight", "flights", &["find a flight", "look for a flight"], "the search"),
    (
        "restaurant_book",
        "table",
        "tables",
        &["book a table", "make a restaurant reservation"],
        "the reservation",
    ),
    (
        "restaurant_search",
        "restaurant",
        "restaurants",
        &["find a restaurant", "look for a place to eat"],
        "the search",
    ),
    ("ride_book", "ride", "rides", &["book a ride", "get a ride"], "the ride"),
    ("ride_change", "change", "changes", &["change my ride", "make a change to my ride"], "the change"),
    ("ride_status", "ride", "rides", &["check on my ride", "find out where my ride is"], "the enquiry"),
    (
        "spaceship_access_codes",
        "door",
        "doors",
        &["unlock the door", "open the combat deck"],
        "the unlocking",
    ),
    (
        "spaceship_life_support",
        "repair",
        "repairs",
        &["recover the life support", "repair the life support"],
        "the repair",
    ),
    ("trip_directions", "route", "routes", &["get directions", "find my way"], "the search"),
    ("trivia", "question", "questions", &["play trivia", "answer a trivia question"], "the question"),
    ("weather", "forecast", "forecasts", &["check the weather", "hear the weather forecast"], "the enquiry"),
];

/// Words of an errand.
pub(super) struct Said {
    pub noun: String,
    pub plural: String,
    pub verbs: Vec<String>,
    pub deed: String,
}

/// The words of a task.
pub(super) fn of(task: &Task) -> Said {
    if let Some((_, noun, plural, verbs, deed)) = TASKS.iter().find(|(name, ..)| *name == task.name) {
        let verbs = verbs.iter().map(|verb| (*verb).to_owned()).collect();
        return Said {
            noun: (*noun).to_owned(),
            plural: (*plural).to_owned(),
            verbs,
            deed: (*deed).to_owned(),
        };
    }
    let parts = words(&task.name);
    let noun = parts.first().cloned().unwrap_or_else(|| "request".to_owned());
    let verb = match task.errand {
        Errand::Search => format!("find the right {noun}"),
        Errand::Lookup => format!("look up the {}", parts.join(" ")),
        Errand::Transact | Errand::FindAndTake => format!("arrange the {}", parts.join(" ")),
    };
    Said { plural: format!("{noun}s"), deed: format!("the {noun}"), verbs: vec![verb], noun }
}

/// How a wish is compared with a column.
pub(super) fn compare(field: &Field) -> &'static str {
    let parts = words(&field.source);
    let has = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    match field.kind {
        SlotKind::Money => "at_most",
        SlotKind::Count if has(&["wait", "duration", "minutes"]) => "at_most",
        SlotKind::Count if has(&["rating", "level", "size", "meters"]) => "at_least",
        _ => "equal",
    }
}

/// What stands before the noun: `a cheap restaurant`.
pub(super) fn before(field: &Field) -> Vec<String> {
    let plain = field.kind == SlotKind::Category && ["cost", "food"].contains(&field.name.as_str());
    if plain { vec!["{value}".to_owned()] } else { vec![] }
}

/// What stands after the noun.
pub(super) fn after(field: &Field, searched: bool) -> Vec<String> {
    let parts = words(&field.source);
    let has = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let noun = &field.noun;
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    let place = has(&["city", "location"]);
    match field.kind {
        SlotKind::Flag => vec![format!("with {noun}")],
        SlotKind::Day => list(&["on {value}", "for {value}"]),
        SlotKind::Time if has(&["end", "stop", "close"]) => list(&["until {value}", "ending at {value}"]),
        SlotKind::Time if has(&["arrival"]) => list(&["arriving at {value}"]),
        SlotKind::Time if has(&["departure"]) => list(&["leaving at {value}"]),
        SlotKind::Time if has(&["open", "start"]) && searched => list(&["open from {value}"]),
        SlotKind::Time => list(&["at {value}", "for {value}"]),
        _ if place && has(&["departure"]) => list(&["from {value}", "leaving from {value}"]),
        _ if place && has(&["arrival"]) => list(&["to {value}", "going to {value}"]),
        SlotKind::Category if place => list(&["in the {value}"]),
        _ if place => list(&["in {value}"]),
        SlotKind::Category if has(&["start"]) => list(&["from the {value}"]),
        SlotKind::Category if has(&["end"]) => list(&["until the {value}"]),
        SlotKind::Category if has(&["date"]) => list(&["on the {value}"]),
        SlotKind::Money => list(&["for at most {value}", "for {value} or less"]),
        SlotKind::Count if has(&["party", "guests"]) && !searched => list(&["for {value}"]),
        SlotKind::Count if compare(field) == "at_least" => {
            vec![
                format!("with a {noun} of at least {{value}}"),
                format!("with a {noun} of {{value}} or more"),
            ]
        }
        SlotKind::Count if compare(field) == "at_most" => vec![format!("with a {noun} of at most {{value}}")],
        SlotKind::Count if unit(field).is_some() => list(&["with {value}"]),
        SlotKind::Name if has(&["customer", "patient", "renter", "user", "full"]) => {
            list(&["in the name of {value}", "for {value}"])
        }
        SlotKind::Name if has(&["host"]) => list(&["hosted by {value}"]),
        SlotKind::Name if field.source == "Name" => list(&["with {value}", "at {value}"]),
        _ => vec![format!("with the {noun} {{value}}"), format!("with {noun} {{value}}")],
    }
}

/// What is said of a thing.
pub(super) fn says(field: &Field) -> Vec<String> {
    let noun = &field.noun;
    let parts = words(&field.source);
    let has = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    match field.kind {
        SlotKind::Flag => vec![format!("has {noun}")],
        SlotKind::Money if has(&["balance"]) => {
            vec!["stands at {value}".to_owned(), "has {value} in credit".to_owned()]
        }
        SlotKind::Money => vec!["costs {value}".to_owned()],
        SlotKind::Category if has(&["location"]) => vec!["is located in the {value}".to_owned()],
        SlotKind::Name if field.source == "Name" => vec!["is called {value}".to_owned()],
        SlotKind::Day => vec!["is on {value}".to_owned()],
        SlotKind::Category if field.source == "Weather" => vec!["is {value}".to_owned()],
        SlotKind::Number if has(&["temperature"]) => {
            vec![format!("has a {noun} of {{value}} degrees")]
        }
        _ => vec![format!("has the {noun} {{value}}")],
    }
}

/// Singular and plural of what a count counts.
pub(super) fn unit(field: &Field) -> Option<(&'static str, &'static str)> {
    let parts = words(&field.source);
    let has = |word: &str| parts.iter().any(|part| part == word);
    match field.kind {
        SlotKind::Money => Some(("credit", "credits")),
        SlotKind::Count if has("party") => Some(("person", "people")),
        SlotKind::Count if has("guests") => Some(("guest", "guests")),
        SlotKind::Count if has("rooms") => Some(("bedroom", "bedrooms")),
        SlotKind::Count if has("minutes") => Some(("minute", "minutes")),
        SlotKind::Count if has("hours") => Some(("hour", "hours")),
        SlotKind::Count if has("meters") => Some(("square metre", "square metres")),
        SlotKind::Count if has("rating") => Some(("star", "stars")),
        _ => None,
    }
}
