//! How the cost of both graphs grows: synthetic registries up to the size of all of RapidAPI's crawl.
//!
//! `cargo bench -p goalconvo-worlds --bench graph_scale` prints a table; each size runs in a process of its own,
//! so that the peak of memory is its own too (read from the kernel, where there is one that tells).

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark speaks to its reader, and stops aloud"
)]

use goalconvo_worlds::graph;
use goalconvo_worlds::registry::assemble::{FileDraft, assemble};
use goalconvo_worlds::registry::draft::{EndpointDraft, Evidence, Material, ParameterDraft, ToolDraft};
use goalconvo_worlds::registry::{Confidence, Registry, Shape};
use std::time::Instant;

const SIZES: [usize; 5] = [1_029, 2_058, 4_116, 8_232, 16_464];

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse::<usize>().ok());
    match asked {
        Some(size) => measure(size),
        None => {
            println!(
                "endpoints    tools  registry s  tool graph s  projection s     nodes     edges  data links  peak MB"
            );
            for size in SIZES {
                let program = std::env::current_exe().expect("this program's own path");
                let done = std::process::Command::new(program).arg(size.to_string()).status();
                assert!(done.is_ok_and(|status| status.success()), "size {size} failed");
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn measure(size: usize) {
    let start = Instant::now();
    let registry = synthetic(size);
    let loaded = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let tools = graph::build(&registry);
    let built = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let projection = graph::project(&registry);
    let projected = start.elapsed().as_secs_f64();
    println!(
        "{size:>9} {:>8} {loaded:>11.2} {built:>13.2} {projected:>13.2} {:>9} {:>9} {:>11} {:>8}",
        registry.tools.len(),
        tools.nodes.len(),
        tools.edges.len() + projection.edges.len(),
        projection.counts().0,
        peak_megabytes().map_or_else(|| "?".to_owned(), |peak| peak.to_string()),
    );
}

fn peak_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
}

/// A registry of `size` endpoints in 49 categories whose nouns are shared unevenly, as real ones are: some
/// concepts occur everywhere, most in a few tools.
fn synthetic(size: usize) -> Registry {
    let mut numbers = Numbers(7);
    let mut tools = Vec::new();
    let mut made = 0;
    while made < size {
        let count = (1 + numbers.below(9)).min(size - made);
        tools.push(tool(tools.len(), count, &mut numbers));
        made += count;
    }
    let material = Material { tools, ..Material::default() };
    let mut files = [FileDraft {
        source: "synthetic".into(),
        file: "synthetic".into(),
        material,
        ..FileDraft::default()
    }];
    assemble(&mut files)
}

fn tool(number: usize, count: usize, numbers: &mut Numbers) -> ToolDraft {
    let nouns: Vec<String> = (0..4).map(|_| noun(numbers)).collect();
    let endpoints = (0..count)
        .map(|place| {
            let verb = ["search", "get", "list", "create", "update"][numbers.below(5)];
            let object = &nouns[place % nouns.len()];
            EndpointDraft {
                name: format!("{verb}_{object}s"),
                description: format!(
                    "{verb} every {object} of {} number {}",
                    noun(numbers),
                    numbers.below(5_000)
                ),
                parameters: (0..2 + numbers.below(5)).map(|_| parameter(&nouns, numbers)).collect(),
                evidence: vec![evidence(object, &nouns, numbers)],
                ..EndpointDraft::default()
            }
        })
        .collect();
    let category = format!("category {}", number % 49);
    ToolDraft { name: format!("tool {number}"), category, endpoints, ..ToolDraft::default() }
}

fn parameter(nouns: &[String], numbers: &mut Numbers) -> ParameterDraft {
    const ATTRIBUTES: [&str; 6] = ["id", "name", "code", "date", "price", "type"];
    let name = match numbers.below(3) {
        0 => ["limit", "page", "query"][numbers.below(3)].to_owned(),
        1 => format!("{}_{}", nouns[numbers.below(nouns.len())], ATTRIBUTES[numbers.below(6)]),
        _ => format!("{}_{}", noun(numbers), ATTRIBUTES[numbers.below(6)]),
    };
    ParameterDraft {
        name,
        required: numbers.below(2) == 0,
        shape: Shape::text(),
        ..ParameterDraft::default()
    }
}

fn evidence(object: &str, nouns: &[String], numbers: &mut Numbers) -> Evidence {
    let mut fields = vec![("id".to_owned(), Shape::text()), ("name".to_owned(), Shape::text())];
    for _ in 0..4 + numbers.below(8) {
        let attribute = ["id", "name", "code", "date", "price", "status"][numbers.below(6)];
        let owner =
            if numbers.below(2) == 0 { nouns[numbers.below(nouns.len())].clone() } else { noun(numbers) };
        fields.push((format!("{owner}_{attribute}"), Shape::text()));
    }
    let shape = Shape::record([(format!("{object}s"), Shape::list(Shape::record(fields)))]);
    Evidence { confidence: Confidence::Schema, shape, ..Evidence::default() }
}

/// Of 2,000 nouns; half of the draws fall on the first 32.
fn noun(numbers: &mut Numbers) -> String {
    let place = if numbers.below(2) == 0 { numbers.below(32) } else { numbers.below(2_000) };
    let letters = [b'b', b'd', b'f', b'g', b'k', b'l', b'm', b'n', b'p', b'r'];
    let letter = |power: usize| char::from(letters[place / power % 10]);
    format!("{}o{}a{}i{}o", letter(1), letter(10), letter(100), letter(1000))
}

/// SplitMix64: good enough to spread names, and the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}
