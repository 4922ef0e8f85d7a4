//! A run over tools keeps its promises; one that was tampered with does not.

use serde_json::{Value, json};

use crate::program::{done, goalconvo, root};

#[test]
fn what_a_run_over_tools_promises_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let tools = root().join("crates/goalconvo-sim/tests/it/small_tools.json");
    done(folder.path(), &format!("generate --tools {} -n 100 --seed 3 --out run", tools.display()));
    let told = done(folder.path(), "tools audit run");
    assert!(told.contains("ok   100 of 100 dialogues written"), "{told}");
    assert!(told.contains("none no open parameter has"), "what was not counted does not hold: {told}");
    let audit: Value = serde_json::from_str(&done(folder.path(), "tools audit run --json")).unwrap();
    assert_eq!(audit["verified"], 100);
    assert!(audit["needing"].as_u64() > Some(0), "{audit}");
    assert_eq!(audit["needing"], audit["using"]);

    let file = folder.path().join("run/dialogues.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let check = |tampered: &str, expect: &str| {
        std::fs::write(&file, tampered).unwrap();
        let ran = goalconvo(folder.path(), "tools audit run");
        assert_eq!(ran.code, Some(6), "{}", ran.err);
        assert!(ran.out.contains(expect), "{}", ran.out);
    };
    // A user says a code that nobody has shown it.
    let opened =
        text.replacen("{\"role\":\"user\",\"text\":\"", "{\"role\":\"user\",\"text\":\"It is ZX98765. ", 1);
    check(&opened, "FAIL 1 of");
    // A tool is called with something that it does not take.
    let call = text.replacen("\"arguments\":\"{", "\"arguments\":\"{\\\"colour\\\":\\\"red\\\",", 1);
    check(&call, "FAIL 1 of");
    let (first, rest) = text.split_once('\n').unwrap();
    assert!(!first.is_empty());
    check(rest, "FAIL 99 of 100 dialogues written");
}

/// Boats that can be listed and taken away.
fn harbour() -> Value {
    let boat = json!({"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"},
        "kind": {"type": "string", "enum": ["yacht", "barge", "canoe"]}}});
    let answer = json!({"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "array", "items": boat}}}}});
    json!({"openapi": "3.1.0", "info": {"title": "Harbour"}, "paths": {
        "/boats": {"get": {"operationId": "listBoats", "summary": "Find boats", "responses": answer,
            "parameters": [{"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["yacht", "barge", "canoe"]}}]}},
        "/boats/{boatId}": {"delete": {"operationId": "deleteBoat", "summary": "Remove a boat",
            "parameters": [{"name": "boatId", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "responses": {"204": {"description": "gone"}}}},
        "/boats/{boatId}/wash": {"post": {"operationId": "orderWash", "summary": "Order a wash",
            "parameters": [{"name": "boatId", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "responses": {"201": {"description": "ordered"}}}}}})
}

#[test]
fn a_deed_names_what_it_is_done_to_before_the_yes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("harbour.json"), harbour().to_string()).unwrap();
    let told = done(folder.path(), "generate --tools harbour.json -n 40 --seed 2 --out run");
    let file = folder.path().join("run/dialogues.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("order_wash"), "{told}");
    let mut removed = 0;
    for line in text.lines().filter(|line| line.contains("delete_boat\",\"arguments")) {
        let mut record: Value = serde_json::from_str(line).unwrap();
        let rows =
            record["turns"].as_array().unwrap().iter().find_map(|turn| turn["result"]["results"].as_array());
        let rows = rows.unwrap().clone();
        let turns = record["turns"].as_array_mut().unwrap();
        let asks = |turn: &&mut Value| turn["acts"][0]["act"] == "offer_intent";
        let asking = turns.iter_mut().rfind(asks).unwrap();
        let (said, name) = (asking["text"].as_str().unwrap(), asking["acts"][0]["value"].as_str().unwrap());
        assert!(said.contains(name), "{said}");
        let other = rows.iter().find(|row| row["name"] != name).unwrap();
        let changed = said.replace(name, other["name"].as_str().unwrap());
        asking["acts"][0]["value"] = other["name"].clone();
        asking["acts"][0]["of"] = other["id"].to_string().into();
        asking["text"] = changed.into();
        std::fs::write(&file, format!("{record}\n")).unwrap();
        let ran = goalconvo(folder.path(), "verify run");
        assert_eq!(ran.code, Some(6), "{record}");
        assert!(
            ran.out.contains("confirmation") || ran.err.contains("confirmation"),
            "{}{}",
            ran.out,
            ran.err
        );
        removed += 1;
    }
    assert!(removed > 5, "{removed}");
}
