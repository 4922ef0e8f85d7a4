//! What a compiled world's tools say of one thing agrees: bounds of the schema hold, what is made is found, prices are
//! those of the thing, and times of a row differ.

use std::sync::Arc;

use goalconvo_core::{Arguments, Domain, ErrorKind, Tables, Tool, Value, World};
use goalconvo_worlds::compile::{self, Compiled};
use serde_json::{Value as Json, json};

use crate::shared::load;

/// Cabins that are searched for, put on the list and rented by the night.
fn cabins() -> Compiled {
    let cabin = json!({"type": "object", "properties": {"cabin_id": {"type": "string"}, "name": {"type": "string"},
        "valley": {"type": "string", "enum": ["north", "south", "east"]}, "price_per_night": {"type": "number"},
        "opens_at": {"type": "string", "format": "time"}, "closes_at": {"type": "string", "format": "time"}}});
    let function = |name: &str, said: &str, given: Json, required: Json, answer: Json| {
        json!({"name": name, "description": said, "outputSchema": answer,
            "inputSchema": {"type": "object", "properties": given, "required": required}})
    };
    let valley = || json!({"type": "string", "enum": ["north", "south", "east"]});
    let rented = json!({"type": "object", "properties": {"rental_id": {"type": "string"},
        "price_per_night": {"type": "number"}, "total_price": {"type": "number"}}});
    let tools = json!({"tools": [
        function("search_cabins", "Search cabins in a valley",
            json!({"valley": valley(), "max_price": {"type": "integer", "minimum": 40, "maximum": 600, "multipleOf": 20}}),
            json!(["valley"]), json!({"type": "object", "properties": {"cabins": {"type": "array", "items": cabin}}})),
        function("add_cabin", "Add a cabin to the list", json!({"name": {"type": "string"}, "valley": valley()}),
            json!(["name", "valley"]), cabin.clone()),
        function("rent_cabin", "Rent a cabin",
            json!({"cabin_id": {"type": "string"}, "nights": {"type": "integer", "minimum": 1, "maximum": 9}}),
            json!(["cabin_id", "nights"]), rented)]});
    let (registry, _) = load(&[("cabins.json", &tools.to_string())]);
    compile::compile(&registry).unwrap()
}

fn tool<'d>(domain: &'d Domain, end: &str) -> &'d Tool {
    domain.tools.iter().find(|tool| tool.name.ends_with(end)).unwrap()
}

#[test]
fn numbers_keep_the_bounds_of_their_schema() {
    let compiled = cabins();
    assert!(compiled.report.left_out.is_empty(), "{:?}", compiled.report.left_out);
    let search = tool(&compiled.domains[0].0, "search_cabins");
    let most = search.argument("max_price").unwrap();
    for (price, fits) in [(40, true), (600, true), (20, false), (620, false), (50, false), (60, true)] {
        assert_eq!(most.check(&Value::Int(price)).is_ok(), fits, "{price}");
    }
    assert!(most.check(&Value::Float(60.5)).is_err());
    let schema = search.parameters();
    let said = &schema["properties"]["max_price"];
    let said = [&said["type"], &said["minimum"], &said["maximum"], &said["multipleOf"]];
    assert_eq!(said, [&json!("integer"), &json!(40), &json!(600), &json!(20)]);
}

#[test]
fn what_is_made_is_found_and_what_is_rented_has_its_own_price() {
    let compiled = cabins();
    let domain = &compiled.domains[0].0;
    let mut world = World::new(Arc::new(Tables::new(domain.tables.iter().cloned())));
    let mut call = |end: &str, given: Json| {
        tool(domain, end).call(&mut world, &Arguments::parse(&given.to_string())).map(|answer| json!(answer))
    };
    let before = call("search_cabins", json!({"valley": "south"})).unwrap()["total"].as_i64().unwrap();
    let made = call("add_cabin", json!({"name": "Larch Hut", "valley": "south"})).unwrap();
    let after = call("search_cabins", json!({"valley": "south"})).unwrap();
    assert_eq!(after["total"].as_i64().unwrap(), before + 1);

    let found = after["results"].as_array().unwrap();
    let rows = found.iter().filter(|row| row["cabin_id"] != made["cabin_id"]);
    let bills: Vec<(Json, Json)> = rows
        .filter_map(|row| {
            let bill = call("rent_cabin", json!({"cabin_id": row["cabin_id"], "nights": 3})).ok()?;
            Some((row["price_per_night"].clone(), bill))
        })
        .collect();
    assert!(!bills.is_empty());
    for (price, bill) in bills {
        assert_eq!(bill["price_per_night"], price);
        let total = price.as_f64().unwrap() * 3.0;
        assert!((bill["total_price"].as_f64().unwrap() - total).abs() < 0.01, "{price} {bill}");
    }
    let none = call("rent_cabin", json!({"cabin_id": "X1", "nights": 3})).unwrap_err();
    assert_eq!(none.kind, ErrorKind::NotFound);
    let many = call("rent_cabin", json!({"cabin_id": made["cabin_id"], "nights": 10})).unwrap_err();
    assert_eq!(many.kind, ErrorKind::InvalidArguments);
}

#[test]
fn nothing_closes_when_it_opens() {
    let compiled = cabins();
    let table = &compiled.domains[0].0.tables[0];
    let hours = ["opens_at", "closes_at"].map(|name| table.column(name).unwrap());
    assert!(table.rows().iter().all(|row| row[hours[0]] < row[hours[1]]));
}

#[test]
fn scripts_of_sql_keep_types_alterations_and_checks() {
    let script = "CREATE TYPE berth_state AS ENUM ('free', 'taken');
        CREATE TABLE berths (berth_id INT PRIMARY KEY, state berth_state NOT NULL,
            width INT NOT NULL CHECK (width BETWEEN 2 AND 9), depth INT NOT NULL, CHECK (depth > 1 AND depth <= 6));
        ALTER TABLE berths ADD COLUMN free_from DATE;";
    let (registry, _) = load(&[("harbour.sql", script)]);
    let make = registry.endpoints().find(|endpoint| endpoint.function.ends_with("create_berth")).unwrap();
    let schema = |name: &str| {
        make.parameters.iter().find(|given| given.argument == name).unwrap().shape.to_json_schema()
    };
    assert_eq!(schema("state")["enum"], json!(["free", "taken"]));
    assert_eq!((&schema("width")["minimum"], &schema("width")["maximum"]), (&json!(2), &json!(9)));
    assert_eq!((&schema("depth")["exclusiveMinimum"], &schema("depth")["maximum"]), (&json!(1), &json!(6)));
    assert_eq!(schema("free_from")["format"], "date");
}
