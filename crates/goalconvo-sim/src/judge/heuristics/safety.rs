//! Profanity, personal data and secrets, by the patterns that datasets are measured with.

use goalconvo_core::{Dialogue, Reason, Turn, Value};
use goalconvo_metrics::safety::{SafetyKind, is_profane, scan_personal};
use serde::{Deserialize, Serialize};

use super::{spoken, words_at};
use crate::judge::judging::reason;

/// Swear words, slurs and insults, as whole words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profanity;

impl Profanity {
    pub(super) fn reasons(self, dialogue: &Dialogue) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for (at, _, said) in spoken(dialogue) {
            if is_profane(&said.text) {
                reasons.push(reason("profanity", &words_at(at), "a swear word, slur or insult"));
            }
        }
        reasons
    }
}

/// Personal data and secrets.
///
/// A value that the scenario gives or that a tool returned is the dialogue's matter and no leak; a secret is one
/// wherever it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Personal {
    /// Also telephone numbers, which venues have too.
    pub phones: bool,
}

impl Personal {
    pub(super) fn reasons(&self, dialogue: &Dialogue) -> Vec<Reason> {
        let known = known(dialogue);
        let mut reasons = Vec::new();
        for (at, _, said) in spoken(dialogue) {
            for found in scan_personal(&said.text) {
                let excused = match found.kind {
                    SafetyKind::Secret => false,
                    SafetyKind::Phone if !self.phones => true,
                    _ => known.contains(&bare(&said.text[found.start..found.end])),
                };
                if !excused {
                    // The reason names the place and the kind: it must not repeat what should not be there.
                    let name = found.kind.name();
                    let what = format!("{name} at bytes {} to {} of the text", found.start, found.end);
                    reasons.push(reason("personal", &words_at(at), what));
                }
            }
        }
        reasons
    }
}

/// All texts of the scenario's goal and of the tools' answers, in one bare text.
fn known(dialogue: &Dialogue) -> String {
    let mut known = String::new();
    let mut add = |text: &str| {
        known.push_str(&bare(text));
        known.push('\n');
    };
    if let Some(scenario) = &dialogue.scenario {
        for task in &scenario.goal.tasks {
            let changes = task.constraints.values().chain(task.changes.values());
            for value in changes.chain(task.relaxations.iter().flat_map(|slots| slots.values())) {
                texts(value, &mut add);
            }
        }
    }
    for turn in &dialogue.turns {
        if let Turn::Tool(answer) = turn {
            texts(&answer.result, &mut add);
        }
    }
    known
}

fn texts(value: &Value, add: &mut impl FnMut(&str)) {
    value.items().iter().for_each(|item| texts(item, add));
    value.fields().iter().for_each(|(_, field)| texts(field, add));
    if value.items().is_empty() && value.fields().is_empty() {
        add(&value.plain());
    }
}

/// Without spaces and case, as the same value may be written in several ways.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
