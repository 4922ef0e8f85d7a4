//! Which tools are called in which order and in which pattern: entropy of tools, chains and buckets of both, and how
//! alike the chains of two dialogues are.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Dialogue, Turn};

use super::{Metric, Seen};
use crate::count::Counts;
use crate::distribution::entropy_bits;
use crate::measure::Measure;
use crate::overlap::jaccard_sorted;
use crate::random::{counter, index_below};
use crate::text::{hash_pair, hash_text};

/// Histograms of tools, of neighbouring pairs and of whole chains. What there may be as many of as dialogues is counted by
/// its hash, in at most fifty bytes each.
#[derive(Debug, Clone, Default)]
pub struct ToolChains {
    dialogues: u64,
    tools: BTreeMap<String, u64>,
    pairs: Counts,
    chains: Counts,
    /// By a chain's tools, each once, and its pattern.
    buckets: Counts,
    /// How many different tools a dialogue calls.
    sizes: BTreeSet<usize>,
    /// The tools of a sample of dialogues, by a random number that each has.
    sampled: BTreeMap<(u64, u64), Vec<u64>>,
}

/// How the calls of a dialogue lie in it, as far as any record shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pattern {
    /// One call.
    Short,
    /// Several calls of one tool.
    Sequential,
    /// Several tools.
    MultiTool,
    /// An assistant's turn makes several calls.
    Parallel,
    /// The assistant asks before it calls.
    ClarificationFirst,
}

impl Pattern {
    const COUNT: u64 = 5;

    /// The pattern of a dialogue that calls these tools.
    fn of(dialogue: &Dialogue, chain: &[&str]) -> Self {
        let mut together = 0;
        let mut asked = false;
        for turn in &dialogue.turns {
            let Turn::Assistant(said) = turn else { continue };
            asked |= together == 0 && said.tool_calls.is_empty() && said.text.contains('?');
            together = together.max(said.tool_calls.len());
        }
        match chain {
            _ if asked => Self::ClarificationFirst,
            _ if together > 1 => Self::Parallel,
            [_] => Self::Short,
            [first, rest @ ..] if rest.iter().all(|tool| tool == first) => Self::Sequential,
            _ => Self::MultiTool,
        }
    }
}

/// Pairs of chains over which the mean similarity is estimated when there are more.
const SAMPLED_PAIRS: u64 = 10_000;
/// Dialogues that they are drawn from.
const SAMPLED_DIALOGUES: usize = 4096;
/// Names the random stream.
const STREAM: u64 = 0x700c;

impl Metric for ToolChains {
    fn push(&mut self, seen: &Seen<'_>) {
        let chain: Vec<&str> = seen.dialogue.calls().map(|(call, _)| call.function.name.as_str()).collect();
        if chain.is_empty() {
            return;
        }
        self.dialogues += 1;
        chain.iter().for_each(|tool| *self.tools.entry((*tool).to_owned()).or_insert(0) += 1);
        let names: Vec<u64> = chain.iter().map(|tool| hash_text(tool)).collect();
        names.windows(2).for_each(|pair| self.pairs.add(hash_pair(pair[0], pair[1]), 1));
        self.chains.add(hash_all(&names), 1);
        let mut set = names;
        set.sort_unstable();
        set.dedup();
        self.sizes.insert(set.len());
        self.buckets.add(hash_pair(hash_all(&set), Pattern::of(seen.dialogue, &chain) as u64), 1);
        self.sampled.insert((counter(0, STREAM, seen.index), seen.index), set);
        self.thin_out();
    }

    fn merge(&mut self, other: Self) {
        self.dialogues += other.dialogues;
        other.tools.into_iter().for_each(|(tool, count)| *self.tools.entry(tool).or_insert(0) += count);
        for (own, theirs) in [
            (&mut self.pairs, &other.pairs),
            (&mut self.chains, &other.chains),
            (&mut self.buckets, &other.buckets),
        ] {
            theirs.iter().for_each(|(key, count)| own.add(key, count));
        }
        self.sizes.extend(other.sizes);
        self.sampled.extend(other.sampled);
        self.thin_out();
    }

    fn measures(&mut self) -> Vec<Measure> {
        let silent = "no tool is called";
        let entropy = |name: &str, counts: &Counts, what: &str| {
            let n = counts.iter().map(|(_, count)| u64::from(count)).sum();
            Measure::maybe(name, counts.entropy_bits(), silent, n, what)
        };
        let dialogues = self.dialogues;
        let unique = (dialogues > 0).then(|| self.chains.len() as f64 / dialogues as f64);
        let alike = "mean Jaccard similarity of the tool sets of two dialogues, over at most 10000 pairs drawn by seed from \
                     at most 4096 dialogues";
        let unlike = "1 minus the mean Jaccard similarity of the tool sets of two dialogues";
        let alone = "fewer than two dialogues call tools";
        let similarity = self.similarity();
        let mut measures = vec![
            Measure::maybe(
                "tool_entropy",
                entropy_bits(&self.tools),
                silent,
                self.tools.values().sum(),
                "Shannon entropy of which tool is called, in bits",
            ),
            entropy(
                "tool_pair_entropy",
                &self.pairs,
                "Shannon entropy of pairs of successive tools, in bits",
            ),
            entropy(
                "tool_chain_entropy",
                &self.chains,
                "Shannon entropy of a dialogue's whole chain of tools, in bits",
            ),
            Measure::maybe(
                "tool_chain_unique",
                unique,
                silent,
                dialogues,
                "different chains over dialogues that call tools",
            ),
            Measure::maybe("tool_chain_jaccard", similarity, alone, dialogues, alike),
            Measure::maybe(
                "tool_chain_jaccard_dissimilarity",
                similarity.map(|similarity| 1.0 - similarity),
                alone,
                dialogues,
                unlike,
            ),
        ];
        measures.extend(self.bucket_measures(dialogues));
        measures
    }
}

/// One hash of many, in their order.
fn hash_all(hashes: &[u64]) -> u64 {
    hashes.iter().fold(hashes.len() as u64, |state, &hash| hash_pair(state, hash))
}

impl ToolChains {
    /// Entropy over buckets of (tools, pattern), in bits and as a share of the highest that there could be.
    fn bucket_measures(&self, dialogues: u64) -> [Measure; 2] {
        let bits = self.buckets.entropy_bits();
        let possible = self.possible_buckets().min(dialogues as f64);
        let share = bits.filter(|_| possible > 1.0).map(|bits| bits / possible.log2());
        let what = "Shannon entropy of a dialogue's bucket: the set of tools that it calls and the pattern of its calls \
                    (short, sequential, multi_tool, parallel, clarification_first), in bits";
        let normalised = "tool_bucket_entropy over its maximum, the logarithm of the possible buckets: sets of as many of \
                          the dataset's tools as its dialogues call, times patterns, and no more than dialogues";
        let silent = "no tool is called";
        [
            Measure::maybe("tool_bucket_entropy", bits, silent, dialogues, what),
            Measure::maybe(
                "tool_bucket_entropy_normalised",
                share,
                "fewer than two dialogues call tools",
                dialogues,
                normalised,
            ),
        ]
        .map(|measure| measure.with("buckets", self.buckets.len()).with("possible_buckets", possible))
    }

    /// How many sets of tools there are of the sizes that were seen, times how many patterns.
    fn possible_buckets(&self) -> f64 {
        let tools = self.tools.len();
        let sets = |size: usize| (0..size).map(|at| (tools - at) as f64 / (at + 1) as f64).product::<f64>();
        self.sizes.iter().map(|&size| sets(size)).sum::<f64>() * Pattern::COUNT as f64
    }

    fn thin_out(&mut self) {
        while self.sampled.len() > SAMPLED_DIALOGUES {
            self.sampled.pop_last();
        }
    }

    fn similarity(&self) -> Option<f64> {
        let sets: Vec<&Vec<u64>> = self.sampled.values().collect();
        let n = sets.len();
        if n < 2 {
            return None;
        }
        let all = (n * (n - 1) / 2) as u64;
        if all <= SAMPLED_PAIRS {
            let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
            return Some(pairs.map(|(i, j)| jaccard_sorted(sets[i], sets[j])).sum::<f64>() / all as f64);
        }
        let drawn = |k: u64| {
            let i = index_below(counter(1, STREAM, 2 * k), n);
            let j = (i + 1 + index_below(counter(1, STREAM, 2 * k + 1), n - 1)) % n;
            jaccard_sorted(sets[i], sets[j])
        };
        Some((0..SAMPLED_PAIRS).map(drawn).sum::<f64>() / SAMPLED_PAIRS as f64)
    }
}
