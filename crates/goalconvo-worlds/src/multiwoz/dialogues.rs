//! Dialogues as records: words as they were said, acts, and what changed in the belief state.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Format, Origin, Provenance, Turn, Utterance, Value};
use serde_json::Value as Json;
use smol_str::{SmolStr, format_smolstr};

use super::acts::Acts;
use super::normal::{Meaning, Speller};
use super::report::Report;
use super::slots::slot_of;

/// Values by `domain-slot`.
type State = BTreeMap<SmolStr, Value>;

/// The record of one dialogue; odd turns are the assistant's.
pub(super) fn dialogue(
    id: &str,
    dialogue: &Json,
    domains: &[SmolStr],
    speller: &mut Speller,
    report: &mut Report,
) -> Dialogue {
    let mut turns = Vec::new();
    let mut state = State::new();
    let mut acts = Acts { place: id, about: "restaurant", speller, unknown: Vec::new() };
    for (at, turn) in dialogue.get("log").and_then(Json::as_array).into_iter().flatten().enumerate() {
        let user = at % 2 == 0;
        let text = turn.get("text").and_then(Json::as_str).unwrap_or_default();
        let mut said = Utterance { text: text.to_owned(), origin: Origin::Human, ..Utterance::default() };
        if let Some(annotation) = turn.get("dialog_act") {
            said.acts = acts.read(annotation, user);
        }
        if !user {
            let now = belief(turn.get("metadata"), id, acts.speller);
            said.state = changes(&state, &now);
            state = now;
        }
        turns.push(if user { Turn::User(said) } else { Turn::Assistant(said) });
    }
    acts.unknown.sort();
    acts.unknown.dedup();
    for unknown in std::mem::take(&mut acts.unknown) {
        report.odd(id, format!("unknown dialogue act {unknown}; left out"));
    }
    report.dialogues += 1;
    report.turns += turns.len();
    Dialogue {
        format: Format,
        id: id.to_owned(),
        domains: domains.to_vec(),
        scenario: None,
        world: None,
        turns,
        outcome: None,
        verdicts: Vec::new(),
        provenance: Provenance::default(),
    }
}

fn belief(metadata: Option<&Json>, place: &str, speller: &mut Speller) -> State {
    let mut state = State::new();
    for (domain, parts) in metadata.and_then(Json::as_object).into_iter().flatten() {
        if domain == "bus" {
            continue;
        }
        for part in ["semi", "book"] {
            for (key, value) in parts.get(part).and_then(Json::as_object).into_iter().flatten() {
                // Later versions write a list of alternatives.
                let text = value.as_str().or_else(|| value.get(0).and_then(Json::as_str));
                let (Some(text), Some(slot)) = (text, slot_of(key)) else { continue };
                let value = match speller.read(domain, slot, text, place) {
                    Meaning::Absent => continue,
                    Meaning::DontCare => Value::text("dontcare"),
                    Meaning::Value(value) => value,
                };
                state.insert(format_smolstr!("{domain}-{slot}"), value);
            }
        }
    }
    state
}

fn changes(before: &State, now: &State) -> State {
    let dropped =
        before.keys().filter(|slot| !now.contains_key(*slot)).map(|slot| (slot.clone(), Value::Null));
    let set = now.iter().filter(|(slot, value)| before.get(*slot) != Some(value));
    dropped.chain(set.map(|(slot, value)| (slot.clone(), value.clone()))).collect()
}
