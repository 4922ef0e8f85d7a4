//! A killed or interrupted run continues to the bytes that it would have had.

use std::path::Path;
use std::process::Stdio;

use goalconvo_core::{Key, Purpose};

use crate::program::{command, done};

const RUN: &str = "generate -n 250 --seed 3 --domain mock --concurrency 2 --out";

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |found| found.len())
}

#[test]
fn a_run_killed_fifty_times_has_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, &format!("{RUN} whole"));
    let whole = std::fs::read(folder.join("whole/dialogues.jsonl")).unwrap();
    let file = folder.join("killed/dialogues.jsonl");
    let mut rng = Key { seed: 50, index: 0 }.rng(0, Purpose::Probe);
    for _ in 0..50 {
        // Anywhere from before the first byte to a twelfth of the run further on.
        let target = length(&file) + rng.below(whole.len() / 12) as u64;
        let mut child = command(folder, &format!("{RUN} killed"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while length(&file) < target && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    done(folder, &format!("{RUN} killed"));
    for name in ["dialogues.jsonl", "rejects.jsonl", "report.json", "run.toml"] {
        let [killed, whole] =
            ["killed", "whole"].map(|run| std::fs::read(folder.join(run).join(name)).unwrap());
        assert!(killed == whole, "{name} differs");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let child = command(folder, "generate -n 1000000 --domain mock --out run")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while length(&folder.join("run/dialogues.jsonl")) == 0 {
        std::thread::yield_now();
    }
    let interrupted =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let ran = crate::program::Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    assert!(ran.err.contains("the same command continues from there"), "{}", ran.err);
    done(folder, "verify run");
}
