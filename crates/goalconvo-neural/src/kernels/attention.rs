//! Self-attention of one text, all heads, in the cache.

use pulp::{Simd, WithSimd};

use super::product::{Panels, TALL};
use super::softmax::unscaled_softmax;

/// Memory that one text after the other uses.
#[derive(Default)]
pub(super) struct Workspace {
    keys: Panels,
    values: Panels,
    scores: Vec<f32>,
    context: Vec<f32>,
}

/// One text's attention.
pub(super) struct OneText<'a> {
    /// `length × 3·heads·head_dim`: query, key and value side by side.
    pub(super) query_key_value: &'a [f32],
    /// `length × heads·head_dim`, all written.
    pub(super) out: &'a mut [f32],
    pub(super) heads: usize,
    pub(super) head_dim: usize,
    /// For each head what is added to a score by distance, one table after the other.
    pub(super) by_distance: Option<&'a [f32]>,
    pub(super) workspace: &'a mut Workspace,
}

impl WithSimd for OneText<'_> {
    type Output = ();

    /// A few queries at a time, so that their scores never leave the nearest cache.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (heads, dim) = (self.heads, self.head_dim);
        let (hidden, row) = (heads * dim, 3 * heads * dim);
        let length = self.out.len() / hidden;
        let Workspace { keys, values, scores, context } = self.workspace;
        let width = Panels::width::<S>();
        let (columns, dim_columns) = (length.next_multiple_of(width), dim.next_multiple_of(width));
        scores.resize(TALL * columns, 0.0);
        context.resize(TALL * dim_columns, 0.0);
        let scale = 1.0 / (dim as f32).sqrt();
        for head in 0..heads {
            let at = |part: usize| &self.query_key_value[part * hidden + head * dim..];
            let table = self.by_distance.map(|tables| {
                let entries = tables.len() / heads;
                &tables[head * entries..(head + 1) * entries]
            });
            keys.pack::<S>(at(1), [1, row], [dim, length]);
            values.pack::<S>(at(2), [row, 1], [length, dim]);
            for (tile, out) in self.out.chunks_mut(TALL * hidden).enumerate() {
                let (first, rows) = (tile * TALL, out.len() / hidden);
                let (scores, context) = (&mut scores[..rows * columns], &mut context[..rows * dim_columns]);
                keys.multiply(simd, &at(0)[first * row..], row, scores);
                let mut sums = [0.0; TALL];
                for (index, (scores, sum)) in scores.chunks_exact_mut(columns).zip(&mut sums).enumerate() {
                    let bias = table.map(|table| &table[table.len() / 2 - first - index..][..length]);
                    *sum = unscaled_softmax(simd, scores, length, scale, bias);
                }
                values.multiply(simd, scores, columns, context);
                let rows = out.chunks_exact_mut(hidden).zip(context.chunks_exact(dim_columns));
                for ((out, from), sum) in rows.zip(sums) {
                    let factor = 1.0 / sum;
                    for (out, from) in out[head * dim..(head + 1) * dim].iter_mut().zip(from) {
                        *out = from * factor;
                    }
                }
            }
        }
    }
}
