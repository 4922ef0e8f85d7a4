//! How far two distributions lie apart.

use std::collections::BTreeMap;

/// Jensen-Shannon divergence of two histograms over the same kind of keys, in bits: 0 for equal ones, 1 for disjoint
/// ones. None when either is empty.
#[must_use]
pub fn jensen_shannon<K: Ord>(left: &BTreeMap<K, u64>, right: &BTreeMap<K, u64>) -> Option<f64> {
    let total = |histogram: &BTreeMap<K, u64>| histogram.values().sum::<u64>() as f64;
    let (left_total, right_total) = (total(left), total(right));
    if left_total == 0.0 || right_total == 0.0 {
        return None;
    }
    let half = |own: &BTreeMap<K, u64>, own_total: f64, other: &BTreeMap<K, u64>, other_total: f64| -> f64 {
        let term = |(key, &count): (&K, &u64)| {
            let p = count as f64 / own_total;
            let q = other.get(key).map_or(0.0, |&count| count as f64 / other_total);
            if p > 0.0 { 0.5 * p * (p / f64::midpoint(p, q)).log2() } else { 0.0 }
        };
        own.iter().map(term).sum()
    };
    Some(half(left, left_total, right, right_total) + half(right, right_total, left, left_total))
}

/// Wasserstein-1 distance of two samples: the area between their distribution functions, in the samples' unit. None
/// when either is empty.
#[must_use]
pub fn wasserstein(left: &[f64], right: &[f64]) -> Option<f64> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let sorted = |sample: &[f64]| {
        let mut sample = sample.to_vec();
        sample.sort_by(f64::total_cmp);
        sample
    };
    let (left, right) = (sorted(left), sorted(right));
    let mut points: Vec<f64> = left.iter().chain(&right).copied().collect();
    points.sort_by(f64::total_cmp);
    let below = |sample: &[f64], x: f64| sample.partition_point(|&v| v <= x) as f64 / sample.len() as f64;
    let strip = |pair: &[f64]| (below(&left, pair[0]) - below(&right, pair[0])).abs() * (pair[1] - pair[0]);
    Some(points.windows(2).map(strip).sum())
}

/// [`wasserstein`] of two samples of whole numbers, given as how often each occurs.
#[must_use]
pub fn wasserstein_counts(left: &BTreeMap<u64, u64>, right: &BTreeMap<u64, u64>) -> Option<f64> {
    let total = |histogram: &BTreeMap<u64, u64>| histogram.values().sum::<u64>() as f64;
    let (left_total, right_total) = (total(left), total(right));
    if left_total == 0.0 || right_total == 0.0 {
        return None;
    }
    let points: std::collections::BTreeSet<u64> = left.keys().chain(right.keys()).copied().collect();
    let (mut below_left, mut below_right, mut before, mut area) = (0_u64, 0_u64, None, 0.0);
    for point in points {
        if let Some(before) = before {
            let apart = below_left as f64 / left_total - below_right as f64 / right_total;
            area += apart.abs() * (point - before) as f64;
        }
        below_left += left.get(&point).unwrap_or(&0);
        below_right += right.get(&point).unwrap_or(&0);
        before = Some(point);
    }
    Some(area)
}

/// Shannon entropy of a histogram in bits; none when it is empty.
#[must_use]
pub fn entropy_bits<K: Ord>(histogram: &BTreeMap<K, u64>) -> Option<f64> {
    let total = histogram.values().sum::<u64>() as f64;
    let term = |&count: &u64| match count as f64 / total {
        p if p > 0.0 => -p * p.log2(),
        _ => 0.0,
    };
    (total > 0.0).then(|| histogram.values().map(term).sum::<f64>() + 0.0)
}
