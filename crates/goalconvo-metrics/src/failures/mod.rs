//! What goes wrong in dialogues, by kind, with where: so that a low figure can be looked at.
//!
//! Kinds that read acts, states or tool results say nothing about a dialogue without them. Each finder prefers to miss a
//! failure over crying wolf; how often it is right is measured on a hand-labelled sample in the tests.

mod asking;
mod facts;
mod words;

use std::collections::BTreeMap;

use goalconvo_core::{Act, Dialogue, Role, Turn, Utterance};
use serde::Serialize;

use crate::bootstrap::BootstrappedMean;
use crate::evaluate::{Metric, Seen, notes_count};
use crate::measure::Measure;
use crate::view::Side;

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The user asks for what is not its goal.
    GoalDrift,
    /// The assistant states a value that nothing before it supports.
    UngroundedValue,
    /// The assistant asks for what it was told, or asks the same again.
    RepeatedQuestion,
    /// The assistant's state lacks what the user said.
    ForgottenSlot,
    /// The assistant gives two values for the same thing.
    Contradiction,
    /// It stops before it is finished.
    EarlyEnd,
    /// The same is said over and over.
    Loop,
    /// A speaker says what only the other one can.
    RoleSwap,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::GoalDrift,
        Self::UngroundedValue,
        Self::RepeatedQuestion,
        Self::ForgottenSlot,
        Self::Contradiction,
        Self::EarlyEnd,
        Self::Loop,
        Self::RoleSwap,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GoalDrift => "goal_drift",
            Self::UngroundedValue => "ungrounded_value",
            Self::RepeatedQuestion => "repeated_question",
            Self::ForgottenSlot => "forgotten_slot",
            Self::Contradiction => "contradiction",
            Self::EarlyEnd => "early_end",
            Self::Loop => "loop",
            Self::RoleSwap => "role_swap",
        }
    }

    /// What a dialogue must have for this kind to show, as it is told where none has it.
    fn needs(self) -> &'static str {
        match self {
            Self::GoalDrift => {
                "no dialogue has both a goal and acts of the user, or none holds against the facts"
            }
            Self::UngroundedValue => "no dialogue has a tool's results, or none holds against the facts",
            Self::RepeatedQuestion => "no dialogue has English words of both sides",
            Self::ForgottenSlot => {
                "no dialogue has both belief states and acts of the user, or none holds against the facts"
            }
            Self::Contradiction => "no dialogue has English words of the assistant",
            Self::EarlyEnd => "no dialogue records an outcome or has English words",
            Self::Loop | Self::RoleSwap => "no dialogue has English words",
        }
    }

    /// Whether a dialogue has what it needs.
    fn can_show_in(self, seen: &Seen<'_>) -> bool {
        let dialogue = seen.dialogue;
        let acts = || utterances(dialogue).any(|(_, role, said)| role == Role::User && !said.acts.is_empty());
        let states = || utterances(dialogue).any(|(_, _, said)| !said.state.is_empty());
        let noted = notes_count(dialogue);
        let words =
            |side| is_english(seen.spoken.iter().filter(|said| said.side == side).map(|said| said.text));
        match self {
            Self::GoalDrift => noted && dialogue.scenario.is_some() && acts(),
            Self::UngroundedValue => noted && dialogue.turns.iter().any(|turn| matches!(turn, Turn::Tool(_))),
            Self::RepeatedQuestion => Side::BOTH.into_iter().all(words),
            Self::ForgottenSlot => noted && states() && acts(),
            Self::Contradiction => words(Side::Assistant),
            Self::EarlyEnd => {
                (!seen.is_unchecked() && dialogue.outcome.is_some()) || Side::BOTH.into_iter().any(words)
            }
            Self::Loop | Self::RoleSwap => Side::BOTH.into_iter().any(words),
        }
    }
}

/// Whether texts read as English, which is what the finders read: at least one word in ten is one that stands in every
/// English text. In people's dialogues three in ten are.
fn is_english<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let (mut words, mut common) = (0_u32, 0_u32);
    for word in texts.flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric() && letter != '\''))
    {
        words += u32::from(!word.is_empty());
        let lower = |known: &&str| known.bytes().cmp(word.bytes().map(|byte| byte.to_ascii_lowercase()));
        common += u32::from(COMMON.binary_search_by(lower).is_ok());
    }
    common > 0 && common * 10 >= words
}

/// Words that stand in English texts and, but for accidents, in no other language's; in order.
const COMMON: [&str; 38] = [
    "about", "and", "any", "anything", "are", "can", "could", "have", "hello", "help", "how", "i'd", "i'm",
    "it", "like", "looking", "my", "need", "not", "okay", "please", "sorry", "sure", "thank", "thanks",
    "that", "the", "there", "this", "what", "when", "where", "which", "with", "would", "yes", "you", "your",
];

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// Index of the turn in the record.
    pub turn: usize,
    /// What was found.
    pub what: String,
}

impl Failure {
    fn new(kind: FailureKind, turn: usize, what: impl Into<String>) -> Self {
        Self { kind, turn, what: what.into() }
    }
}

/// Every failure found in a dialogue, in the order of kinds.
#[must_use]
pub fn find_failures(dialogue: &Dialogue) -> Vec<Failure> {
    let finders: [fn(&Dialogue) -> Vec<Failure>; 8] = [
        facts::goal_drift,
        facts::ungrounded_values,
        asking::repeated_questions,
        facts::forgotten_slots,
        facts::contradictions,
        words::early_end,
        words::loops,
        words::role_swaps,
    ];
    finders.iter().flat_map(|find| find(dialogue)).collect()
}

/// The role swaps alone, for whoever wants no other kind.
#[must_use]
pub fn find_role_swaps(dialogue: &Dialogue) -> Vec<Failure> {
    words::role_swaps(dialogue)
}

/// Utterances with their place in the record and who speaks.
fn utterances(dialogue: &Dialogue) -> impl DoubleEndedIterator<Item = (usize, Role, &Utterance)> {
    dialogue.turns.iter().enumerate().filter_map(|(at, turn)| match turn {
        Turn::User(said) => Some((at, Role::User, said)),
        Turn::Assistant(said) => Some((at, Role::Assistant, said)),
        Turn::Tool(_) | Turn::Garbled { .. } => None,
    })
}

/// Domain and slot of an act that has both.
fn key_of(act: &Act) -> Option<String> {
    Some(format!("{}-{}", act.domain.as_ref()?, act.slot.as_ref()?))
}

/// The record without what it notes of itself, and without an outcome that nobody could check.
fn without_notes(seen: &Seen<'_>) -> Dialogue {
    let mut bare = seen.dialogue.clone();
    for turn in &mut bare.turns {
        if let Turn::User(said) | Turn::Assistant(said) = turn {
            *said = Utterance { text: std::mem::take(&mut said.text), ..Utterance::default() };
        }
    }
    if seen.is_unchecked() {
        bare.outcome = None;
    }
    bare
}

/// The share of dialogues with each kind of failure, and the first examples.
#[derive(Debug, Clone, Default)]
pub struct Failures {
    dialogues: BTreeMap<FailureKind, BootstrappedMean>,
    examples: BTreeMap<FailureKind, BTreeMap<u64, serde_json::Value>>,
}

const EXAMPLES: usize = 5;

impl Metric for Failures {
    fn push(&mut self, seen: &Seen<'_>) {
        let found = if notes_count(seen.dialogue) {
            find_failures(seen.dialogue)
        } else {
            find_failures(&without_notes(seen))
        };
        for kind in FailureKind::ALL {
            let first = found.iter().find(|failure| failure.kind == kind);
            if !kind.can_show_in(seen) {
                continue;
            }
            self.dialogues.entry(kind).or_default().push(f64::from(u8::from(first.is_some())), &seen.weights);
            if let Some(first) = first {
                let example = serde_json::json!({ "dialogue": seen.dialogue.id, "turn": first.turn, "what": first.what });
                let examples = self.examples.entry(kind).or_default();
                examples.insert(seen.index, example);
                keep_first(examples);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        for (kind, state) in other.dialogues {
            self.dialogues.entry(kind).or_default().merge(&state);
        }
        for (kind, theirs) in other.examples {
            let examples = self.examples.entry(kind).or_default();
            examples.extend(theirs);
            keep_first(examples);
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        let unknown = BootstrappedMean::default();
        let mut measures = Vec::new();
        for kind in &FailureKind::ALL {
            let state = self.dialogues.get(kind).unwrap_or(&unknown);
            let name = format!("failure_{}", kind.name());
            let definition =
                "share of dialogues in which this kind of failure was found, of those in which it could show";
            let examples: Vec<_> = self.examples.get(kind).into_iter().flat_map(BTreeMap::values).collect();
            let measure = Measure::maybe(name, state.mean(), kind.needs(), state.n(), definition);
            measures
                .push(measure.over_dialogues(state, Some(1.0)).with("examples", serde_json::json!(examples)));
        }
        measures
    }
}

fn keep_first(examples: &mut BTreeMap<u64, serde_json::Value>) {
    while examples.len() > EXAMPLES {
        examples.pop_last();
    }
}
