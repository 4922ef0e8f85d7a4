//! Diversity of a dataset: per dialogue, at fixed budgets, and over everything said.

use std::collections::BTreeSet;

use super::shape::share;
use super::{Metric, Seen};
use crate::bootstrap::BootstrappedMean;
use crate::count::DistinctCount;
use crate::diversity::{
    BudgetSample, NgramCounts, Openers, SampleOrder, UtteranceUniqueness, distinct_at, distinct_of_unit, hdd,
    msttr, mtld, self_bleu, self_repetition, zlib_ratio,
};
use crate::duplicates::near_duplicates;
use crate::measure::Measure;
use crate::text::Tokens;
use crate::view::Side;

/// The lexical figures as one mergeable state.
#[derive(Debug, Clone)]
pub struct Lexical {
    tokens: Tokens,
    /// For the user's side and both together, and for the assistant's.
    samples: [Vec<BudgetSample>; 2],
    per_dialogue: [BootstrappedMean; 4],
    sides: [SideCounts; 2],
}

#[derive(Debug, Clone, Default)]
struct SideCounts {
    unique: UtteranceUniqueness,
    openers: Openers,
    vocabulary: DistinctCount,
    tokens: u64,
}

/// The budgets, in tokens, at which distinct-n is given; the first one serves the other figures too.
const BUDGETS: [usize; 2] = [10_000, 100_000];
/// Size of a `WordPiece` vocabulary, by custom the one that expectation-adjusted distinct is given for.
const VOCABULARY: f64 = 30_522.0;
const SELF_BLEU_UTTERANCES: usize = 500;
/// From this similarity on two utterances are near-duplicates.
const NEAR: f64 = 0.8;

impl Lexical {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(tokens: Tokens, orders: [Vec<SampleOrder>; 2]) -> Self {
        let sample = |order| BudgetSample::new(order, BUDGETS[1] as u64);
        let samples = orders.map(|orders| orders.into_iter().map(sample).collect());
        Self { tokens, samples, per_dialogue: Default::default(), sides: Default::default() }
    }
}

impl Metric for Lexical {
    fn push(&mut self, seen: &Seen<'_>) {
        let counted = |spoken: &super::Spoken<'_>| spoken.tokens.len();
        let said: Vec<_> = seen.said().into_iter().zip(seen.spoken.iter().map(counted)).collect();
        for sample in self.samples.iter_mut().flatten() {
            sample.push(seen.index, &said);
        }
        let all: Vec<u64> = seen.spoken.iter().flat_map(|spoken| spoken.tokens.iter().copied()).collect();
        for (at, state) in self.per_dialogue.iter_mut().enumerate() {
            if let Some(distinct) = distinct_of_unit(&all, at + 1) {
                state.push(distinct, &seen.weights);
            }
        }
        for spoken in &seen.spoken {
            let side = &mut self.sides[spoken.side as usize];
            side.unique.push(spoken.text);
            side.openers.push_opener(&spoken.opener);
            side.tokens += spoken.tokens.len() as u64;
            spoken.tokens.iter().for_each(|&token| side.vocabulary.insert(token));
        }
    }

    fn merge(&mut self, other: Self) {
        for (own, theirs) in self.samples.iter_mut().flatten().zip(other.samples.into_iter().flatten()) {
            own.merge(theirs);
        }
        for (own, theirs) in self.per_dialogue.iter_mut().zip(&other.per_dialogue) {
            own.merge(theirs);
        }
        for (own, theirs) in self.sides.iter_mut().zip(other.sides) {
            own.unique.merge(theirs.unique);
            own.openers.merge(theirs.openers);
            own.vocabulary.merge(theirs.vocabulary);
            own.tokens += theirs.tokens;
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        let mut measures = Vec::new();
        for (at, state) in self.per_dialogue.iter().enumerate() {
            let n = at + 1;
            let definition =
                format!("mean over dialogues of different {n}-grams over all {n}-grams, utterances joined");
            measures.push(share(&format!("distinct_{n}_per_dialogue"), state, &definition));
        }
        measures.extend(at_budgets(&self.samples[0], None, self.tokens));
        for side in Side::BOTH {
            let own = at_budgets(&self.samples[side as usize], Some(side), self.tokens);
            measures.extend(own.into_iter().map(|measure| measure.of(side.name())));
            let whole = self.sides[side as usize].measures();
            measures.extend(whole.into_iter().map(|measure| measure.of(side.name())));
        }
        measures.into_iter().map(|measure| measure.with("tokens", self.tokens.name())).collect()
    }
}

impl SideCounts {
    fn measures(&mut self) -> Vec<Measure> {
        let n = self.unique.utterances();
        let silent = "this side says nothing";
        let top: Vec<serde_json::Value> = self
            .openers
            .top(10)
            .into_iter()
            .map(|(opener, count)| serde_json::json!([opener, count]))
            .collect();
        let unique = "different utterances over utterances, lower-cased and trimmed";
        let openers = "share of utterances that begin with one of the ten most frequent first three tokens";
        vec![
            Measure::maybe("unique_utterances", self.unique.ratio(), silent, n, unique)
                .with("relative_standard_error", self.unique.relative_error()),
            Measure::maybe("top_10_openers", self.openers.top_ten_share(), silent, n, openers)
                .with("openers", top),
            Measure::new("vocabulary", self.vocabulary.count(), self.tokens, "number of different tokens")
                .with("relative_standard_error", self.vocabulary.relative_error()),
        ]
    }
}

/// A measure's name, its definition, and how it is computed from a sequence of tokens.
type SequenceFigure = (&'static str, &'static str, fn(&[u64]) -> Option<f64>);

/// The figures of one side, or both, at fixed budgets: means over the orders, with the range over them.
fn at_budgets(samples: &[BudgetSample], side: Option<Side>, tokens: Tokens) -> Vec<Measure> {
    let runs: Vec<Run<'_>> = samples.iter().map(|sample| Run::new(sample, side, tokens)).collect();
    let mut measures = Vec::new();
    for (label, budget) in ["10k", "100k"].into_iter().zip(BUDGETS) {
        let shares: Vec<_> = runs.iter().map(|run| distinct_at(&run.tokens, budget, 4)).collect();
        for n in 1..=4 {
            let name = format!("distinct_{n}_at_{label}");
            let what = format!(
                "different {n}-grams over all {n}-grams in the first {budget} tokens, n-grams within utterances"
            );
            let values = shares.iter().map(|shares| shares.as_ref().map(|shares| shares[n - 1])).collect();
            measures.push(over_orders(&runs, &name, &what, values).with("budget", budget));
        }
    }
    let budget = BUDGETS[0];
    for n in 1..=2 {
        let adjusted = "expectation-adjusted distinct (Liu et al. 2022) of the first 10000 tokens";
        let name = format!("ead_{n}_at_10k");
        let ead = |run: &Run<'_>| run.counts(budget, n)?.expectation_adjusted(VOCABULARY);
        measures
            .push(over(&runs, &name, adjusted, ead).with("vocabulary", VOCABULARY).with("budget", budget));
        let entropy = |run: &Run<'_>| run.counts(budget, n)?.entropy_bits();
        let bits = "Shannon entropy of n-grams in the first 10000 tokens, in bits";
        measures.push(over(&runs, &format!("entropy_{n}_at_10k"), bits, entropy).with("budget", budget));
    }
    let sequence: [SequenceFigure; 3] = [
        ("mtld_at_10k", "MTLD (McCarthy and Jarvis 2010) of the first 10000 tokens", |t| mtld(t, 10)),
        ("hdd_at_10k", "HD-D with samples of 42 of the first 10000 tokens", |t| Some(hdd(t, 42))),
        ("msttr_at_10k", "mean type-token ratio of segments of 50 in the first 10000 tokens", |t| {
            msttr(t, 50)
        }),
    ];
    for (name, what, figure) in sequence {
        measures.push(over(&runs, name, what, |run| figure(&run.sequence(budget)?)).with("budget", budget));
    }
    let zlib = "bytes of the first 5000 utterances, one a line, over their size as a zlib stream at level 9";
    measures.push(over(&runs, "gzip_ratio", zlib, |run| zlib_ratio(&run.joined)));
    let repeated =
        "share of the first 1000 utterances of six tokens or more that hold a 4-gram which another holds";
    measures.push(over(&runs, "self_repetition_4", repeated, Run::self_repetition));
    let near = "share of the first 1000 utterances of eight tokens or more with a near-duplicate among them (MinHash-LSH, \
                Jaccard similarity of character 5-grams 0.8 or more)";
    measures.push(over(&runs, "near_duplicates", near, Run::near_duplicates).with("threshold", NEAR));
    let bleu = "mean BLEU-4 (NLTK, method 1) of each of the first 500 utterances against all others";
    measures.push(over(&runs, "self_bleu_4", bleu, Run::self_bleu).with("utterances", SELF_BLEU_UTTERANCES));
    measures
}

/// The sample of one order, tokenised.
struct Run<'a> {
    utterances: Vec<&'a str>,
    tokens: Vec<Vec<u64>>,
    joined: String,
}

impl<'a> Run<'a> {
    fn new(sample: &'a BudgetSample, side: Option<Side>, tokens: Tokens) -> Self {
        let utterances: Vec<&str> = sample.utterances(side).collect();
        let joined = utterances[..utterances.len().min(5000)].join("\n");
        Self {
            tokens: utterances.iter().map(|utterance| tokens.hashes(utterance)).collect(),
            joined,
            utterances,
        }
    }

    /// N-gram counts of the utterances that fill the budget.
    fn counts(&self, budget: usize, n: usize) -> Option<NgramCounts> {
        let mut counts = NgramCounts::new(n);
        for tokens in &self.tokens {
            counts.push(tokens);
            if counts.tokens() >= budget as u64 {
                return Some(counts);
            }
        }
        None
    }

    /// The first tokens, exactly as many as the budget says.
    fn sequence(&self, budget: usize) -> Option<Vec<u64>> {
        let first: Vec<u64> = self.tokens.iter().flatten().copied().take(budget).collect();
        (first.len() == budget).then_some(first)
    }

    fn self_repetition(&self) -> Option<f64> {
        let long: Vec<Vec<u64>> = self.tokens.iter().filter(|t| t.len() >= 6).take(1000).cloned().collect();
        self_repetition(&long)
    }

    fn near_duplicates(&self) -> Option<f64> {
        let long = self.utterances.iter().zip(&self.tokens).filter(|(_, tokens)| tokens.len() >= 8);
        let long: Vec<&str> = long.take(1000).map(|(text, _)| *text).collect();
        let pairs = near_duplicates(&long, NEAR);
        let near: BTreeSet<usize> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
        (long.len() > 1).then(|| near.len() as f64 / long.len() as f64)
    }

    fn self_bleu(&self) -> Option<f64> {
        let first = self.tokens.get(..SELF_BLEU_UTTERANCES)?;
        let scores = self_bleu(first, 4);
        Some(scores.iter().sum::<f64>() / scores.len() as f64)
    }
}

/// The mean of a figure over the runs, and its range; not computed unless every run has it.
fn over<'a>(
    runs: &[Run<'a>],
    name: &str,
    definition: &str,
    figure: impl Fn(&Run<'a>) -> Option<f64>,
) -> Measure {
    over_orders(runs, name, definition, runs.iter().map(figure).collect())
}

fn over_orders(runs: &[Run<'_>], name: &str, definition: &str, values: Option<Vec<f64>>) -> Measure {
    let values = values.filter(|values| !values.is_empty());
    let mean = values.as_ref().map(|values| values.iter().sum::<f64>() / values.len() as f64);
    let range = values.map(|values| {
        [
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ]
    });
    let n = runs.first().map_or(0, |run| run.tokens.len() as u64);
    let reason = "there is less text than the budget asks for";
    Measure::maybe(name, mean, reason, n, definition)
        .within(range)
        .with("orders", runs.len())
        .with("interval", Measure::OVER_ORDERS)
}
