//! What an encoder makes of the two datasets: BERTScore of pairs, and where their utterances lie.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;

use goalconvo_core::Dialogue;

use super::similarity::text_of;
use super::{Baseline, CompareSettings, Pair};
use crate::bootstrap::BootstrappedMean;
use crate::embedding::{
    Clusters, Idf, MatchSide, MauveSettings, TokenWeights, Vectors, bert_score, cluster_shares, clusters,
    frechet, mauve, nearest, prdc, vendi,
};
use crate::encoder::{Encoder, EncoderCard, EncoderError, TokenVectors};
use crate::jackknife::{GROUPS, Groups};
use crate::measure::Measure;
use crate::random::{counter, index_below};

/// Utterances of each side that the figures over sentence vectors look at; more are thinned out evenly.
const MOST_UTTERANCES: usize = 2000;
/// Of fewer, neighbours and clusters say little: one dialogue of random words would have a MAUVE of 1.
const FEWEST_UTTERANCES: usize = 200;
const FEW: &str = "a side has fewer than 200 utterances";
const NO_ENCODER: &str = "no encoder was given";

pub(super) fn measures(
    generated: &[Dialogue],
    reference: &[Dialogue],
    pairs: &[Pair],
    settings: &CompareSettings,
    encoder: Option<&dyn Encoder>,
) -> Result<Vec<Measure>, EncoderError> {
    let Some(encoder) = encoder else { return Ok(not_computed()) };
    let mut measures = bert_scores(generated, reference, pairs, settings, encoder)?;
    measures.extend(sentence_figures(generated, reference, settings, encoder)?);
    let card = encoder.card();
    let named =
        |m: Measure| m.with("encoder", card.name.as_str()).with("encoder_hash", card.content_hash.as_str());
    Ok(measures.into_iter().map(named).collect())
}

const BERT_SCORE: [(&str, &str); 3] = [
    ("bertscore_precision", "mean BERTScore precision of dialogues against their pairs"),
    ("bertscore_recall", "mean BERTScore recall of dialogues against their pairs"),
    ("bertscore_f1", "mean BERTScore F1 of dialogues against their pairs"),
];
const SENTENCES: [(&str, &str); 9] = [
    (
        "frechet_distance",
        "Fréchet distance between the utterances' sentence vectors, each side taken for a Gaussian",
    ),
    (
        "embedding_precision",
        "share of generated utterances inside the neighbourhood of a reference utterance",
    ),
    ("embedding_recall", "share of reference utterances inside the neighbourhood of a generated utterance"),
    ("embedding_density", "mean number of reference neighbourhoods around a generated utterance, over k"),
    ("embedding_coverage", "share of reference utterances whose neighbourhood holds a generated utterance"),
    (
        "embedding_near_copies",
        "share of generated utterances whose nearest reference utterance has a cosine of 0.95 or more: copied, or said \
         again in almost the same words",
    ),
    ("mauve", "MAUVE of the two sides' utterances over clusters of their sentence vectors"),
    ("vendi", "Vendi score of the generated utterances: how many different ones there effectively are"),
    ("vendi_reference", "Vendi score of as many reference utterances"),
];

fn not_computed() -> Vec<Measure> {
    [absent(&BERT_SCORE, NO_ENCODER), absent(&SENTENCES, NO_ENCODER)].concat()
}

fn absent(figures: &[(&str, &str)], reason: &str) -> Vec<Measure> {
    figures.iter().map(|(name, definition)| Measure::maybe(*name, None, reason, 0, *definition)).collect()
}

/// Mean precision, recall and F1 of different texts held against each other, over pairs drawn by seed; none when fewer than
/// two texts differ.
fn scores_of_strangers(texts: &[MatchSide], seed: u64) -> Option<[f64; 3]> {
    const PAIRS: u64 = 1000;
    const STREAM: u64 = 0xba5e;
    if texts.len() < 2 {
        return None;
    }
    let mut sums = [0.0; 3];
    for k in 0..PAIRS {
        let first = index_below(counter(seed, STREAM, 2 * k), texts.len());
        let second =
            (first + 1 + index_below(counter(seed, STREAM, 2 * k + 1), texts.len() - 1)) % texts.len();
        let score = bert_score(&texts[first], &texts[second]);
        let figures = [score.precision.unwrap_or(0.0), score.recall.unwrap_or(0.0), score.f1];
        sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
    }
    Some(sums.map(|sum| sum / PAIRS as f64))
}

/// Each distinct dialogue text is encoded once, whatever number of pairs it is in.
fn bert_scores(
    generated: &[Dialogue],
    reference: &[Dialogue],
    pairs: &[Pair],
    settings: &CompareSettings,
    encoder: &dyn Encoder,
) -> Result<Vec<Measure>, EncoderError> {
    let layer = settings.layer.unwrap_or(encoder.card().layers);
    let references =
        Encoded::new(pairs.iter().map(|pair| text_of(&reference[pair.reference])), layer, encoder)?;
    let candidates =
        Encoded::new(pairs.iter().map(|pair| text_of(&generated[pair.generated])), layer, encoder)?;
    let weights = if settings.idf { TokenWeights::Idf(references.idf()) } else { TokenWeights::Uniform };
    let (own, theirs) =
        (candidates.sides(&weights, encoder.card()), references.sides(&weights, encoder.card()));
    let baseline = settings.baseline.map(|baseline| match baseline {
        Baseline::Given(scores) => Some(scores),
        Baseline::OfReference => scores_of_strangers(&theirs, settings.bootstrap.seed),
    });
    if baseline == Some(None) {
        let few = "the reference has too few different dialogues for a baseline";
        return Ok(absent(&BERT_SCORE, few));
    }
    let baseline = baseline.flatten();
    let mut means: [BootstrappedMean; 3] = Default::default();
    for at in 0..pairs.len() {
        let mut score = bert_score(&own[candidates.of_pair[at]], &theirs[references.of_pair[at]]);
        if let Some(baseline) = baseline {
            score = score.rescaled(baseline);
        }
        let resampled = settings.bootstrap.weights(at as u64);
        let figures = [score.precision, score.recall, Some(score.f1)];
        for (mean, figure) in means.iter_mut().zip(figures) {
            if let Some(figure) = figure {
                mean.push(figure, &resampled);
            }
        }
    }
    let measure = |((name, definition), state): (&(&str, &str), &BootstrappedMean)| {
        Measure::maybe(*name, state.mean(), "there is no pair", state.n(), *definition)
            .over_dialogues(state, None)
            .with("layer", layer)
            .with("idf", settings.idf)
            .with("baseline", serde_json::json!(baseline))
    };
    Ok(BERT_SCORE.iter().zip(&means).map(measure).collect())
}

/// Distinct texts with their token vectors, and which of them each pair has.
struct Encoded {
    tokens: Vec<TokenVectors>,
    of_pair: Vec<usize>,
}

impl Encoded {
    fn new(
        texts: impl Iterator<Item = String>,
        layer: usize,
        encoder: &dyn Encoder,
    ) -> Result<Self, EncoderError> {
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        let mut of_pair = Vec::new();
        for text in texts {
            let next = ids.len();
            of_pair.push(*ids.entry(text).or_insert(next));
        }
        let mut distinct = vec![""; ids.len()];
        ids.iter().for_each(|(text, &id)| distinct[id] = text);
        Ok(Self { tokens: encoder.tokens(&distinct, layer)?, of_pair })
    }

    fn idf(&self) -> Idf {
        let mut idf = Idf::default();
        self.of_pair.iter().for_each(|&at| idf.push(&self.tokens[at].ids));
        idf
    }

    fn sides(&self, weights: &TokenWeights, card: &EncoderCard) -> Vec<MatchSide> {
        self.tokens.iter().map(|tokens| MatchSide::new(tokens, weights, card)).collect()
    }
}

fn sentence_figures(
    generated: &[Dialogue],
    reference: &[Dialogue],
    settings: &CompareSettings,
    encoder: &dyn Encoder,
) -> Result<Vec<Measure>, EncoderError> {
    let (own, theirs) = (utterances(generated), utterances(reference));
    let most_rows = MOST_UTTERANCES.min(own.len()).min(theirs.len());
    if most_rows < FEWEST_UTTERANCES {
        return Ok(absent(&SENTENCES, FEW));
    }
    let (Some(own), Some(theirs)) =
        (Placed::new(&own, most_rows, encoder)?, Placed::new(&theirs, most_rows, encoder)?)
    else {
        return Ok(absent(&SENTENCES, "a side is empty"));
    };
    // Clustered once: replicates that were clustered anew would differ by that alone.
    let clusters = clusters(&own.vectors, &theirs.vectors, settings.bootstrap.seed);
    let mauve_without = |group: Option<usize>| {
        let Clusters { count, of_rows } = clusters.as_ref()?;
        let [p, q] = [(&own, &of_rows[0]), (&theirs, &of_rows[1])].map(|(side, rows)| {
            let kept = rows.iter().zip(&side.groups).filter(|(_, own)| Some(**own) != group);
            cluster_shares(&kept.map(|(row, _)| *row).collect::<Vec<usize>>(), *count)
        });
        Some(mauve(&p, &q, MauveSettings::default()))
    };
    let values = sentence_values(&own.vectors, &theirs.vectors, mauve_without(None), settings);
    let replicates = without_each_group(|group| {
        let (own, theirs) = (own.without(group)?, theirs.without(group)?);
        Some(sentence_values(&own, &theirs, mauve_without(Some(group)), settings))
    });
    let measure = |(at, (name, definition)): (usize, &(&str, &str))| {
        let most = SHARES.contains(name).then_some(1.0);
        Measure::maybe(*name, values[at], "too few utterances", most_rows as u64, *definition)
            .jackknifed(replicates.iter().map(|values| values.as_ref()?[at]), most)
            .with("k", settings.neighbours)
    };
    Ok(SENTENCES.iter().enumerate().map(measure).collect())
}

/// Those of [`SENTENCES`] that lie between 0 and 1.
const SHARES: [&str; 5] =
    ["embedding_precision", "embedding_recall", "embedding_coverage", "embedding_near_copies", "mauve"];

/// In the order of [`SENTENCES`].
fn sentence_values(
    own: &Vectors,
    theirs: &Vectors,
    mauve: Option<f64>,
    settings: &CompareSettings,
) -> [Option<f64>; 9] {
    let around = prdc(theirs, own, settings.neighbours);
    [
        frechet(own, theirs).map(|f| f.distance),
        around.map(|p| p.precision),
        around.map(|p| p.recall),
        around.map(|p| p.density),
        around.map(|p| p.coverage),
        Some(near_copies(own, theirs)),
        mauve,
        vendi(own).map(|v| v.q1),
        vendi(theirs).map(|v| v.q1),
    ]
}

/// Sentence vectors, and the group of the dialogue that each is from.
struct Placed {
    groups: Vec<usize>,
    vectors: Vectors,
}

impl Placed {
    /// Of at most so many utterances, evenly thinned; none where there is none.
    fn new(
        utterances: &[(usize, &str)],
        most: usize,
        encoder: &dyn Encoder,
    ) -> Result<Option<Self>, EncoderError> {
        let step = utterances.len() as f64 / most.max(1) as f64;
        let (groups, kept): (Vec<usize>, Vec<&str>) =
            (0..most).map(|at| utterances[(at as f64 * step) as usize]).unzip();
        let vectors = Vectors::from_rows(&encoder.sentences(&kept)?);
        Ok(vectors.map(|vectors| Self { groups, vectors }))
    }

    /// The vectors without those of a group; none when it has none.
    fn without(&self, group: usize) -> Option<Vectors> {
        let kept = self.vectors.rows().zip(&self.groups).filter(|(_, own)| **own != group);
        let kept: Vec<Vec<f32>> = kept.map(|(row, _)| row.to_vec()).collect();
        Vectors::from_rows(&kept).filter(|_| kept.len() < self.groups.len())
    }
}

/// Computed for each group, all at a time.
fn without_each_group<T: Send>(compute: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let compute = &compute;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..GROUPS).map(|group| scope.spawn(move || compute(group))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

fn near_copies(own: &Vectors, theirs: &Vectors) -> f64 {
    const COPY: f64 = 0.95;
    let near = nearest(own, theirs).iter().filter(|(_, cosine)| *cosine >= COPY).count();
    near as f64 / own.len().max(1) as f64
}

/// The one figure over sentence vectors that needs no reference.
pub(super) fn variety(
    dialogues: &[Dialogue],
    encoder: Option<&dyn Encoder>,
) -> Result<Measure, EncoderError> {
    let (name, definition) = SENTENCES[SENTENCES.len() - 2];
    let Some(encoder) = encoder else { return Ok(Measure::maybe(name, None, NO_ENCODER, 0, definition)) };
    let all = utterances(dialogues);
    let Some(own) = Placed::new(&all, MOST_UTTERANCES.min(all.len()), encoder)? else {
        return Ok(Measure::maybe(name, None, "nobody says anything", 0, definition));
    };
    let score = |vectors: &Vectors| vendi(vectors).map(|vendi| vendi.q1);
    let replicates = without_each_group(|group| score(&own.without(group)?));
    Ok(Measure::maybe(name, score(&own.vectors), "too few utterances", own.groups.len() as u64, definition)
        .jackknifed(replicates, None)
        .with("encoder", encoder.card().name.as_str())
        .with("encoder_hash", encoder.card().content_hash.as_str()))
}

/// What is said, with the group of the dialogue in which it is.
fn utterances(dialogues: &[Dialogue]) -> Vec<(usize, &str)> {
    let groups = Groups::among(dialogues.len());
    let indexed = (0..).zip(dialogues);
    let said = indexed.flat_map(|(index, dialogue)| dialogue.said().map(move |(_, text)| (index, text)));
    said.map(|(index, text)| (groups.of(index), text)).collect()
}

/// The largest difference in BERTScore's F1 between an encoder that rounds and the same in single precision, over pairs of
/// texts, at `layer` or the last one.
///
/// # Errors
/// The encoders fail.
pub fn worst_pair(
    rounded: &dyn Encoder,
    exact: &dyn Encoder,
    layer: Option<usize>,
    pairs: &[(&str, &str)],
) -> Result<Measure, EncoderError> {
    let texts: Vec<&str> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
    let scores = |encoder: &dyn Encoder| -> Result<Vec<f64>, EncoderError> {
        let card = encoder.card();
        let tokens = encoder.tokens(&texts, layer.unwrap_or(card.layers))?;
        let side = |tokens| MatchSide::new(tokens, &TokenWeights::Uniform, card);
        Ok(tokens.chunks_exact(2).map(|pair| bert_score(&side(&pair[0]), &side(&pair[1])).f1).collect())
    };
    let (own, theirs) = (scores(rounded)?, scores(exact)?);
    let worst = own.iter().zip(&theirs).map(|(own, exact)| (own - exact).abs()).reduce(f64::max);
    let definition = "largest difference of BERTScore's F1 from single precision, over neighbouring utterances of the \
                      reference, with all tokens weighing the same and before any rescaling";
    let none = "there is no reference with two utterances";
    let measure = Measure::maybe("bertscore_worst_rounding", worst, none, pairs.len() as u64, definition);
    Ok(measure
        .with("interval", "a greatest value of a sample has none")
        .with("encoder", rounded.card().name.as_str())
        .with("layer", layer.unwrap_or(rounded.card().layers)))
}
