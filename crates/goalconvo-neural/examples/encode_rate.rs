//! How near encoding comes to the machine's matrix rate.
//!
//! ```text
//! cargo run --release -p goalconvo-neural --example encode_rate -- MODEL TEXTS.jsonl.gz [THREADS] [PAIRS]
//! ```
//!
//! MODEL is an encoder's folder, TEXTS a gzip file with one JSON object a line whose `turns` are the texts. Printed
//! in one run: (a) the rate at which the same matrix product runs here, (b) the rate at which encoding for
//! BERTScore gets its arithmetic done, (c) pairs a second of processor time. Only multiplications that the model
//! needs are counted (products with weights, attention), no norm, activation or softmax.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use candle_core::{Device, Tensor};
use goalconvo_metrics::Encoder;
use goalconvo_neural::{EncoderOptions, TextEncoder};

type AnyError = Box<dyn std::error::Error>;

fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, texts, rest @ ..] = arguments.as_slice() else {
        return Err("expected MODEL TEXTS.jsonl.gz [THREADS] [PAIRS]".into());
    };
    let threads = rest.first().map_or(Ok(1), |threads| threads.parse::<usize>())?;
    let pairs = rest.get(1).map_or(Ok(1000), |pairs| pairs.parse::<usize>())?;

    let encoder = TextEncoder::open(Path::new(model), &EncoderOptions { threads, ..EncoderOptions::default() })?;
    let shape = Shape::read(Path::new(model))?;
    let dialogues = read(Path::new(texts))?;
    let utterances: Vec<&str> = dialogues.iter().flatten().map(String::as_str).collect();
    let whole: Vec<String> = dialogues.iter().map(|turns| turns.join(" ")).collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();

    say(&format!("{threads} threads; rates in GFLOP for one second of processor time"));
    for round in 1..=3 {
        let before = matrix_rate(threads)?;
        let utterance = encode_rate(&encoder, &shape, &spread(&utterances, 2 * pairs), pairs)?;
        let dialogue = encode_rate(&encoder, &shape, &spread(&whole, pairs / 5), pairs / 10)?;
        let after = matrix_rate(threads)?;
        let rate = before.max(after);
        say(&format!(
            "round {round}: matrix {before:.1} then {after:.1} | utterances {:.1} = {:.0} %, {:.0} pairs/CPU-s | dialogues {:.1} = {:.0} %, {:.1} pairs/CPU-s",
            utterance.0,
            100.0 * utterance.0 / rate,
            utterance.1,
            dialogue.0,
            100.0 * dialogue.0 / rate,
            dialogue.1,
        ));
    }
    Ok(())
}

/// GFLOP a CPU-second of the library's product, over the shapes of this work and a square one: the best of them.
fn matrix_rate(threads: usize) -> Result<f64, AnyError> {
    let mut best = 0f64;
    for (m, k, n) in [(1024, 1024, 1024), (512, 384, 1536), (512, 1536, 384), (2048, 384, 1152)] {
        let a = Tensor::rand(-1f32, 1.0, (m, k), &Device::Cpu)?;
        let b = Tensor::rand(-1f32, 1.0, (k, n), &Device::Cpu)?;
        let repeats = 24_000_000_000 / (2 * m * k * n);
        let start = cpu_seconds()?;
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..repeats).map(|_| a.matmul(&b).map(std::hint::black_box)).all(|c| c.is_ok()));
            }
        });
        let flops = (2 * m * k * n * repeats * threads) as f64;
        best = best.max(flops / (cpu_seconds()? - start) / 1e9);
    }
    Ok(best)
}

/// GFLOP and pairs a CPU-second of encoding these texts.
fn encode_rate(
    encoder: &TextEncoder,
    shape: &Shape,
    texts: &[&str],
    pairs: usize,
) -> Result<(f64, f64), AnyError> {
    let wall = now();
    let start = cpu_seconds()?;
    let tokens = encoder.tokens(texts, encoder.card().layers)?;
    let seconds = cpu_seconds()? - start;
    let mut lengths: Vec<(Vec<u32>, usize)> =
        tokens.into_iter().map(|tokens| (tokens.ids.clone(), tokens.ids.len())).collect();
    lengths.sort();
    lengths.dedup();
    let flops: f64 = lengths.iter().map(|(_, length)| shape.flops(*length)).sum();
    say(&format!(
        "  {} texts, {} distinct, {} tokens, {seconds:.2} CPU-s, {:.2} s",
        texts.len(),
        lengths.len(),
        lengths.iter().map(|(_, length)| length).sum::<usize>(),
        wall.elapsed().as_secs_f64()
    ));
    Ok((flops / seconds / 1e9, pairs as f64 / seconds))
}

/// The sizes that decide how much arithmetic a text needs.
struct Shape {
    hidden: usize,
    intermediate: usize,
    layers: usize,
}

impl Shape {
    fn read(model: &Path) -> Result<Self, AnyError> {
        let config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(model.join("config.json"))?)?;
        let size = |key: &str| config[key].as_u64().map(|size| size as usize).ok_or(format!("no {key}"));
        Ok(Self {
            hidden: size("hidden_size")?,
            intermediate: size("intermediate_size")?,
            layers: size("num_hidden_layers")?,
        })
    }

    fn flops(&self, tokens: usize) -> f64 {
        let (h, i) = (self.hidden, self.intermediate);
        (self.layers * tokens * (2 * 4 * h * h + 2 * 2 * h * i + 2 * 2 * tokens * h)) as f64
    }
}

fn read(path: &Path) -> Result<Vec<Vec<String>>, AnyError> {
    let lines = BufReader::new(flate2::read::GzDecoder::new(std::fs::File::open(path)?));
    let turns = |line: String| -> Result<Vec<String>, AnyError> {
        let dialogue: serde_json::Value = serde_json::from_str(&line)?;
        let turns = dialogue["turns"].as_array().ok_or("a line without turns")?;
        Ok(turns.iter().filter_map(|turn| turn.as_str().map(str::to_owned)).collect())
    };
    lines.lines().map(|line| turns(line?)).collect()
}

/// `count` texts taken evenly from all.
fn spread<'a>(all: &[&'a str], count: usize) -> Vec<&'a str> {
    let count = count.min(all.len());
    (0..count).map(|index| all[index * all.len() / count]).collect()
}

/// Processor time of all threads of this process, alive or gone.
fn cpu_seconds() -> Result<f64, AnyError> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).map_or(Ok(0.0), |field: &&str| field.parse::<f64>());
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

#[expect(clippy::disallowed_methods, reason = "this program measures time")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "this program's purpose is to print figures")]
fn say(line: &str) {
    println!("{line}");
}
