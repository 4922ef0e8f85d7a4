//! How a dataset is measured: the one way that `evaluate`, `compare` and `report` share.

use std::path::{Path, PathBuf};

use goalconvo_core::Dialogue;
use goalconvo_metrics::{CompareSettings, Encoder, Evaluation, Report, Settings, compare, evaluate};
use goalconvo_store::Dataset;

use crate::{Error, Progress};

/// What datasets are held against: nothing but themselves, or a reference, with an encoder or without.
pub struct Yardstick {
    settings: Settings,
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
        Ok(Yardstick { settings, reference: against.map(read).transpose()?, encoder })
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
        if self.reference.is_some() { self.measure(&read(path)?) } else { self.stream(path) }
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
        let dataset = Dataset::at(&file_of(path))?;
        let count = dataset.lines()?.count();
        let mut evaluation = Evaluation::new(self.settings, Some(count));
        let mut progress = Progress::new("dialogues", 0, count as u64);
        for (index, dialogue) in dataset.dialogues()?.enumerate() {
            let (_, dialogue) = dialogue?;
            evaluation.push(index as u64, &dialogue);
            progress.show(index as u64 + 1);
        }
        progress.end();
        Ok(evaluation.report())
    }
}

/// All dialogues of a run folder, an imported corpus or a file.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<Vec<Dialogue>, Error> {
    let dialogues = Dataset::at(&file_of(path))?.dialogues()?;
    dialogues.map(|dialogue| Ok(dialogue?.1)).collect()
}

/// An imported corpus is a folder with its dialogues in one file; everything else is what it is.
fn file_of(path: &Path) -> PathBuf {
    let imported = path.join("import.json").is_file();
    if imported { path.join("dialogues.jsonl") } else { path.to_owned() }
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
