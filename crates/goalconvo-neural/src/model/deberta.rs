//! DeBERTa's disentangled attention (He et al. 2021) and the convolution of its large v2 models.
//!
//! A score is the sum of content-to-content, content-to-position and position-to-content products, divided by
//! `sqrt(head_dim · terms)`. Positions are relative, bucketed by a logarithm beyond the near ones.

use candle_core::{D, Device, Result as TensorResult, Tensor};

use super::Batch;
use super::linear::{Norm, activate};
use crate::config::{ConvConfig, DebertaConfig, ModelConfig};
use crate::error::NeuralError;
use crate::weights::Weights;

/// The table of relative positions, shared by all blocks.
pub(super) struct Disentangled {
    config: DebertaConfig,
    head_dim: usize,
    /// Entries on one side; the table has twice as many rows.
    span: usize,
}

/// One block's projections of the table: `heads × head_dim × 2·span`, ready to multiply from the right.
pub(super) struct PositionProjections {
    /// Keys made of positions, which content queries ask.
    keys: Option<Tensor>,
    /// Queries made of positions, which ask content keys.
    queries: Option<Tensor>,
}

impl Disentangled {
    pub(super) fn load(
        config: &ModelConfig,
        _weights: &Weights,
        _device: &Device,
    ) -> Result<Self, NeuralError> {
        let Some(deberta) = &config.deberta else {
            return Err(NeuralError::request("a model without relative positions was asked for them"));
        };
        Ok(Self { config: deberta.clone(), head_dim: config.head_dim(), span: span(deberta) })
    }

    /// What softmax reads, from query and key of shape `texts × heads × length × head_dim`.
    pub(super) fn scores(
        &self,
        query: &Tensor,
        key: &Tensor,
        projections: &PositionProjections,
    ) -> TensorResult<Tensor> {
        let terms = 1 + usize::from(projections.keys.is_some()) + usize::from(projections.queries.is_some());
        let mut scores = query.matmul(&key.t()?)?;
        let (texts, heads, length, _) = query.dims4()?;
        let shape = (texts, heads, length, length);
        if let Some(keys) = &projections.keys {
            let rows = self.entries(length, query.device(), |row, column| self.bucket(row - column))?;
            let by_entry = query.broadcast_matmul(keys)?.contiguous()?;
            scores = scores.add(&by_entry.gather(&rows.broadcast_as(shape)?.contiguous()?, D::Minus1)?)?;
        }
        if let Some(queries) = &projections.queries {
            // Row and column change sides: the key's token is the row here, and the result is turned back.
            let rows = self.entries(length, query.device(), |row, column| -self.bucket(row - column))?;
            let by_entry = key.broadcast_matmul(queries)?.contiguous()?;
            scores =
                scores.add(&by_entry.gather(&rows.broadcast_as(shape)?.contiguous()?, D::Minus1)?.t()?)?;
        }
        scores / ((self.head_dim * terms) as f64).sqrt()
    }

    /// The row of the table for each pair of tokens, `length × length`.
    fn entries(
        &self,
        length: usize,
        device: &Device,
        distance: impl Fn(i64, i64) -> i64,
    ) -> TensorResult<Tensor> {
        let (length_signed, span) = (length as i64, self.span as i64);
        let rows: Vec<u32> = (0..length_signed)
            .flat_map(|row| (0..length_signed).map(move |column| (row, column)))
            .map(|(row, column)| (distance(row, column) + span).clamp(0, 2 * span - 1) as u32)
            .collect();
        Tensor::from_vec(rows, (length, length), device)
    }

    /// A distance as the table counts it: itself when near, logarithmic when far.
    fn bucket(&self, distance: i64) -> i64 {
        let middle = (self.config.buckets / 2) as i64;
        if self.config.buckets == 0 || distance.abs() <= middle {
            return distance;
        }
        let ratio = (distance.abs() as f32 / middle as f32).ln()
            / (((self.config.max_distance - 1) as f64 / middle as f64).ln() as f32);
        distance.signum() * ((ratio * (middle - 1) as f32).ceil() as i64 + middle)
    }
}

/// Rows of the table on one side.
fn span(config: &DebertaConfig) -> usize {
    if config.buckets > 0 { config.buckets } else { config.max_distance }
}

impl PositionProjections {
    /// `None` for a model of another family.
    pub(super) fn load(
        config: &ModelConfig,
        weights: &Weights,
        block: &str,
        device: &Device,
    ) -> Result<Option<Self>, NeuralError> {
        let Some(deberta) = &config.deberta else {
            return Ok(None);
        };
        let table = relative_table(config, deberta, weights)?;
        let [key, query] = if deberta.shared_projections {
            ["key_proj", "query_proj"]
        } else {
            ["pos_key_proj", "pos_query_proj"]
        };
        let project = |wanted: bool, name: &str| -> Result<Option<Tensor>, NeuralError> {
            if !wanted {
                return Ok(None);
            }
            let name = format!("{block}.attention.self.{name}");
            let weight = weights.get(&format!("{name}.weight"), &[config.hidden, config.hidden])?;
            let bias = weights.get(&format!("{name}.bias"), &[config.hidden])?;
            let shape = (1, 2 * span(deberta), config.heads, config.head_dim());
            let projected = || {
                let rows = table.matmul(&weight.t()?)?.broadcast_add(&bias)?.reshape(shape)?;
                rows.permute((0, 2, 3, 1))?.contiguous()?.to_device(device)
            };
            projected().map(Some).map_err(|cause| NeuralError::compute(&format!("projecting {name}"), &cause))
        };
        Ok(Some(Self {
            keys: project(deberta.content_to_position, key)?,
            queries: project(deberta.position_to_content, query)?,
        }))
    }
}

/// `2·span × hidden`, normalised where the config says so.
fn relative_table(
    config: &ModelConfig,
    deberta: &DebertaConfig,
    weights: &Weights,
) -> Result<Tensor, NeuralError> {
    let table = weights.get("encoder.rel_embeddings.weight", &[2 * span(deberta), config.hidden])?;
    if !deberta.norm_relative {
        return Ok(table);
    }
    let norm = Norm::load(weights, "encoder.LayerNorm", None, config.hidden, config.norm_eps, &Device::Cpu)?;
    let normed = || norm.forward(table.copy()?, &table.zeros_like()?);
    normed().map_err(|cause| NeuralError::compute("normalising the relative positions", &cause))
}

/// The convolution that runs beside the first block and is added to its output.
pub(super) struct Convolution {
    config: ConvConfig,
    weight: Tensor,
    bias: Tensor,
    norm: Norm,
}

impl Convolution {
    /// `None` where the model has none.
    pub(super) fn load(
        config: &ModelConfig,
        weights: &Weights,
        device: &Device,
    ) -> Result<Option<Self>, NeuralError> {
        let Some(conv) = config.deberta.as_ref().and_then(|deberta| deberta.conv.clone()) else {
            return Ok(None);
        };
        let hidden = config.hidden;
        let place = |tensor: Tensor| {
            tensor.to_device(device).map_err(|cause| NeuralError::compute("placing the convolution", &cause))
        };
        let shape = [hidden, hidden / conv.groups, conv.kernel];
        Ok(Some(Self {
            weight: place(weights.get("encoder.conv.conv.weight", &shape)?)?,
            bias: place(weights.get("encoder.conv.conv.bias", &[hidden])?)?,
            norm: Norm::load(weights, "encoder.conv.LayerNorm", None, hidden, config.norm_eps, device)?,
            config: conv,
        }))
    }

    /// `norm(output + activation(conv(input)))`, for texts of one length.
    pub(super) fn forward(&self, input: &Tensor, output: &Tensor, batch: &Batch) -> TensorResult<Tensor> {
        let (tokens, hidden) = input.dims2()?;
        let texts = batch.lengths.len();
        let channels = input.reshape((texts, tokens / texts, hidden))?.transpose(1, 2)?.contiguous()?;
        let mixed = channels
            .conv1d(&self.weight, (self.config.kernel - 1) / 2, 1, 1, self.config.groups)?
            .transpose(1, 2)?
            .contiguous()?
            .reshape((tokens, hidden))?
            .broadcast_add(&self.bias)?;
        self.norm.forward(activate(&mixed, self.config.activation)?, output)
    }
}
