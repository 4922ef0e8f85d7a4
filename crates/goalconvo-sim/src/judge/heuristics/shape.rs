//! Length, legibility, and whether the speakers take turns in their own roles.

use goalconvo_core::{Dialogue, Reason, Turn};
use goalconvo_metrics::failures::find_role_swaps;
use serde::{Deserialize, Serialize};

use super::{spoken, words_at};
use crate::judge::judging::reason;

/// Limits of length, in utterances and words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Length {
    /// Fewest utterances of both together.
    pub fewest: usize,
    /// Most utterances of both together.
    pub most: usize,
    /// Most words of one utterance.
    pub words: usize,
}

impl Default for Length {
    fn default() -> Self {
        Length { fewest: 4, most: 100, words: 250 }
    }
}

impl Length {
    pub(super) fn reasons(&self, dialogue: &Dialogue) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let count = spoken(dialogue).count();
        if count < self.fewest || count > self.most {
            let what = format!("{count} utterances, expected {} to {}", self.fewest, self.most);
            reasons.push(reason("length", "/turns", what));
        }
        for (at, _, said) in spoken(dialogue) {
            let words = said.text.split_whitespace().count();
            if words > self.words {
                let what = format!("{words} words, expected at most {}", self.words);
                reasons.push(reason("length", &words_at(at), what));
            }
            if !is_legible(&said.text) {
                reasons.push(reason("garbage", &words_at(at), "this is no text that somebody could read"));
            }
        }
        for (at, turn) in dialogue.turns.iter().enumerate() {
            let (Turn::User(said) | Turn::Assistant(said)) = turn else { continue };
            if said.text.trim().is_empty() && said.tool_calls.is_empty() {
                reasons.push(reason("empty", &format!("/turns/{at}"), "nothing is said and nothing is done"));
            }
        }
        reasons
    }
}

/// The longest run without a space that is still taken for a word; addresses of web pages are about this long.
const LONGEST_WORD: usize = 60;

/// Whether a text is mostly letters, digits and spaces, in words of a readable length, without broken characters.
fn is_legible(text: &str) -> bool {
    let broken = |c: char| c == '\u{fffd}' || (c.is_control() && !matches!(c, '\n' | '\t' | '\r'));
    if text.chars().any(broken) {
        return false;
    }
    let all = text.chars().count();
    let plain = text.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).count();
    let longest = text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
    plain * 2 > all && longest <= LONGEST_WORD && text.chars().any(char::is_alphanumeric)
}

/// Turn-taking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Roles {
    /// Most moves that were none.
    pub garbled: usize,
}

/// Marks by which a text speaks for somebody, at the start of a line.
const LABELS: [&str; 10] = [
    "user:",
    "assistant:",
    "system:",
    "customer:",
    "agent:",
    "support:",
    "human:",
    "ai:",
    "bot:",
    "supportbot:",
];

impl Roles {
    pub(super) fn reasons(&self, dialogue: &Dialogue) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let garbled = dialogue.turns.iter().filter(|turn| matches!(turn, Turn::Garbled { .. })).count();
        if garbled > self.garbled {
            let what = format!("{garbled} moves were none, expected at most {}", self.garbled);
            reasons.push(reason("garbled", "/turns", what));
        }
        order(dialogue, &mut reasons);
        answers(dialogue, &mut reasons);
        for (at, _, said) in spoken(dialogue) {
            let labelled = |line: &str| {
                let line = line.trim_start_matches(|c: char| c.is_whitespace() || c == '*').to_lowercase();
                LABELS.iter().any(|label| line.starts_with(label))
            };
            if said.text.lines().any(labelled) {
                reasons.push(reason("label", &words_at(at), "the words carry a speaker's label"));
            }
        }
        reasons.extend(find_role_swaps(dialogue).into_iter().map(|swap| {
            reason("swap", &words_at(swap.turn), format!("the other role's part: {}", swap.what))
        }));
        reasons
    }
}

/// Nobody speaks twice in a row; an assistant that calls tools may speak before and after.
fn order(dialogue: &Dialogue, reasons: &mut Vec<Reason>) {
    let mut last = None;
    for (at, role, said) in spoken(dialogue) {
        if last == Some(role) {
            let what = format!("{role:?} speaks twice in a row").to_lowercase();
            reasons.push(reason("order", &format!("/turns/{at}"), what));
        }
        last = Some(role).filter(|_| said.tool_calls.is_empty());
    }
}

/// Every call is answered right after it, and nothing else is.
fn answers(dialogue: &Dialogue, reasons: &mut Vec<Reason>) {
    let mut open: Vec<&str> = Vec::new();
    for (at, turn) in dialogue.turns.iter().enumerate() {
        match turn {
            Turn::Tool(answer) => match open.iter().position(|id| *id == answer.tool_call_id) {
                Some(found) => drop(open.remove(found)),
                None => {
                    reasons.push(reason(
                        "order",
                        &format!("/turns/{at}"),
                        "a tool answers that nobody called",
                    ));
                }
            },
            Turn::User(said) | Turn::Assistant(said) => {
                if !open.is_empty() {
                    reasons.push(reason(
                        "order",
                        &format!("/turns/{at}"),
                        "a call before this turn has no answer",
                    ));
                }
                open = said.tool_calls.iter().map(|call| call.id.as_str()).collect();
                if matches!(turn, Turn::User(_)) && !open.is_empty() {
                    reasons.push(reason("order", &format!("/turns/{at}"), "the user calls a tool"));
                }
            }
            Turn::Garbled { .. } => {}
        }
    }
    if !open.is_empty() {
        reasons.push(reason("order", "/turns", "the last call has no answer"));
    }
}
