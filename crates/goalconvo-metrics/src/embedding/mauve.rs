//! MAUVE (Pillutla et al. 2021) of two histograms over the same clusters. Clustering is the caller's: its outcome
//! differs between implementations, the area under the divergence curve does not.

use serde::{Deserialize, Serialize};

/// Scale of the divergences and number of mixtures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MauveSettings {
    /// `c` in `exp(−c KL)`.
    pub scale: f64,
    /// Number of mixture weights between the two distributions.
    pub mixtures: usize,
}

impl Default for MauveSettings {
    fn default() -> Self {
        Self { scale: 5.0, mixtures: 25 }
    }
}

/// The divergence curve from (1, 0) to (0, 1): for each mixture `r = w p + (1 − w) q` the point
/// `(exp(−c KL(q‖r)), exp(−c KL(p‖r)))`.
#[must_use]
pub fn mauve_curve(p: &[f64], q: &[f64], settings: MauveSettings) -> Vec<[f64; 2]> {
    const EDGE: f64 = 1e-6;
    let last = settings.mixtures.saturating_sub(1).max(1) as f64;
    let point = |i: usize| {
        let w = EDGE + (1.0 - 2.0 * EDGE) * i as f64 / last;
        let mixture: Vec<f64> = p.iter().zip(q).map(|(p, q)| w * p + (1.0 - w) * q).collect();
        [q, p].map(|from| (-settings.scale * kullback_leibler(from, &mixture)).exp())
    };
    let inner = (0..settings.mixtures).map(point);
    [[1.0, 0.0]].into_iter().chain(inner).chain([[0.0, 1.0]]).collect()
}

/// The area under the curve, 0 to 1: 1 for equal histograms. Both must sum to 1 and have the same clusters.
#[must_use]
pub fn mauve(p: &[f64], q: &[f64], settings: MauveSettings) -> f64 {
    let curve = mauve_curve(p, q, settings);
    let area = |x: usize, y: usize| {
        let mut sorted = curve.clone();
        sorted.sort_by(|a, b| a[x].total_cmp(&b[x]));
        sorted
            .windows(2)
            .map(|pair| (pair[1][x] - pair[0][x]) * f64::midpoint(pair[0][y], pair[1][y]))
            .sum::<f64>()
    };
    f64::midpoint(area(0, 1), area(1, 0))
}

fn kullback_leibler(from: &[f64], to: &[f64]) -> f64 {
    from.iter().zip(to).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q).ln()).sum()
}
