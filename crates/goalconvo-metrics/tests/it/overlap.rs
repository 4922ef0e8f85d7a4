//! Overlap with references against sacrebleu, NLTK and rouge-score.

use goalconvo_metrics::overlap::{
    Bleu, BleuStats, Chrf, ChrfStats, NltkSmoothing, NltkStats, Rouge, RougeScore, Smoothing, Ter, TerStats,
    char_shingles, jaccard_sorted, jaccard_tokens, nltk_sentence_bleu,
};
use goalconvo_metrics::text::{SacreTokens, TercomTokens, Tokens};
use serde_json::Value;

use crate::shared::{Comparison, json, strings};

const NLTK: [(&str, NltkSmoothing); 6] = [
    ("m0", NltkSmoothing::Method0),
    ("m1", NltkSmoothing::Method1),
    ("m2", NltkSmoothing::Method2),
    ("m3", NltkSmoothing::Method3),
    ("m4", NltkSmoothing::Method4),
    ("m7", NltkSmoothing::Method7),
];

#[test]
fn sentence_scores_are_those_of_the_references() {
    let Some(golden) = json("golden/metrics/overlap.json") else { return };
    let mut comparison = Comparison::default();
    for item in golden["items"].as_array().expect("items") {
        sentence_scores(&mut comparison, item);
    }
    comparison.finish(8000);
}

fn sentence_scores(comparison: &mut Comparison, item: &Value) {
    let hypothesis = item["hyp"].as_str().expect("hyp");
    let references = strings(&item["refs"]);
    let scores = &item["scores"];
    let mut check = |name: &str, got: f64| {
        if let Some(expect) = scores.get(name) {
            comparison.check(format!("{} {name}", item["id"]), Some(got), expect, 1e-7);
        }
    };
    for (suffix, references) in [("r1", &references[..1]), ("r3", &references[..])] {
        check(&format!("sb_bleu_{suffix}"), Bleu::sentence().score_segment(hypothesis, references).score);
        check(&format!("sb_chrf2_{suffix}"), Chrf::default().score_segment(hypothesis, references));
        check(&format!("sb_chrf2pp_{suffix}"), Chrf::plus_plus().score_segment(hypothesis, references));
        if scores.get(format!("sb_ter_{suffix}")).is_some() {
            check(&format!("sb_ter_{suffix}"), Ter::default().score_segment(hypothesis, references));
        }
        let own = Tokens::Spaces.hashes(hypothesis);
        let theirs: Vec<Vec<u64>> =
            references.iter().map(|reference| Tokens::Spaces.hashes(reference)).collect();
        for (method, smoothing) in NLTK {
            check(&format!("nltk_bleu4_{method}_{suffix}"), nltk_sentence_bleu(&own, &theirs, smoothing));
        }
    }
    let reference = references[0];
    let (own, theirs) = (Tokens::Spaces.hashes(hypothesis), Tokens::Spaces.hashes(reference));
    check("jaccard_ws", jaccard_tokens(&own, &theirs));
    let shingles = |text: &str| char_shingles(&goalconvo_metrics::duplicates::normalised(text), 5);
    check("jaccard_char5", jaccard_sorted(&shingles(hypothesis), &shingles(reference)));
    let (plain, stemmed) = (Rouge { stem: false }, Rouge { stem: true });
    let mut rouge = |name: &str, got: RougeScore| {
        for (at, value) in [got.precision, got.recall, got.f].into_iter().enumerate() {
            comparison.check(format!("{} {name} {at}", item["id"]), Some(value), &scores[name][at], 1e-9);
        }
    };
    rouge("rouge1_nostem", plain.n(1, reference, hypothesis));
    rouge("rouge2_nostem", plain.n(2, reference, hypothesis));
    rouge("rougeL_nostem", plain.l(reference, hypothesis));
    rouge("rouge1_stem", stemmed.n(1, reference, hypothesis));
    rouge("rougeL_stem", stemmed.l(reference, hypothesis));
    rouge("rougeLsum_stem", stemmed.l_sum(reference, hypothesis));
}

#[test]
fn corpus_scores_are_those_of_the_references() {
    let Some(golden) = json("golden/metrics/overlap.json") else { return };
    let items: Vec<(&str, Vec<&str>)> = golden["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| (item["hyp"].as_str().expect("hyp"), strings(&item["refs"])))
        .collect();
    let mut comparison = Comparison::default();
    for count in [1, 3] {
        let segments: Vec<(&str, &[&str])> = items.iter().map(|(hyp, refs)| (*hyp, &refs[..count])).collect();
        bleu_corpora(&mut comparison, &golden["corpus"], &segments, count);
        chrf_corpora(&mut comparison, &golden["corpus"], &segments, count);
        let short: Vec<(&str, &[&str])> =
            segments.iter().enumerate().filter(|(at, _)| !(250..300).contains(at)).map(|(_, s)| *s).collect();
        ter_corpora(&mut comparison, &golden["corpus"], &short, count);
        nltk_corpus(&mut comparison, &golden["corpus"], &segments, count);
    }
    comparison.finish(80);
}

fn bleu_corpora(comparison: &mut Comparison, corpus: &Value, segments: &[(&str, &[&str])], count: usize) {
    let with = |tokens, smoothing, lowercase| Bleu { tokens, smoothing, lowercase, effective_order: false };
    let (v13a, exponential) = (SacreTokens::V13a, Smoothing::Exponential);
    let configs = [
        ("bleu_13a_exp", with(v13a, exponential, false)),
        ("bleu_none_exp", with(SacreTokens::None, exponential, false)),
        ("bleu_intl_exp", with(SacreTokens::International, exponential, false)),
        ("bleu_char", with(SacreTokens::Char, exponential, false)),
        ("bleu_13a_lc", with(v13a, exponential, true)),
        ("bleu_13a_floor", with(v13a, Smoothing::Floor(0.1), false)),
        ("bleu_13a_nosmooth", with(v13a, Smoothing::None, false)),
        ("bleu_13a_addk", with(v13a, Smoothing::AddK(1.0), false)),
    ];
    for (name, bleu) in configs {
        let mut stats = BleuStats::default();
        segments.iter().for_each(|(hypothesis, references)| stats.merge(&bleu.stats(hypothesis, references)));
        let score = bleu.score(&stats);
        let expect = &corpus[format!("{name}_refs{count}")];
        let what = format!("{name} {count}");
        comparison.check(&what, Some(score.score), &expect["score"], 1e-9);
        comparison.check(&what, Some(score.brevity_penalty), &expect["bp"], 1e-9);
        comparison.check(&what, Some(stats.hypothesis_length as f64), &expect["sys_len"], 0.0);
        comparison.check(&what, Some(stats.reference_length as f64), &expect["ref_len"], 0.0);
        for n in 0..4 {
            comparison.check(&what, Some(score.precisions[n]), &expect["precisions"][n], 1e-9);
        }
    }
}

fn chrf_corpora(comparison: &mut Comparison, corpus: &Value, segments: &[(&str, &[&str])], count: usize) {
    for (name, chrf) in [("chrf2", Chrf::default()), ("chrf2pp", Chrf::plus_plus())] {
        let mut stats = ChrfStats::default();
        segments.iter().for_each(|(hypothesis, references)| stats.merge(&chrf.stats(hypothesis, references)));
        let expect = &corpus[format!("{name}_refs{count}")]["score"];
        comparison.check(format!("{name} {count}"), Some(chrf.score(&stats)), expect, 1e-9);
    }
}

fn ter_corpora(comparison: &mut Comparison, corpus: &Value, segments: &[(&str, &[&str])], count: usize) {
    let normalized = TercomTokens { normalized: true, case_sensitive: true, ..TercomTokens::default() };
    for (name, ter) in [("ter", Ter::default()), ("ter_norm", Ter { tokens: normalized })] {
        let mut stats = TerStats::default();
        segments.iter().for_each(|(hypothesis, references)| stats.merge(&ter.stats(hypothesis, references)));
        let expect = &corpus[format!("{name}_uttedge_refs{count}")];
        comparison.check(
            format!("{name} {count} edits"),
            Some(stats.edits as f64),
            &expect["num_edits"],
            0.0,
        );
        comparison.check(format!("{name} {count}"), Some(stats.score()), &expect["score"], 1e-7);
    }
}

fn nltk_corpus(comparison: &mut Comparison, corpus: &Value, segments: &[(&str, &[&str])], count: usize) {
    let mut stats = NltkStats::default();
    for (hypothesis, references) in segments {
        let references: Vec<Vec<u64>> = references.iter().map(|text| Tokens::Spaces.hashes(text)).collect();
        stats.merge(&NltkStats::of(&Tokens::Spaces.hashes(hypothesis), &references));
    }
    let expect = &corpus[format!("nltk_corpus_bleu4_refs{count}")];
    comparison.check(format!("nltk {count}"), Some(stats.score(NltkSmoothing::Method0)), expect, 1e-9);
}
