//! `evaluate` reads what others write, says what it could not keep, and lets people judge.

use std::path::Path;

use serde_json::Value;

use crate::program::{done, goalconvo};

fn put(folder: &Path, name: &str, content: &str) {
    std::fs::write(folder.join(name), content).unwrap();
}

fn metrics(folder: &Path, arguments: &str) -> Value {
    done(folder, &format!("evaluate {arguments} --json report.json"));
    let report = std::fs::read_to_string(folder.join("report.json")).unwrap();
    serde_json::from_str::<Value>(&report).unwrap()["metrics"].take()
}

/// A few dialogues as chat messages, one a line.
fn messages(count: usize, words: [&str; 3]) -> String {
    let line = |at: usize| {
        let [ask, answer, thanks] = words;
        format!(
            r#"{{"id":"d{at}","messages":[{{"role":"user","content":"{ask} {at}"}},{{"role":"assistant","content":"{answer}"}},{{"role":"user","content":"{thanks}"}}]}}"#
        ) + "\n"
    };
    (0..count).map(line).collect()
}

#[test]
fn any_format_is_measured_and_what_was_lost_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(
        folder,
        "chat.json",
        r#"[{"conversations":[{"from":"system","value":"Be kind."},{"from":"human","value":"A room."},{"from":"gpt","value":"Which?"}]}]"#,
    );
    let ran = goalconvo(folder, "evaluate chat.json");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.err.contains("chat.json: read as sharegpt: 1 dialogues, 2 turns; not kept: 1 system messages"),
        "{}",
        ran.err
    );
    let ran = goalconvo(folder, "evaluate chat.json --format multiwoz");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("chat.json at /0: found a dialogue of the format sharegpt"), "{}", ran.err);
    let ran = goalconvo(folder, "evaluate chat.json --format morse");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("expected one of goalconvo, messages"), "{}", ran.err);
}

/// The eight records of a new run, each changed, in a file of that name beside it.
fn changed(folder: &Path, name: &str, change: impl Fn(&mut Value)) {
    done(folder, "generate -n 8 --domain mock --out run");
    let records = std::fs::read_to_string(folder.join("run/dialogues.jsonl")).unwrap();
    let spoilt = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        change(&mut record);
        format!("{record}\n")
    };
    put(folder, name, &records.lines().map(spoilt).collect::<String>());
}

#[test]
fn a_success_that_does_not_hold_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    changed(folder, "emptied.jsonl", |record| record["turns"] = Value::Array(vec![]));
    for (data, share) in [("run", 1.0), ("emptied.jsonl", 0.0)] {
        let metrics = metrics(folder, data);
        for name in ["goal_success", "goal_reward", "accepted"] {
            assert_eq!(metrics[name]["value"], share, "{data}: {name}: {}", metrics[name]);
        }
    }
    let ran = goalconvo(folder, "evaluate emptied.jsonl");
    assert!(ran.err.contains("8 records fail the check of facts"), "{}", ran.err);
}

#[test]
fn a_success_that_nobody_can_check_is_a_claim() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    changed(folder, "alone.jsonl", |record| record["world"]["domains"]["mock"] = "0".repeat(64).into());
    let metrics = metrics(folder, "alone.jsonl");
    for name in ["goal_success", "goal_reward", "accepted"] {
        assert_eq!(metrics[name]["value"], Value::Null, "{name}: {}", metrics[name]);
        assert_eq!(metrics[name]["config"]["unchecked"], 8, "{name}: {}", metrics[name]);
    }
    assert_eq!(metrics["claimed_success"]["value"], 1.0, "{}", metrics["claimed_success"]);
    // Nothing else that the record notes of itself counts, whatever its words are.
    for name in [
        "grounding_rate",
        "requests_answered",
        "slot_completion",
        "tool_validity",
        "failure_ungrounded_value",
    ] {
        assert_eq!(metrics[name]["value"], Value::Null, "{name}: {}", metrics[name]);
    }
    assert!(metrics.get("ending_satisfied").is_none());
}

#[test]
fn the_acts_of_a_record_found_false_are_in_no_figure() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    changed(folder, "polite.jsonl", |record| {
        for turn in record["turns"].as_array_mut().unwrap() {
            if turn["role"] == "assistant" && turn.get("text").is_some() {
                turn["text"] = "Thank you, all done.".into();
            }
        }
    });
    let metrics = metrics(folder, "polite.jsonl --against run");
    for name in ["js_acts", "js_slots", "two_sample_auc_acts"] {
        assert_eq!(metrics[name]["value"], Value::Null, "{name}: {}", metrics[name]);
    }
    for name in ["grounding_rate", "requests_answered", "tool_validity"] {
        assert_eq!(metrics[name]["value"], 0.0, "{name}: {}", metrics[name]);
    }
}

#[test]
fn evidence_that_nobody_can_check_supports_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    changed(folder, "bare.jsonl", |record| {
        record["turns"].as_array_mut().unwrap().retain(|turn| turn["role"] != "tool");
        // Nothing is left that could be checked but the evidence itself.
        for field in ["scenario", "outcome", "verdicts"] {
            record.as_object_mut().unwrap().remove(field);
        }
    });
    let rate = |data: &str| metrics(folder, data)["grounding_rate"]["value"].take();
    assert_eq!((rate("run"), rate("bare.jsonl")), (1.0.into(), Value::Null));
}

#[test]
fn an_empty_dataset_is_never_scored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "real.jsonl", &messages(6, ["I need a room for", "Here is one.", "Thanks."]));
    put(folder, "silent.jsonl", "{\"messages\":[]}\n{\"messages\":[]}\n");
    // What counts or describes the emptiness itself may be a number.
    let counts = |name: &str| {
        let parts = [
            "dialogues",
            "utterances",
            "vocabulary",
            "per_dialogue",
            "failure",
            "wasserstein",
            "js_",
            "early_end",
        ];
        parts.iter().any(|part| name.contains(part)) && !name.starts_with("distinct")
    };
    for (name, measure) in metrics(folder, "silent.jsonl --against real.jsonl").as_object().unwrap() {
        for key in ["value", "n", "interval", "definition", "config"] {
            assert!(measure.get(key).is_some(), "{name} has no {key}: {measure}");
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.chars().all(plain), "{name} is not in snake case");
        if measure["value"].is_null() {
            assert!(measure["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{name}: {measure}");
        } else if !counts(name) {
            // Worthless text may be scored, but only as the worst there is.
            let value = measure["value"].as_f64().unwrap();
            assert!(value <= 0.0, "{name} of nothing is {value}: {measure}");
        }
    }
}

#[test]
fn the_names_that_others_rely_on_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "real.jsonl", &messages(6, ["I need a room for", "Here is one.", "Thanks."]));
    let metrics = metrics(folder, "real.jsonl --against real.jsonl");
    for name in [
        "distinct_1_per_dialogue",
        "distinct_2_at_10k",
        "bertscore_f1",
        "goal_success",
        "turns_per_dialogue",
        "bleu",
    ] {
        assert!(metrics.get(name).is_some(), "{name} is missing");
    }
    assert_eq!(metrics["turns_per_dialogue"]["value"], 3.0);
    assert_eq!(metrics["bertscore_f1"]["value"], Value::Null);
    assert_eq!(metrics["goal_success"]["value"], Value::Null);
}

#[test]
fn what_nobody_asked_for_is_named_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "real.jsonl", &messages(6, ["I need a room for", "Here is one.", "Thanks."]));
    let alone = metrics(folder, "real.jsonl");
    let both = metrics(folder, "real.jsonl --against real.jsonl");
    let names = |metrics: &Value| metrics.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&alone), names(&both));
    for (reason, figures) in [
        (
            "there is no reference",
            "bertscore_precision bertscore_recall bertscore_f1 bleu chrf rouge_l frechet_distance embedding_precision \
             embedding_recall embedding_density embedding_coverage embedding_near_copies mauve js_turns wasserstein_turns \
             js_tokens_per_turn js_acts js_slots two_sample_auc_text two_sample_auc_acts contaminated_dialogues \
             shared_13_grams near_duplicate_utterances",
        ),
        ("no encoder", "vendi"),
        ("--tstr", "tstr_intent_f1 trtr_intent_f1"),
        ("a system's", "inform success combined"),
        ("predicted belief states", "joint_goal_accuracy"),
        ("no judge", "judged_coherence judged_fluency"),
    ] {
        for name in figures.split_whitespace() {
            let measure = &alone[name];
            assert!(measure["value"].is_null(), "{name}: {measure}");
            assert!(measure["reason"].as_str().unwrap_or_default().contains(reason), "{name}: {measure}");
        }
    }
    assert_eq!(both["contaminated_dialogues"]["value"], 0.0);
}

#[test]
fn formats_and_tokens_can_be_chosen_wherever_datasets_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "a.txt", "User: Well, well.\nBot: Yes?\n");
    put(folder, "b.txt", "User: A room!\nBot: Which one?\n");
    done(folder, "compare a.txt b.txt --format txt --tokens spaces --json c.json");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("c.json")).unwrap()).unwrap();
    for (name, count) in [("a.txt", 3.0), ("b.txt", 4.0)] {
        assert_eq!(json["metrics"]["tokens_per_dialogue"][name]["value"], count, "{name}");
    }
    let page = |arguments: &str| {
        done(folder, &format!("report a.txt --compare b.txt --format txt --html r.html {arguments}"));
        std::fs::read_to_string(folder.join("r.html")).unwrap()
    };
    let (words, spaces) = (page(""), page("--tokens spaces"));
    let says = |page: &str, tokens: &str| {
        page.contains(&format!("<td title=\"mean number of tokens in a dialogue\">{tokens}<small>"))
    };
    assert!(says(&words, "6.000") && !says(&words, "3.000"));
    assert!(says(&spaces, "3.000") && says(&spaces, "4.000") && !says(&spaces, "6.000"));
    for verb in ["compare a.txt b.txt", "report a.txt --html x.html"] {
        let ran = goalconvo(folder, &format!("{verb} --format sgd"));
        assert_eq!(ran.code, Some(3), "{verb}: {}", ran.err);
        let ran = goalconvo(folder, &format!("{verb} --tokens runes"));
        assert_eq!(ran.code, Some(2), "{verb}: {}", ran.err);
    }
}

#[test]
fn tokens_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "d.txt", "User: Well, well.\nBot: Yes?\n");
    let tokens = |choice: &str| {
        let metrics = metrics(folder, &format!("d.txt --tokens {choice}"));
        assert_eq!(metrics["distinct_1_per_dialogue"]["config"]["tokens"], choice);
        metrics["tokens_per_dialogue"]["value"].as_f64().unwrap()
    };
    let found = ["words", "spaces", "alphanumeric", "unicode", "13a", "intl", "char"].map(tokens);
    assert_eq!(found, [6.0, 3.0, 6.0, 3.0, 6.0, 6.0, 14.0]);
    assert_eq!(goalconvo(folder, "evaluate d.txt --tokens runes").code, Some(2));
}

#[test]
fn people_judge_blind_and_their_answers_become_figures() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "good.jsonl", &messages(5, ["A room for", "Here is one.", "Thanks."]));
    put(folder, "bad.jsonl", &messages(5, ["A room for", "Delighted!", "Hm."]));
    let out = done(folder, "evaluate good.jsonl --mix bad.jsonl --each 5 --human tasks.json");
    assert!(out.contains("tasks.json: 17 tasks") && out.contains("tasks.key.json"), "{out}");
    let tasks = std::fs::read_to_string(folder.join("tasks.json")).unwrap();
    assert!(!tasks.contains("good") && !tasks.contains("bad.jsonl"), "{tasks}");
    let key: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("tasks.key.json")).unwrap()).unwrap();
    let mut table = "rater,task,scale,rating\n".to_owned();
    let mut lines = String::new();
    for (task, entry) in key["tasks"].as_object().unwrap() {
        let asked = entry["kind"]["check"].as_i64();
        let rating = asked.unwrap_or(if entry["dataset"] == "good.jsonl" { 5 } else { 2 });
        table += &format!("ann,{task},helpful,{rating}\nbob,{task},helpful,{rating}\n");
        lines += &format!(
            "{}\n",
            serde_json::json!({"rater": "ann", "task": task, "scale": "helpful", "rating": rating})
        );
    }
    put(folder, "ratings.csv", &table);
    put(folder, "ratings.jsonl", &lines);
    let both = metrics(folder, "--ratings ratings.csv --human tasks.key.json");
    assert_eq!(both["human_helpful_good_jsonl"]["value"], 5.0);
    assert_eq!(both["human_helpful_bad_jsonl"]["value"], 2.0);
    assert_eq!(both["human_helpful_krippendorff_alpha"]["value"], 1.0);
    assert_eq!(both["human_helpful_cohen_kappa"]["value"], 1.0);
    assert_eq!(both["human_helpful_self_agreement"]["value"], 1.0);
    assert!(both["human_natural_good_jsonl"]["value"].is_null());
    let alone = metrics(folder, "--ratings ratings.jsonl --human tasks.key.json");
    assert_eq!(alone["human_helpful_good_jsonl"]["value"], 5.0);
    assert!(alone["human_helpful_cohen_kappa"]["value"].is_null());
    put(folder, "ratings.csv", "rater,task,scale,rating\nann,t9999,helpful,3\n");
    let ran = goalconvo(folder, "evaluate --ratings ratings.csv --human tasks.key.json");
    assert!(ran.code == Some(3) && ran.err.contains("found the task \"t9999\""), "{}", ran.err);
    assert_eq!(goalconvo(folder, "evaluate").code, Some(2));
}

#[test]
fn a_student_is_trained_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "d.jsonl", &messages(6, ["A room for", "Here is one.", "Thanks."]));
    let silent = metrics(folder, "d.jsonl --against d.jsonl");
    assert_eq!(silent["tstr_intent_f1"]["reason"], "nobody asked for a student (--tstr)");
    let asked = metrics(folder, "d.jsonl --against d.jsonl --tstr");
    assert!(asked["tstr_intent_f1"]["value"].is_null(), "nothing is annotated");
    assert!(asked["tstr_intent_f1"]["reason"].is_string());
}
