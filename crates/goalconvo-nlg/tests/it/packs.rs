//! The English pack is sound, and mistakes in a pack are found with their place.

use std::collections::BTreeSet;

use goalconvo_core::{Act, ActKind, Key, Purpose, Role, Traits, Value};
use goalconvo_nlg::{Glossary, Grammar, Pack, Wording};

use crate::stage;

#[test]
fn the_english_pack_has_no_mistake() {
    let pack = Pack::english().unwrap();
    assert!(Grammar::new(pack, &stage::mock()).is_ok());
    assert_eq!(pack.lint(), Vec::<String>::new());
}

#[test]
fn a_mistake_in_a_pack_is_found_with_file_and_line() {
    let files = [
        ("values.toml", include_str!("../../packs/en/values.toml")),
        ("cues.toml", include_str!("../../packs/en/cues.toml")),
        ("morphology.toml", include_str!("../../packs/en/morphology.toml")),
        ("ranking.toml", include_str!("../../packs/en/ranking.toml")),
        ("varieties.toml", include_str!("../../packs/en/varieties.toml")),
    ];
    let check = |grammar: &str, expected: &str| {
        let mut all = files.to_vec();
        all.push(("user.toml", grammar));
        let error = Pack::parse(&all).unwrap_err();
        assert!(error.is_pack() && error.to_string().contains(expected), "{error}");
    };
    check(
        "greet = [\"Hi\"]\nask = [\"what {nothing}\"]",
        "user.toml:2: {nothing} is neither a rule nor a hole",
    );
    check("greet = []", "\"greet\" is empty");
    check("greet = [\n\"(Hi\"]", "user.toml:2: '(' without ')'");
    check("greet = [\"Hi @loud\"]", "unknown tag @loud");
    check("greet = \"Hi\"", "user.toml:1");
    let broken = [("values.toml", "x = 1"), files[1], files[2], files[3], files[4]];
    assert!(Pack::parse(&broken).unwrap_err().to_string().starts_with("values.toml:1"));
    assert!(Pack::parse(&files[..2]).unwrap_err().to_string().contains("no such file"));
    let reckless = (
        "ranking.toml",
        "[user]\ncandidates = 3\nrepeated = 101\nopener = 0\nuniform = 0\ncommon = 0\nrare = 1\nmost = 0\nbank = { candidates = 1, unusual = 1 }\n[assistant]\ncandidates = 3\nrepeated = 1\nopener = 0\nuniform = 0\ncommon = 0\nrare = 1\nmost = 0\nbank = { candidates = 1, unusual = 1 }",
    );
    let broken = [files[0], files[1], files[2], reckless, files[4]];
    assert!(Pack::parse(&broken).unwrap_err().to_string().contains("a chance above 100"));
    let nameless = ("varieties.toml", "[[variety]]\nname = \"en-us\"\n[variety.words]\ncentre = \"center\"");
    let broken = [files[0], files[1], files[2], files[3], nameless];
    assert!(Pack::parse(&broken).unwrap_err().to_string().contains("nothing but its name"));
}

#[test]
fn a_frequent_signature_has_five_hundred_surface_forms() {
    let grammar = Grammar::new(Pack::english().unwrap(), &stage::mock()).unwrap();
    let task = |kind| Act::new(kind).about(&"mock".into(), &"find_kayak".into());
    let colour = task(ActKind::Inform).slot(&"colour".into()).value(Value::text("red"));
    let check = |role, acts: &[Act]| {
        let mut forms = BTreeSet::new();
        for index in 0..4_000 {
            let mut rng = Key { seed: 3, index }.rng(0, Purpose::Words);
            let wording = Wording { role, acts, traits: &Traits::default(), heard: &[] };
            forms.insert(grammar.word(&wording, &mut rng).unwrap().text);
        }
        assert!(forms.len() >= 500, "{acts:?}: {}", forms.len());
    };
    check(Role::User, &[task(ActKind::Intend), colour.clone()]);
    check(Role::User, &[task(ActKind::Request).slot(&"price".into())]);
    check(Role::User, &[Act::new(ActKind::Thank), Act::new(ActKind::Bye)]);
    check(Role::Assistant, &[task(ActKind::Count).value(Value::Int(7)), colour.clone()]);
    check(
        Role::Assistant,
        &[task(ActKind::Offer).value(Value::text("Copper Fox")).of(&"K001".into()), colour],
    );
    check(Role::Assistant, &[Act::new(ActKind::RequestMore)]);
}

#[test]
fn british_and_american_words_do_not_mix() {
    let pack = Pack::english().unwrap();
    assert_eq!(pack.varieties().collect::<Vec<_>>(), ["en-gb", "en-us"]);
    let domains = stage::all();
    let words = ["apologise", "apologize", "organising", "organizing", "travelling", "traveling"];
    let (mut seen, mut said) = (BTreeSet::new(), 0);
    for (variety, foreign) in [("en-gb", 1), ("en-us", 0)] {
        let grammar =
            Grammar::with(&Glossary::default(), pack, &domains, pack.style(variety).unwrap()).unwrap();
        for index in 0..3_000 {
            let mut rng = Key { seed: 3, index }.rng(0, Purpose::Words);
            let role = if rng.chance(50) { Role::User } else { Role::Assistant };
            let acts = crate::words::random_acts(&domains, role, &mut rng);
            let wording = Wording { role, acts: &acts, traits: &Traits::default(), heard: &[] };
            let text = grammar.word(&wording, &mut rng).unwrap().text.to_lowercase();
            for (at, word) in words.iter().enumerate().filter(|(_, word)| text.contains(**word)) {
                assert!(at % 2 != foreign, "{variety}: {text}");
                seen.insert(word);
            }
            said += usize::from(text.contains("center")) + usize::from(text.contains("centre"));
        }
    }
    assert!(said > 20 && seen.len() > 1, "{said} {seen:?}");
    assert!(pack.style("en-au").is_none());
}
