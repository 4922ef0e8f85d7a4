//! Model users that say what the goal licenses: `guided` words the acts that the agenda decides, `rewrite` rewords
//! the grammar's own turn with its facts as marks.
//!
//! The agenda alone decides what is said and when it ends. The model's words are parsed back; where they leak, swap
//! roles, greet again, stop early or say nothing, the model is asked again, and in the end the turn is the grammar's
//! and says so.

use std::sync::{Arc, OnceLock};

use goalconvo_core::{Act, ActKind, Move, Origin, Role, UserView, Utterance};
use goalconvo_llm::{Message, Reply, Request};
use serde::Serialize as _;

use super::clean;
use super::history;
use super::parse::{Draft, unmarked};
use super::rules::{
    SaidAct, USER_DRAFT, USER_GUIDED, USER_REWRITE, USER_TURN, UserDraft, UserRules, UserTurn,
};
use super::voice::{Line, Objection, Voice, within_context};
use crate::hub::Shown;
use crate::speaker::{Moving, Speaker, SpeakerError};
use crate::user::{Decision, decide};
use crate::words::Words;

/// How much of the wording is the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// The model words the acts.
    Guided,
    /// The model rewords the grammar's words.
    Rewrite,
}

/// A user whose acts are the agenda's and whose words are a model's; for one dialogue.
pub struct ModelUser {
    voice: Voice,
    grade: Grade,
    words: Words,
    shown: Arc<Shown>,
    rules: OnceLock<Arc<str>>,
}

impl ModelUser {
    /// A user with this voice.
    pub fn new(voice: Voice, grade: Grade, words: Words) -> Self {
        ModelUser { voice, grade, words, shown: Arc::default(), rules: OnceLock::new() }
    }

    /// The same user, who is shown these examples.
    #[must_use]
    pub fn showing(self, shown: Arc<Shown>) -> Self {
        ModelUser { shown, ..self }
    }

    async fn choose(&self, view: UserView<'_>) -> Result<Move, SpeakerError> {
        let acts = match decide(&view) {
            Decision::End(ending) => return Ok(Move::End(ending)),
            // Nothing to say is no message, and nobody is asked to word it.
            Decision::Say(acts) if acts.is_empty() => return Ok(Move::Garbled(String::new())),
            Decision::Say(acts) => acts,
        };
        let draft = match Draft::new(&self.words, &view, &acts) {
            Ok(draft) => draft,
            Err(error) => return Ok(Move::Garbled(error)),
        };
        let opening = view.heard().next().is_none();
        let (messages, marks) = self.prompt(&view, &draft)?;
        let accept = |reply: &Reply| {
            let said = clean::words(Role::User, reply)?;
            let object = |reason: String| Objection::new(reason, reply);
            let said = match self.grade {
                Grade::Guided => said,
                Grade::Rewrite => unmarked(&said, &marks).map_err(object)?,
            };
            draft.admits(&self.words, &said, opening).map_err(object)?;
            Ok(said)
        };
        let line = Line { role: Role::User, place: view.place() };
        let answered = self.voice.ask(line, Request::new(messages), accept).await?;
        let (text, origin) = match answered.outcome {
            Ok(text) => (text, Origin::Model(answered.model)),
            Err(_) => (draft.text.clone(), draft.origin.clone()),
        };
        let usage = Some(answered.usage);
        Ok(Move::Say(Utterance { text, acts: acts.clone(), origin, usage, ..Utterance::default() }))
    }

    /// What the model would be sent now; `None` where nothing is said.
    pub(super) fn request(&self, view: &UserView<'_>) -> Result<Option<Request>, SpeakerError> {
        let Decision::Say(acts) = decide(view) else { return Ok(None) };
        let Ok(draft) = Draft::new(&self.words, view, &acts) else { return Ok(None) };
        Ok(Some(Request::new(self.prompt(view, &draft)?.0)))
    }

    /// The conversation to send, and the marks that the answer must have.
    fn prompt(&self, view: &UserView<'_>, draft: &Draft<'_>) -> Result<Prompted, SpeakerError> {
        let rules = self.rules(view)?;
        match self.grade {
            Grade::Guided => {
                let mut messages = history::of_user(view, rules);
                let turn = UserTurn { acts: said_acts(view, draft) };
                messages.push(Message::system(self.voice.prompts.fill(&USER_TURN, &turn)?));
                Ok((messages, vec![]))
            }
            Grade::Rewrite => {
                let (draft, marks) = draft.marked();
                let last = view.heard().next_back().map(|(_, said)| said.text.clone());
                let given = UserDraft { heard: last.unwrap_or_default(), draft };
                let given = self.voice.prompts.fill(&USER_DRAFT, &given)?;
                Ok((vec![Message::system(rules), Message::user(given)], marks))
            }
        }
    }

    /// The rules of this dialogue, filled once.
    fn rules(&self, view: &UserView<'_>) -> Result<Arc<str>, SpeakerError> {
        if let Some(rules) = self.rules.get() {
            return Ok(rules.clone());
        }
        let (persona, experience) = (view.persona(), view.experience().cloned().unwrap_or_default());
        let rules = UserRules {
            subjects: view.subjects().map(str::to_owned).collect(),
            name: persona.name.clone(),
            description: persona.description.clone(),
            traits: persona.traits,
            examples: self.shown.for_user.clone(),
            context: experience.context,
            style: experience.style,
        };
        let prompt = match self.grade {
            Grade::Guided => &USER_GUIDED,
            Grade::Rewrite => &USER_REWRITE,
        };
        let rules: Arc<str> = self.voice.prompts.fill(prompt, &rules)?.into();
        Ok(self.rules.get_or_init(|| rules).clone())
    }
}

impl<'v> Speaker<UserView<'v>> for ModelUser {
    fn act<'a>(&'a self, view: UserView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        let turns = view.place().1;
        Box::pin(async move { within_context(self.choose(view).await, turns) })
    }
}

/// A conversation, and the marks in it with the words that they stand for.
type Prompted = (Vec<Message>, Vec<(String, String)>);

/// The acts as the model is told of them.
fn said_acts(view: &UserView<'_>, draft: &Draft<'_>) -> Vec<SaidAct> {
    let said = |(at, act): (usize, &Act)| SaidAct {
        kind: name(act.act),
        task: task(view, act).unwrap_or_default(),
        slot: slot(view, act).unwrap_or_default(),
        value: draft.quoted(at).to_owned(),
    };
    draft.acts.iter().enumerate().map(said).collect()
}

/// The name of an act in records.
fn name(kind: ActKind) -> String {
    let name = kind.serialize(serde_json::value::Serializer);
    name.ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn task(view: &UserView<'_>, act: &Act) -> Option<String> {
    let intent = view.intent(act.domain.as_deref()?, act.intent.as_deref()?)?;
    Some(intent.wording.verb.first().cloned().unwrap_or_else(|| intent.name.replace('_', " ")))
}

pub(super) fn slot(view: &UserView<'_>, act: &Act) -> Option<String> {
    let slot = view.slot(act.domain.as_deref()?, act.slot.as_deref()?)?;
    Some(slot.wording.noun.first().cloned().unwrap_or_else(|| slot.name.replace('_', " ")))
}
