//! Bias and activation over the rows of a matrix.

use pulp::{Simd, WithSimd};

use super::math::erf;

/// Adds `bias` to every row of `rows` (row-major, as wide as `bias`).
pub(super) struct Bias<'a> {
    pub(super) rows: &'a mut [f32],
    pub(super) bias: &'a [f32],
}

impl WithSimd for Bias<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for row in self.rows.chunks_exact_mut(self.bias.len()) {
            for (value, bias) in row.iter_mut().zip(self.bias) {
                *value += bias;
            }
        }
    }
}

/// Adds `bias` to every row of `rows` and applies `x·Φ(x)`.
pub(super) struct Gelu<'a> {
    pub(super) rows: &'a mut [f32],
    pub(super) bias: &'a [f32],
}

impl WithSimd for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (bias, bias_tail) = S::as_simd_f32s(self.bias);
        for row in self.rows.chunks_exact_mut(self.bias.len()) {
            let (body, tail) = S::as_mut_simd_f32s(row);
            for (value, bias) in body.iter_mut().zip(bias) {
                *value = gelu(simd, simd.add_f32s(*value, *bias));
            }
            let sum = simd.add_f32s(simd.partial_load_f32s(tail), simd.partial_load_f32s(bias_tail));
            simd.partial_store_f32s(tail, gelu(simd, sum));
        }
    }
}

#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let half = simd.mul_f32s(x, simd.splat_f32s(0.5));
    let erf = erf(simd, simd.mul_f32s(x, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2)));
    simd.mul_add_e_f32s(half, erf, half)
}
