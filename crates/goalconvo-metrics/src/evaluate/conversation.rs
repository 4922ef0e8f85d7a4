//! sdialog's features of one dialogue (0.4.9): turn lengths, hesitations, questions, fillers, and five readability
//! formulas.
//!
//! sdialog computes several of them on lines of the form `Speaker: text`, so that labels count as words. A dataset is
//! measured on the words alone; with [`DialogueLine::label`] given, the figures are sdialog's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::shape::mean_up_to;
use super::syllables::syllables;
use super::{Metric, Seen};
use crate::bootstrap::BootstrappedMean;
use crate::measure::Measure;
use crate::text::pattern::pattern;
use crate::text::{is_python_space, split_whitespace};

/// One turn as the formulas see it.
#[derive(Debug, Clone, Copy)]
pub struct DialogueLine<'a> {
    /// Who speaks.
    pub speaker: &'a str,
    /// What is written before the words, `"User: "` in sdialog, else empty.
    pub label: &'a str,
    /// The words.
    pub text: &'a str,
}

/// The features of one dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConversationFeatures {
    /// Mean number of words in a turn.
    pub mean_turn_length: f64,
    /// Hesitations (uh, um, hmm) in a hundred words.
    pub hesitation_rate: f64,
    /// Entropy of who speaks over its maximum: 1 when turns are shared evenly, 0 for a monologue.
    pub turn_taking_ratio: f64,
    /// Turns with a question mark in a hundred turns.
    pub question_rate: f64,
    /// Different words over words, ASCII letters only.
    pub lexical_diversity: f64,
    /// Turns that are nothing but an acknowledgement in a hundred turns.
    pub back_channel_rate: f64,
    /// Fillers (like, you know, actually) in a hundred words.
    pub filler_word_density: f64,
}

/// The readability of one dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Readability {
    /// Gunning's fog index: years of schooling.
    pub gunning_fog: f64,
    /// Flesch's reading ease: higher is easier.
    pub flesch_reading_ease: f64,
    /// Coleman-Liau index, at least 0.
    pub coleman_liau: f64,
    /// Linsear write, in sdialog's variant (per hundred words, over sentences), at least 0.
    pub linsear_write: f64,
    /// Dale-Chall, with length and syllables in place of its list of familiar words.
    pub dale_chall: f64,
}

static HESITATION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:uh+|um+|er+|ahh*|ohh*|hmm+|huh+|mm+|mhm+|uh-huh|um-hum+)\b"));
static FILLER: LazyLock<Regex> = LazyLock::new(|| {
    let words = "like|you know|i mean|basically|actually|literally|sort of|kind of|stuff like that|or something|\
                 whatever|anyway";
    pattern(&format!(r"(?i)\b(?:{words})\b"))
});
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[a-zA-Z]+\b"));

const BACK_CHANNELS: [&str; 18] = [
    "yeah", "yes", "yep", "yup", "uh-huh", "mhm", "mm-hmm", "okay", "ok", "right", "sure", "i see", "got it",
    "alright", "oh", "ah", "hmm", "huh",
];

/// The features of a dialogue; all 0 for an empty one, as in sdialog.
#[must_use]
pub fn conversation_features(lines: &[DialogueLine<'_>]) -> ConversationFeatures {
    let text = joined(lines);
    let lengths: Vec<usize> = lines.iter().map(|line| split_whitespace(line.text).count()).collect();
    let words = lengths.iter().sum::<usize>();
    let per_hundred = |count: usize, of: usize| count as f64 / of.max(1) as f64 * 100.0;
    let turns = |holds: fn(&DialogueLine<'_>) -> bool| {
        per_hundred(lines.iter().filter(|line| holds(line)).count(), lines.len())
    };
    let lower = text.to_lowercase();
    let vocabulary = words_of(&lower);
    let types: BTreeSet<&str> = vocabulary.iter().copied().collect();
    ConversationFeatures {
        mean_turn_length: words as f64 / lines.len().max(1) as f64,
        hesitation_rate: per_hundred(matches(&HESITATION, &text), words),
        turn_taking_ratio: turn_taking(lines),
        question_rate: turns(|line| line.text.contains('?') || line.label.contains('?')),
        lexical_diversity: types.len() as f64 / vocabulary.len().max(1) as f64,
        back_channel_rate: turns(is_back_channel),
        filler_word_density: per_hundred(matches(&FILLER, &text), words),
    }
}

/// The readability of a dialogue; all 0 where there is no sentence.
#[must_use]
pub fn readability(lines: &[DialogueLine<'_>]) -> Readability {
    let text = joined(lines);
    let sentences = text
        .split(['.', '!', '?', '\n'])
        .filter(|sentence| !sentence.trim_matches(is_python_space).is_empty())
        .count() as f64;
    let words = words_of(&text);
    if sentences == 0.0 || words.is_empty() {
        return Readability::default();
    }
    let count = words.len() as f64;
    let syllables: Vec<usize> = words.iter().map(|word| syllables(word)).collect();
    let long = syllables.iter().filter(|&&s| s >= 3).count() as f64;
    let difficult =
        words.iter().zip(&syllables).filter(|(word, s)| word.len() > 7 || **s >= 3).count() as f64;
    let letters = words.iter().map(|word| word.len()).sum::<usize>() as f64;
    let per_sentence = count / sentences;
    let linsear = (count - long + 3.0 * long) / count * 100.0 / sentences;
    let percent_difficult = difficult / count * 100.0;
    let surcharge = if percent_difficult > 5.0 { 3.6365 } else { 0.0 };
    let all_syllables = syllables.iter().sum::<usize>() as f64;
    Readability {
        gunning_fog: 0.4 * (per_sentence + long / count * 100.0),
        flesch_reading_ease: 206.835 - 1.015 * per_sentence - 84.6 * (all_syllables / count),
        coleman_liau: (0.0588 * (letters / count * 100.0) - 0.296 * (sentences / count * 100.0) - 15.8)
            .max(0.0),
        linsear_write: (if linsear > 20.0 { linsear / 2.0 } else { (linsear - 2.0) / 2.0 }).max(0.0),
        dale_chall: 0.1579 * percent_difficult + 0.0496 * per_sentence + surcharge,
    }
}

/// Words, whole minutes at 130 words a minute (at least one), as sdialog gives a dialogue's length.
#[must_use]
pub fn length_in_words_and_minutes(lines: &[DialogueLine<'_>]) -> (usize, u64) {
    let words = lines.iter().map(|line| split_whitespace(line.text).count()).sum::<usize>();
    (words, ((words as f64 / 130.0).round_ties_even() as u64).max(1))
}

fn joined(lines: &[DialogueLine<'_>]) -> String {
    let line = |line: &DialogueLine<'_>| match line.label {
        "" => line.text.to_owned(),
        label => format!("{label}{}", line.text.replace('\n', " ")),
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn matches(pattern: &Regex, text: &str) -> usize {
    pattern.find_iter(text).count()
}

fn words_of(text: &str) -> Vec<&str> {
    WORD.find_iter(text).map(|found| found.as_str()).collect()
}

fn is_back_channel(line: &DialogueLine<'_>) -> bool {
    let text = line.text.trim_matches(is_python_space).to_lowercase();
    line.label.is_empty() && BACK_CHANNELS.contains(&text.as_str())
}

fn turn_taking(lines: &[DialogueLine<'_>]) -> f64 {
    let mut turns = BTreeMap::new();
    lines.iter().for_each(|line| *turns.entry(line.speaker).or_insert(0_u64) += 1);
    match crate::distribution::entropy_bits(&turns) {
        Some(bits) if turns.len() > 1 => bits / (turns.len() as f64).log2(),
        _ => 0.0,
    }
}

/// The features and the readability of a dataset: means over dialogues.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    means: BTreeMap<&'static str, BootstrappedMean>,
}

type Figure = fn(&ConversationFeatures, &Readability) -> f64;

/// What says something of any text.
const ANY_SCRIPT: [&str; 3] = ["mean_turn_length", "question_rate", "turn_taking_ratio"];

const FIGURES: [(&str, Figure); 12] = [
    ("back_channel_rate", |features, _| features.back_channel_rate),
    ("coleman_liau", |_, reading| reading.coleman_liau),
    ("dale_chall", |_, reading| reading.dale_chall),
    ("filler_word_density", |features, _| features.filler_word_density),
    ("flesch_reading_ease", |_, reading| reading.flesch_reading_ease),
    ("gunning_fog", |_, reading| reading.gunning_fog),
    ("hesitation_rate", |features, _| features.hesitation_rate),
    ("lexical_diversity", |features, _| features.lexical_diversity),
    ("linsear_write", |_, reading| reading.linsear_write),
    ("mean_turn_length", |features, _| features.mean_turn_length),
    ("question_rate", |features, _| features.question_rate),
    ("turn_taking_ratio", |features, _| features.turn_taking_ratio),
];

impl Metric for Conversation {
    fn push(&mut self, seen: &Seen<'_>) {
        if seen.spoken.is_empty() {
            return;
        }
        let mut lines = Vec::with_capacity(seen.spoken.len());
        for spoken in &seen.spoken {
            lines.push(DialogueLine { speaker: spoken.side.name(), label: "", text: spoken.text });
        }
        let (features, reading) = (conversation_features(&lines), readability(&lines));
        // The other figures know words of ASCII letters alone: of a text without any they know nothing.
        let has_words = features.lexical_diversity > 0.0;
        for (name, figure) in FIGURES.into_iter().filter(|(name, _)| has_words || ANY_SCRIPT.contains(name)) {
            self.means.entry(name).or_default().push(figure(&features, &reading), &seen.weights);
        }
    }

    fn merge(&mut self, other: Self) {
        for (name, state) in other.means {
            self.means.entry(name).or_default().merge(&state);
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        let definition =
            "mean over dialogues of sdialog's feature of that name, on the words without speaker labels";
        let most = |name: &str| match name {
            "turn_taking_ratio" | "lexical_diversity" => Some(1.0),
            "hesitation_rate" | "question_rate" | "back_channel_rate" | "filler_word_density" => Some(100.0),
            _ => None,
        };
        let unknown = BootstrappedMean::default();
        let measure = |(name, _): (&'static str, Figure)| {
            mean_up_to(most(name), name, self.means.get(name).unwrap_or(&unknown), definition)
        };
        FIGURES.map(measure).into()
    }
}
