//! Which tools are called in which order and in which pattern: entropy of tools, chains and buckets of both, and how
//! alike the chains of two dialogues are.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Dialogue, Turn};

use super::{Metric, Seen};
use crate::distribution::entropy_bits;
use crate::measure::Measure;
use crate::overlap::jaccard_sorted;
use crate::random::{counter, index_below};
use crate::text::hash_text;

/// Histograms of tools, of neighbouring pairs and of whole chains.
#[derive(Debug, Clone, Default)]
pub struct ToolChains {
    tools: BTreeMap<String, u64>,
    pairs: BTreeMap<String, u64>,
    chains: BTreeMap<String, u64>,
    /// By a chain's tools, each once, and its pattern.
    buckets: BTreeMap<(BTreeSet<String>, Pattern), u64>,
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

impl Metric for ToolChains {
    fn push(&mut self, seen: &Seen<'_>) {
        let chain: Vec<&str> = seen.dialogue.calls().map(|(call, _)| call.function.name.as_str()).collect();
        if chain.is_empty() {
            return;
        }
        chain.iter().for_each(|tool| *self.tools.entry((*tool).to_owned()).or_insert(0) += 1);
        chain.windows(2).for_each(|pair| *self.pairs.entry(pair.join(" > ")).or_insert(0) += 1);
        *self.chains.entry(chain.join(" > ")).or_insert(0) += 1;
        let tools = chain.iter().map(|tool| (*tool).to_owned()).collect();
        *self.buckets.entry((tools, Pattern::of(seen.dialogue, &chain))).or_insert(0) += 1;
    }

    fn merge(&mut self, other: Self) {
        add(&mut self.tools, other.tools);
        add(&mut self.pairs, other.pairs);
        add(&mut self.chains, other.chains);
        add(&mut self.buckets, other.buckets);
    }

    fn measures(&mut self) -> Vec<Measure> {
        let silent = "no tool is called";
        let entropy = |name: &str, histogram: &BTreeMap<String, u64>, what: &str| {
            Measure::maybe(name, entropy_bits(histogram), silent, histogram.values().sum(), what)
        };
        let dialogues = self.chains.values().sum::<u64>();
        let unique = (dialogues > 0).then(|| self.chains.len() as f64 / dialogues as f64);
        let alike = "mean Jaccard similarity of the tool sets of two dialogues, over at most 10000 pairs drawn by seed";
        let unlike = "1 minus the mean Jaccard similarity of the tool sets of two dialogues";
        let alone = "fewer than two dialogues call tools";
        let similarity = self.similarity();
        let mut measures = vec![
            entropy("tool_entropy", &self.tools, "Shannon entropy of which tool is called, in bits"),
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

fn add<K: Ord>(own: &mut BTreeMap<K, u64>, theirs: BTreeMap<K, u64>) {
    theirs.into_iter().for_each(|(key, count)| *own.entry(key).or_insert(0) += count);
}

impl ToolChains {
    /// Entropy over buckets of (tools, pattern), in bits and as a share of the highest that there could be.
    fn bucket_measures(&self, dialogues: u64) -> [Measure; 2] {
        let bits = entropy_bits(&self.buckets);
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
        let sizes: BTreeSet<usize> = self.buckets.keys().map(|(tools, _)| tools.len()).collect();
        let tools = self.tools.len();
        let sets = |size: usize| (0..size).map(|at| (tools - at) as f64 / (at + 1) as f64).product::<f64>();
        sizes.into_iter().map(sets).sum::<f64>() * Pattern::COUNT as f64
    }

    fn similarity(&self) -> Option<f64> {
        let sets: Vec<Vec<u64>> = self
            .chains
            .iter()
            .flat_map(|(chain, &count)| {
                let mut set: Vec<u64> = chain.split(" > ").map(hash_text).collect();
                set.sort_unstable();
                set.dedup();
                std::iter::repeat_n(set, count as usize)
            })
            .collect();
        let n = sets.len();
        if n < 2 {
            return None;
        }
        let all = (n * (n - 1) / 2) as u64;
        if all <= SAMPLED_PAIRS {
            let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
            return Some(pairs.map(|(i, j)| jaccard_sorted(&sets[i], &sets[j])).sum::<f64>() / all as f64);
        }
        let drawn = |k: u64| {
            let i = index_below(counter(0, 0x700c, 2 * k), n);
            let j = (i + 1 + index_below(counter(0, 0x700c, 2 * k + 1), n - 1)) % n;
            jaccard_sorted(&sets[i], &sets[j])
        };
        Some((0..SAMPLED_PAIRS).map(drawn).sum::<f64>() / SAMPLED_PAIRS as f64)
    }
}
