//! MinHash and its banded lookup against datasketch.

use std::collections::BTreeSet;

use goalconvo_metrics::duplicates::{
    BandIndex, MinHash, best_bands, near_duplicates, shingle_similarity, signature_similarity,
};

use crate::shared::{Comparison, json};

#[test]
fn signatures_candidates_and_similarities_are_those_of_datasketch() {
    let Some(golden) = json("golden/metrics/minhash.json") else { return };
    let texts: Vec<&str> = golden["docs"]
        .as_array()
        .expect("docs")
        .iter()
        .map(|doc| doc["text"].as_str().expect("text"))
        .collect();
    let family = MinHash::new(128, 1);
    assert_eq!(serde_json::json!(family.permutations().0), golden["perm_a"]);
    assert_eq!(serde_json::json!(family.permutations().1), golden["perm_b"]);
    let signatures: Vec<Vec<u32>> = family.text_signatures(texts.iter().copied(), 5).collect();
    assert!(texts.iter().zip(&signatures).all(|(text, one)| family.text_signature(text, 5) == *one));
    let indices = golden["signature_doc_index"].as_array().expect("indices");
    for (expect, at) in golden["signatures"].as_array().expect("signatures").iter().zip(indices) {
        let at = at.as_u64().expect("index") as usize;
        assert_eq!(serde_json::json!(signatures[at]), *expect, "document {at}");
    }
    assert_eq!(best_bands(0.8, 128), (9, 13));

    let mut index = BandIndex::new(0.8, 128);
    let mut pairs = BTreeSet::new();
    for (at, signature) in signatures.iter().enumerate() {
        pairs.extend(index.candidates(signature).into_iter().map(|other| (u64::from(other), at as u64)));
        index.insert(at as u32, signature);
    }
    let pair = |row: &serde_json::Value| (row[0].as_u64().expect("index"), row[1].as_u64().expect("index"));
    let expect: BTreeSet<(u64, u64)> =
        golden["lsh_candidate_pairs"].as_array().expect("pairs").iter().map(pair).collect();
    assert_eq!(pairs, expect);

    let mut comparison = Comparison::default();
    for name in ["lsh_candidate_pairs", "sampled_pairs"] {
        for row in golden[name].as_array().expect("pairs") {
            let (i, j) = pair(row);
            let (i, j) = (i as usize, j as usize);
            let estimate = signature_similarity(&signatures[i], &signatures[j]);
            comparison.check(format!("{i} {j} estimate"), Some(estimate), &row[2], 1e-9);
            comparison.check(format!("{i} {j}"), Some(shingle_similarity(texts[i], texts[j])), &row[3], 1e-9);
        }
    }
    comparison.finish(800);
}

#[test]
fn a_repeated_text_is_found_and_a_different_one_is_not() {
    let texts = ["I need a cheap hotel in the north.", "Goodbye!", "i need a  cheap hotel in the north."];
    let pairs = near_duplicates(&texts, 0.8);
    assert_eq!(pairs.iter().map(|pair| (pair.first, pair.second)).collect::<Vec<_>>(), [(0, 2)]);
}
