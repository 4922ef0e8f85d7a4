//! `goalconvo datasets`: a run is kept, named, compared and dropped.

use serde_json::Value;

use crate::program::{done, goalconvo};

#[test]
fn a_run_is_kept_named_compared_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &str| done(folder.path(), arguments);
    run("generate -n 4 --seed 7 --domain mock --out one");
    run("generate -n 6 --seed 7 --domain mock --out two");
    let kept = |text: &str| -> Value { serde_json::from_str::<Value>(text).unwrap()[0].clone() };
    let one = kept(&run("datasets snapshot one --tag small --note first --json"));
    let two = kept(&run("datasets snapshot two --json"));
    assert_eq!((&one["manifest"]["dialogues"], &one["tags"][0]), (&4.into(), &"small".into()));
    assert_eq!(one["manifest"]["made"]["run"]["config"]["seed"], 7);
    assert_eq!(kept(&run("datasets snapshot one --json")), one, "the same records");
    let id = two["manifest"]["id"].as_str().unwrap();
    let found: Value = serde_json::from_str(&run(&format!("datasets diff small {id} --json"))).unwrap();
    assert_eq!((&found["same"], found["added"].as_array().unwrap().len()), (&4.into(), 2));
    assert!(run(&format!("datasets diff small {id}")).contains("2 added: 000004, 000005"));
    // What is kept is a dataset like any other.
    done(folder.path(), &format!("verify {}", one["file"].as_str().unwrap()));
    std::fs::remove_dir_all(folder.path().join("one")).unwrap();
    assert_eq!(run("datasets list").matches("dialogues").count(), 2);
    for (arguments, says) in [
        ("datasets drop small", "has the tag \"small\"; take that away first"),
        ("datasets tag ../up small", "expected at most 64 small letters"),
        ("datasets diff small nothing", "no snapshot has the tag or id \"nothing\""),
    ] {
        let ran = goalconvo(folder.path(), arguments);
        assert!(ran.code == Some(3) && ran.err.contains(says), "{arguments}: {}", ran.err);
    }
    // A file that is cut is marked, and made whole by the next snapshot.
    let (id, file) = (one["manifest"]["id"].as_str().unwrap(), one["file"].as_str().unwrap());
    let place = folder.path().join(file);
    let whole = std::fs::read(&place).unwrap();
    std::fs::write(&place, &whole[..100]).unwrap();
    let ran = goalconvo(folder.path(), "datasets list");
    assert!(ran.code == Some(6) && ran.out.contains("(damaged: its file has 100 bytes"), "{}", ran.out);
    assert!(ran.err.contains(&format!("of 2 snapshots 1 are damaged: {id}")), "{}", ran.err);
    run("generate -n 4 --seed 7 --domain mock --out one");
    assert!(run("datasets snapshot one").contains("4 dialogues"));
    assert!(std::fs::read(&place).unwrap() == whole);
    assert!(!run("datasets list").contains("damaged"));
    run("datasets tag small --remove");
    run(&format!("datasets drop {}", one["manifest"]["id"].as_str().unwrap()));
    assert!(!folder.path().join(one["file"].as_str().unwrap()).exists());
}

#[test]
fn a_snapshot_of_an_unfinished_run_says_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 4 --seed 7 --domain mock --out run");
    assert_eq!(goalconvo(folder.path(), "datasets snapshot run").err, "");
    std::fs::remove_file(folder.path().join("run/report.json")).unwrap();
    let file = folder.path().join("run/dialogues.jsonl");
    let records = std::fs::read_to_string(&file).unwrap();
    let three: String = records.lines().take(3).map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, three).unwrap();
    let ran = goalconvo(folder.path(), "datasets snapshot run");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("the run is not finished, 3 of 4 dialogues are there"), "{}", ran.err);
}
