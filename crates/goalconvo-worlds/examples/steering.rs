//! The steering experiment: corpora of 200 chains, with and without steering, over five seeds.
//!
//! Prints pair coverage (different pairs of successive endpoints), entropy of (tools, pattern) over its greatest
//! possible value, and the certificate of strength two, as means with 95 % intervals of the paired differences
//! (Student's t with four degrees of freedom).
//!
//! Run: `cargo run --release -p goalconvo-worlds --example steering -- PATH…`

#![expect(clippy::print_stdout, reason = "printing is what this is for")]

use std::path::PathBuf;

use goalconvo_worlds::Error;
use goalconvo_worlds::chain::{Mix, Mode, Sampler};
use goalconvo_worlds::compile::{self, Asked, Coverage};
use goalconvo_worlds::{graph, schemas};

const CHAINS: u64 = 200;
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];
const CANDIDATES: usize = 8;
/// Student's t for 95 % with four degrees of freedom.
const T: f64 = 2.776;

fn main() -> Result<(), Error> {
    let paths: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let (registry, _) = schemas::load(&paths, false)?;
    let compiled = compile::compile(&registry)?;
    let projection = graph::project(&registry);
    let sampler = Sampler::new(&projection, &registry, compiled.constraints());
    let corpus = |seed: u64, count: u64, candidates: usize| -> Result<Coverage, Error> {
        let asked = Asked { mode: Mode::Mixed, mix: Mix::default(), seed, count, candidates };
        let planned = compile::plan(&compiled, &sampler, &asked)?;
        let mut coverage = Coverage::default();
        planned.templates.iter().for_each(|template| coverage.add(template));
        Ok(coverage)
    };
    let reachable = corpus(1_000, 20 * CHAINS, 1)?;
    let mut rows: [Vec<[f64; 3]>; 2] = [vec![], vec![]];
    for seed in SEEDS {
        for (row, candidates) in rows.iter_mut().zip([1, CANDIDATES]) {
            let coverage = corpus(seed, CHAINS, candidates)?;
            let certificate = coverage.certify(&reachable);
            let share = certificate.covered as f64 / certificate.reachable.max(1) as f64;
            row.push([coverage.pairs() as f64, entropy(&coverage), share]);
        }
    }
    println!("{CHAINS} chains, seeds {SEEDS:?}, {CANDIDATES} candidates when steered");
    for (at, name) in
        ["pairs of endpoints", "entropy of (tools, pattern)", "pairs of levels covered"].iter().enumerate()
    {
        let mean = |row: &[[f64; 3]]| row.iter().map(|values| values[at]).sum::<f64>() / row.len() as f64;
        let gains: Vec<f64> = rows[0].iter().zip(&rows[1]).map(|(off, on)| on[at] - off[at]).collect();
        let gain = gains.iter().sum::<f64>() / gains.len() as f64;
        let spread = gains.iter().map(|x| (x - gain).powi(2)).sum::<f64>() / (gains.len() - 1) as f64;
        let half = T * (spread / gains.len() as f64).sqrt();
        println!(
            "{name:<28} off {:.4}  on {:.4}  gain {gain:.4} ± {half:.4}",
            mean(&rows[0]),
            mean(&rows[1])
        );
    }
    Ok(())
}

/// Shannon entropy over the shapes, by the logarithm of how many there could be: as many as there are chains.
fn entropy(coverage: &Coverage) -> f64 {
    let total: u64 = coverage.shapes().sum();
    let bits: f64 = coverage
        .shapes()
        .map(|count| count as f64 / total.max(1) as f64)
        .map(|share| -share * share.log2())
        .sum();
    bits / (total.max(2) as f64).log2()
}
