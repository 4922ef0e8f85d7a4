//! ToolBench in all its variants: each oddity is read as it is meant, and reported.

use crate::shared::{codes, corpus, endpoint, load, parameter};
use goalconvo_worlds::registry::{Confidence, Effect, Hidden, Kind};
use goalconvo_worlds::schemas;
use serde_json::json;

/// Loads one endpoint's text inside a tool and expects a notice of the code.
fn check(endpoint: &str, code: &str) {
    let tool = format!(r#"{{"tool_name": "t", "api_list": [{endpoint}]}}"#);
    let (_, report) = load(&[("Things/t.json", &tool)]);
    assert!(codes(&report).contains(&code), "{endpoint} gives {:?}", codes(&report));
    let notices = report.files.iter().flat_map(|file| &file.notices);
    let place = notices.clone().find(|notice| notice.code == code).unwrap();
    assert!(place.pointer.starts_with("/api_list/0"), "{place:?} points at the endpoint");
    assert_eq!(report.lost, notices.filter(|notice| notice.level == schemas::Level::Loss).count());
}

#[test]
fn every_oddity_is_reported_with_its_place() {
    let with = |parameter: &str| {
        format!(r#"{{"name": "e", "required_parameters": [{parameter}], "optional_parameters": []}}"#)
    };
    check(r#"{"name": "* Über Search"}"#, "unfit_name");
    check(
        r#"{"name": "e", "url": "https://x.test/v1/find", "template_response": "{\"a\": [{\"b\": \"int\"}, {\"c"}"#,
        "truncated_response",
    );
    check(r#"{"name": "e", "template_response": "{\"a\": 1}"}"#, "stringified_response");
    check(r#"{"name": "e", "template_response": "no json at all"}"#, "unreadable_template");
    check(r#"{"name": "e", "body": {"key1": "value", "key2": "value"}}"#, "placeholder_response");
    check(r#"{"name": "e", "body": [{"city": "", "iata": ""}]}"#, "hollow_response");
    check(r#"{"name": "e", "body": {"message": "You are not subscribed to this API."}}"#, "error_response");
    check(r#"{"name": "", "url": "https://x.test/v1/find"}"#, "endpoint_without_name");
    check(r#"{"name": "e", "method": "FETCH"}"#, "unknown_method");
    check(r#"{"name": "e", "invented": 1}"#, "unread_key");
    check(r#"17"#, "not_an_endpoint");
    check(r#"{"name": "e", "required_parameters": {"name": "a"}}"#, "not_a_list");
    check(r#"{"name": "e", "method": "GET", "method": "POST"}"#, "duplicate_key");
    check(&with(r#"{"name": "a", "type": "ENUM", "default": ""}"#), "enum_without_values");
    check(&with(r#"{"name": "a", "type": "ENUM", "description": "*DAY*, *WEEK*"}"#), "enum_from_description");
    check(&with(r#"{"name": "a", "type": "STRING", "default": "Oslo"}"#), "example_as_default");
    check(&with(r#"{"name": "a", "type": "NUMBER", "default": "many"}"#), "unfit_default");
    check(&with(r#"{"name": "a", "type": "WIDGET"}"#), "unknown_type");
    check(&with(r#"{"name": "array[]", "type": "ARRAY"}"#), "unfit_parameter");
    check(
        &with(r#"{"name": "a", "type": "STRING"}, {"name": "a", "type": "STRING"}"#),
        "duplicate_parameter",
    );
    check(&with(r#"{"type": "STRING"}"#), "parameter_without_name");
    check(&with(r#"{"name": "token", "type": "STRING", "default": "wbq8821jx"}"#), "masked");
}

#[test]
fn a_cut_off_skeleton_gives_the_part_before_the_cut() {
    let text = r#"{"tool_name": "t", "api_list": [{"name": "e",
        "template_response": "{\"rows\": [{\"id\": \"int\", \"tags\": [\"list of str with length 2\"], \"_list_length\": 3}], \"tot"}]}"#;
    let (registry, _) = load(&[("Things/t.json", text)]);
    let response = &endpoint(&registry, "e").response;
    assert!(response.truncated);
    assert_eq!(response.confidence, Confidence::Skeleton);
    let pointers: Vec<&str> = response.fields.iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, ["/rows/*/id", "/rows/*/tags/*/*"]);
}

#[test]
fn a_real_body_outranks_a_schema_and_an_error_is_no_answer() {
    let text = r#"{"tool_name": "t", "api_list": [{"name": "e", "statuscode": 200,
        "body": {"city": "Kelmar", "heat": 12.5},
        "schema": {"type": "object", "properties": {"place": {"type": "string"}}},
        "test_endpoint": {"error": "quota"}}]}"#;
    let (registry, _) = load(&[("Things/t.json", text)]);
    let response = &endpoint(&registry, "e").response;
    assert_eq!(response.confidence, Confidence::Real);
    assert_eq!(response.examples, [json!({"city": "Kelmar", "heat": 12.5})]);
    assert_eq!(response.errors, [json!({"error": "quota"})]);
}

#[test]
fn defaults_are_defaults_only_where_they_can_be() {
    let text = r#"{"tool_name": "t", "api_list": [{"name": "e",
        "required_parameters": [{"name": "n", "type": "NUMBER", "default": "10"}, {"name": "api_key", "type": "STRING", "default": "k-123456"}],
        "optional_parameters": [{"name": "on", "type": "BOOLEAN", "default": "0"}, {"name": "tags", "type": "ARRAY", "default": "[\"a\"]"}]}]}"#;
    let (registry, _) = load(&[("Things/t.json", text)]);
    let endpoint = endpoint(&registry, "e");
    assert_eq!(
        (&parameter(endpoint, "n").default, &parameter(endpoint, "n").examples[0]),
        (&None, &json!(10))
    );
    assert_eq!(parameter(endpoint, "on").default, Some(json!(false)));
    assert!(
        matches!(&parameter(endpoint, "tags").shape.kind, Kind::List(items) if matches!(items.kind, Kind::Text(_)))
    );
    let key = parameter(endpoint, "api_key");
    assert_eq!((key.hidden, &key.examples[0]), (Some(Hidden::Credential), &json!("[secret]")));
    assert!(!endpoint.definition().to_string().contains("api_key"), "no model sees it");
}

#[test]
fn queries_and_examples_join_the_tools_that_they_speak_of() {
    let tool = r#"{"tool_name": "Dice", "api_list": [{"name": "Roll", "method": "GET", "required_parameters": [], "optional_parameters": []}]}"#;
    let query = r#"[{"query_id": 1, "query": "roll", "api_list": [
        {"category_name": "Games", "tool_name": "Dice", "api_name": "Roll"},
        {"category_name": "Games", "tool_name": "Cards", "api_name": "Deal", "required_parameters": [], "optional_parameters": [], "method": "GET"}]}]"#;
    let answers = r#"{"api_list": [{"name": "Roll", "schema": {"total": "int"}}, {"name": "Lost", "schema": {"x": "int"}}]}"#;
    let (registry, report) = load(&[
        ("tools/Games/dice.json", tool),
        ("queries/q.json", query),
        ("responses/Games/dice.json", answers),
    ]);
    let ids: Vec<&str> = registry.tools.iter().map(|tool| tool.id.as_str()).collect();
    assert_eq!(ids, ["games/cards", "games/dice"]);
    assert_eq!(endpoint(&registry, "Roll").response.confidence, Confidence::Skeleton);
    assert!(
        codes(&report).contains(&"evidence_without_endpoint"),
        "what nobody describes is said, not dropped"
    );
    assert_eq!(report.files.iter().map(|file| file.merged).sum::<usize>(), 2);
}

#[test]
fn a_method_outranks_a_name_and_get_says_nothing() {
    let check = |method: &str, name: &str, effect: Effect| {
        let text =
            format!(r#"{{"tool_name": "t", "api_list": [{{"name": "{name}", "method": "{method}"}}]}}"#);
        let (registry, _) = load(&[("Things/t.json", &text)]);
        assert_eq!(endpoint(&registry, name).effect, effect, "{method} {name}");
    };
    check("GET", "search_flights", Effect::Read);
    check("GET", "delete_user", Effect::Destructive);
    check("GET", "book_hotel", Effect::Write);
    check("GET", "Order Book", Effect::Read);
    check("GET", "rent_stats", Effect::Read);
    check("GET", "rent_car", Effect::Write);
    check("POST", "search flights", Effect::Read);
    check("POST", "orders", Effect::Write);
    check("PUT", "anything", Effect::Write);
    check("DELETE", "anything", Effect::Destructive);
    check("POST", "cancelBooking", Effect::Destructive);
}

#[test]
fn strict_refuses_the_first_warning_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"tool_name": "t", "api_list": [{"name": "e", "method": "FETCH"}]}"#;
    std::fs::write(folder.path().join("t.json"), text).unwrap();
    let error = schemas::load(&[folder.path().to_owned()], true).unwrap_err();
    assert!(error.is_strict());
    assert!(error.to_string().contains("t.json#/api_list/0"), "{error}");
    let fine = r#"{"tool_name": "t", "api_list": [{"name": "get thing", "method": "GET"}]}"#;
    std::fs::write(folder.path().join("t.json"), fine).unwrap();
    assert!(schemas::load(&[folder.path().to_owned()], true).is_ok(), "a note is no warning");
}

#[test]
fn a_broken_file_is_a_loss_and_an_unknown_one_named_by_itself_an_error() {
    let (_, report) = load(&[
        ("a.json", r#"{"tool_name": "t", "api_list": [{"#),
        ("b.json", ""),
        ("c.txt", "x"),
        ("d.json", "{}"),
    ]);
    assert_eq!((report.lost, report.files.len()), (1, 4), "every file has a line");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.json");
    std::fs::write(&path, "{}").unwrap();
    assert!(schemas::load(&[path], false).unwrap_err().is_malformed());
    assert!(schemas::load(&[folder.path().join("absent")], false).unwrap_err().is_read());
}

#[test]
fn all_of_toolbench_loads_and_nothing_is_lost() {
    let Some(root) = corpus("toolbench") else { return };
    let folders = ["tools", "tools_from_queries", "tools_large"].map(|name| root.join(name));
    let (registry, report) = schemas::load(&folders, false).unwrap();
    assert_eq!((report.tools, report.endpoints, report.lost), (864, 3023, 0));
    assert_eq!(report.files.len(), 864, "a line a file");
    assert_eq!(registry.functions().len(), 3023, "function names are unique");
    let whole = schemas::load(&[root], false).unwrap().1;
    assert_eq!(whole.lost, 0);
    assert!(
        whole.tools >= 880 && whole.endpoints >= 3063,
        "with the seed tools: {} {}",
        whole.tools,
        whole.endpoints
    );
}
