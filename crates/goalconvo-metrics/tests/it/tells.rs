//! Planted tells are found, and two halves of one corpus can't be told apart.

use goalconvo_core::Dialogue;
use goalconvo_metrics::tells::{
    Features, Inventory, Masks, TellSettings, act_features, area_under_roc, plain_tokens, text_features,
    two_sample, two_sample_grouped, utterance_features,
};

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
            if !(d + at).is_multiple_of(3) {
                let turn = (d + 2 * at) % 8;
                turns[turn] = format!("{} {phrase}", turns[turn]);
            }
        }
        spoken(&format!("{seed}-{d}"), turns.iter().map(String::as_str))
    };
    (0..120).map(|d| text_features(&dialogue(d), &Masks::default())).collect()
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
fn what_is_always_told_apart_is_no_certainty() {
    let side = |said: &str| -> Vec<Features> {
        let dialogue = |d: usize| {
            let own = "so ".repeat(d + 1);
            text_features(&spoken(&format!("{said}-{d}"), [said, own.as_str(), said]), &Masks::default())
        };
        (0..120).map(dialogue).collect()
    };
    let found = two_sample(&side("yes we do indeed"), &side("no never at all"), TellSettings::default());
    let found = found.expect("enough items");
    assert_eq!(found.auc, 1.0);
    let [low, high] = found.interval.expect("an interval");
    assert!((0.95..0.99).contains(&low) && high == 1.0, "{low} to {high} of 120 pairs");
}

#[test]
fn two_halves_of_one_corpus_can_not_be_told_apart() {
    let Some(dialogues) = multiwoz() else { return };
    let masks = Masks::of(&dialogues);
    let halves = |from: usize| dialogues.iter().take(600).skip(from).step_by(2);
    let [left, right] =
        [0, 1].map(|from| halves(from).map(|d| text_features(d, &masks)).collect::<Vec<Features>>());
    let [left_said, right_said] =
        [0, 1].map(|from| halves(from).map(|d| utterance_features(d, &masks)).collect::<Vec<_>>());
    for found in [
        two_sample(&left, &right, TellSettings::default()).expect("enough items"),
        two_sample_grouped(&left_said, &right_said, TellSettings::default()).expect("enough items"),
    ] {
        let [low, high] = found.interval.expect("an interval");
        assert!(low < 0.56 && high > 0.44 && (found.auc - 0.5).abs() < 0.1, "{} in {low}..{high}", found.auc);
    }
}

/// Word by word from nothing, so that nothing but memory tells the sides apart.
fn noise(side: u64) -> Vec<Features> {
    let word = |dialogue: u64, at: u64| {
        let mut mixed = (side << 40 | dialogue << 20 | at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^= mixed >> 29;
        format!("w{}", mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 56)
    };
    (0..150).map(|dialogue| (0..40).map(|at| word(dialogue, at)).collect()).collect()
}

#[test]
fn copies_within_a_side_are_not_learned_by_heart() {
    let twice = |side: u64| -> Vec<Features> {
        noise(side).iter().flat_map(|item| [item.clone(), item.clone()]).collect()
    };
    for [own, theirs] in [[noise(1), noise(2)], [twice(1), twice(2)]] {
        let found = two_sample(&own, &theirs, TellSettings::default()).expect("enough items");
        assert!((found.auc - 0.5).abs() < 0.12, "{} of {} items", found.auc, own.len());
    }
}

#[test]
fn how_a_corpus_is_stored_is_no_tell() {
    let check = |stored: &str, written: &str| assert_eq!(plain_tokens(stored), plain_tokens(written));
    check("I 'm sorry , I ca n't .", "I'm sorry, I can't.");
    check("it 's 8.08 gbp , Good - bye !", "It\u{2019}s \u{a3}8.08 GBP, good-bye!!");
    check("leaving at 17:45 . Number : 01223 351 880", "Leaving at 5. Number 01632960577");
    assert_ne!(plain_tokens("I would like it"), plain_tokens("I want it"));
}

#[test]
fn masks_cover_the_values_of_either_side_and_nothing_else() {
    let mut act = goalconvo_core::Act::new(goalconvo_core::ActKind::Inform);
    act.value = Some(goalconvo_core::Value::text("The Old Mill"));
    let mut dialogue = spoken("one", ["is the old mill cheap ?"]);
    if let Some(goalconvo_core::Turn::User(said)) = dialogue.turns.first_mut() {
        said.acts.push(act);
    }
    let masks = Masks::of([&dialogue]);
    let features = text_features(&spoken("two", ["try Old Mill, an old one"]), &masks);
    assert!(features.contains(&"try VALUE".to_owned()) && !features.contains(&"mill".to_owned()));
    assert!(features.contains(&"an old one".to_owned()));
}

#[test]
fn the_area_under_the_curve_counts_ties_half() {
    assert_eq!(area_under_roc(vec![(1.0, true), (0.0, false)]), Some(1.0));
    assert_eq!(area_under_roc(vec![(1.0, false), (0.0, true)]), Some(0.0));
    assert_eq!(area_under_roc(vec![(1.0, false), (1.0, true)]), Some(0.5));
    assert_eq!(area_under_roc(vec![(1.0, true)]), None);
    assert_eq!(two_sample(&[], &[], TellSettings::default()), None);
}

#[test]
fn what_only_one_scheme_annotates_is_no_tell() {
    use goalconvo_core::{Act, ActKind, Turn};
    let side = |own: ActKind| -> Vec<Dialogue> {
        let acts = |dialogue: &mut Dialogue, at: usize, kinds: &[ActKind]| {
            if let Some(Turn::User(said) | Turn::Assistant(said)) = dialogue.turns.get_mut(at) {
                said.acts = kinds.iter().copied().map(Act::new).collect();
            }
        };
        let dialogue = |n: usize| {
            let mut dialogue = spoken(&format!("{n}"), ["hello", "which area ?", "the north", "bye"]);
            acts(&mut dialogue, 0, &[own]);
            acts(&mut dialogue, 1, &[ActKind::Request]);
            acts(&mut dialogue, 2, &[ActKind::Inform, own]);
            acts(&mut dialogue, 3, &[[ActKind::Bye, ActKind::Inform][n % 2]]);
            dialogue
        };
        (0..60).map(dialogue).collect()
    };
    let (own, theirs) = (side(ActKind::Select), side(ActKind::Thank));
    let shared = Inventory::shared([&own, &theirs]);
    let features = |side: &[Dialogue]| -> Vec<Features> {
        side.iter().map(|dialogue| act_features(dialogue, &shared)).collect()
    };
    assert_eq!(features(&own), features(&theirs));
    assert!(features(&own).concat().contains(&"assistant: request > user: inform".to_owned()));
}

#[test]
fn what_one_scheme_writes_down_only_by_itself_does_not_count_beside_others() {
    use goalconvo_core::{Act, ActKind, Turn};
    let side = |first: &[ActKind]| -> Vec<Dialogue> {
        let dialogue = |n: usize| {
            let mut dialogue = spoken(
                &format!("{n}"),
                ["i need a cheap hotel", "which area ?", "any", "one ?", "yes , where ?"],
            );
            let acts = [
                first,
                &[ActKind::Request],
                &[ActKind::Intend],
                &[ActKind::Request],
                &[ActKind::Inform, ActKind::Request],
            ];
            for (turn, acts) in dialogue.turns.iter_mut().zip(acts) {
                if let Turn::User(said) | Turn::Assistant(said) = turn {
                    said.acts = acts.iter().copied().map(Act::new).collect();
                }
            }
            dialogue
        };
        (0..60).map(dialogue).collect()
    };
    let (own, theirs) = (side(&[ActKind::Intend, ActKind::Inform]), side(&[ActKind::Inform]));
    let shared = Inventory::shared([&own, &theirs]);
    assert_eq!(act_features(&own[0], &shared), act_features(&theirs[0], &shared));
    assert!(act_features(&own[0], &shared).contains(&"user: intend".to_owned()));
}
