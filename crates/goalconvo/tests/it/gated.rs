//! The gate while dialogues are made: who rejects, what becomes of a reject, what a judge that can't be asked means.

use std::path::Path;
use std::time::{Duration, Instant};

use goalconvo_core::{Dialogue, Finding};
use goalconvo_stub::{Config, Fault};

use crate::models::{Served, dialogues, kill, serve};
use crate::program::{Ran, done, goalconvo};

/// A stub that rates records with marks from the first to the second.
fn judge(low: u64, high: u64) -> Served {
    serve(Config { rates: Some((low, high)), ..Config::default() })
}

fn by(judge: &Served, more: &str) -> String {
    format!("--judge {}/v1#j {more}", judge.stub.url())
}

fn rejects(folder: &Path, run: &str) -> Vec<Dialogue> {
    let text = std::fs::read_to_string(folder.join(run).join("rejects.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn bytes(folder: &Path, run: &str) -> [Vec<u8>; 2] {
    ["dialogues.jsonl", "rejects.jsonl"].map(|name| std::fs::read(folder.join(run).join(name)).unwrap())
}

/// One sample of one rubric: enough to see who decides.
const GATE: &str = "must = [\"facts\", \"length\", \"coherence\"]\n[coherence]\nsamples = 1\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gate.toml"), GATE).unwrap();
    folder
}

#[test]
fn who_passes_carries_every_judges_verdict() {
    let (user, judge, folder) = (serve(Config::default()), judge(4, 5), folder());
    let run = user.generate(6, &by(&judge, ""));
    let out = done(folder.path(), &format!("{run} run"));
    assert!(out.contains("judge"), "{out}");
    for record in dialogues(folder.path(), "run") {
        let names: Vec<&str> = record.verdicts.iter().map(|verdict| verdict.judge.as_str()).collect();
        assert!(
            names.starts_with(&["facts", "outcome", "length"]) && names.contains(&"coherence"),
            "{names:?}"
        );
        assert!(record.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed));
        let coherence = record.verdicts.iter().find(|verdict| verdict.judge == "coherence").unwrap();
        assert!(coherence.scores["coherence"] >= 4.0 && coherence.prompt.is_some());
    }
    done(folder.path(), "verify run");
}

#[test]
fn one_judge_that_rejects_is_enough() {
    let (user, judge, folder) = (serve(Config::default()), judge(1, 2), folder());
    let run = user.generate(5, &by(&judge, "--gate gate.toml --attempts 3"));
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} run"));
    assert_eq!(code, Some(6), "{err}");
    assert!(
        err.contains("no candidate passed for index 0, 1, 2, 3, 4") && err.contains("rejects.jsonl"),
        "{err}"
    );
    assert!(dialogues(folder.path(), "run").is_empty());
    let rejects = rejects(folder.path(), "run");
    assert_eq!(rejects.len(), 15, "three scenarios for each index, and no more");
    for (at, reject) in rejects.iter().enumerate() {
        assert_eq!(reject.id, format!("{:06}.{}", at / 3, at % 3 + 1));
        let last = reject.verdicts.last().unwrap();
        assert_eq!((last.judge.as_str(), last.finding), ("coherence", Finding::Failed));
        assert!(last.reasons[0].at.starts_with("/turns/0"), "{:?}", last.reasons);
    }
}

#[test]
fn what_never_passes_is_not_paid_for_to_the_end() {
    let (user, judge, folder) = (serve(Config::default()), judge(1, 2), folder());
    let run = user.generate(60, &by(&judge, "--gate gate.toml --attempts 1 --concurrency 2"));
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} run"));
    assert_eq!(code, Some(6), "{err}");
    assert!(err.contains("no more were tried after so many in a row of which no candidate passed"), "{err}");
    let tried = rejects(folder.path(), "run").len();
    assert!(tried < 20, "{tried} candidates were paid for");
    for says in [
        "0 of 60 dialogues are written",
        &format!("({tried} in all)"),
        &format!("{} were not tried", 60 - tried),
    ] {
        assert!(err.contains(says), "{says}: {err}");
    }
    // The same command goes on from there.
    let again = goalconvo(folder.path(), &format!("{run} run"));
    assert!(again.code == Some(6) && rejects(folder.path(), "run").len() > tried, "{}", again.err);
}

#[test]
fn without_a_judge_the_gate_is_of_those_that_need_no_model() {
    let (user, folder) = (serve(Config::default()), folder());
    let run = user.generate(4, "--judge none");
    done(folder.path(), &format!("{run} run"));
    for record in dialogues(folder.path(), "run") {
        assert_eq!(record.verdicts.len(), 9, "{:?}", record.verdicts);
    }
    let report = std::fs::read_to_string(folder.path().join("run/report.json")).unwrap();
    assert!(!report.contains("\"judge\""), "{report}");
}

#[test]
fn a_judge_that_cannot_be_asked_rejects_nobody_and_passes_nobody() {
    let (user, judge, folder) = (serve(Config::default()), judge(3, 5), folder());
    let folder = folder.path();
    let run = user.generate(6, &by(&judge, "--gate gate.toml --concurrency 2"));
    done(folder, &format!("{run} good"));
    judge.stub.change(|config| config.faults = [(Fault::BadKey, 1.0)].into());
    let Ran { code, err, .. } = goalconvo(folder, &format!("{run} failed"));
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("6 dialogues failed") && err.contains("the judge \"coherence\""), "{err}");
    assert!(dialogues(folder, "failed").is_empty() && rejects(folder, "failed").is_empty());
    judge.stub.change(|config| config.faults.clear());
    let paid = user.stub.stats().answered;
    done(folder, &format!("{run} failed"));
    assert_eq!(user.stub.stats().answered, paid, "what was said was paid for again");
    assert!(bytes(folder, "good") == bytes(folder, "failed"));
}

#[test]
fn a_judge_whose_replies_are_no_ratings_is_said_and_rejects_nobody() {
    let (user, judge, folder) = (serve(Config::default()), judge(5, 5), folder());
    judge.stub.change(|config| config.faults = [(Fault::WrongSchema, 1.0)].into());
    let run = user.generate(3, &by(&judge, "--gate gate.toml --attempts 1"));
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} run"));
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("the judge \"coherence\" gave no usable reply"), "{err}");
    assert!(dialogues(folder.path(), "run").is_empty() && rejects(folder.path(), "run").is_empty());
}

#[test]
fn a_judge_that_makes_up_its_quotes_is_said_and_stops_the_run() {
    // Without marks that it is told to give, the stub quotes what nobody said.
    let (user, judge, folder) = (serve(Config::default()), serve(Config::default()), folder());
    let run = user.generate(60, &by(&judge, "--gate gate.toml --concurrency 2"));
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} run"));
    assert_eq!(code, Some(4), "{err}");
    for says in ["no more were tried", "gave no usable reply", "none of its ratings quotes the record"] {
        assert!(err.contains(says), "{says}: {err}");
    }
    assert!(dialogues(folder.path(), "run").is_empty() && rejects(folder.path(), "run").is_empty());
    assert!(judge.stub.stats().requests < 100, "{} calls", judge.stub.stats().requests);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is about how long it takes")]
fn a_judge_that_is_not_there_stops_the_run_soon() {
    let folder = folder();
    let run = "generate -n 300 --seed 1 --domain hotel --model http://127.0.0.1:9/v1#m --user builtin --assistant builtin";
    let started = Instant::now();
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{run} --concurrency 8 --out run"));
    assert_eq!(code, Some(4), "{err}");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    for says in ["no more were tried", "no connection", "http://127.0.0.1:9/v1#m", "tries them again"] {
        assert!(err.contains(says), "{says}: {err}");
    }
}

#[test]
fn what_is_rejected_is_mended_or_drawn_again_a_bounded_number_of_times() {
    let (user, judge, folder) = (serve(Config::default()), judge(1, 2), folder());
    let more = by(&judge, "--gate gate.toml --attempts 2 --repair tail --repairs 2");
    let run = user.generate(2, &more);
    assert_eq!(goalconvo(folder.path(), &format!("{run} run")).code, Some(6));
    let rejects = rejects(folder.path(), "run");
    let ids: Vec<&str> = rejects.iter().map(|reject| reject.id.as_str()).collect();
    let from: Vec<Option<&str>> =
        rejects.iter().map(|reject| reject.provenance.repaired_from.as_deref()).collect();
    assert_eq!(ids[..6], ["000000.1", "000000.2", "000000.3", "000000.4", "000000.5", "000000.6"]);
    assert_eq!(
        from[..6],
        [None, Some("000000.1"), Some("000000.2"), None, Some("000000.4"), Some("000000.5")]
    );
    assert_eq!(ids.len(), 12);
}

#[test]
fn judged_and_mended_runs_are_the_same_bytes_at_any_concurrency() {
    let (user, judge, folder) = (serve(Config::default()), judge(1, 5), folder());
    let folder = folder.path();
    let run = |at_once: u32| {
        let more = by(&judge, "--gate gate.toml --repair tail --concurrency");
        let run = user.generate(16, &format!("{more} {at_once}"));
        let Ran { code, err, .. } = goalconvo(folder, &format!("{run} run{at_once}"));
        assert!(matches!(code, Some(0 | 6)), "{err}");
        bytes(folder, &format!("run{at_once}"))
    };
    let (one, many) = (run(1), run(32));
    assert!(one == many);
    assert!(!one[0].is_empty() && !one[1].is_empty(), "some pass and some do not");
}

#[test]
fn a_judged_run_that_is_killed_has_the_same_bytes() {
    let served = serve(Config { delay_ms: 2.0, rates: Some((2, 5)), ..Config::default() });
    // Enough attempts that each index has a dialogue.
    kill(folder().path(), (5, 30), &served, &by(&served, "--attempts 24 --gate gate.toml"));
}

#[test]
fn what_the_gates_options_lack_is_said() {
    let folder = folder();
    let check = |arguments: &str, fragment: &str| {
        let Ran { code, err, .. } =
            goalconvo(folder.path(), &format!("generate -n 1 --domain mock {arguments}"));
        assert_eq!(code, Some(2), "{arguments}: {err}");
        assert!(err.contains(fragment), "{arguments}: {err}");
    };
    check("--judge gpt", "names no provider");
    check("--gate gate.toml", "name one with --judge");
    check("--repair tail", "name a --judge or a --gate");
    check("--judge none --repair turn --user-model ollama:m", "name one with --judge");
}
