//! Matrix product in small integers: about twice as fast as single precision, at a price in exactness.
//!
//! Weights take seven bits with a scale for each output, activations seven bits with a scale and an offset for each
//! token. With these widths four products fit sixteen bits, so that sums stay there for two steps before they are
//! widened: that is what makes it fast on AVX2. Sums are exact, so every machine gives the same integers.

use pulp::WithSimd;

/// Largest weight.
const WEIGHT: f32 = 63.0;
/// Largest activation; the least is 0.
const ACTIVATION: f32 = 127.0;
/// Outputs computed side by side.
const WIDE: usize = 16;
/// Tokens computed at a time.
const TALL: usize = 4;
/// Tokens whose activations stay in the cache while all weights pass by.
const BLOCK: usize = 128;
/// Adding this to a small number leaves its nearest integer in the low bits.
const ROUND: f32 = 12_582_912.0;

/// Four activations, or four weights of one output, in a row.
type Quad<T> = [T; 4];

/// The weights of one layer.
pub(crate) struct IntegerWeights {
    /// For each 16 outputs, for each four inputs, for each output: its four weights.
    panels: Vec<Quad<i8>>,
    scales: Vec<f32>,
    /// Sum of an output's integer weights, which the activations' offset multiplies.
    sums: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl IntegerWeights {
    /// Rounds weights of shape `outputs × inputs`, row-major.
    pub(crate) fn new(weights: &[f32], inputs: usize) -> Self {
        let outputs = weights.len() / inputs;
        // Two groups of four are summed at a time; what is added is zero.
        let groups = inputs.div_ceil(8) * 2;
        let mut panels = vec![[0i8; 4]; outputs.div_ceil(WIDE) * groups * WIDE];
        let (mut scales, mut sums) = (Vec::with_capacity(outputs), Vec::with_capacity(outputs));
        for (output, row) in weights.chunks_exact(inputs).enumerate() {
            let scale = row.iter().fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs())) / WEIGHT;
            let start = output / WIDE * groups * WIDE + output % WIDE;
            let mut sum = 0.0;
            for (input, weight) in row.iter().enumerate() {
                let rounded = (weight / scale).round();
                sum += rounded;
                panels[start + input / 4 * WIDE][input % 4] = rounded as i8;
            }
            scales.push(scale);
            sums.push(sum);
        }
        Self { panels, scales, sums, inputs, outputs }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Inputs in groups of four, padding included.
    fn groups(&self) -> usize {
        self.inputs.div_ceil(8) * 2
    }

    /// `rows · weightsᵀ` for rows of `inputs` numbers: as many rows of `outputs`.
    pub(crate) fn multiply(&self, rows: &[f32]) -> Vec<f32> {
        let tokens = rows.len() / self.inputs;
        let mut out = vec![0f32; tokens * self.outputs];
        for (rows, out) in rows.chunks(BLOCK * self.inputs).zip(out.chunks_mut(BLOCK * self.outputs)) {
            let activations = Activations::round(rows, self.inputs, self.groups());
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = pulp::x86::V3::try_new() {
                simd.vectorize(avx2::Block { weights: self, activations: &activations, out });
                continue;
            }
            self.plain_block(&activations, out);
        }
        out
    }

    /// The same without AVX2.
    fn plain_block(&self, activations: &Activations, out: &mut [f32]) {
        let groups = self.groups();
        for (token, out) in out.chunks_exact_mut(self.outputs).enumerate() {
            let row = &activations.values[token * groups..(token + 1) * groups];
            for (panel, out) in self.panels.chunks_exact(groups * WIDE).zip(out.chunks_mut(WIDE).enumerate())
            {
                let mut sums = [0i32; WIDE];
                for (activation, weights) in row.iter().zip(panel.chunks_exact(WIDE)) {
                    for (sum, weights) in sums.iter_mut().zip(weights) {
                        *sum += (0..4).map(|i| i32::from(activation[i]) * i32::from(weights[i])).sum::<i32>();
                    }
                }
                self.finish(&sums, out.0 * WIDE, activations.shape[token], out.1);
            }
        }
    }

    /// Integers back to numbers, for the outputs from `first` on.
    #[inline(always)]
    fn finish(&self, sums: &[i32; WIDE], first: usize, (scale, low): (f32, f32), out: &mut [f32]) {
        let outputs = self.scales[first..].iter().zip(&self.sums[first..]);
        for ((value, sum), (weight, total)) in out.iter_mut().zip(sums).zip(outputs) {
            *value = weight * (scale * *sum as f32 + low * total);
        }
    }
}

/// Rows rounded to seven bits.
struct Activations {
    values: Vec<Quad<u8>>,
    /// Scale and least value of each row.
    shape: Vec<(f32, f32)>,
}

impl Activations {
    fn round(rows: &[f32], inputs: usize, groups: usize) -> Self {
        let tokens = rows.len() / inputs;
        let mut activations =
            Self { values: vec![[0; 4]; tokens * groups], shape: Vec::with_capacity(tokens) };
        pulp::Arch::new().dispatch(Rounding { rows, inputs, groups, activations: &mut activations });
        activations
    }
}

struct Rounding<'a> {
    rows: &'a [f32],
    inputs: usize,
    groups: usize,
    activations: &'a mut Activations,
}

impl WithSimd for Rounding<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        let targets = self.activations.values.chunks_exact_mut(self.groups);
        for (row, quads) in self.rows.chunks_exact(self.inputs).zip(targets) {
            let (low, high) = range(row);
            let scale = ((high - low) / ACTIVATION).max(f32::MIN_POSITIVE);
            let factor = 1.0 / scale;
            let round = |value: f32| ((value - low) * factor + ROUND).to_bits() as u8;
            let whole = row.chunks_exact(4);
            for (i, value) in whole.remainder().iter().enumerate() {
                quads[row.len() / 4][i] = round(*value);
            }
            for (quad, values) in quads.iter_mut().zip(whole) {
                *quad = [round(values[0]), round(values[1]), round(values[2]), round(values[3])];
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

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::__m256i;

    use pulp::x86::V3;
    use pulp::{NullaryFnOnce, cast};

    use super::{Activations, IntegerWeights, Quad, TALL, WIDE};

    /// One block of tokens against all weights.
    pub(super) struct Block<'a> {
        pub(super) weights: &'a IntegerWeights,
        pub(super) activations: &'a Activations,
        pub(super) out: &'a mut [f32],
    }

    impl NullaryFnOnce for Block<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Some(simd) = V3::try_new() else { return };
            let (groups, outputs) = (self.weights.groups(), self.weights.outputs);
            for (index, panel) in self.weights.panels.chunks_exact(groups * WIDE).enumerate() {
                let rows =
                    self.activations.values.chunks(TALL * groups).zip(self.out.chunks_mut(TALL * outputs));
                for (tile, (rows, out)) in rows.enumerate() {
                    let shape = &self.activations.shape[tile * TALL..];
                    let place = Place { weights: self.weights, first: index * WIDE, shape };
                    if rows.len() == TALL * groups {
                        for (row, sums) in sums::<TALL>(simd, panel, rows, groups).iter().enumerate() {
                            place.write(row, *sums, out);
                        }
                    } else {
                        for (row, values) in rows.chunks_exact(groups).enumerate() {
                            place.write(row, sums::<1>(simd, panel, values, groups)[0], out);
                        }
                    }
                }
            }
        }
    }

    /// Where the sums of one tile belong.
    struct Place<'a> {
        weights: &'a IntegerWeights,
        /// The first of the 16 outputs.
        first: usize,
        /// Scale and offset of each row of the tile.
        shape: &'a [(f32, f32)],
    }

    impl Place<'_> {
        /// Not a closure: those are not compiled for the vector unit.
        #[inline(always)]
        fn write(&self, row: usize, sums: [__m256i; 2], out: &mut [f32]) {
            let outputs = self.weights.outputs;
            let end = outputs.min(self.first + WIDE);
            let out = &mut out[row * outputs..][self.first..end];
            self.weights.finish(&cast(sums), self.first, self.shape[row], out);
        }
    }

    /// The sums of `ROWS` tokens with 16 outputs.
    #[inline(always)]
    fn sums<const ROWS: usize>(
        simd: V3,
        panel: &[Quad<i8>],
        rows: &[Quad<u8>],
        groups: usize,
    ) -> [[__m256i; 2]; ROWS] {
        let rows: [&[Quad<u8>]; ROWS] = std::array::from_fn(|row| &rows[row * groups..(row + 1) * groups]);
        let ones = simd.avx._mm256_set1_epi16(1);
        let mut sums = [[simd.avx._mm256_setzero_si256(); 2]; ROWS];
        for (step, weights) in panel.as_chunks::<{ 2 * WIDE }>().0.iter().enumerate() {
            // Two groups of inputs by two registers of eight outputs.
            let weights: [__m256i; 4] = cast(*weights);
            for row in 0..ROWS {
                let first = simd.avx._mm256_set1_epi32(i32::from_ne_bytes(rows[row][2 * step]));
                let second = simd.avx._mm256_set1_epi32(i32::from_ne_bytes(rows[row][2 * step + 1]));
                for half in 0..2 {
                    let pairs = simd.avx2._mm256_add_epi16(
                        simd.avx2._mm256_maddubs_epi16(first, weights[half]),
                        simd.avx2._mm256_maddubs_epi16(second, weights[2 + half]),
                    );
                    let quads = simd.avx2._mm256_madd_epi16(pairs, ones);
                    sums[row][half] = simd.avx2._mm256_add_epi32(sums[row][half], quads);
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::{Activations, IntegerWeights};

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
            let found = layer.multiply(&rows);
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
    fn greatest_numbers_do_not_overflow_and_every_machine_agrees() {
        let (tokens, inputs, outputs) = (6, 64, 20);
        let extremes = |count, seed| -> Vec<f32> { noise(count, seed).iter().map(|x| x.signum()).collect() };
        for weights in
            [vec![1.0; outputs * inputs], vec![-1.0; outputs * inputs], extremes(outputs * inputs, 1)]
        {
            // One low value makes all others the greatest activation.
            let mut rows = vec![1.0; tokens * inputs];
            rows.iter_mut().step_by(inputs).for_each(|value| *value = 0.0);
            let layer = IntegerWeights::new(&weights, inputs);
            let found = layer.multiply(&rows);
            let activations = Activations::round(&rows, inputs, layer.groups());
            let mut plain = vec![0.0; tokens * outputs];
            layer.plain_block(&activations, &mut plain);
            assert_eq!(found, plain);
            let first: f32 = weights[1..inputs].iter().sum();
            assert!((found[0] - first).abs() < 1e-3, "{} for {first}", found[0]);
        }
    }
}
