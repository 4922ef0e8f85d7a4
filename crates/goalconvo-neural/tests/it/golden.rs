//! MiniLM against the reference values of sentence embeddings and BERTScore.

use goalconvo_metrics::{Encoder, TokenVectors};
use goalconvo_neural::TextEncoder;
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
    let side = |key: &str| {
        let texts: Vec<&str> = pairs.iter().map(|pair| pair[key].as_str().unwrap()).collect();
        encoder.token_layers(&texts, &layers).unwrap()
    };
    let (candidates, references) = (side("cand"), side("ref"));
    let mut checked = 0;
    let mut worst_of_all = 0f32;
    for layer in layers {
        for config in [format!("L{layer}_noidf"), format!("L{layer}_idf")] {
            for (index, pair) in pairs.iter().enumerate() {
                let expected = &pair["scores_unpadded"][&config];
                if expected.is_null() {
                    continue;
                }
                let idf = config.ends_with("_idf").then_some(&golden);
                let found = bertscore(&encoder, &candidates[layer][index], &references[layer][index], idf);
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

/// BERTScore by its definition, in the plainest way: P, R and F1.
fn bertscore(
    encoder: &TextEncoder,
    candidate: &TokenVectors,
    reference: &TokenVectors,
    idf: Option<&Value>,
) -> [f32; 3] {
    if candidate.ids.len() == 2 || reference.ids.len() == 2 {
        return [0.0; 3];
    }
    let weight = |id: u32| match idf {
        Some(golden) => golden["idf_used"]
            .get(id.to_string())
            .map_or_else(|| golden["meta"]["idf_default"].as_f64(), Value::as_f64)
            .unwrap() as f32,
        None => f32::from(u8::from(!encoder.card().boundary_ids.contains(&id))),
    };
    let (left, right) = (units(candidate), units(reference));
    let mut best = (vec![f32::MIN; left.len()], vec![f32::MIN; right.len()]);
    for (row, a) in left.iter().enumerate() {
        for (column, b) in right.iter().enumerate() {
            let similarity = dot(a, b);
            best.0[row] = best.0[row].max(similarity);
            best.1[column] = best.1[column].max(similarity);
        }
    }
    let side = |best: &[f32], ids: &[u32]| {
        let total: f32 = ids.iter().map(|id| weight(*id)).sum();
        best.iter().zip(ids).map(|(best, id)| weight(*id) * best).sum::<f32>() / total
    };
    let (precision, recall) = (side(&best.0, &candidate.ids), side(&best.1, &reference.ids));
    [precision, recall, 2.0 * precision * recall / (precision + recall)]
}

fn units(tokens: &TokenVectors) -> Vec<Vec<f32>> {
    let unit = |row: &[f32]| {
        let norm = dot(row, row).sqrt();
        row.iter().map(|value| value / norm).collect()
    };
    tokens.vectors.chunks_exact(tokens.dim).map(unit).collect()
}

/// Summed in eight lanes, which the compiler can keep in one register.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum()
}
