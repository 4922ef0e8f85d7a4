//! Weights by name, from safetensors (one file or shards) or from a PyTorch file.
//!
//! Names are brought to one form: the prefix of the family (`bert.`, `roberta.`, …) is cut, and the old names
//! `gamma` and `beta` become `weight` and `bias`. Every read checks the shape that the config promises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use crate::error::NeuralError;

/// The tensors of one model, on the CPU and in single precision.
pub(crate) struct Weights {
    tensors: BTreeMap<String, Tensor>,
    origin: PathBuf,
}

impl Weights {
    /// Finds and reads the weights in a model's folder.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Self, NeuralError> {
        let mut tensors = BTreeMap::new();
        for file in files {
            for (name, tensor) in read_file(file)? {
                tensors.insert(plain_name(&name), tensor);
            }
        }
        let origin = files.first().cloned().unwrap_or_default();
        Ok(Self { tensors, origin })
    }

    /// The tensor of that name, in the shape that the config asks for.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, NeuralError> {
        let Some(tensor) = self.tensors.get(name) else {
            return Err(NeuralError::file(
                &self.origin,
                format!(
                    "has no tensor `{name}` (of shape {shape:?}); are config.json and the weights of one model?"
                ),
            ));
        };
        if tensor.dims() != shape {
            return Err(NeuralError::file(
                &self.origin,
                format!(
                    "tensor `{name}` has shape {:?}; config.json says {shape:?}: they are not of one model",
                    tensor.dims()
                ),
            ));
        }
        tensor
            .to_dtype(DType::F32)
            .and_then(|tensor| tensor.contiguous())
            .map_err(|cause| NeuralError::compute(&format!("reading tensor `{name}`"), &cause))
    }
}

/// What weights are called, best first; shards have an index of that name with `.index.json` behind it.
pub(crate) const WEIGHT_FILES: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];

/// The weight files of a model's folder, in a fixed order: safetensors before PyTorch, shards by their index.
pub(crate) fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, NeuralError> {
    for single in WEIGHT_FILES {
        let file = folder.join(single);
        if file.is_file() {
            return Ok(vec![file]);
        }
        let index = folder.join(format!("{single}.index.json"));
        if index.is_file() {
            return shards(folder, &index);
        }
    }
    Err(NeuralError::file(
        folder,
        "has no model.safetensors and no pytorch_model.bin (nor the index of their shards); expected the folder of a model as published",
    ))
}

fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>, NeuralError> {
    let broken = |what: String| NeuralError::file(index, what);
    let text = std::fs::read_to_string(index).map_err(|cause| broken(format!("cannot be read ({cause})")))?;
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|cause| broken(format!("is not JSON: {cause}")))?;
    let map = json
        .get("weight_map")
        .and_then(serde_json::Value::as_object)
        .ok_or_else(|| broken("/weight_map is absent; expected an object of tensor to file".to_owned()))?;
    let names: BTreeSet<&str> = map.values().filter_map(serde_json::Value::as_str).collect();
    // A shard is a neighbour of its index: a path that leads elsewhere is not followed.
    match names.iter().find(|name| name.contains(['/', '\\'])) {
        None => Ok(names.into_iter().map(|name| folder.join(name)).collect()),
        Some(name) => Err(broken(format!("/weight_map names `{name}`; expected a file of the same folder"))),
    }
}

fn read_file(file: &Path) -> Result<Vec<(String, Tensor)>, NeuralError> {
    let loaded = if file.extension().is_some_and(|end| end == "safetensors") {
        candle_core::safetensors::load(file, &Device::Cpu).map(|map| map.into_iter().collect())
    } else {
        candle_core::pickle::read_all(file)
    };
    loaded.map_err(|cause| {
        NeuralError::file(file, format!("cannot be read as weights ({cause}); is the download complete?"))
    })
}

fn plain_name(name: &str) -> String {
    let name = ["bert.", "roberta.", "mpnet.", "deberta."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    if let Some(stem) = name.strip_suffix(".gamma") {
        format!("{stem}.weight")
    } else if let Some(stem) = name.strip_suffix(".beta") {
        format!("{stem}.bias")
    } else {
        name.to_owned()
    }
}
