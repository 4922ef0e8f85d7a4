//! How a dataset is measured: the one way that `evaluate`, `compare` and `report` share.

use std::path::Path;

use goalconvo_core::Dialogue;
use goalconvo_metrics::utility::train_on_one_test_on_other;
use goalconvo_metrics::{
    Baseline, CompareSettings, Comparison, Encoder, EncoderError, Evaluation, Measure, Report, Settings,
    compare, evaluate, worst_pair,
};
use goalconvo_store::{Corpus, Form, Reading};

use crate::recheck::Recheck;
use crate::terminal::say;
use crate::timings::Timings;
use crate::{Encoding, Error, Opened, Progress};

/// What datasets are held against: nothing but themselves, or a reference, with an encoder or without.
pub struct Yardstick {
    settings: Settings,
    form: Option<Form>,
    compared: CompareSettings,
    reference: Option<Vec<Dialogue>>,
    encoder: Option<Opened>,
    student: bool,
}

const NO_STUDENT: &str = "nobody asked for a student (--tstr)";

impl Yardstick {
    /// Reads the reference and opens the encoder, where they are given.
    ///
    /// # Errors
    /// Either of them cannot be read, or this program was built without encoders.
    pub fn open(settings: Settings, against: Option<&Path>, encoding: &Encoding) -> Result<Self, Error> {
        let encoder = encoding.open(against.is_some())?;
        let reference = against.map(read).transpose()?;
        let compared = CompareSettings::default();
        Ok(Yardstick { settings, form: None, compared, reference, encoder, student: false })
    }

    /// The same, reading datasets as that format whatever their content shows; the reference is read already.
    #[must_use]
    pub fn reading(self, form: Option<Form>) -> Self {
        Yardstick { form, ..self }
    }

    /// The same, with a student that learns from the dataset and is tested on the reference, where there is one.
    #[must_use]
    pub fn with_student(self, student: bool) -> Self {
        Yardstick { student, ..self }
    }

    /// The same, with BERTScore over that layer of the encoder, weighed by inverse document frequency or not, and rescaled
    /// by a baseline or not.
    #[must_use]
    pub fn scoring(self, layer: Option<usize>, idf: bool, baseline: Option<Baseline>) -> Self {
        Yardstick { compared: CompareSettings { layer, idf, baseline, ..self.compared }, ..self }
    }

    /// The dialogues of the reference, if there is one.
    pub fn reference(&self) -> Option<&[Dialogue]> {
        self.reference.as_deref()
    }

    /// Measures the dataset at `path`. It is streamed: memory does not grow with its length, but for a student's sake.
    ///
    /// # Errors
    /// The dataset cannot be read, or the encoder fails.
    pub fn measure_at(&self, path: &Path) -> Result<Report, Error> {
        if self.student { self.measure(&read_as(path, self.form)?) } else { self.stream(path) }
    }

    /// Measures dialogues that are in memory.
    ///
    /// # Errors
    /// The encoder fails.
    pub fn measure(&self, data: &[Dialogue]) -> Result<Report, Error> {
        let mut report = evaluate(data, self.settings);
        let reference = self.reference().unwrap_or_default();
        let compared = compare(data, reference, &self.compared, self.encoder());
        report.extend(compared.map_err(|error| failed(&error))?.measures().iter().cloned());
        report.extend(self.rounding()?);
        report.extend(if self.student { train_on_one_test_on_other(data, reference) } else { no_student() });
        Ok(report)
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        self.encoder.as_ref().map(|opened| &*opened.encoder)
    }

    /// How far an encoder that rounds is off, on pairs of neighbouring utterances of the reference.
    fn rounding(&self) -> Result<Option<Measure>, Error> {
        let Some(Opened { encoder, exact: Some(exact) }) = &self.encoder else { return Ok(None) };
        let said = self.reference().unwrap_or_default().iter().flat_map(Dialogue::said).map(|(_, text)| text);
        let texts: Vec<&str> = said.collect();
        let every = (texts.len() / 2).div_ceil(PAIRS).max(1);
        let pairs: Vec<(&str, &str)> =
            texts.chunks_exact(2).step_by(every).map(|pair| (pair[0], pair[1])).collect();
        worst_pair(&**encoder, &**exact, self.compared.layer, &pairs)
            .map(Some)
            .map_err(|error| failed(&error))
    }

    fn stream(&self, path: &Path) -> Result<Report, Error> {
        let corpus = Corpus::at(path, self.form)?;
        let count = corpus.count()?;
        let mut evaluation = Evaluation::new(self.settings, usize::try_from(count).ok());
        let reference = self.reference().unwrap_or_default();
        let mut comparison = Comparison::new(reference, self.compared, count);
        let mut progress = Progress::new("dialogues", 0, count);
        let mut reading = corpus.dialogues();
        let (times, recheck) = (times(path)?, Recheck::beside(path));
        for (index, dialogue) in reading.by_ref().enumerate() {
            let mut dialogue = dialogue?;
            times.put(&mut dialogue);
            recheck.put(&mut dialogue);
            evaluation.push(index as u64, &dialogue);
            comparison.push(index as u64, &dialogue);
            progress.show(index as u64 + 1);
        }
        progress.end();
        tell(&reading);
        recheck.tell(path);
        let mut report = evaluation.report();
        let compared = comparison.report(self.encoder()).map_err(|error| failed(&error))?;
        report.extend(compared.measures().iter().cloned());
        report.extend(self.rounding()?);
        report.extend(no_student());
        Ok(report)
    }
}

/// So many pairs at most say how far an encoder that rounds is off.
const PAIRS: usize = 100;

/// The figures of a student that nobody asked for.
fn no_student() -> Vec<Measure> {
    let figures = train_on_one_test_on_other(&[], &[]);
    figures.into_iter().map(|measure| measure.not_computed(NO_STUDENT)).collect()
}

fn failed(error: &EncoderError) -> Error {
    Error::bad_input(format!("the encoder failed: {error}"))
}

/// All dialogues of a run, an imported corpus, or a file or folder of files of any format that is known.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<Vec<Dialogue>, Error> {
    read_as(path, None)
}

/// The same, as that format whatever their content shows.
///
/// # Errors
/// It cannot be read.
pub fn read_as(path: &Path, form: Option<Form>) -> Result<Vec<Dialogue>, Error> {
    let mut reading = Corpus::at(path, form)?.dialogues();
    let mut dialogues = reading.by_ref().collect::<Result<Vec<Dialogue>, _>>()?;
    tell(&reading);
    let (times, recheck) = (times(path)?, Recheck::beside(path));
    for dialogue in &mut dialogues {
        times.put(dialogue);
        recheck.put(dialogue);
    }
    recheck.tell(path);
    Ok(dialogues)
}

/// How long models took, where that lies beside the dialogues.
fn times(path: &Path) -> Result<Timings, Error> {
    if path.is_dir() { Timings::beside(&path.join("dialogues.jsonl")) } else { Timings::beside(path) }
}

/// Says what other people's files were taken for, and what of them could not be kept.
fn tell(reading: &Reading) {
    for report in reading.reports().into_iter().filter(|report| report.form != Form::Goalconvo) {
        say(&report.to_string());
    }
}
