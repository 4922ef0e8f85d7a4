//! `config.json` decides which architecture runs: raw keys in, a checked [`ModelConfig`] out.

use std::path::Path;

use serde::Deserialize;

use crate::error::NeuralError;

/// The families of encoder that run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// BERT and what shares its shape, such as the MiniLM sentence encoders.
    Bert,
    Roberta,
    Mpnet,
    DebertaV2,
}

/// The function between the two halves of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// `x·Φ(x)` with the exact error function.
    Gelu,
    /// The same with the tangent approximation (`gelu_new`).
    GeluTanh,
    Relu,
    Tanh,
}

/// Everything the forward pass needs to know, with no option left open.
#[derive(Debug, Clone)]
pub(crate) struct ModelConfig {
    pub(crate) family: Family,
    pub(crate) vocab: usize,
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) intermediate: usize,
    /// Rows of the table of absolute positions.
    pub(crate) positions: usize,
    /// Row of the first token: past the padding row where a family counts from it.
    pub(crate) first_position: usize,
    /// Kinds of segment; 0 when the family has none.
    pub(crate) types: usize,
    pub(crate) norm_eps: f64,
    pub(crate) activation: Activation,
    /// Buckets of MPNet's table of relative positions.
    pub(crate) relative_buckets: usize,
    pub(crate) deberta: Option<DebertaConfig>,
}

/// What only DeBERTa has: attention that takes content and relative position apart.
#[derive(Debug, Clone)]
pub(crate) struct DebertaConfig {
    /// Width of the word vectors, projected to `hidden` when it differs.
    pub(crate) embedding: usize,
    /// Whether absolute positions are added to the word vectors.
    pub(crate) absolute_positions: bool,
    /// Distance buckets on one side; 0 when distances are not bucketed.
    pub(crate) buckets: usize,
    /// Farthest distance told apart.
    pub(crate) max_distance: usize,
    pub(crate) content_to_position: bool,
    pub(crate) position_to_content: bool,
    /// Whether positions share the projections of content.
    pub(crate) shared_projections: bool,
    /// Whether the table of relative positions is normalised.
    pub(crate) norm_relative: bool,
    pub(crate) conv: Option<ConvConfig>,
}

/// The convolution that large DeBERTa-v2 models run beside their first layer.
#[derive(Debug, Clone)]
pub(crate) struct ConvConfig {
    pub(crate) kernel: usize,
    pub(crate) groups: usize,
    pub(crate) activation: Activation,
}

impl ModelConfig {
    /// Reads and checks `config.json` of a model folder.
    pub(crate) fn read(path: &Path) -> Result<Self, NeuralError> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            NeuralError::file(path, format!("cannot be read ({cause}); expected the folder of a model as published, with config.json, weights and tokenizer"))
        })?;
        let raw: RawConfig = serde_json::from_str(&text)
            .map_err(|cause| NeuralError::file(path, format!("is not a model's config: {cause}")))?;
        raw.resolve(path)
    }

    /// Width of one attention head.
    pub(crate) fn head_dim(&self) -> usize {
        self.hidden / self.heads
    }

    /// The longest input that the position table allows, boundary tokens included.
    pub(crate) fn longest_input(&self) -> usize {
        self.positions - self.first_position
    }
}

/// The keys as they stand in the file. Optional ones differ by family and are settled in `resolve`.
#[derive(Deserialize)]
struct RawConfig {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    hidden_act: Option<String>,
    type_vocab_size: Option<usize>,
    layer_norm_eps: Option<f64>,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
    is_decoder: Option<bool>,
    relative_attention_num_buckets: Option<usize>,
    relative_attention: Option<bool>,
    max_relative_positions: Option<i64>,
    position_buckets: Option<i64>,
    norm_rel_ebd: Option<String>,
    share_att_key: Option<bool>,
    pos_att_type: Option<serde_json::Value>,
    position_biased_input: Option<bool>,
    embedding_size: Option<usize>,
    attention_head_size: Option<usize>,
    conv_kernel_size: Option<usize>,
    conv_groups: Option<usize>,
    conv_act: Option<String>,
}

impl RawConfig {
    fn resolve(self, path: &Path) -> Result<ModelConfig, NeuralError> {
        let family = self.family(path)?;
        self.check_shape(path)?;
        let activation = activation(self.hidden_act.as_deref().unwrap_or("gelu"), "hidden_act", path)?;
        let first_position = match family {
            // These two count positions from the padding row: `padding_idx + 1` is the first token.
            Family::Roberta | Family::Mpnet => self.pad_token_id.unwrap_or(1) + 1,
            Family::Bert | Family::DebertaV2 => 0,
        };
        if self.max_position_embeddings <= first_position + 2 {
            return Err(NeuralError::file(
                path,
                format!("max_position_embeddings is {}, no room for a token", self.max_position_embeddings),
            ));
        }
        let deberta = match family {
            Family::DebertaV2 => Some(self.deberta(path)?),
            _ => None,
        };
        Ok(ModelConfig {
            family,
            vocab: self.vocab_size,
            hidden: self.hidden_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            intermediate: self.intermediate_size,
            positions: self.max_position_embeddings,
            first_position,
            types: match family {
                Family::Bert => self.type_vocab_size.unwrap_or(2),
                Family::Roberta => self.type_vocab_size.unwrap_or(1),
                Family::Mpnet => 0,
                Family::DebertaV2 => self.type_vocab_size.unwrap_or(0),
            },
            norm_eps: self.layer_norm_eps.unwrap_or(match family {
                Family::DebertaV2 => 1e-7,
                _ => 1e-12,
            }),
            activation,
            relative_buckets: self.relative_attention_num_buckets.unwrap_or(32),
            deberta,
        })
    }

    fn family(&self, path: &Path) -> Result<Family, NeuralError> {
        match self.model_type.as_str() {
            "bert" => Ok(Family::Bert),
            "roberta" => Ok(Family::Roberta),
            "mpnet" => Ok(Family::Mpnet),
            "deberta-v2" => Ok(Family::DebertaV2),
            other => Err(NeuralError::unsupported(
                path,
                format!(
                    "model_type is `{other}`; expected bert, roberta, mpnet or deberta-v2 (which v3 uses too): choose an encoder of one of these families"
                ),
            )),
        }
    }

    fn check_shape(&self, path: &Path) -> Result<(), NeuralError> {
        if self.num_attention_heads == 0 || !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(NeuralError::file(
                path,
                format!(
                    "hidden_size {} is not a multiple of num_attention_heads {}",
                    self.hidden_size, self.num_attention_heads
                ),
            ));
        }
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => {
                return Err(NeuralError::unsupported(
                    path,
                    format!("position_embedding_type is `{other}`; expected absolute"),
                ));
            }
        }
        if self.is_decoder == Some(true) {
            return Err(NeuralError::unsupported(
                path,
                "is_decoder is true; expected an encoder that reads both ways",
            ));
        }
        Ok(())
    }

    fn deberta(&self, path: &Path) -> Result<DebertaConfig, NeuralError> {
        if self.relative_attention == Some(false) {
            return Err(NeuralError::unsupported(
                path,
                "relative_attention is false; expected true, as in every published deberta-v2 and v3",
            ));
        }
        if self.attention_head_size.is_some_and(|size| size * self.num_attention_heads != self.hidden_size) {
            return Err(NeuralError::unsupported(
                path,
                "attention_head_size times num_attention_heads differs from hidden_size; expected them equal",
            ));
        }
        let kinds = position_attention(self.pos_att_type.as_ref(), path)?;
        let max_distance = match self.max_relative_positions {
            Some(distance) if distance >= 1 => usize::try_from(distance).unwrap_or(usize::MAX),
            _ => self.max_position_embeddings,
        };
        let conv = match self.conv_kernel_size.unwrap_or(0) {
            0 => None,
            kernel => Some(ConvConfig {
                kernel,
                groups: self.conv_groups.unwrap_or(1),
                activation: activation(self.conv_act.as_deref().unwrap_or("tanh"), "conv_act", path)?,
            }),
        };
        let norms = self.norm_rel_ebd.as_deref().unwrap_or("none");
        Ok(DebertaConfig {
            embedding: self.embedding_size.unwrap_or(self.hidden_size),
            absolute_positions: self.position_biased_input.unwrap_or(true),
            buckets: self.position_buckets.and_then(|count| usize::try_from(count).ok()).unwrap_or(0),
            max_distance,
            content_to_position: kinds.iter().any(|kind| kind == "c2p"),
            position_to_content: kinds.iter().any(|kind| kind == "p2c"),
            shared_projections: self.share_att_key.unwrap_or(false),
            norm_relative: norms.split('|').any(|norm| norm.trim() == "layer_norm"),
            conv,
        })
    }
}

fn activation(name: &str, key: &str, path: &Path) -> Result<Activation, NeuralError> {
    match name {
        "gelu" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        "tanh" => Ok(Activation::Tanh),
        other => Err(NeuralError::unsupported(
            path,
            format!(
                "{key} is `{other}`; expected gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu or tanh"
            ),
        )),
    }
}

/// `pos_att_type` is written as a list or as `"c2p|p2c"`.
fn position_attention(value: Option<&serde_json::Value>, path: &Path) -> Result<Vec<String>, NeuralError> {
    let kinds: Vec<String> = match value {
        None | Some(serde_json::Value::Null) => Vec::new(),
        Some(serde_json::Value::String(text)) => {
            text.split('|').map(|kind| kind.trim().to_lowercase()).filter(|kind| !kind.is_empty()).collect()
        }
        Some(serde_json::Value::Array(items)) => {
            items.iter().map(|item| item.as_str().unwrap_or("?").to_lowercase()).collect()
        }
        Some(other) => {
            return Err(NeuralError::file(
                path,
                format!("pos_att_type is {other}; expected a list of c2p, p2c"),
            ));
        }
    };
    match kinds.iter().find(|kind| *kind != "c2p" && *kind != "p2c") {
        None => Ok(kinds),
        Some(kind) => Err(NeuralError::unsupported(
            path,
            format!("pos_att_type has `{kind}`; expected c2p and p2c only"),
        )),
    }
}
