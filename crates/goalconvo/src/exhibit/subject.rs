//! A dataset with all that a page shows of it.

use std::collections::BTreeMap;
use std::path::Path;

use goalconvo_core::Dialogue;
use goalconvo_metrics::overlap::{Bleu, Chrf, Rouge};
use goalconvo_metrics::{Bootstrap, Evaluation, Measure, Pair, Report, Settings, evaluate, pair_by_goal};
use goalconvo_store::Form;

use super::names;
use super::pipeline::Pipeline;
use crate::figures::SERIES;
use crate::measuring::{Yardstick, read_as};
use crate::{Encoding, Error};

/// A dataset, measured.
pub struct Subject {
    /// Its short name.
    pub name: String,
    /// Its place among the series of figures.
    pub place: usize,
    /// Its dialogues.
    pub dialogues: Vec<Dialogue>,
    /// Its figures.
    pub report: Report,
    /// The figures of the dialogues about each domain.
    pub domains: BTreeMap<String, Report>,
    /// The figures of single dialogues, by index: a sample, evenly spaced, from which examples are chosen.
    pub own: Vec<(usize, Report)>,
    /// The dialogue of the reference that each dialogue of the sample is held against.
    pub pairs: BTreeMap<usize, Pair>,
    /// How it was made, where it is a run; else why there is nothing to say.
    pub pipeline: Result<Pipeline, String>,
}

/// From so many dialogues examples are chosen.
const SAMPLE: usize = 240;

/// The figures of the dialogues about each domain, a dialogue counting in each of its domains.
fn by_domain(dialogues: &[Dialogue], settings: Settings) -> BTreeMap<String, Report> {
    let mut indexes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, dialogue) in dialogues.iter().enumerate() {
        for domain in &dialogue.domains {
            indexes.entry(domain.to_string()).or_default().push(at);
        }
    }
    let report = |indexes: &[usize]| {
        let mut evaluation = Evaluation::new(Settings { orders: 1, ..settings }, Some(indexes.len()));
        indexes.iter().enumerate().for_each(|(at, index)| evaluation.push(at as u64, &dialogues[*index]));
        evaluation.report()
    };
    indexes.iter().map(|(domain, indexes)| (domain.clone(), report(indexes))).collect()
}

/// The figures of single dialogues, for a sample of them; those of a pair where there are pairs.
fn single(
    dialogues: &[Dialogue],
    reference: &[Dialogue],
    pairs: &[Pair],
    settings: Settings,
) -> Vec<(usize, Report)> {
    let alone =
        Settings { orders: 1, bootstrap: Bootstrap { resamples: 0, ..Bootstrap::default() }, ..settings };
    let step = dialogues.len().div_ceil(SAMPLE).max(1);
    let report = |at: usize| {
        let mut report = evaluate(&dialogues[at..=at], alone);
        if let Some(pair) = pairs.iter().find(|pair| pair.generated == at) {
            report.extend(of_pair(&dialogues[at], &reference[pair.reference], pair.likeness));
        }
        (at, report)
    };
    (0..dialogues.len()).step_by(step).map(report).collect()
}

/// What a dialogue shares with its pair, by the names of the dataset's figures.
fn of_pair(own: &Dialogue, real: &Dialogue, likeness: f64) -> Vec<Measure> {
    let text =
        |dialogue: &Dialogue| dialogue.said().map(|(_, text)| text.trim()).collect::<Vec<_>>().join(" ");
    let (own, real) = (text(own), text(real));
    let (bleu, chrf) = (Bleu::default(), Chrf::default());
    let figures = [
        ("pair_likeness", likeness),
        ("rouge_l", Rouge::default().l(&real, &own).f),
        ("bleu", bleu.score(&bleu.stats(&own, &[&real])).score),
        ("chrf", chrf.score(&chrf.stats(&own, &[&real]))),
    ];
    figures.map(|(name, value)| Measure::new(name, value, 1, "of this dialogue and its pair")).into()
}

impl Subject {
    /// Whether it is what the others are held against.
    pub fn is_reference(&self) -> bool {
        self.place == SERIES - 1
    }
}

/// What a report is asked to show.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The datasets, the one that the report is about first.
    pub data: &'a [&'a Path],
    /// The reference.
    pub against: Option<&'a Path>,
    /// The encoder, if any.
    pub encoding: &'a Encoding,
    /// What the datasets are, where their content does not show it.
    pub form: Option<Form>,
    /// How to measure.
    pub settings: Settings,
}

/// Measures all datasets of a report; the reference becomes the last of them, measured by itself.
///
/// # Errors
/// There are more datasets than a figure can tell apart, one cannot be read, or the encoder fails.
pub fn subjects(asked: Asked<'_>) -> Result<Vec<Subject>, Error> {
    let Asked { data, against, encoding, form, settings } = asked;
    if data.len() > SERIES - 1 {
        let most = SERIES - 1;
        return Err(Error::usage(format!("{} datasets: a figure tells at most {most} apart", data.len())));
    }
    let yardstick = Yardstick::open(settings, against, encoding)?;
    let paths: Vec<&Path> = data.iter().copied().chain(against).collect();
    let names = names(&paths);
    let mut subjects = Vec::new();
    for (place, path) in data.iter().enumerate() {
        let dialogues = read_as(path, form)?;
        let report = yardstick.measure(&dialogues)?;
        let real = yardstick.reference().unwrap_or_default();
        subjects.push(subject((names[place].clone(), place), path, (dialogues, report), real, settings)?);
    }
    if let (Some(path), Some(reference)) = (against, yardstick.reference()) {
        let name = names.last().cloned().unwrap_or_default();
        let measured = (reference.to_vec(), evaluate(reference, settings));
        subjects.push(subject((name, SERIES - 1), path, measured, &[], settings)?);
    }
    Ok(subjects)
}

fn subject(
    (name, place): (String, usize),
    path: &Path,
    (dialogues, report): (Vec<Dialogue>, Report),
    reference: &[Dialogue],
    settings: Settings,
) -> Result<Subject, Error> {
    let pairs = pair_by_goal(&dialogues, reference);
    let own = single(&dialogues, reference, &pairs, settings);
    let domains = by_domain(&dialogues, settings);
    let pipeline = Pipeline::of(path, &dialogues)?;
    let pairs = pairs.into_iter().map(|pair| (pair.generated, pair)).collect();
    Ok(Subject { name, place, dialogues, report, domains, own, pairs, pipeline })
}
