//! The whole-dialogue writer: one call writes both sides and the calls between them, the cheap way.
//!
//! What comes back is a script and no record: it is played move by move like anybody's moves, so that the tools answer
//! for themselves, acts and evidence are found in the words, and the judge of facts decides. A script whose sides speak
//! out of turn, or that stops in the middle, is asked for again a bounded number of times.

use std::sync::{Arc, LazyLock};

use goalconvo_core::{
    Arguments, Cue, Dialogue, Episode, Move, Next, Origin, Role, Scenario, Stage, Turn, Usage, Utterance,
};
use goalconvo_llm::{Format, JsonFormat, Message, Reply, Request, Tag};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::annotate::annotate;
use super::assistant::{numbered, rules_of};
use super::free::{ending, told_tasks};
use super::meaning::understood;
use super::rules::{Again, DomainRules, FreeTask};
use super::voice::{Spent, Voice};
use super::{Count, clean, name_of_traits};
use crate::hub::Shown;
use crate::prompt::{Listed, Prompt};
use crate::seal;
use crate::speaker::SpeakerError;
use crate::words::Words;

/// Every prompt of the writer.
pub(crate) const PROMPTS: &[Listed] = &[RULES.listed(), ASK.listed(), AGAIN.listed()];

/// What a writer is told about the service.
const RULES: Prompt<WriterRules> =
    Prompt::new("writer/rules", include_str!("../../prompts/writer/rules.jinja"));

/// What it is given to write one dialogue.
const ASK: Prompt<WriterAsk> = Prompt::new("writer/ask", include_str!("../../prompts/writer/ask.jinja"));

/// What it is told when its script can't be played.
const AGAIN: Prompt<Again> = Prompt::new("writer/again", include_str!("../../prompts/writer/again.jinja"));

/// Fills `writer/rules`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct WriterRules {
    /// The domains in play.
    pub domains: Vec<DomainRules>,
    /// The tools, as JSON.
    pub tools: Vec<String>,
    /// Good dialogues about such things, line by line.
    pub examples: Vec<Vec<String>>,
}

/// Fills `writer/ask`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct WriterAsk {
    /// Who the user is; may be empty.
    pub person: Vec<String>,
    /// What it wants.
    pub tasks: Vec<FreeTask>,
    /// Calls that bring it about, each with what the tool returns.
    pub calls: Vec<String>,
}

/// A script: what the model writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    turns: Vec<Line>,
}

/// One line of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    by: By,
    text: String,
    tool: String,
    arguments: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    User,
    Assistant,
    Call,
}

/// What came of asking for a script.
pub(crate) enum Scripted {
    /// It was played to its end.
    Played(Episode),
    /// None could be played; why not.
    Unplayable(String),
}

/// Has a model write the dialogue of a scenario, and plays it.
///
/// # Errors
/// The model's provider failed.
pub(crate) async fn write(
    voice: &Voice,
    scenario: &Arc<Scenario>,
    (stage, words, shown): (&Arc<Stage>, &Words, &Shown),
) -> Result<Scripted, SpeakerError> {
    let Some(start) = Episode::start(stage.clone(), scenario.clone()) else {
        return Ok(Scripted::Unplayable("the scenario does not fit its world".to_owned()));
    };
    let mut messages = prompt(voice, &start, words, shown)?;
    let mut spent = Spent::default();
    let mut reason = String::new();
    for attempt in 0..voice.sampling.attempts.max(1) {
        let reply = match voice.model.complete(request(voice, scenario, &messages, attempt)).await {
            Ok(reply) => reply,
            // It was answered and paid for, and is no script.
            Err(error) if error.is_schema() || error.is_empty() => {
                spent.waste(&error);
                reason = error.to_string();
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        spent.add(&reply);
        let by = Origin::Model(reply.model.clone().unwrap_or_else(|| "unreported".to_owned()));
        match play(start.clone(), words, &reply.text, (&by, spent.usage())) {
            Ok(played) => return Ok(Scripted::Played(played)),
            Err(what) => reason = what,
        }
        messages.push(Message::assistant(reply.text));
        messages.push(Message::user(voice.prompts.fill(&AGAIN, &Again { reason: reason.clone() })?));
    }
    Ok(Scripted::Unplayable(reason))
}

/// Counts what a writer would be sent for a scenario, and the script of the built-in engine's own words.
///
/// # Errors
/// A prompt can't be filled.
pub(crate) fn rehearse(
    voice: &Voice,
    scenario: &Arc<Scenario>,
    (stage, words, shown): (&Arc<Stage>, &Words, &Shown),
    count: &Count,
) -> Result<(), SpeakerError> {
    let Some(start) = Episode::start(stage.clone(), scenario.clone()) else { return Ok(()) };
    let messages = prompt(voice, &start, words, shown)?;
    let own = seal::perform(Scenario::clone(scenario), (stage, words), String::new());
    let said = |text: &str| SCRIPT_LINE + text.len();
    let lines = own.iter().flat_map(|own| &own.turns).map(|turn| match turn {
        Turn::User(own) => said(&own.text),
        Turn::Assistant(own) if own.tool_calls.is_empty() => said(&own.text),
        Turn::Assistant(own) => {
            own.tool_calls.iter().map(|call| said(&serde_json::to_string(call).unwrap_or_default())).sum()
        }
        Turn::Tool(_) | Turn::Garbled { .. } => 0,
    });
    count.call("writer", &request(voice, scenario, &messages, 0), lines.sum());
    Ok(())
}

/// Bytes of a script's line around its words.
const SCRIPT_LINE: usize = r#"{"by":"assistant","text":"","tool":"","arguments":""},"#.len();

fn prompt(
    voice: &Voice,
    start: &Episode,
    words: &Words,
    shown: &Shown,
) -> Result<Vec<Message>, SpeakerError> {
    let (view, desk) = (start.user_view(), start.assistant_view());
    let rules = WriterRules {
        domains: rules_of(&desk).domains,
        tools: desk.tools().map(|tool| tool.function().to_string()).collect(),
        examples: shown.for_assistant.clone(),
    };
    let persona = view.persona();
    let mut person: Vec<String> = [&persona.name, &persona.description].into_iter().cloned().collect();
    if let Some(experience) = view.experience() {
        person.extend([experience.context.clone(), experience.style.clone()]);
    }
    person.extend(name_of_traits(persona.traits));
    person.retain(|line| !line.is_empty());
    // The world can't be asked while one writes: the built-in engine asks it beforehand.
    let trial = Scenario::clone(start.scenario());
    let played = seal::perform(trial, (start.stage(), words), String::new());
    let calls = played.as_ref().map(calls).unwrap_or_default();
    let ask = WriterAsk { person, tasks: told_tasks(&view), calls };
    let (rules, ask) = (voice.prompts.fill(&RULES, &rules)?, voice.prompts.fill(&ASK, &ask)?);
    Ok(vec![Message::system(rules), Message::user(ask)])
}

/// Calls with what they returned, a line each.
fn calls(played: &Dialogue) -> Vec<String> {
    let line = |(call, answer): (&goalconvo_core::ToolCall, Option<&goalconvo_core::ToolTurn>)| {
        let arguments = match &call.function.arguments {
            Arguments::Parsed(record) => record.to_string(),
            Arguments::Raw(text) => text.clone(),
        };
        let result = answer.map_or("nothing".to_owned(), |answer| match &answer.error {
            None => answer.result.to_string(),
            Some(error) => format!("the error {:?}", error.message),
        });
        format!("{}({arguments}) returns {result}", call.function.name)
    };
    played.calls().map(line).collect()
}

fn request(voice: &Voice, scenario: &Scenario, messages: &[Message], attempt: u32) -> Request {
    let key = scenario.key;
    let mut rng = key.rng(attempt as usize, goalconvo_core::Purpose::Sampling);
    let tag = Tag {
        scope: format!("{}/{}/writer", key.seed, key.index).into(),
        turn: 0,
        attempt,
        role: "writer".into(),
        phase: "write".into(),
    };
    Request {
        format: Format::Json(JsonFormat { name: "dialogue".into(), schema: Arc::clone(&SCHEMA) }),
        seed: u32::try_from(rng.below(1 << 31)).ok(),
        temperature: voice.sampling.temperature,
        top_p: voice.sampling.top_p,
        max_tokens: Some(voice.sampling.max_tokens),
        cache_prefix: true,
        tag,
        ..Request::new(messages.to_vec())
    }
}

/// Plays a script.
///
/// # Errors
/// It can't be played: why not, as a clause.
fn play(
    mut episode: Episode,
    words: &Words,
    text: &str,
    (by, usage): (&Origin, Usage),
) -> Result<Episode, String> {
    let script: Script = serde_json::from_str(text).map_err(|error| format!("it is no script: {error}"))?;
    if script.turns.is_empty() {
        return Err("it has no turns".to_owned());
    }
    // All of it was one call: what that took stands at its first turn.
    let mut usage = Some(usage);
    for (at, line) in script.turns.into_iter().enumerate() {
        let role = if line.by == By::User { Role::User } else { Role::Assistant };
        match episode.next() {
            Next::Move(due) if due == role => {}
            Next::Move(due) => {
                return Err(format!(
                    "turn {}: it is the {}'s turn",
                    at + 1,
                    format!("{due:?}").to_lowercase()
                ));
            }
            Next::Ended(_) => return Err(format!("turn {}: the dialogue is too long", at + 1)),
        }
        let blank = Utterance { origin: by.clone(), usage: usage.take(), ..Utterance::default() };
        let mv = made(&episode, words, line, blank).map_err(|what| format!("turn {}: {what}", at + 1))?;
        episode.apply(role, mv);
    }
    match episode.next() {
        Next::Ended(_) => Ok(episode),
        Next::Move(Role::User) => {
            let ending = ending(&episode.user_view());
            episode.apply(Role::User, Move::End(ending));
            Ok(episode)
        }
        Next::Move(Role::Assistant) => Err("it ends while the user waits for an answer".to_owned()),
    }
}

/// One line of a script as a move.
fn made(episode: &Episode, words: &Words, line: Line, blank: Utterance) -> Result<Move, String> {
    if line.by == By::Call {
        let call = goalconvo_llm::ToolCall { id: String::new(), name: line.tool, arguments: line.arguments };
        let tool_calls = numbered(&episode.assistant_view(), vec![call]);
        return Ok(Move::Call(Utterance { tool_calls, ..blank }));
    }
    let role = if line.by == By::User { Role::User } else { Role::Assistant };
    let text = clean::words(role, &Reply::said(line.text)).map_err(|objection| objection.reason)?;
    let reading = words.read(role, &text);
    let wrong = reading.cues.iter().find_map(|(_, cue)| match cue {
        Cue::OtherRole => Some("it speaks as the other side would"),
        Cue::Leak => Some("it says what nobody says aloud"),
        _ => None,
    });
    if let Some(wrong) = wrong {
        return Err(wrong.to_owned());
    }
    let acts = match role {
        Role::User => understood(&episode.user_view(), &text, &reading),
        Role::Assistant => annotate(&episode.assistant_view(), words, &text),
    };
    Ok(Move::Say(Utterance { text, acts, ..blank }))
}

static SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
    Arc::new(json!({
        "type": "object",
        "properties": {
            "turns": {
                "type": "array",
                "minItems": 2,
                "items": {
                    "type": "object",
                    "properties": {
                        "by": { "type": "string", "enum": ["user", "assistant", "call"] },
                        "text": { "type": "string" },
                        "tool": { "type": "string" },
                        "arguments": { "type": "string" },
                    },
                    "required": ["by", "text", "tool", "arguments"],
                    "additionalProperties": false,
                },
            },
        },
        "required": ["turns"],
        "additionalProperties": false,
    }))
});
