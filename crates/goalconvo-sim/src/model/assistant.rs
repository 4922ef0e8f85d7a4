//! The model assistant: it sees its tools, the policy and the turns, calls tools in the provider's own way, and
//! never sees the goal.

use std::sync::{Arc, OnceLock};

use goalconvo_core::{
    Arguments, AssistantView, CallKind, Cue, FunctionCall, Move, Origin, Role, ToolCall, Turn, Utterance,
};
use goalconvo_llm::{Reply, Request, Tool};
use smol_str::{SmolStr, format_smolstr};

use super::annotate::annotate;
use super::rules::{ASSISTANT_RULES, AssistantRules, DomainRules};
use super::voice::{Line, Objection, Voice, within_context};
use super::{clean, history};
use crate::hub::Shown;
use crate::speaker::{Moving, Speaker, SpeakerError};
use crate::words::Words;

/// An assistant that a model plays; for one dialogue.
pub struct ModelAssistant {
    voice: Voice,
    words: Words,
    shown: Arc<Shown>,
    brief: OnceLock<(Arc<str>, Arc<[Tool]>)>,
}

/// What an answer is, once it can be used.
enum Answer {
    Say(String),
    Call(String, Vec<goalconvo_llm::ToolCall>),
}

impl ModelAssistant {
    /// An assistant with this voice.
    pub fn new(voice: Voice, words: Words) -> Self {
        ModelAssistant { voice, words, shown: Arc::default(), brief: OnceLock::new() }
    }

    /// The same assistant, which is shown these examples.
    #[must_use]
    pub fn showing(self, shown: Arc<Shown>) -> Self {
        ModelAssistant { shown, ..self }
    }

    async fn choose(&self, view: AssistantView<'_>) -> Result<Move, SpeakerError> {
        let request = self.request(&view)?;
        let line = Line { role: Role::Assistant, place: view.place() };
        let answered = self.voice.ask(line, request, |reply| self.accept(reply)).await?;
        let blank = Utterance {
            origin: Origin::Model(answered.model),
            usage: Some(answered.usage),
            ..Utterance::default()
        };
        Ok(match answered.outcome {
            Ok(Answer::Say(text)) => {
                let acts = annotate(&view, &self.words, &text);
                Move::Say(Utterance { text, acts, ..blank })
            }
            Ok(Answer::Call(text, calls)) => {
                let tool_calls = numbered(&view, calls);
                Move::Call(Utterance { text, tool_calls, ..blank })
            }
            Err(objection) => Move::Garbled(objection.raw),
        })
    }

    /// What the model is sent.
    pub(super) fn request(&self, view: &AssistantView<'_>) -> Result<Request, SpeakerError> {
        let (rules, tools) = self.brief(view)?;
        Ok(Request { tools, ..Request::new(history::of_assistant(view, rules)) })
    }

    fn accept(&self, reply: &Reply) -> Result<Answer, Objection> {
        if !reply.tool_calls.is_empty() {
            // Words beside a call are what the model thinks aloud; a user would see them, so they must be speech.
            let text = clean::words(Role::Assistant, reply).unwrap_or_default();
            let text = if self.objection(&text).is_some() { String::new() } else { text };
            return Ok(Answer::Call(text, reply.tool_calls.clone()));
        }
        let text = clean::words(Role::Assistant, reply)?;
        match self.objection(&text) {
            Some(reason) => Err(Objection::new(reason, reply)),
            None => Ok(Answer::Say(text)),
        }
    }

    /// What no assistant says, whatever the facts are.
    fn objection(&self, text: &str) -> Option<&'static str> {
        let reading = self.words.read(Role::Assistant, text);
        reading.cues.iter().find_map(|(_, cue)| match cue {
            Cue::OtherRole => Some("it speaks as the customer would"),
            Cue::Leak => Some("it says what nobody says aloud"),
            _ => None,
        })
    }

    /// The rules and the tools, made once.
    fn brief(&self, view: &AssistantView<'_>) -> Result<(Arc<str>, Arc<[Tool]>), SpeakerError> {
        if let Some((rules, tools)) = self.brief.get() {
            return Ok((rules.clone(), tools.clone()));
        }
        let rules = AssistantRules { examples: self.shown.for_assistant.clone(), ..rules_of(view) };
        let rules = self.voice.prompts.fill(&ASSISTANT_RULES, &rules)?;
        let tools = view.tools().map(|tool| Tool {
            name: tool.name.to_string(),
            description: tool.description.clone(),
            parameters: Arc::new(tool.parameters()),
        });
        let brief = (Arc::from(rules), tools.collect());
        Ok(self.brief.get_or_init(|| brief).clone())
    }
}

impl<'v> Speaker<AssistantView<'v>> for ModelAssistant {
    fn act<'a>(&'a self, view: AssistantView<'v>) -> Moving<'a>
    where
        'v: 'a,
    {
        let turns = view.place().1;
        Box::pin(async move { within_context(self.choose(view).await, turns) })
    }
}

pub(super) fn rules_of(view: &AssistantView<'_>) -> AssistantRules {
    let persona = view.persona();
    let domain = |name: &SmolStr| {
        let policy = view.policy(name);
        DomainRules {
            name: name.to_string(),
            description: view.description(name).unwrap_or_default().to_owned(),
            policy: policy.map(|policy| policy.text.trim().to_owned()).unwrap_or_default(),
            rules: policy.map(|policy| policy.rules.values().cloned().collect()).unwrap_or_default(),
        }
    };
    AssistantRules {
        name: persona.name.clone(),
        description: persona.description.clone(),
        domains: view.domains().map(domain).collect(),
        examples: vec![],
    }
}

/// The calls under ids of our own: those of providers may repeat within a dialogue.
pub(crate) fn numbered(view: &AssistantView<'_>, calls: Vec<goalconvo_llm::ToolCall>) -> Vec<ToolCall> {
    let before: usize = view
        .turns()
        .iter()
        .map(|turn| match turn {
            Turn::Assistant(said) => said.tool_calls.len(),
            _ => 0,
        })
        .sum();
    let call = |(at, call): (usize, goalconvo_llm::ToolCall)| ToolCall {
        id: format_smolstr!("call_{}", before + at),
        kind: CallKind::Function,
        function: FunctionCall { name: call.name.into(), arguments: arguments(&call.arguments) },
    };
    calls.into_iter().enumerate().map(call).collect()
}

/// The arguments; a model that has none to give may write nothing.
fn arguments(text: &str) -> Arguments {
    Arguments::parse(if text.trim().is_empty() { "{}" } else { text })
}
