//! Failures that the record's acts, states, goals and tool results show.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{ActKind, Dialogue, Role, Task, Turn, Utterance, Value};

use super::{Failure, FailureKind, key_of, utterances};
use crate::text::split_whitespace;

/// The user gives a value that its goal does not name, or a task in a domain that the goal does not touch.
pub(super) fn goal_drift(dialogue: &Dialogue) -> Vec<Failure> {
    let Some(scenario) = &dialogue.scenario else { return Vec::new() };
    let tasks = &scenario.goal.tasks;
    let mut failures = Vec::new();
    for (at, _, said) in utterances(dialogue).filter(|(_, role, _)| *role == Role::User) {
        for act in said
            .acts
            .iter()
            .filter(|act| matches!(act.act, ActKind::Inform | ActKind::Correct | ActKind::Intend))
        {
            let Some(domain) = &act.domain else { continue };
            let own: Vec<&Task> = tasks.iter().filter(|task| task.domain == *domain).collect();
            if own.is_empty() {
                failures.push(Failure::new(
                    FailureKind::GoalDrift,
                    at,
                    format!("{domain} is not in the goal"),
                ));
                continue;
            }
            let (Some(slot), Some(value)) = (&act.slot, &act.value) else { continue };
            let known = own
                .iter()
                .any(|task| task.carried.contains_key(slot) || values(task, slot).any(|v| v == value));
            let named = own.iter().any(|task| values(task, slot).next().is_some());
            if named && !known {
                let what = format!("{domain}-{slot} {} is not in the goal", value.plain());
                failures.push(Failure::new(FailureKind::GoalDrift, at, what));
            }
        }
    }
    failures
}

/// Every value that a task has for a slot, in whichever stage.
fn values<'a>(task: &'a Task, slot: &'a str) -> impl Iterator<Item = &'a Value> {
    let stages = [&task.constraints, &task.changes].into_iter().chain(&task.relaxations);
    stages.filter_map(move |stage| stage.get(slot))
}

/// In a dialogue with tools: a number, time or code in the assistant's words that neither the user nor a tool's result
/// nor the evidence has given before; times as a clock shows them, and how many results there are, are given, too. Counts below 10 are ordinary words.
pub(super) fn ungrounded_values(dialogue: &Dialogue) -> Vec<Failure> {
    if !dialogue.turns.iter().any(|turn| matches!(turn, Turn::Tool(_))) {
        return Vec::new();
    }
    let mut given: BTreeSet<String> = BTreeSet::new();
    let mut failures = Vec::new();
    for (at, turn) in dialogue.turns.iter().enumerate() {
        match turn {
            Turn::User(said) => {
                given.extend(hard_values(&said.text));
                given.extend(spoken_numbers(&said.text));
            }
            Turn::Tool(answer) => {
                given.extend(hard_values(&answer.result.to_string()));
                given.extend(answer.result.fields().iter().map(|(_, list)| list.items().len().to_string()));
                given.insert(answer.result.items().len().to_string());
                given.extend(answer.error.iter().flat_map(|error| hard_values(&error.message)));
            }
            Turn::Assistant(said) => {
                let supported: BTreeSet<String> = said
                    .evidence
                    .iter()
                    .flat_map(|evidence| hard_values(&spanned(&said.text, evidence.span)))
                    .collect();
                let arguments = said.tool_calls.iter().flat_map(|call| call.function.arguments.fields());
                given.extend(arguments.flat_map(|(_, value)| hard_values(&value.to_string())));
                for value in hard_values(&said.text) {
                    let forms = [sharp(&value), value.clone()];
                    if !forms.iter().any(|form| given.contains(form) || supported.contains(form)) {
                        failures.push(Failure::new(FailureKind::UngroundedValue, at, &value));
                    }
                }
            }
            Turn::Garbled { .. } => {}
        }
    }
    failures
}

fn spanned(text: &str, [start, end]: [usize; 2]) -> String {
    text.chars().skip(start).take(end.saturating_sub(start)).collect()
}

/// Words with a digit that can't be meant otherwise: two digits or more, letters and punctuation trimmed to a common
/// form.
fn hard_values(text: &str) -> Vec<String> {
    let pieces =
        text.split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '{' | '}' | '[' | ']' | '(' | ')'));
    let trimmed = pieces.map(|piece| piece.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase());
    let hard = trimmed.filter(|piece| piece.bytes().filter(u8::is_ascii_digit).count() >= 2);
    hard.map(|piece| time_of(&piece).unwrap_or(piece)).collect()
}

/// A time as the clock on the wall shows it, since 17:15 and 5:15 pm are one: hours from 0 to 11.
fn time_of(piece: &str) -> Option<String> {
    let (hour, rest) = piece.split_once(':')?;
    let minutes = rest.trim_end_matches("am").trim_end_matches("pm");
    let hour = hour.parse::<u32>().ok().filter(|hour| *hour < 24)?;
    minutes.parse::<u32>().ok().filter(|many| *many < 60 && minutes.len() == 2)?;
    Some(format!("{}:{minutes}", hour % 12))
}

/// The time at which a number is a full hour: "12 pm" of 12:00.
fn sharp(number: &str) -> String {
    let number = number.trim_end_matches("am").trim_end_matches("pm");
    number
        .parse::<u32>()
        .ok()
        .filter(|hour| *hour < 24)
        .map_or(String::new(), |hour| format!("{}:00", hour % 12))
}

/// The times that words like "half past six" and "quarter to 7" say, and the numbers ten, eleven and twelve.
fn spoken_numbers(text: &str) -> Vec<String> {
    const HOURS: [&str; 12] =
        ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"];
    let lower = text.to_lowercase();
    let bare = |word| str::trim_matches(word, |c: char| !c.is_alphanumeric());
    let words: Vec<&str> = split_whitespace(&lower).map(bare).collect();
    let hour = |word: &str| {
        let number = || word.parse::<usize>().ok().filter(|hour| *hour < 24);
        HOURS.iter().position(|name| *name == word).or_else(number)
    };
    let time = |three: &[&str]| {
        let minutes = match three[..2] {
            ["half", "past"] => 30,
            ["quarter", "past"] => 15,
            ["quarter", "to"] => 45,
            _ => return None,
        };
        let hour = hour(three[2])? + if minutes == 45 { 11 } else { 0 };
        Some(format!("{}:{minutes}", hour % 12))
    };
    let two_digits = |word: &&str| HOURS.iter().cycle().skip(1).take(12).position(|name| name == word);
    let numbers = words.iter().filter_map(two_digits).filter(|at| *at >= 9).map(|at| (at + 1).to_string());
    words.windows(3).filter_map(time).chain(numbers).collect()
}

/// A value that the user has given in an act is not in the state that the assistant works with at its next turn, nor gets
/// there before the user says it again: corpora write a state down late. A name that the user asks about ("does the Acorn
/// have parking?") need not be in any state.
pub(super) fn forgotten_slots(dialogue: &Dialogue) -> Vec<Failure> {
    let has_states = utterances(dialogue).any(|(_, _, said)| !said.state.is_empty());
    if !has_states {
        return Vec::new();
    }
    let mut state: BTreeMap<String, Value> = BTreeMap::new();
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    let mut missing: BTreeMap<String, (usize, Wanted)> = BTreeMap::new();
    let mut failures = Vec::new();
    for (at, role, said) in utterances(dialogue) {
        for (slot, value) in &said.state {
            drop(if value.is_null() {
                state.remove(slot.as_str())
            } else {
                state.insert(slot.to_string(), value.clone())
            });
        }
        missing.retain(|key, (_, wanted)| !wanted.is_in(state.get(key)));
        if role == Role::User {
            for (key, value) in constraints(said) {
                // Said again because it was not heard: that it is heard now mends nothing.
                failures.extend(missing.remove(&key).map(|(turn, lost)| forgotten(turn, &key, &lost.value)));
                wanted.insert(key, Wanted { value, said: said.text.to_lowercase() });
            }
            continue;
        }
        for (key, wanted) in std::mem::take(&mut wanted) {
            if !wanted.is_in(state.get(&key)) {
                missing.insert(key, (at, wanted));
            }
        }
    }
    failures.extend(missing.into_iter().map(|(key, (turn, lost))| forgotten(turn, &key, &lost.value)));
    failures.sort_by_key(|failure| failure.turn);
    failures
}

/// What a user asked to be heeded.
struct Wanted {
    value: Value,
    /// The user's words, in lower case.
    said: String,
}

impl Wanted {
    /// Whether a state holds it: the value, or what the user said in its place ("Punjabi" where the act says Indian),
    /// since some corpora write states in the user's words.
    fn is_in(&self, state: Option<&Value>) -> bool {
        state.is_some_and(|held| {
            let words = held.plain().to_lowercase();
            let whole = |at: usize| {
                let (before, after) = (&self.said[..at], &self.said[at + words.len()..]);
                !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
            };
            // A number or a flag says too little to be known again by its letters.
            let stands = || words.len() > 2 && self.said.match_indices(&words).any(|(at, _)| whole(at));
            *held == self.value || held.as_text().is_some() && stands()
        })
    }
}

fn forgotten(turn: usize, key: &str, value: &Value) -> Failure {
    Failure::new(FailureKind::ForgottenSlot, turn, format!("{key} {} is not in the state", value.plain()))
}

/// What a user's turn asks to be heeded, by slot; nothing where it asks about a thing.
fn constraints(said: &Utterance) -> Vec<(String, Value)> {
    let is_question = said.acts.iter().any(|act| act.act == ActKind::Request) || said.text.contains('?');
    let informs = said.acts.iter().filter(|act| matches!(act.act, ActKind::Inform | ActKind::Correct));
    let heeded = informs.filter(|act| !(is_question && act.slot.as_deref() == Some("name")));
    heeded.filter_map(|act| Some((key_of(act)?, act.value.clone()?))).collect()
}

/// The assistant gives two values for one slot of one entity, and nothing was changed in between.
pub(super) fn contradictions(dialogue: &Dialogue) -> Vec<Failure> {
    let mut told: BTreeMap<(String, String), &Value> = BTreeMap::new();
    let mut failures = Vec::new();
    for (at, role, said) in utterances(dialogue) {
        if role == Role::User {
            continue;
        }
        // Doing something may change what is true of an entity: a booking takes a free table.
        if said.acts.iter().any(|act| act.act == ActKind::Done) {
            told.clear();
        }
        for act in said.acts.iter().filter(|act| act.act == ActKind::Inform) {
            let (Some(key), Some(entity), Some(value)) = (key_of(act), &act.of, &act.value) else { continue };
            match told.insert((entity.to_string(), key.clone()), value) {
                Some(before) if before != value => {
                    let what = format!("{key} of {entity}: {} after {}", value.plain(), before.plain());
                    failures.push(Failure::new(FailureKind::Contradiction, at, what));
                }
                _ => {}
            }
        }
    }
    failures.extend(contradicted_codes(dialogue));
    failures
}

/// Without acts: two different values after the same words that announce exactly one ("the reference number is …").
fn contradicted_codes(dialogue: &Dialogue) -> Vec<Failure> {
    const ANNOUNCED: [&str; 4] = ["phone number is", "postcode is", "entrance fee is", "address is"];
    let mut told: BTreeMap<(&str, String), String> = BTreeMap::new();
    let mut failures = Vec::new();
    for (at, role, said) in utterances(dialogue) {
        let lower = said.text.to_lowercase();
        if role == Role::User || !said.acts.is_empty() {
            continue;
        }
        for words in ANNOUNCED {
            let Some(start) = lower.find(words) else { continue };
            let subject =
                lower[..start].rsplit(['.', '!', '?', ',']).next().unwrap_or_default().trim().to_owned();
            let value = split_whitespace(&lower[start + words.len()..]).next().unwrap_or_default();
            let value = value.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
            // "their phone number": of whom is not known.
            if value.is_empty() || split_whitespace(&subject).count() < 2 {
                continue;
            }
            if let Some(before) =
                told.insert((words, subject), value.clone()).filter(|before| *before != value)
            {
                failures.push(Failure::new(
                    FailureKind::Contradiction,
                    at,
                    format!("{words} {value} after {before}"),
                ));
            }
        }
    }
    failures
}
