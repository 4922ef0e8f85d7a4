//! What `verify` finds out about a run as a whole, and how it takes what can't be read.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::program::{Ran, command, copy, done, goalconvo};

const RUN: &str = "generate -n 6 --seed 7 --domain mock --out run";

/// What is done to the lines of a finished run of six.
type Change = fn(&mut Vec<String>, &Path);

/// Name, change, exit code, checked and failed records, a part of what it says.
const CHANGES: &[(&str, Change, i32, [u64; 2], &str)] = &[
    ("a lost line", |lines, _| drop(lines.remove(4)), 6, [6, 1], "the record of index 4 is missing"),
    ("a lost last line", |lines, _| drop(lines.pop()), 6, [6, 1], "the record of index 5 is missing"),
    ("two swapped lines", |lines, _| lines.swap(2, 3), 6, [6, 1], "index 2 after 3"),
    (
        "one too many",
        |lines, folder| lines.push(line(folder, "more", 6)),
        6,
        [7, 1],
        "index 6 in a run of the indexes",
    ),
    (
        "a foreign record",
        |lines, folder| lines[3] = line(folder, "other", 3),
        6,
        [6, 1],
        "seed 3 in a run of seed 7",
    ),
    (
        "a line twice",
        |lines, _| lines.insert(3, lines[2].clone()),
        6,
        [7, 1],
        "an earlier record has index 2",
    ),
    (
        "another id",
        |lines, _| lines[3] = lines[3].replacen("\"id\":\"000003\"", "\"id\":\"000009\"", 1),
        6,
        [6, 1],
        "expected the id 000003",
    ),
    (
        "null for an ending",
        |lines, _| lines[3] = lines[3].replacen("\"ending\":\"satisfied\"", "\"ending\":null", 1),
        6,
        [6, 1],
        "/outcome/ending",
    ),
    (
        "two broken lines",
        |lines, _| lines[1..3].iter_mut().for_each(|line| line.truncate(40)),
        3,
        [6, 2],
        "line 2 column 40: broken JSON, it ends in the middle; expected one whole JSON object a line; 2 lines of it \
         can't be read; restore the file, or make the run again in another folder",
    ),
];

fn line(folder: &Path, run: &str, at: usize) -> String {
    let text = fs::read_to_string(folder.join(run).join("dialogues.jsonl")).unwrap();
    text.lines().nth(at).unwrap().to_owned()
}

#[test]
fn a_run_that_is_not_what_it_was_fails_by_record() {
    let good = tempfile::tempdir().unwrap();
    done(good.path(), RUN);
    done(good.path(), "generate -n 7 --seed 7 --domain mock --out more");
    done(good.path(), "generate -n 6 --seed 3 --domain mock --out other");
    for (name, change, code, [checked, failed], says) in CHANGES {
        let folder = tempfile::tempdir().unwrap();
        copy(good.path(), folder.path());
        let file = folder.path().join("run/dialogues.jsonl");
        let mut lines: Vec<String> = fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
        let before = lines.clone();
        change(&mut lines, folder.path());
        assert_ne!(lines, before, "{name}");
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        let ran = goalconvo(folder.path(), "verify run --json");
        assert_eq!(ran.code, Some(*code), "{name}: {}{}", ran.out, ran.err);
        let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(
            (&found["checked"], &found["failed"]),
            (&(*checked).into(), &(*failed).into()),
            "{name}: {found}"
        );
        assert!(ran.out.contains(says) || ran.err.contains(says), "{name}: {}{}", ran.out, ran.err);
        assert!(!ran.err.contains("not finished"), "{name}: {}", ran.err);
        // Nothing can be continued truly after it, and nothing is touched.
        let again = goalconvo(folder.path(), RUN);
        assert!(*name == "a lost last line" || again.code == Some(3), "{name}: {}", again.err);
    }
}

#[test]
fn a_lost_line_is_named_by_generate_and_a_lost_end_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), RUN);
    let file = folder.path().join("run/dialogues.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.split_inclusive('\n').take(4).collect::<String>()).unwrap();
    done(folder.path(), RUN);
    assert_eq!(fs::read_to_string(&file).unwrap(), whole);
    let lost: String =
        whole.split_inclusive('\n').enumerate().filter(|(at, _)| *at != 4).map(|(_, line)| line).collect();
    fs::write(&file, &lost).unwrap();
    let ran = goalconvo(folder.path(), RUN);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(
        ran.err.contains("line 5 has index 5 where 4 was due") && ran.err.contains("restore it"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), lost);
}

#[test]
fn a_run_cut_off_is_not_finished_however_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), RUN);
    let file = folder.path().join("run/dialogues.jsonl");
    let whole = fs::read(&file).unwrap();
    fs::remove_file(folder.path().join("run/report.json")).unwrap();
    let ends: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    for (name, bytes, says) in [
        (
            "killed between records",
            ends[2] + 1,
            "3 of 6 dialogues are there; the command that made them continues",
        ),
        (
            "a full disk",
            ends[2] + 50,
            "3 of 6 dialogues are there, the last line is cut in the middle; the command",
        ),
    ] {
        fs::write(&file, &whole[..bytes]).unwrap();
        let ran = goalconvo(folder.path(), "verify run");
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.err);
        assert!(ran.err.contains("the run is not finished") && ran.err.contains(says), "{name}: {}", ran.err);
        assert!(ran.out.contains("3 checked, 3 passed, 0 failed"), "{name}: {}", ran.out);
    }
}

#[test]
fn half_a_line_after_the_end_of_a_run_is_data_that_nobody_checked() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), RUN);
    let (file, report) = (folder.path().join("run/dialogues.jsonl"), folder.path().join("run/report.json"));
    let whole = fs::read_to_string(&file).unwrap();
    let appended = format!("{whole}{}", &whole[..40]);
    let lost_its_end = whole[..whole.len() - 40].to_owned();
    // With its report, and without it as a run that was killed before it could write one.
    for has_report in [true, false] {
        for (name, text, failed) in [("appended", &appended, 1), ("cut", &lost_its_end, 1)] {
            if !has_report && name == "cut" {
                continue;
            }
            fs::write(&file, text).unwrap();
            let ran = goalconvo(folder.path(), "verify run");
            assert_eq!(ran.code, Some(3), "{name}: {}{}", ran.out, ran.err);
            assert!(ran.out.contains(&format!("{failed} failed")), "{name}: {}", ran.out);
            assert!(
                ran.err.contains("it ends in the middle; expected one whole JSON object a line"),
                "{}",
                ran.err
            );
        }
        fs::remove_file(&report).unwrap_or_default();
    }
}

#[test]
fn what_verify_prints_has_all_that_its_schema_requires() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), RUN);
    let schema: serde_json::Value = serde_json::from_str(&done(folder.path(), "schema checked")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&done(folder.path(), "verify run --json")).unwrap();
    let required = schema["required"].as_array().unwrap();
    assert!(required.len() >= 4);
    required.iter().for_each(|name| assert!(found.get(name.as_str().unwrap()).is_some(), "{name}: {found}"));
    let known = schema["properties"].as_object().unwrap();
    found.as_object().unwrap().keys().for_each(|name| assert!(known.contains_key(name), "{name}"));
}

#[test]
fn standard_input_is_a_dataset_too() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), RUN);
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(fs::read(folder.path().join("run/dialogues.jsonl")).unwrap());
    let mut child =
        command(folder.path(), "verify -").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "6 checked, 6 passed, 0 failed\n"));
}
