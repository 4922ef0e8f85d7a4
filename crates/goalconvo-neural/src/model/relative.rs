//! MPNet's scores by distance: a learned table over buckets that widen with distance, shared by all layers.

use std::sync::Arc;

use crate::config::ModelConfig;
use crate::error::NeuralError;
use crate::kernels::RelativeBias;
use crate::weights::Weights;

/// Distances from here on share the last bucket.
const FARTHEST_TOLD_APART: f64 = 128.0;

/// Spreads the learned buckets over all distances that an input can have.
pub(super) fn load(config: &ModelConfig, weights: &Weights) -> Result<RelativeBias, NeuralError> {
    let shape = [config.relative_buckets, config.heads];
    let by_head = weights
        .get("encoder.relative_attention_bias.weight", &shape)?
        .t()
        .and_then(|learned| learned.to_vec2::<f32>())
        .map_err(|cause| NeuralError::compute("reading the scores by distance", &cause))?;
    let farthest = config.longest_input();
    let signed = i64::try_from(farthest).unwrap_or(i64::MAX);
    let mut tables = Vec::with_capacity(config.heads * (2 * farthest + 1));
    for scores in &by_head {
        tables.extend((-signed..=signed).map(|distance| scores[bucket(distance, config.relative_buckets)]));
    }
    Ok(RelativeBias { tables: Arc::new(tables), farthest })
}

/// The bucket of a distance (column minus row): half of the buckets for each direction, the near half of those one
/// for each distance, the far ones spaced by the logarithm (Raffel et al. 2020, section 2.1).
fn bucket(distance: i64, buckets: usize) -> usize {
    let half = buckets / 2;
    let side = if distance > 0 { half } else { 0 };
    let away = usize::try_from(distance.unsigned_abs()).unwrap_or(usize::MAX);
    let exact = half / 2;
    if away < exact {
        return side + away;
    }
    // Single precision, as the reference computes it, decides which side of a boundary a distance falls on.
    let share = (away as f32 / exact as f32).ln() / ((FARTHEST_TOLD_APART / exact as f64).ln() as f32);
    let far = exact + (share * (half - exact) as f32) as usize;
    side + far.min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn near_distances_have_their_own_bucket_and_far_ones_share() {
        for (distance, expected) in [
            (0, 0),
            (-1, 1),
            (1, 17),
            (-7, 7),
            (7, 23),
            (-8, 8),
            (8, 24),
            (-16, 10),
            (16, 26),
            (-500, 15),
            (500, 31),
        ] {
            assert_eq!(bucket(distance, 32), expected, "distance {distance}");
        }
    }
}
