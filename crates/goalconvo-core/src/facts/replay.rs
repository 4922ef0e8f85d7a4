//! The calls, made again from the scenario alone, return what the record says and leave that state.

use std::sync::Arc;

use super::{case::Case, reason};
use crate::{Episode, Event, Move, Reason, Role, ToolTurn, Turn, Utterance, Value, World};

/// A record played again.
pub(crate) struct Replayed {
    /// State hash before the first move.
    start: String,
    /// The world after all moves, as far as they are moves.
    pub(super) world: World,
    /// The first thing that does not fit; the rest would follow from it.
    broken: Option<Reason>,
}

/// Plays a record again; `None` when the scenario does not fit the stage.
pub(super) fn run(case: &Case<'_>) -> Option<Replayed> {
    let mut episode = Episode::start(case.stage.clone(), Arc::new(case.scenario.clone()))?;
    let start = episode.world().hash().to_string();
    let broken = compare_turns(case, &mut episode);
    Some(Replayed { start, world: episode.world().clone(), broken })
}

/// Checks what came of playing it again.
pub(super) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let Some(replayed) = case.replayed() else {
        return reasons.push(reason(
            "setup",
            "/scenario/setup",
            "names a table, column or row that this world does not have",
        ));
    };
    let Replayed { start, world, broken } = replayed;
    if case.dialogue.world.as_ref().is_some_and(|world| world.state != *start) {
        reasons.push(reason("replay", "/world/state", &format!("the scenario starts in state {start}")));
    }
    match broken {
        Some(broken) => reasons.push(broken.clone()),
        None => compare_end(case, world, reasons),
    }
}

/// Makes every move again and compares what it adds; goes on to the end whatever does not fit.
fn compare_turns(case: &Case<'_>, episode: &mut Episode) -> Option<Reason> {
    let turns = case.turns();
    let mut broken = None;
    let mut answered = 0;
    for (at, turn) in turns.iter().enumerate() {
        let Some((role, mv)) = as_move(turn) else {
            if at >= answered {
                broken = broken.or_else(|| Some(out_of_order(at, "an answer that no call asked for")));
            }
            continue;
        };
        if broken.is_some() {
            episode.apply(role, mv);
            continue;
        }
        broken = match episode.apply(role, mv) {
            Event::Turns(added) if !added.is_empty() => {
                answered = added.end;
                added
                    .into_iter()
                    .find_map(|place| differs(turns.get(place), episode.turns().get(place), place))
            }
            Event::Turns(_) => Some(out_of_order(at, "it is not this speaker's move")),
            Event::Ended(_) if episode.turns().len() == turns.len() => break,
            Event::Ended(_) => Some(out_of_order(at, "the dialogue had ended before")),
        };
    }
    broken
}

fn out_of_order(at: usize, what: &str) -> Reason {
    reason("order", &format!("/turns/{at}"), what)
}

fn as_move(turn: &Turn) -> Option<(Role, Move)> {
    Some(match turn {
        Turn::User(said) => (Role::User, Move::Say(Utterance { acts: said.acts.clone(), ..bare(said) })),
        Turn::Assistant(said) if said.tool_calls.is_empty() => (Role::Assistant, Move::Say(bare(said))),
        Turn::Assistant(said) => (Role::Assistant, Move::Call(bare(said))),
        Turn::Garbled { by, raw } => (*by, Move::Garbled(raw.clone())),
        Turn::Tool(_) => return None,
    })
}

/// What the state machine needs of an utterance: whether there are words, the calls, and what the user told.
fn bare(said: &Utterance) -> Utterance {
    Utterance {
        text: said.text.chars().take(1).collect(),
        tool_calls: said.tool_calls.clone(),
        ..Utterance::default()
    }
}

fn differs(recorded: Option<&Turn>, replayed: Option<&Turn>, at: usize) -> Option<Reason> {
    let differs = |kind: &'static str, place: &str, what: &str| {
        Some(reason(kind, &format!("/turns/{at}{place}"), what))
    };
    if let (Some(Turn::Assistant(recorded)), Some(Turn::Assistant(replayed))) = (recorded, replayed) {
        if recorded.state == replayed.state {
            return None;
        }
        let state = Value::record(replayed.state.clone());
        return differs("state", "/state", &format!("what the user said comes to {state}"));
    }
    let Some(Turn::Tool(replayed)) = replayed else { return None };
    let Some(Turn::Tool(recorded)) = recorded else {
        return differs("replay", "", &format!("the answer of {} is missing", replayed.name));
    };
    if recorded.tool_call_id != replayed.tool_call_id || recorded.name != replayed.name {
        let (found, expected) = (called(recorded), called(replayed));
        return differs("replay", "", &format!("answers {found}, expected {expected}"));
    }
    if recorded.error != replayed.error {
        let what = match &replayed.error {
            Some(error) => format!("the tool's own answer is the error {:?}", error.message),
            None => "the tool's own answer is a result, and no error".to_owned(),
        };
        return differs("replay", "/error", &what);
    }
    if recorded.result != replayed.result {
        return differs("replay", "/result", &format!("the tool's own answer is {}", replayed.result));
    }
    None
}

fn called(answer: &ToolTurn) -> String {
    format!("{} of {}", answer.tool_call_id, answer.name)
}

fn compare_end(case: &Case<'_>, world: &World, reasons: &mut Vec<Reason>) {
    let Some(outcome) = &case.dialogue.outcome else {
        return reasons.push(reason("outcome", "/outcome", "there is none"));
    };
    let state = world.hash().to_string();
    if outcome.state != state {
        reasons.push(reason("state", "/outcome/state", &format!("the calls leave state {state}")));
    }
    if outcome.changes != world.changes() {
        reasons.push(reason("state", "/outcome/changes", "the calls leave other rows"));
    }
}
