//! What judges did over a whole dataset: how often each passed, and whether its marks can be trusted.
//!
//! Agreement is Krippendorff's alpha between the models of a panel, or between samples where one model is asked.
//! Position is how much the mark moves when the marks are described in the other order. Verbosity is Spearman's
//! correlation of the mark with the dialogue's length in words: a judge that likes long dialogues shows here.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Finding, Verdict};
use goalconvo_metrics::agreement::{Scale, krippendorff_alpha};
use serde::Serialize;

use super::gate::Weight;

/// What one judge did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JudgeReport {
    /// The judge.
    pub judge: String,
    /// Whether it decides.
    pub weight: Weight,
    /// Records that it was asked about.
    pub asked: u64,
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those about which it could not tell.
    pub unknown: u64,
    /// The mean of its marks, where it gives any.
    pub score: Option<Figure>,
    /// Agreement of its marks.
    pub agreement: Option<Figure>,
    /// Between what the agreement is: `models` or `samples`.
    pub between: Option<&'static str>,
    /// Mean difference of marks when the highest is described first.
    pub position: Option<Figure>,
    /// Correlation of the mark with the number of words.
    pub verbosity: Option<Figure>,
}

/// A number with how many dialogues it is from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// Dialogues.
    pub n: usize,
}

/// What judges did so far.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    judges: BTreeMap<String, Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    asked: u64,
    passed: u64,
    failed: u64,
    /// Mark and words of each dialogue that has a mark.
    marks: Vec<(f64, f64)>,
    /// Each dialogue's marks, member by member.
    by_model: Vec<Vec<f64>>,
    /// Each dialogue's marks, sample by sample.
    by_sample: Vec<Vec<f64>>,
    /// Each dialogue's difference between the two orders of description.
    shifts: Vec<f64>,
}

impl Statistics {
    /// Counts the verdicts on a record.
    pub fn push(&mut self, dialogue: &Dialogue, verdicts: &[Verdict]) {
        let words = dialogue.said().map(|(_, text)| text.split_whitespace().count()).sum::<usize>();
        for verdict in verdicts {
            let counts = self.judges.entry(verdict.judge.to_string()).or_default();
            counts.asked += 1;
            counts.passed += u64::from(verdict.finding == Finding::Passed);
            counts.failed += u64::from(verdict.finding == Finding::Failed);
            if let Some(score) = verdict.scores.get(&verdict.judge) {
                counts.marks.push((*score, words as f64));
            }
            counts.note_ratings(verdict);
        }
    }

    /// What the judge of this name did; all zero when it was never asked.
    pub fn report(&self, judge: &str, weight: Weight) -> JudgeReport {
        let none = Counts::default();
        let counts = self.judges.get(judge).unwrap_or(&none);
        let panel = counts.by_model.iter().any(|marks| marks.len() > 1);
        let ratings = if panel { &counts.by_model } else { &counts.by_sample };
        let pairable = ratings.iter().filter(|marks| marks.len() > 1).count();
        let alpha = krippendorff_alpha(ratings, Scale::Ordinal);
        JudgeReport {
            judge: judge.to_owned(),
            weight,
            asked: counts.asked,
            passed: counts.passed,
            failed: counts.failed,
            unknown: counts.asked - counts.passed - counts.failed,
            score: mean(&counts.marks.iter().map(|(mark, _)| *mark).collect::<Vec<_>>()),
            agreement: alpha.map(|value| Figure { value, n: pairable }),
            between: alpha.map(|_| if panel { "models" } else { "samples" }),
            position: mean(&counts.shifts),
            verbosity: spearman(&counts.marks),
        }
    }
}

impl Counts {
    /// Reads the marks of samples, `rating/<member>/<sample>`.
    fn note_ratings(&mut self, verdict: &Verdict) {
        let mut members: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let (mut samples, mut orders) = (Vec::new(), [Vec::new(), Vec::new()]);
        for (name, mark) in &verdict.scores {
            let Some((member, sample)) = name.strip_prefix("rating/").and_then(|rest| rest.rsplit_once('/'))
            else {
                continue;
            };
            members.entry(member).or_default().push(*mark);
            samples.push(*mark);
            if let Ok(sample) = sample.parse::<usize>() {
                orders[sample % 2].push(*mark);
            }
        }
        if samples.is_empty() {
            return;
        }
        let means = members.values().filter_map(|marks| mean(marks)).map(|figure| figure.value);
        self.by_model.push(means.collect());
        self.by_sample.push(samples);
        if let [Some(first), Some(other)] = [mean(&orders[0]), mean(&orders[1])] {
            self.shifts.push(other.value - first.value);
        }
    }
}

fn mean(values: &[f64]) -> Option<Figure> {
    let n = values.len();
    (n > 0).then(|| Figure { value: values.iter().sum::<f64>() / n as f64, n })
}

/// Spearman's rank correlation; none for fewer than three pairs, or when one side is constant.
fn spearman(pairs: &[(f64, f64)]) -> Option<Figure> {
    let n = pairs.len();
    let [xs, ys] = [ranks(pairs.iter().map(|pair| pair.0)), ranks(pairs.iter().map(|pair| pair.1))];
    let middle = (n as f64 + 1.0) / 2.0;
    let sum = |one: &[f64], other: &[f64]| -> f64 {
        one.iter().zip(other).map(|(a, b)| (a - middle) * (b - middle)).sum()
    };
    let spread = sum(&xs, &xs) * sum(&ys, &ys);
    (n > 2 && spread > 0.0).then(|| Figure { value: sum(&xs, &ys) / spread.sqrt(), n })
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for same in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = before as f64 + (same.len() as f64 + 1.0) / 2.0;
        same.iter().for_each(|at| ranks[*at] = rank);
        before += same.len();
    }
    ranks
}
