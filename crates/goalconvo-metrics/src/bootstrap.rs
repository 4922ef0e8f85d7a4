//! Confidence intervals over dialogues.
//!
//! Means stream: each dialogue gets a Poisson(1) weight in each resample, drawn from (seed, resample, dialogue) alone,
//! so that shards agree on it and states add up (the Poisson bootstrap). Statistics that need all values at once are
//! resampled by index.

use crate::random::{counter, index_below};

/// Seed and number of resamples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Names the random stream.
    pub seed: u64,
    /// Number of resamples.
    pub resamples: usize,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { seed: 0, resamples: 200 }
    }
}

impl Bootstrap {
    /// The weight of a dialogue in each resample.
    #[must_use]
    pub fn weights(&self, dialogue: u64) -> Vec<u8> {
        (0..self.resamples as u64).map(|resample| poisson(counter(self.seed, resample, dialogue))).collect()
    }

    /// The 95 % percentile interval of `statistic` over resamples of `n` indices with replacement; none when fewer
    /// than two items or any resample leaves it undefined.
    #[must_use]
    pub fn interval(&self, n: usize, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<[f64; 2]> {
        if n < 2 {
            return None;
        }
        let draw = |resample: u64| -> Vec<usize> {
            (0..n as u64).map(|i| index_below(counter(self.seed, resample, i), n)).collect()
        };
        let values: Option<Vec<f64>> =
            (0..self.resamples as u64).map(|resample| statistic(&draw(resample))).collect();
        percentile_interval(values?)
    }
}

/// A mean with its interval, as a mergeable state. Dialogues without a value are left out.
#[derive(Debug, Clone, Default)]
pub struct BootstrappedMean {
    n: u64,
    sum: f64,
    resamples: Vec<[f64; 2]>,
}

impl BootstrappedMean {
    /// Counts the value of one dialogue, whose weights come from [`Bootstrap::weights`].
    pub fn push(&mut self, value: f64, weights: &[u8]) {
        self.push_ratio(value, 1.0, weights);
    }

    /// Counts the numerator and denominator that one dialogue adds to a ratio of sums.
    pub fn push_ratio(&mut self, numerator: f64, denominator: f64, weights: &[u8]) {
        self.n += 1;
        self.sum += numerator;
        self.resamples.resize(weights.len() + 1, [0.0; 2]);
        for (resample, &weight) in self.resamples.iter_mut().zip([1].iter().chain(weights)) {
            resample[0] += f64::from(weight) * numerator;
            resample[1] += f64::from(weight) * denominator;
        }
    }

    /// Adds what another state has counted.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.resamples.resize(self.resamples.len().max(other.resamples.len()), [0.0; 2]);
        for (own, theirs) in self.resamples.iter_mut().zip(&other.resamples) {
            own[0] += theirs[0];
            own[1] += theirs[1];
        }
    }

    /// Number of dialogues counted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Sum of the values or numerators.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The mean, or the ratio of sums.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.resamples.first().filter(|all| all[1] > 0.0).map(|all| all[0] / all[1])
    }

    /// The 95 % percentile interval; none for fewer than two dialogues.
    #[must_use]
    pub fn interval(&self) -> Option<[f64; 2]> {
        let resampled = self.resamples.get(1..)?.iter().filter(|sums| sums[1] > 0.0);
        let values: Vec<f64> = resampled.map(|sums| sums[0] / sums[1]).collect();
        if self.n < 2 { None } else { percentile_interval(values) }
    }

    /// [`Self::interval`] of values from 0 to `most`, exact where that has no width because all dialogues agree on either;
    /// none where they agree on a value in between.
    #[must_use]
    pub fn interval_up_to(&self, most: f64) -> Option<[f64; 2]> {
        let interval = self.interval()?;
        let mean = self.mean()?;
        match is_flat(Some(interval)) {
            false => Some(interval),
            true if mean == 0.0 || mean == most => Some(unanimous(mean / most, self.n).map(|end| end * most)),
            true => None,
        }
    }
}

/// Whether an interval has no width but for rounding.
pub(crate) fn is_flat(interval: Option<[f64; 2]>) -> bool {
    interval.is_some_and(|[low, high]| high - low <= 1e-12 * high.abs().max(low.abs()))
}

/// The 95 % interval of a mean of values from 0 to 1 (Clopper and Pearson 1934) when it is `at` 0 or 1 for all of `n`
/// items. It holds for any such values: were their mean further off, fewer than one set of `n` in forty would agree so.
pub(crate) fn unanimous(at: f64, n: u64) -> [f64; 2] {
    let reach = 0.025_f64.powf(1.0 / n.max(1) as f64);
    if at > 0.5 { [reach, 1.0] } else { [0.0, 1.0 - reach] }
}

/// The 95 % interval of a share of `n` (Wilson 1927).
pub(crate) fn wilson(hits: u64, n: u64) -> Option<[f64; 2]> {
    const Z: f64 = 1.959_963_984_540_054;
    if n == 0 {
        return None;
    }
    let (n, share) = (n as f64, hits as f64 / n as f64);
    let (middle, half) =
        (share + Z * Z / (2.0 * n), Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt());
    let scale = 1.0 + Z * Z / n;
    Some([((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)])
}

/// The 2.5 % and 97.5 % points, between order statistics linearly.
fn percentile_interval(mut values: Vec<f64>) -> Option<[f64; 2]> {
    values.sort_by(f64::total_cmp);
    let at = |quantile: f64| {
        let place = quantile * (values.len().checked_sub(1)?) as f64;
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        Some(values[low] + (values[high] - values[low]) * (place - low as f64))
    };
    Some([at(0.025)?, at(0.975)?])
}

/// A Poisson(1) draw by its distribution function, from 64 random bits; integers, so that it is the same everywhere.
fn poisson(random: u64) -> u8 {
    const BOUNDS: [u64; 8] = [
        6_786_177_901_268_885_274,
        13_572_355_802_537_770_549,
        16_965_444_753_172_213_186,
        18_096_474_403_383_694_065,
        18_379_231_815_936_564_285,
        18_435_783_298_447_138_329,
        18_445_208_545_532_234_003,
        18_446_555_009_401_533_385,
    ];
    BOUNDS.iter().take_while(|&&bound| random >= bound).count() as u8
}
