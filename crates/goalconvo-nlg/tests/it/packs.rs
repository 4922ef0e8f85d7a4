//! The English pack is sound, and mistakes in a pack are found with their place.

use std::collections::BTreeSet;

use goalconvo_core::{Act, ActKind, Key, Purpose, Role, Traits, Value};
use goalconvo_nlg::{Grammar, Pack, Style, Variety, Wording};

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
    let broken = [("values.toml", "x = 1"), files[1], files[2]];
    assert!(Pack::parse(&broken).unwrap_err().to_string().starts_with("values.toml:1"));
    assert!(Pack::parse(&files[..2]).unwrap_err().to_string().contains("no such file"));
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
            let wording =
                Wording { role, acts, traits: &Traits::default(), heard: &[], style: &Style::default() };
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
    let grammar = Grammar::new(Pack::english().unwrap(), &stage::mock()).unwrap();
    let acts = [Act::new(ActKind::Trouble)];
    for (variety, foreign) in [(Variety::British, "apologize"), (Variety::American, "apologise")] {
        let style = Style { variety };
        let wording = Wording {
            role: Role::Assistant,
            acts: &acts,
            traits: &Traits::default(),
            heard: &[],
            style: &style,
        };
        for index in 0..500 {
            let mut rng = Key { seed: 3, index }.rng(0, Purpose::Words);
            let text = grammar.word(&wording, &mut rng).unwrap().text.to_lowercase();
            assert!(!text.contains(foreign), "{text}");
        }
    }
}
