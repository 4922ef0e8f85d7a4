//! The prompts of the experience generator and what fills them.

use serde::Serialize;

use super::catalogue::Offered;
use crate::model::FreeTask;
use crate::prompt::{Listed, Prompt};

/// Every prompt of the generator.
pub(crate) const PROMPTS: &[Listed] =
    &[PERSON.listed(), PERSON_ASK.listed(), GOAL.listed(), GOAL_ASK.listed(), AGAIN.listed()];

/// What a model is told before it invents people.
pub(super) const PERSON: Prompt<PersonRules> =
    Prompt::new("experience/person", include_str!("../../prompts/experience/person.jinja"));

/// What it is given to invent one.
pub(super) const PERSON_ASK: Prompt<PersonAsk> =
    Prompt::new("experience/person_ask", include_str!("../../prompts/experience/person_ask.jinja"));

/// What a model is told before it writes goals.
pub(super) const GOAL: Prompt<GoalRules> =
    Prompt::new("experience/goal", include_str!("../../prompts/experience/goal.jinja"));

/// What it is given to write one.
pub(super) const GOAL_ASK: Prompt<GoalAsk> =
    Prompt::new("experience/goal_ask", include_str!("../../prompts/experience/goal_ask.jinja"));

/// What it is told when its reply can't be used.
pub(super) const AGAIN: Prompt<Again> =
    Prompt::new("experience/again", include_str!("../../prompts/experience/again.jinja"));

/// Fills `experience/person`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct PersonRules {
    /// People who came in earlier rounds, a line each.
    pub came: Vec<String>,
}

/// Fills `experience/person_ask`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct PersonAsk {
    /// What the service is about, a sentence a domain.
    pub subjects: Vec<String>,
    /// What is wanted.
    pub tasks: Vec<FreeTask>,
    /// How the person behaves, a phrase a trait that is out of the ordinary.
    pub traits: Vec<String>,
    /// What is known of the person, as JSON; may be empty.
    pub known: String,
}

/// Fills `experience/goal`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct GoalRules {
    /// What can be wanted.
    pub offered: Vec<Offered>,
    /// Goals of good dialogues, as JSON.
    pub examples: Vec<String>,
}

/// Fills `experience/goal_ask`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct GoalAsk {
    /// The goal's class.
    pub class: String,
    /// What that promises.
    pub promise: String,
    /// The domains that it must be about.
    pub domains: Vec<String>,
}

/// Fills `experience/again`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Again {
    /// Why the reply can't be used, as a clause.
    pub reason: String,
}
