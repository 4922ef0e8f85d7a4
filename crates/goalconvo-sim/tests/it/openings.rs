//! Opening turns as somebody meets them who reads two hundred in one sitting.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Dialogue, Domain, Role};
use goalconvo_nlg::{Lexicon, Pack};
use goalconvo_sim::{Dials, Goals, Plan};

use crate::dialogues::domains;

/// What is left of an utterance when every value in it is hidden: the frame that a reader would recognise.
fn frame(lexicon: &Lexicon, text: &str) -> String {
    let mut frame = String::new();
    let mut from = 0;
    for mention in lexicon.read(Role::User, text).mentions {
        if mention.span.start >= from {
            frame.push_str(&text[from..mention.span.start]);
            frame.push('_');
            from = mention.span.end;
        }
    }
    frame.push_str(&text[from..]);
    frame.to_lowercase()
}

/// The frames that are met more than four times.
fn too_often<'a>(lexicon: &Lexicon, openings: impl Iterator<Item = &'a str>) -> Vec<(String, usize)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    openings.for_each(|text| *seen.entry(frame(lexicon, text)).or_default() += 1);
    seen.into_iter().filter(|(_, times)| *times > 4).collect()
}

fn opening(dialogue: &Dialogue) -> &str {
    dialogue.said().next().map_or("", |(_, text)| text)
}

#[test]
fn no_frame_opens_more_than_four_of_two_hundred_dialogues() {
    let lexicon = Lexicon::new(Pack::english().unwrap(), domains());
    let hotels: Vec<Arc<Domain>> =
        domains().iter().filter(|domain| domain.name == "hotel").cloned().collect();
    let five = ["attraction", "hotel", "restaurant", "taxi", "train"];
    let town: Vec<Arc<Domain>> =
        domains().iter().filter(|domain| five.contains(&domain.name.as_str())).cloned().collect();
    for (name, domains, seed) in
        [("all domains", domains(), 11), ("one domain", &hotels, 11), ("five domains", &town, 21)]
    {
        let plan = Plan::new(domains, Goals::Sampled, Dials::default(), seed).unwrap();
        let dialogues: Vec<Dialogue> = (0..200).filter_map(|index| plan.make(index).dialogue).collect();
        let often = too_often(&lexicon, dialogues.iter().map(opening));
        assert!(often.is_empty(), "{name}: {often:?}");
    }
}

#[test]
fn a_frame_said_five_times_is_found_whatever_its_values() {
    let lexicon = Lexicon::new(Pack::english().unwrap(), domains());
    let said =
        ["north", "south", "east", "west", "north"].map(|area| format!("I need a hotel in the {area}."));
    assert_eq!(too_often(&lexicon, said.iter().map(String::as_str)).len(), 1);
    assert!(too_often(&lexicon, said.iter().map(String::as_str).take(4)).is_empty());
}
