//! A dataset is measured against a reference: how like it reads, how its distributions lie, what gives it away, what it
//! copied.

mod copied;
mod distributions;
mod pairing;
mod similarity;
mod vectors;

pub use pairing::{KnownBy, Pair, pair_by_goal};
pub use vectors::worst_pair;

use goalconvo_core::{Dialogue, Provenance, Turn, Utterance};

use crate::bootstrap::Bootstrap;
use crate::encoder::{Encoder, EncoderError};
use crate::evaluate::notes_count;
use crate::jackknife::Groups;
use crate::measure::{Measure, Report};
use crate::tells::{
    Features, Inventory, Masks, TellSettings, TwoSample, act_features, text_features, two_sample,
    two_sample_grouped, utterance_features,
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
    /// The most dialogues of the dataset that are paired with real ones, encoded and told apart; more are thinned out
    /// evenly.
    pub most_dialogues: usize,
    /// The encoder's layer for BERTScore; its last one where none is given.
    pub layer: Option<usize>,
    /// Whether tokens weigh by inverse document frequency over the reference.
    pub idf: bool,
    /// What BERTScore is rescaled by, if it is.
    pub baseline: Option<Baseline>,
    /// Neighbours in precision, recall, density and coverage.
    pub neighbours: usize,
}

/// What BERTScore counts as 0: what random pairs get.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// These scores: precision, recall, F1.
    Given([f64; 3]),
    /// The means over pairs of reference dialogues drawn by seed.
    OfReference,
}

impl Default for CompareSettings {
    fn default() -> Self {
        Self {
            bootstrap: Bootstrap::default(),
            tells: TellSettings::default(),
            tell_dialogues: 2000,
            most_dialogues: 5000,
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
    let mut comparison = Comparison::new(reference, *settings, generated.len() as u64);
    for (index, dialogue) in generated.iter().enumerate() {
        comparison.push(index as u64, dialogue);
    }
    comparison.report(encoder)
}

/// A comparison for which the dialogues come one by one. What adds up (distributions, what was copied) is counted over
/// all of them; what holds pairs of dialogues against each other, or tells the sides apart, over as many as the settings
/// say, evenly thinned: that is all that is kept.
#[derive(Debug)]
pub struct Comparison<'a> {
    reference: &'a [Dialogue],
    settings: CompareSettings,
    step: u64,
    groups: Groups,
    kept: Vec<Dialogue>,
    profile: distributions::Profile,
    copied: copied::Copied,
    seen: u64,
}

impl<'a> Comparison<'a> {
    /// Before the first of so many dialogues.
    #[must_use]
    pub fn new(reference: &'a [Dialogue], settings: CompareSettings, dialogues: u64) -> Self {
        let step = dialogues.div_ceil(settings.most_dialogues.max(1) as u64).max(1);
        let copied = copied::Copied::new(reference);
        let profile = distributions::Profile::default();
        let groups = Groups::among(usize::try_from(dialogues).unwrap_or(0));
        Self { reference, settings, step, groups, kept: Vec::new(), profile, copied, seen: 0 }
    }

    /// Counts a dialogue; `index` is its place in the dataset.
    pub fn push(&mut self, index: u64, dialogue: &Dialogue) {
        self.seen += 1;
        self.profile.of(self.groups.of(index)).push(dialogue);
        self.copied.push(index, dialogue, self.settings.bootstrap);
        if index.is_multiple_of(self.step) {
            self.kept.push(lean(dialogue));
        }
    }

    /// The figures; without a reference each of them says so, but for the one that needs none.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn report(&self, encoder: Option<&dyn Encoder>) -> Result<Report, EncoderError> {
        if self.reference.is_empty() {
            self.alone(encoder, "there is no reference to hold it against")
        } else if self.reference.iter().all(|dialogue| dialogue.said().next().is_none()) {
            self.alone(encoder, "nobody says a word in the reference")
        } else {
            self.against_reference(encoder)
        }
    }

    /// Without a reference nothing is compared; what needs only the encoder is computed.
    fn alone(&self, encoder: Option<&dyn Encoder>, why: &str) -> Result<Report, EncoderError> {
        let mut report = Report::default();
        let computed = self.against_reference(None)?;
        let absent = |measure: &Measure| measure.clone().not_computed(why);
        report.extend(computed.measures().iter().map(absent));
        report.extend([vectors::variety(&self.kept, encoder)?]);
        Ok(report)
    }

    fn against_reference(&self, encoder: Option<&dyn Encoder>) -> Result<Report, EncoderError> {
        let Self { reference, settings, kept, .. } = self;
        let pairs = pair_by_goal(kept, reference);
        let mut theirs = distributions::Profile::default();
        let groups = Groups::among(reference.len());
        (0..).zip(*reference).for_each(|(index, dialogue)| theirs.of(groups.of(index)).push(dialogue));
        let sampled = |measure: Measure| {
            let all = self.seen == kept.len() as u64;
            if all { measure } else { measure.with("thinned_to", kept.len()) }
        };
        let mut report = Report::default();
        report.extend(similarity::measures(kept, reference, &pairs, settings).into_iter().map(sampled));
        let vectors = vectors::measures(kept, reference, &pairs, settings, encoder)?;
        report.extend(vectors.into_iter().map(sampled));
        report.extend(distributions::measures(&self.profile, &theirs));
        report.extend(tells(kept, reference, settings).into_iter().map(sampled));
        report.extend(self.copied.measures());
        Ok(report)
    }
}

/// A dialogue without what no figure of a comparison looks at: tools' answers, evidence, verdicts, and notes that don't count.
fn lean(dialogue: &Dialogue) -> Dialogue {
    let counts = notes_count(dialogue);
    let said = |said: &Utterance| Utterance {
        evidence: Vec::new(),
        acts: if counts { said.acts.clone() } else { Vec::new() },
        state: if counts { said.state.clone() } else { Default::default() },
        ..said.clone()
    };
    let turn = |turn: &Turn| match turn {
        Turn::User(words) => Some(Turn::User(said(words))),
        Turn::Assistant(words) => Some(Turn::Assistant(said(words))),
        Turn::Tool(_) | Turn::Garbled { .. } => None,
    };
    Dialogue {
        format: dialogue.format,
        id: dialogue.id.clone(),
        domains: dialogue.domains.clone(),
        scenario: dialogue.scenario.clone(),
        world: None,
        turns: dialogue.turns.iter().filter_map(turn).collect(),
        outcome: None,
        verdicts: Vec::new(),
        provenance: Provenance::default(),
    }
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
    let inventory = Inventory::shared([generated, reference]);
    let acts = "dialogues by sequences of the dialogue acts that both schemes know";
    let grams = "word 1- to 3-grams, spelling made alike and values masked";
    vec![
        told("two_sample_auc_text", &format!("dialogues by {grams}"), whole(&|d| text_features(d, &masks))),
        told("two_sample_auc_utterances", &format!("utterances by {grams}"), utterances),
        told("two_sample_auc_acts", acts, whole(&|d| act_features(d, &inventory))),
    ]
    .into_iter()
    .map(|measure| {
        measure.with("folds", settings.tells.folds).with("most_dialogues", settings.tell_dialogues)
    })
    .collect()
}

/// Where the interval ends below this, the classifier was misled: two samples of one text give about one half.
const MISLED: f64 = 0.45;

fn told(name: &str, what: &str, outcome: Option<TwoSample>) -> Measure {
    let definition = format!(
        "area under the ROC curve of a logistic regression that tells generated from reference {what}, on dialogues it \
         was not trained on: 0.5 when it can't"
    );
    let n = outcome.as_ref().map_or(0, |outcome| outcome.n.iter().sum::<usize>() as u64);
    let reason = "a side has too few dialogues with such features";
    let highest = |outcome: &TwoSample| outcome.interval.map_or(outcome.auc, |[_, high]| high);
    let misled = outcome.as_ref().is_some_and(|outcome| highest(outcome) < MISLED);
    let auc = outcome.as_ref().map(|o| o.auc).filter(|_| !misled);
    let shared =
        "below chance: the two probably share texts, so that what is learnt of one fold misleads on the next";
    let measure = Measure::maybe(name, auc, if misled { shared } else { reason }, n, definition);
    let tells = outcome.as_ref().map(|o| serde_json::json!(o.tells)).unwrap_or_default();
    let (interval, by) = outcome.map_or((None, "none"), |o| (o.interval, o.interval_by));
    measure.within_by(interval, by).with("tells", tells)
}

/// At most `most` items, evenly spaced.
fn thinned(dialogues: &[Dialogue], most: usize) -> impl Iterator<Item = &Dialogue> {
    dialogues.iter().step_by(dialogues.len().div_ceil(most.max(1)).max(1))
}
