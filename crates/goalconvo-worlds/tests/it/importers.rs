//! The smaller dialects: MCP, function schemas, BFCL, SGD, STAR, SQL.

use crate::shared::{codes, corpus, endpoint, load, parameter};
use goalconvo_worlds::registry::{Confidence, Effect, Kind, Verb};
use goalconvo_worlds::schemas;
use serde_json::json;

#[test]
fn mcp_tools_keep_their_names_and_their_hints() {
    let text = r#"{"jsonrpc": "2.0", "id": 1, "result": {"tools": [
      {"name": "read_note", "description": "Read", "inputSchema": {"type": "object", "properties": {"note_id": {"type": "string"}}, "required": ["note_id"]},
       "outputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}, "annotations": {"readOnlyHint": true}},
      {"name": "wipe", "inputSchema": {"type": "object"}, "annotations": {"destructiveHint": true}},
      {"name": "bare"}], "nextCursor": "2"}}"#;
    let (registry, report) = load(&[("notes.json", text)]);
    assert_eq!((report.endpoints, report.lost), (3, 0));
    let read = endpoint(&registry, "read_note");
    assert_eq!((read.function.as_str(), read.effect), ("read_note", Effect::Read));
    assert_eq!(read.response.confidence, Confidence::Schema);
    assert_eq!(endpoint(&registry, "wipe").effect, Effect::Destructive);
    assert!(codes(&report).contains(&"partial_list"), "an answer that is not the last page is no whole list");
    assert!(codes(&report).contains(&"no_input_schema"));
}

#[test]
fn where_a_function_says_nothing_its_name_or_its_description_gives_the_order() {
    let check = |name: &str, description: &str, effect: Effect| {
        let text = json!([{ "type": "function", "name": name, "description": description, "parameters": { "type": "object" } }]);
        let (registry, _) = load(&[("tools.json", &text.to_string())]);
        assert_eq!(endpoint(&registry, name).effect, effect, "{name}: {description}");
    };
    check("invoice_payment", "Pay an invoice", Effect::Write);
    check("invoice_payment", "The payment of an invoice", Effect::Read);
    check("visits", "Cancels the visit", Effect::Destructive);
    let text =
        json!([{ "type": "function", "name": "visits", "description": "Cancels the visit" }]).to_string();
    assert_eq!(endpoint(&load(&[("tools.json", &text)]).0, "visits").intent.verb, Verb::Cancel);
    check("close_ticket", "", Effect::Write);
    check("order_volume", "Order volume of a market", Effect::Read);
    check("book_rooms", "Lists all rooms of a book", Effect::Read);
    check("quotes", "Share price of a company", Effect::Read);
    check("orders", "Returns the orders of a customer", Effect::Read);
    check("return_items", "Return some items of an order", Effect::Write);
    check("delete", "Returns true if it is gone", Effect::Destructive);
    check("bookings", "Modifies a booking", Effect::Write);
}

#[test]
fn functions_of_three_makers_are_the_same_function() {
    let schema = r#"{"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}"#;
    let gemini =
        schema.replace("object", "OBJECT").replace("\"string\"", "\"STRING\"").replace("integer", "INTEGER");
    let dialects = [
        format!(
            r#"[{{"type": "function", "function": {{"name": "forecast", "description": "d", "parameters": {schema}}}}}]"#
        ),
        format!(r#"{{"tools": [{{"name": "forecast", "description": "d", "input_schema": {schema}}}]}}"#),
        format!(
            r#"{{"tools": [{{"functionDeclarations": [{{"name": "forecast", "description": "d", "parameters": {gemini}}}]}}]}}"#
        ),
        format!(
            r#"[{{"type": "function", "name": "forecast", "description": "d", "parameters": {schema}}}]"#
        ),
    ];
    for text in &dialects {
        let (registry, report) = load(&[("f.json", text)]);
        assert_eq!((report.endpoints, report.lost), (1, 0), "{text}");
        let definition = endpoint(&registry, "forecast").definition();
        assert_eq!(definition["function"]["name"], "forecast");
        assert_eq!(
            definition["function"]["parameters"],
            json!({"type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]})
        );
    }
}

#[test]
fn bfcl_loads_equal_functions_once_and_different_ones_apart() {
    let entry = |kind: &str| {
        format!(
            r#"{{"id": "x", "question": [], "function": [{{"name": "math.root", "description": "d", "parameters": {{"type": "dict", "properties": {{"x": {{"type": "{kind}"}}}}, "required": ["x"]}}}}]}}"#
        )
    };
    let text = [entry("float"), entry("float"), entry("integer")].join("\n");
    for name in ["BFCL_v3.json", "bfcl.jsonl"] {
        let (registry, report) = load(&[(name, &text)]);
        assert_eq!((report.endpoints, report.lost), (2, 0), "{name}: {:?}", report.files);
        assert!(codes(&report).contains(&"repeated_function"));
        let names: Vec<&str> = registry.functions().into_keys().collect();
        assert_eq!(names[0], "math_root", "a dot is no part of a function name");
        assert_eq!(names.len(), 2);
    }
}

#[test]
fn sgd_intents_are_endpoints() {
    let text = r#"[{"service_name": "Boats_1", "description": "Boats", "slots": [
        {"name": "harbour", "description": "Where", "is_categorical": true, "possible_values": ["Eln", "Vik"]},
        {"name": "boat", "description": "Which", "is_categorical": false, "possible_values": []}],
      "intents": [{"name": "RentBoat", "description": "Rent", "is_transactional": true, "required_slots": ["harbour"],
        "optional_slots": {"boat": "dontcare"}, "result_slots": ["boat", "ghost"]}]}]"#;
    let (registry, report) = load(&[("schema.json", text)]);
    let rent = endpoint(&registry, "RentBoat");
    assert_eq!((rent.effect, registry.tools[0].category.as_str()), (Effect::Write, "Boats"));
    assert_eq!(parameter(rent, "harbour").shape.choices, [json!("Eln"), json!("Vik")]);
    assert_eq!(parameter(rent, "boat").default, None, "dontcare is no default");
    assert!(codes(&report).contains(&"unknown_slot"));
}

#[test]
fn star_code_is_text() {
    let api = r#"{"input": [{"Name": "Level", "Type": "Integer", "Min": 0, "Max": 9}, {"Name": "RequestType", "Type": "RequestType", "Categories": ["Check", "Book"]}],
        "output": [{"Name": "Ok", "Type": "Boolean"}], "required": ["Level"], "db": "flat", "function": "flat_book", "returns_count": false}"#;
    let table = r#"[{"Name": "Top", "Type": "Integer", "Min": "!lambda p: p[\"Level\"]", "Max": 9}]"#;
    let task = r#"{"task": "flat_book", "replies": {"hello": "Hi"}, "graph": {"hello": "ask"}}"#;
    let (registry, report) = load(&[
        ("apis/flat_book.json", api),
        ("dbs/flat.json", table),
        ("tasks/flat_book/flat_book.json", task),
    ]);
    assert_eq!(report.lost, 0);
    assert_eq!(endpoint(&registry, "flat_book").effect, Effect::Write);
    let column = &registry.tables["flat"].columns[0];
    assert_eq!(column.opaque_rules["Min"], "!lambda p: p[\"Level\"]");
    assert!(
        matches!(column.shape.kind, Kind::Integer(bounds) if bounds.minimum.is_none() && bounds.maximum == Some(9.0))
    );
    assert_eq!(registry.flows["flat_book"].graph["hello"], "ask");
    assert!(codes(&report).contains(&"opaque_rule"));
}

#[test]
fn sql_tables_become_tables_and_calls() {
    let text = "-- it's a comment; with a semicolon\nCREATE TABLE guests (id SERIAL PRIMARY KEY, name VARCHAR(80) NOT NULL,\n  mood TEXT CHECK (mood IN ('calm', 'cross')));\n/* another; */ CREATE TABLE `stays` (guest_id INT REFERENCES guests(id), night DATE NOT NULL, PRIMARY KEY (guest_id, night));\nINSERT INTO guests VALUES (1, 'a;b', 'calm');\nCREATE TABLE broken (id INT,,);";
    let (registry, report) = load(&[("inn.sql", text)]);
    assert_eq!(report.lost, 1, "the broken one is lost aloud: {:?}", report.files);
    let guests = &registry.tables["guests"];
    assert_eq!(guests.primary_key, ["id"]);
    assert_eq!(guests.columns[2].shape.choices, [json!("calm"), json!("cross")]);
    assert_eq!(registry.tables["stays"].references[0].table, "guests");
    assert_eq!(endpoint(&registry, "delete_guest").effect, Effect::Destructive);
    assert_eq!(endpoint(&registry, "get_stay").parameters.len(), 2);
    assert!(parameter(endpoint(&registry, "create_guest"), "name").required);
}

#[test]
fn sgd_and_star_load_whole() {
    if let Some(root) = corpus("sgd") {
        let schemas = ["train", "dev", "test"].map(|split| root.join(split).join("schema.json"));
        let (_, report) = schemas::load(&schemas, false).unwrap();
        assert_eq!((report.tools, report.endpoints, report.lost), (64, 121, 0));
    }
    if let Some(root) = corpus("star") {
        let folders = ["apis", "dbs", "tasks"].map(|name| root.join(name));
        let (registry, report) = schemas::load(&folders, false).unwrap();
        assert_eq!((report.tools, report.lost, registry.tables.len(), registry.flows.len()), (25, 0, 12, 48));
    }
}
