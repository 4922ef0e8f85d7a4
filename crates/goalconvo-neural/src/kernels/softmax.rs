//! Attention weights from scores.

use pulp::Simd;

use super::math::exp;

/// Softmax of `scores·scale + bias` over the first `length` entries of each row of `columns`, a multiple of the
/// vector's width. What lies beyond is overwritten with next to nothing.
///
/// `by_distance` is what to add by distance, if anything: entry `len/2 + column - row`.
#[inline(always)]
pub(super) fn softmax_rows<S: Simd>(
    simd: S,
    scores: &mut [f32],
    [length, columns]: [usize; 2],
    scale: f32,
    by_distance: Option<&[f32]>,
) {
    for (index, row) in scores.chunks_exact_mut(columns).enumerate() {
        row[length..].fill(f32::NEG_INFINITY);
        if let Some(table) = by_distance {
            let start = table.len() / 2 - index;
            for (value, bias) in row.iter_mut().zip(&table[start..start + length]) {
                *value = *value * scale + bias;
            }
            softmax(simd, row, 1.0);
        } else {
            softmax(simd, row, scale);
        }
    }
}

#[inline(always)]
fn softmax<S: Simd>(simd: S, row: &mut [f32], scale: f32) {
    let (row, _) = S::as_mut_simd_f32s(row);
    let mut highs = simd.splat_f32s(f32::NEG_INFINITY);
    for value in row.iter() {
        highs = simd.max_f32s(highs, *value);
    }
    // A scale is positive, so the greatest score stays the greatest.
    let (highs, scales) = (simd.splat_f32s(-simd.reduce_max_f32s(highs) * scale), simd.splat_f32s(scale));
    let mut sums = simd.splat_f32s(0.0);
    for value in row.iter_mut() {
        *value = exp(simd, simd.mul_add_e_f32s(*value, scales, highs));
        sums = simd.add_f32s(sums, *value);
    }
    let factors = simd.splat_f32s(1.0 / simd.reduce_sum_f32s(sums));
    for value in row {
        *value = simd.mul_f32s(*value, factors);
    }
}
