//! Who plays a run: built-in speakers or models, and the dialogue that they make of an index.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{AssistantView, Episode, Finding, Scenario, UserView};
use smol_str::SmolStr;

use crate::assistant::PolicyAssistant;
use crate::model::{
    Count, Estimates, FreeUser, Grade, ModelAssistant, ModelUser, RehearsedAssistant, RehearsedUser, Voice,
};
use crate::plan::Plan;
use crate::seal::{Made, seal};
use crate::speaker::{Cast, Speaker, SpeakerError, play};
use crate::user::AgendaUser;
use crate::words::Words;

/// Who plays the user.
#[derive(Clone)]
pub enum UserPart {
    /// The agenda and the grammar.
    BuiltIn,
    /// The agenda, worded by a model.
    Worded(Voice, Grade),
    /// A model, from its goal.
    Free(Voice),
}

/// Who plays the assistant.
#[derive(Clone)]
pub enum AssistantPart {
    /// The policy and the grammar.
    BuiltIn,
    /// A model with tools.
    Model(Voice),
}

/// Both parts of a run, and how often an index is tried.
#[derive(Clone)]
pub struct Company {
    /// Who plays the user.
    pub user: UserPart,
    /// Who plays the assistant.
    pub assistant: AssistantPart,
    /// So many scenarios are tried for one index when candidates are rejected.
    pub attempts: u64,
}

impl Company {
    fn user(&self, words: &Words) -> Box<dyn for<'v> Speaker<UserView<'v>>> {
        match &self.user {
            UserPart::BuiltIn => Box::new(AgendaUser::new(words.clone())),
            UserPart::Worded(voice, grade) => Box::new(ModelUser::new(voice.clone(), *grade, words.clone())),
            UserPart::Free(voice) => Box::new(FreeUser::new(voice.clone(), words.clone())),
        }
    }

    fn assistant(&self, words: &Words) -> Box<dyn for<'v> Speaker<AssistantView<'v>>> {
        match &self.assistant {
            AssistantPart::BuiltIn => Box::new(PolicyAssistant::new(words.clone())),
            AssistantPart::Model(voice) => Box::new(ModelAssistant::new(voice.clone(), words.clone())),
        }
    }

    /// Hashes of the prompts that the speakers use, by name.
    pub fn prompts(&self) -> BTreeMap<SmolStr, String> {
        let mut hashes = BTreeMap::new();
        let voices = [
            match &self.user {
                UserPart::BuiltIn => None,
                UserPart::Worded(voice, _) | UserPart::Free(voice) => Some((voice, "user/")),
            },
            match &self.assistant {
                AssistantPart::BuiltIn => None,
                AssistantPart::Model(voice) => Some((voice, "assistant/")),
            },
        ];
        for (voice, role) in voices.into_iter().flatten() {
            hashes.extend(voice.prompts.hashes(role));
        }
        hashes
    }
}

impl Plan {
    /// Makes the dialogue of an index with these speakers.
    ///
    /// # Errors
    /// A model's provider failed: the index has no dialogue, and can be tried again.
    pub async fn make_with(&self, index: u64, company: &Company) -> Result<Made, SpeakerError> {
        let mut made = Made::default();
        for attempt in 0..company.attempts.max(1) {
            let Some(scenario) = self.scenario(index, attempt) else { continue };
            let Some(mut dialogue) = self.perform_with(scenario, index, company).await? else { continue };
            dialogue.provenance.prompts = company.prompts();
            if dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed) {
                made.dialogue = Some(dialogue);
                break;
            }
            made.rejected.push(dialogue);
        }
        Ok(made)
    }

    /// Plays an index with the built-in engine, and counts what models in these parts would have been sent; `None`
    /// where nothing could be drawn.
    ///
    /// # Errors
    /// A prompt can't be filled.
    pub fn rehearse(&self, index: u64, company: &Company) -> Result<Option<Estimates>, SpeakerError> {
        let Some(scenario) = self.scenario(index, 0) else { return Ok(None) };
        let Some(Ok((stage, words))) = self.troupe(&scenario.domains).map(|troupe| troupe.get()) else {
            return Ok(None);
        };
        let count = Count::default();
        let (agenda, policy) = (AgendaUser::new(words.clone()), PolicyAssistant::new(words.clone()));
        let user: Box<dyn for<'v> Speaker<UserView<'v>> + '_> = match &company.user {
            UserPart::BuiltIn => Box::new(agenda),
            UserPart::Worded(voice, grade) => {
                let user = ModelUser::new(voice.clone(), *grade, words.clone());
                Box::new(RehearsedUser::Worded(user, agenda, &count))
            }
            UserPart::Free(voice) => {
                Box::new(RehearsedUser::Free(FreeUser::new(voice.clone(), words.clone()), agenda, &count))
            }
        };
        let assistant: Box<dyn for<'v> Speaker<AssistantView<'v>> + '_> = match &company.assistant {
            AssistantPart::BuiltIn => Box::new(policy),
            AssistantPart::Model(voice) => {
                let assistant = ModelAssistant::new(voice.clone(), words.clone());
                Box::new(RehearsedAssistant(assistant, policy, &count))
            }
        };
        let cast = Cast { user: &*user, assistant: &*assistant };
        let Some(episode) = Episode::start(stage.clone(), Arc::new(scenario)) else { return Ok(None) };
        // No model is asked, so nothing is waited for.
        pollster::block_on(play(episode, &cast, &mut |_| {}))?;
        drop((user, assistant));
        Ok(Some(count.taken()))
    }

    async fn perform_with(
        &self,
        scenario: Scenario,
        index: u64,
        company: &Company,
    ) -> Result<Option<goalconvo_core::Dialogue>, SpeakerError> {
        let Some(Ok((stage, words))) = self.troupe(&scenario.domains).map(|troupe| troupe.get()) else {
            return Ok(None);
        };
        let words = &words.for_one_dialogue();
        let (user, assistant) = (company.user(words), company.assistant(words));
        let cast = Cast { user: &*user, assistant: &*assistant };
        let Some(episode) = Episode::start(stage.clone(), Arc::new(scenario)) else { return Ok(None) };
        let played = play(episode, &cast, &mut |_| {}).await?;
        Ok(Some(seal(played, stage, words, format!("{index:06}"))))
    }
}
