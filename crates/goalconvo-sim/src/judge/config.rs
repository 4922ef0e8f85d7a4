//! A gate as it is written down.

use std::sync::Arc;

use goalconvo_core::Dialogue;
use goalconvo_llm::Model;
use serde::{Deserialize, Serialize};

use super::facts::OutcomeJudge;
use super::gate::{Gate, GateError, Rule, Weight, listed_twice, none_must};
use super::heuristics::{
    Check, Goodbyes, Heuristic, Length, Personal, Profanity, Repetition, Roles, Unanswered,
};
use super::judging::Judge;
use super::opinion::{Opinion, OpinionConfig};
use super::rubric::Rubric;
use crate::model::Estimate;
use crate::prompt::Prompts;

/// Which judges must pass, which are only reported, and their limits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// Judges that must pass, in order.
    pub must: Vec<String>,
    /// Judges that are asked and decide nothing.
    pub report: Vec<String>,
    /// Limits of length.
    pub length: Length,
    /// Turn-taking.
    pub roles: Roles,
    /// How much may come again.
    pub repetition: Repetition,
    /// How long a farewell may take.
    pub goodbyes: Goodbyes,
    /// Personal data and secrets.
    pub personal: Personal,
    /// How coherence is asked.
    pub coherence: OpinionConfig,
    /// How fluency is asked.
    pub fluency: OpinionConfig,
    /// How the reaching of the goal is asked.
    pub goal: OpinionConfig,
    /// How naturalness is asked.
    pub naturalness: OpinionConfig,
    /// How the correctness of tool use is asked.
    pub tools: OpinionConfig,
    /// How the keeping to personas is asked.
    pub persona: OpinionConfig,
}

/// The judges that need no model.
pub const FREE: [&str; 9] =
    ["facts", "outcome", "length", "roles", "repetition", "unanswered", "goodbyes", "profanity", "personal"];

/// About so many bytes has a rating with its quotes.
const RATING: u64 = 300;

/// Whoever opens a model by its address; an empty one is the model that judges are given.
pub type Open<'a> = dyn Fn(&str) -> Result<Arc<dyn Model>, String> + 'a;

impl GateConfig {
    /// The gate where nobody says: every judge that needs no model; with a model also those of coherence, fluency, goal,
    /// naturalness and tools.
    pub fn standard(with_model: bool) -> Self {
        let opinions = [Rubric::Coherence, Rubric::Fluency, Rubric::Goal, Rubric::Naturalness, Rubric::Tools];
        let opinions = opinions.iter().filter(|_| with_model).map(|rubric| rubric.name());
        let must = FREE.into_iter().chain(opinions).map(str::to_owned).collect();
        GateConfig { must, ..GateConfig::default() }
    }

    /// The names of all judges that there are.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        FREE.into_iter().chain(Rubric::ALL.into_iter().map(Rubric::name))
    }

    /// Whether a judge is listed that asks a model.
    pub fn needs_model(&self) -> bool {
        self.must.iter().chain(&self.report).any(|name| rubric(name).is_some())
    }

    /// What its model judges would be asked about a record, if none of it is asked again.
    pub fn estimate(&self, dialogue: &Dialogue, prompts: &Arc<Prompts>) -> Estimate {
        let mut estimate = Estimate::default();
        for rubric in self.must.iter().chain(&self.report).filter_map(|name| rubric(name)) {
            let config = self.of(rubric).clone();
            let calls = u64::from(config.samples) * config.models.len().max(1) as u64;
            let length = Opinion::new(rubric, config, vec![], Arc::clone(prompts)).length(dialogue);
            estimate.calls += calls;
            estimate.prompt_bytes += calls * length;
            estimate.reply_bytes += calls * RATING;
        }
        estimate
    }

    /// Whether every judge that asks a model names its own.
    pub fn names_models(&self) -> bool {
        let mut asked = self.must.iter().chain(&self.report).filter_map(|name| rubric(name));
        asked.all(|rubric| !self.of(rubric).models.is_empty())
    }

    /// Looks whether its names and limits can mean anything, also those of judges that are not listed.
    ///
    /// # Errors
    /// A name that no judge has, a judge listed twice, none that must pass, or a limit out of range.
    pub fn check(&self) -> Result<(), GateError> {
        let listed: Vec<&String> = self.must.iter().chain(&self.report).collect();
        for (at, name) in listed.iter().enumerate() {
            if !GateConfig::names().any(|known| known == name.as_str()) {
                return Err(no_judge(name));
            }
            if listed[..at].contains(name) {
                return Err(listed_twice(name));
            }
        }
        if self.must.is_empty() {
            return Err(none_must());
        }
        let Length { fewest, most, .. } = self.length;
        if fewest > most {
            let what =
                format!("[length] found fewest = {fewest} and most = {most}; expected fewest up to most");
            return Err(GateError::new(what));
        }
        let same = self.repetition.same_percent;
        if same > 100 {
            let what = format!("[repetition] found same_percent = {same}; expected 0 to 100");
            return Err(GateError::new(what));
        }
        Rubric::ALL.into_iter().try_for_each(|rubric| in_range(rubric, self.of(rubric)))
    }

    /// The gate: `facts` is the judge of facts, which alone knows worlds.
    ///
    /// # Errors
    /// As [`GateConfig::check`], or a model that can't be opened.
    pub fn gate(
        &self,
        facts: impl Judge + 'static,
        open: &Open<'_>,
        prompts: &Arc<Prompts>,
    ) -> Result<Gate, GateError> {
        self.check()?;
        let mut facts = Some(Box::new(facts) as Box<dyn Judge>);
        let mut rules = Vec::new();
        let weighted = self.must.iter().map(|name| (name, Weight::Must));
        for (name, weight) in weighted.chain(self.report.iter().map(|name| (name, Weight::Report))) {
            let judge = match (name.as_str(), rubric(name)) {
                ("facts", _) => facts.take().ok_or_else(|| listed_twice(name))?,
                (_, Some(rubric)) => Box::new(self.opinion(rubric, open, prompts)?),
                (name, None) => self.free(name).ok_or_else(|| no_judge(name))?,
            };
            rules.push(Rule { judge, weight });
        }
        Gate::new(rules)
    }

    fn free(&self, name: &str) -> Option<Box<dyn Judge>> {
        let check = match name {
            "outcome" => return Some(Box::new(OutcomeJudge)),
            "length" => Check::Length(self.length.clone()),
            "roles" => Check::Roles(self.roles.clone()),
            "repetition" => Check::Repetition(self.repetition.clone()),
            "unanswered" => Check::Unanswered(Unanswered),
            "goodbyes" => Check::Goodbyes(self.goodbyes.clone()),
            "profanity" => Check::Profanity(Profanity),
            "personal" => Check::Personal(self.personal.clone()),
            _ => return None,
        };
        Some(Box::new(Heuristic(check)))
    }

    fn opinion(&self, rubric: Rubric, open: &Open<'_>, prompts: &Arc<Prompts>) -> Result<Opinion, GateError> {
        let config = self.of(rubric).clone();
        let name = rubric.name();
        let given = [String::new()];
        let addresses = if config.models.is_empty() { &given[..] } else { &config.models };
        let members = addresses.iter().map(|address| open(address)).collect::<Result<Vec<_>, _>>();
        let members = members.map_err(|what| GateError::new(format!("the judge {name:?}: {what}")))?;
        Ok(Opinion::new(rubric, config, members, Arc::clone(prompts)))
    }

    fn of(&self, rubric: Rubric) -> &OpinionConfig {
        match rubric {
            Rubric::Coherence => &self.coherence,
            Rubric::Fluency => &self.fluency,
            Rubric::Goal => &self.goal,
            Rubric::Naturalness => &self.naturalness,
            Rubric::Tools => &self.tools,
            Rubric::Persona => &self.persona,
        }
    }
}

fn in_range(rubric: Rubric, config: &OpinionConfig) -> Result<(), GateError> {
    if (1.0..=5.0).contains(&config.least) && config.samples > 0 {
        return Ok(());
    }
    Err(GateError::new(format!(
        "[{}] found least = {} and samples = {}; expected a mark from 1 to 5 and at least one sample",
        rubric.name(),
        config.least,
        config.samples
    )))
}

fn rubric(name: &str) -> Option<Rubric> {
    Rubric::ALL.into_iter().find(|rubric| rubric.name() == name)
}

fn no_judge(name: &str) -> GateError {
    let known = GateConfig::names().collect::<Vec<_>>().join(", ");
    GateError::new(format!("{name:?} is no judge; expected one of {known}"))
}
