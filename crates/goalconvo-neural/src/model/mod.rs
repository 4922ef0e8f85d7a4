//! The transformer itself: token ids in, hidden states of any layer out.
//!
//! Texts lie end to end in one matrix of `tokens × hidden`, with no padding anywhere. All families share the blocks;
//! they differ in how positions enter: added to the word vectors (BERT, RoBERTa), as a score by distance (MPNet),
//! or as attention of its own (DeBERTa).

mod block;
mod deberta;
mod embedding;
mod linear;
mod relative;

use candle_core::{Device, Result as TensorResult, Tensor};

use self::block::{Attend, Block};
use self::deberta::{Convolution, Disentangled};
use self::embedding::Embeddings;
use crate::config::{Family, ModelConfig};
use crate::error::NeuralError;
use crate::kernels::RelativeBias;
use crate::weights::Weights;

/// Texts to run in one pass, end to end.
#[derive(Debug, Default, Clone)]
pub(crate) struct Batch {
    pub(crate) ids: Vec<u32>,
    /// Tokens of each text; they sum to the number of ids.
    pub(crate) lengths: Vec<usize>,
}

/// A loaded encoder.
pub(crate) struct Model {
    config: ModelConfig,
    device: Device,
    embeddings: Embeddings,
    blocks: Vec<Block>,
    positions: Positions,
}

/// How relative positions enter attention.
enum Positions {
    /// They don't: absolute ones are in the word vectors.
    Absolute,
    /// MPNet: one table of scores for all layers.
    ByDistance(RelativeBias),
    /// DeBERTa.
    Disentangled { relative: Box<Disentangled>, convolution: Option<Convolution> },
}

impl Model {
    /// Brings the weights into the shape that the forward pass wants, on `device`.
    pub(crate) fn load(config: ModelConfig, weights: &Weights, device: &Device) -> Result<Self, NeuralError> {
        let embeddings = Embeddings::load(&config, weights, device)?;
        let positions = match config.family {
            Family::Bert | Family::Roberta => Positions::Absolute,
            Family::Mpnet => Positions::ByDistance(relative::load(&config, weights)?),
            Family::DebertaV2 => Positions::Disentangled {
                relative: Box::new(Disentangled::load(&config, weights, device)?),
                convolution: Convolution::load(&config, weights, device)?,
            },
        };
        let blocks = (0..config.layers)
            .map(|index| Block::load(&config, weights, index, device))
            .collect::<Result<_, _>>()?;
        Ok(Self { config, device: device.clone(), embeddings, blocks, positions })
    }

    /// The hidden states (`tokens × hidden`) of the layers asked for, in the order asked; 0 is the output of the
    /// embeddings. Layers beyond the last one asked for are not run.
    pub(crate) fn forward(&self, batch: &Batch, layers: &[usize]) -> TensorResult<Vec<Tensor>> {
        let first = self.embeddings.forward(batch, &self.device)?;
        let last = layers.iter().copied().max().unwrap_or(0).min(self.blocks.len());
        let mut states = vec![first];
        for (index, block) in self.blocks[..last].iter().enumerate() {
            let input = &states[index];
            let mut output = block.forward(input, &self.attend(batch))?;
            if let (0, Positions::Disentangled { convolution: Some(convolution), .. }) =
                (index, &self.positions)
            {
                output = convolution.forward(input, &output, batch)?;
            }
            // Only what was asked for is kept.
            if !layers.contains(&index) {
                states[index] = Tensor::zeros(0, candle_core::DType::F32, &Device::Cpu)?;
            }
            states.push(output);
        }
        layers.iter().map(|layer| Ok(states[(*layer).min(last)].clone())).collect()
    }

    /// True when texts of different lengths may share a batch.
    pub(crate) fn mixes_lengths(&self) -> bool {
        self.device.is_cpu() && !matches!(self.positions, Positions::Disentangled { .. })
    }

    fn attend<'a>(&'a self, batch: &'a Batch) -> Attend<'a> {
        let (bias, disentangled) = match &self.positions {
            Positions::Absolute => (None, None),
            Positions::ByDistance(bias) => (Some(bias), None),
            Positions::Disentangled { relative, .. } => (None, Some(&**relative)),
        };
        Attend {
            lengths: &batch.lengths,
            heads: self.config.heads,
            head_dim: self.config.head_dim(),
            bias,
            disentangled,
        }
    }
}
