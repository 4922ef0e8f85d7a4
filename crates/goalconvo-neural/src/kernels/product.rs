//! A small matrix product for attention, where the library's own call costs more than its arithmetic.

use pulp::Simd;

/// Vectors side by side in a panel of the right operand.
const WIDE: usize = 2;
/// Rows of the result computed at a time: with two vectors each they fill the registers of AVX2.
pub(super) const TALL: usize = 6;
/// Steps of the inner dimension between two looks at where the operands end.
const STEPS: usize = 4;

/// A right operand in panels of two vectors: for each panel, one after the other, the `inner` rows of it. Columns
/// beyond the last are zero.
#[derive(Default)]
pub(super) struct Panels {
    values: Vec<f32>,
    inner: usize,
}

impl Panels {
    /// Columns of one panel.
    pub(super) fn width<S: Simd>() -> usize {
        WIDE * S::F32_LANES
    }

    /// Takes `columns` columns of a matrix whose entry at row `k`, column `j` is `source[k·row + j·column]`.
    #[inline(always)]
    pub(super) fn pack<S: Simd>(
        &mut self,
        source: &[f32],
        [row, column]: [usize; 2],
        [inner, columns]: [usize; 2],
    ) {
        let width = Self::width::<S>();
        self.inner = inner;
        self.values.clear();
        self.values.resize(columns.div_ceil(width) * inner * width, 0.0);
        for (index, panel) in self.values.chunks_exact_mut(inner * width).enumerate() {
            let first = index * width;
            let filled = width.min(columns - first);
            if column == 1 {
                for (k, line) in panel.chunks_exact_mut(width).enumerate() {
                    let from = k * row + first;
                    line[..filled].copy_from_slice(&source[from..from + filled]);
                }
            } else {
                for j in 0..filled {
                    let from = (first + j) * column;
                    for (line, value) in panel.chunks_exact_mut(width).zip(source[from..].iter().step_by(row))
                    {
                        line[j] = *value;
                    }
                }
            }
        }
    }

    /// `result ← left · self`. Row `i` of `left` starts at `i·stride` and has `inner` entries; `result` is
    /// row-major, as wide as all panels together.
    #[inline(always)]
    pub(super) fn multiply<S: Simd>(&self, simd: S, left: &[f32], stride: usize, result: &mut [f32]) {
        let width = Self::width::<S>();
        let panel = self.inner * width;
        let columns = self.values.len() / self.inner;
        for (tile, rows) in result.chunks_mut(TALL * columns).enumerate() {
            let left = &left[tile * TALL * stride..];
            for (index, panel) in self.values.chunks_exact(panel).enumerate() {
                let (panel, _) = S::as_simd_f32s(panel);
                let at = index * width;
                match rows.len() / columns {
                    6 => tile_of::<S, 6>(simd, panel, left, stride, &mut rows[at..], columns),
                    5 => tile_of::<S, 5>(simd, panel, left, stride, &mut rows[at..], columns),
                    4 => tile_of::<S, 4>(simd, panel, left, stride, &mut rows[at..], columns),
                    3 => tile_of::<S, 3>(simd, panel, left, stride, &mut rows[at..], columns),
                    2 => tile_of::<S, 2>(simd, panel, left, stride, &mut rows[at..], columns),
                    _ => tile_of::<S, 1>(simd, panel, left, stride, &mut rows[at..], columns),
                }
            }
        }
    }
}

/// `ROWS` rows of one panel's columns.
#[inline(always)]
fn tile_of<S: Simd, const ROWS: usize>(
    simd: S,
    panel: &[S::f32s],
    left: &[f32],
    stride: usize,
    result: &mut [f32],
    columns: usize,
) {
    let inner = panel.len() / WIDE;
    let rows: [_; ROWS] = std::array::from_fn(|row| left[row * stride..][..inner].as_chunks::<STEPS>());
    let (steps, rest) = panel.as_chunks::<{ STEPS * WIDE }>();
    let mut sums = [[simd.splat_f32s(0.0); WIDE]; ROWS];
    for (index, lines) in steps.iter().enumerate() {
        let values: [&[f32; STEPS]; ROWS] = std::array::from_fn(|row| &rows[row].0[index]);
        for (k, line) in lines.as_chunks::<WIDE>().0.iter().enumerate() {
            add_line::<S, ROWS>(simd, &mut sums, line, values.map(|values| values[k]));
        }
    }
    for (k, line) in rest.as_chunks::<WIDE>().0.iter().enumerate() {
        add_line::<S, ROWS>(simd, &mut sums, line, rows.map(|(_, rest)| rest[k]));
    }
    for (row, sums) in sums.iter().enumerate() {
        let (out, _) = S::as_mut_simd_f32s(&mut result[row * columns..][..WIDE * S::F32_LANES]);
        out.copy_from_slice(sums);
    }
}

/// One step of the inner dimension.
#[inline(always)]
fn add_line<S: Simd, const ROWS: usize>(
    simd: S,
    sums: &mut [[S::f32s; WIDE]; ROWS],
    line: &[S::f32s; WIDE],
    values: [f32; ROWS],
) {
    for (sums, value) in sums.iter_mut().zip(values) {
        let value = simd.splat_f32s(value);
        for (sum, entry) in sums.iter_mut().zip(line) {
            *sum = simd.mul_add_e_f32s(value, *entry, *sum);
        }
    }
}
