//! Lexical diversity that resists text length: MTLD, HD-D, MSTTR, MATTR and their simpler cousins, over one sequence
//! of tokens, numerically as the package `lexical-diversity` 0.1.1 (Kyle) computes them.

use serde::Serialize;

use crate::count::{self, Counts};

/// Every figure of the family for one token sequence. A figure that the formula leaves undefined is absent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LexicalDiversity {
    /// Number of tokens.
    pub tokens: usize,
    /// Types over tokens.
    pub ttr: Option<f64>,
    /// Types over the root of tokens (Guiraud).
    pub root_ttr: Option<f64>,
    /// Log types over log tokens (Herdan); 0 for a single token.
    pub log_ttr: Option<f64>,
    /// `(log N − log V) / log² N` (Maas); falls as diversity rises; 0 for a single token.
    pub maas_ttr: Option<f64>,
    /// Mean type-token ratio of consecutive segments of 50 tokens.
    pub msttr: Option<f64>,
    /// Mean type-token ratio of all windows of 50 tokens.
    pub mattr: Option<f64>,
    /// HD-D with samples of 42 (McCarthy and Jarvis 2010).
    pub hdd: Option<f64>,
    /// MTLD, mean of both directions, shortest factor 10.
    pub mtld: Option<f64>,
}

/// All figures that cost linear time.
#[must_use]
pub fn lexical_diversity(tokens: &[u64]) -> LexicalDiversity {
    let n = tokens.len() as f64;
    let types = count::distinct(&mut tokens.to_vec()) as f64;
    let some = |value: f64| (n > 0.0).then_some(value);
    LexicalDiversity {
        tokens: tokens.len(),
        ttr: some(types / n),
        root_ttr: some(types / n.sqrt()),
        log_ttr: some(divided(types.log10(), n.log10())),
        maas_ttr: some(divided(n.log10() - types.log10(), n.log10().powi(2))),
        msttr: msttr(tokens, 50),
        mattr: mattr(tokens, 50),
        hdd: some(hdd(tokens, 42)),
        mtld: mtld(tokens, 10),
    }
}

/// Mean type-token ratio of consecutive whole segments of `window` tokens; the plain ratio of a text not longer
/// than one.
#[must_use]
pub fn msttr(tokens: &[u64], window: usize) -> Option<f64> {
    let ratios: Vec<f64> = if tokens.len() <= window {
        return type_token_ratio(tokens);
    } else {
        tokens.chunks_exact(window).filter_map(type_token_ratio).collect()
    };
    crate::diversity::ngrams::ratio(ratios.iter().sum(), ratios.len() as f64)
}

/// Mean type-token ratio of every window of `window` tokens; the plain ratio of a text not longer than one.
#[must_use]
pub fn mattr(tokens: &[u64], window: usize) -> Option<f64> {
    if tokens.len() <= window || window == 0 {
        return type_token_ratio(tokens);
    }
    let mut inside = Types::default();
    tokens[..window].iter().for_each(|&token| inside.add(token));
    let mut sum = inside.distinct as f64 / window as f64;
    for (gone, &token) in tokens.iter().zip(&tokens[window..]) {
        inside.remove(*gone);
        inside.add(token);
        sum += inside.distinct as f64 / window as f64;
    }
    Some(sum / (tokens.len() - window + 1) as f64)
}

/// HD-D: the chance of each type to occur in a random sample of `sample` tokens, summed, over `sample`. 0 for a text
/// shorter than the sample, as the reference gives it: read it as undefined there.
#[must_use]
pub fn hdd(tokens: &[u64], sample: usize) -> f64 {
    let n = tokens.len();
    if n < sample {
        return 0.0;
    }
    let mut counts = Counts::default();
    tokens.iter().for_each(|&token| counts.add(token, 1));
    let frequencies = counts.sorted();
    let missed = |f: u32, i: usize| (n as f64 - f64::from(f) - i as f64).max(0.0) / (n - i) as f64;
    let absent = |f: u32| (0..sample).map(|i| missed(f, i)).product::<f64>();
    frequencies.into_iter().map(|f| (1.0 - absent(f)) / sample as f64).sum()
}

/// MTLD (McCarthy and Jarvis 2010): mean length of the stretches that keep a type-token ratio of 0.72 or more, no
/// stretch shorter than `shortest`, the last one counted in part; mean of both directions. 0 when no stretch ends.
#[must_use]
pub fn mtld(tokens: &[u64], shortest: usize) -> Option<f64> {
    let reversed: Vec<u64> = tokens.iter().rev().copied().collect();
    (!tokens.is_empty())
        .then(|| f64::midpoint(mtld_one_way(tokens, shortest), mtld_one_way(&reversed, shortest)))
}

/// Moving-average MTLD: a stretch is begun at every token and partial ones are left out; mean of both directions.
#[must_use]
pub fn mtld_bidirectional(tokens: &[u64], shortest: usize) -> Option<f64> {
    let reversed: Vec<u64> = tokens.iter().rev().copied().collect();
    let one_way = |tokens: &[u64]| moving_average(tokens, tokens.len(), shortest);
    (!tokens.is_empty()).then(|| f64::midpoint(one_way(tokens), one_way(&reversed)))
}

/// Moving-average MTLD where stretches run on into the beginning of the text instead of staying partial.
#[must_use]
pub fn mtld_wrapped(tokens: &[u64], shortest: usize) -> Option<f64> {
    let doubled: Vec<u64> = [tokens, tokens].concat();
    (!tokens.is_empty()).then(|| moving_average(&doubled, tokens.len(), shortest))
}

const FACTOR_RATIO: f64 = 0.72;

fn mtld_one_way(tokens: &[u64], shortest: usize) -> f64 {
    let mut stretch = Types::default();
    let (mut factors, mut lengths) = (0.0, 0);
    for (at, &token) in tokens.iter().enumerate() {
        stretch.add(token);
        if at + 1 == tokens.len() {
            factors += (1.0 - stretch.ratio()) / (1.0 - FACTOR_RATIO);
            lengths += stretch.tokens;
        } else if stretch.ratio() < FACTOR_RATIO && stretch.tokens >= shortest {
            factors += 1.0;
            lengths += stretch.tokens;
            stretch = Types::default();
        }
    }
    divided(lengths as f64, factors)
}

/// Mean length of the factors that begin at each of the first `starts` tokens.
fn moving_average(tokens: &[u64], starts: usize, shortest: usize) -> f64 {
    let (mut factors, mut lengths) = (0_u64, 0);
    for start in 0..starts {
        let mut stretch = Types::default();
        for &token in &tokens[start..] {
            stretch.add(token);
            if stretch.ratio() < FACTOR_RATIO && stretch.tokens >= shortest {
                factors += 1;
                lengths += stretch.tokens;
                break;
            }
        }
    }
    divided(lengths as f64, factors as f64)
}

/// The types of a stretch that grows and shrinks.
#[derive(Default)]
struct Types {
    counts: std::collections::BTreeMap<u64, u32>,
    distinct: usize,
    tokens: usize,
}

impl Types {
    fn add(&mut self, token: u64) {
        let seen = self.counts.entry(token).or_insert(0);
        self.distinct += usize::from(*seen == 0);
        *seen += 1;
        self.tokens += 1;
    }

    fn remove(&mut self, token: u64) {
        if let Some(seen) = self.counts.get_mut(&token).filter(|seen| **seen > 0) {
            *seen -= 1;
            self.distinct -= usize::from(*seen == 0);
            self.tokens -= 1;
        }
    }

    fn ratio(&self) -> f64 {
        divided(self.distinct as f64, self.tokens as f64)
    }
}

fn type_token_ratio(tokens: &[u64]) -> Option<f64> {
    let types = count::distinct(&mut tokens.to_vec());
    crate::diversity::ngrams::ratio(types as f64, tokens.len() as f64)
}

/// The reference's division: 0 where the denominator is 0.
fn divided(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}
