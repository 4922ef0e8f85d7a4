//! Overlap of words between each dialogue and its pair.

use goalconvo_core::Dialogue;

use super::{CompareSettings, Pair};
use crate::bootstrap::BootstrappedMean;
use crate::measure::Measure;
use crate::overlap::{Bleu, BleuStats, Chrf, ChrfStats, Rouge};

/// All that is said in a dialogue, as one text.
pub(super) fn text_of(dialogue: &Dialogue) -> String {
    dialogue.said().map(|(_, text)| text.trim()).collect::<Vec<_>>().join(" ")
}

pub(super) fn measures(
    generated: &[Dialogue],
    reference: &[Dialogue],
    pairs: &[Pair],
    settings: &CompareSettings,
) -> Vec<Measure> {
    let (mut rouge, mut likeness) = (BootstrappedMean::default(), BootstrappedMean::default());
    let mut texts: Vec<[String; 2]> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let (own, theirs) = (text_of(&generated[pair.generated]), text_of(&reference[pair.reference]));
        let weights = settings.bootstrap.weights(at as u64);
        rouge.push(Rouge::default().l(&theirs, &own).f, &weights);
        likeness.push(pair.likeness, &weights);
        texts.push([own, theirs]);
    }
    let n = pairs.len() as u64;
    let rouge_l = "mean ROUGE-L F1 of dialogues against their pairs, no stemming";
    let alike = "mean Jaccard similarity of the goals of a pair, known by what config.goals says";
    let mut measures = corpus_scores(&texts, settings);
    measures.extend([
        Measure::maybe("rouge_l", rouge.mean(), NO_PAIR, n, rouge_l).over_dialogues(&rouge, Some(1.0)),
        Measure::maybe("pair_likeness", likeness.mean(), NO_PAIR, n, alike)
            .over_dialogues(&likeness, Some(1.0))
            .with("goals", super::KnownBy::of(generated, reference).describe())
            .with("pairs", serde_json::json!(named(generated, reference, pairs))),
    ]);
    measures
}

const NO_PAIR: &str = "there is no pair";

/// BLEU and chrF of the corpus, from statistics that add up, so that a resample costs additions only.
fn corpus_scores(texts: &[[String; 2]], settings: &CompareSettings) -> Vec<Measure> {
    let (bleu, chrf) = (Bleu::default(), Chrf::default());
    let bleu_stats: Vec<BleuStats> = texts.iter().map(|[own, theirs]| bleu.stats(own, &[theirs])).collect();
    let chrf_stats: Vec<ChrfStats> = texts.iter().map(|[own, theirs]| chrf.stats(own, &[theirs])).collect();
    let bleu_of = |indices: &[usize]| {
        let mut sum = BleuStats::default();
        indices.iter().for_each(|&at| sum.merge(&bleu_stats[at]));
        (!indices.is_empty()).then(|| bleu.score(&sum).score)
    };
    let chrf_of = |indices: &[usize]| {
        let mut sum = ChrfStats::default();
        indices.iter().for_each(|&at| sum.merge(&chrf_stats[at]));
        (!indices.is_empty()).then(|| chrf.score(&sum))
    };
    let all: Vec<usize> = (0..texts.len()).collect();
    let n = texts.len() as u64;
    let bleu_what = "corpus BLEU of dialogues against their pairs (sacrebleu)";
    let chrf_what = "corpus chrF2 of dialogues against their pairs (sacrebleu)";
    vec![
        Measure::maybe("bleu", bleu_of(&all), NO_PAIR, n, bleu_what)
            .resampled("dialogues", settings.bootstrap.interval(texts.len(), bleu_of))
            .with("signature", "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp"),
        Measure::maybe("chrf", chrf_of(&all), NO_PAIR, n, chrf_what)
            .resampled("dialogues", settings.bootstrap.interval(texts.len(), chrf_of))
            .with("signature", "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no"),
    ]
}

/// Ids of the first pairs, for the record; the whole list is what [`super::pair_by_goal`] returns.
fn named<'a>(generated: &'a [Dialogue], reference: &'a [Dialogue], pairs: &[Pair]) -> Vec<[&'a str; 2]> {
    const RECORDED: usize = 1000;
    let first = pairs.iter().take(RECORDED);
    first.map(|pair| [generated[pair.generated].id.as_str(), reference[pair.reference].id.as_str()]).collect()
}
