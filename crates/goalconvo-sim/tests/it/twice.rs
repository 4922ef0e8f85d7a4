//! A yes is to what was read back, and to one deed: records in which more is done, consistent in all else.

use std::sync::Arc;

use goalconvo_core::{
    ActKind, Dialogue, Episode, Finding, GoalClass, Move, Role, Stage, ToolCall, Turn, Utterance,
};
use goalconvo_sim::{Dials, verify};

use crate::dialogues::plan;
use crate::mutations::of;

#[test]
fn a_deed_done_twice_is_no_success() {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 41);
    let mut tried = 0;
    for index in 0..150 {
        let Some(dialogue) = plan.make(index).dialogue else { continue };
        let (stage, words) = of(&plan, &dialogue);
        let Some(spoilt) = twice(&dialogue, &stage) else { continue };
        tried += 1;
        let verdict = verify(&spoilt, &stage, &words);
        assert_eq!(verdict.finding, Finding::Failed, "{} is passed with a deed done twice", dialogue.id);
        assert!(
            verdict.reasons.iter().all(|reason| reason.check == "outcome"),
            "it was to be consistent in all else: {:?}",
            verdict.reasons
        );
    }
    assert!(tried > 20, "only {tried} records had a deed that could be done twice");
}

#[test]
fn what_changes_after_the_yes_wants_another_yes() {
    let dials =
        Dials { classes: [(GoalClass::ChangeOfMind, 1)].into(), tool_errors: Some(0), ..Dials::default() };
    let plan = plan(dials, 43);
    let mut tried = 0;
    for index in 0..200 {
        let Some(dialogue) = plan.make(index).dialogue else { continue };
        let (stage, words) = of(&plan, &dialogue);
        let Some(spoilt) = agreed_too_early(&dialogue) else { continue };
        tried += 1;
        let verdict = verify(&spoilt, &stage, &words);
        assert!(
            verdict.reasons.iter().any(|reason| reason.check == "confirmation"),
            "{}: {:?}",
            dialogue.id,
            verdict.reasons
        );
    }
    assert!(tried > 20, "only {tried} records had a change of mind at the question for a yes");
}

/// The same record with a deed called a second time in the same breath, and all that follows from it.
fn twice(record: &Dialogue, stage: &Arc<Stage>) -> Option<Dialogue> {
    let mutates = |call: &ToolCall| stage.tool(&call.function.name).is_some_and(|tool| tool.mutates());
    // The last one: codes of later deeds count the writes before them.
    let at = record.turns.iter().rposition(|turn| match turn {
        Turn::Assistant(said) => matches!(&said.tool_calls[..], [only] if mutates(only)),
        _ => false,
    })?;
    let mut episode = Episode::start(stage.clone(), Arc::new(record.scenario.clone()?))?;
    for (place, turn) in record.turns.iter().enumerate() {
        let (role, mut said) = match turn {
            Turn::User(said) => (Role::User, said.clone()),
            Turn::Assistant(said) => (Role::Assistant, said.clone()),
            _ => continue,
        };
        if place == at {
            said.tool_calls.push(ToolCall { id: "call_again".into(), ..said.tool_calls[0].clone() });
        }
        said.evidence.iter_mut().for_each(|evidence| evidence.source = moved(&evidence.source, at));
        let mv = if said.tool_calls.is_empty() { Move::Say(said) } else { Move::Call(said) };
        episode.apply(role, mv);
    }
    let (state, changes) = (episode.world().hash().to_string(), episode.world().changes());
    let mut spoilt = Dialogue { turns: episode.into_turns(), ..record.clone() };
    let answers = [spoilt.turns.get(at + 1)?, spoilt.turns.get(at + 2)?];
    let [Turn::Tool(first), Turn::Tool(second)] = answers else { return None };
    // What answers the same again has changed nothing the second time.
    if second.error.is_some() || first.error.is_some() || first.result == second.result {
        return None;
    }
    let outcome = spoilt.outcome.as_mut().filter(|outcome| outcome.success)?;
    (outcome.state, outcome.changes) = (state, changes);
    Some(spoilt)
}

/// Where a source is once there is a second answer to the call at `at`.
fn moved(source: &str, at: usize) -> String {
    let turn = source.strip_prefix("/turns/").and_then(|path| path.split_once('/'));
    match turn.and_then(|(turn, rest)| Some((turn.parse::<usize>().ok()?, rest))) {
        Some((turn, rest)) if turn > at + 1 => format!("/turns/{}/{rest}", turn + 1),
        _ => source.to_owned(),
    }
}

/// The same record without the second question for a yes: the user agrees and changes a value in one breath.
fn agreed_too_early(record: &Dialogue) -> Option<Dialogue> {
    let does = |turn: &Turn, kind: ActKind| match turn {
        Turn::User(said) | Turn::Assistant(said) => said.acts.iter().any(|act| act.act == kind),
        _ => false,
    };
    let confirms: Vec<usize> =
        (0..record.turns.len()).filter(|at| does(&record.turns[*at], ActKind::Confirm)).collect();
    let [.., first, second] = confirms[..] else { return None };
    let (corrected, agreed) = (first + 1, second + 1);
    if !does(record.turns.get(corrected)?, ActKind::Correct)
        || !does(record.turns.get(agreed)?, ActKind::Affirm)
    {
        return None;
    }
    let mut spoilt = record.clone();
    let Turn::User(said) = spoilt.turns.get_mut(corrected)? else { return None };
    said.acts.retain(|act| act.act != ActKind::Deny);
    said.acts.insert(0, goalconvo_core::Act::new(ActKind::Affirm));
    *said = Utterance { text: format!("Yes. {}", said.text), ..said.clone() };
    spoilt.turns.drain(second..=agreed);
    Some(spoilt)
}
