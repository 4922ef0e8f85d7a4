//! How near encoding comes to the machine's matrix rate.
//!
//! ```text
//! cargo run --release -p goalconvo-neural --example encode_rate -- MODEL TEXTS.jsonl.gz [THREADS] [PAIRS]
//! ```
//!
//! MODEL is an encoder's folder, TEXTS a gzip file with one JSON object a line whose `turns` are the texts. Printed
//! in one run: (a) the rate at which the same matrix product runs here, (b) the rate at which encoding for
//! BERTScore gets its arithmetic done, (c) pairs a second of processor time, matching
//! included; then all again in small integers, with the error of the worst pair. Only multiplications that the model
//! needs are counted (products with weights, attention), no norm, activation or softmax. At last a corpus with pairing:
//! every utterance against the same references, each text encoded once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;

use candle_core::{Device, Tensor};
use goalconvo_metrics::embedding::{MatchSide, TokenWeights, bert_score};
use goalconvo_metrics::{Encoder, TokenVectors};
use goalconvo_neural::{EncoderOptions, Precision, TextEncoder};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type AnyError = Box<dyn std::error::Error>;

fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, texts, rest @ ..] = arguments.as_slice() else {
        return Err("expected MODEL TEXTS.jsonl.gz [THREADS] [PAIRS]".into());
    };
    let threads = rest.first().map_or(Ok(1), |threads| threads.parse::<usize>())?;
    let pairs = rest.get(1).map_or(Ok(1000), |pairs| pairs.parse::<usize>())?;

    let open = |precision| {
        let options = EncoderOptions { threads, precision, ..EncoderOptions::default() };
        TextEncoder::open(Path::new(model), &options)
    };
    let (single, int8) = (open(Precision::Single)?, open(Precision::Int8)?);
    let shape = Shape::read(Path::new(model))?;
    let dialogues = read(Path::new(texts))?;
    let utterances: Vec<&str> = dialogues.iter().flatten().map(String::as_str).collect();
    let whole: Vec<String> = dialogues.iter().map(|turns| turns.join(" ")).collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();

    say(&format!("{threads} threads; rates in GFLOP for one second of processor time"));
    let sets = [("utterances", spread(&utterances, 2 * pairs)), ("dialogues", spread(&whole, pairs / 5))];
    for (name, texts) in sets {
        let exact = measure(name, &single, &shape, &texts, threads)?;
        let rounded = measure(&format!("{name}, int8"), &int8, &shape, &texts, threads)?;
        let off: Vec<f64> = exact.iter().zip(&rounded).map(|(a, b)| (a - b).abs()).collect();
        say(&format!(
            "{name}: F1 of int8 is off by {:.4} at worst, {:.4} on average over {} pairs",
            off.iter().copied().fold(0.0, f64::max),
            off.iter().sum::<f64>() / off.len() as f64,
            off.len(),
        ));
    }
    let candidates = spread(&utterances, pairs / 4);
    paired(&single, &candidates, &spread(&utterances, REFERENCES))
}

/// References of each utterance in the corpus with pairing.
const REFERENCES: usize = 20;

/// Scores every candidate against every reference.
fn paired(encoder: &TextEncoder, candidates: &[&str], references: &[&str]) -> Result<(), AnyError> {
    let begin = cpu_seconds()?;
    let tokens = encoder.tokens(&[candidates, references].concat(), encoder.card().layers)?;
    let sides: Vec<MatchSide> =
        tokens.iter().map(|tokens| MatchSide::new(tokens, &TokenWeights::Uniform, encoder.card())).collect();
    let (candidates, references) = sides.split_at(candidates.len());
    let scores = candidates.iter().flat_map(|one| references.iter().map(|other| bert_score(one, other).f1));
    let (count, sum) = scores.fold((0, 0.0), |(count, sum), f1| (count + 1, sum + f1));
    say(&format!(
        "corpus: {count} pairs; {:.1} pairs/CPU-s, mean F1 {:.6}",
        f64::from(count) / (cpu_seconds()? - begin),
        sum / f64::from(count),
    ));
    Ok(())
}

/// Encodes the texts a slice at a time, between slices of plain products, so that both feel the same weather, and
/// prints both rates. Gives F1 of each pair.
fn measure(
    name: &str,
    encoder: &TextEncoder,
    shape: &Shape,
    texts: &[&str],
    threads: usize,
) -> Result<Vec<f64>, AnyError> {
    let products = Products::new()?;
    let (mut product, mut encode) = (<[Tally; 2]>::default(), Tally::default());
    let (mut tokens, mut matching, mut f1) = (0, 0.0, Vec::new());
    // Every tenth pair, so that each slice has the lengths of the whole.
    for slice in 0..SLICES {
        products.run(threads, &mut product)?;
        let part: Vec<&str> = texts.chunks(2).skip(slice).step_by(SLICES).flatten().copied().collect();
        let before = cpu_seconds()?;
        let encoded = encoder.tokens(&part, encoder.card().layers)?;
        let between = cpu_seconds()?;
        encode.seconds += between - before;
        f1.extend(scores(encoder, &encoded));
        matching += cpu_seconds()? - between;
        // The encoder runs each distinct input once, so each counts once.
        let distinct: BTreeSet<Vec<u32>> = encoded.into_iter().map(|tokens| tokens.ids).collect();
        tokens += distinct.iter().map(Vec::len).sum::<usize>();
        encode.flops += distinct.iter().map(|ids| shape.flops(ids.len())).sum::<f64>();
    }
    let (rate, of) = (encode.rate(), product[0].rate().max(product[1].rate()));
    say(&format!(
        "{name}: {} pairs, {tokens} tokens; product {of:.1}, encoding {rate:.1} GFLOP/s = {:.1} %; {:.1} pairs/CPU-s with matching ({:.1} % of the time), mean F1 {:.6}",
        texts.len() / 2,
        100.0 * rate / of,
        texts.len() as f64 / 2.0 / (encode.seconds + matching),
        100.0 * matching / (encode.seconds + matching),
        f1.iter().sum::<f64>() / f1.len() as f64,
    ));
    Ok(f1)
}

/// F1 of each pair of neighbours.
fn scores(encoder: &TextEncoder, tokens: &[TokenVectors]) -> Vec<f64> {
    let side = |tokens| MatchSide::new(tokens, &TokenWeights::Uniform, encoder.card());
    tokens.chunks_exact(2).map(|pair| bert_score(&side(&pair[0]), &side(&pair[1])).f1).collect()
}

/// Slices of one measurement.
const SLICES: usize = 10;

#[derive(Default)]
struct Tally {
    flops: f64,
    seconds: f64,
}

impl Tally {
    fn rate(&self) -> f64 {
        self.flops / self.seconds / 1e9
    }
}

/// The library's own product, in a square shape and in that of the widest layer: whichever is faster is the rate
/// that encoding is held against.
struct Products {
    shapes: Vec<(Tensor, Tensor)>,
}

impl Products {
    const SHAPES: [[usize; 3]; 2] = [[1024, 1024, 1024], [512, 384, 1536]];
    const FLOPS_A_RUN: usize = 40_000_000_000;

    fn new() -> Result<Self, AnyError> {
        let random = |rows, columns| Tensor::rand(-1f32, 1.0, (rows, columns), &Device::Cpu);
        let pair = |[m, k, n]: [usize; 3]| Ok((random(m, k)?, random(n, k)?.t()?));
        Ok(Self { shapes: Self::SHAPES.into_iter().map(pair).collect::<Result<_, AnyError>>()? })
    }

    fn run(&self, threads: usize, tallies: &mut [Tally; 2]) -> Result<(), AnyError> {
        for (((a, b), [m, k, n]), tally) in self.shapes.iter().zip(Self::SHAPES).zip(tallies) {
            let repeats = Self::FLOPS_A_RUN / (2 * m * k * n * threads);
            let before = cpu_seconds()?;
            let work = || (0..repeats).all(|_| a.matmul(b).map(std::hint::black_box).is_ok());
            let done = std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                workers.into_iter().all(|worker| worker.join().unwrap_or(false))
            });
            if !done {
                return Err("a product failed".into());
            }
            tally.seconds += cpu_seconds()? - before;
            tally.flops += (2 * m * k * n * repeats * threads) as f64;
        }
        Ok(())
    }
}

/// The sizes that decide how much arithmetic a text needs.
struct Shape {
    hidden: usize,
    intermediate: usize,
    layers: usize,
}

impl Shape {
    fn read(model: &Path) -> Result<Self, AnyError> {
        let config: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(model.join("config.json"))?)?;
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

#[expect(clippy::print_stdout, reason = "this program's purpose is to print figures")]
fn say(line: &str) {
    println!("{line}");
}
