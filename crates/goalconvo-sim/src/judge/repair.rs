//! Repair: a rejected record becomes a new candidate, with lineage, that is judged as if nobody knew where it came from.
//!
//! Either one utterance is worded again by a model, or the dialogue is played again from its first fault on. The
//! rejected record stays what it is; the candidate carries none of its verdicts.

use std::fmt;
use std::sync::{Arc, LazyLock};

use goalconvo_core::{
    Dialogue, Ending, Episode, Finding, Move, Next, Origin, Reason, Role, Stage, Turn, Usage, Utterance,
    Verdict, facts,
};
use goalconvo_llm::{Format, JsonFormat, Message, Model, Request, Tag};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::transcript::Transcript;
use crate::prompt::{Prompt, Prompts};
use crate::speaker::{Cast, SpeakerError, play};
use crate::words::Words;

/// What fills the request to word an utterance again.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Mending {
    /// The record's lines, each with its number.
    pub lines: Vec<String>,
    /// The number of the line that has to be said again.
    pub line_number: usize,
    /// Who says it.
    pub role: String,
    /// What is wrong with it.
    pub reasons: Vec<String>,
}

pub(super) static REPAIR: Prompt<Mending> =
    Prompt::new("judge/repair", include_str!("../../prompts/judge/repair.jinja"));

/// Why there is no candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairError {
    message: String,
    /// Whose failure it was; none where the record or the reply is what can't be used.
    provider: Option<SpeakerError>,
}

impl RepairError {
    fn new(message: impl Into<String>) -> Self {
        RepairError { message: message.into(), provider: None }
    }

    fn provider(what: &str, error: SpeakerError) -> Self {
        RepairError { message: format!("{what}: {error}"), provider: Some(error) }
    }

    /// The provider's failure, where it was one.
    pub fn failure(&self) -> Option<&SpeakerError> {
        self.provider.as_ref()
    }

    /// Whether a provider failed, so that trying again may help.
    pub fn is_retryable(&self) -> bool {
        self.provider.as_ref().is_some_and(SpeakerError::is_retryable)
    }
}

impl fmt::Display for RepairError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RepairError {}

/// The earliest turn that a verdict which did not pass points at; none when the reasons name no turn.
pub fn first_fault(verdicts: &[Verdict]) -> Option<usize> {
    faults(verdicts).filter_map(|reason| turn_of(&reason.at)).min()
}

fn faults(verdicts: &[Verdict]) -> impl Iterator<Item = &Reason> {
    verdicts.iter().filter(|verdict| verdict.finding != Finding::Passed).flat_map(|verdict| &verdict.reasons)
}

fn turn_of(pointer: &str) -> Option<usize> {
    pointer.strip_prefix("/turns/")?.split('/').next()?.parse().ok()
}

/// Plays a record again up to its first fault, and from there on with these speakers.
///
/// Where no reason names a turn, all of it is played again.
///
/// # Errors
/// The record has no scenario for this stage, or a speaker's provider failed.
pub async fn repair_tail(
    dialogue: &Dialogue,
    verdicts: &[Verdict],
    (stage, words): (&Arc<Stage>, &Words),
    cast: &Cast<'_>,
) -> Result<Dialogue, RepairError> {
    let scenario = dialogue.scenario.clone().ok_or_else(|| RepairError::new("the record has no scenario"))?;
    let start = Episode::start(Arc::clone(stage), Arc::new(scenario));
    let mut episode =
        start.ok_or_else(|| RepairError::new("the record's scenario does not fit its world"))?;
    let sound = first_fault(verdicts).unwrap_or(0);
    for turn in dialogue.turns.iter().take(sound) {
        let before = episode.clone();
        let (role, mv) = match turn {
            Turn::User(said) => (Role::User, Move::Say(said.clone())),
            Turn::Assistant(said) if said.tool_calls.is_empty() => (Role::Assistant, Move::Say(said.clone())),
            Turn::Assistant(said) => (Role::Assistant, Move::Call(said.clone())),
            // Tools answer by themselves; whether they answer the same is checked below.
            Turn::Tool(_) => continue,
            Turn::Garbled { .. } => break,
        };
        episode.apply(role, mv);
        let same = episode.turns().iter().zip(&dialogue.turns).all(|(now, then)| now == then);
        let whole = episode.turns().len() <= sound;
        if !same || !whole || episode.turns().len() == before.turns().len() {
            episode = before;
            break;
        }
    }
    let played = play(episode, cast, &mut |_| {}).await;
    let played = played.map_err(|error| RepairError::provider("play it again", error))?;
    let ending = match played.next() {
        Next::Ended(ending) => ending,
        Next::Move(_) => Ending::Failed,
    };
    let mut candidate = candidate(dialogue);
    candidate.turns = played.into_turns();
    Ok(sealed(candidate, stage, words, ending))
}

/// Has a model word the utterance of the first fault again; calls, results and all other turns stay.
///
/// # Errors
/// No reason names an utterance, the model's provider failed, or its reply is not what was asked for.
pub async fn repair_turn(
    dialogue: &Dialogue,
    verdicts: &[Verdict],
    staged: Option<(&Arc<Stage>, &Words)>,
    (model, prompts): (&dyn Model, &Prompts),
) -> Result<Dialogue, RepairError> {
    let at = first_fault(verdicts).ok_or_else(|| RepairError::new("no reason names a turn to mend"))?;
    let (Some(Turn::User(said)) | Some(Turn::Assistant(said))) = dialogue.turns.get(at) else {
        return Err(RepairError::new(format!("turn {at} is no utterance that could be worded again")));
    };
    if said.text.is_empty() {
        return Err(RepairError::new(format!("turn {at} has no words; play its tail again instead")));
    }
    let request = mending(dialogue, verdicts, at, prompts)?;
    let reply = model.complete(request).await.map_err(|error| match error {
        // A useless reply was had and paid for; asking the same again would give it again.
        error if error.is_schema() || error.is_empty() => {
            RepairError::new(format!("ask for other words: {error}"))
        }
        error => RepairError::provider("ask for other words", error.into()),
    })?;
    let mended: Mended = serde_json::from_str(&reply.text)
        .map_err(|error| RepairError::new(format!("the reply is not what was asked for: {error}")))?;
    if mended.text.trim().is_empty() {
        return Err(RepairError::new("the reply has no words"));
    }
    let mut candidate = candidate(dialogue);
    let (name, hash) = prompts.hash(&REPAIR);
    candidate.provenance.prompts.insert(name, hash);
    if let Some(Turn::User(said) | Turn::Assistant(said)) = candidate.turns.get_mut(at) {
        let usage = reply.usage.map(|used| Usage {
            prompt_tokens: used.prompt_tokens,
            completion_tokens: used.completion_tokens,
            cost: reply.cost.map(goalconvo_llm::Cost::dollars),
            latency_ms: Some(reply.latency_us / 1000),
        });
        *said = Utterance { text: mended.text, origin: Origin::Repaired, usage, ..said.clone() };
    }
    let ending = dialogue.outcome.as_ref().map(|outcome| outcome.ending);
    match (staged, ending) {
        (Some((stage, words)), Some(ending)) => Ok(sealed(candidate, stage, words, ending)),
        _ => Ok(candidate),
    }
}

/// The reply to a request for other words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mended {
    text: String,
}

fn mending(
    dialogue: &Dialogue,
    verdicts: &[Verdict],
    at: usize,
    prompts: &Prompts,
) -> Result<Request, RepairError> {
    let role = if matches!(dialogue.turns.get(at), Some(Turn::User(_))) { "user" } else { "assistant" };
    let here = faults(verdicts).filter(|reason| turn_of(&reason.at) == Some(at));
    let mending = Mending {
        lines: Transcript::of(dialogue).lines().map(str::to_owned).collect(),
        line_number: at,
        role: role.to_owned(),
        reasons: here.map(|reason| format!("{}: {}", reason.check, reason.what)).collect(),
    };
    let text = prompts.fill(&REPAIR, &mending).map_err(|error| RepairError::new(error.to_string()))?;
    static SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
        Arc::new(json!({
            "type": "object",
            "properties": { "text": { "type": "string", "minLength": 1 } },
            "required": ["text"],
            "additionalProperties": false,
        }))
    });
    let format = Format::Json(JsonFormat { name: "mended".into(), schema: Arc::clone(&SCHEMA) });
    let tag = Tag {
        scope: format!("{}/repair", dialogue.id).into(),
        turn: u32::try_from(at).unwrap_or(u32::MAX),
        attempt: 0,
        role: "repair".into(),
        phase: "repair".into(),
    };
    Ok(Request { format, max_tokens: Some(600), tag, ..Request::new(vec![Message::user(text)]) })
}

/// A new record of its own, without the verdicts of the old one.
fn candidate(dialogue: &Dialogue) -> Dialogue {
    let mut candidate = dialogue.clone();
    candidate.id = format!("{}-repaired", dialogue.id);
    candidate.provenance.repaired_from = Some(dialogue.id.clone());
    candidate.verdicts.clear();
    candidate
}

/// With evidence and outcome found anew; the gate, not this, judges it.
fn sealed(mut candidate: Dialogue, stage: &Arc<Stage>, words: &Words, ending: Ending) -> Dialogue {
    candidate.outcome = None;
    let mut sealed = facts::settle(candidate, stage, &words.reader(), ending);
    sealed.verdicts.clear();
    sealed
}
