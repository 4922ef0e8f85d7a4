//! The registry: names that are safe and can be taken back, bytes that are the same, secrets that stay behind.

use crate::shared::{TOWN, codes, corpus, endpoint, load, parameter};
use goalconvo_worlds::registry::concept::Concept;
use goalconvo_worlds::registry::mask::mask_text;
use goalconvo_worlds::registry::names::{is_fit, singular, words};
use goalconvo_worlds::registry::{Registry, Role};
use goalconvo_worlds::schemas;
use serde_json::{Map, json};

#[test]
fn every_name_is_fit_unique_and_can_be_taken_back() {
    let tool = |name: &str| {
        format!(
            r#"{{"tool_name": "{name}", "api_list": [
        {{"name": "機票", "required_parameters": [{{"name": "出発", "type": "STRING"}}, {{"name": "到着", "type": "STRING"}}]}},
        {{"name": "予約"}}, {{"name": "get a"}}, {{"name": "get-A"}}, {{"name": "{}"}}]}}"#,
            "very long ".repeat(30)
        )
    };
    let (registry, report) = load(&[("Trips/a.json", &tool("Trips!")), ("Trips/b.json", &tool("trips"))]);
    let functions = registry.functions();
    assert_eq!(functions.len(), 10, "nothing was overwritten");
    assert!(functions.keys().all(|name| is_fit(name)), "{:?}", functions.keys());
    assert!(codes(&report).contains(&"tool_collision") && codes(&report).contains(&"endpoint_collision"));
    let flight = endpoint(&registry, "機票");
    let arguments: Map<_, _> =
        flight.parameters.iter().map(|one| (one.argument.clone(), json!(one.name))).collect();
    for (_, name, value) in flight.to_source(&arguments).unwrap() {
        assert_eq!(json!(name), value, "an argument comes back under the source's own name");
    }
    assert!(flight.to_source(&Map::from_iter([("other".to_owned(), json!(1))])).is_err());
}

#[test]
fn ids_do_not_depend_on_what_else_is_loaded() {
    let (alone, _) = load(&[("t.json", TOWN)]);
    let (with_more, _) =
        load(&[("t.json", TOWN), ("z/more.json", r#"{"tool_name": "zoo", "api_list": [{"name": "see"}]}"#)]);
    for tool in &alone.tools {
        assert_eq!(with_more.tool(&tool.id).map(|other| &other.endpoints), Some(&tool.endpoints));
    }
}

#[test]
fn a_registry_is_written_and_read_back_byte_for_byte() {
    let mut registries = vec![load(&[("t.json", TOWN)]).0, load(&[("t.json", TOWN)]).0];
    if let Some(root) = corpus("toolbench") {
        registries.extend([
            schemas::load(std::slice::from_ref(&root), false).unwrap().0,
            schemas::load(&[root], false).unwrap().0,
        ]);
    }
    for pair in registries.chunks(2) {
        let bytes: Vec<String> = pair
            .iter()
            .map(|registry| {
                let mut registry = registry.clone();
                registry.tools.iter_mut().for_each(|tool| tool.origin.file.clear());
                serde_json::to_string(&registry).unwrap()
            })
            .collect();
        assert!(bytes[0] == bytes[1], "two loads differ");
        let again: Registry = serde_json::from_str(&bytes[0]).unwrap();
        assert!(serde_json::to_string(&again).unwrap() == bytes[0], "reading back changes something");
    }
}

#[test]
fn names_divide_into_words() {
    let check = |name: &str, expected: &[&str]| assert_eq!(words(name), expected, "{name}");
    check("getPetById", &["get", "pet", "by", "id"]);
    check("HTTPServer_v2", &["http", "server", "v2"]);
    check("/v1/chucknorris", &["v1", "chucknorris"]);
    check("", &[]);
    let check = |plural: &str, expected: &str| assert_eq!(singular(plural), expected);
    check("cities", "city");
    check("boxes", "box");
    check("buses", "buse");
    check("status", "status");
    check("ids", "id");
}

#[test]
fn names_of_one_thing_are_one_concept() {
    let check = |name: &str, context: &str, expected: &str| {
        assert_eq!(Concept::of(name, context).key(), expected, "{name}");
    };
    check("hotel_id", "room", "hotel.id");
    check("hotelIDs", "room", "hotel.id");
    check("id", "hotel", "hotel.id");
    check("new_item_ids", "order", "item.id");
    check("city", "hotel", "city.name");
    check("departure_city", "flight", "city.name");
    check("destination_id", "flight", "destination.id");
    check("city_of_event", "event", "city.name");
    check("number_of_seats", "flight", "seat.number");
    check("pick_up_latitude", "car", "car.latitude");
    check("check_in", "hotel", "hotel.date");
    check("price_per_night", "hotel", "night.name");
}

#[test]
fn keys_steering_and_content_are_told_apart() {
    let text = r#"{"tool_name": "t", "api_list": [{"name": "search hotels", "optional_parameters": [
        {"name": "page", "type": "NUMBER"}, {"name": "city_id", "type": "STRING"}, {"name": "guests", "type": "NUMBER"}]}]}"#;
    let (registry, _) = load(&[("t.json", text)]);
    let role = |name: &str| parameter(endpoint(&registry, "search hotels"), name).role;
    assert_eq!(
        (role("page"), role("city_id"), role("guests")),
        (Role::Control, Role::Identifier, Role::Content)
    );
}

#[test]
fn secrets_and_persons_are_masked_and_ordinary_text_is_not() {
    let check = |text: &str, expected: &str| assert_eq!(mask_text(text).0, expected);
    check("mail me at jo.doe@mail.test please", "mail me at [personal] please");
    check("write to help@example.com", "write to help@example.com");
    check("call +47 22 33 44 55 now", "call [personal] now");
    check("key sk-proj-abcdefghijklmnop1234", "key [secret]");
    check("https://a.test/x?api_key=abcdef123&y=1", "https://a.test/x[secret]&y=1");
    check("Authorization: Bearer abcdefghijklmnop123", "Authorization: [secret]");
    check("2023-10-18 to 2023-10-26", "2023-10-18 to 2023-10-26");
    check("4155552671 results", "4155552671 results");
    check("between 10 and 200", "between 10 and 200");
}
