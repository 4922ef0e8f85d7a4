//! Which tools are called in which order: entropy of tools and chains, and how alike the chains of two dialogues are.

use std::collections::BTreeMap;

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
    }

    fn merge(&mut self, other: Self) {
        let add = |own: &mut BTreeMap<String, u64>, theirs: BTreeMap<String, u64>| {
            theirs.into_iter().for_each(|(key, count)| *own.entry(key).or_insert(0) += count);
        };
        add(&mut self.tools, other.tools);
        add(&mut self.pairs, other.pairs);
        add(&mut self.chains, other.chains);
    }

    fn measures(&mut self) -> Vec<Measure> {
        let silent = "no tool is called";
        let entropy = |name: &str, histogram: &BTreeMap<String, u64>, what: &str| {
            Measure::maybe(name, entropy_bits(histogram), silent, histogram.values().sum(), what)
        };
        let dialogues = self.chains.values().sum::<u64>();
        let unique = (dialogues > 0).then(|| self.chains.len() as f64 / dialogues as f64);
        let alike = "mean Jaccard similarity of the tool sets of two dialogues, over at most 10000 pairs drawn by seed";
        vec![
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
            Measure::maybe(
                "tool_chain_jaccard",
                self.similarity(),
                "fewer than two dialogues call tools",
                dialogues,
                alike,
            ),
        ]
    }
}

impl ToolChains {
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
