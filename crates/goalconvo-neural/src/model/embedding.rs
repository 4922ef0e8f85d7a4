//! Token ids to the vectors that the first block reads (layer 0).

use candle_core::{Device, Result as TensorResult, Tensor};

use super::Batch;
use super::linear::Norm;
use crate::config::{DebertaConfig, ModelConfig};
use crate::error::NeuralError;
use crate::weights::Weights;

/// The sum of word, position and segment vectors, normalised.
pub(super) struct Embeddings {
    words: Tensor,
    /// `positions × width` with the vector of segment 0 added in; absent where neither is used.
    positions: Option<Tensor>,
    first_position: u32,
    /// From the width of the word vectors to the model's, where they differ.
    projection: Option<Tensor>,
    norm: Norm,
}

impl Embeddings {
    pub(super) fn load(
        config: &ModelConfig,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, NeuralError> {
        let deberta = config.deberta.as_ref();
        let width = deberta.map_or(config.hidden, |deberta| deberta.embedding);
        let words = weights.get("embeddings.word_embeddings.weight", &[config.vocab, width])?;
        let place = |tensor: Tensor| {
            tensor.to_device(device).map_err(|cause| NeuralError::compute("placing the embeddings", &cause))
        };
        let projection = if width == config.hidden {
            None
        } else {
            Some(place(weights.get("embeddings.embed_proj.weight", &[config.hidden, width])?)?)
        };
        Ok(Self {
            words: place(words)?,
            positions: positions(config, deberta, weights, width)?.map(place).transpose()?,
            first_position: u32::try_from(config.first_position).unwrap_or(0),
            projection,
            norm: Norm::load(weights, "embeddings.LayerNorm", None, config.hidden, config.norm_eps, device)?,
        })
    }

    /// `tokens × hidden`.
    pub(super) fn forward(&self, batch: &Batch, device: &Device) -> TensorResult<Tensor> {
        let ids = Tensor::from_slice(&batch.ids, batch.ids.len(), device)?;
        let mut words = self.words.index_select(&ids, 0)?;
        let mut positions = match &self.positions {
            Some(table) => {
                let rows: Vec<u32> =
                    batch.lengths.iter().flat_map(|length| (self.first_position..).take(*length)).collect();
                table.index_select(&Tensor::from_vec(rows, batch.ids.len(), device)?, 0)?
            }
            None => words.zeros_like()?,
        };
        if let Some(projection) = &self.projection {
            words = words.add(&positions)?.matmul(&projection.t()?)?;
            positions = words.zeros_like()?;
        }
        self.norm.forward(words, &positions)
    }
}

/// All tokens are of segment 0, so that its vector goes into the table of positions once and for all.
fn positions(
    config: &ModelConfig,
    deberta: Option<&DebertaConfig>,
    weights: &Weights,
    width: usize,
) -> Result<Option<Tensor>, NeuralError> {
    let absolute = deberta.is_none_or(|deberta| deberta.absolute_positions);
    let shape = [config.positions, width];
    let table = absolute.then(|| weights.get("embeddings.position_embeddings.weight", &shape)).transpose()?;
    if config.types == 0 {
        return Ok(table);
    }
    let types = weights.get("embeddings.token_type_embeddings.weight", &[config.types, width])?;
    let sum = || {
        let segment = types.get(0)?;
        match &table {
            Some(table) => table.broadcast_add(&segment),
            None => segment.broadcast_as(&shape)?.contiguous(),
        }
    };
    sum().map(Some).map_err(|cause| NeuralError::compute("adding segment and position vectors", &cause))
}
