//! Ratings become figures: means by dataset, agreement between raters and of raters with themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Key, Scale, TaskKind};
use crate::agreement::{self, cohen_kappa, fleiss_kappa, krippendorff_alpha};
use crate::bootstrap::{Bootstrap, BootstrappedMean};
use crate::measure::{Measure, Report};

/// One answer of one rater.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// Who rates.
    pub rater: String,
    /// The task's name.
    pub task: String,
    /// The scale's name.
    pub scale: String,
    /// The answer.
    pub rating: i64,
}

/// A rating that can't be: its index and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingError {
    index: usize,
    what: String,
}

impl fmt::Display for RatingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "rating {}: {}", self.index + 1, self.what)
    }
}

impl std::error::Error for RatingError {}

/// Answers by (task, rater), of one scale.
type Answers<'a> = BTreeMap<(&'a str, &'a str), i64>;

/// The figures of all ratings. A rater who gives a wrong answer to a check, or passes one over, is left out of everything
/// but the share of checks passed; who that is stands in the config.
///
/// # Errors
/// Nobody rated anything; or a rating has no rater, names a task or a scale that the key does not have, lies off its scale, or comes
/// a second time.
pub fn rated(key: &Key, ratings: &[Rating]) -> Result<Report, RatingError> {
    let mut by_scale: BTreeMap<&str, Answers<'_>> = BTreeMap::new();
    if ratings.is_empty() {
        return Err(RatingError {
            index: 0,
            what: "found no rating at all; expected at least one".to_owned(),
        });
    }
    for (index, rating) in ratings.iter().enumerate() {
        let wrong = |what: String| RatingError { index, what };
        let scale = key.scales.iter().find(|scale| scale.name == rating.scale);
        let scale = scale.ok_or_else(|| {
            let known: Vec<&str> = key.scales.iter().map(|scale| scale.name.as_str()).collect();
            wrong(format!("found the scale {:?}; expected one of {known:?}", rating.scale))
        })?;
        if rating.rater.trim().is_empty() {
            return Err(wrong("found no name of a rater; expected one".to_owned()));
        }
        if !key.tasks.contains_key(&rating.task) {
            return Err(wrong(format!("found the task {:?}, which the key does not have", rating.task)));
        }
        if !(scale.lowest..=scale.highest).contains(&rating.rating) {
            let Scale { lowest, highest, .. } = scale;
            return Err(wrong(format!("found {}; expected {lowest} to {highest}", rating.rating)));
        }
        let answers = by_scale.entry(&rating.scale).or_default();
        if answers.insert((&rating.task, &rating.rater), rating.rating).is_some() {
            return Err(wrong(format!(
                "{:?} rates {:?} on that scale a second time",
                rating.rater, rating.task
            )));
        }
    }
    Ok(figures(key, &by_scale))
}

fn figures(key: &Key, by_scale: &BTreeMap<&str, Answers<'_>>) -> Report {
    let raters: BTreeSet<&str> = by_scale.values().flat_map(|a| a.keys().map(|(_, rater)| *rater)).collect();
    let (mut right, mut asked, mut careless) = (0_u64, 0_u64, BTreeSet::new());
    for ((task, rater), answer) in by_scale.values().flatten() {
        if let TaskKind::Check(expect) = key.tasks[*task].kind {
            asked += 1;
            right += u64::from(*answer == expect);
            if *answer != expect {
                careless.insert(*rater);
            }
        }
    }
    for answers in by_scale.values() {
        careless.extend(raters.iter().filter(|rater| passes_over(key, answers, rater)));
    }
    let kept: Vec<&str> = raters.iter().copied().filter(|rater| !careless.contains(rater)).collect();
    let passed = (asked > 0).then(|| right as f64 / asked as f64);
    let mut report = Report::default();
    report.extend([
        Measure::new("human_raters", kept.len() as f64, raters.len() as u64, "raters who are counted")
            .counted()
            .with("left_out", serde_json::json!(careless)),
        Measure::maybe(
            "human_checks_passed",
            passed,
            "no check was rated",
            asked,
            "share of answers to attention checks that are as asked",
        )
        .share_of(right),
    ]);
    for scale in &key.scales {
        let none = BTreeMap::new();
        let answers = by_scale.get(scale.name.as_str()).unwrap_or(&none);
        let answers: Answers<'_> = answers
            .iter()
            .filter(|((_, rater), _)| kept.contains(rater))
            .map(|(at, answer)| (*at, *answer))
            .collect();
        report.extend(means(key, scale, &answers));
        report.extend(between(key, scale, &answers, &kept));
        report.extend([within(key, scale, &answers)]);
    }
    report
}

/// Whether a rater left out a check that was shown: one between the first and the last task that the rater rated.
fn passes_over(key: &Key, answers: &Answers<'_>, rater: &str) -> bool {
    // Tasks are numbered in the order in which they are shown.
    let place = |task: &str| (task.len(), task.to_owned());
    let rated: BTreeSet<(usize, String)> =
        answers.keys().filter(|(_, who)| *who == rater).map(|(task, _)| place(task)).collect();
    let (Some(first), Some(last)) = (rated.first(), rated.last()) else { return false };
    let checks = key.tasks.iter().filter(|(_, entry)| matches!(entry.kind, TaskKind::Check(_)));
    let shown = checks.map(|(task, _)| place(task)).filter(|place| (first..=last).contains(&place));
    shown.into_iter().any(|check| !rated.contains(&check))
}

/// The answers to each task that is there to be rated.
fn by_task<'a>(key: &'a Key, answers: &Answers<'a>) -> BTreeMap<&'a str, Vec<(&'a str, i64)>> {
    let mut tasks: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
    for (&(task, rater), &answer) in answers {
        if key.tasks[task].kind == TaskKind::Rated {
            tasks.entry(task).or_default().push((rater, answer));
        }
    }
    tasks
}

/// For each dataset the mean over dialogues of the mean over raters.
fn means(key: &Key, scale: &Scale, answers: &Answers<'_>) -> Vec<Measure> {
    let datasets: BTreeSet<&str> = key.tasks.values().map(|entry| entry.dataset.as_str()).collect();
    let tasks = by_task(key, answers);
    let mean = |dataset: &str| {
        let mut state = BootstrappedMean::default();
        let own = tasks.iter().filter(|(task, _)| key.tasks[**task].dataset == dataset);
        for (at, (_, given)) in own.enumerate() {
            let sum: i64 = given.iter().map(|(_, answer)| answer).sum();
            state.push(sum as f64 / given.len() as f64, &Bootstrap::default().weights(at as u64));
        }
        let definition = format!(
            "mean over dialogues of the mean rating, {} to {}: {}",
            scale.lowest, scale.highest, scale.question
        );
        let name = format!("human_{}_{}", scale.name, plain(dataset));
        Measure::maybe(name, state.mean(), "none of its dialogues was rated", state.n(), definition)
            .resampled("dialogues", state.interval())
            .with("dataset", dataset)
    };
    datasets.into_iter().map(mean).collect()
}

/// A dataset's name as part of a measure's.
fn plain(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("_")
}

/// Agreement between raters.
fn between(key: &Key, scale: &Scale, answers: &Answers<'_>, raters: &[&str]) -> Vec<Measure> {
    let tasks = by_task(key, answers);
    let items: Vec<Vec<f64>> =
        tasks.values().map(|given| given.iter().map(|(_, answer)| *answer as f64).collect()).collect();
    let shared = items.iter().filter(|item| item.len() > 1).count() as u64;
    let alpha = |items: &[Vec<f64>]| krippendorff_alpha(items, agreement::Scale::Ordinal);
    let full: Vec<&Vec<(&str, i64)>> = tasks.values().filter(|given| given.len() == raters.len()).collect();
    let count = |given: &&Vec<(&str, i64)>| -> Vec<u64> {
        let chosen = |at: i64| given.iter().filter(|(_, answer)| *answer == at).count() as u64;
        (scale.lowest..=scale.highest).map(chosen).collect()
    };
    let counts: Vec<Vec<u64>> = full.iter().map(count).collect();
    let fleiss = |counts: &[Vec<u64>]| fleiss_kappa(counts).filter(|_| raters.len() > 1);
    let pairs: Vec<(i64, i64)> =
        full.iter().filter(|_| raters.len() == 2).map(|g| (g[0].1, g[1].1)).collect();
    let name = |which: &str| format!("human_{}_{which}", scale.name);
    let undefined = "fewer than two raters rated the same dialogues, or all answers are the same";
    let of_two = if raters.len() == 2 { undefined } else { "there are not exactly two raters" };
    vec![
        Measure::maybe(
            name("krippendorff_alpha"),
            alpha(&items),
            undefined,
            shared,
            "Krippendorff's alpha between raters, ordinal",
        )
        .resampled("dialogues", over_items(&items, alpha)),
        Measure::maybe(
            name("fleiss_kappa"),
            fleiss(&counts),
            undefined,
            full.len() as u64,
            "Fleiss' kappa between raters, over the dialogues that all of them rated",
        )
        .resampled("dialogues", over_items(&counts, fleiss)),
        Measure::maybe(
            name("cohen_kappa"),
            cohen_kappa(&pairs),
            of_two,
            pairs.len() as u64,
            "Cohen's kappa between the two raters",
        )
        .resampled("dialogues", over_items(&pairs, cohen_kappa)),
    ]
}

/// The interval of a figure of items over resamples of them.
fn over_items<T: Clone>(items: &[T], figure: impl Fn(&[T]) -> Option<f64>) -> Option<[f64; 2]> {
    Bootstrap::default()
        .interval(items.len(), |drawn| figure(&drawn.iter().map(|&at| items[at].clone()).collect::<Vec<T>>()))
}

/// How often a rater gives a dialogue that comes again the same answer.
fn within(key: &Key, scale: &Scale, answers: &Answers<'_>) -> Measure {
    let (mut same, mut pairs) = (0_u64, 0_u64);
    for (&(task, rater), answer) in answers {
        if let TaskKind::Repeat(first) = &key.tasks[task].kind
            && let Some(before) = answers.get(&(first.as_str(), rater))
        {
            pairs += 1;
            same += u64::from(before == answer);
        }
    }
    Measure::maybe(
        format!("human_{}_self_agreement", scale.name),
        (pairs > 0).then(|| same as f64 / pairs as f64),
        "no rater rated a dialogue twice",
        pairs,
        "share of dialogues shown twice that a rater gives the same answer",
    )
    .share_of(same)
}
