//! MiniLM against the reference values of sentence embeddings and BERTScore.

use goalconvo_metrics::embedding::{Idf, MatchSide, TokenWeights, bert_score};
use goalconvo_metrics::{Encoder, TokenVectors};
use serde_json::Value;

use crate::support::{golden, minilm, numbers, worst};

#[test]
fn sentence_vectors_are_those_of_the_reference() {
    let (Some(encoder), Some(golden)) = (minilm(), golden("embeddings.json")) else { return };
    let items = golden["items"].as_array().unwrap();
    let texts: Vec<&str> = items.iter().map(|item| item["text"].as_str().unwrap()).collect();
    let vectors = encoder.sentences(&texts).unwrap();
    for (item, vector) in items.iter().zip(&vectors) {
        let off = worst(vector, &numbers(&item["embedding"]));
        assert!(off < 1e-5, "embedding {} is off by {off}", item["id"]);
    }
    for (row, expected) in vectors.iter().zip(golden["cosine"].as_array().unwrap()) {
        let cosine: Vec<f32> = vectors.iter().map(|other| dot(row, other)).collect();
        assert!(worst(&cosine, &numbers(expected)) < 1e-5);
    }
}

#[test]
fn token_ids_are_those_of_the_reference() {
    let (Some(encoder), Some(golden)) = (minilm(), golden("bertscore.json")) else { return };
    for pair in golden["pairs"].as_array().unwrap() {
        for (text, ids) in [("cand", "cand_ids"), ("ref", "ref_ids")] {
            let found = encoder.tokens(&[pair[text].as_str().unwrap()], 0).unwrap();
            let expected: Vec<u64> =
                pair[ids].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
            let found: Vec<u64> = found[0].ids.iter().map(|id| u64::from(*id)).collect();
            assert_eq!(found, expected, "pair {} {text}", pair["id"]);
        }
    }
}

#[test]
fn scores_of_every_layer_are_those_of_the_reference() {
    let (Some(encoder), Some(golden)) = (minilm(), golden("bertscore.json")) else { return };
    let pairs = golden["pairs"].as_array().unwrap();
    let layers: Vec<usize> = (0..=encoder.card().layers).collect();
    let encode = |key: &str| {
        let texts: Vec<&str> = pairs.iter().map(|pair| pair[key].as_str().unwrap()).collect();
        encoder.token_layers(&texts, &layers).unwrap()
    };
    let (candidates, references) = (encode("cand"), encode("ref"));
    let weights = [("noidf", TokenWeights::Uniform), ("idf", TokenWeights::Idf(idf_used(&golden)))];
    let mut checked = 0;
    let mut worst_of_all = 0f32;
    for layer in layers {
        for (name, weights) in &weights {
            let config = format!("L{layer}_{name}");
            for (index, pair) in pairs.iter().enumerate() {
                let expected = &pair["scores_unpadded"][&config];
                if expected.is_null() {
                    continue;
                }
                let side = |tokens: &TokenVectors| MatchSide::new(tokens, weights, encoder.card());
                let found = bert_score(&side(&candidates[layer][index]), &side(&references[layer][index]));
                let found =
                    [found.precision.unwrap(), found.recall.unwrap(), found.f1].map(|score| score as f32);
                let off = worst(&found, &numbers(expected));
                assert!(off < 2e-5, "pair {} {config}: {found:?}, reference {expected}", pair["id"]);
                worst_of_all = worst_of_all.max(off);
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 150 * 10, "every layer, and three with idf");
    println!("{checked} scores, worst difference {worst_of_all:.1e}");
}

/// The frequencies over all references of the reference run, half of which are not here: as many documents are made
/// up as give each token its frequency.
fn idf_used(golden: &Value) -> Idf {
    let documents = golden["meta"]["idf_num_docs"].as_u64().unwrap();
    let frequency = |idf: &Value| ((documents + 1) as f64 / idf.as_f64().unwrap().exp() - 1.0).round() as u64;
    let frequencies: Vec<(u32, u64)> = golden["idf_used"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(id, idf)| (id.parse().unwrap(), frequency(idf)))
        .collect();
    let mut idf = Idf::default();
    for document in 0..documents {
        let ids: Vec<u32> =
            frequencies.iter().filter(|(_, frequency)| *frequency > document).map(|(id, _)| *id).collect();
        idf.push(&ids);
    }
    idf
}

#[test]
fn a_text_has_the_same_vectors_in_any_company_bit_for_bit() {
    let (Some(encoder), Some(golden)) = (minilm(), golden("bertscore.json")) else { return };
    let pairs = golden["pairs"].as_array().unwrap();
    let texts: Vec<&str> = pairs.iter().map(|pair| pair["cand"].as_str().unwrap()).take(60).collect();
    let together = encoder.tokens(&texts, 6).unwrap();
    for (text, tokens) in texts.iter().zip(together) {
        assert_eq!(encoder.tokens(&[text], 6).unwrap(), [tokens], "{text}");
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
