//! Whole datasets: MultiWOZ as the yardstick measures it, and made-up corpora.

use goalconvo_core::{Dialogue, Provenance, Turn, Utterance};
use goalconvo_metrics::text::Tokens;
use goalconvo_metrics::{Evaluation, Settings, evaluate};
use serde_json::{Value, json};

use crate::shared::{self, Comparison};

/// A dialogue of nothing but words, the user first.
pub(crate) fn spoken<'a>(id: &str, turns: impl IntoIterator<Item = &'a str>) -> Dialogue {
    let utterance = |text: &str| Utterance { text: text.to_owned(), ..Utterance::default() };
    let turn = |(at, text): (usize, &str)| match at % 2 {
        0 => Turn::User(utterance(text)),
        _ => Turn::Assistant(utterance(text)),
    };
    Dialogue {
        format: goalconvo_core::Format,
        id: id.to_owned(),
        domains: Vec::new(),
        scenario: None,
        world: None,
        turns: turns.into_iter().enumerate().map(turn).collect(),
        outcome: None,
        verdicts: Vec::new(),
        provenance: Provenance::default(),
    }
}

/// MultiWOZ's validation split, in the order of the file.
pub(crate) fn multiwoz() -> Option<Vec<Dialogue>> {
    let raw = shared::json("corpora/multiwoz21/val.json.gz")?;
    let dialogue = |(id, dialogue): (&String, &Value)| {
        let log = dialogue["log"].as_array().expect("log");
        spoken(id, log.iter().map(|turn| turn["text"].as_str().expect("text")))
    };
    Some(raw.as_object().expect("dialogues by id").iter().map(dialogue).collect())
}

#[test]
fn multiwoz_has_the_figures_of_the_yardstick() {
    let Some(dialogues) = multiwoz() else { return };
    let report = evaluate(&dialogues, Settings::default());
    let mut comparison = Comparison::default();
    // What the yardstick prints for this split: means over five orders, rounded to four places.
    let expect = json!({
        "distinct_1_per_dialogue": 0.503,
        "user_utterances": 7365, "user_median_tokens": 13, "user_p90_tokens": 24,
        "user_distinct_1_at_10k": 0.069, "user_distinct_2_at_10k": 0.3273, "user_distinct_2_at_100k": 0.1255,
        "user_unique_utterances": 0.9764, "user_self_repetition_4": 0.9002,
        "user_top_10_openers": 0.2392, "user_vocabulary": 1731,
        "assistant_utterances": 7365, "assistant_median_tokens": 18, "assistant_p90_tokens": 31,
        "assistant_distinct_1_at_10k": 0.104, "assistant_distinct_2_at_10k": 0.4113,
        "assistant_distinct_2_at_100k": 0.1827, "assistant_unique_utterances": 0.9566,
        "assistant_self_repetition_4": 0.9244,
        "assistant_top_10_openers": 0.1456, "assistant_vocabulary": 3970,
    });
    for (name, expect) in expect.as_object().expect("figures") {
        comparison.check(name, report.value(name), expect, 1e-4);
    }
    let polite = json!(910.0 / 999.0);
    comparison.check("the keyword rule", report.value("keyword_goal_relevance"), &polite, 1e-9);
    for (name, ratio) in [("user_gzip_ratio", 4.0938), ("assistant_gzip_ratio", 3.8384)] {
        comparison.check(name, report.value(name), &json!(ratio), 6e-4);
    }
    comparison.check("turns", report.value("turns_per_dialogue"), &json!(14.744744744744745), 1e-9);
    comparison.finish(24);
}

#[test]
fn shards_that_are_merged_say_what_one_pass_says() {
    let words = ["hotel", "train", "cheap", "north", "please", "book", "table", "two", "friday", "thanks"];
    let utterance = |d: usize, t: usize| {
        (0..7).map(|i| words[(d * 7 + t * 3 + i * (1 + d % 3)) % words.len()]).collect::<Vec<_>>().join(" ")
    };
    let dialogue = |d: usize| {
        let turns: Vec<String> = (0..6 + d % 5).map(|t| utterance(d, t)).collect();
        spoken(&format!("{d}"), turns.iter().map(String::as_str))
    };
    let dialogues: Vec<Dialogue> = (0..400).map(dialogue).collect();
    let whole = evaluate(&dialogues, Settings::default());
    let mut shards: Vec<Evaluation> =
        (0..3).map(|_| Evaluation::new(Settings::default(), Some(dialogues.len()))).collect();
    for (index, dialogue) in dialogues.iter().enumerate() {
        shards[index % 3].push(index as u64, dialogue);
    }
    let mut merged = shards.pop().expect("three shards");
    shards.into_iter().for_each(|shard| merged.merge(shard));
    let merged = merged.report();
    for measure in whole.measures() {
        let other = merged.get(&measure.name).expect("same measures");
        match (measure.value, other.value) {
            (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "{}: {a} and {b}", measure.name),
            (a, b) => assert_eq!(a, b, "{}", measure.name),
        }
        assert_eq!(measure.n, other.n, "{}", measure.name);
        let near = |[a, b]: [f64; 2], [c, d]: [f64; 2]| (a - c).abs() < 1e-9 && (b - d).abs() < 1e-9;
        let same = match (measure.interval, other.interval) {
            (Some(one), Some(two)) => near(one, two),
            (one, two) => one == two,
        };
        assert!(
            same && measure.config.get("interval") == other.config.get("interval"),
            "{measure:?}, {other:?}"
        );
    }
    let jackknifed = |name: &str| merged.get(name).is_some_and(|measure| measure.interval.is_some());
    for name in ["user_unique_utterances", "assistant_top_10_openers"] {
        assert!(jackknifed(name), "{name} has an interval");
    }
}

#[test]
fn nothing_is_computed_from_nothing_and_every_absence_has_its_reason() {
    for dialogues in [vec![], vec![spoken("empty", [])]] {
        let report = evaluate(&dialogues, Settings { tokens: Tokens::Words, ..Settings::default() });
        for measure in report.measures() {
            assert_eq!(measure.value.is_none(), measure.reason.is_some(), "{measure:?}");
        }
        assert_eq!(report.value("goal_success"), None);
        assert_eq!(report.value("distinct_1_per_dialogue"), None);
        assert_eq!(report.value("user_unique_utterances"), None);
        let json = serde_json::to_value(&report).expect("serialises");
        assert!(json["metrics"]["goal_success"]["value"].is_null());
        assert!(json["metrics"]["goal_success"]["reason"].is_string());
    }
}

#[test]
fn what_the_default_tokens_leave_out_is_said() {
    let dialogues: Vec<_> =
        (0..4).map(|at| spoken(&at.to_string(), ["Un café à Nîmes?", "Да, есть."])).collect();
    let lost = |tokens| {
        let report = evaluate(&dialogues, Settings { tokens, ..Settings::default() });
        report.value("letters_in_no_token").expect("there are letters")
    };
    // Of 18 letters é, à, î and six Cyrillic ones.
    assert!((lost(Tokens::Words) - 9.0 / 18.0).abs() < 1e-12, "{}", lost(Tokens::Words));
    assert_eq!(lost(Tokens::Unicode), 0.0);
}

#[test]
fn a_report_has_the_same_names_whatever_it_is_about() {
    let names = |dialogues: &[Dialogue]| -> Vec<String> {
        evaluate(dialogues, Settings::default())
            .measures()
            .iter()
            .map(|measure| measure.name.clone())
            .collect()
    };
    let talk = names(&[spoken("a", ["A room?", "Here.", "Thanks."])]);
    assert!(talk.len() > 100);
    assert_eq!(talk, names(&[]));
    assert_eq!(talk, names(&[spoken("a", [])]));
}
