//! What every dialogue of the built-in engine shows.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use goalconvo_core::{Act, ActKind, Dialogue, Domain, Finding, GoalClass, Role, Turn};
use goalconvo_sim::{Dials, Goals, Plan, ToolSet, Words};

/// All built-in domains, loaded once.
pub fn domains() -> &'static [Arc<Domain>] {
    static DOMAINS: OnceLock<Vec<Arc<Domain>>> = OnceLock::new();
    DOMAINS.get_or_init(|| {
        let names = goalconvo_worlds::domain::built_in_names();
        goalconvo_worlds::domain::built_ins(&names).unwrap().into_iter().map(Arc::new).collect()
    })
}

/// The words of a record's domains.
pub fn words_of(dialogue: &Dialogue) -> Words {
    let chosen: Vec<_> =
        domains().iter().filter(|domain| dialogue.domains.contains(&domain.name)).cloned().collect();
    Words::new(&chosen).unwrap()
}

/// A plan over all built-in domains.
pub fn plan(dials: Dials, seed: u64) -> Plan {
    Plan::new(domains(), Goals::Sampled, dials, seed).unwrap()
}

fn made(plan: &Plan, count: u64) -> Vec<Dialogue> {
    (0..count).filter_map(|index| plan.make(index).dialogue).collect()
}

#[test]
fn every_index_becomes_a_dialogue_that_passes() {
    let plan = plan(Dials::default(), 7);
    for index in 0..600 {
        let made = plan.make(index);
        let reasons: Vec<_> = made.rejected.iter().flat_map(|rejected| &rejected.verdicts).collect();
        let dialogue = made.dialogue.unwrap_or_else(|| panic!("{index}: {reasons:#?}"));
        assert!(dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed));
    }
}

#[test]
fn the_same_index_is_the_same_bytes() {
    let (one, other) = (plan(Dials::default(), 3), plan(Dials::default(), 3));
    for index in [0, 17, 4, 99] {
        let bytes = |plan: &Plan| serde_json::to_string(&plan.make(index).dialogue).unwrap();
        assert_eq!(bytes(&one), bytes(&other));
    }
}

#[test]
fn another_seed_is_another_dialogue() {
    let text =
        |seed| serde_json::to_string(&plan(Dials::default(), seed).make(0).dialogue.unwrap().turns).unwrap();
    assert_ne!(text(1), text(2));
}

#[test]
fn a_class_asked_for_is_the_class_that_comes() {
    for class in GoalClass::COMPILED {
        let plan = plan(Dials { classes: [(class, 1)].into(), ..Dials::default() }, 5);
        for dialogue in made(&plan, 12) {
            assert_eq!(dialogue.scenario.unwrap().goal.class, class);
        }
    }
}

#[test]
fn without_tools_nothing_is_done_and_nothing_is_claimed() {
    let plan = plan(Dials { tools: ToolSet::None, ..Dials::default() }, 11);
    let dialogues = made(&plan, 60);
    assert_eq!(dialogues.len(), 60);
    for dialogue in dialogues {
        assert!(dialogue.calls().all(|(_, answer)| answer.is_none_or(|answer| answer.error.is_some())));
        let outcome = dialogue.outcome.unwrap();
        assert!(outcome.changes.iter().all(|change| change.key.starts_with("setup")));
        assert!(!outcome.success, "nothing was done, and that is no success");
    }
}

#[test]
fn tool_errors_are_recovered_from_or_reported() {
    let plan = plan(Dials { tool_errors: Some(40), ..Dials::default() }, 13);
    let dialogues = made(&plan, 80);
    assert_eq!(dialogues.len(), 80);
    let failed = dialogues
        .iter()
        .flat_map(Dialogue::calls)
        .filter(|(_, answer)| answer.is_some_and(|answer| answer.error.is_some()));
    assert!(failed.count() > 40, "the dial does nothing");
}

#[test]
fn every_goal_ends_as_it_was_proven_to() {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 17);
    let missed: Vec<String> = made(&plan, 600)
        .into_iter()
        .filter(|dialogue| !dialogue.outcome.as_ref().unwrap().success)
        .map(|dialogue| dialogue.id)
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}

/// What was said, in order: who said it, and the acts.
fn said(dialogue: &Dialogue) -> Vec<(Role, &[Act])> {
    let turns = dialogue.turns.iter().filter_map(|turn| match turn {
        Turn::User(said) => Some((Role::User, said.acts.as_slice())),
        Turn::Assistant(said) if !said.text.is_empty() => Some((Role::Assistant, said.acts.as_slice())),
        _ => None,
    });
    turns.collect()
}

fn does(acts: &[Act], kinds: &[ActKind]) -> bool {
    acts.iter().any(|act| kinds.contains(&act.act))
}

#[test]
fn an_offered_task_gets_a_yes_or_a_no_and_a_refusal_is_taken_in() {
    let (mut offers, mut refusals) = (0, 0);
    for dialogue in made(&plan(Dials::default(), 23), 200) {
        for pair in said(&dialogue).windows(2) {
            let [(Role::Assistant, heard), (Role::User, reply)] = pair else { continue };
            if does(heard, &[ActKind::OfferIntent]) {
                offers += 1;
                assert!(does(reply, &[ActKind::Affirm, ActKind::Deny]), "{}: {reply:?}", dialogue.id);
            }
            if does(heard, &[ActKind::Refuse]) {
                refusals += 1;
                assert!(does(reply, &[ActKind::Acknowledge]), "{}: {reply:?}", dialogue.id);
            }
        }
    }
    assert!(offers > 20 && refusals > 5, "{offers} offers and {refusals} refusals show nothing");
}

#[test]
fn what_was_told_of_a_thing_is_not_asked_of_it() {
    for dialogue in made(&plan(Dials::default(), 29), 200) {
        let mut told = BTreeSet::new();
        for (role, acts) in said(&dialogue) {
            for act in acts.iter().filter(|act| act.of.is_some()) {
                let fact = (act.domain.clone(), act.of.clone(), act.slot.clone());
                match role {
                    Role::Assistant => {
                        told.insert(fact);
                    }
                    Role::User if act.act == ActKind::Request => {
                        assert!(!told.contains(&fact), "{}: {act:?}", dialogue.id);
                    }
                    Role::User => {}
                }
            }
        }
    }
}

#[test]
fn a_look_up_is_never_passed_over_with_anything_else() {
    let mut found = 0;
    for dialogue in made(&plan(Dials::default(), 31), 200) {
        for (at, turn) in dialogue.turns.iter().enumerate() {
            let Turn::Tool(answer) = turn else { continue };
            if !answer.name.starts_with("get_") || answer.error.is_some() {
                continue;
            }
            let next = dialogue.turns[at..].iter().find_map(|turn| match turn {
                Turn::Assistant(said) if !said.text.is_empty() => Some(&said.acts),
                _ => None,
            });
            found += 1;
            let acts = next.unwrap();
            let bare = acts.iter().all(|act| matches!(act.act, ActKind::RequestMore | ActKind::OfferIntent));
            assert!(!bare, "{}: {acts:?}", dialogue.id);
        }
    }
    assert!(found > 20, "{found} look-ups show nothing");
}

#[test]
fn who_only_wants_to_know_has_nothing_done() {
    let plan = plan(Dials { classes: [(GoalClass::InformationOnly, 1)].into(), ..Dials::default() }, 37);
    for dialogue in made(&plan, 60) {
        assert!(dialogue.outcome.unwrap().changes.is_empty(), "{}", dialogue.id);
    }
}
