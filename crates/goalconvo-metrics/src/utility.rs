//! Is the data of use? A small student is trained on it and tested on real dialogues, beside the same student trained on
//! real ones (train on synthetic, test on real).
//!
//! The student is linear: one averaged perceptron a label over the words of an utterance and of the one before. It learns
//! what a user's utterance does (acts), which slots it fills (dialogue state), and which tool is called with which
//! arguments. It is small on purpose: what it learns, the data taught it.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Dialogue, Turn, Utterance};
use serde::{Deserialize, Serialize};

use crate::bootstrap::Bootstrap;
use crate::measure::Measure;
use crate::random::{counter, index_below};
use crate::text::{Tokens, hash_text, ngram_hashes};

/// What the student learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StudentTask {
    /// The dialogue acts of a user's utterance, with their domains.
    Intent,
    /// The slots that change in the belief state at a user's utterance, or that its acts inform.
    State,
    /// The tool that is called next and the arguments that it gets, by name.
    ToolArguments,
}

impl StudentTask {
    const ALL: [Self; 3] = [Self::Intent, Self::State, Self::ToolArguments];

    fn what(self) -> &'static str {
        match self {
            Self::Intent => "the acts of a user's utterance, with their domains",
            Self::State => "the slots that a user's utterance fills",
            Self::ToolArguments => "the next tool and the names of its arguments",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::State => "state",
            Self::ToolArguments => "tool_arguments",
        }
    }
}

/// One thing to learn: hashed features and the labels that are right.
#[derive(Debug, Clone)]
struct Example {
    features: Vec<u32>,
    labels: BTreeSet<String>,
}

/// Shares of the training data at which the learning curve is taken.
const CURVE: [f64; 4] = [0.1, 0.25, 0.5, 1.0];
const EPOCHS: u64 = 5;
const FEATURE_BITS: u32 = 16;

/// The most dialogues that a student learns from or is tested on; more are thinned out evenly.
const MOST: usize = 2000;

/// [`utility`] of a dataset against a real one: every second real dialogue is held out to test on, the rest are what the
/// student on real data learns from.
#[must_use]
pub fn train_on_one_test_on_other(train: &[Dialogue], real: &[Dialogue]) -> Vec<Measure> {
    let thinned = |dialogues: &[Dialogue], most: usize| -> Vec<Dialogue> {
        dialogues.iter().step_by(dialogues.len().div_ceil(most).max(1)).cloned().collect()
    };
    let real = thinned(real, 2 * MOST);
    let half = |which: usize| -> Vec<Dialogue> { real.iter().skip(which).step_by(2).cloned().collect() };
    utility(&thinned(train, MOST), &half(1), &half(0))
}

/// For each task the student's micro-averaged F1 on `test` when trained on `train` and, for comparison, on `real_train`
/// (thinned out to as many dialogues), with the learning curve in the config. Not computed where a side has no labels.
#[must_use]
pub fn utility(train: &[Dialogue], real_train: &[Dialogue], test: &[Dialogue]) -> Vec<Measure> {
    let step = real_train.len().div_ceil(train.len().max(1)).max(1);
    let real: Vec<&Dialogue> = real_train.iter().step_by(step).collect();
    let train: Vec<&Dialogue> = train.iter().collect();
    let test: Vec<&Dialogue> = test.iter().collect();
    let mut measures = Vec::new();
    for task in StudentTask::ALL {
        let held_out = examples(&test, task);
        for (which, dialogues) in [("tstr", &train), ("trtr", &real)] {
            let curve: Vec<Option<f64>> =
                CURVE.iter().map(|share| scored(&first(dialogues, *share), &held_out, task)).collect();
            let definition = format!(
                "micro F1 of a linear student at {}, trained on {}, tested on held-out real dialogues",
                task.what(),
                if which == "tstr" { "this dataset" } else { "as many real dialogues" }
            );
            let value = curve.last().copied().flatten();
            let student = Student::trained(&examples(dialogues, task));
            let interval = value.and_then(|_| interval(&student, &held_out));
            let reason = "a side has no such annotation";
            let name = format!("{which}_{}_f1", task.name());
            let measure = Measure::maybe(name, value, reason, held_out.len() as u64, definition);
            let sizes = CURVE.map(|share| first(dialogues, share).len());
            let curve =
                sizes.iter().zip(&curve).map(|(size, f1)| serde_json::json!({"dialogues": size, "f1": f1}));
            measures.push(
                measure
                    .resampled("turns", interval)
                    .with("learning_curve", serde_json::Value::Array(curve.collect()))
                    .with("tested_on", test.len()),
            );
        }
    }
    measures
}

fn first<'a>(dialogues: &[&'a Dialogue], share: f64) -> Vec<&'a Dialogue> {
    let count = (dialogues.len() as f64 * share).ceil() as usize;
    dialogues[..count.min(dialogues.len())].to_vec()
}

fn scored(train: &[&Dialogue], test: &[Example], task: StudentTask) -> Option<f64> {
    let learned = examples(train, task);
    let has_labels = |examples: &[Example]| examples.iter().any(|example| !example.labels.is_empty());
    if !has_labels(&learned) || !has_labels(test) {
        return None;
    }
    let student = Student::trained(&learned);
    let counts: Vec<[usize; 3]> = test.iter().map(|example| student.counts(example)).collect();
    micro_f1(&counts, &(0..counts.len()).collect::<Vec<_>>())
}

fn interval(student: &Student, test: &[Example]) -> Option<[f64; 2]> {
    let counts: Vec<[usize; 3]> = test.iter().map(|example| student.counts(example)).collect();
    Bootstrap::default().interval(counts.len(), |indices| micro_f1(&counts, indices))
}

/// F1 of `[right, predicted, true]` summed over examples.
fn micro_f1(counts: &[[usize; 3]], indices: &[usize]) -> Option<f64> {
    let sum = |which: usize| indices.iter().map(|&at| counts[at][which]).sum::<usize>() as f64;
    let both = sum(1) + sum(2);
    (both > 0.0).then(|| 2.0 * sum(0) / both)
}

fn examples(dialogues: &[&Dialogue], task: StudentTask) -> Vec<Example> {
    dialogues.iter().flat_map(|dialogue| examples_of(dialogue, task)).collect()
}

fn examples_of(dialogue: &Dialogue, task: StudentTask) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut before = "";
    let mut heard: Option<&Utterance> = None;
    for turn in &dialogue.turns {
        match turn {
            Turn::User(said) => {
                if task != StudentTask::ToolArguments {
                    let labels = if task == StudentTask::Intent { acts(said) } else { slots(said) };
                    examples.push(Example { features: features(&said.text, before), labels });
                }
                heard = Some(said);
            }
            Turn::Assistant(said) => {
                if let (Some(user), StudentTask::ToolArguments) = (heard.take(), task) {
                    examples.push(Example { features: features(&user.text, before), labels: calls(said) });
                }
                before = &said.text;
            }
            Turn::Tool(_) | Turn::Garbled { .. } => {}
        }
    }
    examples
}

fn acts(said: &Utterance) -> BTreeSet<String> {
    let label =
        |act: &goalconvo_core::Act| format!("{}:{:?}", act.domain.as_deref().unwrap_or_default(), act.act);
    said.acts.iter().map(label).collect()
}

fn slots(said: &Utterance) -> BTreeSet<String> {
    let informed = said.acts.iter().filter(|act| act.value.is_some());
    let from_acts =
        informed.filter_map(|act| Some(format!("{}-{}", act.domain.as_ref()?, act.slot.as_ref()?)));
    from_acts.chain(said.state.keys().map(ToString::to_string)).collect()
}

fn calls(said: &Utterance) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for call in &said.tool_calls {
        labels.insert(call.function.name.to_string());
        let named = call.function.arguments.fields().iter();
        labels.extend(named.map(|(argument, _)| format!("{}({argument})", call.function.name)));
    }
    labels
}

/// Words and word pairs of the utterance, words of the one before, and a constant; hashed to 16 bits.
fn features(text: &str, before: &str) -> Vec<u32> {
    let slot = |hash: u64| (hash >> (64 - FEATURE_BITS)) as u32;
    let (own, context) = (Tokens::Words.hashes(text), Tokens::Words.hashes(before));
    let mut features: Vec<u32> = vec![slot(hash_text("constant"))];
    features.extend(own.iter().map(|&token| slot(token.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
    features.extend(ngram_hashes(&own, 2).map(slot));
    features.extend(context.iter().map(|&token| slot(token.wrapping_mul(0xd6e8_feb8_6659_fd93))));
    features.sort_unstable();
    features.dedup();
    features
}

/// One averaged perceptron a label.
struct Student {
    weights: BTreeMap<String, BTreeMap<u32, f64>>,
}

impl Student {
    fn trained(examples: &[Example]) -> Self {
        let labels: BTreeSet<&String> = examples.iter().flat_map(|example| &example.labels).collect();
        let weights = labels.into_iter().map(|label| (label.clone(), perceptron(examples, label))).collect();
        Self { weights }
    }

    /// How many labels are predicted rightly, predicted, and true.
    fn counts(&self, example: &Example) -> [usize; 3] {
        let score = |weights: &BTreeMap<u32, f64>| -> f64 {
            example.features.iter().filter_map(|feature| weights.get(feature)).sum()
        };
        let predicted: Vec<&String> =
            self.weights.iter().filter(|(_, weights)| score(weights) > 0.0).map(|(label, _)| label).collect();
        let right = predicted.iter().filter(|label| example.labels.contains(**label)).count();
        [right, predicted.len(), example.labels.len()]
    }
}

/// The mean of the weights over all steps (Freund and Schapire 1999), kept as the current weights and the sum of each
/// change times the step at which it came.
fn perceptron(examples: &[Example], label: &str) -> BTreeMap<u32, f64> {
    let mut current = vec![0.0_f64; 1 << FEATURE_BITS];
    let mut late = vec![0.0_f64; 1 << FEATURE_BITS];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut step = 1.0;
    for epoch in 0..EPOCHS {
        for i in (1..order.len()).rev() {
            order.swap(i, index_below(counter(epoch, 0x57d7, i as u64), i + 1));
        }
        for &at in &order {
            let example = &examples[at];
            let score: f64 = example.features.iter().map(|&feature| current[feature as usize]).sum();
            let truth = example.labels.contains(label);
            if (score > 0.0) != truth {
                let change = if truth { 1.0 } else { -1.0 };
                for &feature in &example.features {
                    current[feature as usize] += change;
                    late[feature as usize] += change * step;
                }
            }
            step += 1.0;
        }
    }
    let mean = |(feature, (weight, late)): (usize, (&f64, &f64))| (feature as u32, weight - late / step);
    current.iter().zip(&late).enumerate().map(mean).filter(|(_, weight)| *weight != 0.0).collect()
}
