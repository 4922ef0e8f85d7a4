//! Attention weights from scores.

use pulp::Simd;

use super::math::exp2;

/// `exp(scores·scale + bias - max)` over the first `length` entries of a row, whose own length is a multiple of the
/// vector's; what lies beyond becomes next to nothing. Returns the sum, by which what the weights make is divided.
#[inline(always)]
pub(super) fn unscaled_softmax<S: Simd>(
    simd: S,
    row: &mut [f32],
    length: usize,
    scale: f32,
    bias: Option<&[f32]>,
) -> f32 {
    row[length..].fill(f32::NEG_INFINITY);
    match bias {
        None => exponentials(simd, row, scale),
        Some(bias) => {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value = *value * scale + bias;
            }
            exponentials(simd, row, 1.0)
        }
    }
}

#[inline(always)]
fn exponentials<S: Simd>(simd: S, row: &mut [f32], scale: f32) -> f32 {
    let (row, _) = S::as_mut_simd_f32s(row);
    let mut highs = simd.splat_f32s(f32::NEG_INFINITY);
    for value in row.iter() {
        highs = simd.max_f32s(highs, *value);
    }
    // A scale is positive, so the greatest score stays the greatest.
    let scale = scale * std::f32::consts::LOG2_E;
    let (highs, scales) = (simd.splat_f32s(-simd.reduce_max_f32s(highs) * scale), simd.splat_f32s(scale));
    let mut sums = simd.splat_f32s(0.0);
    for value in row {
        *value = exp2(simd, simd.mul_add_e_f32s(*value, scales, highs));
        sums = simd.add_f32s(sums, *value);
    }
    simd.reduce_sum_f32s(sums)
}
