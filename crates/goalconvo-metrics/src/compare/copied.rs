//! What a dataset copied from its reference, dialogue by dialogue.

use goalconvo_core::Dialogue;

use crate::bootstrap::{Bootstrap, BootstrappedMean};
use crate::measure::Measure;
use crate::safety::ContaminationIndex;

/// The reference made searchable, and what was found of it so far.
#[derive(Debug)]
pub(super) struct Copied {
    index: ContaminationIndex,
    dialogues: BootstrappedMean,
    runs: BootstrappedMean,
    near: BootstrappedMean,
}

impl Copied {
    pub(super) fn new(reference: &[Dialogue]) -> Self {
        let mut index = ContaminationIndex::default();
        reference.iter().for_each(|dialogue| index.push(dialogue));
        let none = BootstrappedMean::default;
        Self { index, dialogues: none(), runs: none(), near: none() }
    }

    /// Counts one dialogue; `at` is its place in the dataset.
    pub(super) fn push(&mut self, at: u64, dialogue: &Dialogue, bootstrap: Bootstrap) {
        let weights = bootstrap.weights(at);
        let shared = self.index.check(dialogue);
        self.dialogues.push(f64::from(u8::from(shared.shared_runs > 0)), &weights);
        self.runs.push_ratio(shared.shared_runs as f64, shared.runs as f64, &weights);
        self.near.push_ratio(shared.near_duplicates as f64, shared.utterances as f64, &weights);
    }

    pub(super) fn measures(&self) -> Vec<Measure> {
        let measure = |name: &str, state: &BootstrappedMean, definition: &str| {
            let reason = "no text long enough to compare";
            Measure::maybe(name, state.mean(), reason, state.n(), definition).over_dialogues(state, Some(1.0))
        };
        vec![
            measure(
                "contaminated_dialogues",
                &self.dialogues,
                "share of dialogues with a run of 13 tokens that the reference holds",
            ),
            measure("shared_13_grams", &self.runs, "share of runs of 13 tokens that the reference holds"),
            measure(
                "near_duplicate_utterances",
                &self.near,
                "share of utterances of eight tokens or more with a near-duplicate in the reference (MinHash of \
                 character 5-grams, similarity 0.8 or more)",
            ),
        ]
    }
}
