//! Tasks are blind and reproduce; ratings become means and agreement, and careless raters are left out.

use std::collections::BTreeMap;

use goalconvo_core::Dialogue;
use goalconvo_metrics::human::{Key, Rating, TaskKind, TaskSettings, blind_tasks, rated};

use crate::corpus::spoken;

fn datasets() -> Vec<(String, Vec<Dialogue>)> {
    let dialogues = |name: &str| -> Vec<Dialogue> {
        let dialogue = |at: usize| spoken(&format!("{name}{at}"), ["A room.", "Here is one.", "Thanks."]);
        (0..12).map(dialogue).chain([spoken("short", ["Hm."])]).collect()
    };
    vec![("runs/good".to_owned(), dialogues("g")), ("bad.json".to_owned(), dialogues("b"))]
}

const SETTINGS: TaskSettings = TaskSettings { each: 10, repeats: 3, checks: 2, seed: 7 };

#[test]
fn how_a_corpus_is_stored_is_not_shown_to_raters() {
    let said =
        ["I 'm looking for a room , please .", "It is  \u{201c}The Mill\u{201d} , is n't it ?", "Fine !"];
    let (tasks, _) = blind_tasks(&[("a".to_owned(), vec![spoken("one", said)])], SETTINGS);
    let shown: Vec<&str> = tasks.tasks[0].turns.iter().map(|line| line.text.as_str()).take(3).collect();
    assert_eq!(shown, ["I'm looking for a room, please.", "It is \"The Mill\", isn't it?", "Fine!"]);
}

/// What a rater answers to a task.
type Answer = fn(&Key, &str, usize) -> i64;

fn ratings(key: &Key, raters: &[(&str, Answer)]) -> Vec<Rating> {
    let mut ratings = Vec::new();
    for (rater, answer) in raters {
        for (at, task) in key.tasks.keys().enumerate() {
            for scale in &key.scales {
                let rating = answer(key, task, at);
                ratings.push(Rating {
                    rater: (*rater).to_owned(),
                    task: task.clone(),
                    scale: scale.name.clone(),
                    rating,
                });
            }
        }
    }
    ratings
}

fn honest(key: &Key, task: &str, _: usize) -> i64 {
    let entry = &key.tasks[task];
    match entry.kind {
        TaskKind::Check(asked) => asked,
        _ if entry.dataset == "bad.json" => 2,
        _ => 4,
    }
}

/// As `honest`, one more on every third task.
fn lenient(key: &Key, task: &str, at: usize) -> i64 {
    let known = honest(key, task, at);
    let rated = key.tasks[task].kind == TaskKind::Rated;
    known + i64::from(rated && task.bytes().last().is_some_and(|b| b % 3 == 0))
}

fn careless(_: &Key, _: &str, _: usize) -> i64 {
    3
}

#[test]
fn tasks_show_no_source_and_the_key_knows_every_one() {
    let (tasks, key) = blind_tasks(&datasets(), SETTINGS);
    assert_eq!(blind_tasks(&datasets(), SETTINGS), (tasks.clone(), key.clone()));
    assert_ne!(blind_tasks(&datasets(), TaskSettings { seed: 8, ..SETTINGS }).1, key);
    assert_eq!((tasks.tasks.len(), key.tasks.len()), (25, 25));
    let shown = serde_json::to_string(&tasks).expect("serialises");
    for hidden in ["runs/good", "bad.json", "\"g1\"", "repeat", "check"] {
        assert!(!shown.contains(hidden), "{hidden} is shown");
    }
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for entry in key.tasks.values() {
        let kind = format!("{:?}", entry.kind);
        *kinds.entry(kind[..5].to_owned()).or_insert(0) += 1;
        assert_ne!(entry.dialogue, "short");
    }
    assert_eq!(
        kinds,
        BTreeMap::from([("Rated".to_owned(), 20), ("Repea".to_owned(), 3), ("Check".to_owned(), 2)])
    );
    let order: Vec<&str> = tasks.tasks.iter().map(|task| key.tasks[&task.task].dataset.as_str()).collect();
    assert!(order[..10].contains(&"bad.json") && order[..10].contains(&"runs/good"), "{order:?}");
}

#[test]
fn ratings_become_means_and_agreement() {
    let (_, key) = blind_tasks(&datasets(), SETTINGS);
    let raters: [(&str, Answer); 3] = [("ann", honest), ("bob", lenient), ("eve", careless)];
    let report = rated(&key, &ratings(&key, &raters)).expect("sound");
    let value = |name: &str| report.value(name);
    assert_eq!(value("human_raters"), Some(2.0));
    assert_eq!(report.get("human_raters").expect("there").config["left_out"], serde_json::json!(["eve"]));
    assert!(value("human_checks_passed").is_some_and(|share| (share - 2.0 / 3.0).abs() < 1e-9));
    let (good, bad) = (value("human_natural_runs_good"), value("human_natural_bad_json"));
    assert!(good > Some(4.0) && good < Some(5.0) && bad < Some(3.0), "{good:?} {bad:?}");
    let alpha = value("human_natural_krippendorff_alpha").expect("computed");
    let kappa = value("human_natural_cohen_kappa").expect("computed");
    assert!(alpha > 0.5 && alpha < 1.0 && kappa > 0.2 && kappa < 1.0, "{alpha} {kappa}");
    assert!(value("human_natural_fleiss_kappa") < Some(1.0));
    // Honest Ann is the same on every repeat; Bob not always.
    let own = report.get("human_natural_self_agreement").expect("there");
    assert_eq!((own.n, own.value.is_some_and(|share| (0.5..=1.0).contains(&share))), (6, true));
}

#[test]
fn one_rater_agrees_with_nobody_and_what_was_not_rated_is_null_with_a_reason() {
    let (_, key) = blind_tasks(&datasets(), SETTINGS);
    let alone = rated(&key, &ratings(&key, &[("ann", honest)])).expect("sound");
    for which in ["krippendorff_alpha", "fleiss_kappa", "cohen_kappa"] {
        assert_eq!(alone.value(&format!("human_helpful_{which}")), None, "{which}");
    }
    assert_eq!(alone.value("human_helpful_self_agreement"), Some(1.0));
    let one: Vec<Rating> =
        ratings(&key, &[("ann", honest)]).into_iter().filter(|given| given.scale == "helpful").collect();
    let little = rated(&key, &one).expect("sound");
    let nulls = little.measures().iter().filter(|measure| measure.value.is_none());
    assert!(nulls.clone().all(|measure| measure.reason.is_some()) && nulls.count() > 10);
}

#[test]
fn ratings_that_cannot_be_are_refused() {
    let (_, key) = blind_tasks(&datasets(), SETTINGS);
    let check = |change: fn(&mut Vec<Rating>), expect: &str| {
        let mut given = ratings(&key, &[("ann", honest)]);
        change(&mut given);
        let error = rated(&key, &given).expect_err("refused").to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(|given| given[1].scale = "taste".into(), "rating 2: found the scale \"taste\"; expected one of");
    check(|given| given[0].task = "t9999".into(), "rating 1: found the task \"t9999\"");
    check(|given| given[0].rating = 6, "rating 1: found 6; expected 1 to 5");
    check(|given| given[3] = given[0].clone(), "rating 4: \"ann\" rates");
    check(|given| given[2].rater = " ".into(), "rating 3: found no name of a rater");
    check(Vec::clear, "expected at least one");
}

#[test]
fn who_passes_over_a_check_is_left_out_but_not_who_stops_before_it() {
    let (_, key) = blind_tasks(&datasets(), SETTINGS);
    let checks: Vec<&String> =
        key.tasks.keys().filter(|task| matches!(key.tasks[*task].kind, TaskKind::Check(_))).collect();
    let [first, second] = checks[..] else { panic!("two checks: {checks:?}") };
    let left_out = |keeps: &dyn Fn(&str) -> bool| {
        let all = ratings(&key, &[("ann", honest), ("lazy", honest)]);
        let given: Vec<Rating> =
            all.into_iter().filter(|given| given.rater == "ann" || keeps(&given.task)).collect();
        let report = rated(&key, &given).expect("sound");
        report.get("human_raters").expect("there").config["left_out"].clone()
    };
    assert_eq!(left_out(&|_| true), serde_json::json!([]));
    assert_eq!(left_out(&|task| task != first), serde_json::json!(["lazy"]), "one passed over");
    assert_eq!(left_out(&|task| task != first && task != second), serde_json::json!(["lazy"]), "both");
    assert_eq!(left_out(&|task| task > first.as_str()), serde_json::json!([]), "began after the first");
    assert_eq!(left_out(&|task| task < second.as_str()), serde_json::json!([]), "stopped before the second");
    assert_eq!(left_out(&|task| task < first.as_str()), serde_json::json!([]), "saw no check");
}
