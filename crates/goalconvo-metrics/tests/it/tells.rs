//! Planted tells are found, and two halves of one corpus can't be told apart.

use goalconvo_core::Dialogue;
use goalconvo_metrics::tells::{Features, TellSettings, area_under_roc, text_features, two_sample};

use crate::corpus::{multiwoz, spoken};

const SAID: [&str; 12] = [
    "i need a cheap hotel in the north",
    "there are three of them , which one would you like ?",
    "is there a train to ely on friday ?",
    "it leaves at ten and takes twenty minutes",
    "book a table for two people please",
    "your reference is ready , can i help with anything more ?",
    "no that is all",
    "what is the phone number ?",
    "we also want to see a museum",
    "thank you , have a nice day",
    "which area would you prefer ?",
    "the centre of town would be good",
];

fn corpus(seed: usize, planted: &[&str]) -> Vec<Features> {
    let dialogue = |d: usize| -> Dialogue {
        let mut turns: Vec<String> =
            (0..8).map(|t| SAID[(d * 31 + t * 17 + seed * 7 + d * t) % SAID.len()].to_owned()).collect();
        for (at, phrase) in planted.iter().enumerate() {
            if (d + at) % 3 != 0 {
                let turn = (d + 2 * at) % 8;
                turns[turn] = format!("{} {phrase}", turns[turn]);
            }
        }
        spoken(&format!("{seed}-{d}"), turns.iter().map(String::as_str))
    };
    (0..120).map(|d| text_features(&dialogue(d), true)).collect()
}

#[test]
fn planted_tells_come_out_in_the_top_five() {
    let planted = ["certainly delighted", "as an ai", "how fascinating"];
    let found =
        two_sample(&corpus(1, &planted), &corpus(2, &[]), TellSettings::default()).expect("enough items");
    assert!(found.auc > 0.95, "{}", found.auc);
    let top: Vec<&str> = found.tells.iter().take(5).map(|tell| tell.feature.as_str()).collect();
    for phrase in planted {
        let seen =
            top.iter().any(|feature| phrase.split(' ').any(|word| feature.split(' ').any(|w| w == word)));
        assert!(seen, "{phrase:?} is not among {top:?}");
    }
    assert!(found.tells.iter().take(5).all(|tell| tell.weight > 0.0 && tell.generated > tell.real));
}

#[test]
fn two_halves_of_one_corpus_can_not_be_told_apart() {
    let Some(dialogues) = multiwoz() else { return };
    let features: Vec<Features> =
        dialogues.iter().take(600).map(|dialogue| text_features(dialogue, true)).collect();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (at, item) in features.into_iter().enumerate() {
        if at % 2 == 0 { left.push(item) } else { right.push(item) }
    }
    let found = two_sample(&left, &right, TellSettings::default()).expect("enough items");
    let [low, high] = found.interval.expect("an interval");
    assert!(low < 0.56 && high > 0.44 && (found.auc - 0.5).abs() < 0.1, "{} in {low}..{high}", found.auc);
}

#[test]
fn the_area_under_the_curve_counts_ties_half() {
    assert_eq!(area_under_roc(vec![(1.0, true), (0.0, false)]), Some(1.0));
    assert_eq!(area_under_roc(vec![(1.0, false), (0.0, true)]), Some(0.0));
    assert_eq!(area_under_roc(vec![(1.0, false), (1.0, true)]), Some(0.5));
    assert_eq!(area_under_roc(vec![(1.0, true)]), None);
    assert_eq!(two_sample(&[], &[], TellSettings::default()), None);
}
