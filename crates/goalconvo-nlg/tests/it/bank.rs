//! A mined bank: what becomes a template, what must not, and how one is said.

use std::sync::Arc;

use goalconvo_core::{Act, ActKind, Key, Purpose, Role, Traits, Value};
use goalconvo_nlg::{Bank, Context, Grammar, Mined, Pack, Template, Wording};

use crate::stage;

fn grammar() -> Grammar {
    Grammar::new(Pack::english().unwrap(), &stage::mock()).unwrap()
}

fn task(kind: ActKind) -> Act {
    Act::new(kind).about(&"mock".into(), &"find_kayak".into())
}

fn colour(value: &str) -> Act {
    task(ActKind::Inform).slot(&"colour".into()).value(Value::text(value))
}

fn seats(n: i64) -> Act {
    task(ActKind::Inform).slot(&"seats".into()).value(Value::Int(n))
}

#[test]
fn values_are_taken_out_and_what_no_act_has_is_no_template() {
    let grammar = grammar();
    let check = |text: &str, acts: &[Act], expected: Result<(&str, &str), Mined>| {
        let found = grammar.mine(Role::User, text, acts, &mut Context::default());
        let expected = match expected {
            Ok((signature, text)) => {
                Mined::Template(Template { signature: signature.into(), text: text.into(), count: 1 })
            }
            Err(why) => why,
        };
        assert_eq!(found, expected, "{text}");
    };
    let red = [colour("red")];
    let wanted = "user inform:mock.colour intend:mock";
    check(
        "I 'm after a red kayak , please .",
        &red,
        Ok((wanted, "I'm after a {mock.colour} kayak, please.")),
    );
    check(
        "I ca n't do without a red kayak .",
        &red,
        Ok((wanted, "I can't do without a {mock.colour} kayak.")),
    );
    let both = [colour("red"), seats(2)];
    let two = "user inform:mock.colour inform:mock.seats intend:mock";
    check("A red one with 2 seats", &both, Ok((two, "A {mock.colour} one with {mock.seats} seats")));
    check("A kayak , please .", &red, Err(Mined::Missing));
    check("A red kayak or a blue one .", &red, Err(Mined::Literal));
    check("A red kayak for Jonathan Smithers .", &red, Err(Mined::Literal));
    check("A red kayak , call me on 01223 400123 .", &red, Err(Mined::Literal));
    check("A red kayak , write to me@example.org .", &red, Err(Mined::Literal));
    check("A red kayak . How can I help you ?", &red, Err(Mined::Cue));
    let bye = [Act::new(ActKind::Bye)];
    check("No , that 's all . Goodbye .", &bye, Ok(("user bye deny", "No, that's all. Goodbye.")));
    check("Goodbye . Or is there more ?", &bye, Err(Mined::Cue));
    check("A red kayak .", &[Act::new(ActKind::GiveUp)], Err(Mined::Acts));
    check("A red kayak .", &[], Err(Mined::Acts));
    check("Yes , please .", &[], Ok(("user affirm", "Yes, please.")));
    check("Yes , and book me a room with a view .", &[], Err(Mined::Acts));
}

#[test]
fn a_template_is_said_with_the_values_at_hand_and_its_origin_is_told() {
    let template =
        |signature: &str, text: &str| Template { signature: signature.into(), text: text.into(), count: 1 };
    let bank = |templates: &[Template]| grammar().with_bank(Arc::new(Bank::new(templates).unwrap()));
    let one = template(
        "user inform:mock.colour inform:mock.seats intend:mock",
        "Is there any {mock.colour} boat with {mock.seats} seats?",
    );
    // Many of the same, so that the grammar hardly has its turn.
    let thanks = template("user thank", "I'm much obliged.");
    let grammar = bank(&[vec![one; 400], vec![thanks; 400]].concat());
    let said = |acts: &[Act]| -> Vec<(String, bool)> {
        let draws = (0..60).map(|index| {
            let mut rng = Key { seed: 9, index }.rng(0, Purpose::Words);
            let wording = Wording { role: Role::User, acts, traits: &Traits::default(), heard: &[] };
            let worded = grammar.word(&wording, &mut rng).unwrap();
            assert_eq!(worded.mentions.len(), acts.iter().filter(|act| act.value.is_some()).count());
            (worded.text, worded.mined)
        });
        draws.collect()
    };
    let mined = |all: &[(String, bool)]| all.iter().filter(|(_, mined)| *mined).count();
    let blue = said(&[task(ActKind::Intend), colour("blue"), seats(3)]);
    assert!(mined(&blue) > 40, "{blue:?}");
    assert!(
        blue.iter().all(|(text, mined)| *mined == (text == "Is there any blue boat with 3 seats?")),
        "{blue:?}"
    );
    // "1 seats" is never said.
    assert_eq!(mined(&said(&[task(ActKind::Intend), colour("blue"), seats(1)])), 0);
    // What one template does not say is said by a second one; where there is none, the grammar says it all.
    let more = said(&[task(ActKind::Intend), colour("blue"), seats(2), Act::new(ActKind::Thank)]);
    let two = "Is there any blue boat with 2 seats? I'm much obliged.";
    assert!(mined(&more) > 30 && more.iter().all(|(text, mined)| *mined == (text == two)), "{more:?}");
    assert_eq!(mined(&said(&[task(ActKind::Intend), colour("blue"), seats(2), Act::new(ActKind::Bye)])), 0);
    assert_eq!(mined(&said(&[colour("blue")])), 0);
}

#[test]
fn a_broken_template_is_refused() {
    let check = |signature: &str, text: &str, expected: &str| {
        let template = Template { signature: signature.into(), text: text.into(), count: 1 };
        let error = Bank::new(&[template]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("user inform:mock.colour", "A {mock.seats} one", "not in the signature");
    check("user inform:mock.colour", "A {mock.colour} or {mock.colour} one", "stands twice");
    check("inform:mock.colour", "A {mock.colour} one", "who speaks");
    check("user inform:mock.colour", "A {mock.colour one", "'{' without '}'");
    check("user inform:mock.colour", "A mock.colour} one", "'}' without '{'");
}
