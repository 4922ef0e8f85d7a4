//! Whole dialogues written in one call: played, not believed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use goalconvo_core::{Arguments, Dialogue, Finding, Origin, Turn};
use goalconvo_llm::{Model, Request, Scripted};
use goalconvo_sim::{Company, Dials};
use serde_json::{Value, json};

use crate::dialogues::plan;
use crate::models::{make, said, voice};

fn company(model: impl Model + 'static) -> Company {
    Company { writer: Some(voice(model)), attempts: 1, ..Company::default() }
}

/// A dialogue of the built-in engine as a script.
fn script(dialogue: &Dialogue) -> Value {
    let line = |by: &str, text: &str, tool: &str, arguments: &str| json!({ "by": by, "text": text, "tool": tool, "arguments": arguments });
    let mut turns = Vec::new();
    for turn in &dialogue.turns {
        match turn {
            Turn::User(said) => turns.push(line("user", &said.text, "", "")),
            Turn::Assistant(said) => {
                for call in &said.tool_calls {
                    let Arguments::Parsed(arguments) = &call.function.arguments else { continue };
                    turns.push(line("call", "", &call.function.name, &arguments.to_string()));
                }
                if !said.text.is_empty() {
                    turns.push(line("assistant", &said.text, "", ""));
                }
            }
            Turn::Tool(_) | Turn::Garbled { .. } => {}
        }
    }
    json!({ "turns": turns })
}

/// Writes what the built-in engine would have said, changed.
fn writing(change: impl Fn(&mut Value) + Send + Sync) -> impl Model {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 91);
    Scripted::new("writer", move |request: &Request| {
        let index: u64 = request.tag.scope.split('/').nth(1).unwrap().parse().unwrap();
        let mut script = script(&plan.make(index).dialogue.unwrap());
        change(&mut script);
        Ok(said(script.to_string()))
    })
}

#[test]
fn a_good_script_is_played_and_passes() {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 91);
    let company = company(writing(|_| {}));
    let (mut passed, mut reasons) = (0, Vec::new());
    for index in 0..60 {
        let made = make(&plan, &company, index);
        let Some(dialogue) = made.dialogue else {
            let found = made.rejected[0].verdicts.iter().flat_map(|verdict| &verdict.reasons).next().cloned();
            reasons.extend(found.map(|reason| format!("{}: {}", reason.check, reason.what)));
            continue;
        };
        passed += 1;
        assert!(dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed));
        assert!(dialogue.provenance.prompts.contains_key("writer/rules"));
        for turn in &dialogue.turns {
            if let Turn::User(said) | Turn::Assistant(said) = turn {
                assert_eq!(said.origin, Origin::Model("scripted-1".into()));
            }
        }
        // One call wrote it all, and is counted once.
        let counted = dialogue
            .turns
            .iter()
            .filter(|turn| matches!(turn, Turn::User(said) | Turn::Assistant(said) if said.usage.is_some()));
        assert_eq!(counted.count(), 1);
    }
    eprintln!("{passed} of 60 pass; first reasons of the others: {reasons:#?}");
    assert!(passed >= 40, "{passed} of 60: {reasons:#?}");
}

/// The index's first reject: the judges that did not pass it, with their reasons.
fn why(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Vec<String> {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 91);
    let made = make(&plan, &company(writing(change)), 4);
    assert!(made.dialogue.is_none());
    let verdicts = made.rejected[0].verdicts.iter().filter(|verdict| verdict.finding != Finding::Passed);
    let told = |verdict: &goalconvo_core::Verdict| {
        let judge = verdict.judge.clone();
        verdict
            .reasons
            .iter()
            .map(move |reason| format!("{judge} {}: {}", reason.check, reason.what))
            .collect::<Vec<_>>()
    };
    verdicts.flat_map(told).collect()
}

#[test]
fn what_a_writer_makes_up_is_found() {
    let invented = why(|script| {
        let turns = script["turns"].as_array_mut().unwrap();
        let last = turns.iter_mut().rev().find(|turn| turn["by"] == "assistant").unwrap();
        last["text"] = format!("{} Your reference is ZQX7431K.", last["text"].as_str().unwrap()).into();
    });
    assert!(invented.iter().any(|reason| reason.starts_with("facts")), "{invented:?}");
    let uncalled = why(|script| {
        script["turns"].as_array_mut().unwrap().retain(|turn| turn["by"] != "call");
    });
    assert!(uncalled.iter().any(|reason| reason.starts_with("facts")), "{uncalled:?}");
}

#[test]
fn a_script_that_cannot_be_played_is_asked_for_again_and_then_rejected() {
    let check = |change: fn(&mut Value), expect: &str| {
        let found = why(change);
        assert!(found.iter().any(|reason| reason.contains(expect)), "{found:?}");
    };
    check(|script| script["turns"][0]["by"] = "assistant".into(), "turn 1: it is the user's turn");
    check(
        |script| drop(script["turns"].as_array_mut().unwrap().pop()),
        "it ends while the user waits for an answer",
    );
    check(|script| script["turns"] = json!([]), "it has no turns");
    check(|script| *script = json!("Hello"), "it is no script");
    let calls = Arc::new(AtomicU64::new(0));
    let (counted, heard) = (calls.clone(), Arc::new(Mutex::new(String::new())));
    let told = heard.clone();
    let model = Scripted::new("writer", move |request: &Request| {
        counted.fetch_add(1, Ordering::SeqCst);
        *told.lock().unwrap() = request.messages.last().unwrap().text().to_owned();
        Ok(said("{\"turns\": []}"))
    });
    let made = make(&plan(Dials::default(), 92), &company(model), 0);
    assert!(made.dialogue.is_none() && made.rejected[0].turns.is_empty());
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert!(heard.lock().unwrap().contains("it has no turns"), "the model is told why");
}
