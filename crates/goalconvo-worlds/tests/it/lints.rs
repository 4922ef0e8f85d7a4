//! The task linter finds what is wrong, and stays silent about what is right.

use crate::shared::corpus;
use goalconvo_worlds::lint::{self, LintReport};
use serde_json::{Value, json};
use std::fs;

const TOOLS: &str = r#"[
  {"type": "function", "function": {"name": "find_user_by_name", "parameters": {"type": "object", "properties": {"first_name": {"type": "string"}}, "required": ["first_name"]}}},
  {"type": "function", "function": {"name": "get_order", "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]}}},
  {"type": "function", "function": {"name": "return_items", "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}, "item_ids": {"type": "array", "items": {"type": "string"}}, "reason": {"type": "string", "enum": ["broken", "late"]}, "address": {"type": "string"}}, "required": ["order_id", "item_ids"]}}},
  {"type": "function", "function": {"name": "exchange_items", "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}, "new_item_ids": {"type": "array", "items": {"type": "string"}}}, "required": ["order_id"]}}},
  {"type": "function", "function": {"name": "book_ferry", "parameters": {"type": "object", "properties": {"ferries": {"type": "array", "items": {"type": "object"}}}, "required": ["ferries"]}}}
]"#;

fn run(tasks: &Value) -> LintReport {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data/shop");
    fs::create_dir_all(&data).unwrap();
    let users = json!({"ann_1": {"name": {"first_name": "Ann"}, "zip": "10101"}, "ann_2": {"name": {"first_name": "Ann"}, "zip": "20202"}, "bo_3": {"name": {"first_name": "Bosse"}, "zip": "30303"}});
    let orders = json!({"#O1": {"order_id": "#O1", "user_id": "ann_1", "items": [{"item_id": "77"}]}, "#O2": {"order_id": "#O2", "user_id": "ann_2", "items": [{"item_id": "88"}]}});
    let products = json!({"p1": {"variants": {"77": {"item_id": "77", "available": true}, "88": {"item_id": "88", "available": false}}}});
    let ferries = json!({"FER1": {"ferry_number": "FER1", "dates": {"2031-01-02": {"status": "available"}, "2031-01-03": {"status": "cancelled"}}}});
    for (name, table) in [("users", users), ("orders", orders), ("products", products), ("ferries", ferries)]
    {
        fs::write(data.join(format!("{name}.json")), table.to_string()).unwrap();
    }
    fs::write(folder.path().join("tools_shop.json"), TOOLS).unwrap();
    fs::write(folder.path().join("tasks_shop_test.json"), tasks.to_string()).unwrap();
    let found = lint::discover(folder.path()).unwrap();
    assert_eq!(found.len(), 1);
    lint::lint(&lint::load(&found[0]).unwrap())
}

fn task(instruction: &str, actions: &Value, outputs: &Value) -> Value {
    json!({"index": 0, "user_id": "ann_1", "instruction": instruction, "actions": actions, "outputs": outputs})
}

/// One task with these gold calls has exactly these findings.
fn check(actions: &Value, outputs: &Value, expected: &[&str]) {
    let report = run(&json!([task("You are ann_1 and want your money back.", actions, outputs)]));
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, expected, "{actions}: {:#?}", report.findings);
}

#[test]
fn each_defect_is_found_and_a_sound_task_has_none() {
    let none = json!([]);
    let call = |name: &str, arguments: Value| json!([{"name": name, "kwargs": arguments}]);
    check(
        &call("return_items", json!({"order_id": "#O1", "item_ids": ["77"], "reason": "late"})),
        &none,
        &[],
    );
    check(
        &call("return_items", json!({"order_id": "#O9", "item_ids": ["77"]})),
        &none,
        &["absent_from_database"],
    );
    check(
        &call("return_items", json!({"order_id": "#O1", "item_ids": ["88"]})),
        &none,
        &["part_of_another_record"],
    );
    check(
        &call("return_items", json!({"order_id": "#O2", "item_ids": ["88"]})),
        &none,
        &["record_of_another_user"],
    );
    check(&call("return_items", json!({"order_id": "#O1"})), &none, &["missing_argument"]);
    check(
        &call("return_items", json!({"order_id": "#O1", "item_ids": ["77"], "why": "x"})),
        &none,
        &["unknown_argument"],
    );
    check(
        &call("return_items", json!({"order_id": "#O1", "item_ids": ["77"], "reason": "ugly"})),
        &none,
        &["argument_outside_enum"],
    );
    check(
        &call("return_items", json!({"order_id": "#O1", "item_ids": "77"})),
        &none,
        &["argument_of_wrong_type"],
    );
    check(
        &call("return_items", json!({"order_id": "#O1", "item_ids": ["77"], "address": "Elm Road"})),
        &none,
        &["ungrounded_argument"],
    );
    check(&call("give_back", json!({})), &none, &["unknown_tool"]);
    check(
        &call("exchange_items", json!({"order_id": "#O1", "new_item_ids": ["88"]})),
        &none,
        &["unavailable"],
    );
}

#[test]
fn closed_dates_doubtful_lookups_and_cheap_rewards_are_found() {
    let none = json!([]);
    let call = |name: &str, arguments: Value| json!([{"name": name, "kwargs": arguments}]);
    check(
        &call("book_ferry", json!({"ferries": [{"ferry_number": "FER1", "date": "2031-01-02"}]})),
        &none,
        &[],
    );
    check(
        &call("book_ferry", json!({"ferries": [{"ferry_number": "FER1", "date": "2031-01-03"}]})),
        &none,
        &["unavailable"],
    );
    check(
        &call("book_ferry", json!({"ferries": [{"ferry_number": "FER1", "date": "2031-02-30"}]})),
        &none,
        &["absent_from_database"],
    );
    check(&call("find_user_by_name", json!({"first_name": "Ann"})), &json!(["ann_1"]), &["ambiguous_lookup"]);
    check(&none, &none, &["idle_full_reward"]);
    check(&call("get_order", json!({"order_id": "#O1"})), &none, &["idle_full_reward"]);
    check(&call("get_order", json!({"order_id": "#O1"})), &json!(["54.20"]), &[]);
    check(&call("get_order", json!({"order_id": "#O1"})), &json!(["5"]), &["output_by_chance"]);
}

#[test]
fn a_user_who_cannot_say_who_they_are_is_found() {
    let calls = json!([{"name": "return_items", "kwargs": {"order_id": "#O1", "item_ids": ["77"]}}]);
    let report = run(&json!([task("Return my order.", &calls, &json!([]))]));
    assert_eq!(report.by_code.keys().collect::<Vec<_>>(), ["user_cannot_identify"]);
    let report = run(&json!([task("You are Ann in 10101. Return my order.", &calls, &json!([]))]));
    assert_eq!(report.clean, 1);
}

#[test]
fn two_tasks_that_say_the_same_and_want_different_things_are_ambiguous() {
    let one = task(
        "You are ann_1.",
        &json!([{"name": "return_items", "kwargs": {"order_id": "#O1", "item_ids": ["77"]}}]),
        &json!([]),
    );
    let mut two = one.clone();
    two["index"] = json!(1);
    assert_eq!(run(&json!([one, two])).clean, 2, "a copy is no contradiction");
    two["actions"][0]["name"] = json!("exchange_items");
    two["actions"][0]["kwargs"] = json!({"order_id": "#O1"});
    assert_eq!(run(&json!([one, two])).by_code["ambiguous_goal"], 2);
}

#[test]
fn every_finding_names_its_file_and_the_line_to_go_to() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("tools_shop.json", TOOLS);
    write("data/shop/users.json", r#"{"ann_1": {"name": {"first_name": "Ann"}, "zip": "10101"}}"#);
    write(
        "data/shop/orders.json",
        r##"{"#O1": {"order_id": "#O1", "user_id": "ann_1", "items": [{"item_id": "77"}]}}"##,
    );
    let tasks = r##"[
  {
    "index": 0,
    "user_id": "ann_1",
    "instruction": "You are ann_1. Say hello.",
    "actions": [],
    "outputs": []
  },
  {
    "index": 1,
    "user_id": "bo_9",
    "instruction": "You are bo_9 and return an item of #O7.",
    "actions": [
      {
        "name": "return_items",
        "kwargs": {
          "order_id": "#O7",
          "item_ids": ["77"]
        }
      }
    ],
    "outputs": [
      "5"
    ]
  }
]"##;
    write("tasks_shop_test.json", tasks);
    let report = lint::lint(&lint::load(&lint::discover(folder.path()).unwrap()[0]).unwrap());
    let check = |code: &str, pointer: &str, text: &str| {
        let finding = report.findings.iter().find(|one| one.code == code && one.pointer == pointer);
        let finding = finding.unwrap_or_else(|| panic!("{code} at {pointer}: {:#?}", report.findings));
        assert!(finding.file.ends_with("tasks_shop_test.json"), "{}", finding.file);
        let line = tasks.lines().nth(finding.line.unwrap() - 1).unwrap();
        assert!(line.contains(text), "{code} points at {line:?}");
    };
    check("idle_full_reward", "/0", "{");
    check("absent_from_database", "/1/user_id", "bo_9");
    check("absent_from_database", "/1/actions/0/kwargs/order_id", "#O7");
    check("output_by_chance", "/1/outputs/0", "\"5\"");
    let every = report.findings.iter().all(|one| one.line.is_some() && !one.message.is_empty());
    assert!(every, "{:#?}", report.findings);
}

#[test]
fn what_cannot_be_checked_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tasks.json"), json!([task("Hello.", &json!([]), &json!([]))]).to_string())
        .unwrap();
    let found = lint::discover(&folder.path().join("tasks.json")).unwrap();
    let report = lint::lint(&lint::load(&found[0]).unwrap());
    assert_eq!(report.unchecked.len(), 3);
    fs::write(folder.path().join("tasks.json"), r#"[{"name": "no task"}]"#).unwrap();
    assert!(lint::load(&found[0]).unwrap_err().is_malformed());
    assert!(lint::discover(tempfile::tempdir().unwrap().path()).unwrap_err().is_unsatisfiable());
}

#[test]
fn the_known_defects_of_the_public_suites_are_found() {
    let Some(root) = corpus("tau") else { return };
    let report = |tasks: &str| {
        let found = lint::discover(&root.join(tasks)).unwrap();
        lint::lint(&lint::load(&found[0]).unwrap())
    };
    let airline = report("tasks_airline_test.json");
    assert_eq!((airline.tasks, airline.idle_full_reward), (50, 19), "38 % of it pays for doing nothing");
    let retail = report("tasks_retail_test.json");
    let product = "6086499569";
    assert!(
        retail.findings.iter().any(|one| one.code == "absent_from_database" && one.message.contains(product))
    );
    assert!(report("tau2/data/mock/tasks.json").tasks == 10);
}
