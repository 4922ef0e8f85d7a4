//! sdialog's features and readability on STAR.

use goalconvo_metrics::{DialogueLine, conversation_features, length_in_words_and_minutes, readability};
use serde_json::Value;

use crate::shared::{Comparison, json};

#[test]
fn features_with_speaker_labels_are_those_of_sdialog() {
    let Some(golden) = json("corpora/star/sdialog_metrics.json") else { return };
    let mut comparison = Comparison::default();
    for (id, expect) in golden["metrics"].as_object().expect("metrics") {
        let Some(dialogue) = json(&format!("corpora/star/dialogues/{id}.json")) else { continue };
        let turns: Vec<(&str, &str)> =
            dialogue["Events"].as_array().expect("events").iter().filter_map(turn).collect();
        let label = |speaker: &str| if speaker == "User" { "User: " } else { "System: " };
        let lines: Vec<DialogueLine<'_>> = turns
            .iter()
            .map(|(speaker, text)| DialogueLine { speaker, label: label(speaker), text })
            .collect();
        compare(&mut comparison, id, expect, &lines);
    }
    comparison.finish(60 * 14);
}

fn turn(event: &Value) -> Option<(&str, &str)> {
    let said = matches!(event["Action"].as_str(), Some("utter" | "pick_suggestion"));
    let speaker = if event["Agent"] == "Wizard" { "System" } else { event["Agent"].as_str()? };
    said.then_some((speaker, event["Text"].as_str()?))
}

fn compare(comparison: &mut Comparison, id: &str, expect: &Value, lines: &[DialogueLine<'_>]) {
    let features = serde_json::to_value(conversation_features(lines)).expect("serialises");
    for (name, value) in expect["conversational"].as_object().expect("features") {
        let got = features[name.replace('-', "_").as_str()].as_f64();
        comparison.check(format!("{id} {name}"), got, value, 1e-9);
    }
    let reading = serde_json::to_value(readability(lines)).expect("serialises");
    for (name, value) in expect["readability"].as_object().expect("readability") {
        comparison.check(format!("{id} {name}"), reading[name].as_f64(), value, 1e-9);
    }
    let (words, minutes) = length_in_words_and_minutes(lines);
    comparison.check(format!("{id} words"), Some(words as f64), &expect["length"]["words"], 0.0);
    comparison.check(format!("{id} minutes"), Some(minutes as f64), &expect["length"]["minutes"], 0.0);
}

#[test]
fn without_labels_an_acknowledgement_is_seen_and_a_label_is_no_word() {
    let line = |speaker, text| DialogueLine { speaker, label: "", text };
    let features = conversation_features(&[line("user", "Um, is it like open?"), line("assistant", "Yes")]);
    assert!((features.back_channel_rate - 50.0).abs() < 1e-9);
    assert!((features.hesitation_rate - 100.0 / 6.0).abs() < 1e-9);
    assert!((features.filler_word_density - 100.0 / 6.0).abs() < 1e-9);
    assert!((features.lexical_diversity - 1.0).abs() < 1e-9);
    assert!((features.turn_taking_ratio - 1.0).abs() < 1e-9);
}
