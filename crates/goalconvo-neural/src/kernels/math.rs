//! `2^x` and `erf` for whole vector registers.

use pulp::Simd;

/// Coefficients of `erf(x) ≈ x·P(x²)/Q(x²)` on |x| ≤ 4, lowest power first. Fitted for this crate: weighted least
/// squares on Chebyshev nodes, reweighted until the relative error is level (6.5e-8 before rounding).
const ERF_P: [f32; 7] = [
    std::f32::consts::FRAC_2_SQRT_PI,
    0.207_122_15,
    0.051_524_46,
    0.003_990_444,
    0.000_147_283_77,
    -1.942_311_8e-6,
    1.911_112_5e-8,
];
const ERF_Q: [f32; 5] = [1.0, 0.516_888_5, 0.117_969_45, 0.014_957_802, 0.001_021_082_8];

/// Coefficients of `2^r` on |r| ≤ 1/2, lowest power first, fitted the same way (relative error 9.2e-8).
const EXP2: [f32; 6] =
    [1.0, std::f32::consts::LN_2, 0.240_222_42, 0.055_507_337, 0.009_671_513, 0.001_326_472_7];

/// Added to a number below 2²² it leaves the nearest integer in the low bits of the mantissa.
const ROUND: f32 = 12_582_912.0;

/// The error function, to about 4e-7 absolute.
#[inline(always)]
pub(super) fn erf<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let limit = simd.splat_f32s(4.0);
    let x = simd.max_f32s(simd.min_f32s(x, limit), simd.neg_f32s(limit));
    let square = simd.mul_f32s(x, x);
    let above = simd.mul_f32s(x, polynomial(simd, square, &ERF_P));
    simd.div_f32s(above, polynomial(simd, square, &ERF_Q))
}

/// `2^x` for x ≤ 0 (and a little above); what would underflow gives a number next to nothing.
#[inline(always)]
pub(super) fn exp2<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let doublings = simd.max_f32s(x, simd.splat_f32s(-126.0));
    let shifted = simd.add_f32s(doublings, simd.splat_f32s(ROUND));
    let rest = simd.sub_f32s(doublings, simd.sub_f32s(shifted, simd.splat_f32s(ROUND)));
    let mantissa = polynomial(simd, rest, &EXP2);
    // The integer part goes straight into the exponent: adding it, shifted, multiplies by a power of two.
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(mantissa), exponent))
}

#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: &[f32; N]) -> S::f32s {
    let mut sum = simd.splat_f32s(coefficients[N - 1]);
    for coefficient in coefficients.iter().rev().skip(1) {
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(*coefficient));
    }
    sum
}
