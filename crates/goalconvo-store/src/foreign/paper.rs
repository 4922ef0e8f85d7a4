//! The files of the GoalConvo paper's code, and others of that shape: a goal in words, turns with role and text.

use std::collections::BTreeMap;

use goalconvo_core::{Origin, Role};

use super::draft::Draft;
use super::piece::{Flaw, Piece};
use super::roles::roles_of;

/// Reads one dialogue.
pub(super) fn read(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    for key in ["dialogue_id", "dialog_id", "id"] {
        if let (None, Some(id)) = (&draft.id, record.field(key)) {
            draft.id = Some(id.name()?);
        }
    }
    if let Some(domain) = record.field("domain").or_else(|| record.field("domains")) {
        match domain.json.as_str() {
            Some(domain) => draft.domains.push(domain.into()),
            None => {
                for domain in domain.items()? {
                    draft.domains.push(domain.text()?.into());
                }
            }
        }
    }
    turns(record, draft)?;
    let known = ["dialogue_id", "dialog_id", "id", "domain", "domains", "turns"];
    draft.lose_others(record, "field", &known)
}

fn turns(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    let metadata = record.field("metadata");
    let model = metadata.as_ref().and_then(|metadata| metadata.json.get("model_version")?.as_str());
    let mut said: Vec<(&str, &str, bool)> = Vec::new();
    let list = record.need("turns")?;
    for turn in list.items()? {
        let role = turn.field("role").or_else(|| turn.field("speaker"));
        let role = role.ok_or_else(|| turn.expected("a turn with \"role\" and \"text\""))?.text()?;
        let text = turn.field("text").or_else(|| turn.field("content")).or_else(|| turn.field("utterance"));
        let text = text.ok_or_else(|| turn.expected("a turn with \"role\" and \"text\""))?.text()?;
        let canned = turn.json.pointer("/metadata/fallback").and_then(serde_json::Value::as_bool);
        said.push((role, text, canned == Some(true)));
        draft.lose_others(&turn, "turn's", &["role", "speaker", "text", "content", "utterance"])?;
    }
    let speakers: Vec<&str> = said.iter().map(|(speaker, ..)| *speaker).collect();
    let roles: BTreeMap<String, Role> = roles_of(&speakers, &mut draft.notes);
    for (at, (speaker, text, canned)) in said.into_iter().enumerate() {
        // Its code speaks canned lines when its model fails; they are no words of the model.
        let origin = match (canned, model) {
            (true, _) => Origin::Script,
            (false, Some(model)) => Origin::Model(model.to_owned()),
            (false, None) => Origin::Unknown,
        };
        match roles.get(speaker) {
            Some(role) => draft.say(*role, text, origin),
            None => {
                draft.notes.lost(format!("turns of a third speaker, {speaker:?}"), format!("{list}/{at}"));
            }
        }
    }
    Ok(())
}
