//! Acts to words and back, over random acts of every domain.

use std::sync::Arc;

use goalconvo_core::{Act, ActKind, Domain, IntentKind, Key, Purpose, Rng, Role, SlotKind, Traits, Value};
use goalconvo_nlg::{Glossary, Grammar, Heard, Pack, Worded, Wording};

use crate::stage;

#[test]
fn values_are_read_in_all_their_forms() {
    let lexicon = goalconvo_nlg::Lexicon::new(Pack::english().unwrap(), &stage::mock());
    let check = |text: &str, expected: &[Value]| {
        let reading = lexicon.read(Role::User, text);
        assert_eq!(reading.mentions.len(), expected.len(), "{text:?}: {:?}", reading.mentions);
        for (mention, value) in reading.mentions.iter().zip(expected) {
            assert!(mention.means(value), "{value} in {text:?}: {mention:?}");
        }
    };
    let text = |text: &str| Value::text(text);
    for (said, time) in [
        ("19:30", "19:30"),
        ("7:30 pm", "19:30"),
        ("half seven", "19:30"),
        ("half past seven", "07:30"),
        ("quarter past 7", "19:15"),
        ("a quarter to eight", "19:45"),
        ("noon", "12:00"),
        ("ten to seven", "18:50"),
        ("7pm", "19:00"),
        ("12 am", "00:00"),
        ("seven o'clock in the evening", "19:00"),
        ("9.15 a.m.", "09:15"),
        ("twenty-five past six", "18:25"),
        ("12:15 pm", "12:15"),
    ] {
        check(&format!("I want to leave at {said}, please"), &[text(time)]);
    }
    check("we meet at 7", &[text("19:00")]);
    check("£23.60 or 12 pounds", &[Value::Float(23.6), Value::Int(12)]);
    check("there are 1,029 trains", &[Value::Int(1029)]);
    check("party of four for two nights", &[Value::Int(4), Value::Int(2)]);
    check("it is just me", &[Value::Int(1)]);
    check("that one is fine, no two ways about it", &[]);
    check("call 01223 400123", &[text("01223400123")]);
    check("cb21ab, reference LZLUDTVI or qx7rt2mp", &[text("CB21AB"), text("LZLUDTVI"), text("QX7RT2MP")]);
    check("on the 24th of November", &[text("2026-11-24")]);
    check("2026-11-24 on Tuesday", &[text("2026-11-24"), text("tuesday")]);
    check(
        "an hour and a half, 51 minutes, 2 hours and 5 minutes",
        &[Value::Int(90), Value::Int(51), Value::Int(125)],
    );
    check("the Copper Fox's kayak, the RED one", &[text("Copper Fox"), text("red")]);
    check("x9y", &[text("x9y")]);
    check("it is -4, later -0.5 or (-12)", &[Value::Int(-4), Value::Float(-0.5), Value::Int(-12)]);
    check("from 3-4 and then 5 - 6", &[Value::Int(3), Value::Int(4), Value::Int(5), Value::Int(6)]);
    check("policy ZQ-847605, rooms 15-17", &[text("ZQ-847605"), Value::Int(15), Value::Int(17)]);
}

/// A random utterance's acts.
pub(crate) fn random_acts(domains: &[Arc<Domain>], role: Role, rng: &mut Rng) -> Vec<Act> {
    let domain = rng.pick(domains).unwrap();
    let intent = rng.pick(&domain.intents).unwrap();
    let mut slots: Vec<_> = intent.required.iter().chain(&intent.optional).collect();
    rng.shuffle(&mut slots);
    slots.truncate(rng.below(4));
    let mut requests: Vec<_> = intent.requests.iter().collect();
    rng.shuffle(&mut requests);
    requests.truncate(1 + rng.below(2));
    let task = |kind| Act::new(kind).about(&domain.name, &intent.name);
    let value_of = |slot: &str, rng: &mut Rng| {
        let at = domain.tables[0].column(slot).unwrap();
        rng.pick(domain.tables[0].rows()).unwrap()[at].clone()
    };
    slots.retain(|slot| domain.slots[*slot].kind != SlotKind::Id);
    let with = |kind, slots: &[&smol_str::SmolStr], rng: &mut Rng| -> Vec<Act> {
        slots.iter().map(|slot| task(kind).slot(slot).value(value_of(slot, rng))).collect()
    };
    let names: Vec<_> = domain.slots.values().filter(|slot| slot.kind == SlotKind::Name).collect();
    let label = |rng: &mut Rng| rng.pick(&names).map(|slot| value_of(&slot.name, rng));
    let mut acts = Vec::new();
    match (role, rng.below(10)) {
        (Role::User, 0..=3) => {
            acts.push(task(ActKind::Intend));
            acts.extend(with(ActKind::Inform, &slots, rng));
        }
        (Role::User, 4) => acts.extend(with(ActKind::Inform, &slots[..slots.len().min(2)], rng)),
        (Role::User, 5) => acts.extend(requests.iter().map(|slot| task(ActKind::Request).slot(slot))),
        (Role::User, 6) => acts.extend(with(ActKind::Correct, &slots[..slots.len().min(1)], rng)),
        (Role::User, 7) => acts.extend([task(ActKind::Affirm), task(ActKind::Thank)]),
        (Role::User, 8) => acts.extend(label(rng).map(|label| task(ActKind::Select).value(label))),
        (Role::User, _) => acts.extend([task(ActKind::Alternatives), task(ActKind::Bye)]),
        (Role::Assistant, 0) => acts.extend(slots.iter().map(|slot| task(ActKind::Request).slot(slot))),
        (Role::Assistant, 1) if intent.kind == IntentKind::Search => {
            acts.push(task(ActKind::Count).value(Value::Int(rng.between(1, 40))));
            acts.extend(with(ActKind::Inform, &slots[..slots.len().min(2)], rng));
        }
        (Role::Assistant, 2..=3) => {
            acts.extend(label(rng).map(|label| task(ActKind::Offer).value(label).of(&"x".into())));
            let second = label(rng).filter(|label| acts[0].value.as_ref() != Some(label) && rng.chance(30));
            if let Some(second) = second {
                return [acts, vec![task(ActKind::Offer).value(second).of(&"y".into())]].concat();
            }
            slots.retain(|slot| domain.slots[*slot].kind != SlotKind::Name);
            acts.extend(with(ActKind::Inform, &slots, rng));
        }
        (Role::Assistant, 4..=5) => acts.extend(with(ActKind::Inform, &requests, rng)),
        (Role::Assistant, 6) => acts.extend(with(ActKind::Confirm, &slots, rng)),
        (Role::Assistant, 7) if intent.kind == IntentKind::Search => {
            acts.push(task(ActKind::NoMatch));
            acts.extend(with(ActKind::Inform, &slots[..slots.len().min(2)], rng));
        }
        (Role::Assistant, 8) if intent.kind == IntentKind::Transact => {
            acts.push(task(ActKind::Done));
            acts.extend(with(ActKind::Inform, &requests, rng));
        }
        (Role::Assistant, _) => acts.extend([task(ActKind::Welcome), task(ActKind::RequestMore)]),
    }
    let least = task(if role == Role::User { ActKind::Thank } else { ActKind::RequestMore });
    if acts.is_empty() { vec![least] } else { acts }
}

#[test]
fn every_value_stands_once_and_no_other_does() {
    let n = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    let pack = Pack::english().unwrap();
    let stages = [("en-gb", stage::mock()), ("en-gb", stage::all()), ("en-us", stage::all())];
    for (variety, domains) in stages {
        let grammar =
            Grammar::with(&Glossary::default(), pack, &domains, pack.style(variety).unwrap()).unwrap();
        for index in 0..n {
            let mut rng = Key { seed: 1, index }.rng(0, Purpose::Words);
            let role = if rng.chance(50) { Role::User } else { Role::Assistant };
            let acts = random_acts(&domains, role, &mut rng);
            let traits =
                Traits { typing: if index.is_multiple_of(3) { 40 } else { 100 }, ..Traits::default() };
            let other = if role == Role::User { Role::Assistant } else { Role::User };
            let last = random_acts(&domains, other, &mut rng);
            let heard = [Heard::new(other, "", &last)];
            let heard = if index.is_multiple_of(2) { &heard[..] } else { &[] };
            let wording = Wording { role, acts: &acts, traits: &traits, heard };
            let mut again = rng.clone();
            let worded = grammar.word(&wording, &mut rng).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(grammar.word(&wording, &mut again).unwrap(), worded, "the same draw words the same");
            right(&grammar, &wording, &worded);
        }
    }
}

/// The text of one draw.
fn said(grammar: &Grammar, role: Role, acts: &[Act], heard: &[Heard<'_>], index: u64) -> String {
    let mut rng = Key { seed: 5, index }.rng(0, Purpose::Words);
    let wording = Wording { role, acts, traits: &Traits::default(), heard };
    let worded = grammar.word(&wording, &mut rng).unwrap();
    right(grammar, &wording, &worded);
    worded.text
}

#[test]
fn several_offers_are_named_together_and_one_is_taken_by_its_place() {
    let grammar = Grammar::new(Pack::english().unwrap(), &stage::mock()).unwrap();
    let task = |kind| Act::new(kind).about(&"mock".into(), &"find_kayak".into());
    let offer = |of: &str, name: &str| task(ActKind::Offer).value(Value::text(name)).of(&of.into());
    let offers = [offer("K001", "Copper Fox"), offer("K002", "Silver Fox")];
    let counted = [task(ActKind::Count).value(Value::Int(7)), offers[0].clone(), offers[1].clone()];
    for index in 0..200 {
        for acts in [&offers[..], &counted[..]] {
            said(&grammar, Role::Assistant, acts, &[], index);
        }
    }
    let heard = [Heard::new(Role::Assistant, "", &offers)];
    let check = |of: &str, expected: &str| {
        for index in 0..50 {
            let text = said(&grammar, Role::User, &[task(ActKind::Select).of(&of.into())], &heard, index);
            assert!(text.to_lowercase().contains(expected), "{text}");
        }
    };
    check("K001", "first");
    check("K002", "last");
}

#[test]
fn a_value_that_was_given_a_moment_ago_is_pointed_back_at() {
    let domains = stage::all();
    let grammar = Grammar::new(Pack::english().unwrap(), &domains).unwrap();
    let task = |domain: &str, intent: &str, kind| Act::new(kind).about(&domain.into(), &intent.into());
    let day = |act: Act| act.slot(&"day".into()).value(Value::text("friday"));
    let before = [day(task("train", "find_train", ActKind::Inform))];
    let heard = [Heard::new(Role::User, "", &before)];
    let acts = [
        task("restaurant", "book_restaurant", ActKind::Intend),
        day(task("restaurant", "book_restaurant", ActKind::Inform)),
    ];
    let back = ["same", "as well", "too"];
    let points = |heard: &[Heard<'_>]| {
        let texts = (0..200).map(|index| said(&grammar, Role::User, &acts, heard, index));
        texts.filter(|text| back.iter().any(|word| text.contains(word))).count()
    };
    let (with, without) = (points(&heard), points(&[]));
    assert!(with > 20 && without < with / 4, "{with} with, {without} without");
}

#[test]
fn what_a_domain_calls_a_thing_is_said_for_it() {
    let grammar = Grammar::new(Pack::english().unwrap(), &stage::all()).unwrap();
    let act = Act::new(ActKind::Inform).about(&"restaurant".into(), &"find_restaurant".into());
    let acts = [act.slot(&"area".into()).value(Value::text("north"))];
    let texts = (0..200).map(|index| said(&grammar, Role::Assistant, &acts, &[], index).to_lowercase());
    assert!(texts.filter(|text| text.contains("restaurant is")).count() > 5);
}

/// Whether one of 200 draws says one of these words.
fn says(role: Role, acts: &[Act], words: &[&str]) -> Option<String> {
    let grammar = Grammar::new(Pack::english().unwrap(), &stage::all()).unwrap();
    let mut texts = (0..200).map(|index| said(&grammar, role, acts, &[], index));
    texts.find(|text| {
        text.to_lowercase().split(|c: char| !c.is_alphabetic()).any(|word| words.contains(&word))
    })
}

#[test]
fn nobody_calls_a_doctor_it() {
    let task = |kind| Act::new(kind).about(&"hospital_appointments".into(), &"find_doctor".into());
    let speaks = task(ActKind::Inform).slot(&"language".into()).value(Value::text("Welsh"));
    assert_eq!(says(Role::Assistant, &[speaks], &["it", "its", "something"]), None);
    assert_eq!(says(Role::User, &[task(ActKind::Select)], &["it", "its", "something"]), None);
}

#[test]
fn an_assistant_counts_no_guest_houses_as_hotels() {
    let task = |kind| Act::new(kind).about(&"hotel".into(), &"find_hotel".into());
    let cheap = task(ActKind::Inform).slot(&"price_range".into()).value(Value::text("cheap"));
    let counted = [task(ActKind::Count).value(Value::Int(30)), cheap];
    assert_eq!(says(Role::Assistant, &counted, &["hotel", "hotels"]), None);
}

#[test]
fn who_comes_alone_says_no_we() {
    let task = |kind| Act::new(kind).about(&"restaurant".into(), &"book_restaurant".into());
    let people = |n| task(ActKind::Inform).slot(&"people".into()).value(Value::Int(n));
    let we = ["we", "us", "our"];
    assert_eq!(says(Role::User, &[task(ActKind::Intend), people(1)], &we), None);
    assert!(says(Role::User, &[task(ActKind::Intend), people(4)], &we).is_some());
}

#[test]
fn no_yes_stands_before_what_is_not_there() {
    let task = |kind| Act::new(kind).about(&"hotel".into(), &"find_hotel".into());
    let pool = |there| task(ActKind::Inform).slot(&"pool".into()).value(Value::Bool(there));
    assert_eq!(says(Role::Assistant, &[pool(false)], &["yes", "absolutely", "certainly"]), None);
    assert!(says(Role::Assistant, &[pool(true)], &["yes", "absolutely", "certainly"]).is_some());
}

#[test]
fn there_is_no_choice_of_what_is_there_or_not() {
    let care = Act::new(ActKind::DontCare).about(&"hotel".into(), &"find_hotel".into());
    let texts = [care.slot(&"pool".into())];
    let with = says(Role::User, &texts, &["without", "whether", "if"]);
    assert!(with.is_some(), "nobody is fine with or without");
}

/// Reads the words with the lexicon alone, as a judge would: every value has a mention of its own, none is left over,
/// and the spans that the grammar tells are those.
fn right(grammar: &Grammar, wording: &Wording<'_>, worded: &Worded) {
    let reading = grammar.lexicon().read(wording.role, &worded.text);
    let mut free: Vec<_> = reading.mentions.iter().collect();
    for (at, act) in wording.acts.iter().enumerate() {
        let Some(value) = &act.value else { continue };
        let place = free.iter().position(|mention| mention.means(value));
        let place = place.unwrap_or_else(|| panic!("{value} is not in {:?}", worded.text));
        free.remove(place);
        let span = worded.mentions.iter().find(|(act, _)| *act == at).map(|(_, span)| span.clone());
        let span = span.unwrap_or_else(|| panic!("no span for {value} in {:?}", worded.text));
        let touches = |mention: &&goalconvo_core::Mention| {
            mention.span.start < span.end && span.start < mention.span.end && mention.means(value)
        };
        assert!(
            reading.mentions.iter().any(|mention| touches(&mention)),
            "{value} at {span:?} in {:?}",
            worded.text
        );
    }
    // A question may name what there is to choose from.
    let asks = wording.acts.iter().any(|act| act.act == ActKind::Request);
    let asked = |end: usize| worded.text[end..].find(['.', '?']).map(|at| &worded.text[end + at..=end + at]);
    free.retain(|mention| {
        !asks || mention.kind != SlotKind::Category || asked(mention.span.end) != Some("?")
    });
    assert!(free.is_empty(), "{free:?} in {:?}", worded.text);
}
