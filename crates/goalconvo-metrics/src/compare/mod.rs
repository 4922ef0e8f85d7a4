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
use crate::tells::{Features, TellSettings, act_features, text_features, two_sample};

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

fn tells(generated: &[Dialogue], reference: &[Dialogue], settings: &CompareSettings) -> Vec<Measure> {
    let words = |dialogue: &Dialogue| text_features(dialogue, true);
    let kinds: [(&str, &str, &dyn Fn(&Dialogue) -> Features); 2] = [
        ("two_sample_auc_text", "word 1- to 3-grams, values masked", &words),
        ("two_sample_auc_acts", "sequences of dialogue acts", &act_features),
    ];
    let measure = |(name, what, features): (&str, &str, &dyn Fn(&Dialogue) -> Features)| {
        let of = |dialogues: &[Dialogue]| -> Vec<Features> {
            let items = thinned(dialogues, settings.tell_dialogues).map(features);
            items.filter(|features| !features.is_empty()).collect()
        };
        let (own, theirs) = (of(generated), of(reference));
        let n = (own.len() + theirs.len()) as u64;
        let definition = format!(
            "area under the ROC curve of a logistic regression that tells generated from reference dialogues by {what}, on \
             dialogues it was not trained on: 0.5 when it can't"
        );
        let outcome = two_sample(&own, &theirs, settings.tells);
        let reason = "a side has too few dialogues with such features";
        let measure = Measure::maybe(name, outcome.as_ref().map(|o| o.auc), reason, n, definition);
        let tells = outcome.as_ref().map(|o| serde_json::json!(o.tells)).unwrap_or_default();
        measure
            .within(outcome.and_then(|o| o.interval))
            .with("tells", tells)
            .with("folds", settings.tells.folds)
    };
    kinds.into_iter().map(measure).collect()
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
