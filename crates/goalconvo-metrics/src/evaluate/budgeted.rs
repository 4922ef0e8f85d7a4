//! Figures at fixed budgets: the first so many tokens or utterances of the dataset in a seeded order, averaged over a few
//! orders, with an interval over dialogues.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde_json::Value;

use crate::diversity::{
    BudgetSample, NgramCounts, distinct_at, hdd, msttr, mtld, self_bleu, self_repetition, zlib_ratio,
};
use crate::duplicates::{near_duplicates, normalised};
use crate::jackknife::{GROUPS, Groups};
use crate::measure::Measure;
use crate::text::Tokens;
use crate::view::Side;

/// The budgets, in tokens, at which distinct-n is given; the first one serves the other figures too.
pub(super) const BUDGETS: [usize; 2] = [10_000, 100_000];
/// Size of a `WordPiece` vocabulary, by custom the one that expectation-adjusted distinct is given for.
const VOCABULARY: f64 = 30_522.0;
const SELF_BLEU_UTTERANCES: usize = 500;
const ZIPPED_UTTERANCES: usize = 5000;
const LONG_UTTERANCES: usize = 1000;
/// From this similarity on two utterances are near-duplicates.
const NEAR: f64 = 0.8;

/// A figure of one order, and how many utterances it rests on.
type Found = Option<(f64, usize)>;

/// What a figure is called, what it means, the greatest value that there can be, and how it is computed.
struct Figure {
    name: String,
    definition: String,
    most: Option<f64>,
    config: (&'static str, Value),
    of: Box<dyn Fn(&Text<'_>) -> Found + Sync>,
}

/// The figures of one side, or both.
pub(super) fn at_budgets(
    samples: &[BudgetSample],
    side: Option<Side>,
    (tokens, groups): (Tokens, &Groups),
) -> Vec<Measure> {
    let figures = figures();
    let orders: Vec<Order> = thread::scope(|scope| {
        let workers: Vec<_> = samples
            .iter()
            .map(|sample| scope.spawn(|| Order::new(&Text::new(sample, side, tokens, groups), &figures)))
            .collect();
        let joined = workers.into_iter().map(thread::ScopedJoinHandle::join);
        joined.map(|order| order.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    figures.into_iter().enumerate().map(|(at, figure)| measure(figure, at, &orders)).collect()
}

/// The mean of a figure over the orders, with the interval of that mean; not computed unless every order has it.
fn measure(figure: Figure, at: usize, orders: &[Order]) -> Measure {
    let mean = |of: &dyn Fn(&Order) -> Option<f64>| -> Option<f64> {
        let values: Option<Vec<f64>> = orders.iter().map(of).collect();
        values.filter(|values| !values.is_empty()).map(|v| v.iter().sum::<f64>() / v.len() as f64)
    };
    let value = mean(&|order| Some(order.whole[at]?.0));
    let used = orders.iter().filter_map(|order| order.whole[at].map(|found| found.1)).min();
    let used = used.filter(|_| value.is_some()).unwrap_or(0);
    let without = (0..GROUPS).map(|group| mean(&|order| Some(order.without[group].as_ref()?[at]?.0)));
    let without = refilled(&without.collect::<Vec<_>>());
    let reason = "there is less text than the budget asks for";
    Measure::maybe(figure.name, value, reason, used as u64, figure.definition)
        .jackknifed(without, figure.most)
        .with("orders", orders.len())
        .with(figure.config.0, figure.config.1)
}

/// The jackknife takes each replicate to rest on nine tenths of the dialogues. One at a budget is filled up again from those
/// behind, so that it lies nearer to the others, by the root of nine tenths: that is taken back. Where there is no text left to
/// fill it with, the interval comes out a twentieth too wide.
fn refilled(replicates: &[Option<f64>]) -> Vec<Option<f64>> {
    let known: Vec<f64> = replicates.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let apart = (GROUPS as f64 / (GROUPS as f64 - 1.0)).sqrt();
    replicates.iter().map(|replicate| replicate.map(|figure| mean + apart * (figure - mean))).collect()
}

/// All figures of one order: over everything, and without each group of dialogues.
struct Order {
    whole: Vec<Found>,
    without: Vec<Option<Vec<Found>>>,
}

impl Order {
    fn new(text: &Text<'_>, figures: &[Figure]) -> Self {
        let of = |text: &Text<'_>| -> Vec<Found> { figures.iter().map(|figure| (figure.of)(text)).collect() };
        let without = (0..GROUPS).map(|group| text.without(group).map(|text| of(&text)));
        Self { whole: of(text), without: without.collect() }
    }
}

/// The utterances of a sample, tokenised, in its order.
struct Text<'a> {
    groups: Vec<usize>,
    utterances: Vec<&'a str>,
    tokens: Vec<Vec<u64>>,
    /// Distinct-1 to 4 at each budget.
    distinct: [Option<Vec<f64>>; 2],
}

impl<'a> Text<'a> {
    fn new(sample: &'a BudgetSample, side: Option<Side>, tokens: Tokens, groups: &Groups) -> Self {
        let said = sample.utterances(side).map(|(index, text)| (groups.of(index), text, tokens.hashes(text)));
        Self::of(said.collect())
    }

    fn of(said: Vec<(usize, &'a str, Vec<u64>)>) -> Self {
        let (mut groups, mut utterances, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
        for (group, text, own) in said {
            groups.push(group);
            utterances.push(text);
            tokens.push(own);
        }
        let distinct = BUDGETS.map(|budget| distinct_at(&tokens, budget, 4));
        Self { groups, utterances, tokens, distinct }
    }

    /// The same without a group of dialogues; none when it has no dialogue.
    fn without(&self, group: usize) -> Option<Text<'a>> {
        let kept: Vec<_> = (0..self.groups.len())
            .filter(|&at| self.groups[at] != group)
            .map(|at| (self.groups[at], self.utterances[at], self.tokens[at].clone()))
            .collect();
        (kept.len() < self.groups.len()).then(|| Self::of(kept))
    }

    /// How many utterances fill the budget.
    fn filling(&self, budget: usize) -> Option<usize> {
        let mut spent = 0;
        let last = self.tokens.iter().position(|tokens| {
            spent += tokens.len();
            spent >= budget
        });
        last.map(|last| last + 1)
    }

    /// The figure of n-gram counts of the utterances that fill the budget.
    fn counted(&self, n: usize, figure: impl Fn(&NgramCounts) -> Option<f64>) -> Found {
        let filling = self.filling(BUDGETS[0])?;
        let mut counts = NgramCounts::new(n);
        self.tokens[..filling].iter().for_each(|tokens| counts.push(tokens));
        Some((figure(&counts)?, filling))
    }

    /// The figure of the first tokens, exactly as many as the budget says.
    fn sequence(&self, figure: impl Fn(&[u64]) -> Option<f64>) -> Found {
        let filling = self.filling(BUDGETS[0])?;
        let first: Vec<u64> = self.tokens[..filling].iter().flatten().copied().take(BUDGETS[0]).collect();
        Some((figure(&first)?, filling))
    }
}

fn zipped(text: &Text<'_>) -> Found {
    let first = &text.utterances[..text.utterances.len().min(ZIPPED_UTTERANCES)];
    Some((zlib_ratio(&first.join("\n"))?, first.len()))
}

fn repeating(text: &Text<'_>) -> Found {
    let long = text.tokens.iter().filter(|tokens| tokens.len() >= 6);
    let long: Vec<Vec<u64>> = long.take(LONG_UTTERANCES).cloned().collect();
    Some((self_repetition(&long)?, long.len()))
}

fn nearly_the_same(text: &Text<'_>) -> Found {
    let long = text.utterances.iter().zip(&text.tokens).filter(|(_, tokens)| tokens.len() >= 8);
    let long: Vec<&str> = long.take(LONG_UTTERANCES).map(|(text, _)| *text).collect();
    // What is said again word for word is compared once.
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    long.iter().for_each(|text| *copies.entry(normalised(text)).or_insert(0) += 1);
    let (texts, counts): (Vec<&str>, Vec<usize>) = copies.iter().map(|(text, n)| (text.as_str(), *n)).unzip();
    let pairs = near_duplicates(&texts, NEAR);
    let mut near: BTreeSet<usize> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
    near.extend((0..counts.len()).filter(|&at| counts[at] > 1));
    let near: usize = near.iter().map(|&at| counts[at]).sum();
    (long.len() > 1).then(|| (near as f64 / long.len() as f64, long.len()))
}

fn alike(text: &Text<'_>) -> Found {
    let first = text.tokens.get(..SELF_BLEU_UTTERANCES)?;
    if first.iter().all(Vec::is_empty) {
        return None;
    }
    let scores = self_bleu(first, 4);
    Some((scores.iter().sum::<f64>() / scores.len() as f64, first.len()))
}
fn figures() -> Vec<Figure> {
    let mut figures = distinct_figures();
    figures.extend(counted_figures());
    figures.extend(sequence_figures());
    figures.extend(repetition_figures());
    figures
}

fn figure(
    name: String,
    definition: &str,
    most: Option<f64>,
    config: (&'static str, Value),
    of: impl Fn(&Text<'_>) -> Found + Sync + 'static,
) -> Figure {
    Figure { name, definition: definition.to_owned(), most, config, of: Box::new(of) }
}

fn distinct_figures() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (at, (label, budget)) in ["10k", "100k"].into_iter().zip(BUDGETS).enumerate() {
        for n in 1..=4 {
            let what = format!(
                "different {n}-grams over all {n}-grams in the first {budget} tokens and the rest of the last one's utterance, n-grams within \
                 utterances"
            );
            let of = move |text: &Text<'_>| Some((text.distinct[at].as_ref()?[n - 1], text.filling(budget)?));
            figures.push(figure(
                format!("distinct_{n}_at_{label}"),
                &what,
                Some(1.0),
                ("budget", budget.into()),
                of,
            ));
        }
    }
    figures
}

fn counted_figures() -> Vec<Figure> {
    let mut figures = Vec::new();
    for n in 1..=2 {
        let adjusted = "expectation-adjusted distinct (Liu et al. 2022) of the first 10000 tokens and the rest of the \
                        last one's utterance";
        let ead = move |text: &Text<'_>| text.counted(n, |counts| counts.expectation_adjusted(VOCABULARY));
        let vocabulary = ("vocabulary", VOCABULARY.into());
        figures.push(figure(format!("ead_{n}_at_10k"), adjusted, None, vocabulary, ead));
        let bits = "Shannon entropy of n-grams in the first 10000 tokens and the rest of the last one's utterance, in bits";
        let entropy = move |text: &Text<'_>| text.counted(n, NgramCounts::entropy_bits);
        let budget = ("budget", BUDGETS[0].into());
        figures.push(figure(format!("entropy_{n}_at_10k"), bits, None, budget, entropy));
    }
    figures
}

fn sequence_figures() -> [Figure; 3] {
    let budget = || ("budget", BUDGETS[0].into());
    let mtld_what = "MTLD (McCarthy and Jarvis 2010) of exactly the first 10000 tokens";
    let hdd_what = "HD-D with samples of 42 of exactly the first 10000 tokens";
    let msttr_what = "mean type-token ratio of segments of 50 in exactly the first 10000 tokens";
    [
        figure("mtld_at_10k".into(), mtld_what, None, budget(), |text| text.sequence(|t| mtld(t, 10))),
        figure("hdd_at_10k".into(), hdd_what, Some(1.0), budget(), |text| {
            text.sequence(|t| Some(hdd(t, 42)))
        }),
        figure("msttr_at_10k".into(), msttr_what, Some(1.0), budget(), |text| {
            text.sequence(|t| msttr(t, 50))
        }),
    ]
}

fn repetition_figures() -> [Figure; 4] {
    let zlib = "bytes of the first 5000 utterances, one a line, over their size as a zlib stream at level 9";
    let repeated =
        "share of the first 1000 utterances of six tokens or more that hold a 4-gram which another holds";
    let near = "share of the first 1000 utterances of eight tokens or more with a near-duplicate among them (MinHash-LSH, \
                Jaccard similarity of character 5-grams 0.8 or more)";
    let bleu = "mean BLEU-4 (NLTK, method 1) of each of the first 500 utterances against all others";
    let at_most = |utterances: usize| ("utterances", Value::from(utterances));
    [
        figure("gzip_ratio".into(), zlib, None, at_most(ZIPPED_UTTERANCES), zipped),
        figure("self_repetition_4".into(), repeated, Some(1.0), at_most(LONG_UTTERANCES), repeating),
        figure("near_duplicates".into(), near, Some(1.0), ("threshold", NEAR.into()), nearly_the_same),
        figure("self_bleu_4".into(), bleu, Some(1.0), at_most(SELF_BLEU_UTTERANCES), alike),
    ]
}
