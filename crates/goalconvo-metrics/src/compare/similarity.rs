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
    let (bleu, chrf) = (Bleu::default(), Chrf::default());
    let mut bleu_stats: Vec<BleuStats> = Vec::with_capacity(pairs.len());
    let mut chrf_stats: Vec<ChrfStats> = Vec::with_capacity(pairs.len());
    let mut rouge = BootstrappedMean::default();
    let mut likeness = BootstrappedMean::default();
    for (at, pair) in pairs.iter().enumerate() {
        let (own, theirs) = (text_of(&generated[pair.generated]), text_of(&reference[pair.reference]));
        bleu_stats.push(bleu.stats(&own, &[&theirs]));
        chrf_stats.push(chrf.stats(&own, &[&theirs]));
        let weights = settings.bootstrap.weights(at as u64);
        rouge.push(Rouge::default().l(&theirs, &own).f, &weights);
        likeness.push(pair.likeness, &weights);
    }
    let n = pairs.len() as u64;
    let bleu_of = |indices: &[usize]| {
        let mut sum = BleuStats::default();
        indices.iter().for_each(|&at| sum.merge(&bleu_stats[at]));
        Some(bleu.score(&sum).score)
    };
    let chrf_of = |indices: &[usize]| {
        let mut sum = ChrfStats::default();
        indices.iter().for_each(|&at| sum.merge(&chrf_stats[at]));
        Some(chrf.score(&sum))
    };
    let all: Vec<usize> = (0..pairs.len()).collect();
    let none = "there is no pair";
    let computed = |value: Option<f64>| value.filter(|_| n > 0);
    vec![
        Measure::maybe(
            "bleu",
            computed(bleu_of(&all)),
            none,
            n,
            "corpus BLEU of dialogues against their pairs (sacrebleu)",
        )
        .within(settings.bootstrap.interval(pairs.len(), bleu_of))
        .with("signature", "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp"),
        Measure::maybe(
            "chrf",
            computed(chrf_of(&all)),
            none,
            n,
            "corpus chrF2 of dialogues against their pairs (sacrebleu)",
        )
        .within(settings.bootstrap.interval(pairs.len(), chrf_of))
        .with("signature", "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no"),
        Measure::maybe(
            "rouge_l",
            rouge.mean(),
            none,
            n,
            "mean ROUGE-L F1 of dialogues against their pairs, no stemming",
        )
        .within(rouge.interval()),
        Measure::maybe(
            "pair_likeness",
            likeness.mean(),
            none,
            n,
            "mean Jaccard similarity of the goals of a pair",
        )
        .within(likeness.interval())
        .with("pairs", serde_json::json!(named(generated, reference, pairs))),
    ]
}

/// Ids of the first pairs, for the record; the whole list is what [`super::pair_by_goal`] returns.
fn named<'a>(generated: &'a [Dialogue], reference: &'a [Dialogue], pairs: &[Pair]) -> Vec<[&'a str; 2]> {
    const RECORDED: usize = 1000;
    let first = pairs.iter().take(RECORDED);
    first.map(|pair| [generated[pair.generated].id.as_str(), reference[pair.reference].id.as_str()]).collect()
}
