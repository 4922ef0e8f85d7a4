//! Tells: what gives generated text away. A classifier learns to tell two corpora apart; how well it does on dialogues it
//! has not seen says how different they are, and its weights say by what.

mod features;
mod logistic;

pub use features::{Inventory, Masks, act_features, plain_tokens, text_features, utterance_features};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bootstrap::{Bootstrap, is_flat, unanimous};
use crate::random::counter;
use crate::text::hash_pair;
use logistic::Logistic;

/// The names of the features of one item (a dialogue or an utterance), each counted once.
pub type Features = Vec<String>;

/// How the classifier is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TellSettings {
    /// Folds of the cross-fit: every item is judged by a model that has not seen it.
    pub folds: usize,
    /// Passes over the training items.
    pub epochs: usize,
    /// Number of tells to report.
    pub top: usize,
    /// Seed of folds and intervals.
    pub seed: u64,
}

impl Default for TellSettings {
    fn default() -> Self {
        Self { folds: 5, epochs: 12, top: 20, seed: 0 }
    }
}

/// One thing by which the corpora differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tell {
    /// The feature: words, or acts.
    pub feature: String,
    /// Its weight, scaled by the feature's spread; positive points to the generated corpus.
    pub weight: f64,
    /// Share of generated items that have it.
    pub generated: f64,
    /// Share of real items that have it.
    pub real: f64,
}

/// The outcome of the test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TwoSample {
    /// Area under the ROC curve of held-out items: 0.5 when the corpora can't be told apart, 1 when always.
    pub auc: f64,
    /// 95 % interval: bootstrap over groups, widened since what one fold is judged by was learnt from the others
    /// (Nadeau and Bengio 2003: by √(1 + k·n_test/n_train) of k folds). Where every item is ranked right, resamples say
    /// nothing: then that of as many pairs of groups as there are with no group in two (Clopper and Pearson 1934).
    pub interval: Option<[f64; 2]>,
    /// How the interval was come by.
    pub interval_by: &'static str,
    /// Items on each side, generated first.
    pub n: [usize; 2],
    /// The features that weigh most, heaviest first.
    pub tells: Vec<Tell>,
}

/// Trains and tests. None when a side has fewer items than folds.
#[must_use]
pub fn two_sample(generated: &[Features], real: &[Features], settings: TellSettings) -> Option<TwoSample> {
    let groups: Vec<usize> = (0..generated.len() + real.len()).collect();
    tested(&generated.iter().collect::<Vec<_>>(), &real.iter().collect::<Vec<_>>(), &groups, settings)
}

/// Trains and tests on the parts of groups, such as the utterances of dialogues: a group is held out as a whole, and
/// the interval is over groups. None when a side has fewer groups than folds.
#[must_use]
pub fn two_sample_grouped(
    generated: &[Vec<Features>],
    real: &[Vec<Features>],
    settings: TellSettings,
) -> Option<TwoSample> {
    if generated.len().min(real.len()) < settings.folds.max(2) {
        return None;
    }
    let both = generated.iter().chain(real).enumerate();
    let groups: Vec<usize> = both.flat_map(|(group, items)| items.iter().map(move |_| group)).collect();
    let [generated, real] = [generated, real].map(|side| side.iter().flatten().collect::<Vec<_>>());
    tested(&generated, &real, &groups, settings)
}

/// Trains and tests items that belong to groups, numbered from 0 without a gap.
fn tested(
    generated: &[&Features],
    real: &[&Features],
    groups: &[usize],
    settings: TellSettings,
) -> Option<TwoSample> {
    if generated.len().min(real.len()) < settings.folds.max(2) {
        return None;
    }
    let vocabulary = Vocabulary::of(generated, real);
    let items: Vec<Vec<u32>> = generated.iter().chain(real).map(|item| vocabulary.ids(item)).collect();
    let labels: Vec<bool> = (0..items.len()).map(|at| at < generated.len()).collect();
    let held_with = held_together(&items, &labels, groups, settings.folds);
    let fold =
        |at: usize| (counter(settings.seed, 0xf01d, held_with[groups[at]]) % settings.folds as u64) as usize;
    let mut scores = vec![0.0; items.len()];
    for held_out in 0..settings.folds {
        let training: Vec<usize> = (0..items.len()).filter(|&at| fold(at) != held_out).collect();
        let model = Logistic::trained(&items, &labels, &training, vocabulary.names.len(), settings.epochs);
        for at in (0..items.len()).filter(|&at| fold(at) == held_out) {
            scores[at] = model.score(&items[at]);
        }
    }
    let everything: Vec<usize> = (0..items.len()).collect();
    let model = Logistic::trained(&items, &labels, &everything, vocabulary.names.len(), settings.epochs);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.last().map_or(0, |last| last + 1)];
    groups.iter().enumerate().for_each(|(at, &group)| members[group].push(at));
    let resampled = |drawn: &[usize]| {
        let parts = drawn.iter().flat_map(|&group| &members[group]);
        area_under_roc(parts.map(|&at| (scores[at], labels[at])).collect())
    };
    let bootstrap = Bootstrap { seed: settings.seed, ..Bootstrap::default() };
    let auc = area_under_roc(scores.iter().copied().zip(labels.iter().copied()).collect())?;
    let pairs = [true, false].map(|side| members.iter().filter(|all| is_of(all, &labels, side)).count());
    let (interval, interval_by) = if auc < 1.0 {
        let shared = (1.0 + 1.0 / (1.0 - 1.0 / settings.folds.max(2) as f64)).sqrt();
        let wider = |[low, high]: [f64; 2]| {
            [auc - shared * (auc - low), auc + shared * (high - auc)].map(|end| end.clamp(0.0, 1.0))
        };
        (
            bootstrap.interval(members.len(), resampled).filter(|one| !is_flat(Some(*one))).map(wider),
            "bootstrap over dialogues, widened for the folds",
        )
    } else {
        (Some(unanimous(1.0, pairs[0].min(pairs[1]) as u64)), "Clopper-Pearson over pairs of dialogues")
    };
    Some(TwoSample {
        auc,
        interval,
        interval_by,
        n: [generated.len(), real.len()],
        tells: vocabulary.tells(&model, &items, [generated.len(), real.len()], settings.top),
    })
}

/// Whether a group has items, and on this side.
fn is_of(members: &[usize], labels: &[bool], side: bool) -> bool {
    members.first().is_some_and(|&at| labels[at] == side)
}

/// For each group the number by which it is held out: its own, but for a copy, which goes with what it copies. A model that
/// was trained on a text would else judge the same text again. Of what is copied so often that it would fill half a fold,
/// the third real copy goes with the third generated one: all together would leave a fold nothing else to learn from.
fn held_together(items: &[Vec<u32>], labels: &[bool], groups: &[usize], folds: usize) -> Vec<u64> {
    let count = groups.last().map_or(0, |last| last + 1);
    let mut contents = vec![(false, 0_u64); count];
    for ((item, &label), &group) in items.iter().zip(labels).zip(groups) {
        let (generated, content) = &mut contents[group];
        *generated = label;
        *content = item
            .iter()
            .fold(hash_pair(*content, item.len() as u64), |state, &id| hash_pair(state, u64::from(id)));
    }
    let mut copies: BTreeMap<u64, usize> = BTreeMap::new();
    contents.iter().for_each(|(_, content)| *copies.entry(*content).or_insert(0) += 1);
    let mut holders: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut seen: [BTreeMap<u64, u64>; 2] = Default::default();
    let number = |(group, &(generated, content)): (usize, &(bool, u64))| {
        let nth = seen[usize::from(generated)].entry(content).or_insert(0);
        *nth += u64::from(2 * folds * copies[&content] > count);
        *holders.entry((content, *nth)).or_insert(group as u64)
    };
    contents.iter().enumerate().map(number).collect()
}

/// The chance that a generated item scores above a real one, ties counting half; none when a side is empty.
#[must_use]
pub fn area_under_roc(mut scored: Vec<(f64, bool)>) -> Option<f64> {
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = scored.iter().filter(|(_, label)| *label).count() as f64;
    let negatives = scored.len() as f64 - positives;
    let (mut below, mut won) = (0.0, 0.0);
    for same in scored.chunk_by(|a, b| a.0 == b.0) {
        let ahead = same.iter().filter(|(_, label)| *label).count() as f64;
        let behind = same.len() as f64 - ahead;
        won += ahead * (below + behind / 2.0);
        below += behind;
    }
    (positives > 0.0 && negatives > 0.0).then(|| won / (positives * negatives))
}

/// Features that occur in at least two items, with how many items of each side have them.
struct Vocabulary {
    names: Vec<(String, [u32; 2])>,
    ids: BTreeMap<String, u32>,
}

impl Vocabulary {
    fn of(generated: &[&Features], real: &[&Features]) -> Self {
        let mut seen: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
        for (side, items) in [generated, real].into_iter().enumerate() {
            items
                .iter()
                .copied()
                .flatten()
                .for_each(|feature| seen.entry(feature).or_insert([0; 2])[side] += 1);
        }
        let kept = seen.into_iter().filter(|(_, counts)| counts.iter().sum::<u32>() > 1);
        let names: Vec<(String, [u32; 2])> = kept.map(|(name, counts)| (name.to_owned(), counts)).collect();
        let ids = names.iter().enumerate().map(|(id, (name, _))| (name.clone(), id as u32)).collect();
        Self { names, ids }
    }

    fn ids(&self, item: &Features) -> Vec<u32> {
        item.iter().filter_map(|feature| self.ids.get(feature)).copied().collect()
    }

    /// The heaviest features. A weight is scaled by the feature's spread over all items, since a rare feature can weigh
    /// much and tell little; and of phrases that share a word and stand in the same items only the heaviest is kept.
    fn tells(&self, model: &Logistic, items: &[Vec<u32>], sides: [usize; 2], top: usize) -> Vec<Tell> {
        const CONSIDERED: usize = 40;
        let share = |at: usize, side: usize| f64::from(self.names[at].1[side]) / sides[side] as f64;
        let scaled = |at: usize| {
            let everywhere = f64::midpoint(share(at, 0), share(at, 1));
            model.weight(at as u32) * (everywhere * (1.0 - everywhere)).sqrt()
        };
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by(|&a, &b| scaled(b).abs().total_cmp(&scaled(a).abs()).then(a.cmp(&b)));
        order.truncate(CONSIDERED * top);
        let holders = holders(&order, items);
        let mut chosen: Vec<usize> = Vec::new();
        for at in order {
            let same = |&known: &usize| {
                shares_word(&self.names[known].0, &self.names[at].0)
                    && overlap(&holders[&known], &holders[&at]) >= 0.5
            };
            if chosen.len() < top && !chosen.iter().any(same) {
                chosen.push(at);
            }
        }
        let tell = |at: usize| {
            let feature = self.names[at].0.clone();
            Tell { feature, weight: scaled(at), generated: share(at, 0), real: share(at, 1) }
        };
        chosen.into_iter().map(tell).collect()
    }
}

/// The items, ascending, in which each of the features stands.
fn holders(features: &[usize], items: &[Vec<u32>]) -> BTreeMap<usize, Vec<usize>> {
    let mut holders: BTreeMap<usize, Vec<usize>> =
        features.iter().map(|&feature| (feature, Vec::new())).collect();
    for (at, item) in items.iter().enumerate() {
        for &feature in item {
            if let Some(holders) = holders.get_mut(&(feature as usize)) {
                holders.push(at);
            }
        }
    }
    holders
}

/// The share of the rarer feature's items in which the other one stands too.
fn overlap(left: &[usize], right: &[usize]) -> f64 {
    let (rarer, other) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let both = rarer.iter().filter(|at| other.binary_search(at).is_ok()).count();
    both as f64 / rarer.len().max(1) as f64
}

fn shares_word(left: &str, right: &str) -> bool {
    left.split(' ').any(|word| right.split(' ').any(|other| word == other))
}
