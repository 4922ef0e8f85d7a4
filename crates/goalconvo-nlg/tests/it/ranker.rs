//! The ranker: what a speaker has just said comes again less often, and is not forbidden.

use goalconvo_core::{Act, ActKind, Key, Purpose, Role, Traits};
use goalconvo_nlg::{Grammar, Heard, Pack, Wording};

use crate::stage;

#[test]
fn what_was_just_said_comes_again_less_often_but_comes() {
    let grammar = Grammar::new(Pack::english().unwrap(), &stage::mock()).unwrap();
    let acts = [Act::new(ActKind::RequestMore)];
    let opener = "Is there anything else";
    let often = |role: Role, before: &str| {
        let heard = [Heard::new(role, before, &acts)];
        let said = (0..2_000).filter(|index| {
            let mut rng = Key { seed: 4, index: *index }.rng(0, Purpose::Words);
            let wording =
                Wording { role: Role::Assistant, acts: &acts, traits: &Traits::default(), heard: &heard };
            grammar.word(&wording, &mut rng).unwrap().text.starts_with(opener)
        });
        said.count()
    };
    let before = "It is red. Is there anything else I can help you with today?";
    let (again, other) = (often(Role::Assistant, before), often(Role::User, before));
    assert!(again * 10 < other * 9, "{again} after it was said, {other} after the other one said it");
    assert!(again > 100, "{again}: it is people's usual word");
}
