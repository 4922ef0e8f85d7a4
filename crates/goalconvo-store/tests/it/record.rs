//! What is no record is named by line and JSON pointer.

use std::path::Path;

use goalconvo_store::{Dataset, dialogue};

const GOOD: &str = r#"{"format":"goalconvo/1","id":"a","turns":[{"role":"user","text":"Hi.","origin":"human"},{"role":"tool","tool_call_id":"c","name":"t","result":null}],"provenance":{"source":"a hand"}}"#;

fn check(from: &str, to: &str, expect: &str) {
    let text = GOOD.replace(from, to);
    assert!(from.is_empty() || text != GOOD, "{from} is not in the record");
    let found =
        dialogue(Path::new("d.jsonl"), 3, &text).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(found.starts_with(expect), "expected {expect:?}, found {found:?}");
}

#[test]
fn a_record_that_is_none_is_named_by_line_and_pointer() {
    check("", "", "");
    check(
        "goalconvo/1",
        "goalconvo/2",
        "d.jsonl line 3 at /format: format \"goalconvo/2\": this program reads",
    );
    check(r#""id":"a""#, r#""id":7"#, "d.jsonl line 3 at /id: invalid type: integer `7`, expected a string");
    check(r#""id":"a","#, "", "d.jsonl line 3 at /: missing field `id`");
    check(r#""id":"a""#, r#""id":"a","ide":1"#, "d.jsonl line 3 at /ide: unknown field `ide`");
    check(r#""text":"Hi.""#, r#""text":["Hi."]"#, "d.jsonl line 3 at /turns/0/text: invalid type: sequence");
    check(r#""human""#, r#""hand""#, "d.jsonl line 3 at /turns/0/origin: origin \"hand\": expected grammar,");
    check(r#""human""#, "null", "d.jsonl line 3 at /turns/0/origin: ");
    check(r#""tool_call_id":"c","#, "", "d.jsonl line 3 at /turns/1: missing field `tool_call_id`");
    check(
        r#""role":"tool""#,
        r#""role":"clown""#,
        "d.jsonl line 3 at /turns/1/role: unknown variant `clown`",
    );
    check(r#"{"source":"a hand"}"#, "{}", "d.jsonl line 3 at /provenance: missing field `source`");
}

#[test]
fn what_is_no_object_is_told_what_a_record_is() {
    let nine = r#"["goalconvo/1", "a", [], null, null, [], null, [], { "source": "a hand" }]"#;
    for (text, found) in
        [("[]", "a list"), (nine, "a list"), ("7", "a number"), (" null", "null"), ("\"a\"", "a text")]
    {
        let error = dialogue(Path::new("d.jsonl"), 3, text).unwrap_err().to_string();
        assert!(error.ends_with(&format!("found {found}; expected a JSON object")), "{text}: {error}");
    }
}

#[test]
fn what_is_no_json_is_named_by_line_and_column() {
    check(r#"{"source":"a hand"}}"#, "", "d.jsonl line 3 column 162: broken JSON, it ends in the middle");
    check(r#""id":"#, r#""id""#, "d.jsonl line 3 column 29: broken JSON, expected `:`");
    let error = dialogue(Path::new("d.json"), 1, "{").unwrap_err().to_string();
    assert!(
        error.contains("one JSON document over many lines") && error.contains("JSON object a line"),
        "{error}"
    );
}

#[test]
fn a_dataset_is_a_file_or_a_run_folder() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Dataset::at(&folder.path().join("none.jsonl")).unwrap_err();
    assert!(missing.is_missing() && missing.to_string().contains("none.jsonl"), "{missing}");
    let none = Dataset::at(folder.path()).unwrap_err().to_string();
    assert!(none.contains("without run.toml"), "{none}");
    let file = folder.path().join("d.jsonl");
    std::fs::write(&file, GOOD.to_owned() + "\n{}\n").unwrap();
    let read: Vec<_> = Dataset::at(&file).unwrap().dialogues().unwrap().collect();
    assert!(matches!(&read[..], [Ok((1, _)), Err(error)] if error.is_record()), "{read:?}");
}
