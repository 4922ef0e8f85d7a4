//! Times the metrics that have a Python reference, on the texts of a file (one utterance a line), and prints seconds and
//! values as JSON: one half of `benches/metrics_vs_python.py`.

use std::io::Write;

use goalconvo_metrics::diversity::{self, self_bleu};
use goalconvo_metrics::duplicates::{BandIndex, MinHash};
use goalconvo_metrics::overlap::{Bleu, BleuStats};
use goalconvo_metrics::text::Tokens;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: time_metrics FILE")?;
    let text = std::fs::read_to_string(path)?;
    let lines: Vec<&str> = text.lines().collect();
    let half = lines.len() / 2;
    let timings = [
        timed("distinct", || distinct(&lines)),
        timed("self_bleu", || mean_self_bleu(&lines[..lines.len().min(500)])),
        timed("bleu", || corpus_bleu(&lines[..half], &lines[half..2 * half])),
        timed("minhash", || candidates(&lines[..lines.len().min(2000)])),
    ];
    let report: serde_json::Map<String, serde_json::Value> = timings.into_iter().collect();
    writeln!(std::io::stdout(), "{}", serde_json::Value::Object(report))?;
    Ok(())
}

/// Mean processor time of a run, over as many as fill half a second: the system's count is coarse.
fn timed(name: &str, run: impl Fn() -> f64) -> (String, serde_json::Value) {
    let start = processor_seconds();
    let (mut runs, mut value) = (0, 0.0);
    while processor_seconds() - start < 0.5 {
        value = run();
        runs += 1;
    }
    let seconds = (processor_seconds() - start) / f64::from(runs);
    (name.to_owned(), serde_json::json!({ "seconds": seconds, "value": value }))
}

/// Time that this process has spent on a processor; where the system does not tell, time as such.
fn processor_seconds() -> f64 {
    let spent = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = spent.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    #[expect(clippy::disallowed_methods, reason = "measuring time is what this program is for")]
    let wall = || {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
    };
    nanoseconds.map_or_else(wall, |nanoseconds| nanoseconds / 1e9)
}

/// The sum of distinct-1 to distinct-4, tokenising included.
fn distinct(lines: &[&str]) -> f64 {
    diversity::distinct_up_to(lines.iter().copied(), Tokens::Words, 4).into_iter().flatten().sum()
}

fn mean_self_bleu(lines: &[&str]) -> f64 {
    let tokens: Vec<Vec<u64>> = lines.iter().map(|line| Tokens::Spaces.hashes(line)).collect();
    let scores = self_bleu(&tokens, 4);
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

fn corpus_bleu(hypotheses: &[&str], references: &[&str]) -> f64 {
    let bleu = Bleu::default();
    let mut stats = BleuStats::default();
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        stats.merge(&bleu.stats(hypothesis, &[reference]));
    }
    bleu.score(&stats).score
}

/// The number of candidate pairs that the banded index finds.
fn candidates(lines: &[&str]) -> f64 {
    let family = MinHash::new(128, 1);
    let mut index = BandIndex::new(0.8, 128);
    let mut pairs = 0;
    for (id, signature) in family.text_signatures(lines.iter().copied(), 5).enumerate() {
        pairs += index.candidates(&signature).len();
        index.insert(id as u32, &signature);
    }
    pairs as f64
}
