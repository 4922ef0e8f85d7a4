//! Figures over vectors against their Python references.

use std::collections::BTreeMap;

use goalconvo_metrics::embedding::{
    Idf, MatchSide, MauveSettings, TokenWeights, Vectors, bert_score, frechet, mauve, mauve_curve, nearest,
    prdc, vendi,
};
use goalconvo_metrics::{EncoderCard, TokenVectors};
use serde_json::Value;

use crate::shared::{Comparison, bytes, json};

const DIM: usize = 384;

fn embeddings(name: &str) -> Option<Vec<f32>> {
    let bytes = bytes(&format!("golden/metrics/{name}.gz"))?;
    Some(bytes.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect())
}

/// The rows that the reference names `A[:10]`, `B[:500]`, `20 distinct x 25`, `dims0:64 A` and so on.
fn rows(a: &[f32], b: &[f32], name: &str) -> Vectors {
    let (width, name) = name.strip_prefix("dims0:64 ").map_or((DIM, name), |rest| (64, rest));
    let all = if name.contains('B') { b } else { a };
    let take = |index: &mut dyn Iterator<Item = usize>| -> Vectors {
        let values = index.flat_map(|row| all[row * DIM..row * DIM + width].iter().copied());
        Vectors::new(values.collect(), width).expect("whole rows")
    };
    if name.contains("x25") || name.contains("x 25") {
        return take(&mut (0..500).map(|i| i / 25));
    }
    if name.starts_with("identical") {
        return take(&mut std::iter::repeat_n(0, 10));
    }
    let bounds = name.split_once('[').map_or("0:1000", |(_, rest)| rest.trim_end_matches(']'));
    let (from, to) = bounds.split_once(':').expect("a slice");
    take(&mut (from.parse().unwrap_or(0)..to.parse().unwrap_or(1000)))
}

#[test]
fn distributional_figures_are_those_of_the_reference() {
    let (Some(golden), Some(a), Some(b)) = (
        json("golden/metrics/distributional.json"),
        embeddings("emb_test_utt1000.f32"),
        embeddings("emb_val_utt1000.f32"),
    ) else {
        return;
    };
    let mut comparison = Comparison::default();
    for (name, expect) in golden["vendi"].as_object().expect("vendi") {
        let got = vendi(&rows(&a, &b, name)).expect("rows");
        comparison.check(format!("vendi {name}"), Some(got.q1), &expect["q1"], 1e-6);
        comparison.check(format!("vendi {name} 2"), Some(got.q2), &expect["q2"], 1e-6);
        comparison.check(format!("vendi {name} inf"), Some(got.qinf), &expect["qinf"], 1e-6);
    }
    for (name, expect) in golden["frechet"].as_object().expect("frechet") {
        let width = if name.starts_with("dims") { "dims0:64 " } else { "" };
        let (first, second) = name.strip_prefix(width).expect("prefix").split_once(',').expect("two sets");
        let side = |which: &str| rows(&a, &b, &format!("{width}{}", which.replace("rep20x25", "A x25")));
        let got = frechet(&side(first), &side(second)).expect("rows");
        comparison.check(format!("frechet {name}"), Some(got.distance), &expect["fd_symmetric"], 1e-7);
        comparison.check(format!("frechet {name} mean"), Some(got.mean_term), &expect["mean_term"], 1e-9);
        comparison.check(format!("frechet {name} 1"), Some(got.trace1), &expect["trace1"], 1e-9);
        comparison.check(format!("frechet {name} 2"), Some(got.trace2), &expect["trace2"], 1e-9);
    }
    neighbour_figures(&mut comparison, &golden, &a, &b);
    comparison.finish(450);
}

fn neighbour_figures(comparison: &mut Comparison, golden: &Value, a: &[f32], b: &[f32]) {
    for (name, by_k) in golden["prdc"].as_object().expect("prdc") {
        let (real, fake) = name.split_once(",fake=").expect("two sets");
        let real = rows(a, b, real.trim_start_matches("real="));
        let fake = rows(a, b, &fake.replace("rep20x25", "A x25"));
        for (k, expect) in by_k.as_object().expect("k") {
            let got = serde_json::to_value(prdc(&real, &fake, k.parse().expect("k"))).expect("serialises");
            for figure in ["precision", "recall", "density", "coverage"] {
                comparison.check(format!("{name} {k} {figure}"), got[figure].as_f64(), &expect[figure], 1e-9);
            }
        }
    }
    let found = nearest(&rows(a, b, "A[:200]"), &rows(a, b, "B"));
    for (at, (index, cosine)) in found.into_iter().enumerate() {
        let expect = &golden["nn_cosine_max"];
        comparison.check(format!("nearest {at}"), Some(index as f64), &expect["argmax"][at], 0.0);
        comparison.check(format!("cosine {at}"), Some(cosine), &expect["A->B first 200"][at], 1e-7);
    }
}

#[test]
fn mauve_is_that_of_the_reference() {
    let Some(golden) = json("golden/metrics/distributional.json") else { return };
    let mut comparison = Comparison::default();
    for case in golden["mauve_hist"].as_array().expect("cases") {
        let histogram = |name: &str| -> Vec<f64> {
            case[name].as_array().expect("histogram").iter().map(|v| v.as_f64().expect("number")).collect()
        };
        let (p, q, settings) = (histogram("p"), histogram("q"), MauveSettings::default());
        comparison.check(format!("{}", case["name"]), Some(mauve(&p, &q, settings)), &case["mauve"], 1e-9);
        for (at, point) in mauve_curve(&p, &q, settings).into_iter().enumerate() {
            comparison.check(format!("{} x {at}", case["name"]), Some(point[0]), &case["curve"][at][0], 1e-9);
            comparison.check(format!("{} y {at}", case["name"]), Some(point[1]), &case["curve"][at][1], 1e-9);
        }
    }
    comparison.finish(200);
}

#[test]
fn inverse_document_frequencies_are_those_of_bert_score() {
    let Some(golden) = json("golden/metrics/bertscore.json") else { return };
    let mut idf = Idf::default();
    for pair in golden["pairs"].as_array().expect("pairs") {
        let ids = pair["ref_ids"].as_array().expect("ids").iter().map(|id| id.as_u64().expect("id") as u32);
        idf.push(&ids.collect::<Vec<_>>());
    }
    let expect = &golden["idf_own_refs_only"];
    let mut comparison = Comparison::default();
    for (id, weight) in expect["idf"].as_object().expect("idf") {
        comparison.check(id, Some(idf.weight(id.parse().expect("id"))), weight, 1e-9);
    }
    comparison.check("unseen", Some(idf.weight(u32::MAX)), &expect["default"], 1e-9);
    comparison.finish(1000);
}

fn card() -> EncoderCard {
    EncoderCard {
        name: "toy".into(),
        content_hash: String::new(),
        layers: 1,
        dim: 2,
        boundary_ids: [101, 102],
    }
}

/// `[CLS] words [SEP]`, each word the unit vector at its angle in degrees.
fn toy(angles: &[f32], weights: &TokenWeights) -> MatchSide {
    let ids: Vec<u32> = [101].into_iter().chain(angles.iter().map(|&a| a as u32)).chain([102]).collect();
    let corners = [vec![-3.0, 0.0], vec![0.0, -2.0]];
    let words =
        angles.iter().map(|angle| vec![2.0 * angle.to_radians().cos(), 2.0 * angle.to_radians().sin()]);
    let rows = [corners[0].clone()].into_iter().chain(words).chain([corners[1].clone()]);
    let tokens = TokenVectors { ids, vectors: rows.flatten().collect(), dim: 2 };
    MatchSide::new(&tokens, weights, &card())
}

#[test]
fn matching_is_greedy_weighted_and_empty_texts_score_nothing() {
    let check = |candidate: &[f32], reference: &[f32], expect: [f64; 3]| {
        let uniform = TokenWeights::Uniform;
        let got = bert_score(&toy(candidate, &uniform), &toy(reference, &uniform));
        let got = [got.precision.expect("weights"), got.recall.expect("weights"), got.f1];
        for (got, expect) in got.into_iter().zip(expect) {
            assert!((got - expect).abs() < 1e-6, "{candidate:?} {reference:?}: {got} for {expect}");
        }
    };
    check(&[10.0, 20.0], &[10.0, 20.0], [1.0, 1.0, 1.0]);
    check(&[0.0], &[60.0], [0.5, 0.5, 0.5]);
    check(&[0.0, 60.0], &[60.0], [0.75, 1.0, 6.0 / 7.0]);
    check(&[], &[60.0], [0.0, 0.0, 0.0]);
    check(&[], &[], [0.0, 0.0, 0.0]);
    // A word may match the other side's boundary token.
    check(&[180.0], &[90.0], [1.0, 0.0, 0.0]);
}

#[test]
fn a_side_whose_weights_are_all_zero_has_no_precision_and_scores_zero() {
    let mut idf = Idf::default();
    idf.push(&[101, 30, 102]);
    let weights = TokenWeights::Idf(idf);
    let got = bert_score(&toy(&[30.0], &weights), &toy(&[30.0, 40.0], &weights));
    assert_eq!((got.precision, got.f1), (None, 0.0));
    assert!(
        (got.recall.expect("one weight is positive") - f64::from(10_f32.to_radians().cos())).abs() < 1e-6
    );
}

#[test]
fn rescaling_moves_the_baseline_to_zero() {
    let uniform = TokenWeights::Uniform;
    let score = bert_score(&toy(&[0.0], &uniform), &toy(&[60.0], &uniform)).rescaled([0.5, 0.5, 0.25]);
    assert!(score.precision.expect("weights").abs() < 1e-6);
    assert!((score.f1 - 1.0 / 3.0).abs() < 1e-6);
}

#[test]
fn distances_of_distributions_are_zero_for_equal_and_full_for_disjoint_ones() {
    let histogram =
        |keys: &[&'static str]| -> BTreeMap<&str, u64> { keys.iter().map(|key| (*key, 3)).collect() };
    let divergence = |a, b| goalconvo_metrics::distribution::jensen_shannon(&histogram(a), &histogram(b));
    assert_eq!(divergence(&["a", "b"], &["a", "b"]), Some(0.0));
    assert_eq!(divergence(&["a"], &["b"]), Some(1.0));
    assert_eq!(divergence(&["a"], &[]), None);
    let distance = goalconvo_metrics::distribution::wasserstein;
    assert_eq!(distance(&[1.0, 2.0], &[1.0, 2.0]), Some(0.0));
    assert_eq!(distance(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]), Some(5.0));
    assert_eq!(distance(&[], &[1.0]), None);
}
