//! Throughput of the lexical metrics on made-up utterances.

use criterion::{Criterion, criterion_group, criterion_main};
use goalconvo_metrics::diversity::{NgramCounts, self_bleu};
use goalconvo_metrics::duplicates::MinHash;
use goalconvo_metrics::overlap::{Bleu, BleuStats};
use goalconvo_metrics::text::Tokens;

const WORDS: [&str; 16] = [
    "i", "need", "a", "cheap", "hotel", "in", "the", "north", "with", "parking", "please", "for", "two",
    "nights", "?", "and",
];

fn utterances(count: usize) -> Vec<String> {
    let word = |u: usize, w: usize| WORDS[(u * 7 + w * w * 3 + u * w) % WORDS.len()];
    (0..count).map(|u| (0..8 + u % 12).map(|w| word(u, w)).collect::<Vec<_>>().join(" ")).collect()
}

fn lexical(criterion: &mut Criterion) {
    let texts = utterances(1000);
    criterion.bench_function("distinct_1_to_4 of 1000 utterances", |bench| {
        bench.iter(|| {
            let mut counts: Vec<NgramCounts> = (1..=4).map(NgramCounts::new).collect();
            for text in &texts {
                let tokens = Tokens::Words.hashes(text);
                counts.iter_mut().for_each(|counts| counts.push(&tokens));
            }
            counts.iter().filter_map(NgramCounts::distinct).sum::<f64>()
        });
    });
    let tokens: Vec<Vec<u64>> = texts.iter().map(|text| Tokens::Spaces.hashes(text)).collect();
    criterion.bench_function("self_bleu_4 of 1000 utterances", |bench| bench.iter(|| self_bleu(&tokens, 4)));
    criterion.bench_function("bleu of 500 segments", |bench| {
        let bleu = Bleu::default();
        bench.iter(|| {
            let mut stats = BleuStats::default();
            for (hypothesis, reference) in texts[..500].iter().zip(&texts[500..]) {
                stats.merge(&bleu.stats(hypothesis, &[reference]));
            }
            bleu.score(&stats).score
        });
    });
    let family = MinHash::new(128, 1);
    criterion.bench_function("minhash of 1000 utterances", |bench| {
        bench.iter(|| texts.iter().map(|text| family.text_signature(text, 5)).collect::<Vec<_>>());
    });
}

criterion_group!(benches, lexical);
criterion_main!(benches);
