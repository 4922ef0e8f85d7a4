//! The student learns from data that teaches, and not from data that does not.

use goalconvo_core::{Act, ActKind, Dialogue, Turn, Utterance, Value};
use goalconvo_metrics::utility::{train_on_one_test_on_other, utility};

use crate::corpus::spoken;

const WISHES: [(&str, &str, &str); 4] = [
    ("something in the north please", "area", "north"),
    ("it should be cheap", "price", "cheap"),
    ("we want italian food", "food", "italian"),
    ("a table for four people", "people", "4"),
];

/// Dialogues whose wishes are annotated with the slot that is `shift` places off.
fn taught(count: usize, shift: usize) -> Vec<Dialogue> {
    let wish = |at: usize| {
        let (text, _, _) = WISHES[at % 4];
        let (_, slot, value) = WISHES[(at + shift) % 4];
        let mut act = Act::new(ActKind::Inform).slot(&slot.into()).value(Value::text(value));
        act.domain = Some("restaurant".into());
        Turn::User(Utterance {
            text: format!("well , {text} {}", at % 3),
            acts: vec![act],
            ..Utterance::default()
        })
    };
    let answer = || Turn::Assistant(Utterance { text: "ok , what else ?".into(), ..Utterance::default() });
    let dialogue = |d: usize| {
        let turns = (0..3).flat_map(|t| [wish(d + t * (1 + d % 3)), answer()]).collect();
        Dialogue { turns, ..spoken(&format!("{d}"), []) }
    };
    (0..count).map(dialogue).collect()
}

#[test]
fn a_student_of_good_data_passes_and_of_wrong_data_fails() {
    let real = taught(60, 0);
    let (learned, test) = real.split_at(40);
    let f1 = |train: &[Dialogue], name: &str| {
        let measures = utility(train, learned, test);
        measures.into_iter().find(|measure| measure.name == name).expect("measured").value
    };
    let [good, wrong] = [0, 1].map(|shift| f1(&taught(40, shift), "tstr_state_f1").expect("annotated"));
    assert!(good > 0.95 && wrong < 0.2, "{good} and {wrong}");
    assert!(f1(&taught(40, 1), "trtr_state_f1") > Some(0.95));
    assert_eq!(f1(&[spoken("bare", ["north please", "ok"])], "tstr_state_f1"), None);
    assert_eq!(f1(&taught(40, 0), "tstr_tool_arguments_f1"), None);
}

#[test]
fn the_learning_curve_of_one_corpus_meets_that_of_real_data_and_reproduces() {
    let (own, real) = (taught(30, 0), taught(60, 0));
    let measures = train_on_one_test_on_other(&own, &real);
    assert_eq!(measures, train_on_one_test_on_other(&own, &real));
    let curve = |name: &str| {
        let measure = measures.iter().find(|measure| measure.name == name).expect("measured");
        let curve = measure.config["learning_curve"].as_array().expect("a list").clone();
        let sizes: Vec<u64> = curve.iter().filter_map(|point| point["dialogues"].as_u64()).collect();
        let scores: Vec<f64> = curve.iter().filter_map(|point| point["f1"].as_f64()).collect();
        (sizes, scores)
    };
    for name in ["tstr_state_f1", "trtr_state_f1"] {
        let (sizes, scores) = curve(name);
        assert_eq!(sizes, [3, 8, 15, 30], "{name}");
        assert!(scores.len() == 4 && scores[3] > 0.6, "{name}: {scores:?}");
    }
}
