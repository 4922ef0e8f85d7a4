//! The small files of a model's folder.

use std::path::Path;

use serde_json::Value;

use crate::error::NeuralError;

/// The small files of a model's folder that decide its vectors, where they are there.
pub(crate) const SMALL_FILES: [&str; 9] = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "modules.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
];

/// The JSON in `file`, which must exist.
pub(crate) fn read_json(file: &Path) -> Result<Value, NeuralError> {
    let text = std::fs::read_to_string(file)
        .map_err(|cause| NeuralError::file(file, format!("cannot be read ({cause})")))?;
    serde_json::from_str(&text).map_err(|cause| NeuralError::file(file, format!("is not JSON: {cause}")))
}

/// The JSON in `file`, or nothing where there is no such file. A file that is there but broken is an error.
pub(crate) fn read_optional_json(file: &Path) -> Result<Option<Value>, NeuralError> {
    if file.exists() { read_json(file).map(Some) } else { Ok(None) }
}
