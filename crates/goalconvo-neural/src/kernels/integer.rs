//! Matrix product in small integers: several times as fast as single precision, at a price in exactness.
//!
//! Weights take eight bits with a scale for each output, activations seven bits with a scale and an offset for each
//! token: with these widths no kernel of the library saturates, and sums are exact, so that every machine gives the
//! same integers.

use pulp::WithSimd;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, GemmResult, PackedBMatrix};
use rten_tensor::Matrix;

/// Largest weight.
const WEIGHT: f32 = 127.0;
/// Largest activation; the least is 0.
const ACTIVATION: f32 = 127.0;
/// Tokens whose activations and sums stay in the cache.
const BLOCK: usize = 32;
/// Adding this to a small number leaves its nearest integer in the low bits.
const ROUND: f32 = 12_582_912.0;

/// The weights of one layer.
pub(crate) struct IntegerWeights {
    /// `inputs × outputs`, laid out as the product wants them.
    rounded: PackedBMatrix<i8>,
    scales: Vec<f32>,
    /// Sum of an output's integer weights, which the activations' offset multiplies.
    sums: Vec<f32>,
}

impl IntegerWeights {
    /// Rounds weights of shape `outputs × inputs`, row-major.
    pub(crate) fn new(weights: &[f32], inputs: usize) -> Self {
        let outputs = weights.len() / inputs;
        let (mut scales, mut sums) = (Vec::with_capacity(outputs), Vec::with_capacity(outputs));
        let mut rounded = Vec::with_capacity(weights.len());
        for row in weights.chunks_exact(inputs) {
            let scale = row.iter().fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs())) / WEIGHT;
            let start = rounded.len();
            rounded.extend(row.iter().map(|weight| (weight / scale).round() as i8));
            scales.push(scale);
            sums.push(rounded[start..].iter().map(|weight| f32::from(*weight)).sum());
        }
        let published = Matrix::from_data([outputs, inputs], rounded.as_slice());
        let rounded = PRODUCT.with(|product| product.prepack_b(published.transposed()));
        Self { rounded, scales, sums }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.rounded.rows()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.scales.len()
    }

    /// `rows · weightsᵀ` for rows of `inputs` numbers: as many rows of `outputs`.
    ///
    /// # Errors
    /// The library's own, of shapes that don't fit: there are none.
    pub(crate) fn multiply(&self, rows: &[f32]) -> GemmResult<Vec<f32>> {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let mut out = Vec::with_capacity(rows.len() / inputs * outputs);
        let mut sums = vec![0i32; BLOCK * outputs];
        for rows in rows.chunks(BLOCK * inputs) {
            let activations = Activations::round(rows, inputs);
            let tokens = activations.shape.len();
            let sums = &mut sums[..tokens * outputs];
            let left = Matrix::from_data([tokens, inputs], activations.values.as_slice());
            let (left, right) = (GemmInputA::Unpacked(left), GemmInputB::Packed(&self.rounded));
            PRODUCT.with(|product| product.gemm(sums, left, right, GemmOptions::default()))?;
            pulp::Arch::new().dispatch(Widening {
                weights: self,
                sums,
                shape: &activations.shape,
                out: &mut out,
            });
        }
        Ok(out)
    }
}

thread_local! {
    /// The library's product for this machine. It asks the processor what it can do, which takes long in a guest.
    static PRODUCT: GemmExecutor<u8, i8, i32> = GemmExecutor::default();
}

/// Integers back to numbers.
struct Widening<'a> {
    weights: &'a IntegerWeights,
    sums: &'a [i32],
    /// Scale and least value of each row.
    shape: &'a [(f32, f32)],
    out: &'a mut Vec<f32>,
}

impl WithSimd for Widening<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        let outputs = self.weights.outputs();
        for (sums, (scale, low)) in self.sums.chunks_exact(outputs).zip(self.shape) {
            let weights = self.weights.scales.iter().zip(&self.weights.sums);
            self.out.extend(
                sums.iter()
                    .zip(weights)
                    .map(|(sum, (weight, total))| weight * (scale * *sum as f32 + low * total)),
            );
        }
    }
}

/// Rows rounded to seven bits.
struct Activations {
    values: Vec<u8>,
    /// Scale and least value of each row.
    shape: Vec<(f32, f32)>,
}

impl Activations {
    fn round(rows: &[f32], inputs: usize) -> Self {
        let mut activations =
            Self { values: vec![0; rows.len()], shape: Vec::with_capacity(rows.len() / inputs) };
        pulp::Arch::new().dispatch(Rounding { rows, inputs, activations: &mut activations });
        activations
    }
}

struct Rounding<'a> {
    rows: &'a [f32],
    inputs: usize,
    activations: &'a mut Activations,
}

impl WithSimd for Rounding<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        let targets = self.activations.values.chunks_exact_mut(self.inputs);
        for (row, rounded) in self.rows.chunks_exact(self.inputs).zip(targets) {
            let (low, high) = range(row);
            let scale = ((high - low) / ACTIVATION).max(f32::MIN_POSITIVE);
            let factor = 1.0 / scale;
            for (rounded, value) in rounded.iter_mut().zip(row) {
                *rounded = ((value - low) * factor + ROUND).to_bits() as u8;
            }
            self.activations.shape.push((scale, low));
        }
    }
}

/// Least and greatest value, in lanes that the compiler keeps in registers.
#[inline(always)]
fn range(row: &[f32]) -> (f32, f32) {
    let (mut low, mut high) = ([f32::INFINITY; 32], [f32::NEG_INFINITY; 32]);
    let chunks = row.chunks_exact(32);
    let rest = chunks.remainder();
    for chunk in chunks {
        for i in 0..32 {
            low[i] = if chunk[i] < low[i] { chunk[i] } else { low[i] };
            high[i] = if chunk[i] > high[i] { chunk[i] } else { high[i] };
        }
    }
    let least = low.iter().chain(rest).copied().fold(f32::INFINITY, f32::min);
    (least, high.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max))
}

#[cfg(test)]
mod tests {
    use super::IntegerWeights;

    fn noise(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn the_product_is_that_of_the_rounded_numbers() {
        for (tokens, inputs, outputs) in [(1, 8, 16), (5, 20, 7), (131, 24, 33), (9, 100, 48)] {
            let (rows, weights) = (noise(tokens * inputs, 3), noise(outputs * inputs, 5));
            let layer = IntegerWeights::new(&weights, inputs);
            let found = layer.multiply(&rows).unwrap();
            for token in 0..tokens {
                for output in 0..outputs {
                    let exact: f64 = (0..inputs)
                        .map(|i| {
                            f64::from(rows[token * inputs + i]) * f64::from(weights[output * inputs + i])
                        })
                        .sum();
                    let off = (f64::from(found[token * outputs + output]) - exact).abs();
                    assert!(off < 0.02 * (inputs as f64).sqrt(), "{tokens}×{inputs}×{outputs}: off by {off}");
                }
            }
        }
    }

    #[test]
    fn greatest_numbers_do_not_overflow() {
        let (tokens, inputs, outputs) = (6, 64, 20);
        let extremes = |count, seed| -> Vec<f32> { noise(count, seed).iter().map(|x| x.signum()).collect() };
        for weights in
            [vec![1.0; outputs * inputs], vec![-1.0; outputs * inputs], extremes(outputs * inputs, 1)]
        {
            // One low value makes all others the greatest activation.
            let mut rows = vec![1.0; tokens * inputs];
            rows.iter_mut().step_by(inputs).for_each(|value| *value = 0.0);
            let layer = IntegerWeights::new(&weights, inputs);
            let found = layer.multiply(&rows).unwrap();
            for (output, weights) in weights.chunks_exact(inputs).enumerate() {
                let exact: f32 = weights[1..].iter().sum();
                let off = (found[output] - exact).abs();
                assert!(off < 1e-3, "{} for {exact}", found[output]);
            }
        }
    }
}
