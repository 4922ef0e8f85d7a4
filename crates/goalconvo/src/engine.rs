//! The engine as this program uses it: a plan makes the record of an index, a judge of facts checks any record.

use std::sync::Arc;

use goalconvo_core::{Dialogue, Domain, Episode, GoalClass, Role, Scenario, Stage, Verdict};
use goalconvo_sim::hub::{Candidate, Hub};
pub use goalconvo_sim::{
    Bank, Dials, Difficulty, Drawn, Goals, Made, Manner, Style, Template, ToolSet, mine,
};
use goalconvo_sim::{Company, Estimates, Glossary, Hand, SpeakerError, Words, verify};

use crate::Error;

/// The varieties of the language that the built-in speakers speak, by name.
///
/// # Errors
/// The language pack can't be used.
pub fn varieties() -> Result<Vec<(String, Style)>, Error> {
    goalconvo_sim::varieties().map_err(|error| Error::new(crate::Exit::Bug, error.to_string()))
}

/// Reads the language pack beside what else a command starts with.
pub fn prepare() {
    goalconvo_sim::prepare();
}

/// What is made under which index.
pub struct Plan(goalconvo_sim::Plan);

impl Plan {
    /// A plan over these domains.
    ///
    /// # Errors
    /// Nothing that the dials ask for can be drawn from the domains.
    pub fn new(domains: &[Arc<Domain>], goals: Goals, dials: Dials, seed: u64) -> Result<Self, Error> {
        let plan = goalconvo_sim::Plan::new(domains, goals, dials, seed);
        plan.map(Plan).map_err(|error| Error::usage(format!("{error}; choose other domains or dials")))
    }

    /// Makes the dialogue of an index: the same on any thread, in any order.
    pub fn make(&self, index: u64) -> Made {
        self.0.make(index)
    }

    /// Makes the dialogue of an index with these speakers.
    ///
    /// # Errors
    /// A model's provider failed.
    pub async fn perform(&self, index: u64, company: &Company) -> Result<Made, SpeakerError> {
        self.0.make_with(index, company).await
    }

    /// The scenario of an index; `None` when nothing could be drawn.
    pub fn scenario(&self, index: u64) -> Option<Scenario> {
        (0..4).find_map(|attempt| self.0.scenario(index, attempt))
    }

    /// Plays a scenario with a person in one role, and the company or the built-in speaker in the other; as far as it
    /// goes, with the failure that ended it.
    pub async fn chat(
        &self,
        scenario: (Scenario, String),
        person: (Role, &Hand<'_>),
        company: Option<&Company>,
        end: &(dyn Fn(&Episode) + Sync),
    ) -> Option<(Dialogue, Option<SpeakerError>)> {
        self.0.chat(scenario, person, company, end).await
    }

    /// What models in these parts would be sent for an index, as the built-in engine plays it.
    ///
    /// # Errors
    /// A prompt can't be filled.
    pub fn rehearse(&self, index: u64, company: &Company) -> Result<Estimates, Error> {
        let estimates = self.0.rehearse(index, company);
        let estimates = estimates.map_err(|error| Error::bad_input(error.to_string()))?;
        Ok(estimates.unwrap_or_default())
    }

    /// Good dialogues of the built-in engine over these domains, for the hub, of another seed than this plan's, whose
    /// dialogues would otherwise be their own examples; none where nothing can be drawn from the domains.
    pub fn seeds(&self, domains: &[Arc<Domain>], count: u64) -> Vec<Candidate> {
        self.0.beside(domains).map(|plan| Hub::seeds(&plan, count)).unwrap_or_default()
    }

    /// The goal classes with the weights by which they are drawn.
    pub fn requested(&self) -> &[(GoalClass, u32)] {
        self.0.requested()
    }
}

/// What checking a record needs besides its stage.
pub struct Judge(Words);

impl Judge {
    /// That of a stage.
    ///
    /// # Errors
    /// The wording of the domains does not hold together: what is wrong with it.
    pub fn of(stage: &Arc<Stage>) -> Result<Self, String> {
        Words::new(stage.domains()).map(Judge).map_err(|error| error.to_string())
    }

    /// Makes judges of stages that share domains: each domain's words are prepared once.
    pub fn maker() -> impl Fn(&Arc<Stage>) -> Result<Self, String> + Send + Sync + 'static {
        let glossary = Glossary::default();
        move |stage| {
            Words::with(&glossary, stage.domains(), &Manner::default())
                .map(Judge)
                .map_err(|error| error.to_string())
        }
    }

    /// Checks a record's facts, from the record and its stage alone.
    pub fn check(&self, dialogue: &Dialogue, stage: &Arc<Stage>) -> Verdict {
        verify(dialogue, stage, &self.0)
    }
}
