//! `evaluate --encoder` with real weights, from the command line to the figures.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::hub_server::{COMMIT, Fault, HubServer};
use crate::program::{command, done, goalconvo};

/// The folder of all-MiniLM-L6-v2, from `GOALCONVO_MINILM`.
fn minilm() -> Option<PathBuf> {
    let folder = std::env::var_os("GOALCONVO_MINILM").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        let why =
            "skipped: GOALCONVO_MINILM names no folder with all-MiniLM-L6-v2 (.ci/fetch-minilm fetches one)";
        let written = writeln!(std::io::stderr(), "{why}");
        drop(written);
    }
    folder.map(PathBuf::from)
}

/// Dialogues about rooms and trains, the same for the same seed.
fn corpus(folder: &Path, name: &str, seed: usize) {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let asks =
        ["a cheap room in the north", "a train to Ely", "a table for two", "the opening hours of the museum"];
    let line = |at: usize| {
        let (ask, day) = (asks[(at + seed) % asks.len()], days[(at * 3 + seed) % days.len()]);
        let turns = [
            format!("I need {ask} on {day}."),
            format!("For {day} there are {} that fit. Shall I book number {at}?", at + seed + 2),
            "Yes, please, that would be great.".to_owned(),
            format!("Done, your reference is X{at}Y{seed}. Anything else?"),
        ];
        let said = turns.iter().enumerate().map(
            |(turn, text)| serde_json::json!({"role": if turn % 2 == 0 { "user" } else { "assistant" }, "content": text}),
        );
        serde_json::json!({"messages": said.collect::<Vec<_>>()}).to_string() + "\n"
    };
    std::fs::write(folder.join(name), (0..60).map(line).collect::<String>()).unwrap();
}

fn metrics(folder: &Path, arguments: &str) -> Value {
    done(folder, &format!("evaluate {arguments} --json report.json"));
    let report = std::fs::read_to_string(folder.join("report.json")).unwrap();
    serde_json::from_str::<Value>(&report).unwrap()["metrics"].take()
}

const ENCODED: [&str; 12] = [
    "bertscore_precision",
    "bertscore_recall",
    "bertscore_f1",
    "frechet_distance",
    "embedding_precision",
    "embedding_recall",
    "embedding_density",
    "embedding_coverage",
    "embedding_near_copies",
    "mauve",
    "vendi",
    "vendi_reference",
];

#[test]
fn real_weights_give_every_figure_that_needs_an_encoder() {
    let Some(weights) = minilm() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    corpus(folder, "data.jsonl", 0);
    corpus(folder, "real.jsonl", 5);
    let with = format!("--against real.jsonl --encoder {}", weights.display());
    let value = |metrics: &Value, name: &str| metrics[name]["value"].as_f64();

    let last = metrics(folder, &format!("data.jsonl {with}"));
    for name in ENCODED {
        assert!(value(&last, name).is_some(), "{name}: {}", last[name]);
        assert!(last[name]["config"]["encoder_hash"].is_string(), "{name}: {}", last[name]);
    }
    let itself = metrics(folder, &format!("real.jsonl {with}"));
    for (name, expect) in
        [("bertscore_f1", 1.0), ("embedding_near_copies", 1.0), ("mauve", 1.0), ("frechet_distance", 0.0)]
    {
        let found = value(&itself, name).unwrap();
        assert!((found - expect).abs() < 1e-3, "{name} of a copy: {found}, expected {expect}");
    }
    // Layer, weights and baseline each change the score, and say so.
    let f1 = |flags: &str, key: &str| {
        let metrics = metrics(folder, &format!("data.jsonl {with} {flags}"));
        println!("{flags}: {}", metrics["bertscore_f1"]);
        (value(&metrics, "bertscore_f1").unwrap(), metrics["bertscore_f1"]["config"][key].clone())
    };
    let plain = value(&last, "bertscore_f1").unwrap();
    let (layer, config) = f1("--layer 3", "layer");
    assert!((layer - plain).abs() > 1e-3 && config == 3, "layer 3: {layer}, {config}");
    let (idf, config) = f1("--idf", "idf");
    assert!((idf - plain).abs() > 1e-4 && config == true, "idf: {idf}, {config}");
    let (rescaled, _) = f1("--baseline 0.5,0.5,0.5", "baseline");
    assert!((rescaled - (plain - 0.5) / 0.5).abs() < 1e-6, "rescaled: {rescaled} of {plain}");
    let (above_strangers, config) = f1("--baseline reference", "baseline");
    let base = config[2].as_f64().unwrap();
    assert!(
        (above_strangers - (plain - base) / (1.0 - base)).abs() < 1e-6 && base > 0.0,
        "{above_strangers}, {base}"
    );

    let alone = metrics(folder, &format!("data.jsonl --encoder {}", weights.display()));
    assert!(value(&alone, "vendi").unwrap() > 1.0);
    assert_eq!(alone["bertscore_f1"]["reason"], "there is no reference to hold it against");
}

#[test]
fn an_encoder_by_name_gives_the_figures_of_its_folder() {
    let Some(weights) = minilm() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    corpus(folder, "data.jsonl", 0);
    let server = HubServer::of(&weights, Fault::None);
    let ran = command(folder, "evaluate data.jsonl --encoder hub:owner/name --json named.json")
        .env("HF_ENDPOINT", &server.endpoint)
        .env("HF_HUB_CACHE", folder.join("cache"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let asked = server.asked();
    assert!(asked.iter().any(|line| line.contains("1_Pooling/config.json")), "{asked:?}");
    let named = std::fs::read_to_string(folder.join("named.json")).unwrap();
    let mut named: Value = serde_json::from_str(&named).unwrap();
    assert_eq!(named["about"]["encoder"], "hub:owner/name");
    let mut given = metrics(folder, &format!("data.jsonl --encoder {}", weights.display()));
    let (named, given) = (named["metrics"]["vendi"].take(), given["vendi"].take());
    assert_eq!(named["value"], given["value"]);
    assert_eq!(named["config"]["encoder"], format!("owner/name@{COMMIT}"));
    assert_eq!(named["config"]["encoder_hash"], given["config"]["encoder_hash"]);
}

#[test]
fn kept_vectors_and_small_integers_are_what_they_say() {
    let Some(weights) = minilm() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    corpus(folder, "data.jsonl", 0);
    corpus(folder, "real.jsonl", 5);
    let with = format!("data.jsonl --against real.jsonl --encoder {}", weights.display());
    let f1 = |flags: &str| metrics(folder, &format!("{with} {flags}"))["bertscore_f1"].take();
    let plain = f1("");
    assert_eq!(f1("--vectors kept"), plain, "while they are computed and kept");
    let size = || {
        std::fs::read_dir(folder.join("kept")).unwrap().map(|file| file.unwrap().metadata().unwrap().len())
    };
    let kept: u64 = size().sum();
    assert_eq!(f1("--vectors kept"), plain, "from what was kept");
    assert_eq!(size().sum::<u64>(), kept, "nothing is kept twice");

    let metrics = metrics(folder, &format!("{with} --precision int8 --vectors kept"));
    let (rounded, worst) = (&metrics["bertscore_f1"], &metrics["bertscore_worst_rounding"]);
    assert!(worst["value"].as_f64().is_some_and(|off| off > 0.0 && off < 0.1) && worst["n"] == 60, "{worst}");
    let off = rounded["value"].as_f64().unwrap() - plain["value"].as_f64().unwrap();
    assert!(off != 0.0 && off.abs() < 0.02, "int8 is off by {off}");
    assert!(rounded["config"]["encoder"].as_str().unwrap().ends_with("(int8)"), "{rounded}");
    assert_ne!(rounded["config"]["encoder_hash"], plain["config"]["encoder_hash"]);
}

#[test]
fn what_an_encoder_can_not_do_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    corpus(folder, "data.jsonl", 0);
    let check = |arguments: &str, code: i32, words: &[&str]| {
        let ran = goalconvo(folder, &format!("evaluate data.jsonl {arguments}"));
        assert_eq!(ran.code, Some(code), "{arguments}: {}", ran.err);
        words.iter().for_each(|word| assert!(ran.err.contains(word), "{arguments}: {}", ran.err));
    };
    check("--against data.jsonl --encoder nowhere", 3, &["nowhere/config.json"]);
    check("--against data.jsonl --encoder data.jsonl", 3, &["data.jsonl"]);
    check("--encoder hub:../etc/passwd", 2, &["owner/name@revision"]);
    check("--encoder nowhere --device gpu", 2, &["cuda:NUMBER"]);
    check("--vectors kept", 2, &["--encoder"]);
    check("--encoder nowhere --layer 2", 2, &["--against"]);
    check("--against data.jsonl --encoder nowhere --baseline 0.3", 2, &["three numbers below 1"]);
    check("--against data.jsonl --encoder nowhere --baseline 1,1,1", 2, &["three numbers below 1"]);
    let Some(weights) = minilm() else { return };
    check(
        &format!("--against data.jsonl --encoder {} --layer 99", weights.display()),
        3,
        &["layer 99", "0 (embeddings) to 6"],
    );
}
