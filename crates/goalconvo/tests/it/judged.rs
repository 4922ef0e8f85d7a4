//! `goalconvo judge`: what passes, what is rejected, what it says when a model can't be asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use goalconvo_stub::{Config, Fault, Stub};
use serde_json::{Value, json};

use crate::program::{Ran, command, done, goalconvo};

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(path: &Path, records: &[Value]) {
    let text: String = records.iter().map(|record| format!("{record}\n")).collect();
    fs::write(path, text).unwrap();
}

/// A folder with a run of six good dialogues, and a file in which every other one is spoilt.
fn stage() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 6 --seed 7 --domain mock --tool-errors 0 --out run");
    let mut records = lines(&folder.path().join("run/dialogues.jsonl"));
    for record in records.iter_mut().step_by(2) {
        let last = record["turns"].as_array().unwrap().len() - 1;
        let text = record["turns"][last]["text"].as_str().unwrap_or_default().to_owned() + " It costs £7351.";
        record["turns"][last]["text"] = text.into();
    }
    write(&folder.path().join("half.jsonl"), &records);
    folder
}

fn report(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_good_run_passes_and_a_spoilt_one_is_rejected() {
    let folder = stage();
    let good = report(&done(folder.path(), "judge run --json"));
    assert_eq!((&good["judged"], &good["accepted"], &good["rejected"]), (&6.into(), &6.into(), &0.into()));
    let ran = goalconvo(folder.path(), "judge half.jsonl --json");
    let half = report(&ran.out);
    assert_eq!(
        (ran.code, &half["accepted"], &half["rejected"]),
        (Some(6), &3.into(), &3.into()),
        "{}",
        ran.err
    );
    assert_eq!(half["rejects"][0]["judge"], "facts");
    done(folder.path(), "judge half.jsonl --out sorted");
    let (kept, rejects) = (
        lines(&folder.path().join("sorted/dialogues.jsonl")),
        lines(&folder.path().join("sorted/rejects.jsonl")),
    );
    assert_eq!((kept.len(), rejects.len()), (3, 3));
    assert!(rejects.iter().all(|record| record["verdicts"][0]["reasons"][0]["what"].is_string()));
}

#[test]
fn what_is_repaired_is_a_candidate_of_its_own() {
    let folder = stage();
    let ran = report(&done(folder.path(), "judge half.jsonl --repair tail --out sorted --json"));
    assert_eq!((&ran["repairs"], &ran["accepted"], &ran["rejected"]), (&3.into(), &6.into(), &3.into()));
    let kept = lines(&folder.path().join("sorted/dialogues.jsonl"));
    let repaired: Vec<&Value> =
        kept.iter().filter(|record| record["provenance"]["repaired_from"].is_string()).collect();
    assert_eq!(repaired.len(), 3);
    done(folder.path(), "verify sorted/dialogues.jsonl");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn a_model_that_makes_up_its_quotes_accepts_nothing() {
    let folder = stage();
    let runtime = runtime();
    let stub = runtime.block_on(Stub::start(Config::default())).unwrap();
    let run = format!("judge run --model {}/v1#m --out judged --json", stub.url());
    let ran = goalconvo(folder.path(), &run);
    let found = report(&ran.out);
    assert!(ran.code == Some(4) && ran.err.contains("none of its ratings quotes the record"), "{}", ran.err);
    assert_eq!(
        (&found["judged"], &found["accepted"], &found["rejected"], &found["incomplete"]),
        (&0.into(), &0.into(), &0.into(), &6.into()),
        "nothing is known of any"
    );
    let coherence = &found["judges"][9];
    assert_eq!((&coherence["judge"], &coherence["unknown"]), (&"coherence".into(), &6.into()));
    assert!(coherence["score"].is_null(), "no mark was invented: {coherence}");
    assert!(found["rejects"].as_array().unwrap().is_empty());
    assert_eq!(found["unjudged"][0]["check"], "quote");
    let of = |name: &str| lines(&folder.path().join("judged").join(name)).len();
    assert_eq!((of("dialogues.jsonl"), of("rejects.jsonl"), of("unjudged.jsonl")), (0, 0, 6));
    // Again: every answer is in the journal.
    let paid = stub.stats().requests;
    let again = report(&goalconvo(folder.path(), &run).out);
    assert_eq!((stub.stats().requests, &again["incomplete"]), (paid, &6.into()));
}

#[test]
fn judges_share_the_record_and_its_rules() {
    let folder = stage();
    let runtime = runtime();
    let stub = runtime.block_on(Stub::start(Config { rates: Some((4, 5)), ..Config::default() })).unwrap();
    done(folder.path(), &format!("judge run --model {}/v1#m", stub.url()));
    // Rules and record come first: six questions about a record, three samples of each, share them.
    let stats = stub.stats();
    println!(
        "judges: {:.3} of {} prompt bytes were a prefix of an earlier prompt",
        stats.prefix_hit_rate, stats.prompt_bytes
    );
    assert!(stats.prefix_hit_rate > 0.85, "{}", stats.prefix_hit_rate);
}

#[test]
fn what_the_budget_left_unjudged_is_not_rejected_and_is_judged_later() {
    let folder = stage();
    let runtime = runtime();
    let stub = runtime.block_on(Stub::start(Config { rates: Some((4, 5)), ..Config::default() })).unwrap();
    let address = format!("{}/v1#m", stub.url());
    let prices = format!("[models.\"{address}\"]\ninput = 1\noutput = 2.5\n");
    fs::write(folder.path().join("prices.toml"), prices).unwrap();
    let run = |budget: &str| {
        let run =
            format!("judge run --model {address} --prices prices.toml --concurrency 1 --out judged --json");
        goalconvo(folder.path(), &format!("{run} --budget {budget}"))
    };
    let of = |name: &str| {
        fs::read_to_string(folder.path().join("judged").join(name)).map_or(0, |text| text.lines().count())
    };
    let ran = run("0.1usd");
    let found = report(&ran.out);
    let count = |field: &str| found[field].as_u64().unwrap();
    let (judged, left) = (count("judged"), count("incomplete"));
    assert!(ran.code == Some(5) && judged > 0 && left > 0 && judged + left == 6, "{found} {}", ran.err);
    assert_eq!((count("accepted"), count("rejected")), (judged, 0));
    assert_eq!(
        (of("dialogues.jsonl") as u64, of("rejects.jsonl"), of("unjudged.jsonl") as u64),
        (judged, 0, left)
    );
    let ran = run("10usd");
    let found = report(&ran.out);
    assert_eq!((ran.code, &found["judged"], &found["incomplete"]), (Some(0), &6.into(), &0.into()));
    assert_eq!((of("dialogues.jsonl"), of("unjudged.jsonl")), (6, 0));
    assert!(!folder.path().join("judged/unjudged.jsonl").exists());
}

#[test]
fn a_provider_that_fails_is_said_and_no_mark() {
    let folder = stage();
    let runtime = runtime();
    let faults = [(Fault::BadKey, 1.0)].into_iter().collect();
    let stub = runtime.block_on(Stub::start(Config { faults, ..Config::default() })).unwrap();
    let ran = goalconvo(folder.path(), &format!("judge run --model {}/v1#m --out judged --json", stub.url()));
    let found = report(&ran.out);
    assert_eq!(
        (ran.code, &found["accepted"], &found["incomplete"]),
        (Some(4), &0.into(), &6.into()),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("6 records were not judged in full: the judge \"coherence\": "), "{}", ran.err);
    assert!(ran.err.contains("does not accept the key"), "{}", ran.err);
    let ran = goalconvo(folder.path(), &format!("judge run --model {}/v1#m", stub.url()));
    assert_eq!((ran.out + &ran.err).matches("does not accept the key").count(), 1, "said once");
}

/// A folder with a run of six good dialogues, many times over.
fn long() -> tempfile::TempDir {
    let folder = stage();
    let run = fs::read_to_string(folder.path().join("run/dialogues.jsonl")).unwrap();
    fs::write(folder.path().join("long.jsonl"), run.repeat(20)).unwrap();
    folder
}

#[test]
fn a_judge_that_is_not_there_or_answers_garbage_for_ever_stops_the_judging() {
    let (folder, runtime) = (long(), runtime());
    let gone = [(Fault::ServerError, 1.0)].into_iter().collect();
    let garbage = [(Fault::WrongSchema, 1.0)].into_iter().collect();
    for (faults, says) in [
        (gone, "has not answered one call"),
        (garbage, "gave no usable reply"),
        (BTreeMap::new(), "none of its ratings quotes the record"),
    ] {
        let stub = runtime.block_on(Stub::start(Config { faults, ..Config::default() })).unwrap();
        let ran = goalconvo(folder.path(), &format!("judge long.jsonl --model {}/v1#m --json", stub.url()));
        let found = report(&ran.out);
        assert_eq!(ran.code, Some(4), "{}", ran.err);
        assert!(found["judged"].as_u64().unwrap() < 120, "the rest was not tried: {found}");
        assert!(ran.err.contains("no more were tried") && ran.err.contains(says), "{}", ran.err);
    }
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test is about how long it takes")]
fn a_judging_ends_when_it_is_told_to_and_keeps_what_was_judged() {
    let (folder, runtime) = (long(), runtime());
    let stub =
        runtime.block_on(Stub::start(Config { delay_ms: 100.0, rates: Some((4, 5)), ..Config::default() }));
    let stub = stub.unwrap();
    let run = format!("judge long.jsonl --model {}/v1#m --concurrency 1 --out judged --json", stub.url());
    let mut command = command(folder.path(), &run);
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(5));
    let told = Instant::now();
    done_by("kill", &["-TERM", &process.id().to_string()]);
    let ran = Ran::from(process.wait_with_output().unwrap());
    assert!(told.elapsed() < Duration::from_secs(3), "{:?}", told.elapsed());
    let judged = report(&ran.out)["judged"].as_u64().unwrap();
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    assert!(
        ran.err.contains(&format!("interrupted after {judged} records; judged has what was judged")),
        "{}",
        ran.err
    );
    assert!(judged > 0 && lines(&folder.path().join("judged/dialogues.jsonl")).len() as u64 == judged);
}

fn done_by(program: &str, arguments: &[&str]) {
    assert!(std::process::Command::new(program).args(arguments).status().unwrap().success());
}

#[test]
fn judges_are_measured_against_labels() {
    let folder = stage();
    let records = lines(&folder.path().join("half.jsonl"));
    let labelled: Vec<Value> = records
        .iter()
        .enumerate()
        .map(|(at, record)| json!({ "dialogue": record, "labels": { "facts": at % 2 == 1, "gate": at % 2 == 1, "length": at != 0 } }))
        .collect();
    write(&folder.path().join("labelled.jsonl"), &labelled);
    let found = report(&done(folder.path(), "judge --calibrate labelled.jsonl --json"));
    let of = |name: &str| {
        found["calibrated"].as_array().unwrap().iter().find(|judge| judge["judge"] == name).unwrap().clone()
    };
    let (facts, length) = (of("facts"), of("length"));
    assert_eq!((&facts["n"], &facts["faulty"]), (&6.into(), &3.into()));
    assert_eq!(
        (facts["precision"]["value"].as_f64(), facts["recall"]["value"].as_f64()),
        (Some(1.0), Some(1.0))
    );
    assert!(facts["recall"]["interval"][0].as_f64().unwrap() < 0.5, "three are few");
    assert_eq!((length["precision"].is_null(), length["recall"]["value"].as_f64()), (true, Some(0.0)));
    write(
        &folder.path().join("odd.jsonl"),
        &[json!({ "dialogue": records[0], "labels": { "charm": true } })],
    );
    for labelled in [vec![], vec![json!({ "dialogue": records[0], "labels": {} })]] {
        write(&folder.path().join("bare.jsonl"), &labelled);
        let ran = goalconvo(folder.path(), "judge --calibrate bare.jsonl");
        assert!(ran.code == Some(3) && ran.err.contains("nothing to compare judges with"), "{}", ran.err);
    }
    let ran = goalconvo(folder.path(), "judge --calibrate odd.jsonl");
    assert!(
        ran.code == Some(3) && ran.err.contains("odd.jsonl line 1: a label for \"charm\""),
        "{}",
        ran.err
    );
}

#[test]
fn a_gate_says_what_is_wrong_with_it() {
    let folder = stage();
    for (gate, says) in [
        ("must = [\"lenght\"]", "gate.toml: \"lenght\" is no judge; expected one of facts"),
        ("must = [\"length\"]\n[length]\nfewest = 100\nmost = 2", "gate.toml: [length] found fewest = 100"),
        ("must = [\"coherence\"]\n[coherence]\nleast = 9", "gate.toml: [coherence] found least = 9"),
        (
            "must = [\"facts\"]\n[coherence]\nleast = 3",
            "gate.toml: [coherence] found limits of a judge that is not",
        ),
        ("report = [\"length\"]", "no judge of the gate must pass"),
        ("any = [\"length\"]", "unknown field `any`"),
        ("must = [\"length\"]\n[length]\nfewest = \"two\"", "gate.toml"),
    ] {
        fs::write(folder.path().join("gate.toml"), gate).unwrap();
        let ran = goalconvo(folder.path(), "judge run --gate gate.toml");
        assert!(ran.code == Some(3) && ran.err.contains(says), "{gate}: {}", ran.err);
    }
    fs::write(folder.path().join("gate.toml"), "must = [\"coherence\"]").unwrap();
    let ran = goalconvo(folder.path(), "judge run --gate gate.toml");
    let says = "it asks a model and none was given; name one with --model";
    assert!(ran.code == Some(2) && ran.err.contains(says), "{}", ran.err);
    fs::write(
        folder.path().join("gate.toml"),
        "must = [\"facts\"]\nreport = [\"length\"]\n[length]\nfewest = 90",
    )
    .unwrap();
    let found = report(&done(folder.path(), "judge run --gate gate.toml --json"));
    assert_eq!((&found["accepted"], &found["judges"][1]["failed"]), (&6.into(), &6.into()));
}

/// Makes a worthless record of a good one.
type Spoil = fn(&mut Value);

/// Changes what is said, utterance by utterance.
fn say(record: &mut Value, mut change: impl FnMut(usize, &str) -> String) {
    for (at, turn) in record["turns"].as_array_mut().unwrap().iter_mut().enumerate() {
        if let Some(text) = turn["text"].as_str().filter(|text| !text.is_empty()) {
            turn["text"] = change(at, text).into();
        }
    }
}

#[test]
fn whole_runs_that_are_worthless_are_rejected_in_full() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 20 --seed 7 --domain mock,hotel --out run");
    let good = lines(&folder.path().join("run/dialogues.jsonl"));
    assert_eq!(good.len(), 20);
    let spoils: [(&str, Spoil); 7] = [
        ("garbage", |record| {
            say(record, |at, text| "#§%&/()=?".chars().cycle().skip(at).take(text.len()).collect());
        }),
        ("word salad", |record| {
            say(record, |_, text| {
                text.split(' ').rev().collect::<Vec<_>>().join(" ") + " colourless seven ideas"
            });
        }),
        ("empty", |record| record["turns"] = json!([])),
        ("silent", |record| say(record, |_, _| String::new())),
        ("shuffled turns", |record| record["turns"].as_array_mut().unwrap().reverse()),
        ("polite but useless", |record| {
            say(record, |_, _| "Thank you so much, that is really kind of you!".to_owned());
        }),
        ("all failed", |record| {
            record["outcome"]["ending"] = "failed".into();
            record["outcome"]["success"] = false.into();
        }),
    ];
    for (name, spoil) in spoils {
        let mut records = good.clone();
        records.iter_mut().for_each(spoil);
        write(&folder.path().join("spoilt.jsonl"), &records);
        let ran = goalconvo(folder.path(), "judge spoilt.jsonl --json");
        let found = report(&ran.out);
        assert_eq!(
            (ran.code, &found["judged"], &found["accepted"], &found["rejected"]),
            (Some(6), &20.into(), &0.into(), &20.into()),
            "{name}: {}",
            ran.err
        );
    }
}
