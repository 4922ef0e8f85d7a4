//! Small models of every family, made here from a formula, against what the Python package transformers makes of
//! the same (`fixtures/make_tiny.py`), and folders that must be refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use goalconvo_metrics::Encoder;
use goalconvo_neural::{EncoderOptions, Keep, NeuralError, TextEncoder};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{numbers, worst};

const TINY_BERT: &[u8] = include_bytes!("../fixtures/tiny_bert.bin");

fn cases() -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../fixtures/tiny.json")).unwrap();
    all.as_array().unwrap().clone()
}

pub(crate) fn case(name: &str) -> Value {
    cases().into_iter().find(|case| case["name"] == name).unwrap()
}

/// The formula of `make_tiny.py`.
fn noise(name: &str, count: usize) -> Vec<f32> {
    let mut state = name.bytes().fold(14_695_981_039_346_656_037u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
    });
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let plain: Vec<f32> = (0..count).map(|_| next()).collect();
    if name.ends_with("LayerNorm.weight") {
        plain.into_iter().map(|value| 1.0 + value / 8.0).collect()
    } else {
        plain.into_iter().map(|value| value / 2.0).collect()
    }
}

/// A folder with config and tokenizer of the case, without weights.
fn folder_without_weights(case: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), case["config"].to_string()).unwrap();
    for (name, text) in case["files"].as_object().unwrap() {
        fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
    }
    folder
}

fn tensors(case: &Value) -> BTreeMap<String, Tensor> {
    let shapes = case["shapes"].as_object().unwrap();
    let one = |(name, shape): (&String, &Value)| {
        let shape: Vec<usize> =
            shape.as_array().unwrap().iter().map(|size| size.as_u64().unwrap() as usize).collect();
        let values = noise(name, shape.iter().product());
        (name.clone(), Tensor::from_vec(values, shape, &Device::Cpu).unwrap())
    };
    shapes.iter().map(one).collect()
}

fn save(tensors: &BTreeMap<String, Tensor>, file: &Path) {
    let map = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.clone())).collect();
    candle_core::safetensors::save(&map, file).unwrap();
}

pub(crate) fn folder(case: &Value) -> TempDir {
    let folder = folder_without_weights(case);
    save(&tensors(case), &folder.path().join("model.safetensors"));
    folder
}

pub(crate) fn open(folder: &Path) -> Result<TextEncoder, NeuralError> {
    TextEncoder::open(folder, &EncoderOptions { threads: 1, ..EncoderOptions::default() })
}

fn texts(case: &Value) -> Vec<&str> {
    case["texts"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect()
}

/// Every layer of every text, as the reference has it.
fn check(folder: &Path, case: &Value) {
    let name = &case["name"];
    let encoder = open(folder).unwrap();
    let layers: Vec<usize> = (0..=encoder.card().layers).collect();
    let found = encoder.token_layers(&texts(case), &layers).unwrap();
    for (index, item) in case["texts"].as_array().unwrap().iter().enumerate() {
        let ids: Vec<u32> =
            item["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        assert_eq!(found[0][index].ids, ids, "{name}: ids of {}", item["text"]);
        for layer in &layers {
            let tokens = &found[*layer][index];
            for (row, expected) in
                item["rows"].as_array().unwrap().iter().zip(item["layers"][layer].as_array().unwrap())
            {
                let at = row.as_u64().unwrap() as usize * tokens.dim;
                let off = worst(&tokens.vectors[at..at + tokens.dim], &numbers(expected));
                assert!(off < 1e-5, "{name}: text {index}, layer {layer}, row {row} is off by {off}");
            }
        }
    }
}

#[test]
fn every_family_computes_what_its_reference_does() {
    for case in cases() {
        check(folder(&case).path(), &case);
    }
}

#[test]
fn a_pytorch_file_with_old_names_is_the_same_model() {
    let case = case("bert");
    let folder = folder_without_weights(&case);
    fs::write(folder.path().join("pytorch_model.bin"), TINY_BERT).unwrap();
    check(folder.path(), &case);
}

#[test]
fn shards_are_the_same_model() {
    let case = case("mpnet");
    let folder = folder_without_weights(&case);
    let all = tensors(&case);
    let mut map = serde_json::Map::new();
    for (index, file) in ["a.safetensors", "b.safetensors"].into_iter().enumerate() {
        let half: BTreeMap<String, Tensor> =
            all.iter().skip(index).step_by(2).map(|(name, tensor)| (name.clone(), tensor.clone())).collect();
        map.extend(half.keys().map(|name| (name.clone(), file.into())));
        save(&half, &folder.path().join(file));
    }
    let index = serde_json::json!({ "weight_map": map });
    fs::write(folder.path().join("model.safetensors.index.json"), index.to_string()).unwrap();
    check(folder.path(), &case);
}

#[test]
fn a_text_has_the_same_vectors_in_any_company_and_on_any_number_of_threads() {
    for case in cases() {
        let folder = folder(&case);
        let many = texts(&case);
        let doubled = [many.as_slice(), &["w4 w5", "w6 w6"], many.as_slice()].concat();
        let options = EncoderOptions { threads: 3, ..EncoderOptions::default() };
        let together = TextEncoder::open(folder.path(), &options).unwrap().tokens(&doubled, 2).unwrap();
        let encoder = open(folder.path()).unwrap();
        for (text, tokens) in doubled.iter().zip(&together) {
            let alone = &encoder.tokens(&[text], 2).unwrap()[0];
            assert!(worst(&alone.vectors, &tokens.vectors) < 2e-6, "{}: {text}", case["name"]);
        }
    }
}

#[test]
fn what_is_kept_is_served_again_bit_for_bit() {
    let case = case("roberta");
    let (folder, kept) = (folder(&case), tempfile::tempdir().unwrap());
    let texts = texts(&case);
    let keep = Keep::SentencesAndTokens(kept.path().to_path_buf());
    let options = EncoderOptions { threads: 1, keep, ..EncoderOptions::default() };
    let first = TextEncoder::open(folder.path(), &options).unwrap();
    let (some, sentences) = (first.tokens(&texts[..2], 1).unwrap(), first.sentences(&texts).unwrap());
    let again = TextEncoder::open(folder.path(), &options).unwrap();
    assert_eq!(again.sentences(&texts).unwrap(), sentences);
    let all = again.tokens(&texts, 1).unwrap();
    assert_eq!(&all[..2], some);
    assert_eq!(all, again.tokens(&texts, 1).unwrap());
    assert_eq!(fs::read_dir(kept.path()).unwrap().count(), 2, "one file for each kind");
    let bare = open(folder.path()).unwrap();
    assert_eq!(bare.sentences(&texts).unwrap(), sentences);
}

#[test]
fn a_damaged_file_of_kept_vectors_is_told_and_not_used() {
    let case = case("bert");
    let (folder, kept) = (folder(&case), tempfile::tempdir().unwrap());
    let options =
        EncoderOptions { keep: Keep::Sentences(kept.path().to_path_buf()), ..EncoderOptions::default() };
    TextEncoder::open(folder.path(), &options).unwrap().sentences(&["w1"]).unwrap();
    let file = fs::read_dir(kept.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 4;
    fs::write(&file, bytes).unwrap();
    let error = TextEncoder::open(folder.path(), &options).unwrap().sentence_vectors(&["w1"]).unwrap_err();
    assert!(error.is_file() && error.to_string().contains("delete it"), "{error}");
}

#[test]
fn sentence_vectors_have_length_one_and_follow_the_pooling_of_the_folder() {
    let case = case("bert");
    let folder = folder(&case);
    let mean = open(folder.path()).unwrap().sentence_vectors(&["w1 w2"]).unwrap().remove(0);
    let tokens = open(folder.path()).unwrap().tokens(&["w1 w2"], 2).unwrap().remove(0);
    let sum: Vec<f32> = (0..12).map(|i| tokens.vectors.iter().skip(i).step_by(12).sum()).collect();
    let unit = |vector: &[f32]| -> Vec<f32> {
        let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter().map(|value| value / norm).collect()
    };
    assert!(worst(&mean, &unit(&sum)) < 1e-6);
    fs::create_dir(folder.path().join("1_Pooling")).unwrap();
    let config = r#"{"word_embedding_dimension": 12, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#;
    fs::write(folder.path().join("1_Pooling/config.json"), config).unwrap();
    let first = open(folder.path()).unwrap().sentence_vectors(&["w1 w2"]).unwrap().remove(0);
    assert!(worst(&first, &unit(&tokens.vectors[..12])) < 1e-6);
}

#[test]
fn what_is_too_long_loses_its_end_and_keeps_its_closing_token() {
    let case = case("bert");
    let folder = folder(&case);
    fs::write(folder.path().join("sentence_bert_config.json"), r#"{"max_seq_length": 5}"#).unwrap();
    let long = ["w1 w2 w3 w4 w5 w6 w7"; 10].join(" ");
    let encoder = open(folder.path()).unwrap();
    let tokens = encoder.tokens(&[&long], 0).unwrap().remove(0);
    assert_eq!(tokens.ids.len(), 48, "as many as the model has positions");
    assert_eq!(tokens.ids[47], encoder.card().boundary_ids[1]);
    let cut = encoder.sentences(&[&long, "w1 w2 w3"]).unwrap();
    assert_eq!(cut[0], cut[1], "both are five tokens to a sentence encoder of five");
}

#[test]
fn what_cannot_run_is_refused_with_place_and_advice() {
    let refuse = |name: &str, spoil: &dyn Fn(&Path, &Value), expected: &[&str]| {
        let case = case(name);
        let folder = folder(&case);
        spoil(folder.path(), &case);
        let message = open(folder.path()).err().unwrap().to_string();
        for part in expected {
            assert!(message.contains(part), "`{message}` does not say `{part}`");
        }
    };
    let config = |key: &'static str, value: Value| {
        move |folder: &Path, case: &Value| {
            let mut config = case["config"].clone();
            config[key] = value.clone();
            fs::write(folder.join("config.json"), config.to_string()).unwrap();
        }
    };
    let without =
        |file: &'static str| move |folder: &Path, _: &Value| fs::remove_file(folder.join(file)).unwrap();
    refuse("bert", &config("model_type", "gpt2".into()), &["config.json", "`gpt2`", "expected bert"]);
    refuse("bert", &config("hidden_act", "swish".into()), &["hidden_act", "`swish`", "expected gelu"]);
    refuse("bert", &config("hidden_size", 13.into()), &["13", "multiple"]);
    refuse("bert", &config("intermediate_size", 24.into()), &["model.safetensors", "[20, 12]", "[24, 12]"]);
    refuse("bert", &config("num_hidden_layers", 3.into()), &["encoder.layer.2", "one model"]);
    refuse("bert", &config("vocab_size", 20.into()), &["vocab_size 20", "not of one model"]);
    refuse("bert", &config("position_embedding_type", "relative_key".into()), &["relative_key", "absolute"]);
    refuse("deberta_v3", &config("pos_att_type", "p2p".into()), &["pos_att_type", "`p2p`"]);
    refuse("deberta_v3", &config("relative_attention", false.into()), &["relative_attention"]);
    refuse("bert", &without("config.json"), &["config.json", "cannot be read"]);
    refuse("bert", &without("model.safetensors"), &["no model.safetensors", "pytorch_model.bin"]);
    refuse("bert", &without("vocab.txt"), &["no tokenizer.json", "save_pretrained"]);
    refuse("roberta", &without("merges.txt"), &["merges.txt", "save_pretrained"]);
    refuse("deberta_v3", &without("tokenizer.json"), &["no tokenizer.json", "save_pretrained"]);
    let torn = |folder: &Path, _: &Value| {
        let file = folder.join("model.safetensors");
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    };
    refuse("bert", &torn, &["model.safetensors", "is the download complete?"]);
    let dense = |folder: &Path, _: &Value| {
        let modules = r#"[{"type": "sentence_transformers.models.Dense"}]"#;
        fs::write(folder.join("modules.json"), modules).unwrap();
    };
    refuse("bert", &dense, &["modules.json", "Dense"]);
}

#[test]
fn a_layer_that_does_not_exist_is_refused() {
    let encoder = open(folder(&case("bert")).path()).unwrap();
    let error = encoder.tokens(&["w1"], 3).unwrap_err().to_string();
    assert!(error.contains("layer 3") && error.contains("to 2"), "{error}");
    assert!(encoder.tokens(&[], 1).unwrap().is_empty());
}
