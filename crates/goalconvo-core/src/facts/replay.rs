//! The calls, made again from the scenario alone, return what the record says and leave that state.

use std::sync::Arc;

use super::{case::Case, reason};
use crate::{Episode, Event, Move, Reason, Role, Turn, Utterance, World};

/// Checks it; what is found wrong first is all that is said, since the rest would follow from it.
pub(super) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let Some(mut episode) = Episode::start(case.stage.clone(), Arc::new(case.scenario.clone())) else {
        return reasons.push(reason(
            "setup",
            "/scenario/setup",
            "names a table, column or row that this world does not have",
        ));
    };
    let start = episode.world().hash().to_string();
    if case.dialogue.world.as_ref().is_some_and(|world| world.state != start) {
        reasons.push(reason("replay", "/world/state", &format!("the scenario starts in state {start}")));
    }
    if let Some(broken) = run(case, &mut episode) {
        return reasons.push(broken);
    }
    compare_end(case, episode.world(), reasons);
}

/// The world after all moves of the record, as far as they are moves.
pub(super) fn final_world(case: &Case<'_>) -> Option<World> {
    let mut episode = Episode::start(case.stage.clone(), Arc::new(case.scenario.clone()))?;
    for (role, mv) in case.turns().iter().filter_map(as_move) {
        episode.apply(role, mv);
    }
    Some(episode.world().clone())
}

fn run(case: &Case<'_>, episode: &mut Episode) -> Option<Reason> {
    let turns = case.turns();
    let mut at = 0;
    while let Some(turn) = turns.get(at) {
        let Some((role, mv)) = as_move(turn) else {
            return Some(reason("order", &format!("/turns/{at}"), "an answer that no call asked for"));
        };
        match episode.apply(role, mv) {
            Event::Turns(added) if !added.is_empty() => {
                for place in added {
                    if let Some(wrong) = differs(turns.get(place), episode.turns().get(place), place) {
                        return Some(wrong);
                    }
                    at = place + 1;
                }
            }
            Event::Turns(_) => {
                return Some(reason("order", &format!("/turns/{at}"), "it is not this speaker's move"));
            }
            Event::Ended(_) if episode.turns().len() == turns.len() => return None,
            Event::Ended(_) => {
                return Some(reason("order", &format!("/turns/{at}"), "the dialogue had ended before"));
            }
        }
    }
    None
}

fn as_move(turn: &Turn) -> Option<(Role, Move)> {
    Some(match turn {
        Turn::User(said) => (Role::User, Move::Say(bare(said))),
        Turn::Assistant(said) if said.tool_calls.is_empty() => (Role::Assistant, Move::Say(bare(said))),
        Turn::Assistant(said) => (Role::Assistant, Move::Call(bare(said))),
        Turn::Garbled { by, raw } => (*by, Move::Garbled(raw.clone())),
        Turn::Tool(_) => return None,
    })
}

/// What the state machine needs of an utterance: whether there are words, and the calls.
fn bare(said: &Utterance) -> Utterance {
    Utterance {
        text: said.text.chars().take(1).collect(),
        tool_calls: said.tool_calls.clone(),
        ..Utterance::default()
    }
}

fn differs(recorded: Option<&Turn>, replayed: Option<&Turn>, at: usize) -> Option<Reason> {
    let Some(Turn::Tool(replayed)) = replayed else { return None };
    let place = format!("/turns/{at}");
    let Some(Turn::Tool(recorded)) = recorded else {
        return Some(reason("replay", &place, &format!("the answer of {} is missing", replayed.name)));
    };
    if recorded.tool_call_id != replayed.tool_call_id || recorded.name != replayed.name {
        return Some(reason(
            "replay",
            &place,
            &format!(
                "answers {} of {}, expected {} of {}",
                recorded.tool_call_id, recorded.name, replayed.tool_call_id, replayed.name
            ),
        ));
    }
    if recorded.error != replayed.error {
        return Some(reason(
            "replay",
            &format!("{place}/error"),
            &format!("the tool's own answer is {:?}", replayed.error),
        ));
    }
    (recorded.result != replayed.result).then(|| {
        reason("replay", &format!("{place}/result"), &format!("the tool's own answer is {}", replayed.result))
    })
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
