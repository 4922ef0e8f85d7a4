//! The student learns from data that teaches, and not from data that does not.

use goalconvo_core::{Act, ActKind, Dialogue, Turn, Utterance, Value};
use goalconvo_metrics::utility::utility;

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
    assert_eq!(f1(&taught(40, 0), "tstr_state_f1"), Some(1.0));
    assert_eq!(f1(&taught(40, 1), "tstr_state_f1"), Some(0.0));
    assert_eq!(f1(&taught(40, 1), "trtr_state_f1"), Some(1.0));
    assert_eq!(f1(&[spoken("bare", ["north please", "ok"])], "tstr_state_f1"), None);
    assert_eq!(f1(&taught(40, 0), "tstr_tool_arguments_f1"), None);
}
