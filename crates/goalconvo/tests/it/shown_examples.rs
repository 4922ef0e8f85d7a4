//! Examples while dialogues are made: seeds first, then what rounds well before accepted, and the same bytes always.

use std::collections::BTreeSet;
use std::path::Path;

use goalconvo_stub::Config;

use crate::models::{dialogues, kill, serve};
use crate::program::{Ran, done, goalconvo};

fn bytes(folder: &Path, run: &str) -> Vec<u8> {
    std::fs::read(folder.join(run).join("dialogues.jsonl")).unwrap()
}

/// What the examples of an index must lie below, with rounds of 4, 4, 8, 16, …: rounds up to two before its own.
fn horizon(index: u64) -> u64 {
    match index {
        0..8 => 0,
        8..16 => 4,
        16..32 => 8,
        _ => 16,
    }
}

#[test]
fn the_first_prompt_has_examples_and_later_ones_those_of_earlier_rounds() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    let run = served.generate(40, "--judge none --round 4 --concurrency 16");
    done(folder.path(), &format!("{run} run"));
    let mut own = BTreeSet::new();
    for (index, record) in dialogues(folder.path(), "run").iter().enumerate() {
        let examples = &record.provenance.examples;
        assert_eq!(examples.len(), 2, "{index}: {examples:?}");
        for example in examples {
            let (source, id) = example.split_once('/').unwrap();
            let known: u64 = id.parse().unwrap();
            if source == "run" {
                assert!(known < horizon(index as u64), "{index} was shown {example}");
                own.insert(known);
            } else {
                assert_eq!(source, "seed");
            }
        }
    }
    assert!(!own.is_empty(), "what the run accepted is never shown");
    done(folder.path(), "verify run");
}

#[test]
fn rounds_change_no_byte_at_any_concurrency() {
    let served = serve(Config { delay_ms: 1.0, ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    let run = |count: u64, at_once: u32| {
        let run = served.generate(count, &format!("--round 4 --concurrency {at_once}"));
        done(folder.path(), &format!("{run} run{count}x{at_once}"));
        bytes(folder.path(), &format!("run{count}x{at_once}"))
    };
    let (one, many, fewer) = (run(40, 1), run(40, 32), run(20, 16));
    assert!(one == many);
    assert!(one.starts_with(&fewer), "a shorter run is no prefix of a longer one");
}

#[test]
fn a_killed_run_shows_the_same_examples() {
    let served = serve(Config { delay_ms: 2.0, ..Config::default() });
    kill(tempfile::tempdir().unwrap().path(), (6, 60), &served, "--round 4");
}

#[test]
fn a_part_of_a_run_has_no_rounds_of_its_own() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    let shard = |more: &str| served.generate(8, more);
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{} part", shard("--shard 0/2")));
    assert_eq!((code, err.contains("--round 0")), (Some(2), true), "{err}");
    done(folder.path(), &format!("{} whole", shard("--round 0")));
    for part in 0..2 {
        done(folder.path(), &format!("{} part{part}", shard(&format!("--round 0 --shard {part}/2"))));
    }
    // A part's configuration is the whole's, so its records are too.
    let parts = [bytes(folder.path(), "part0"), bytes(folder.path(), "part1")].concat();
    assert!(parts == bytes(folder.path(), "whole"));
}
