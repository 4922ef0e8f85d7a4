//! What is not the format it seems to be is refused with its place; nothing makes the readers panic.

use goalconvo_store::Form;
use proptest::prelude::*;

use crate::foreign::read;

/// Reading must fail with a message that has these parts.
fn check(content: &str, form: Option<Form>, parts: &[&str]) {
    let error = read("bad.x", content.as_bytes(), form).unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "{error:?} has no {part:?}");
    }
}

#[test]
fn the_place_and_what_was_expected_are_named() {
    check("", None, &["bad.x: found an empty file; expected dialogues"]);
    check("[]", None, &["found an empty list"]);
    check("Once upon a time.", None, &["bad.x line 1: found text", "expected one of", "--format"]);
    check(r#"{"a":1}"#, None, &["found an object with the keys [\"a\"]", "sharegpt: {\"conversations\""]);
    check(
        r#"{"messages":[{"role":"user","content":"Hi."}"#,
        None,
        &["bad.x line 1 column 44: broken JSON", "EOF"],
    );
    let good = r#"{"messages":[{"role":"user","content":"Hi."}]}"#;
    check(&format!("{good}\n{{"), None, &["bad.x line 2 column 1: broken JSON"]);
    check(&format!("{good}\n7"), None, &["bad.x line 2: found 7; expected {\"messages\""]);
    check(
        &format!("{good}\n{}", r#"{"messages":[{"role":"clown","content":"Hi."}]}"#),
        None,
        &["bad.x line 2 at /messages/0/role: found the text \"clown\"; expected user, assistant, tool"],
    );
    check(
        &format!("[{good},{}]", r#"{"messages":[{"role":"user","content":7}]}"#),
        None,
        &["bad.x at /1/messages/0/content: found 7; expected a text or a list of blocks"],
    );
    check(
        &format!("[{good},{}]", r#"{"turns":[{"speaker":"a","text":"b"}]}"#),
        None,
        &["bad.x at /1: found a dialogue of the format sdialog; expected {\"messages\""],
    );
    check(
        r#"{"conversations":[{"from":"dog","value":"Woof."}]}"#,
        None,
        &["/conversations/0/from: found the text \"dog\""],
    );
    check(
        r#"{"conversations":[{"from":"human","value":null}]}"#,
        None,
        &["/conversations/0: found no \"value\""],
    );
    check(r#"{"turns":[{"speaker":"a","text":7}]}"#, None, &["at /turns/0/text: found 7; expected a text"]);
    check(r#"{"x.json":{"log":[{"metadata":{}}]}}"#, None, &["at /x.json/log/0: found no \"text\""]);
    check(
        r#"[{"services":[],"turns":[{"speaker":"DOG","utterance":"Woof."}]}]"#,
        None,
        &["at /0/turns/0/speaker: found the text \"DOG\"; expected USER or SYSTEM"],
    );
    check(good, Some(Form::Sgd), &["found a dialogue of the format messages; expected {\"services\""]);
    check("7", Some(Form::Messages), &["found 7; expected {\"messages\""]);
    check("role,text\nuser\n", None, &["line 2: found 1 fields; expected 2"]);
    check("role,text\nuser,\"Hi.\n", None, &["line 2: found a quoted field without an end"]);
    check("role,turn,text\nuser,x,Hi.\n", None, &["line 2: found the turn \"x\"; expected a number"]);
    check(
        "a,b\n1,2\n",
        Some(Form::Csv),
        &["line 1: found the columns [\"a\", \"b\"]; expected one named role"],
    );
    check("words\n", Some(Form::Txt), &["line 1: found a line without a speaker"]);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let error = read("bad.csv", b"role,text\nuser,\xff\n", None).unwrap_err().to_string();
    assert!(error.contains("no UTF-8 at byte 16"), "{error}");
}

/// Words that the formats know.
const LEAVES: [&str; 13] = [
    "null",
    "true",
    "-1.5e3",
    "\"user\"",
    "\"human\"",
    "\"assistant\"",
    "\"USER\"",
    "\"utter\"",
    "\"tool\"",
    "\"tool_use\"",
    "\"goalconvo/1\"",
    r#""{\"name\":\"f\"}""#,
    "\"<tool_call>x</tool_call>é\"",
];

const KEYS: &str = "messages conversations turns log events role from value content text speaker utterance frames \
                    service services state slot_values actions act values service_call method tool_calls \
                    tool_outputs function name arguments metadata dialog_act Hotel-Inform goal domain format action \
                    type data id";

/// JSON that is nearly one of the formats.
fn json(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop::sample::select(LEAVES.to_vec()).prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    let key = prop::sample::select(KEYS.split(' ').filter(|key| !key.is_empty()).collect::<Vec<_>>());
    let list =
        prop::collection::vec(json(depth - 1), 0..4).prop_map(|items| format!("[{}]", items.join(",")));
    let object = prop::collection::vec((key, json(depth - 1)), 0..5).prop_map(|fields| {
        let fields: Vec<String> = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    });
    prop_oneof![1 => leaf, 3 => list, 4 => object].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read("any", &bytes, None);
        for form in Form::ALL {
            let _ = read("any", &bytes, Some(form));
        }
    }

    #[test]
    fn no_json_makes_a_reader_panic(text in json(5)) {
        let _ = read("any", text.as_bytes(), None);
        for form in Form::ALL {
            let _ = read("any", text.as_bytes(), Some(form));
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "([a-z\",;\t:é\\[{}\n ]{0,8}(role,text|User: |dialogue;turn;role;text)?){0,12}") {
        let _ = read("any", text.as_bytes(), None);
        for form in [Form::Csv, Form::Txt] {
            let _ = read("any", text.as_bytes(), Some(form));
        }
    }
}
