//! How often the finders of failures are right: every kind is planted into dialogues that have none, and what is found
//! is held against what was planted. Negatives are the dialogues as they were, and harmless changes to them.

use std::collections::BTreeMap;

use goalconvo_core::{Act, ActKind, Dialogue, Role, Turn, Utterance, Value};
use goalconvo_metrics::failures::{FailureKind, find_failures};
use goalconvo_store::Corpus;

use crate::program::done;

/// Plants a failure, where the dialogue has a place for it.
type Plant = fn(&Dialogue) -> Option<Dialogue>;

const PLANTS: [(FailureKind, Plant); 12] = [
    (FailureKind::GoalDrift, another_domain),
    (FailureKind::GoalDrift, another_value),
    (FailureKind::UngroundedValue, made_up_code),
    (FailureKind::RepeatedQuestion, asked_though_given),
    (FailureKind::RepeatedQuestion, asked_again),
    (FailureKind::ForgottenSlot, state_without_a_slot),
    (FailureKind::Contradiction, another_answer),
    (FailureKind::EarlyEnd, cut_at_a_question),
    (FailureKind::EarlyEnd, satisfied_without_success),
    (FailureKind::Loop, exchange_over_and_over),
    (FailureKind::RoleSwap, user_helps),
    (FailureKind::RoleSwap, assistant_wants),
];

/// Changes that are no failure.
const HARMLESS: [Plant; 4] = [polite_end, thanks_twice, capitals, value_said_again];

#[test]
fn planted_failures_are_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "generate -n 150 --domain hotel,restaurant,taxi --seed 11 --out run");
    let clean: Vec<Dialogue> =
        Corpus::at(&folder.path().join("run"), None).unwrap().dialogues().map(Result::unwrap).collect();
    // By kind: found where planted, planted, found where it was not planted.
    let mut counts: BTreeMap<FailureKind, [u64; 3]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, dialogue) in clean.iter().enumerate() {
        let own = kinds(dialogue);
        let harmless = HARMLESS.iter().filter_map(|change| change(dialogue));
        for other in harmless.chain([dialogue.clone()]) {
            for kind in kinds(&other) {
                counts.entry(kind).or_default()[2] += 1;
                wrong.push(format!("{kind:?} in {at}: {:?}", find_failures(&other).first()));
            }
        }
        for (kind, plant) in PLANTS {
            // Where it was there before, what is found proves nothing.
            let Some(planted) = plant(dialogue).filter(|_| !own.contains(&kind)) else { continue };
            let count = counts.entry(kind).or_default();
            count[1] += 1;
            count[0] += u64::from(kinds(&planted).contains(&kind));
        }
    }
    println!("{:18} {:>22} {:>22}", "", "precision", "recall");
    for kind in FailureKind::ALL {
        let [found, planted, false_alarms] = counts.get(&kind).copied().unwrap_or_default();
        let (precision, recall) = (share(found, found + false_alarms), share(found, planted));
        println!("{:18} {precision:>22} {recall:>22}", kind.name());
        assert!(planted >= 50, "{kind:?} was planted {planted} times only");
        assert!(20 * found >= 19 * (found + false_alarms), "{kind:?}: precision {precision}: {wrong:#?}");
        assert!(10 * found >= 9 * planted, "{kind:?}: recall {recall}");
    }
}

fn kinds(dialogue: &Dialogue) -> Vec<FailureKind> {
    let mut kinds: Vec<FailureKind> =
        find_failures(dialogue).into_iter().map(|failure| failure.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// A share with its 95 % interval (Wilson 1927) and n.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    let (n, z) = (whole as f64, 1.96_f64);
    let p = part as f64 / n;
    let (middle, spread) = (p + z * z / (2.0 * n), z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt());
    let bound = |sign: f64| ((middle + sign * spread) / (1.0 + z * z / n)).clamp(0.0, 1.0);
    format!("{p:.3} [{:.3}, {:.3}] n = {whole}", bound(-1.0), bound(1.0))
}

fn changed(dialogue: &Dialogue, change: impl FnOnce(&mut Vec<Turn>)) -> Dialogue {
    let mut changed = dialogue.clone();
    change(&mut changed.turns);
    changed
}

/// The first turn of a role with an act that will do, and where it stands.
fn first(dialogue: &Dialogue, role: Role, fits: impl Fn(&Act) -> bool) -> Option<(usize, &Utterance, &Act)> {
    dialogue.turns.iter().enumerate().find_map(|(at, turn)| {
        let said = match (turn, role) {
            (Turn::User(said), Role::User) | (Turn::Assistant(said), Role::Assistant) => said,
            _ => return None,
        };
        Some((at, said, said.acts.iter().find(|act| fits(act))?))
    })
}

fn valued(act: &Act) -> bool {
    act.act == ActKind::Inform && act.domain.is_some() && act.slot.is_some() && act.value.is_some()
}

fn user_mut(turns: &mut [Turn], at: usize) -> Option<&mut Utterance> {
    match turns.get_mut(at) {
        Some(Turn::User(said)) => Some(said),
        _ => None,
    }
}

fn says(text: &str, acts: Vec<Act>) -> Utterance {
    Utterance { text: text.to_owned(), acts, ..Utterance::default() }
}

fn another_domain(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, ..) = first(dialogue, Role::User, |_| true)?;
    let mut act = Act::new(ActKind::Intend);
    act.domain = Some("opera".into());
    Some(changed(dialogue, |turns| {
        if let Some(said) = user_mut(turns, at) {
            said.acts.push(act);
        }
    }))
}

fn another_value(dialogue: &Dialogue) -> Option<Dialogue> {
    let goal = &dialogue.scenario.as_ref()?.goal;
    let fits = |act: &Act| {
        let named = |task: &goalconvo_core::Task| {
            Some(&task.domain) == act.domain.as_ref()
                && act.slot.as_ref().is_some_and(|slot| {
                    task.constraints.contains_key(slot) && !task.carried.contains_key(slot)
                })
        };
        valued(act) && goal.tasks.iter().any(named)
    };
    let (at, _, act) = first(dialogue, Role::User, fits)?;
    let position = act.clone();
    Some(changed(dialogue, |turns| {
        let acts = user_mut(turns, at).into_iter().flat_map(|said| said.acts.iter_mut());
        acts.filter(|act| **act == position).for_each(|act| act.value = Some(Value::text("nowhere")));
    }))
}

fn made_up_code(dialogue: &Dialogue) -> Option<Dialogue> {
    dialogue.turns.iter().position(|turn| matches!(turn, Turn::Tool(_)))?;
    let last = dialogue
        .turns
        .iter()
        .rposition(|turn| matches!(turn, Turn::Assistant(said) if !said.text.is_empty()))?;
    Some(changed(dialogue, |turns| {
        if let Turn::Assistant(said) = &mut turns[last] {
            said.text.push_str(" Its code is QX7391Z.");
        }
    }))
}

fn asked_though_given(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, said, act) = first(dialogue, Role::User, valued)?;
    let request = Act { act: ActKind::Request, value: None, of: None, intent: None, ..act.clone() };
    let (again, asks) = (Turn::User(said.clone()), Turn::Assistant(says("Which one?", vec![request])));
    Some(changed(dialogue, |turns| drop(turns.splice(at + 1..at + 1, [asks, again]))))
}

fn asked_again(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, said, _) = first(dialogue, Role::User, valued)?;
    let asks = || Turn::Assistant(says("Could you tell me on which day you would arrive?", Vec::new()));
    let answer = Turn::User(says("As I said.", Vec::new()));
    let again = Turn::User(says(&format!("Really, {}", said.text), Vec::new()));
    Some(changed(dialogue, |turns| drop(turns.splice(at + 1..at + 1, [asks(), answer, asks(), again]))))
}

fn state_without_a_slot(dialogue: &Dialogue) -> Option<Dialogue> {
    let (.., act) = first(dialogue, Role::User, valued)?;
    let key = format!("{}-{}", act.domain.as_ref()?, act.slot.as_ref()?);
    let mut lacks = dialogue.clone();
    let mut kept = 0;
    for turn in &mut lacks.turns {
        if let Turn::User(said) | Turn::Assistant(said) = turn {
            said.state.remove(key.as_str());
            kept += said.state.len();
        }
    }
    (kept > 0).then_some(lacks)
}

fn another_answer(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, _, act) = first(dialogue, Role::Assistant, |act| valued(act) && act.of.is_some())?;
    let other = act.clone().value(Value::text("something else"));
    let turns =
        [Turn::User(says("Sure?", Vec::new())), Turn::Assistant(says("Something else.", vec![other]))];
    Some(changed(dialogue, |all| drop(all.splice(at + 1..at + 1, turns))))
}

fn cut_at_a_question(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, said, _) = first(dialogue, Role::Assistant, |act| act.act == ActKind::Request)?;
    if !said.text.trim_end().ends_with('?') {
        return None;
    }
    let mut cut = changed(dialogue, |turns| turns.truncate(at + 1));
    cut.outcome = None;
    Some(cut)
}

fn satisfied_without_success(dialogue: &Dialogue) -> Option<Dialogue> {
    let mut changed = dialogue.clone();
    let outcome =
        changed.outcome.as_mut().filter(|outcome| outcome.ending == goalconvo_core::Ending::Satisfied)?;
    outcome.success = false;
    Some(changed)
}

fn exchange_over_and_over(dialogue: &Dialogue) -> Option<Dialogue> {
    let pair = dialogue.turns.windows(2).position(|pair| {
        matches!(pair, [Turn::User(a), Turn::Assistant(b)]
            if a.text.split(' ').count() > 3 && b.text.split(' ').count() > 3)
    })?;
    let exchange = dialogue.turns[pair..pair + 2].to_vec();
    Some(changed(dialogue, |turns| {
        let twice: Vec<Turn> = [exchange.clone(), exchange].concat();
        drop(turns.splice(pair + 2..pair + 2, twice));
    }))
}

fn user_helps(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, ..) = first(dialogue, Role::User, |_| true)?;
    Some(changed(dialogue, |turns| {
        user_mut(turns, at).into_iter().for_each(|said| said.text.push_str(" How can I help you?"));
    }))
}

fn assistant_wants(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, said, _) = first(dialogue, Role::User, |act| act.act == ActKind::Intend)?;
    let turn = Turn::Assistant(says(&said.text, vec![Act::new(ActKind::Intend)]));
    Some(changed(dialogue, |turns| turns.insert(at + 1, turn)))
}

fn polite_end(dialogue: &Dialogue) -> Option<Dialogue> {
    let thanks = Turn::User(says("Thank you, that is all.", vec![Act::new(ActKind::Thank)]));
    let welcome = Turn::Assistant(says("You are welcome. Anything else?", vec![Act::new(ActKind::Welcome)]));
    Some(changed(dialogue, |turns| turns.extend([thanks, welcome])))
}

fn thanks_twice(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, ..) = first(dialogue, Role::User, |_| true)?;
    Some(changed(dialogue, |turns| {
        user_mut(turns, at).into_iter().for_each(|said| said.text.push_str(" Thanks, thanks!"));
    }))
}

fn capitals(dialogue: &Dialogue) -> Option<Dialogue> {
    Some(changed(dialogue, |turns| {
        for turn in turns {
            if let Turn::User(said) = turn {
                said.text = said.text.to_uppercase();
            }
        }
    }))
}

/// A value that the user gave may be said back to it, once it is in the state.
fn value_said_again(dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, said, _) = first(dialogue, Role::User, valued)?;
    let heard = |turn: &Turn| matches!(turn, Turn::Assistant(said) if !said.text.is_empty());
    let after = at + dialogue.turns[at..].iter().position(heard)? + 1;
    let text = format!("So: {}", said.text.trim_end_matches(['?', '!', '.']));
    let turns = [Turn::User(says("Right.", Vec::new())), Turn::Assistant(says(&text, Vec::new()))];
    Some(changed(dialogue, |all| drop(all.splice(after..after, turns))))
}
