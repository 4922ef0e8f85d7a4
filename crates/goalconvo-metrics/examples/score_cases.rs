//! Scores cases from standard input, one JSON object a line, and prints figures by name, one JSON object a line: one half
//! of `benches/differential.py`, which compares them with the Python references.
//!
//! In: `{"hyp": text, "refs": [texts], "units": [texts]}`. Out: `{"sb_bleu_13a_exp": 12.3, …}`, null where undefined.

use std::io::{BufRead, Write};

use goalconvo_metrics::diversity::{
    NgramCounts, compressed_sizes, conditional_entropy_bits, lexical_diversity, mean_jaccard_dissimilarity,
    mtld_bidirectional, mtld_wrapped, self_bleu,
};
use goalconvo_metrics::duplicates::{MinHash, normalised};
use goalconvo_metrics::overlap::{
    Bleu, Chrf, NltkSmoothing, Rouge, Smoothing, Ter, char_shingles, jaccard_sorted, jaccard_tokens,
    nltk_sentence_bleu,
};
use goalconvo_metrics::text::{SacreTokens, TercomTokens, Tokens, lexdiv_tokens, porter_stem, token_hashes};
use serde_json::{Map, Value, json};

type Figures = Map<String, Value>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let strings = |key: &str| -> Vec<&str> {
            case[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
        };
        let (refs, units) = (strings("refs"), strings("units"));
        let hyp = case["hyp"].as_str().unwrap_or_default();
        let mut figures = Figures::new();
        sacre(hyp, &refs, &mut figures);
        nltk(hyp, &refs, &mut figures);
        rouge(hyp, refs[0], &mut figures);
        diversity(&units, &mut figures);
        alike(hyp, refs[0], &mut figures);
        serde_json::to_writer(&mut out, &figures)?;
        writeln!(out)?;
    }
    Ok(())
}

fn sacre(hyp: &str, refs: &[&str], figures: &mut Figures) {
    use SacreTokens::{Char, Chinese, International, None, V13a};
    for tokens in [V13a, International, Char, Chinese, None] {
        for (name, smoothing) in [
            ("exp", Smoothing::Exponential),
            ("floor", Smoothing::Floor(0.1)),
            ("add-k", Smoothing::AddK(1.0)),
            ("none", Smoothing::None),
        ] {
            for (suffix, lowercase, effective_order) in [("", false, true), ("_lc", true, false)] {
                let bleu = Bleu { tokens, lowercase, smoothing, effective_order };
                let score = bleu.score_segment(hyp, refs).score;
                figures.insert(format!("sb_bleu_{}_{name}{suffix}", tokens.name()), json!(score));
            }
        }
    }
    for word_order in [0, 1, 2] {
        for lowercase in [false, true] {
            let score = Chrf { word_order, lowercase }.score_segment(hyp, refs);
            figures.insert(format!("sb_chrf_{word_order}_{lowercase}"), json!(score));
        }
    }
    for (name, tokens) in [
        ("plain", TercomTokens::default()),
        ("norm", TercomTokens { normalized: true, ..TercomTokens::default() }),
        ("nopunct", TercomTokens { no_punctuation: true, ..TercomTokens::default() }),
        ("case", TercomTokens { case_sensitive: true, ..TercomTokens::default() }),
    ] {
        figures.insert(format!("sb_ter_{name}"), json!(Ter { tokens }.score_segment(hyp, refs)));
    }
}

fn nltk(hyp: &str, refs: &[&str], figures: &mut Figures) {
    let own = Tokens::Spaces.hashes(hyp);
    let theirs: Vec<Vec<u64>> = refs.iter().map(|text| Tokens::Spaces.hashes(text)).collect();
    for (name, method) in [
        ("0", NltkSmoothing::Method0),
        ("1", NltkSmoothing::Method1),
        ("2", NltkSmoothing::Method2),
        ("3", NltkSmoothing::Method3),
        ("4", NltkSmoothing::Method4),
        ("7", NltkSmoothing::Method7),
    ] {
        figures.insert(format!("nltk_{name}"), json!(nltk_sentence_bleu(&own, &theirs, method)));
    }
}

fn rouge(hyp: &str, reference: &str, figures: &mut Figures) {
    for stem in [false, true] {
        let rouge = Rouge { stem };
        let scores = [
            ("1", rouge.n(1, reference, hyp)),
            ("2", rouge.n(2, reference, hyp)),
            ("3", rouge.n(3, reference, hyp)),
            ("L", rouge.l(reference, hyp)),
            ("Lsum", rouge.l_sum(reference, hyp)),
        ];
        for (name, score) in scores {
            let all = json!([score.precision, score.recall, score.f]);
            figures.insert(format!("rouge_{name}_{stem}"), all);
        }
    }
    let stems: Vec<String> = Tokens::Spaces.of(hyp).iter().map(|word| porter_stem(word)).collect();
    figures.insert("stems".to_owned(), json!(stems));
}

fn diversity(units: &[&str], figures: &mut Figures) {
    for (name, tokens) in [("ws", Tokens::Spaces), ("re", Tokens::Alphanumeric), ("gc", Tokens::Unicode)] {
        let hashed: Vec<Vec<u64>> = units.iter().map(|unit| tokens.hashes(unit)).collect();
        for n in 1..=4 {
            let mut counts = NgramCounts::new(n);
            hashed.iter().for_each(|unit| counts.push(unit));
            let all = json!([
                counts.unique(),
                counts.total(),
                counts.distinct(),
                counts.entropy_bits(),
                counts.expectation_adjusted(30522.0)
            ]);
            figures.insert(format!("ngrams_{name}_{n}"), all);
        }
        figures.insert(format!("jaccard_{name}"), json!(mean_jaccard_dissimilarity(&hashed)));
        let bits = conditional_entropy_bits(hashed.iter().map(Vec::as_slice));
        figures.insert(format!("conditional_{name}"), json!(bits));
        for order in 2..=4 {
            figures.insert(format!("self_bleu_{name}_{order}"), json!(self_bleu(&hashed, order)));
        }
    }
    let tokens: Vec<String> = units.iter().flat_map(|unit| lexdiv_tokens(unit)).collect();
    let hashes = token_hashes(tokens.iter().map(String::as_str));
    figures.insert("lexdiv_tokens".to_owned(), json!(tokens));
    figures.insert("lexdiv".to_owned(), json!(lexical_diversity(&hashes)));
    figures.insert("mtld_wrap".to_owned(), json!(mtld_wrapped(&hashes, 10)));
    figures.insert("mtld_bid".to_owned(), json!(mtld_bidirectional(&hashes, 10)));
    figures.insert("zip".to_owned(), json!(compressed_sizes(&units.join("\n"))));
}

fn alike(hyp: &str, reference: &str, figures: &mut Figures) {
    let (own, theirs) = (Tokens::Spaces.hashes(hyp), Tokens::Spaces.hashes(reference));
    figures.insert("jaccard_tokens".to_owned(), json!(jaccard_tokens(&own, &theirs)));
    let shingles = |text: &str| char_shingles(&normalised(text), 5);
    figures.insert("jaccard_char5".to_owned(), json!(jaccard_sorted(&shingles(hyp), &shingles(reference))));
    figures.insert("minhash".to_owned(), json!(MinHash::new(128, 1).text_signature(hyp, 5)));
}
