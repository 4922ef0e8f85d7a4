//! Self-attention of one text, all heads, in the cache.

use pulp::{Simd, WithSimd};

use super::product::Panels;
use super::softmax::softmax_rows;

/// Memory that one text after the other uses.
#[derive(Default)]
pub(super) struct Workspace {
    panels: Panels,
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

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (heads, dim) = (self.heads, self.head_dim);
        let (hidden, row) = (heads * dim, 3 * heads * dim);
        let length = self.out.len() / hidden;
        let Workspace { panels, scores, context } = self.workspace;
        let width = Panels::width::<S>();
        let columns = length.next_multiple_of(width);
        let dim_columns = dim.next_multiple_of(width);
        scores.resize(length * columns, 0.0);
        context.resize(length * dim_columns, 0.0);
        let scale = 1.0 / (dim as f32).sqrt();
        for head in 0..heads {
            let at = |part: usize| &self.query_key_value[part * hidden + head * dim..];
            let table = self.by_distance.map(|tables| {
                let entries = tables.len() / heads;
                &tables[head * entries..(head + 1) * entries]
            });
            panels.pack::<S>(at(1), [1, row], [dim, length]);
            panels.multiply(simd, at(0), row, scores);
            softmax_rows(simd, scores, [length, columns], scale, table);
            panels.pack::<S>(at(2), [row, 1], [length, dim]);
            panels.multiply(simd, scores, columns, context);
            for (out, from) in self.out.chunks_exact_mut(hidden).zip(context.chunks_exact(dim_columns)) {
                out[head * dim..(head + 1) * dim].copy_from_slice(&from[..dim]);
            }
        }
    }
}
