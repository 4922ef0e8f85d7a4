//! Which tools are called in which order and in which pattern: entropy of tools, chains and buckets of both, and how
//! alike the chains of two dialogues are.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Dialogue, Turn};

use super::{Metric, Seen};
use crate::count::Counts;
use crate::distribution::entropy_bits;
use crate::jackknife::{Additive, Grouped};
use crate::measure::Measure;
use crate::overlap::jaccard_sorted;
use crate::random::{counter, index_below};
use crate::text::{hash_pair, hash_text};

/// Histograms of tools, of neighbouring pairs and of whole chains. What there may be as many of as dialogues is counted by
/// its hash, in at most fifty bytes each.
#[derive(Debug, Clone, Default)]
pub struct ToolChains {
    groups: Grouped<Chains>,
}

/// What is counted of a group of dialogues.
#[derive(Debug, Clone, Default)]
struct Chains {
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
        self.groups.of(seen.index).push(seen);
    }

    fn merge(&mut self, other: Self) {
        self.groups.merge(other.groups);
    }

    fn measures(&mut self) -> Vec<Measure> {
        let whole = self.groups.whole();
        let calls = whole.tools.values().sum();
        let pairs = whole.pairs.iter().map(|(_, count)| u64::from(count)).sum();
        let (few, dialogues) = ("fewer than two dialogues call tools", whole.dialogues);
        let figure = |name, n, definition, most, figure: fn(&Chains) -> Option<f64>| {
            let reason = if dialogues == 0 { "no tool is called" } else { few };
            Measure::maybe(name, figure(&whole), reason, n, definition)
                .jackknifed(self.groups.replicates(|but| figure(but)), most)
        };
        let bucketed = |measure: Measure| {
            measure.with("buckets", whole.buckets.len()).with("possible_buckets", whole.possible_buckets())
        };
        vec![
            figure(
                "tool_entropy",
                calls,
                "Shannon entropy of which tool is called, in bits",
                None,
                |chains| entropy_bits(&chains.tools),
            ),
            figure("tool_pair_entropy", pairs, PAIRS, None, |chains| chains.pairs.entropy_bits()),
            figure("tool_chain_entropy", dialogues, CHAINS, None, |chains| chains.chains.entropy_bits()),
            figure("tool_chain_unique", dialogues, UNIQUE, Some(1.0), Chains::unique),
            figure("tool_chain_jaccard", dialogues, ALIKE, Some(1.0), Chains::similarity),
            figure("tool_chain_jaccard_dissimilarity", dialogues, UNLIKE, Some(1.0), |chains| {
                chains.similarity().map(|similarity| 1.0 - similarity)
            }),
            bucketed(figure("tool_bucket_entropy", dialogues, BUCKETS, None, |chains| {
                chains.buckets.entropy_bits()
            })),
            bucketed(figure(
                "tool_bucket_entropy_normalised",
                dialogues,
                NORMALISED,
                Some(1.0),
                Chains::bucket_share,
            )),
        ]
    }
}

const PAIRS: &str = "Shannon entropy of pairs of successive tools, in bits";
const CHAINS: &str = "Shannon entropy of a dialogue's whole chain of tools, in bits";
const UNIQUE: &str = "different chains over dialogues that call tools";
const ALIKE: &str = "mean Jaccard similarity of the tool sets of two dialogues, over at most 10000 pairs drawn by seed from at \
                     most 4096 dialogues";
const UNLIKE: &str = "1 minus the mean Jaccard similarity of the tool sets of two dialogues";
const BUCKETS: &str = "Shannon entropy of a dialogue's bucket: the set of tools that it calls and the pattern of its calls (short, \
                       sequential, multi_tool, parallel, clarification_first), in bits";
const NORMALISED: &str = "tool_bucket_entropy over its maximum, the logarithm of the possible buckets: sets of as many of the \
                          dataset's tools as its dialogues call, times patterns, and no more than dialogues";

/// One hash of many, in their order.
fn hash_all(hashes: &[u64]) -> u64 {
    hashes.iter().fold(hashes.len() as u64, |state, &hash| hash_pair(state, hash))
}

impl Chains {
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

    fn unique(&self) -> Option<f64> {
        (self.dialogues > 0).then(|| self.chains.len() as f64 / self.dialogues as f64)
    }

    /// The entropy of buckets as a share of the highest that there could be.
    fn bucket_share(&self) -> Option<f64> {
        let possible = self.possible_buckets();
        self.buckets.entropy_bits().filter(|_| possible > 1.0).map(|bits| bits / possible.log2())
    }

    /// How many sets of tools there are of the sizes that were seen, times how many patterns, and no more than dialogues.
    fn possible_buckets(&self) -> f64 {
        let tools = self.tools.len();
        let sets = |size: usize| (0..size).map(|at| (tools - at) as f64 / (at + 1) as f64).product::<f64>();
        let possible = self.sizes.iter().map(|&size| sets(size)).sum::<f64>() * Pattern::COUNT as f64;
        possible.min(self.dialogues as f64)
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

impl Additive for Chains {
    fn add_all(&mut self, other: &Self) {
        self.dialogues += other.dialogues;
        self.tools.add_all(&other.tools);
        self.pairs.add_all(&other.pairs);
        self.chains.add_all(&other.chains);
        self.buckets.add_all(&other.buckets);
        self.sizes.extend(&other.sizes);
        self.sampled.extend(other.sampled.iter().map(|(place, tools)| (*place, tools.clone())));
        self.thin_out();
    }
}
