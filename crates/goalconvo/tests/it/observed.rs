//! A chat model answers the calls of compiled tools: checked, kept, and never asked the same twice.

use std::collections::BTreeMap;

use goalconvo_core::Dialogue;
use goalconvo_stub::{Config, Fault};

use crate::models::{dialogues, serve};
use crate::program::{done, goalconvo, root};

/// Calls with their answers.
fn answered(records: &[Dialogue]) -> BTreeMap<String, Vec<String>> {
    let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in records {
        for (call, answer) in record.calls() {
            let (name, arguments) = (&call.function.name, serde_json::to_string(&call.function.arguments));
            // A planned failure is no answer.
            let Some(answer) = answer.filter(|answer| answer.error.is_none()) else { continue };
            let told = serde_json::to_string(&answer.result).unwrap();
            answers.entry(format!("{name}{}", arguments.unwrap())).or_default().push(told);
        }
    }
    answers
}

#[test]
fn a_model_answers_calls_once_and_the_records_verify_without_it() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    let tools = root().join("crates/goalconvo/tests/it/answering_tools.json");
    let engine = format!("--engine model --engine-model {}/v1#m --engine-calls 5", served.stub.url());
    let run = format!("generate --tools {} {engine} -n 30 --seed 3 --out", tools.display());
    done(folder.path(), &format!("{run} first"));
    let asked = served.stub.stats().requests;
    assert!(asked >= 10, "{asked} calls were answered");
    done(folder.path(), "verify first");
    let records = dialogues(folder.path(), "first");
    assert_eq!(records.len(), 30);
    for (call, mut told) in answered(&records) {
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 1, "{call} has two answers");
    }
    // What was paid for is not asked again: the same run goes on without a word to the model.
    done(folder.path(), &format!("{run} first"));
    assert_eq!(served.stub.stats().requests, asked);
    // Others answer otherwise.
    done(folder.path(), &format!("generate --tools {} -n 30 --seed 3 --out drawn", tools.display()));
    let drawn = answered(&dialogues(folder.path(), "drawn"));
    assert_ne!(answered(&records), drawn);
    // The records are checked where no model is.
    drop(served);
    done(folder.path(), "verify first");
}

#[test]
fn an_answer_that_never_fits_ends_the_run() {
    let served = serve(Config { faults: [(Fault::WrongSchema, 1.0)].into(), ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    let tools = root().join("crates/goalconvo/tests/it/answering_tools.json");
    let engine = format!("--engine model --engine-model {}/v1#m --engine-calls 1", served.stub.url());
    let run = format!("generate --tools {} {engine} -n 3 --out", tools.display());
    let ran = goalconvo(folder.path(), &format!("{run} wrong"));
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    let check = |more: &str, word: &str| {
        let ran = goalconvo(folder.path(), &format!("generate {more} -n 3 --out usage"));
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains(word), "{}", ran.err);
    };
    check("--engine model", "--tools PATH");
    check(&format!("--engine model --tools {}", tools.display()), "--engine-model");
    check("--engine-model openai:gpt-4o-mini", "--engine model");
}
