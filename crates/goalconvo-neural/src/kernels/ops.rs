//! The kernels as operations of the tensor library. CPU only: on another device the model takes the library's own
//! operations instead.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, InplaceOp2, InplaceOp3, Layout, Result, Shape, bail};
use pulp::Arch;

use super::attention::{OneText, Workspace};
use super::integer::IntegerWeights;
use super::norm::Norm;
use super::pointwise::{Bias, Gelu};

/// `rows += bias`, in place.
pub(crate) struct AddBias;

impl InplaceOp2 for AddBias {
    fn name(&self) -> &'static str {
        "add_bias"
    }

    fn cpu_fwd(&self, rows: &mut CpuStorage, at: &Layout, bias: &CpuStorage, b: &Layout) -> Result<()> {
        let (rows, bias) = (written(rows, at)?, read(bias, b)?);
        Arch::new().dispatch(Bias { rows, bias });
        Ok(())
    }
}

/// `rows ← gelu(rows + bias)` with the exact error function, in place.
pub(crate) struct BiasGelu;

impl InplaceOp2 for BiasGelu {
    fn name(&self) -> &'static str {
        "bias_gelu"
    }

    fn cpu_fwd(&self, rows: &mut CpuStorage, at: &Layout, bias: &CpuStorage, b: &Layout) -> Result<()> {
        let (rows, bias) = (written(rows, at)?, read(bias, b)?);
        Arch::new().dispatch(Gelu { rows, bias });
        Ok(())
    }
}

/// `rows ← norm(rows + bias + residual)·gain + shift`, in place. The third operand is `3 × width`: bias, gain,
/// shift.
pub(crate) struct ResidualNorm {
    pub(crate) eps: f32,
}

impl InplaceOp3 for ResidualNorm {
    fn name(&self) -> &'static str {
        "residual_norm"
    }

    fn cpu_fwd(
        &self,
        rows: &mut CpuStorage,
        at: &Layout,
        residual: &CpuStorage,
        r: &Layout,
        parameters: &CpuStorage,
        p: &Layout,
    ) -> Result<()> {
        let (rows, residual, parameters) = (written(rows, at)?, read(residual, r)?, read(parameters, p)?);
        let width = parameters.len() / 3;
        let (bias, rest) = parameters.split_at(width);
        let (gain, shift) = rest.split_at(width);
        Arch::new().dispatch(Norm { rows, residual, bias, gain, shift, eps: self.eps });
        Ok(())
    }
}

/// A score to add by head and by distance between two tokens.
#[derive(Debug, Clone)]
pub(crate) struct RelativeBias {
    /// For each head `2·farthest + 1` scores, entry `farthest + column - row`.
    pub(crate) tables: Arc<Vec<f32>>,
    /// The farthest distance that the tables hold.
    pub(crate) farthest: usize,
}

/// Self-attention over texts packed end to end: each attends to itself alone, so that nothing is padded or masked.
///
/// Takes `tokens × 3·hidden` (query, key, value side by side), gives `tokens × hidden`.
pub(crate) struct PackedAttention<'a> {
    pub(crate) lengths: &'a [usize],
    pub(crate) heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) bias: Option<&'a RelativeBias>,
}

impl CustomOp1 for PackedAttention<'_> {
    fn name(&self) -> &'static str {
        "packed_attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let hidden = self.heads * self.head_dim;
        let tokens: usize = self.lengths.iter().sum();
        if layout.dims() != [tokens, 3 * hidden] {
            bail!("packed_attention: input is {:?}, expected {:?}", layout.dims(), [tokens, 3 * hidden]);
        }
        let input = read(storage, layout)?;
        let by_distance = self.bias.map(|bias| bias.tables.as_slice());
        let mut workspace = Workspace::default();
        let mut out = vec![0f32; tokens * hidden];
        let mut first = 0;
        for length in self.lengths {
            let rows = first * hidden..(first + length) * hidden;
            Arch::new().dispatch(OneText {
                query_key_value: &input[3 * rows.start..3 * rows.end],
                out: &mut out[rows],
                heads: self.heads,
                head_dim: self.head_dim,
                by_distance,
                workspace: &mut workspace,
            });
            first += length;
        }
        Ok((CpuStorage::F32(out), (tokens, hidden).into()))
    }
}

/// `rows · weightsᵀ` in small integers.
pub(crate) struct IntegerProduct<'a>(pub(crate) &'a IntegerWeights);

impl CustomOp1 for IntegerProduct<'_> {
    fn name(&self) -> &'static str {
        "integer_product"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, inputs) = layout.shape().dims2()?;
        if inputs != self.0.inputs() {
            bail!("integer_product: rows of {inputs}, expected {}", self.0.inputs());
        }
        let out = self.0.multiply(read(storage, layout)?).map_err(candle_core::Error::wrap)?;
        Ok((CpuStorage::F32(out), (tokens, self.0.outputs()).into()))
    }
}

fn read<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("operand is not contiguous"),
    }
}

fn written<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => bail!("result is not a contiguous f32 matrix"),
    }
}
