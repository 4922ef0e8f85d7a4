//! What models invent or write, from the command line: it is in the record, or among the rejects with its reason.

use std::path::Path;

use goalconvo_stub::Config;

use crate::models::{Served, dialogues, serve};
use crate::program::{Ran, done, goalconvo};

fn run(served: &Served, role: &str, more: &str) -> String {
    let url = served.stub.url();
    format!("generate -n 6 --seed 5 --domain restaurant --judge none --{role} {url}/v1#m {more} --out")
}

/// Who rejected what an index brought.
fn judges(folder: &Path, run: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(run).join("rejects.jsonl")).unwrap();
    let judge = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut verdicts = record["verdicts"].as_array().unwrap().iter();
        let verdict = verdicts.find(|verdict| verdict["finding"] != "passed").unwrap();
        assert!(verdict["reasons"][0]["what"].is_string(), "{record}");
        verdict["judge"].as_str().unwrap().to_owned()
    };
    text.lines().map(judge).collect()
}

#[test]
fn an_invented_person_is_in_the_record() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for at_once in [1, 8] {
        done(
            folder,
            &format!("{} run{at_once}", run(&served, "author", &format!("--concurrency {at_once}"))),
        );
    }
    for record in dialogues(folder, "run1") {
        let scenario = record.scenario.unwrap();
        assert!(scenario.experience.is_some() && !scenario.user.name.is_empty());
        assert_eq!(scenario.authors["experience"], "model:m-stub");
    }
    done(folder, "verify run1");
    let [one, many] =
        ["run1", "run8"].map(|run| std::fs::read(folder.join(run).join("dialogues.jsonl")).unwrap());
    assert!(one == many);
}

#[test]
fn what_cannot_be_used_is_rejected_with_its_reason() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    for (role, more, judge, name) in
        [("author", "--goals model", "author", "goals"), ("writer", "", "writer", "written")]
    {
        let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{} {name}", run(&served, role, more)));
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains(&format!("24 candidates rejected ({judge} ")), "{err}");
        let found = judges(folder.path(), name);
        // A script of two lines can be played by chance; then it breaks the facts, or ends too early.
        assert_eq!(found.len(), 24);
        assert!(found.iter().filter(|found| *found == judge).count() >= 16, "{found:?}");
    }
}

#[test]
fn each_invented_person_has_a_combination_of_its_own() {
    let served = serve(Config::default());
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("people.toml");
    std::fs::write(&library, "[attributes]\njob = { choice = [\"baker\", \"driver\"] }\n").unwrap();
    let few = run(&served, "author", "--people people.toml");
    let Ran { code, err, .. } = goalconvo(folder.path(), &format!("{few} few"));
    assert!(code == Some(3) && err.contains("no new combination for number 3 of 6"), "{err}");
    std::fs::write(&library, "[attributes]\nage = { range = [18, 80] }\n").unwrap();
    done(folder.path(), &format!("{few} run"));
    let config = std::fs::read_to_string(folder.path().join("run/run.toml")).unwrap();
    assert!(config.contains("library = "), "{config}");
}

#[test]
fn what_the_authors_options_lack_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let check = |arguments: &str, fragment: &str| {
        let Ran { code, err, .. } =
            goalconvo(folder.path(), &format!("generate -n 1 --domain mock {arguments}"));
        assert_eq!(code, Some(2), "{arguments}: {err}");
        assert!(err.contains(fragment), "{arguments}: {err}");
    };
    check("--goals model", "expected --author or --model beside it");
    check("--people people.toml", "expected --author beside it");
    check(
        "--goals model --model ollama:m --classes policy_refusal",
        "none of the classes that a model writes",
    );
    check("--writer ollama:m --user guided", "cannot be used with");
    check("--author gpt", "names no provider");
    check(
        "--persona a.toml --persona b.toml --model ollama:m --writer ollama:m",
        "two personas talk without a world",
    );
}

#[test]
fn a_plan_counts_what_authors_and_writers_would_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there: a plan asks nothing.
    let model = |name: &str| format!("http://127.0.0.1:9/v1#{name}");
    let run = format!(
        "plan -n 20 --sample 5 --seed 5 --domain mock --goals model --author {} --writer {} --judge none --json",
        model("author"),
        model("writer")
    );
    let planned: serde_json::Value = serde_json::from_str(&done(folder.path(), &run)).unwrap();
    let rows = planned["calls"].as_array().unwrap();
    let row = |role: &str| {
        rows.iter().find(|row| row["role"] == role).unwrap_or_else(|| panic!("{role}: {rows:?}"))
    };
    // A goal and a person for each, and one script.
    for (role, calls) in [("author", 40), ("writer", 20)] {
        let row = row(role);
        assert_eq!((&row["calls"], &row["model"]), (&calls.into(), &model(role).into()), "{row}");
        let tokens = |of: &str| row[of].as_u64().unwrap() / calls;
        assert!(tokens("prompt_tokens") > 100 && tokens("completion_tokens") > 40, "{row}");
    }
    assert!(rows.iter().all(|row| row["role"] != "user" && row["role"] != "assistant"), "{rows:?}");
}
