//! A record as the checks look at it: its turns, read once, with what each stands on.

use std::cell::OnceCell;
use std::sync::Arc;

use smol_str::SmolStr;

use super::replay::{self, Replayed};
use crate::{
    Act, ActKind, Dialogue, Intent, Read, Reading, Scenario, Stage, Tool, ToolCall, ToolTurn, Turn,
    Utterance, Value,
};

/// A record with its stage and the readings of its texts.
pub(crate) struct Case<'a> {
    pub dialogue: &'a Dialogue,
    pub scenario: &'a Scenario,
    pub stage: &'a Arc<Stage>,
    /// What reads a text, for rules of the policy.
    pub read: &'a Read<'a>,
    /// One a turn; empty for turns without words.
    pub readings: Vec<Reading>,
    /// What came of playing it again, once somebody wanted to know.
    pub replayed: OnceCell<Option<Replayed>>,
}

/// A call with its place and its answer.
#[derive(Clone, Copy)]
pub(crate) struct Made<'a> {
    /// The turn that makes it.
    pub turn: usize,
    /// The call's position in that turn.
    pub at: usize,
    pub call: &'a ToolCall,
    /// The turn that answers it, and its place.
    pub answer: Option<(usize, &'a ToolTurn)>,
}

impl Made<'_> {
    pub fn succeeded(&self) -> bool {
        self.answer.is_some_and(|(_, answer)| answer.error.is_none())
    }

    /// Whether another call is the same with the same answer.
    pub fn is_again(&self, other: &Made<'_>) -> bool {
        let answer = |made: &Made<'_>| made.answer.map(|(_, answer)| answer.result.clone());
        self.call.function == other.call.function && answer(self) == answer(other)
    }
}

impl<'a> Case<'a> {
    /// The case of a record whose turns have been read.
    pub fn new(
        dialogue: &'a Dialogue,
        scenario: &'a Scenario,
        (stage, read): (&'a Arc<Stage>, &'a Read<'a>),
        readings: Vec<Reading>,
    ) -> Self {
        Case { dialogue, scenario, stage, read, readings, replayed: OnceCell::new() }
    }

    /// What comes of playing it again; `None` when the scenario does not fit the stage.
    pub fn replayed(&self) -> Option<&Replayed> {
        self.replayed.get_or_init(|| replay::run(self)).as_ref()
    }

    pub fn turns(&self) -> &'a [Turn] {
        &self.dialogue.turns
    }

    /// The user's utterances with their places.
    pub fn user(&self) -> impl DoubleEndedIterator<Item = (usize, &'a Utterance)> {
        self.turns().iter().enumerate().filter_map(|(at, turn)| match turn {
            Turn::User(said) => Some((at, said)),
            _ => None,
        })
    }

    /// The assistant's utterances that have words, with their places.
    pub fn assistant(&self) -> impl DoubleEndedIterator<Item = (usize, &'a Utterance)> {
        self.turns().iter().enumerate().filter_map(|(at, turn)| match turn {
            Turn::Assistant(said) if !said.text.is_empty() => Some((at, said)),
            _ => None,
        })
    }

    /// All tool answers with their places, before a turn.
    pub fn answers(&self, before: usize) -> impl DoubleEndedIterator<Item = (usize, &'a ToolTurn)> {
        self.turns().iter().enumerate().take(before).filter_map(|(at, turn)| match turn {
            Turn::Tool(answer) => Some((at, answer)),
            _ => None,
        })
    }

    /// All calls in order.
    pub fn calls(&self) -> impl Iterator<Item = Made<'a>> {
        let turns = self.turns();
        let calls = turns.iter().enumerate().flat_map(|(turn, spoken)| match spoken {
            Turn::Assistant(said) => {
                said.tool_calls.iter().enumerate().map(|(at, call)| (turn, at, call)).collect()
            }
            _ => vec![],
        });
        calls.map(move |(turn, at, call)| {
            let answers =
                turns.iter().enumerate().skip(turn + 1).take_while(|(_, turn)| matches!(turn, Turn::Tool(_)));
            let answer = answers.filter_map(|(place, turn)| match turn {
                Turn::Tool(answer) if answer.tool_call_id == call.id => Some((place, answer)),
                _ => None,
            });
            Made { turn, at, call, answer: answer.last() }
        })
    }

    /// The intents that use a tool.
    pub fn intents_of(&self, tool: &str) -> impl Iterator<Item = (&'a SmolStr, &'a Intent)> {
        self.stage.domains().iter().flat_map(move |domain| {
            domain
                .intents
                .iter()
                .filter(move |intent| intent.tool == tool)
                .map(move |intent| (&domain.name, intent))
        })
    }

    /// The intent and the tool of an act.
    pub fn about(&self, act: &Act) -> Option<(&'a Intent, &'a Arc<Tool>)> {
        let intent = self.stage.intent(act.domain.as_ref()?, act.intent.as_ref()?)?;
        Some((intent, self.stage.tool(&intent.tool)?))
    }

    /// The user's latest word on a slot before a turn, with its place; none when it said that any value will do.
    pub fn latest(&self, before: usize, domain: &str, slot: &str) -> Option<(usize, &'a Value)> {
        let on = |act: &&Act| act.domain.as_deref() == Some(domain) && act.slot.as_deref() == Some(slot);
        let tells = |act: &&Act| matches!(act.act, ActKind::Inform | ActKind::Correct | ActKind::DontCare);
        let turns = self.turns().get(..before)?.iter().enumerate().rev();
        let (at, act) = turns
            .filter_map(|(at, turn)| match turn {
                Turn::User(said) => {
                    said.acts.iter().rev().find(|act| on(act) && tells(act)).map(|act| (at, act))
                }
                _ => None,
            })
            .next()?;
        act.value.as_ref().map(|value| (at, value))
    }
}
