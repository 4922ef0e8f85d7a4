//! Nasty cases of each dialect: what real files do that no specification's example does.

use crate::shared::{codes, endpoint, load, parameter};
use goalconvo_worlds::registry::{Effect, Endpoint, Hidden, Kind, Place};
use goalconvo_worlds::schemas;
use serde_json::json;
use std::collections::BTreeMap;

/// An OpenAPI document with these paths and components.
fn openapi(paths: &str, components: &str) -> String {
    format!(
        r##"{{"openapi": "3.1.0", "info": {{"title": "t"}}, "paths": {paths}, "components": {components}}}"##
    )
}

fn kinds(endpoint: &Endpoint) -> Vec<(&str, Place, bool)> {
    endpoint.visible().map(|one| (one.name.as_str(), one.place, one.required)).collect()
}

#[test]
fn openapi_bodies_are_composed_in_every_way() {
    let text = openapi(
        r##"{"/pay": {"post": {"operationId": "pay", "requestBody": {"$ref": "#/components/requestBodies/pay"},
             "responses": {"200": {"description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/receipt"},
               "examples": {"one": {"$ref": "#/components/examples/one"}}}}}}}},
            "/tree": {"put": {"operationId": "grow", "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/tree"}}}}, "responses": {}}}}"##,
        r##"{"requestBodies": {"pay": {"required": true, "content": {"application/json": {"schema": {"oneOf": [
               {"$ref": "#/components/schemas/card"}, {"$ref": "#/components/schemas/bank"}], "discriminator": {"propertyName": "kind"}}}}}},
            "examples": {"one": {"value": {"receipt_id": "r-1", "total": 3.5}}},
            "schemas": {
              "card": {"allOf": [{"$ref": "#/components/schemas/base"}, {"type": "object", "properties": {"digits": {"type": "string"}}, "required": ["digits"]}]},
              "bank": {"allOf": [{"$ref": "#/components/schemas/base"}, {"properties": {"iban": {"type": "string"}}}, {"required": ["iban"]}]},
              "base": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["card", "bank"]}, "via": {"$ref": "#/components/schemas/card"}}},
              "receipt": {"type": "object", "properties": {"receipt_id": {"type": "string"}, "total": {"type": "number"}}},
              "tree": {"type": "object", "properties": {"leaf": {"type": "string"}, "left": {"$ref": "#/components/schemas/tree"}, "right": {"anyOf": [{"$ref": "#/components/schemas/tree"}, {"type": "null"}]}}}}}"##,
    );
    let (registry, report) = load(&[("t.json", &text)]);
    assert_eq!((report.endpoints, report.lost), (2, 0), "{:?}", report.files);
    let pay = endpoint(&registry, "pay");
    assert!(kinds(pay).contains(&("kind", Place::Body, true)), "{:?}", kinds(pay));
    assert!(!pay.response.examples.is_empty(), "an example by reference is followed");
    let grow = endpoint(&registry, "grow");
    assert!(
        grow.visible().any(|one| one.name == "leaf" && !one.required),
        "no body is promised: {:?}",
        kinds(grow)
    );
}

#[test]
fn openapi_credentials_are_hidden_wherever_they_are_carried() {
    let text = openapi(
        r##"{"/a": {"get": {"operationId": "a", "security": [{"key": [], "cookie": []}, {"bearer": []}], "responses": {},
               "parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "example": "mail jo.doe@mail.test"}},
                 {"name": "X-Key", "in": "header", "schema": {"type": "string", "default": "k-99231-secret"}}]}},
            "/b": {"get": {"operationId": "b", "security": [{}, {"key": []}], "responses": {}}},
            "/c": {"get": {"operationId": "c", "security": [{"none": []}], "responses": {}}},
            "/login": {"post": {"operationId": "login", "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object",
               "properties": {"user": {"type": "string"}, "password": {"type": "string", "default": "hunter2hunter2"}}}}}}, "responses": {}}}}"##,
        r##"{"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
              "bearer": {"type": "http", "scheme": "bearer"}}}"##,
    );
    let (registry, report) = load(&[("t.json", &text)]);
    assert_eq!(report.lost, 0);
    let a = endpoint(&registry, "a");
    assert_eq!(
        parameter(a, "X-Key").hidden,
        Some(Hidden::Credential),
        "said as a parameter, and still a credential"
    );
    assert_eq!(
        (parameter(a, "sid").place, parameter(a, "sid").hidden),
        (Place::Cookie, Some(Hidden::Credential))
    );
    assert!(endpoint(&registry, "b").parameters.is_empty(), "the first alternative asks for nothing");
    assert!(codes(&report).contains(&"unknown_security"));
    assert_eq!(parameter(endpoint(&registry, "login"), "password").hidden, Some(Hidden::Credential));
    let written = serde_json::to_string(&registry).unwrap();
    for secret in ["k-99231-secret", "hunter2hunter2", "jo.doe@mail.test"] {
        assert!(!written.contains(secret), "{secret} is masked");
    }
    let offered: String = registry.endpoints().map(|one| one.definition().to_string()).collect();
    for hidden in ["X-Key", "X_Key", "sid", "password"] {
        assert!(!offered.contains(&format!("\"{hidden}\"")), "{hidden} is offered to no model: {offered}");
    }
}

#[test]
fn openapi_links_go_by_reference_and_by_id() {
    let text = openapi(
        r##"{"/boats": {"post": {"operationId": "make", "responses": {"201": {"description": "d",
               "content": {"application/json": {"schema": {"type": "object", "properties": {"ids": {"type": "array", "items": {"type": "string"}}}}}},
               "links": {"byRef": {"$ref": "#/components/links/see"}, "odd": {"operationId": "gone", "parameters": {"x": "$request.body#/x"}}, "lost": {}}}}}},
            "/boats/{boat_id}": {"get": {"parameters": [{"name": "boat_id", "in": "path", "required": true, "schema": {"type": "string"}}], "responses": {}}}}"##,
        r##"{"links": {"see": {"operationRef": "#/paths/~1boats~1{boat_id}/get", "parameters": {"path.boat_id": "$response.body#/ids/0"}}}}"##,
    );
    let (registry, report) = load(&[("t.json", &text)]);
    let stated: Vec<_> = goalconvo_worlds::graph::project(&registry)
        .edges
        .iter()
        .filter(|edge| {
            matches!(
                edge.relation,
                goalconvo_worlds::graph::Relation::Data {
                    rule: goalconvo_worlds::graph::LinkRule::Stated,
                    ..
                }
            )
        })
        .cloned()
        .collect();
    assert_eq!(stated.len(), 1, "{stated:?} {:?}", codes(&report));
    for code in ["unread_link", "dangling_link"] {
        assert!(codes(&report).contains(&code), "{code}: {:?}", codes(&report));
    }
}

#[test]
fn swagger_shares_parameters_and_answers() {
    let text = r##"{"swagger": "2.0", "info": {"title": "t"}, "securityDefinitions": {"k": {"type": "apiKey", "in": "query", "name": "k"}}, "security": [{"k": []}],
      "parameters": {"limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 50}, "tags": {"name": "tags", "in": "query", "type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "collectionFormat": "csv"}},
      "responses": {"cats": {"description": "d", "schema": {"type": "array", "items": {"$ref": "#/definitions/Cat"}}}},
      "paths": {"/cats": {"parameters": [{"$ref": "#/parameters/limit"}], "get": {"operationId": "cats", "parameters": [{"$ref": "#/parameters/tags"}, {"name": "X-Trace", "in": "header", "type": "string"},
            {"$ref": "#/parameters/none"}], "responses": {"200": {"$ref": "#/responses/cats"}}},
          "post": {"operationId": "photo", "security": [], "consumes": ["multipart/form-data"], "parameters": [{"name": "photo", "in": "formData", "type": "file", "required": true}], "responses": {}}}},
      "definitions": {"Pet": {"type": "object", "discriminator": "kind", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
        "Cat": {"allOf": [{"$ref": "#/definitions/Pet"}, {"type": "object", "properties": {"kitten": {"$ref": "#/definitions/Cat"}, "lives": {"type": "integer", "minimum": 0, "maximum": 9}}}]}}}"##;
    let (registry, report) = load(&[("t.json", text)]);
    assert_eq!(report.endpoints, 2, "{:?}", report.files);
    let cats = endpoint(&registry, "cats");
    assert!(
        parameter(cats, "limit").place == Place::Query
            && matches!(parameter(cats, "tags").shape.kind, Kind::List(_))
    );
    assert_eq!(parameter(cats, "k").hidden, Some(Hidden::Credential));
    let fields: Vec<&str> = cats.response.fields.iter().map(|field| field.pointer.as_str()).collect();
    assert!(fields.contains(&"/*/kind") && fields.contains(&"/*/lives"), "{fields:?}");
    assert!(codes(&report).contains(&"dangling_reference"), "{:?}", codes(&report));
    assert!(
        endpoint(&registry, "photo").parameters.iter().all(|one| one.hidden.is_none()),
        "open by its own word"
    );
}

#[test]
fn function_schemas_recur_and_carry_what_is_no_function() {
    let text = r##"{"tools": [
      {"type": "function", "name": "plant", "strict": true, "parameters": {"type": "object", "additionalProperties": false, "required": ["tree", "note"],
        "properties": {"tree": {"$ref": "#/$defs/node"}, "note": {"type": ["string", "null"]}, "self": {"$ref": "#"}},
        "$defs": {"node": {"type": "object", "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}}},
      {"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
      {"name": "note", "description": "d", "cache_control": {"type": "ephemeral"}, "input_schema": {"type": "object", "properties": {"api_key": {"type": "string"}, "text": {"type": "string"}}, "required": ["api_key", "text"]}},
      {"name": "note", "input_schema": {"type": "object", "properties": {"text": {"type": "integer"}}}},
      {"functionDeclarations": [{"name": "wind", "parameters": {"type": "OBJECT", "properties": {"at": {"type": "STRING", "format": "enum", "enum": ["a", "b"], "nullable": true}}}}, {"description": "no name"}]}]}"##;
    let (registry, report) = load(&[("f.json", text)]);
    let plant = endpoint(&registry, "plant");
    assert!(matches!(parameter(plant, "tree").shape.kind, Kind::Record(_)));
    assert!(parameter(plant, "note").shape.nullable);
    let note = endpoint(&registry, "note");
    assert_eq!(parameter(note, "api_key").hidden, Some(Hidden::Credential));
    assert!(!note.definition().to_string().contains("api_key"));
    assert!(parameter(endpoint(&registry, "wind"), "at").shape.nullable);
    assert_eq!(
        registry.functions().len(),
        report.endpoints,
        "two of one name stay two: {:?}",
        codes(&report)
    );
    assert_eq!(report.endpoints, 5, "{:?}", report.files);
    assert_eq!(report.lost, 1, "the one without a name is lost aloud: {:?}", report.files);
}

#[test]
fn sgd_services_with_gaps_are_read_and_said() {
    let text = r#"[{"service_name": "Boats_1", "slots": [
        {"name": "harbour", "is_categorical": true, "possible_values": []}, {"name": "harbour", "is_categorical": false}, {"is_categorical": false}],
      "intents": [{"name": "Find", "required_slots": ["harbour", "ghost"], "optional_slots": {"harbour": "Eln"}, "result_slots": []}, {"required_slots": []}, 7]},
      {"description": "no name"}]"#;
    let (registry, report) = load(&[("schema.json", text)]);
    assert_eq!((report.tools, report.endpoints), (1, 1), "{:?}", report.files);
    for code in [
        "enum_without_values",
        "duplicate_slot",
        "slot_without_name",
        "unknown_slot",
        "intent_without_name",
        "service_without_name",
    ] {
        assert!(codes(&report).contains(&code), "{code}: {:?}", codes(&report));
    }
    let find = endpoint(&registry, "Find");
    assert_eq!(find.parameters.iter().filter(|one| one.name == "harbour").count(), 1, "{:?}", kinds(find));
}

#[test]
fn sql_scripts_of_all_makers_are_cut_and_read() {
    let text = "SET NAMES utf8;\r\nCREATE TABLE IF NOT EXISTS \"fleet\".\"big boats\" (\r\n  \"id\" uuid DEFAULT gen_random_uuid() PRIMARY KEY, -- it's; odd\r\n  name varchar(20) NOT NULL DEFAULT 'o''neil; jr',\r\n  length numeric(6,2) CHECK (length BETWEEN 2 AND 90),\r\n  password varchar(64) DEFAULT 'hunter2hunter2',\r\n  tags text[] , meta jsonb, made timestamptz GENERATED ALWAYS AS (now()) STORED\r\n);\r\n\
      CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN; CREATE TABLE inner_one (x int); END $$ LANGUAGE plpgsql;\r\n\
      CREATE TABLE `crew` (`boat` char(36), `rank` ENUM('mate','cook') NOT NULL, `no` int unsigned AUTO_INCREMENT, PRIMARY KEY (`boat`,`no`), KEY k (`rank`), CONSTRAINT c FOREIGN KEY (`boat`) REFERENCES `fleet`.`big boats` (`id`) ON DELETE CASCADE) ENGINE=InnoDB;\r\n\
      CREATE TABLE crew (x int);\r\nCREATE TABLE log AS SELECT 1;\r\nCREATE TEMPORARY TABLE t (a int";
    let (registry, report) = load(&[("fleet.sql", text)]);
    let boats = registry.tables.get("big boats").unwrap_or_else(|| panic!("{:?}", registry.tables.keys()));
    assert_eq!(boats.primary_key, ["id"]);
    assert_eq!(boats.columns.len(), 7, "{:?}", boats.columns);
    assert!(codes(&report).contains(&"duplicate_table"), "{:?}", codes(&report));
    assert!(codes(&report).contains(&"unreadable_statement"), "the cut-off one is lost aloud");
    assert!(
        !registry.tables.contains_key("inner_one"),
        "what a function's body says is no table of the script"
    );
    let make = registry
        .endpoints()
        .find(|one| one.name.starts_with("create_") && one.name.contains("boat"))
        .unwrap();
    assert_eq!(parameter(make, "password").hidden, Some(Hidden::Credential));
    assert!(!serde_json::to_string(&registry).unwrap().contains("hunter2"));
}

#[test]
fn bfcl_entries_with_odd_types_are_read() {
    let text = r#"{"id": "a", "question": [[{"role": "user", "content": "x"}]], "function": [{"name": "geo.dist", "parameters": {"type": "dict", "properties": {"at": {"type": "tuple", "items": {"type": "float"}}, "opts": {"type": "dict", "properties": {"deep": {"type": "any"}}}, "many": {"type": "array", "items": {"type": "dict"}}, "auth_token": {"type": "string"}}, "required": ["at", "gone"]}}, 5]}
{"id": "b", "question": [], "function": {"name": "alone", "parameters": {"type": "dict", "properties": {}}}}
{"id": "c", "question": [], "function": []}
{"id": "d", "question": [], "function": "[{\"name\": \"text\"}]"}
"#;
    let (registry, report) = load(&[("BFCL_v4.json", text)]);
    let dist = endpoint(&registry, "geo.dist");
    assert!(matches!(parameter(dist, "at").shape.kind, Kind::List(_)));
    assert_eq!(parameter(dist, "auth_token").hidden, Some(Hidden::Credential));
    assert!(
        registry.endpoints().any(|one| one.name == "alone"),
        "one function in place of a list: {:?}",
        codes(&report)
    );
    assert!(report.lost >= 1, "what is no function is lost aloud: {:?}", report.files);
}

#[test]
fn mcp_answers_may_be_errors_pages_and_lists() {
    let (_, report) =
        load(&[("e.json", r#"{"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no"}}"#)]);
    assert_eq!(report.endpoints, 0);
    assert!(codes(&report).contains(&"unrecognised"), "an error is said: {:?}", codes(&report));
    let tools = r##"[{"name": "one.two/three", "title": "T", "inputSchema": {"type": "object", "properties": {"token": {"type": "string", "default": "tok-1234567"}, "n": {"$ref": "#/$defs/n"}},
        "required": ["token", "n"], "$defs": {"n": {"type": "integer", "minimum": 1}}}, "annotations": {"readOnlyHint": false}},
       {"name": "one_two_three", "inputSchema": {"type": "object", "properties": {}}, "annotations": {"destructiveHint": true, "readOnlyHint": true}},
       {"inputSchema": {}}, "text"]"##;
    for text in [
        tools.to_owned(),
        format!(r#"{{"tools": {tools}}}"#),
        format!(r#"{{"jsonrpc": "2.0", "id": 1, "result": {{"tools": {tools}}}}}"#),
    ] {
        let (registry, report) = load(&[("m.json", &text)]);
        assert_eq!((report.endpoints, report.lost), (2, 2), "{:?}", report.files);
        let one = endpoint(&registry, "one.two/three");
        assert_eq!((one.effect, parameter(one, "token").hidden), (Effect::Write, Some(Hidden::Credential)));
        assert!(
            matches!(parameter(one, "n").shape.kind, Kind::Integer(_)),
            "references point into the tool's own schema"
        );
        assert_eq!(
            endpoint(&registry, "one_two_three").effect,
            Effect::Read,
            "read-only outranks destructive, as the protocol says"
        );
        assert_eq!(registry.functions().len(), 2, "names that become one are kept apart");
        assert!(!serde_json::to_string(&registry).unwrap().contains("tok-1234567"));
    }
}

#[test]
fn credentials_are_put_back_where_a_call_is_made() {
    let text = r#"{"tools": [{"name": "note", "input_schema": {"type": "object", "properties": {"api_key": {"type": "string"}, "text": {"type": "string"}}, "required": ["api_key", "text"]}}]}"#;
    let (registry, _) = load(&[("f.json", text)]);
    let note = endpoint(&registry, "note");
    let call = json!({"text": "hi"});
    let call = call.as_object().unwrap();
    let keys = BTreeMap::from([("api_key".to_owned(), "k".to_owned()), ("other".to_owned(), "o".to_owned())]);
    let sent = note.with_credentials(call, &keys).unwrap();
    assert_eq!(sent, [(Place::Argument, "text", json!("hi")), (Place::Argument, "api_key", json!("k"))]);
    assert!(
        note.with_credentials(call, &BTreeMap::new()).unwrap_err().to_string().contains("api_key"),
        "none is made up"
    );
    let given = json!({"text": "hi", "api_key": "mine"});
    assert!(
        note.with_credentials(given.as_object().unwrap(), &keys).is_err(),
        "a model supplies no credential"
    );
}

#[test]
fn strict_refuses_warnings_of_every_dialect_by_file_and_place() {
    let check = |name: &str, text: &str, place: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        let error = schemas::load(&[folder.path().to_owned()], true).unwrap_err();
        assert!(
            error.is_strict() && error.to_string().contains(&format!("{name}#{place}")),
            "{name}: {error}"
        );
        assert!(schemas::load(&[folder.path().to_owned()], false).is_ok(), "{name}");
    };
    check(
        "o.json",
        &openapi(
            r#"{"/a": {"get": {"parameters": [{"name": "x", "in": "nowhere"}], "responses": {}}}}"#,
            "{}",
        ),
        "/paths/~1a/get/parameters/0",
    );
    check("s.json", r#"{"swagger": "2.0", "info": {}, "paths": {"/a": {"fetch": {}}}}"#, "/paths/~1a/fetch");
    check("m.json", r#"{"tools": [{"name": "a", "inputSchema": {"type": "odd"}}]}"#, "/tools/0/inputSchema");
    check(
        "f.json",
        r#"[{"type": "function", "function": {"name": "a", "parameters": {"type": "object", "properties": {"x": {"type": "odd"}}}}}]"#,
        "/0",
    );
    check(
        "g.json",
        r#"[{"service_name": "S", "slots": [], "intents": [{"name": "I", "required_slots": ["x"]}]}]"#,
        "/0/intents/0",
    );
    check("d.sql", "CREATE TABLE a (b WEIRDTYPE PRIMARY KEY);", "/0");
    check(
        "b.json",
        r#"[{"id": "1", "question": [], "function": [{"name": "a", "parameters": {"type": "dict", "properties": {"x": {"type": "odd"}}}}]}]"#,
        "/0",
    );
    check(
        "apis_x.json",
        r#"{"input": [{"Name": "A", "Type": "Odd"}], "output": [], "required": []}"#,
        "/input/0",
    );
}
