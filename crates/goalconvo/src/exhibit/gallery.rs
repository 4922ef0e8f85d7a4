//! The dialogues behind the figures: for every bar one that is like the figure and one that is not.

use std::collections::BTreeMap;

use goalconvo_core::Dialogue;
use goalconvo_metrics::Report;

use super::Subject;
use crate::figures::number;

/// An example of a figure: which dialogue of the gallery, and why this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The name of the element of the page.
    pub id: String,
    /// The dialogue's own name.
    pub dialogue: String,
    /// Why it is shown.
    pub why: String,
}

/// A dialogue that is on the page.
pub struct Shown<'a> {
    /// The name of its element.
    pub id: String,
    /// The dialogue.
    pub dialogue: &'a Dialogue,
    /// The dataset that it is from.
    pub from: String,
    /// What else there is to say about it.
    pub note: String,
    /// The dialogue of the reference that it is held against.
    pub pair: Option<(&'a Dialogue, f64)>,
}

/// Dataset, whether it is a reject, index, and for rejects the check: the order on the page.
type Place = (usize, bool, usize, String);

/// All dialogues that the page shows, each once.
#[derive(Default)]
pub struct Gallery<'a> {
    shown: BTreeMap<Place, Shown<'a>>,
    reference: Option<&'a Subject>,
}

impl<'a> Gallery<'a> {
    /// An empty one; with a reference, dialogues are shown beside what they are held against.
    pub fn new(reference: Option<&'a Subject>) -> Self {
        Gallery { shown: BTreeMap::new(), reference }
    }

    /// All that is shown: datasets in their order, dialogues in theirs, then rejects.
    pub fn shown(&self) -> impl Iterator<Item = &Shown<'a>> {
        self.shown.values()
    }

    /// Shows the dialogue at an index of a dataset.
    pub fn show(&mut self, subject: &'a Subject, at: usize, why: String) -> Option<Example> {
        let dialogue = subject.dialogues.get(at)?;
        let id = format!("x{}-{at}", subject.place);
        let pair = subject.pairs.get(&at);
        let pair =
            pair.and_then(|pair| Some((self.reference?.dialogues.get(pair.reference)?, pair.likeness)));
        let own = id.clone();
        let shown = || Shown { id: own, dialogue, from: subject.name.clone(), note: String::new(), pair };
        self.shown.entry((subject.place, false, at, String::new())).or_insert_with(shown);
        Some(Example { id, dialogue: dialogue.id.clone(), why })
    }

    /// Shows a candidate that a run rejected.
    pub fn show_reject(&mut self, subject: &Subject, check: &str, dialogue: &'a Dialogue) -> Example {
        // Not the check's name: what a file says need not be fit for an address.
        let id = format!("r{}-{}", subject.place, self.shown.len());
        let note = "a rejected candidate: it is not in the dataset".to_owned();
        let new = || Shown { id, dialogue, from: subject.name.clone(), note, pair: None };
        let shown = self.shown.entry((subject.place, true, 0, check.to_owned())).or_insert_with(new);
        Example {
            id: shown.id.clone(),
            dialogue: dialogue.id.clone(),
            why: format!("the first candidate that failed “{check}”"),
        }
    }

    /// Examples of a figure: the dialogue whose own figure is nearest to it, and the one that is farthest from it. Where
    /// a single dialogue has no such figure, one of middle length stands for the dataset, and says so.
    pub fn examples(
        &mut self,
        subject: &'a Subject,
        name: &str,
        figure: f64,
        wanted: impl Fn(&Dialogue) -> bool,
    ) -> Vec<Example> {
        let mut own: Vec<(f64, usize)> = Vec::new();
        for (at, report) in &subject.own {
            if let (Some(value), true) = (own_value(report, name), wanted(&subject.dialogues[*at])) {
                own.push((value, *at));
            }
        }
        let distance = |value: f64| (value - figure).abs();
        let nearest = own.iter().min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)));
        let farthest = own.iter().rev().max_by(|a, b| distance(a.0).total_cmp(&distance(b.0)));
        let (Some(&(near, at)), Some(&(far, far_at))) = (nearest, farthest) else {
            return self.middle(subject, wanted).into_iter().collect();
        };
        let mut examples: Vec<Example> = Vec::new();
        examples.extend(self.show(subject, at, format!("nearest to the figure: {} here", number(near))));
        if far != near {
            examples.extend(self.show(subject, far_at, format!("farthest from it: {} here", number(far))));
        }
        examples
    }

    /// A dialogue of middle length.
    fn middle(&mut self, subject: &'a Subject, wanted: impl Fn(&Dialogue) -> bool) -> Option<Example> {
        let length = |report: &Report| report.value("tokens_per_dialogue").unwrap_or(0.0);
        let mut by_length: Vec<(f64, usize)> = subject
            .own
            .iter()
            .filter(|(at, _)| wanted(&subject.dialogues[*at]))
            .map(|(at, report)| (length(report), *at))
            .collect();
        by_length.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (_, at) = *by_length.get(by_length.len() / 2)?;
        self.show(subject, at, "of middle length; the figure belongs to the whole dataset".to_owned())
    }
}

/// The figure of a single dialogue that stands behind a dataset's figure of that name.
fn own_value(report: &Report, name: &str) -> Option<f64> {
    if let Some((base, _)) = name.split_once("_at_") {
        return report.value(&format!("{base}_per_dialogue"));
    }
    report.value(name)
}
