//! How a run came about: asked, played, rejected, written, and checked again now.

use std::collections::BTreeMap;
use std::path::Path;

use goalconvo_core::{Dialogue, Finding};
use goalconvo_store::Dataset;

use crate::assemble::Stages;
use crate::engine::Judge;
use crate::run::{self, Checked};
use crate::{Error, Stop};

/// The stations of a run, in numbers of dialogues.
pub struct Pipeline {
    /// Dialogues that were asked for.
    pub asked: u64,
    /// Dialogues in the file.
    pub written: u64,
    /// Candidates that were played and rejected.
    pub rejected: u64,
    /// Rejected candidates by the check that they failed; one that failed several counts in each.
    pub checks: BTreeMap<String, u64>,
    /// The first candidate that failed each check.
    pub examples: BTreeMap<String, Dialogue>,
    /// What was found when all records were replayed for this page, or why they could not be.
    pub verified: Result<Checked, String>,
    /// Goal classes: the share that was asked for, where it is known, and how many were written.
    pub classes: BTreeMap<String, (Option<f64>, u64)>,
}

impl Pipeline {
    /// The pipeline of the run at `path`; or why there is none.
    ///
    /// # Errors
    /// A file of the run cannot be read.
    pub fn of(path: &Path, dialogues: &[Dialogue]) -> Result<Result<Self, String>, Error> {
        if !path.join("run.toml").is_file() {
            return Ok(Err("not a run folder: nothing says how it was made".to_owned()));
        }
        let dataset = Dataset::at(path)?;
        let asked = dataset.header.as_ref().map_or(0, |header| header.to - header.from);
        let mut pipeline = Pipeline {
            asked,
            written: dialogues.len() as u64,
            rejected: 0,
            checks: BTreeMap::new(),
            examples: BTreeMap::new(),
            verified: verified(&dataset),
            classes: classes(path, dialogues)?,
        };
        let file = path.join("rejects.jsonl");
        if file.is_file() {
            for record in (Dataset { file, header: None, worlds: None }).dialogues()? {
                pipeline.reject(&record?.1);
            }
        }
        Ok(Ok(pipeline))
    }

    fn reject(&mut self, dialogue: &Dialogue) {
        self.rejected += 1;
        let failed = dialogue.verdicts.iter().filter(|verdict| verdict.finding != Finding::Passed);
        let names: std::collections::BTreeSet<String> =
            failed.flat_map(|verdict| &verdict.reasons).map(|reason| reason.check.to_string()).collect();
        for name in names {
            *self.checks.entry(name.clone()).or_default() += 1;
            self.examples.entry(name).or_insert_with(|| dialogue.clone());
        }
    }
}

/// Replays every record, as `verify` does.
fn verified(dataset: &Dataset) -> Result<Checked, String> {
    let stages = Stages::new(Vec::new(), dataset.worlds.clone(), Judge::maker());
    let checked = run::verify(dataset, &stages, run::threads(None), &Stop::default());
    checked.map_err(|error| error.to_string())
}

/// Goal classes as they were asked for (from the run's report) and as they were written.
fn classes(path: &Path, dialogues: &[Dialogue]) -> Result<BTreeMap<String, (Option<f64>, u64)>, Error> {
    let mut classes: BTreeMap<String, (Option<f64>, u64)> = BTreeMap::new();
    for scenario in dialogues.iter().filter_map(|dialogue| dialogue.scenario.as_ref()) {
        classes.entry(scenario.goal.class.name().to_owned()).or_default().1 += 1;
    }
    let file = path.join("report.json");
    if !file.is_file() {
        return Ok(classes);
    }
    let wrong = |what: String| Error::bad_input(format!("{}: {what}", file.display()));
    let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
    let report: serde_json::Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let weights = report.get("class_weights").and_then(serde_json::Value::as_object);
    let weights: Vec<(&String, f64)> =
        weights.into_iter().flatten().filter_map(|(name, weight)| Some((name, weight.as_f64()?))).collect();
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    for (name, weight) in weights {
        classes.entry(name.clone()).or_default().0 = (total > 0.0).then(|| weight / total);
    }
    Ok(classes)
}
