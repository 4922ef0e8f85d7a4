//! What two personas said: kept as JSON, as text, and in the shapes of others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goalconvo_core::{Dialogue, Format, Origin, Provenance, Turn, Usage, Utterance};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smol_str::SmolStr;

use super::card::Card;

/// The version of a talk: readers refuse another one.
pub const TALK_FORMAT: &str = "goalconvo-talk/1";

/// Two personas' talk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    /// Always [`TALK_FORMAT`].
    pub format: String,
    /// Unique among the talks of a run.
    pub id: String,
    /// The run's seed.
    pub seed: u64,
    /// The talk's index in the run.
    pub index: u64,
    /// Who talks; the first speaks first.
    pub personas: [Card; 2],
    /// Where and why they talk; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub context: String,
    /// What was said, in order.
    pub turns: Vec<Spoken>,
    /// Why it stopped.
    pub end: End,
    /// Hashes of the prompts, by name.
    pub prompts: BTreeMap<SmolStr, String>,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spoken {
    /// Who speaks.
    pub speaker: String,
    /// The words.
    pub text: String,
    /// What an orchestrator told the speaker to mind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<String>,
    /// Who worded it, as the reply reported it.
    pub origin: Origin,
    /// What the reply took; absent for given opening lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// How many replies before this one could not be used.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discarded: u32,
}

/// Why a talk stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// This speaker ended it.
    EndedBy(String),
    /// It had as many turns as it may have.
    CutOff,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Talk {
    /// Whether a speaker ended it, after both had spoken; one that was cut off is not complete.
    pub fn is_complete(&self) -> bool {
        self.was_ended() && !self.is_one_sided()
    }

    /// Whether a speaker ended it.
    pub fn was_ended(&self) -> bool {
        matches!(self.end, End::EndedBy(_))
    }

    /// Whether one of the two, or both, never spoke.
    pub fn is_one_sided(&self) -> bool {
        let spoke = |card: &Card| self.turns.iter().any(|turn| turn.speaker == card.name);
        !self.personas.iter().all(spoke)
    }

    /// The words with who says them, a line each, and how it ended.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for turn in &self.turns {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{}: {}", turn.speaker, turn.text.replace('\n', " "));
        }
        text.push_str(match &self.end {
            End::EndedBy(_) if self.is_one_sided() => "(ended before both had spoken)\n",
            End::EndedBy(_) => "(end)\n",
            End::CutOff => "(cut off)\n",
        });
        text
    }

    /// Takes out how long models took: turns with their milliseconds.
    pub fn take_times(&mut self) -> Vec<(usize, u64)> {
        let usages =
            self.turns.iter_mut().enumerate().filter_map(|(at, turn)| Some((at, turn.usage.as_mut()?)));
        usages.filter_map(|(at, usage)| Some((at, usage.latency_ms.take()?))).collect()
    }

    /// As a record: the first speaker as the user, the second as the assistant. It has no scenario, world or outcome, so
    /// nothing about it can be verified but its words.
    pub fn record(&self) -> Dialogue {
        let turns = self.turns.iter().map(|turn| {
            let said = Utterance {
                text: turn.text.clone(),
                origin: turn.origin.clone(),
                usage: turn.usage.clone(),
                ..Utterance::default()
            };
            if turn.speaker == self.personas[0].name { Turn::User(said) } else { Turn::Assistant(said) }
        });
        Dialogue {
            format: Format,
            id: self.id.clone(),
            domains: vec![],
            scenario: None,
            world: None,
            turns: turns.collect(),
            outcome: None,
            verdicts: vec![],
            provenance: Provenance {
                source: concat!("goalconvo ", env!("CARGO_PKG_VERSION"), " role-play").into(),
                prompts: self.prompts.clone(),
                ..Provenance::default()
            },
        }
    }

    /// In the shape of sdialog's `Dialog` JSON. What it wants and a talk does not have is null; there are no timestamps,
    /// as a talk reads no clock.
    pub fn sdialog(&self) -> Value {
        let personas = self.personas.iter().map(|card| {
            let mut fields = card.fields.clone();
            fields.insert("name".to_owned(), card.name.clone().into());
            (card.name.clone(), Value::Object(fields))
        });
        let mut models = self.turns.iter().filter_map(|turn| match &turn.origin {
            Origin::Model(name) => Some(name.clone()),
            _ => None,
        });
        let turns: Vec<Value> =
            self.turns.iter().map(|turn| json!({ "speaker": turn.speaker, "text": turn.text })).collect();
        let context =
            if self.context.is_empty() { Value::Null } else { json!({ "description": self.context }) };
        json!({
            "version": "0.4.9",
            "timestamp": null,
            "model": models.next().map(|name| json!({ "name": name })),
            "seed": self.seed,
            "id": self.id,
            "parentId": null,
            "complete": self.is_complete(),
            "personas": personas.collect::<serde_json::Map<_, _>>(),
            "context": context,
            "scenario": null,
            "turns": turns,
            "events": self.events(),
            "annotations": null,
            "notes": null,
        })
    }

    fn events(&self) -> Vec<Value> {
        let event = |speaker: &str, action: &str, label: Option<&str>, content: &str| json!({ "agent": speaker, "action": action, "actionLabel": label, "content": content, "timestamp": null });
        let mut events = Vec::new();
        for turn in &self.turns {
            for instruction in &turn.instructions {
                events.push(event(&turn.speaker, "instruct", Some("Orchestrator"), instruction));
            }
            events.push(event(&turn.speaker, "utter", None, &turn.text));
        }
        events
    }
}
