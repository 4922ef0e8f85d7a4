//! Diversity against NLTK, lexical-diversity, zlib and the corpus statistics of MultiWOZ.

use goalconvo_metrics::diversity::{
    NgramCounts, compressed_sizes, conditional_entropy_bits, distinct, distinct_of_unit, distinct_up_to,
    lexical_diversity, mean_jaccard_dissimilarity, mtld_bidirectional, mtld_wrapped, self_bleu,
};
use goalconvo_metrics::text::{Tokens, lexdiv_tokens, token_hashes};
use serde_json::Value;

use crate::shared::{Comparison, json, strings};

const TOKENS: [(&str, Tokens); 3] =
    [("ws", Tokens::Spaces), ("re", Tokens::Alphanumeric), ("gc", Tokens::Unicode)];

#[test]
fn n_gram_figures_are_those_of_the_reference() {
    let Some(golden) = json("golden/metrics/diversity.json") else { return };
    let mut comparison = Comparison::default();
    for set in golden["sets"].as_array().expect("sets") {
        for (name, tokens) in TOKENS {
            let units: Vec<Vec<u64>> =
                strings(&set["units"]).into_iter().map(|unit| tokens.hashes(unit)).collect();
            let at_once = distinct_up_to(strings(&set["units"]), tokens, 4);
            for (n, share) in (1..).zip(at_once) {
                let expect = &set["distinct"][name][n.to_string()]["distinct"];
                comparison.check(format!("{} {name} {n} at once", set["name"]), share, expect, 1e-9);
            }
            ngram_figures(
                &mut comparison,
                &format!("{} {name}", set["name"]),
                &units,
                &set["distinct"][name],
            );
        }
    }
    comparison.finish(700);
}

fn ngram_figures(comparison: &mut Comparison, what: &str, units: &[Vec<u64>], expect: &Value) {
    let mut score = Some(0.0);
    for n in 1..=4 {
        let mut counts = NgramCounts::new(n);
        let mut second = NgramCounts::new(n);
        for (at, unit) in units.iter().enumerate() {
            if at % 2 == 0 { counts.push(unit) } else { second.push(unit) }
        }
        counts.merge(&second);
        let expect = &expect[n.to_string()];
        let mut check =
            |name: &str, got| comparison.check(format!("{what} {n} {name}"), got, &expect[name], 1e-9);
        check("unique", Some(counts.unique() as f64));
        check("total", Some(counts.total() as f64));
        check("distinct", counts.distinct());
        check("distinct", distinct(units, n));
        check("distinct_over_tokens", counts.distinct_over_tokens());
        let units: Vec<f64> = units.iter().filter_map(|unit| distinct_of_unit(unit, n)).collect();
        let mean = units.iter().sum::<f64>() / units.len() as f64;
        check("mean_per_unit", (!units.is_empty()).then_some(mean));
        check("units_counted", Some(counts.counted_units() as f64));
        check("ead_V30522", counts.expectation_adjusted(30522.0));
        check("entropy_bits", counts.entropy_bits());
        check("entropy_norm", counts.entropy_normalised());
        score = score.map(|sum| sum + counts.distinct().unwrap_or(0.0));
    }
    comparison.check(format!("{what} diversity score"), score, &expect["ngram_diversity_score"], 1e-9);
    let conditional = conditional_entropy_bits(units.iter().map(Vec::as_slice));
    comparison.check(
        format!("{what} conditional"),
        Some(conditional),
        &expect["cond_bigram_entropy_bits"],
        1e-9,
    );
}

#[test]
fn lexical_diversity_is_that_of_the_package() {
    let Some(golden) = json("golden/metrics/diversity.json") else { return };
    let mut comparison = Comparison::default();
    for set in golden["sets"].as_array().expect("sets") {
        let tokens: Vec<String> = strings(&set["units"]).into_iter().flat_map(lexdiv_tokens).collect();
        if let Some(expect) = set.get("lexdiv_tokens") {
            assert_eq!(tokens, strings(expect));
        }
        let tokens = token_hashes(tokens.iter().map(String::as_str));
        let figures = serde_json::to_value(lexical_diversity(&tokens)).expect("serialises");
        let expect = &set["lexdiv"];
        for name in ["ttr", "root_ttr", "log_ttr", "maas_ttr", "msttr", "mattr", "hdd", "mtld"] {
            comparison.check(format!("{} {name}", set["name"]), figures[name].as_f64(), &expect[name], 1e-9);
        }
        for (name, figure) in
            [("mtld_ma_wrap", mtld_wrapped(&tokens, 10)), ("mtld_ma_bid", mtld_bidirectional(&tokens, 10))]
        {
            if let Some(expect) = expect.get(name) {
                comparison.check(format!("{} {name}", set["name"]), figure, expect, 1e-9);
            }
        }
    }
    comparison.finish(60);
}

#[test]
fn self_bleu_and_pairwise_jaccard_are_those_of_the_reference() {
    let Some(golden) = json("golden/metrics/diversity.json") else { return };
    let mut comparison = Comparison::default();
    for set in golden["sets"].as_array().expect("sets") {
        for (name, tokens) in TOKENS {
            let units: Vec<Vec<u64>> =
                strings(&set["units"]).into_iter().map(|unit| tokens.hashes(unit)).collect();
            let what = format!("{} {name}", set["name"]);
            if let Some(expect) = set.get("jaccard_dissim_mean_pairwise") {
                comparison.check(&what, mean_jaccard_dissimilarity(&units), &expect[name], 1e-9);
            }
            for order in 2..=4 {
                let Some(expect) = set.get("self_bleu").and_then(|all| all.get(format!("{name}_{order}")))
                else {
                    continue;
                };
                let scores = self_bleu(&units, order);
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                comparison.check(format!("{what} {order}"), Some(mean), &expect["mean"], 1e-9);
                for (got, expect) in scores.iter().zip(expect["per_item"].as_array().into_iter().flatten()) {
                    comparison.check(format!("{what} {order} item"), Some(*got), expect, 1e-9);
                }
            }
        }
    }
    comparison.finish(300);
}

#[test]
fn compressed_sizes_are_those_of_stock_zlib() {
    let Some(golden) = json("golden/metrics/diversity.json") else { return };
    let mut comparison = Comparison::default();
    for set in golden["sets"].as_array().expect("sets") {
        let expect = &set["compression"]["join_newline"];
        let sizes =
            serde_json::to_value(compressed_sizes(&strings(&set["units"]).join("\n"))).expect("serialises");
        for name in ["bytes", "gzip9", "gzip6", "zlib6", "zlib9"] {
            comparison.check(format!("{} {name}", set["name"]), sizes[name].as_f64(), &expect[name], 0.0);
        }
    }
    comparison.finish(35);
}
