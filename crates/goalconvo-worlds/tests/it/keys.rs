//! Keys of records as real interfaces have them: whole numbers and UUIDs. Both work, and nobody has to say them.

use std::collections::BTreeSet;
use std::sync::Arc;

use goalconvo_core::{Arguments, Compare, ErrorKind, SlotKind, Tables, Value, World};
use goalconvo_worlds::compile::{self, Compiled};
use serde_json::{Value as Json, json};

use crate::shared::load;

/// Boats that can be listed, looked at, added, changed and taken away by a key of this type.
fn compiled(key: &Json) -> Compiled {
    let boat = json!({"type": "object", "properties": {"id": key, "name": {"type": "string"}, "length": {"type": "integer"},
        "kind": {"type": "string", "enum": ["yacht", "barge", "canoe"]}}});
    let body = |fields: Json, required: Json| json!({"required": true, "content": {"application/json": {"schema": {"type": "object", "required": required, "properties": fields}}}});
    let gives = |schema: &Json| json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}});
    let of_key = json!([{"name": "boatId", "in": "path", "required": true, "schema": key}]);
    let schema = json!({"openapi": "3.1.0", "info": {"title": "Harbour"}, "paths": {
        "/boats": {
            "get": {"operationId": "listBoats", "summary": "Find boats", "responses": gives(&json!({"type": "array", "items": boat})),
                "parameters": [{"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["yacht", "barge", "canoe"]}}]},
            "post": {"operationId": "createBoat", "summary": "Add a boat", "responses": gives(&boat),
                "requestBody": body(json!({"name": {"type": "string"}}), json!(["name"]))}},
        "/boats/{boatId}": {"parameters": of_key,
            "get": {"operationId": "getBoat", "summary": "Get a boat", "responses": gives(&boat)},
            "put": {"operationId": "updateBoat", "summary": "Change the length of a boat", "responses": gives(&boat),
                "requestBody": body(json!({"length": {"type": "integer"}}), json!(["length"]))},
            "delete": {"operationId": "deleteBoat", "summary": "Remove a boat", "responses": {"204": {"description": "gone"}}}}}});
    let (registry, _) = load(&[("harbour.json", &schema.to_string())]);
    compile::compile(&registry).unwrap()
}

fn check(key: &Json, kind: SlotKind, looks_right: impl Fn(&Value) -> bool) {
    let compiled = compiled(key);
    assert_eq!(compiled.report.playable_endpoints, 5, "{:?}", compiled.report.left_out);
    let domain = &compiled.domains[0].0;
    assert_eq!(domain.slots["id"].kind, kind);
    let tool = |end: &str| domain.tools.iter().find(|tool| tool.name.ends_with(end)).unwrap();
    let boats = domain.table(&tool("list_boats").table).unwrap();
    let keys: Vec<Value> = boats.rows().iter().map(|row| row[0].clone()).collect();
    assert!(keys.iter().all(&looks_right), "{keys:?}");
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    let open = boats.column("members_only").unwrap();
    let first = boats.rows().iter().find(|row| row[open] == Value::Bool(false)).unwrap()[0].clone();

    let mut world = World::new(Arc::new(Tables::new(domain.tables.iter().cloned())));
    let mut call = |end: &str, given: Json| {
        tool(end).call(&mut world, &Arguments::parse(&given.to_string())).map(|answer| json!(answer))
    };
    let key = json!(first);
    call("update_boat", json!({"boatId": key, "length": 7})).unwrap();
    let seen = call("get_boat", json!({"boatId": key})).unwrap();
    assert_eq!((&seen["id"], &seen["length"]), (&key, &json!(7)));
    call("delete_boat", json!({"boatId": key})).unwrap();
    assert_eq!(call("get_boat", json!({"boatId": key})).unwrap_err().kind, ErrorKind::NotFound);
    // The same write twice is one write, under a key of the schema's type.
    let made = call("create_boat", json!({"name": "Kittiwake"})).unwrap();
    assert!(looks_right(&serde_json::from_value(made["id"].clone()).unwrap()), "{made}");
    assert_eq!(call("create_boat", json!({"name": "Kittiwake"})).unwrap(), made);
    // A key of another type is none.
    let wrong = if key.is_number() { json!("12") } else { json!(12) };
    assert_eq!(call("get_boat", json!({"boatId": wrong})).unwrap_err().kind, ErrorKind::InvalidArguments);
}

#[test]
fn records_with_whole_numbers_for_keys_can_be_played() {
    check(&json!({"type": "integer"}), SlotKind::IdNumber, |key| matches!(key, Value::Int(n) if *n > 0));
}

#[test]
fn records_with_uuids_for_keys_can_be_played() {
    check(&json!({"type": "string", "format": "uuid"}), SlotKind::Id, |key| {
        let parts: Vec<usize> = key.as_text().unwrap_or_default().split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12]
    });
}

#[test]
fn the_key_of_a_new_row_is_its_own_and_no_other_things() {
    let (registry, _) = load(&[(
        "harbour.sql",
        "CREATE TABLE orders (order_id INT PRIMARY KEY, boat_id INT REFERENCES boats(boat_id), \
         buyer_id INT REFERENCES buyers(buyer_id), quantity INT NOT NULL);",
    )]);
    let compiled = compile::compile(&registry).unwrap();
    let tool = |name: &str| compiled.domains[0].0.tools.iter().find(|tool| tool.name == name).unwrap();
    let told = |name: &str| tool(name).returns.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told("create_order"), ["order_id", "quantity"]);
    assert_eq!(told("search_orders")[0], "order_id");
    // What the answer tells is compared with itself, and with no room that nobody sees.
    let quantity = tool("search_orders").argument("quantity").unwrap();
    assert_eq!((quantity.column.as_deref(), quantity.compare), (Some("quantity"), Compare::Equal));
}

#[test]
fn a_deed_answers_with_the_key_that_it_declares() {
    let text = json!({"type": "string"});
    let answer = json!({"type": "object", "properties": {"reservation_id": text, "shed_id": text, "guests": {"type": "integer"}}});
    let sheds = json!({"type": "object", "properties": {"sheds": {"type": "array", "items": {"type": "object",
        "properties": {"shed_id": text, "name": text}}}}});
    let takes = |required: Json, properties: Json| json!({"type": "object", "required": required, "properties": properties});
    let tools = json!({"tools": [
        {"name": "search_sheds", "description": "Search sheds", "annotations": {"readOnlyHint": true},
         "outputSchema": sheds, "inputSchema": takes(json!(["city"]), json!({"city": text}))},
        {"name": "reserve_shed", "description": "Reserve a shed", "outputSchema": answer,
         "inputSchema": takes(json!(["shed_id", "guests"]), json!({"shed_id": text, "guests": {"type": "integer"}}))},
        {"name": "cancel_reservation", "description": "Cancel a reservation",
         "inputSchema": takes(json!(["reservation_id"]), json!({"reservation_id": text}))}]});
    let (registry, _) = load(&[("sheds.json", &tools.to_string())]);
    let compiled = compile::compile(&registry).unwrap();
    let reserve = compiled.domains[0].0.tools.iter().find(|tool| tool.name == "reserve_shed").unwrap();
    let told: BTreeSet<&str> = reserve.returns.iter().map(smol_str::SmolStr::as_str).collect();
    assert_eq!(told, ["guests", "reservation_id", "shed_id"].into());
    let reasons: Vec<&String> = compiled.report.left_out.values().collect();
    assert_eq!(reasons, ["needs the key \"reservation_id\", which no search of the tool gives"]);
}

#[test]
fn a_key_of_another_table_is_that_of_a_row_there() {
    let (registry, _) = load(&[(
        "harbour.sql",
        "CREATE TABLE boats (boat_id INT PRIMARY KEY, name VARCHAR(40) NOT NULL); \
         CREATE TABLE moorings (mooring_id INT PRIMARY KEY, boat_id INT REFERENCES boats(boat_id), \
         nights INT NOT NULL);",
    )]);
    let compiled = compile::compile(&registry).unwrap();
    let domain = &compiled.domains[0].0;
    let tool = |name: &str| domain.tools.iter().find(|tool| tool.name == name).unwrap();
    let [boats, moorings] =
        ["search_boats", "search_moorings"].map(|name| domain.table(&tool(name).table).unwrap());
    let known: BTreeSet<&Value> = boats.rows().iter().map(|row| &row[0]).collect();
    let column = moorings.column("boat_id").unwrap();
    let named: BTreeSet<&Value> = moorings.rows().iter().map(|row| &row[column]).collect();
    assert!(named.is_subset(&known) && named.len() > 50, "{} boats", named.len());
}

/// A service in SGD's form, whose things have names and no keys.
fn cinemas() -> Compiled {
    let slot = |name: &str, said: &str, values: &[&str]| json!({"name": name, "description": said, "is_categorical": !values.is_empty(), "possible_values": values});
    let intent = |name: &str, writes: bool, required: &[&str], results: &[&str]| {
        json!({"name": name, "description": name, "is_transactional": writes, "required_slots": required,
            "optional_slots": {}, "result_slots": results})
    };
    let told = ["cinema_name", "town", "district", "has_bar"];
    let service = json!([{"service_name": "Cinemas_1", "description": "Cinemas",
        "slots": [slot("cinema_name", "Name of the cinema", &[]), slot("town", "Town of the cinema", &[]),
            slot("district", "Part of the town", &["old town", "docks", "hill"]),
            slot("has_bar", "Whether it has a bar", &["True", "False"]),
            slot("number_of_tickets", "Number of tickets", &[]), slot("show_date", "Date of the show", &[])],
        "intents": [intent("FindCinemas", false, &["district"], &told),
            intent("BuyTickets", true, &["cinema_name", "town", "number_of_tickets", "show_date"], &["cinema_name"]),
            intent("AddCinema", true, &["cinema_name", "town"], &["cinema_name"])]}]);
    let (registry, _) = load(&[("schema.json", &service.to_string())]);
    compile::compile(&registry).unwrap()
}

#[test]
fn things_without_keys_go_by_their_names() {
    let compiled = cinemas();
    assert!(compiled.report.left_out.is_empty(), "{:?}", compiled.report.left_out);
    let domain = &compiled.domains[0].0;
    let find = domain.intent("find_cinemas").unwrap();
    let tool = domain.tool(&find.tool).unwrap();
    let table = domain.table(&tool.table).unwrap();
    assert_eq!((table.label().unwrap().as_str(), table.columns[0].as_str()), ("cinema_name", "cinema_name"));
    assert_eq!(domain.slots["has_bar"].kind, SlotKind::Flag);
    // The name comes from what was found, and so does the town; how many and when is for the user to say.
    let buy = domain.intent("buy_tickets").unwrap();
    let from: Vec<&str> = buy.from_entity.iter().map(|(argument, _)| argument.as_str()).collect();
    assert_eq!(from, ["cinema_name", "town"]);
    assert_eq!(buy.required, ["number_of_tickets", "show_date"]);
    // What comes into being is named by the user.
    let add = domain.intent("add_cinema").unwrap();
    assert!(add.from_entity.is_empty() && add.required.iter().any(|slot| slot == "cinema_name"));

    let mut world = World::new(Arc::new(Tables::new(domain.tables.iter().cloned())));
    let open = table.column("members_only").unwrap();
    let row = table.rows().iter().find(|row| row[open] == Value::Bool(false)).unwrap();
    let mut buys = |name: &Json, town: &Json| {
        let call =
            json!({"cinema_name": name, "town": town, "number_of_tickets": 2, "show_date": "2027-01-05"});
        domain.tool(&buy.tool).unwrap().call(&mut world, &Arguments::parse(&call.to_string()))
    };
    let (name, town) = (json!(row[0]), json!(row[table.column("town").unwrap()]));
    assert!(buys(&name, &town).is_ok());
    assert_eq!(buys(&json!("The Nowhere"), &town).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(buys(&name, &json!("Elsewhere")).unwrap_err().kind, ErrorKind::NotFound);
}
