//! Kinds of failure on a hand-labelled sample: what is there is found, what is not there is not.

use std::collections::BTreeMap;

use goalconvo_core::{Act, ActKind, Dialogue, Evidence, ToolTurn, Turn, Utterance, Value};
use goalconvo_metrics::failures::{FailureKind, find_failures};

use crate::corpus::{multiwoz, spoken};

fn with_acts(text: &str, acts: Vec<Act>) -> Utterance {
    Utterance { text: text.to_owned(), acts, ..Utterance::default() }
}

fn act(kind: ActKind, slot: &str, value: Option<&str>) -> Act {
    let mut act = Act::new(kind).slot(&slot.into());
    act.domain = Some("hotel".into());
    act.value = value.map(Value::text);
    act
}

fn played(id: &str, turns: Vec<Turn>) -> Dialogue {
    Dialogue { turns, ..spoken(id, []) }
}

fn tool(result: &str) -> Turn {
    let result = serde_json::from_str(result).expect("a value");
    Turn::Tool(ToolTurn { tool_call_id: "1".into(), name: "find".into(), result, error: None })
}

fn user(text: &str) -> Turn {
    Turn::User(with_acts(text, vec![]))
}

fn assistant(text: &str) -> Turn {
    Turn::Assistant(with_acts(text, vec![]))
}

#[test]
fn what_is_no_english_has_no_failures_to_count() {
    let letters = ["xq zzt wvk qlm", "prt kk zd vvb", "wq lz mnb", "ttr pq xz"];
    let german =
        ["Ich will ein Hotel in der Altstadt", "Gern, in welcher Gegend?", "Norden bitte", "Und der Preis?"];
    let spanish = ["No hay mesa a las ocho.", "¿Le va bien a las nueve?", "No, a las diez.", "¿A las diez?"];
    let dutch = [
        "Dat is geregeld, we hebben een kamer of op het plein",
        "Wat is de prijs?",
        "Dat is goed",
        "Waar is het?",
    ];
    for texts in [letters, german, spanish, dutch] {
        let corpus: Vec<Dialogue> = (0..20).map(|at| spoken(&format!("d{at}"), texts)).collect();
        let report = goalconvo_metrics::evaluate(&corpus, goalconvo_metrics::Settings::default());
        for kind in FailureKind::ALL {
            let measure = report.get(&format!("failure_{}", kind.name())).expect("there");
            assert!(measure.value.is_none() && measure.reason.is_some(), "{texts:?}: {measure:?}");
        }
    }
}

#[expect(clippy::too_many_lines, reason = "a flat table")]
/// The sample: each dialogue with the kinds that a person sees in it.
fn labelled() -> Vec<(Dialogue, Vec<FailureKind>)> {
    let (given, asked) = (act(ActKind::Inform, "area", Some("north")), act(ActKind::Request, "area", None));
    let told = |value: &str| act(ActKind::Inform, "phone", Some(value)).of(&"acorn".into());
    let evidence = |text: &str, value: &str| {
        let start = text.find(value).expect("in the text");
        Evidence {
            span: [start, start + value.len()],
            value: Value::text(value),
            source: "policy:/hours".into(),
        }
    };
    let hours = "The office opens at 08:30.";
    vec![
        (
            spoken(
                "fine",
                [
                    "I need a cheap hotel.",
                    "The Acorn is cheap. Shall I book it?",
                    "Yes please.",
                    "Done. Bye!",
                ],
            ),
            vec![],
        ),
        (
            spoken(
                "cut",
                ["I need a cheap hotel.", "In which area?", "North. Do you have one with parking?"],
            ),
            vec![FailureKind::EarlyEnd],
        ),
        (spoken("silent", []), vec![FailureKind::EarlyEnd]),
        (
            spoken("hanging", ["A taxi please.", "When would you like to leave for the station?"]),
            vec![FailureKind::EarlyEnd],
        ),
        (spoken("polite end", ["Thanks, that is all.", "You are welcome. Anything else?"]), vec![]),
        (
            spoken(
                "again",
                [
                    "Cheap hotel.",
                    "What area of town would you like it in?",
                    "The north.",
                    "What area of town would you like it in ?",
                    "North!",
                    "Here is one.",
                ],
            ),
            vec![FailureKind::RepeatedQuestion],
        ),
        (
            spoken(
                "more",
                [
                    "Hotel.",
                    "Here. Is there anything else I can do?",
                    "A taxi.",
                    "Here. Is there anything else I can do?",
                    "No.",
                    "Bye.",
                ],
            ),
            vec![],
        ),
        (
            spoken(
                "round",
                [
                    "Is it open today?",
                    "Let me check that.",
                    "Is it open today?",
                    "Let me check that.",
                    "Hm.",
                    "Ok, bye.",
                ],
            ),
            vec![FailureKind::Loop],
        ),
        (
            spoken(
                "thrice",
                [
                    "I see a problem.",
                    "Sorry about that one.",
                    "Really?",
                    "Sorry about that one.",
                    "Oh.",
                    "Sorry about that one.",
                ],
            ),
            vec![FailureKind::Loop],
        ),
        (
            spoken("swap", ["How can I help you today?", "I need a hotel in the north."]),
            vec![FailureKind::RoleSwap, FailureKind::RoleSwap],
        ),
        (
            spoken(
                "two numbers",
                [
                    "Phone?",
                    "The museum phone number is 01223-1.",
                    "Sure?",
                    "The museum phone number is 01223-2.",
                    "Ok.",
                    "Bye.",
                ],
            ),
            vec![FailureKind::Contradiction],
        ),
        (
            spoken(
                "two places",
                [
                    "Phones?",
                    "The museum phone number is 01223-1.",
                    "And?",
                    "The gallery phone number is 01223-2.",
                    "Ok.",
                    "Bye.",
                ],
            ),
            vec![],
        ),
        (
            played(
                "asked though given",
                vec![
                    Turn::User(with_acts("In the north.", vec![given.clone()])),
                    Turn::Assistant(with_acts("Where?", vec![asked.clone()])),
                    user("North."),
                    assistant("Fine."),
                ],
            ),
            vec![FailureKind::RepeatedQuestion],
        ),
        (
            played(
                "asked then given",
                vec![
                    Turn::Assistant(with_acts("Where?", vec![asked])),
                    Turn::User(with_acts("In the north.", vec![given])),
                    assistant("Fine."),
                ],
            ),
            vec![],
        ),
        (
            played(
                "contradicts",
                vec![
                    Turn::Assistant(with_acts("It is 111.", vec![told("111")])),
                    user("Sure?"),
                    Turn::Assistant(with_acts("It is 222.", vec![told("222")])),
                ],
            ),
            vec![FailureKind::Contradiction],
        ),
        (
            played(
                "user offers",
                vec![Turn::User(with_acts("Take it.", vec![Act::new(ActKind::Offer)])), assistant("Ok.")],
            ),
            vec![FailureKind::RoleSwap],
        ),
        (
            played(
                "made up",
                vec![
                    user("When is a train after 10:00?"),
                    tool(r#"{"leave":"10:11"}"#),
                    assistant("At 10:11, and it costs 23.60 pounds."),
                ],
            ),
            vec![FailureKind::UngroundedValue],
        ),
        (
            played(
                "from the tool",
                vec![
                    user("When is a train after 10:00?"),
                    tool(r#"{"leave":"10:11"}"#),
                    assistant("After 10:00 there is one at 10:11."),
                ],
            ),
            vec![],
        ),
        (
            played(
                "from the policy",
                vec![
                    user("When do you open?"),
                    tool("{}"),
                    Turn::Assistant(Utterance {
                        text: hours.into(),
                        evidence: vec![evidence(hours, "08:30")],
                        ..Utterance::default()
                    }),
                ],
            ),
            vec![],
        ),
        (forgetful("forgets", "hotel-stars"), vec![FailureKind::ForgottenSlot]),
        (forgetful("remembers", "hotel-area"), vec![]),
    ]
}

fn forgetful(id: &str, slot: &str) -> Dialogue {
    let mut answer = with_acts("Noted.", vec![]);
    answer.state.insert(slot.into(), Value::text("north"));
    let said = with_acts("In the north.", vec![act(ActKind::Inform, "area", Some("north"))]);
    played(id, vec![Turn::User(said), Turn::Assistant(answer)])
}

#[test]
fn each_kind_is_found_where_it_is_and_nowhere_else() {
    let mut precision: BTreeMap<FailureKind, [usize; 2]> = BTreeMap::new();
    for (dialogue, expect) in labelled() {
        let found: Vec<FailureKind> =
            find_failures(&dialogue).into_iter().map(|failure| failure.kind).collect();
        for kind in &found {
            let [right, all] = precision.entry(*kind).or_default();
            *all += 1;
            *right += usize::from(expect.contains(kind));
        }
        assert_eq!(found, expect, "{}", dialogue.id);
    }
    for (kind, [right, all]) in precision {
        println!("{}: {right} of {all} right", kind.name());
    }
}

#[test]
fn people_fail_seldom() {
    let Some(dialogues) = multiwoz() else { return };
    let mut counts: BTreeMap<FailureKind, usize> = BTreeMap::new();
    for dialogue in &dialogues {
        let mut kinds: Vec<FailureKind> =
            find_failures(dialogue).into_iter().map(|failure| failure.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().for_each(|kind| *counts.entry(kind).or_insert(0) += 1);
    }
    println!("{counts:?} of {}", dialogues.len());
    assert!(counts.values().all(|&count| count * 20 < dialogues.len()), "{counts:?}");
}
