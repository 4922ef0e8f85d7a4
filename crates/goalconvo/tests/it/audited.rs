//! A run over tools keeps its promises; one that was tampered with does not.

use crate::program::{done, goalconvo, root};

#[test]
fn what_a_run_over_tools_promises_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let tools = root().join("crates/goalconvo-sim/tests/it/small_tools.json");
    done(folder.path(), &format!("generate --tools {} -n 100 --seed 3 --out run", tools.display()));
    let told = done(folder.path(), "tools audit run");
    assert!(told.contains("ok   100 of 100 dialogues written"), "{told}");
    assert!(told.contains("none no open parameter has"), "what was not counted does not hold: {told}");
    let audit: serde_json::Value =
        serde_json::from_str(&done(folder.path(), "tools audit run --json")).unwrap();
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
