//! A free user: a model that plays a role from its persona and goal. What it says is read against the goal; it ends
//! the chat by a tool, never by a word.

use std::sync::{Arc, OnceLock};

use goalconvo_core::{ActKind, Cue, Ending, Move, Origin, Role, Slots, Task, UserView, Utterance, Value};
use goalconvo_llm::{Message, Reply, Request, Tool};
use serde_json::json;
use smol_str::SmolStr;

use super::meaning::understood;
use super::rules::{Begin, FreeRules, FreeTask, USER_BEGIN, USER_FREE, Wish};
use super::voice::{Line, Objection, Voice, within_context};
use super::{clean, history};
use crate::hub::Shown;
use crate::speaker::{Moving, Speaker, SpeakerError};
use crate::words::Words;

/// The tool by which a free user ends the chat.
const END: &str = "end_chat";

/// A user that a model plays from its goal; for one dialogue.
pub struct FreeUser {
    voice: Voice,
    words: Words,
    shown: Arc<Shown>,
    brief: OnceLock<(Arc<str>, Arc<[Tool]>)>,
}

impl FreeUser {
    /// A user with this voice.
    pub fn new(voice: Voice, words: Words) -> Self {
        FreeUser { voice, words, shown: Arc::default(), brief: OnceLock::new() }
    }

    /// The same user, who is shown these examples.
    #[must_use]
    pub fn showing(self, shown: Arc<Shown>) -> Self {
        FreeUser { shown, ..self }
    }

    async fn choose(&self, view: UserView<'_>) -> Result<Move, SpeakerError> {
        if let Some(ending) = self.parted(&view) {
            return Ok(Move::End(ending));
        }
        let opening = view.heard().next().is_none();
        let request = self.request(&view)?;
        let line = Line { role: Role::User, place: view.place() };
        let answered = self.voice.ask(line, request, |reply| self.accept(reply, opening)).await?;
        Ok(match answered.outcome {
            Ok(Answer::End(ending)) => Move::End(ending),
            Ok(Answer::Say(text)) => {
                let acts = understood(&view, &text, &self.words.read(Role::User, &text));
                let (origin, usage) = (Origin::Model(answered.model), Some(answered.usage));
                Move::Say(Utterance { text, acts, origin, usage, ..Utterance::default() })
            }
            Err(objection) => Move::Garbled(objection.raw),
        })
    }

    /// What the model is sent.
    pub(super) fn request(&self, view: &UserView<'_>) -> Result<Request, SpeakerError> {
        let (rules, tools) = self.brief(view)?;
        let mut messages = history::of_user(view, rules);
        if view.heard().next().is_none() {
            let opening = view.experience().map(|experience| experience.opening.clone()).unwrap_or_default();
            messages.push(Message::system(self.voice.prompts.fill(&USER_BEGIN, &Begin { opening })?));
        }
        Ok(Request { tools, ..Request::new(messages) })
    }

    /// Two goodbyes are enough: once both sides have parted, it has ended.
    fn parted(&self, view: &UserView<'_>) -> Option<Ending> {
        let mut last = view.heard().rev().take(2);
        let (heard, said) = (last.next()?, last.next()?);
        let parts = |(role, said): (Role, &Utterance)| {
            let reading = self.words.read(role, &said.text);
            said.acts.iter().any(|act| act.act == ActKind::Bye)
                || reading.cues.iter().any(|(_, cue)| *cue == Cue::Farewell)
        };
        (said.0 == Role::User && parts(said) && parts(heard)).then(|| ending(view))
    }

    fn accept(&self, reply: &Reply, opening: bool) -> Result<Answer, Objection> {
        let ended = reply.tool_calls.iter().find(|call| call.name == END);
        // Words beside the end are said first: the chat ends once they are answered.
        if let Some(call) = ended.filter(|_| reply.text.trim().is_empty() && !opening) {
            let reason = call.parsed().ok().and_then(|call| call.get("reason")?.as_str().map(str::to_owned));
            return match reason.as_deref() {
                Some("satisfied") => Ok(Answer::End(Ending::Satisfied)),
                Some("refused") => Ok(Answer::End(Ending::Refused)),
                Some("gave_up") => Ok(Answer::End(Ending::GaveUp)),
                _ => Err(Objection::new("its reason is none of satisfied, refused, gave_up", reply)),
            };
        }
        let text = clean::words(Role::User, reply)?;
        let reading = self.words.read(Role::User, &text);
        let wrong = reading.cues.iter().find_map(|(_, cue)| match cue {
            Cue::OtherRole => Some("it speaks as the service would"),
            Cue::Leak => Some("it says what nobody says aloud"),
            Cue::Greeting if !opening => Some("it greets in the middle of the chat"),
            _ => None,
        });
        wrong.map_or(Ok(Answer::Say(text)), |reason| Err(Objection::new(reason, reply)))
    }

    fn brief(&self, view: &UserView<'_>) -> Result<(Arc<str>, Arc<[Tool]>), SpeakerError> {
        if let Some((rules, tools)) = self.brief.get() {
            return Ok((rules.clone(), tools.clone()));
        }
        let (persona, experience) = (view.persona(), view.experience().cloned().unwrap_or_default());
        let rules = FreeRules {
            subjects: view.subjects().map(str::to_owned).collect(),
            name: persona.name.clone(),
            description: persona.description.clone(),
            traits: persona.traits,
            tasks: told_tasks(view),
            tool: END.to_owned(),
            examples: self.shown.for_user.clone(),
            context: experience.context,
            style: experience.style,
        };
        let brief = (Arc::from(self.voice.prompts.fill(&USER_FREE, &rules)?), Arc::from([end_tool()]));
        Ok(self.brief.get_or_init(|| brief).clone())
    }
}

impl<'v> Speaker<UserView<'v>> for FreeUser {
    fn act<'a>(&'a self, view: UserView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        let turns = view.place().1;
        Box::pin(async move { within_context(self.choose(view).await, turns) })
    }
}

/// What an answer is, once it can be used.
enum Answer {
    Say(String),
    End(Ending),
}

fn end_tool() -> Tool {
    let parameters = json!({
        "type": "object",
        "properties": {
            "reason": {
                "type": "string",
                "enum": ["satisfied", "refused", "gave_up"],
                "description": "satisfied: you got what you wanted; refused: the service may not do it; gave_up: you stopped wanting it"
            }
        },
        "required": ["reason"],
        "additionalProperties": false
    });
    Tool { name: END.to_owned(), description: "Ends the chat.".to_owned(), parameters: Arc::new(parameters) }
}

/// How a chat ended that both sides have parted from.
pub(super) fn ending(view: &UserView<'_>) -> Ending {
    let acts = || view.heard().flat_map(|(_, said)| &said.acts);
    if acts().any(|act| act.act == ActKind::Refuse) {
        Ending::Refused
    } else if acts().any(|act| matches!(act.act, ActKind::GiveUp | ActKind::Unable)) {
        Ending::GaveUp
    } else {
        Ending::Satisfied
    }
}

/// The tasks of a goal as a model is told of them.
pub(crate) fn told_tasks(view: &UserView<'_>) -> Vec<FreeTask> {
    view.goal().tasks.iter().map(|task| told(view, task)).collect()
}

/// A task as the model is told of it. Values that another task brings are left to the talk.
fn told(view: &UserView<'_>, task: &Task) -> FreeTask {
    let intent = view.intent(&task.domain, &task.intent);
    let verb = intent.and_then(|intent| intent.wording.verb.first().cloned());
    let wishes = |slots: &Slots| slots.iter().map(|(slot, value)| wish(view, task, slot, value)).collect();
    let noun = |slot: &SmolStr| called(view, task, slot);
    FreeTask {
        verb: verb.unwrap_or_else(|| task.intent.replace('_', " ")),
        wishes: wishes(&task.constraints),
        changes: wishes(&task.changes),
        fallbacks: task.relaxations.iter().map(wishes).collect(),
        questions: task.requests.iter().map(noun).collect(),
    }
}

fn called(view: &UserView<'_>, task: &Task, slot: &SmolStr) -> String {
    let noun = view.slot(&task.domain, slot).and_then(|slot| slot.wording.noun.first().cloned());
    noun.unwrap_or_else(|| slot.replace('_', " "))
}

fn wish(view: &UserView<'_>, task: &Task, slot: &SmolStr, value: &Value) -> Wish {
    let value = match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.plain().to_string(),
    };
    Wish { slot: called(view, task, slot), value }
}
