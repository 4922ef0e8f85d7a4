//! One transformer block: self-attention, then the feed-forward half, each closed by residual and norm.

use candle_core::{D, Device, Result as TensorResult, Tensor};
use candle_nn::ops::softmax_last_dim;

use super::deberta::Disentangled;
use super::linear::{Linear, LinearNorm};
use crate::config::{Activation, Family, ModelConfig};
use crate::error::NeuralError;
use crate::kernels::{PackedAttention, RelativeBias};
use crate::weights::Weights;

/// The weights of one block.
pub(super) struct Block {
    /// Query, key and value in one product.
    query_key_value: Linear,
    attention_end: LinearNorm,
    expand: Linear,
    block_end: LinearNorm,
    activation: Activation,
    /// DeBERTa's projections of relative positions in this block.
    position_projections: Option<super::deberta::PositionProjections>,
}

/// What attention needs to know besides its input.
pub(super) struct Attend<'a> {
    pub(super) lengths: &'a [usize],
    pub(super) heads: usize,
    pub(super) head_dim: usize,
    pub(super) bias: Option<&'a RelativeBias>,
    pub(super) disentangled: Option<&'a Disentangled>,
}

impl Block {
    pub(super) fn load(
        config: &ModelConfig,
        weights: &Weights,
        index: usize,
        device: &Device,
    ) -> Result<Self, NeuralError> {
        let at = format!("encoder.layer.{index}");
        let (inside, names, end) = match config.family {
            Family::Bert | Family::Roberta => (
                "attention.self",
                ["query", "key", "value"],
                ["attention.output.dense", "attention.output.LayerNorm"],
            ),
            Family::Mpnet => ("attention.attn", ["q", "k", "v"], ["attention.attn.o", "attention.LayerNorm"]),
            Family::DebertaV2 => (
                "attention.self",
                ["query_proj", "key_proj", "value_proj"],
                ["attention.output.dense", "attention.output.LayerNorm"],
            ),
        };
        let names = names.map(|name| format!("{at}.{inside}.{name}"));
        let (hidden, wide, eps) = (config.hidden, config.intermediate, config.norm_eps);
        let named = |[dense, norm]: [&str; 2]| [format!("{at}.{dense}"), format!("{at}.{norm}")];
        let [attention_dense, attention_norm] = named(end);
        let [dense, norm] = named(["output.dense", "output.LayerNorm"]);
        let position_projections = super::deberta::PositionProjections::load(config, weights, &at, device)?;
        Ok(Self {
            query_key_value: Linear::load(weights, &names, [hidden, hidden], device)?,
            attention_end: LinearNorm::load(
                weights,
                [&attention_dense, &attention_norm],
                [hidden, hidden],
                eps,
                device,
            )?,
            expand: Linear::load(weights, &[format!("{at}.intermediate.dense")], [hidden, wide], device)?,
            block_end: LinearNorm::load(weights, [&dense, &norm], [wide, hidden], eps, device)?,
            activation: config.activation,
            position_projections,
        })
    }

    /// `tokens × hidden` to the same.
    pub(super) fn forward(&self, x: &Tensor, attend: &Attend<'_>) -> TensorResult<Tensor> {
        let qkv = self.query_key_value.forward(x)?;
        let context = match (attend.disentangled, &self.position_projections) {
            (Some(relative), Some(projections)) => {
                attend.equal_lengths(&qkv, |q, k| relative.scores(q, k, projections))?
            }
            _ if x.device().is_cpu() => qkv.apply_op1_no_bwd(&PackedAttention {
                lengths: attend.lengths,
                heads: attend.heads,
                head_dim: attend.head_dim,
                bias: attend.bias,
            })?,
            _ => attend.equal_lengths(&qkv, |q, k| attend.scores(q, k))?,
        };
        let middle = self.attention_end.forward(&context, x)?;
        let wide = self.expand.forward_activated(&middle, self.activation)?;
        self.block_end.forward(&wide, &middle)
    }
}

impl Attend<'_> {
    /// Attention for texts of one length by the library's own operations, which every device has. `scores` gives
    /// what softmax reads, from query and key of shape `texts × heads × length × head_dim`.
    fn equal_lengths(
        &self,
        qkv: &Tensor,
        scores: impl Fn(&Tensor, &Tensor) -> TensorResult<Tensor>,
    ) -> TensorResult<Tensor> {
        let length = self.lengths.first().copied().unwrap_or(0);
        if self.lengths.iter().any(|other| *other != length) {
            candle_core::bail!("a batch of several lengths reached an operation for one");
        }
        let texts = self.lengths.len();
        let parts = qkv.reshape((texts, length, 3, self.heads, self.head_dim))?;
        let part = |index: usize| parts.narrow(2, index, 1)?.squeeze(2)?.transpose(1, 2)?.contiguous();
        let weights = softmax_last_dim(&scores(&part(0)?, &part(1)?)?)?;
        let context = weights.matmul(&part(2)?)?;
        context.transpose(1, 2)?.reshape((texts * length, self.heads * self.head_dim))
    }

    fn scores(&self, query: &Tensor, key: &Tensor) -> TensorResult<Tensor> {
        let scores = (query.matmul(&key.t()?)? * (1.0 / (self.head_dim as f64).sqrt()))?;
        match self.bias {
            None => Ok(scores),
            Some(bias) => scores.broadcast_add(&self.square(bias, query.dim(D::Minus2)?, query.device())?),
        }
    }

    /// The scores by distance as a square for each head: `heads × length × length`.
    fn square(&self, bias: &RelativeBias, length: usize, device: &Device) -> TensorResult<Tensor> {
        let mut values = Vec::with_capacity(self.heads * length * length);
        for table in bias.tables.chunks_exact(2 * bias.farthest + 1) {
            for row in 0..length {
                let start = bias.farthest - row;
                values.extend_from_slice(&table[start..start + length]);
            }
        }
        Tensor::from_vec(values, (self.heads, length, length), device)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use candle_core::{Device, Tensor};

    use super::Attend;
    use crate::kernels::{PackedAttention, RelativeBias};

    #[test]
    fn attention_for_every_device_is_that_of_the_kernel() {
        let (heads, head_dim, farthest, lengths) = (2, 12, 9, [7, 7, 7]);
        let random = |count: usize| Tensor::rand(-2f32, 2.0, count, &Device::Cpu).unwrap();
        let tables = random(heads * (2 * farthest + 1)).to_vec1().unwrap();
        let with_bias = RelativeBias { tables: Arc::new(tables), farthest };
        for bias in [None, Some(&with_bias)] {
            let qkv = random(21 * 72).reshape((21, 72)).unwrap();
            let attend = Attend { lengths: &lengths, heads, head_dim, bias, disentangled: None };
            let plain = attend.equal_lengths(&qkv, |q, k| attend.scores(q, k)).unwrap();
            let kernel = PackedAttention { lengths: &lengths, heads, head_dim, bias };
            let fast = qkv.apply_op1_no_bwd(&kernel).unwrap();
            let off = (plain - fast).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(off < 1e-5, "off by {off}");
        }
    }
}
