//! How a dataset is measured: the one way that `evaluate`, `compare` and `report` share.

use std::path::Path;

use goalconvo_core::Dialogue;
use goalconvo_metrics::{CompareSettings, Encoder, Evaluation, Report, Settings, compare, evaluate};
use goalconvo_store::{Corpus, Form, Reading};

use crate::terminal::say;
use crate::{Error, Progress};

/// What datasets are held against: nothing but themselves, or a reference, with an encoder or without.
pub struct Yardstick {
    settings: Settings,
    form: Option<Form>,
    reference: Option<Vec<Dialogue>>,
    encoder: Option<Box<dyn Encoder>>,
}

impl Yardstick {
    /// Reads the reference and opens the encoder, where they are given.
    ///
    /// # Errors
    /// Either of them cannot be read, or this program was built without encoders.
    pub fn open(settings: Settings, against: Option<&Path>, encoder: Option<&Path>) -> Result<Self, Error> {
        let encoder = encoder.map(open_encoder).transpose()?;
        Ok(Yardstick { settings, form: None, reference: against.map(read).transpose()?, encoder })
    }

    /// The same, reading datasets as that format whatever their content shows; the reference is read already.
    #[must_use]
    pub fn reading(self, form: Option<Form>) -> Self {
        Yardstick { form, ..self }
    }

    /// The dialogues of the reference, if there is one.
    pub fn reference(&self) -> Option<&[Dialogue]> {
        self.reference.as_deref()
    }

    /// Measures the dataset at `path`. Without a reference it is streamed: memory does not grow with its length.
    ///
    /// # Errors
    /// The dataset cannot be read, or the encoder fails.
    pub fn measure_at(&self, path: &Path) -> Result<Report, Error> {
        if self.reference.is_some() { self.measure(&read_as(path, self.form)?) } else { self.stream(path) }
    }

    /// Measures dialogues that are in memory.
    ///
    /// # Errors
    /// The encoder fails.
    pub fn measure(&self, data: &[Dialogue]) -> Result<Report, Error> {
        let mut report = evaluate(data, self.settings);
        if let Some(reference) = &self.reference {
            let compared = compare(data, reference, &CompareSettings::default(), self.encoder.as_deref());
            let compared =
                compared.map_err(|error| Error::bad_input(format!("the encoder failed: {error}")))?;
            report.extend(compared.measures().iter().cloned());
        }
        Ok(report)
    }

    fn stream(&self, path: &Path) -> Result<Report, Error> {
        let corpus = Corpus::at(path, self.form)?;
        let count = corpus.count()?;
        let mut evaluation = Evaluation::new(self.settings, usize::try_from(count).ok());
        let mut progress = Progress::new("dialogues", 0, count);
        let mut reading = corpus.dialogues();
        for (index, dialogue) in reading.by_ref().enumerate() {
            evaluation.push(index as u64, &dialogue?);
            progress.show(index as u64 + 1);
        }
        tell(&reading);
        progress.end();
        Ok(evaluation.report())
    }
}

/// All dialogues of a run, an imported corpus, or a file or folder of files of any format that is known.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<Vec<Dialogue>, Error> {
    read_as(path, None)
}

fn read_as(path: &Path, form: Option<Form>) -> Result<Vec<Dialogue>, Error> {
    let mut reading = Corpus::at(path, form)?.dialogues();
    let dialogues = reading.by_ref().collect::<Result<_, _>>()?;
    tell(&reading);
    Ok(dialogues)
}

/// Says what other people's files were taken for, and what of them could not be kept.
fn tell(reading: &Reading) {
    for report in reading.reports().into_iter().filter(|report| report.form != Form::Goalconvo) {
        say(&report.to_string());
    }
}

#[cfg(feature = "neural")]
fn open_encoder(folder: &Path) -> Result<Box<dyn Encoder>, Error> {
    let encoder = goalconvo_neural::TextEncoder::open(folder, &goalconvo_neural::EncoderOptions::default());
    let encoder = encoder.map_err(|error| Error::bad_input(format!("{}: {error}", folder.display())))?;
    Ok(Box::new(encoder))
}

#[cfg(not(feature = "neural"))]
fn open_encoder(folder: &Path) -> Result<Box<dyn Encoder>, Error> {
    let folder = folder.display();
    Err(Error::usage(format!(
        "{folder}: this program was built without encoders; build it with --features neural"
    )))
}
