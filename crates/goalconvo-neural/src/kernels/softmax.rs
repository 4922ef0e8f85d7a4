//! Attention weights from scores.

use pulp::{Simd, WithSimd};

use super::math::exp;

/// Softmax of `scores·scale + bias` over each row of one head's square of scores.
pub(super) struct Softmax<'a> {
    /// `length × length`, replaced by the weights.
    pub(super) scores: &'a mut [f32],
    pub(super) length: usize,
    pub(super) scale: f32,
    /// What to add by distance, if anything: entry `farthest + column - row`.
    pub(super) by_distance: Option<&'a [f32]>,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (index, row) in self.scores.chunks_exact_mut(self.length).enumerate() {
            if let Some(table) = self.by_distance {
                let start = table.len() / 2 - index;
                for (value, bias) in row.iter_mut().zip(&table[start..start + self.length]) {
                    *value = *value * self.scale + bias;
                }
                softmax(simd, row, 1.0);
            } else {
                softmax(simd, row, self.scale);
            }
        }
    }
}

#[inline(always)]
fn softmax<S: Simd>(simd: S, row: &mut [f32], scale: f32) {
    let (body, tail) = S::as_mut_simd_f32s(row);
    let mut highs = simd.splat_f32s(f32::NEG_INFINITY);
    for value in body.iter() {
        highs = simd.max_f32s(highs, *value);
    }
    // A scale is positive, so the greatest score stays the greatest.
    let high = tail.iter().copied().fold(simd.reduce_max_f32s(highs), f32::max) * scale;
    let (highs, scales) = (simd.splat_f32s(-high), simd.splat_f32s(scale));
    let mut sums = simd.splat_f32s(0.0);
    for value in body.iter_mut() {
        *value = exp(simd, simd.mul_add_e_f32s(*value, scales, highs));
        sums = simd.add_f32s(sums, *value);
    }
    let ends = exp(simd, simd.mul_add_e_f32s(simd.partial_load_f32s(tail), scales, highs));
    simd.partial_store_f32s(tail, ends);
    let factor = 1.0 / (simd.reduce_sum_f32s(sums) + tail.iter().sum::<f32>());
    let factors = simd.splat_f32s(factor);
    for value in body {
        *value = simd.mul_f32s(*value, factors);
    }
    for value in tail {
        *value *= factor;
    }
}
