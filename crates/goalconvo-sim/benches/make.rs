//! How fast dialogues are made on one thread: planned, played, worded, judged, and written as JSON.
//!
//! `cargo bench -p goalconvo-sim` prints dialogues a second.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set its stage has failed")]

use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use goalconvo_sim::{Dials, Goals, Plan};

/// So many dialogues in one round.
const ROUND: u64 = 200;

fn make(criterion: &mut Criterion) {
    let names = goalconvo_worlds::domain::built_in_names();
    let domains: Vec<Arc<_>> =
        goalconvo_worlds::domain::built_ins(&names).unwrap().into_iter().map(Arc::new).collect();
    let plan = Plan::new(&domains, Goals::Sampled, Dials::default(), 7).unwrap();
    let mut group = criterion.benchmark_group("make");
    group.throughput(Throughput::Elements(ROUND)).sample_size(20);
    let mut round = 0;
    group.bench_function("all built-in domains", |bencher| {
        let next = || {
            round += 1;
            round * ROUND
        };
        let bytes = |first: u64| -> usize {
            let made = (first..first + ROUND).filter_map(|index| plan.make(index).dialogue);
            made.map(|dialogue| serde_json::to_vec(&dialogue).unwrap().len()).sum()
        };
        bencher.iter_batched(next, bytes, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, make);
criterion_main!(benches);
