//! Residual connection and layer norm in one go.

use pulp::{Simd, WithSimd};

/// `rows ← norm(rows + bias + residual)·gain + shift`, row by row. `bias`, `gain` and `shift` are one row each.
pub(super) struct Norm<'a> {
    pub(super) rows: &'a mut [f32],
    pub(super) residual: &'a [f32],
    pub(super) bias: &'a [f32],
    pub(super) gain: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) eps: f32,
}

impl WithSimd for Norm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.bias.len();
        for (row, residual) in self.rows.chunks_exact_mut(width).zip(self.residual.chunks_exact(width)) {
            let mean = add(simd, row, residual, self.bias) / width as f32;
            let variance = centre(simd, row, mean) / width as f32;
            scale(simd, row, 1.0 / (variance + self.eps).sqrt(), self.gain, self.shift);
        }
    }
}

/// Adds both to the row and gives the sum over it.
#[inline(always)]
fn add<S: Simd>(simd: S, row: &mut [f32], residual: &[f32], bias: &[f32]) -> f32 {
    let (body, tail) = S::as_mut_simd_f32s(row);
    let (residual, residual_tail) = S::as_simd_f32s(residual);
    let (bias, bias_tail) = S::as_simd_f32s(bias);
    let mut sum = simd.splat_f32s(0.0);
    for ((value, residual), bias) in body.iter_mut().zip(residual).zip(bias) {
        *value = simd.add_f32s(simd.add_f32s(*value, *bias), *residual);
        sum = simd.add_f32s(sum, *value);
    }
    let mut total = simd.reduce_sum_f32s(sum);
    for ((value, residual), bias) in tail.iter_mut().zip(residual_tail).zip(bias_tail) {
        *value += bias + residual;
        total += *value;
    }
    total
}

/// Takes the mean off the row and gives the sum of squares.
#[inline(always)]
fn centre<S: Simd>(simd: S, row: &mut [f32], mean: f32) -> f32 {
    let (body, tail) = S::as_mut_simd_f32s(row);
    let means = simd.splat_f32s(mean);
    let mut sum = simd.splat_f32s(0.0);
    for value in body {
        *value = simd.sub_f32s(*value, means);
        sum = simd.mul_add_e_f32s(*value, *value, sum);
    }
    let mut total = simd.reduce_sum_f32s(sum);
    for value in tail {
        *value -= mean;
        total += *value * *value;
    }
    total
}

#[inline(always)]
fn scale<S: Simd>(simd: S, row: &mut [f32], factor: f32, gain: &[f32], shift: &[f32]) {
    let (body, tail) = S::as_mut_simd_f32s(row);
    let (gain, gain_tail) = S::as_simd_f32s(gain);
    let (shift, shift_tail) = S::as_simd_f32s(shift);
    let factors = simd.splat_f32s(factor);
    for ((value, gain), shift) in body.iter_mut().zip(gain).zip(shift) {
        *value = simd.mul_add_e_f32s(simd.mul_f32s(*value, factors), *gain, *shift);
    }
    for ((value, gain), shift) in tail.iter_mut().zip(gain_tail).zip(shift_tail) {
        *value = *value * factor * gain + shift;
    }
}
