//! A dataset is measured against a reference: how like it reads, how its distributions lie, what gives it away, what it
//! copied.

mod distributions;
mod pairing;
mod similarity;
mod vectors;

pub use pairing::{Pair, pair_by_goal};

use goalconvo_core::Dialogue;

use crate::bootstrap::{Bootstrap, BootstrappedMean};
use crate::encoder::{Encoder, EncoderError};
use crate::measure::{Measure, Report};
use crate::safety::ContaminationIndex;
use crate::tells::{
    Features, Masks, TellSettings, TwoSample, act_features, text_features, two_sample, two_sample_grouped,
    utterance_features,
};

/// How datasets are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompareSettings {
    /// Intervals over dialogues.
    pub bootstrap: Bootstrap,
    /// The classifier between the two.
    pub tells: TellSettings,
    /// The most dialogues of a side that the classifier is trained on; more are thinned out evenly.
    pub tell_dialogues: usize,
    /// The encoder's layer for BERTScore; its last one where none is given.
    pub layer: Option<usize>,
    /// Whether tokens weigh by inverse document frequency over the reference.
    pub idf: bool,
    /// The scores `[P, R, F1]` of random pairs, for rescaling.
    pub baseline: Option<[f64; 3]>,
    /// Neighbours in precision, recall, density and coverage.
    pub neighbours: usize,
}

impl Default for CompareSettings {
    fn default() -> Self {
        Self {
            bootstrap: Bootstrap::default(),
            tells: TellSettings::default(),
            tell_dialogues: 5000,
            layer: None,
            idf: false,
            baseline: None,
            neighbours: 5,
        }
    }
}

/// Measures `generated` against `reference`. What needs an encoder is not computed without one, and says so.
///
/// # Errors
/// When the encoder fails.
pub fn compare(
    generated: &[Dialogue],
    reference: &[Dialogue],
    settings: &CompareSettings,
    encoder: Option<&dyn Encoder>,
) -> Result<Report, EncoderError> {
    let pairs = pair_by_goal(generated, reference);
    let mut report = Report::default();
    report.extend(similarity::measures(generated, reference, &pairs, settings));
    report.extend(vectors::measures(generated, reference, &pairs, settings, encoder)?);
    report.extend(distributions::measures(generated, reference));
    report.extend(tells(generated, reference, settings));
    report.extend(contamination(generated, reference, settings));
    Ok(report)
}

/// What gives the one away from the other: by the words of whole dialogues, of single utterances, and by acts.
fn tells(generated: &[Dialogue], reference: &[Dialogue], settings: &CompareSettings) -> Vec<Measure> {
    let masks = Masks::of(generated.iter().chain(reference));
    let sides = [generated, reference].map(|side| thinned(side, settings.tell_dialogues).collect::<Vec<_>>());
    let whole = |features: &dyn Fn(&Dialogue) -> Features| -> Option<TwoSample> {
        let [own, theirs] = sides.each_ref().map(|side| -> Vec<Features> {
            let items = side.iter().map(|dialogue| features(dialogue));
            items.filter(|features| !features.is_empty()).collect()
        });
        two_sample(&own, &theirs, settings.tells)
    };
    let [own, theirs] = sides.each_ref().map(|side| -> Vec<Vec<Features>> {
        side.iter().map(|dialogue| utterance_features(dialogue, &masks)).collect()
    });
    let utterances = two_sample_grouped(&own, &theirs, settings.tells);
    let grams = "word 1- to 3-grams, spelling made alike and values masked";
    vec![
        told("two_sample_auc_text", &format!("dialogues by {grams}"), whole(&|d| text_features(d, &masks))),
        told("two_sample_auc_utterances", &format!("utterances by {grams}"), utterances),
        told("two_sample_auc_acts", "dialogues by sequences of dialogue acts", whole(&act_features)),
    ]
    .into_iter()
    .map(|measure| measure.with("folds", settings.tells.folds))
    .collect()
}

fn told(name: &str, what: &str, outcome: Option<TwoSample>) -> Measure {
    let definition = format!(
        "area under the ROC curve of a logistic regression that tells generated from reference {what}, on dialogues it \
         was not trained on: 0.5 when it can't"
    );
    let n = outcome.as_ref().map_or(0, |outcome| outcome.n.iter().sum::<usize>() as u64);
    let reason = "a side has too few dialogues with such features";
    let measure = Measure::maybe(name, outcome.as_ref().map(|o| o.auc), reason, n, definition);
    let tells = outcome.as_ref().map(|o| serde_json::json!(o.tells)).unwrap_or_default();
    measure.within(outcome.and_then(|o| o.interval)).with("tells", tells)
}

/// At most `most` items, evenly spaced.
fn thinned(dialogues: &[Dialogue], most: usize) -> impl Iterator<Item = &Dialogue> {
    dialogues.iter().step_by(dialogues.len().div_ceil(most.max(1)).max(1))
}

fn contamination(generated: &[Dialogue], reference: &[Dialogue], settings: &CompareSettings) -> Vec<Measure> {
    let mut index = ContaminationIndex::default();
    reference.iter().for_each(|dialogue| index.push(dialogue));
    let (mut dialogues, mut runs, mut near) =
        (BootstrappedMean::default(), BootstrappedMean::default(), BootstrappedMean::default());
    for (at, dialogue) in generated.iter().enumerate() {
        let weights = settings.bootstrap.weights(at as u64);
        let shared = index.check(dialogue);
        dialogues.push(f64::from(u8::from(shared.shared_runs > 0)), &weights);
        runs.push_ratio(shared.shared_runs as f64, shared.runs as f64, &weights);
        near.push_ratio(shared.near_duplicates as f64, shared.utterances as f64, &weights);
    }
    let measure = |name: &str, state: &BootstrappedMean, definition: &str| {
        let reason = "no text long enough to compare";
        Measure::maybe(name, state.mean(), reason, state.n(), definition).within(state.interval())
    };
    vec![
        measure(
            "contaminated_dialogues",
            &dialogues,
            "share of dialogues with a run of 13 tokens that the reference holds",
        ),
        measure("shared_13_grams", &runs, "share of runs of 13 tokens that the reference holds"),
        measure(
            "near_duplicate_utterances",
            &near,
            "share of utterances of eight tokens or more with a near-duplicate in the reference (MinHash of character \
             5-grams, similarity 0.8 or more)",
        ),
    ]
}
