//! Blind tasks and their key.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Role};
use serde::{Deserialize, Serialize};

use crate::random::{counter, index_below};
use crate::text::hash_text;

/// The version of both files.
const TASKS_FORMAT: &str = "goalconvo-tasks/1";
const KEY_FORMAT: &str = "goalconvo-key/1";

/// How many tasks there are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskSettings {
    /// Dialogues of each dataset, as far as it has so many.
    pub each: usize,
    /// Tasks that come twice.
    pub repeats: usize,
    /// Tasks that ask for a certain rating.
    pub checks: usize,
    /// Names the streams of random numbers.
    pub seed: u64,
}

impl Default for TaskSettings {
    fn default() -> Self {
        Self { each: 20, repeats: 4, checks: 3, seed: 0 }
    }
}

/// What raters are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tasks {
    /// Always `goalconvo-tasks/1`.
    pub format: String,
    /// What is to be rated, of each task.
    pub scales: Vec<Scale>,
    /// The tasks, in the order in which they are to be shown.
    pub tasks: Vec<Task>,
}

/// One question with whole numbers for answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Its name in ratings and figures.
    pub name: String,
    /// What a rater is asked.
    pub question: String,
    /// The lowest answer.
    pub lowest: i64,
    /// The highest answer.
    pub highest: i64,
    /// What the lowest and the highest answer mean.
    pub ends: [String; 2],
}

/// One dialogue, without a word of whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its name, the same in the key and in ratings.
    pub task: String,
    /// What was said.
    pub turns: Vec<Line>,
}

/// One utterance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who says it.
    pub role: Role,
    /// The words.
    pub text: String,
}

/// Where each task comes from: to be kept from raters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Always `goalconvo-key/1`.
    pub format: String,
    /// The seed of draw and order.
    pub seed: u64,
    /// The scales of the tasks.
    pub scales: Vec<Scale>,
    /// By the task's name.
    pub tasks: BTreeMap<String, KeyEntry>,
}

/// Where one task comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// The dataset.
    pub dataset: String,
    /// The dialogue in it.
    pub dialogue: String,
    /// What it is there for.
    pub kind: TaskKind,
}

/// What a task is there for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// To be rated.
    Rated,
    /// The task of that name over again.
    Repeat(String),
    /// It asks for this rating on every scale.
    Check(i64),
}

/// A mix of dialogues of the datasets, by name, and its key. Dialogues of fewer than two utterances are no task. The
/// same datasets and settings give the same files.
#[must_use]
pub fn blind_tasks(datasets: &[(String, Vec<Dialogue>)], settings: TaskSettings) -> (Tasks, Key) {
    let drawn: Vec<Vec<&Dialogue>> =
        datasets.iter().map(|(name, dialogues)| drawn(name, dialogues, settings)).collect();
    let mut cards = Vec::new();
    let most = drawn.iter().map(Vec::len).max().unwrap_or(0);
    // Round by round, so that repeats and checks are spread over the datasets.
    for round in 0..most {
        for ((name, _), dialogues) in datasets.iter().zip(&drawn) {
            if let Some(dialogue) = dialogues.get(round) {
                cards.push(Card { dataset: name, dialogue, kind: CardKind::Rated });
            }
        }
    }
    let rated = cards.len();
    for at in 0..settings.repeats.min(rated) {
        cards.push(Card { kind: CardKind::Repeat(at), ..cards[at].clone() });
    }
    for at in 0..settings.checks.min(rated) {
        cards.push(Card { kind: CardKind::Check, ..cards[rated - 1 - at].clone() });
    }
    laid_out(&cards, settings.seed)
}

/// A task before it has its place.
#[derive(Clone)]
struct Card<'a> {
    dataset: &'a str,
    dialogue: &'a Dialogue,
    kind: CardKind,
}

#[derive(Clone, Copy)]
enum CardKind {
    Rated,
    /// Of the card at that index.
    Repeat(usize),
    Check,
}

const DRAW: u64 = 0x4a7e_0001;
const ORDER: u64 = 0x4a7e_0002;
/// What a check asks for.
const ASKED: i64 = 1;

fn drawn<'a>(name: &str, dialogues: &'a [Dialogue], settings: TaskSettings) -> Vec<&'a Dialogue> {
    let long_enough = |(_, dialogue): &(usize, &Dialogue)| dialogue.said().count() >= 2;
    let mut order: Vec<(u64, &Dialogue)> = dialogues
        .iter()
        .enumerate()
        .filter(long_enough)
        .map(|(at, dialogue)| (counter(settings.seed, DRAW ^ hash_text(name), at as u64), dialogue))
        .collect();
    order.sort_by_key(|(key, _)| *key);
    order.into_iter().take(settings.each).map(|(_, dialogue)| dialogue).collect()
}

/// Shuffles the cards and gives them names that say nothing.
fn laid_out(cards: &[Card<'_>], seed: u64) -> (Tasks, Key) {
    let mut order: Vec<usize> = (0..cards.len()).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, index_below(counter(seed, ORDER, i as u64), i + 1));
    }
    let mut names = vec![String::new(); cards.len()];
    order.iter().enumerate().for_each(|(place, &card)| names[card] = format!("t{:04}", place + 1));
    let mut key = Key { format: KEY_FORMAT.to_owned(), seed, scales: scales(), tasks: BTreeMap::new() };
    let mut tasks = Vec::with_capacity(cards.len());
    for &at in &order {
        let Card { dataset, dialogue, kind } = &cards[at];
        let mut turns: Vec<Line> =
            dialogue.said().map(|(role, text)| Line { role, text: as_shown(text) }).collect();
        let kind = match kind {
            CardKind::Rated => TaskKind::Rated,
            CardKind::Repeat(first) => TaskKind::Repeat(names[*first].clone()),
            CardKind::Check => {
                let text = format!(
                    "To show that you read to the end, please rate this conversation {ASKED} on every scale."
                );
                turns.push(Line { role: Role::Assistant, text });
                TaskKind::Check(ASKED)
            }
        };
        let entry = KeyEntry { dataset: (*dataset).to_owned(), dialogue: dialogue.id.clone(), kind };
        key.tasks.insert(names[at].clone(), entry);
        tasks.push(Task { task: names[at].clone(), turns });
    }
    (Tasks { format: TASKS_FORMAT.to_owned(), scales: scales(), tasks }, key)
}

/// The words without what a corpus's storage leaves in them, which would tell raters whose they are: runs of blanks, blanks
/// beside punctuation and before the ending of "it 's", and curly quotation marks. Lines stay.
fn as_shown(text: &str) -> String {
    let straight = text.replace(['‘', '’'], "'").replace(['“', '”'], "\"");
    straight.lines().map(line_as_shown).collect::<Vec<_>>().join("\n")
}

fn line_as_shown(line: &str) -> String {
    const ENDINGS: [&str; 7] = ["'s", "'m", "'re", "'ve", "'ll", "'d", "n't"];
    let mut shown = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        let closes = word.chars().all(|mark| ".,;:?!)]".contains(mark)) || ENDINGS.contains(&word);
        if !shown.is_empty() && !closes && !shown.ends_with(['(', '[', '£', '$', '€']) {
            shown.push(' ');
        }
        shown.push_str(word);
    }
    shown
}

fn scales() -> Vec<Scale> {
    let scale = |name: &str, question: &str, lowest: &str, highest: &str| Scale {
        name: name.to_owned(),
        question: question.to_owned(),
        lowest: 1,
        highest: 5,
        ends: [lowest.to_owned(), highest.to_owned()],
    };
    vec![
        scale("natural", "Could this be a conversation between two people?", "certainly not", "certainly"),
        scale(
            "coherent",
            "Does each turn follow from what was said before?",
            "hardly any does",
            "every one does",
        ),
        scale("helpful", "Does the user get what it came for, or an honest no?", "not at all", "completely"),
    ]
}
