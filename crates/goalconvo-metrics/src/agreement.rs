//! Agreement between raters: Cohen's and Fleiss' kappa, Krippendorff's alpha.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Cohen's kappa of two raters who labelled the same items; none for no item or when chance agreement is certain.
#[must_use]
pub fn cohen_kappa<L: Ord>(pairs: &[(L, L)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (mut first, mut second) = (BTreeMap::new(), BTreeMap::new());
    for (a, b) in pairs {
        *first.entry(a).or_insert(0.0) += 1.0;
        *second.entry(b).or_insert(0.0) += 1.0;
    }
    let agreed = pairs.iter().filter(|(a, b)| a == b).count() as f64 / n;
    let by_chance: f64 =
        first.iter().map(|(label, count)| count * second.get(label).unwrap_or(&0.0) / (n * n)).sum();
    beyond_chance(agreed, by_chance).filter(|_| n > 0.0)
}

/// Fleiss' kappa of items rated by the same number of raters: for each item the count of each category. None for no
/// item, fewer than two raters, unequal numbers of raters, or when chance agreement is certain.
#[must_use]
pub fn fleiss_kappa(items: &[Vec<u64>]) -> Option<f64> {
    let raters = items.first()?.iter().sum::<u64>();
    if raters < 2 || items.iter().any(|item| item.iter().sum::<u64>() != raters) {
        return None;
    }
    let ratings = raters as f64;
    let n = items.len() as f64;
    let agreed_in = |item: &Vec<u64>| {
        let pairs: u64 = item.iter().map(|&count| count * count.saturating_sub(1)).sum();
        pairs as f64 / (ratings * (ratings - 1.0))
    };
    let agreed = items.iter().map(agreed_in).sum::<f64>() / n;
    let categories = items.iter().map(Vec::len).max().unwrap_or(0);
    let share = |category: usize| {
        items.iter().filter_map(|item| item.get(category)).sum::<u64>() as f64 / (n * ratings)
    };
    let by_chance = (0..categories).map(|category| share(category).powi(2)).sum();
    beyond_chance(agreed, by_chance)
}

fn beyond_chance(agreed: f64, by_chance: f64) -> Option<f64> {
    (by_chance < 1.0).then(|| (agreed - by_chance) / (1.0 - by_chance))
}

/// What the distance between two ratings means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Names: equal or not.
    Nominal,
    /// Ranks: the further apart, the more ratings lie between.
    Ordinal,
    /// Numbers: squared difference.
    Interval,
}

/// Krippendorff's alpha: for each item the ratings it got, in any number; items with fewer than two say nothing. None
/// when nothing is pairable or all ratings are equal.
#[must_use]
pub fn krippendorff_alpha(items: &[Vec<f64>], scale: Scale) -> Option<f64> {
    let pairable: Vec<&Vec<f64>> = items.iter().filter(|item| item.len() > 1).collect();
    let mut values: Vec<f64> = pairable.iter().flat_map(|item| item.iter().copied()).collect();
    let n = values.len() as f64;
    values.sort_by(f64::total_cmp);
    let counts: Vec<(f64, f64)> =
        values.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).collect();
    let distance = |a: f64, b: f64| squared_difference(&counts, scale, a, b);
    let within = |item: &&Vec<f64>| -> f64 {
        let pairs = item.iter().flat_map(|&a| item.iter().map(move |&b| (a, b)));
        pairs.map(|(a, b)| distance(a, b)).sum::<f64>() / (item.len() - 1) as f64
    };
    let observed = pairable.iter().map(within).sum::<f64>() / n;
    let across = counts.iter().flat_map(|a| counts.iter().map(move |b| (a, b)));
    let expected = across.map(|(a, b)| a.1 * b.1 * distance(a.0, b.0)).sum::<f64>() / (n * (n - 1.0));
    (n > 1.0 && expected > 0.0).then(|| 1.0 - observed / expected)
}

fn squared_difference(counts: &[(f64, f64)], scale: Scale, a: f64, b: f64) -> f64 {
    match scale {
        Scale::Nominal => f64::from(u8::from(a != b)),
        Scale::Interval => (a - b).powi(2),
        Scale::Ordinal => {
            let (low, high) = (a.min(b), a.max(b));
            let between: f64 =
                counts.iter().filter(|(v, _)| (low..=high).contains(v)).map(|(_, count)| count).sum();
            let ends: f64 = counts.iter().filter(|(v, _)| *v == a || *v == b).map(|(_, count)| count).sum();
            let half_ends = if a == b { between } else { ends / 2.0 };
            (between - half_ends).powi(2)
        }
    }
}
