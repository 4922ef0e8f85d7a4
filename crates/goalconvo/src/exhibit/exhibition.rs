//! All that a report shows, gathered once and written in several forms.

use super::figure::Figure;
use super::gallery::Gallery;
use super::{Comparison, Subject, contents, findings, page, spread};

/// Datasets, the figures about them, and the dialogues behind the figures.
pub struct Exhibition<'a> {
    /// The datasets; the reference, where there is one, is the last.
    pub subjects: Vec<&'a Subject>,
    /// The figures, in order.
    pub figures: Vec<Figure>,
    /// The dialogues behind them.
    pub(super) gallery: Gallery<'a>,
}

impl<'a> Exhibition<'a> {
    /// Gathers figures and examples.
    pub fn of(subjects: &'a [Subject]) -> Self {
        let subjects: Vec<&Subject> = subjects.iter().collect();
        let reference = subjects.iter().copied().find(|subject| subject.is_reference());
        let mut gallery = Gallery::new(reference);
        let mut figures = contents::six(&mut gallery, &subjects);
        figures.extend(spread::spread(&mut gallery, &subjects));
        figures.extend(findings::tells(&mut gallery, &subjects, reference));
        figures.push(findings::failures(&mut gallery, &subjects));
        Exhibition { subjects, figures, gallery }
    }

    /// Every figure of every dataset.
    pub fn comparison(&self) -> Comparison {
        let names = self.subjects.iter().map(|subject| subject.name.clone()).collect();
        let reports = self.subjects.iter().map(|subject| subject.report.clone()).collect();
        Comparison { names, reports }
    }

    /// The page, one file that loads nothing.
    pub fn html(&self) -> String {
        page::page(self)
    }
}
