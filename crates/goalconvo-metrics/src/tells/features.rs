//! What the classifier sees: word n-grams with entities masked, and sequences of dialogue acts.

use std::collections::BTreeSet;

use goalconvo_core::{Act, Dialogue, Turn};

use super::Features;
use crate::text::{Tokens, lowercase};

/// The word 1- to 3-grams of a dialogue's utterances, each once. With `mask`, values
/// are masked first, so that a corpus is not told by its names.
#[must_use]
pub fn text_features(dialogue: &Dialogue, mask: bool) -> Features {
    let entities = if mask { entities(dialogue) } else { BTreeSet::new() };
    let mut features = BTreeSet::new();
    for (_, text) in dialogue.said() {
        let lower = lowercase(text);
        let text = if mask { masked(&lower, &entities) } else { lower.into_owned() };
        let tokens = Tokens::Words.of_lower(&text);
        for n in 1..=3 {
            features.extend(tokens.windows(n).map(|gram| gram.join(" ")));
        }
    }
    features.into_iter().collect()
}

/// The dialogue acts of a dialogue: each utterance's sorted kinds, and each pair of neighbouring utterances, each once.
/// Empty when nothing is annotated.
#[must_use]
pub fn act_features(dialogue: &Dialogue) -> Features {
    let mut turns: Vec<String> = Vec::new();
    for turn in &dialogue.turns {
        let (side, acts) = match turn {
            Turn::User(said) => ("user", &said.acts),
            Turn::Assistant(said) => ("assistant", &said.acts),
            Turn::Tool(_) | Turn::Garbled { .. } => continue,
        };
        if !acts.is_empty() {
            turns.push(format!("{side}: {}", kinds(acts)));
        }
    }
    let pairs = turns.windows(2).map(|pair| pair.join(" > "));
    pairs.chain(turns.iter().cloned()).collect::<BTreeSet<String>>().into_iter().collect()
}

fn kinds(acts: &[Act]) -> String {
    let kinds: BTreeSet<String> = acts.iter().map(|act| format!("{:?}", act.act).to_lowercase()).collect();
    kinds.into_iter().collect::<Vec<_>>().join("+")
}

/// Lower-case text with values replaced: the given entities by `entity`, everything with a digit by `number`.
#[must_use]
pub fn masked(lower: &str, entities: &BTreeSet<String>) -> String {
    let mut text = lower.to_owned();
    // Longest first, so that a name is not cut up by a shorter one inside it.
    let mut longest: Vec<&String> = entities.iter().collect();
    longest.sort_by_key(|entity| std::cmp::Reverse(entity.len()));
    for entity in longest {
        if text.contains(entity.as_str()) {
            text = replaced_words(&text, entity, "entity");
        }
    }
    let words =
        text.split(' ').map(|word| if word.bytes().any(|b| b.is_ascii_digit()) { "number" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Replaces `what` where it stands as whole words.
fn replaced_words(text: &str, what: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(what) {
        let end = at + what.len();
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before = rest[..at].chars().next_back().or_else(|| out.chars().next_back());
        let whole = !inside(before) && !inside(rest[end..].chars().next());
        out.push_str(&rest[..at]);
        out.push_str(if whole { by } else { what });
        rest = &rest[end..];
    }
    out + rest
}

/// Every textual value that acts, states, tool calls and goals of the dialogue name, in lower case.
fn entities(dialogue: &Dialogue) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    let mut note = |value: &goalconvo_core::Value| {
        let text = value.plain().to_lowercase();
        if text.chars().count() > 2 && text.chars().any(char::is_alphabetic) {
            values.insert(text);
        }
    };
    for turn in &dialogue.turns {
        if let Turn::User(said) | Turn::Assistant(said) = turn {
            said.acts.iter().filter_map(|act| act.value.as_ref()).for_each(&mut note);
            said.state.values().for_each(&mut note);
            said.tool_calls
                .iter()
                .flat_map(|call| call.function.arguments.fields())
                .for_each(|(_, v)| note(v));
        }
    }
    let tasks = dialogue.scenario.iter().flat_map(|scenario| &scenario.goal.tasks);
    tasks.flat_map(|task| task.settled().into_values()).for_each(|value| note(&value));
    values.remove("yes");
    values
}
