//! How fast dialogues over compiled tools are made on one thread, in CPU time: goals drawn and proven, played, worded,
//! judged, written as JSON; and whether that grows with n.
//!
//! `cargo bench -p goalconvo-sim --bench tools -- [PATH [N [SEED]]]` prints, for n/10 and n, the CPU seconds of planning
//! and of making, and dialogues a CPU second. Without a path it takes `seed_tools.json` of the shared corpora.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails when its stage can't be set"
)]

use std::path::PathBuf;
use std::sync::Arc;

use goalconvo_sim::{Dials, Drawn, Goals, Plan};
use goalconvo_worlds::chain::{Mix, Mode, Sampler};
use goalconvo_worlds::compile::{self, Asked, Compiled};
use goalconvo_worlds::{graph, schemas};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Candidates among which an index chooses, as `generate` has it.
const CANDIDATES: usize = 4;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let path = words.first().map_or("../../../shared/corpora/toolbench/seed_tools.json", String::as_str);
    let path = PathBuf::from(path);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return;
    }
    let number = |at: usize, otherwise: u64| words.get(at).map_or(otherwise, |word| word.parse().unwrap());
    let (count, seed) = (number(1, 5000), number(2, 7));
    for count in [count / 10, count] {
        measure(&path, count, seed);
    }
}

fn measure(path: &std::path::Path, count: u64, seed: u64) {
    let begin = cpu();
    let (registry, _) = schemas::load(&[path.to_owned()], false).unwrap();
    let compiled = compile::compile(&registry).unwrap();
    let compiling = cpu() - begin;
    let projection = graph::project(&registry);
    let sampler = Sampler::new(&projection, &registry, compiled.constraints());
    let asked = Asked { mode: Mode::Mixed, mix: Mix::default(), seed, count, candidates: CANDIDATES };
    let begin = cpu();
    let plan = plan(&compiled, &sampler, &asked);
    let planning = cpu() - begin;
    let begin = cpu();
    let (mut bytes, mut rejected, mut holes) = (0, 0, 0);
    for index in 0..count {
        let made = plan.make(index);
        rejected += made.rejected.len();
        match made.dialogue {
            Some(dialogue) => bytes += serde_json::to_vec(&dialogue).unwrap().len(),
            None => holes += 1,
        }
    }
    let making = cpu() - begin;
    println!(
        "n = {count}: compiling {compiling:.2} s, planning {planning:.2} s, making {making:.2} s of CPU; {:.0} \
         dialogues a CPU second, all in; {rejected} candidates rejected, {holes} indices without a dialogue, {} bytes each",
        count as f64 / (compiling + planning + making),
        bytes as u64 / count.max(1)
    );
}

fn plan(compiled: &Compiled, sampler: &Sampler<'_>, asked: &Asked) -> Plan {
    let planned = compile::plan(compiled, sampler, asked).unwrap();
    let sets = planned.domain_sets();
    let domains: Vec<_> = compiled.domains.iter().map(|(domain, _)| domain.clone()).collect();
    let classes = planned.classes.clone();
    let draw = Box::new(move |index, key| planned.goal(index, key));
    let drawn = Goals::Drawn(Arc::new(Drawn { domains: sets, classes, draw }));
    Plan::new(&domains, drawn, Dials::default(), asked.seed).unwrap()
}

/// Seconds of CPU that this process has used, all its threads together, as Linux counts them.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap().split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // User and system time, in ticks of 10 ms: fields 14 and 15 of the line, of which three are no numbers.
    (fields[10] + fields[11]) / 100.0
}
