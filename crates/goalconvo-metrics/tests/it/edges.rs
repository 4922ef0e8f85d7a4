//! Texts that break what was written for ordinary ones (empty, blank, identical, of many scripts, over-long) against
//! what the Python references make of them: sacrebleu 2.6.0, NLTK 3.10.4, rouge-score 0.1.2, lexical-diversity 0.1.1,
//! datasketch 2.0.0. `benches/differential.py` draws such texts by the thousand; these are a few that stay.

use goalconvo_metrics::diversity::{
    NgramCounts, distinct, lexical_diversity, mean_jaccard_dissimilarity, self_bleu,
};
use goalconvo_metrics::duplicates::{MinHash, normalised};
use goalconvo_metrics::overlap::{
    Bleu, Chrf, NltkSmoothing, Rouge, Smoothing, Ter, char_shingles, jaccard_sorted, jaccard_tokens,
    nltk_sentence_bleu,
};
use goalconvo_metrics::text::{SacreTokens, TercomTokens, Tokens, lexdiv_tokens, token_hashes};
use serde_json::{Map, Value, json};

use crate::shared::Comparison;

const FIXTURE: &str = include_str!("../fixtures/edges.json");

/// A text that no line holds: too long to be kept in the fixture.
fn over_long() -> String {
    (0..700).map(|at| format!("word{} and", at % 97)).collect::<Vec<_>>().join(" ")
}

/// The texts of a case: hypothesis, references, units.
fn texts(case: &Value) -> (String, Vec<String>, Vec<String>) {
    let list = |key: &str| -> Vec<String> { serde_json::from_value(case[key].clone()).expect("texts") };
    let long = over_long();
    match case["name"].as_str() {
        Some("over-long") => {
            let changed = format!("{} the end", &long[..long.len() - 4]);
            (long.clone(), vec![changed, "short".into()], vec![long.clone(), long])
        }
        Some("long against short") => (long.clone(), vec!["word1".into()], vec!["word1".into(), long]),
        _ => (case["hyp"].as_str().expect("text").to_owned(), list("refs"), list("units")),
    }
}

fn overlap(hyp: &str, refs: &[&str]) -> Map<String, Value> {
    let bleu = |tokens, smoothing, lowercase: bool| {
        Bleu { tokens, lowercase, smoothing, effective_order: !lowercase }.score_segment(hyp, refs).score
    };
    let ter = |normalized| Ter { tokens: TercomTokens { normalized, ..TercomTokens::default() } };
    let (own, theirs) = (Tokens::Spaces.hashes(hyp), refs.iter().map(|text| Tokens::Spaces.hashes(text)));
    let theirs: Vec<Vec<u64>> = theirs.collect();
    let shingles = |text: &str| char_shingles(&normalised(text), 5);
    let rouge = |stem| Rouge { stem };
    let (one, long) = (rouge(false).n(1, refs[0], hyp), rouge(true).l(refs[0], hyp));
    let figures = json!({
        "sb_bleu_13a_exp": bleu(SacreTokens::V13a, Smoothing::Exponential, false),
        "sb_bleu_intl_exp": bleu(SacreTokens::International, Smoothing::Exponential, false),
        "sb_bleu_char_floor_lc": bleu(SacreTokens::Char, Smoothing::Floor(0.1), true),
        "sb_bleu_zh_none": bleu(SacreTokens::Chinese, Smoothing::None, false),
        "sb_chrf_0_false": Chrf { word_order: 0, lowercase: false }.score_segment(hyp, refs),
        "sb_chrf_2_true": Chrf { word_order: 2, lowercase: true }.score_segment(hyp, refs),
        "sb_ter_plain": ter(false).score_segment(hyp, refs),
        "sb_ter_norm": ter(true).score_segment(hyp, refs),
        "nltk_1": nltk_sentence_bleu(&own, &theirs, NltkSmoothing::Method1),
        "nltk_3": nltk_sentence_bleu(&own, &theirs, NltkSmoothing::Method3),
        "jaccard_tokens": jaccard_tokens(&own, &theirs[0]),
        "jaccard_char5": jaccard_sorted(&shingles(hyp), &shingles(refs[0])),
        "rouge_1_false": [one.precision, one.recall, one.f],
        "rouge_L_true": [long.precision, long.recall, long.f],
        "minhash": MinHash::new(128, 1).text_signature(hyp, 5)[..8],
    });
    figures.as_object().expect("figures").clone()
}

fn diversity(units: &[String]) -> Map<String, Value> {
    let mut figures = Map::new();
    for (name, tokens) in [("ws", Tokens::Spaces), ("re", Tokens::Alphanumeric), ("gc", Tokens::Unicode)] {
        let hashed: Vec<Vec<u64>> = units.iter().map(|unit| tokens.hashes(unit)).collect();
        for n in [1, 2, 4] {
            let mut counts = NgramCounts::new(n);
            hashed.iter().for_each(|unit| counts.push(unit));
            assert_eq!(counts.distinct(), distinct(&hashed, n), "both ways of counting");
            let all = json!([
                counts.unique(),
                counts.total(),
                counts.distinct(),
                counts.entropy_bits(),
                counts.expectation_adjusted(30522.0)
            ]);
            figures.insert(format!("ngrams_{name}_{n}"), all);
        }
        if name == "ws" {
            figures.insert("jaccard_ws".to_owned(), json!(mean_jaccard_dissimilarity(&hashed)));
            figures.insert("self_bleu_ws_4".to_owned(), json!(self_bleu(&hashed, 4)));
        }
    }
    let tokens: Vec<String> = units.iter().flat_map(|unit| lexdiv_tokens(unit)).collect();
    let hashes = token_hashes(tokens.iter().map(String::as_str));
    figures.insert("lexdiv".to_owned(), json!(lexical_diversity(&hashes)));
    figures
}

/// Compares whatever the reference has: numbers, lists, objects.
fn check(comparison: &mut Comparison, what: &str, got: &Value, expect: &Value) {
    match expect {
        Value::Array(items) => {
            comparison.check(
                format!("{what} length"),
                got.as_array().map(|got| got.len() as f64),
                &json!(items.len()),
                0.0,
            );
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| check(comparison, &format!("{what} {at}"), &got[at], item));
        }
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, value)| check(comparison, &format!("{what} {name}"), &got[name], value));
        }
        _ => comparison.check(what, got.as_f64(), expect, 1e-6),
    }
}

#[test]
fn edge_cases_are_what_the_references_make_of_them() {
    let mut comparison = Comparison::default();
    let cases: Vec<Value> = serde_json::from_str(FIXTURE).expect("fixture");
    for case in &cases {
        let (hyp, refs, units) = texts(case);
        let refs: Vec<&str> = refs.iter().map(String::as_str).collect();
        let mut figures = overlap(&hyp, &refs);
        figures.extend(diversity(&units));
        for (name, expect) in case["figures"].as_object().expect("figures") {
            let got = figures.get(name).unwrap_or_else(|| panic!("no {name}"));
            check(&mut comparison, &format!("{}: {name}", case["name"]), got, expect);
        }
    }
    comparison.finish(1200);
}
