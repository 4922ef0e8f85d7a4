//! sdialog's JSON: turns with their speakers, and the events in which tools were called.

use std::collections::BTreeMap;

use goalconvo_core::{Origin, Role, ToolCall, Utterance};

use super::draft::{Draft, result_of};
use super::piece::{Flaw, Piece};
use super::roles::roles_of;

/// Reads one dialogue.
pub(super) fn read(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    draft.id = record.field("id").map(|id| id.name()).transpose()?;
    let version = record.field("version").map(|version| version.name()).transpose()?;
    draft.source = version.map(|version| format!("sdialog {version}"));
    let model = record.field("model");
    let name =
        model.as_ref().and_then(|model| model.json.as_str().or_else(|| model.json.get("name")?.as_str()));
    let origin = name.map_or(Origin::Unknown, |name| Origin::Model(name.to_owned()));
    let turns = record.need("turns")?;
    let mut said: Vec<(&str, &str)> = Vec::new();
    for turn in turns.items()? {
        let (speaker, text) = (turn.field("speaker"), turn.need("text")?);
        said.push((speaker.map_or(Ok(""), |speaker| speaker.text())?, text.text()?));
        draft.lose_others(&turn, "turn's", &["speaker", "text"])?;
    }
    let speakers: Vec<&str> = said.iter().map(|(speaker, _)| *speaker).collect();
    let stage = Stage { roles: roles_of(&speakers, &mut draft.notes), origin };
    match record.field("events") {
        Some(events) if tells(&events, &said)? => stage.events(&events, draft)?,
        events => {
            if let Some(events) = events {
                draft.notes.lost("lists of events that tell other words than the turns", events);
            }
            for (at, (speaker, text)) in said.into_iter().enumerate() {
                stage.say(speaker, text, &format!("{turns}/{at}"), draft);
            }
        }
    }
    let known = ["id", "version", "model", "turns", "events", "complete", "timestamp", "seed"];
    draft.lose_others(record, "field", &known)
}

/// Whether the utterances among the events are the turns, in order.
fn tells(events: &Piece<'_, '_>, turns: &[(&str, &str)]) -> Result<bool, Flaw> {
    let mut at = 0;
    for event in events.items()? {
        if event.json.get("action").and_then(serde_json::Value::as_str) == Some("utter") {
            let content = event.json.get("content").and_then(serde_json::Value::as_str);
            if turns.get(at).map(|(_, text)| *text) != content {
                return Ok(false);
            }
            at += 1;
        }
    }
    Ok(at == turns.len())
}

/// Who plays whom, and who words it.
struct Stage {
    roles: BTreeMap<String, Role>,
    origin: Origin,
}

impl Stage {
    fn say(&self, speaker: &str, text: &str, at: &str, draft: &mut Draft) {
        match self.roles.get(speaker) {
            Some(role) => draft.say(*role, text, self.origin.clone()),
            None => draft.notes.lost(format!("turns of a third speaker, {speaker:?}"), at),
        }
    }

    fn events(&self, events: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
        // Calls in a row are one move.
        let mut calls: Vec<ToolCall> = Vec::new();
        for event in events.items()? {
            let (action, agent) = (event.need("action")?, event.field("agent"));
            let agent = agent.as_ref().map_or(Ok(""), Piece::text)?;
            let label = event.json.get("actionLabel").and_then(serde_json::Value::as_str).unwrap_or_default();
            match (action.text()?, label) {
                ("utter", _) => {
                    self.move_of(&mut calls, draft);
                    let content = event.need("content")?;
                    self.say(agent, content.text()?, &event.pointer(), draft);
                }
                ("tool", "call") if self.roles.get(agent) != Some(&Role::User) => {
                    calls.push(draft.call(&event.need("content")?)?);
                }
                ("tool", "output") if self.roles.get(agent) != Some(&Role::User) => {
                    self.move_of(&mut calls, draft);
                    output(&event.need("content")?, draft)?;
                }
                (other, _) => draft.notes.lost(format!("{other:?} events"), event),
            }
        }
        self.move_of(&mut calls, draft);
        Ok(())
    }

    /// The calls so far as the assistant's turn.
    fn move_of(&self, calls: &mut Vec<ToolCall>, draft: &mut Draft) {
        if !calls.is_empty() {
            let (tool_calls, origin) = (std::mem::take(calls), self.origin.clone());
            draft.utter(Role::Assistant, Utterance { tool_calls, origin, ..Utterance::default() });
        }
    }
}

fn output(content: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let id = content.field("call_id").map(|id| id.name()).transpose()?;
    let name = content.field("name").map(|name| name.name()).transpose()?;
    let result = match content.field("output") {
        Some(output) if output.json.is_string() => result_of(output.text()?),
        Some(output) => output.value(),
        None => goalconvo_core::Value::Null,
    };
    draft.answer(id.as_deref(), name.as_deref(), result, content);
    Ok(())
}
