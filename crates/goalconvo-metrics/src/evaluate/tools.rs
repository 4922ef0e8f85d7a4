//! Which tools are called in which order and in which pattern: entropy of tools, chains and buckets of both, and how
//! alike the chains of two dialogues are.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Dialogue, Turn};

use super::{Metric, Seen};
use crate::count::Counts;
use crate::distribution::entropy_bits;
use crate::jackknife::{Additive, GROUPS, Grouped};
use crate::measure::Measure;
use crate::overlap::jaccard_sorted;
use crate::random::counter;
use crate::text::{hash_sequence, hash_text};

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

/// Dialogues over whose pairs the mean similarity is taken; of more, so many are drawn.
const SAMPLED_DIALOGUES: usize = 4096;
/// Names the random stream.
const STREAM: u64 = 0x700c;

impl Metric for ToolChains {
    fn push(&mut self, seen: &Seen<'_>) {
        self.groups.of(seen.group).push(seen);
    }

    fn merge(&mut self, other: Self) {
        self.groups.merge(other.groups);
    }

    fn measures(&mut self) -> Vec<Measure> {
        let whole = self.groups.whole();
        let values = |chains: &Chains| FIGURES.map(|(.., figure)| figure(chains));
        let without: Vec<Option<[Option<f64>; 8]>> =
            (0..GROUPS).map(|group| self.groups.without(group).as_ref().map(values)).collect();
        let why = |of: u64| match (whole.dialogues, of) {
            (0, _) => "no tool is called",
            (_, 0) => "no dialogue calls one tool after another",
            _ => "fewer than two dialogues call tools",
        };
        let measure = |(at, (name, definition, most, of, figure)): (usize, Figure)| {
            let replicates = without.iter().map(|values| values.as_ref()?[at]);
            let measure = Measure::maybe(name, figure(&whole), why(of(&whole)), of(&whole), definition)
                .jackknifed(replicates, most);
            match name.starts_with("tool_bucket") {
                true => measure
                    .with("buckets", whole.buckets.len())
                    .with("possible_buckets", whole.possible_buckets()),
                false => measure,
            }
        };
        FIGURES.into_iter().enumerate().map(measure).collect()
    }
}

/// A figure's name, its definition, the greatest value that there can be, how many items it rests on, and itself.
type Figure = (&'static str, &'static str, Option<f64>, fn(&Chains) -> u64, fn(&Chains) -> Option<f64>);

const FIGURES: [Figure; 8] = [
    ("tool_entropy", TOOLS, None, Chains::calls, |chains| entropy_bits(&chains.tools)),
    ("tool_pair_entropy", PAIRS, None, Chains::pairs, |chains| chains.pairs.entropy_bits()),
    ("tool_chain_entropy", CHAINS, None, Chains::count, |chains| chains.chains.entropy_bits()),
    ("tool_chain_unique", UNIQUE, Some(1.0), Chains::count, Chains::unique),
    ("tool_chain_jaccard", ALIKE, Some(1.0), Chains::count, Chains::similarity),
    ("tool_chain_jaccard_dissimilarity", UNLIKE, Some(1.0), Chains::count, |chains| {
        chains.similarity().map(|similarity| 1.0 - similarity)
    }),
    ("tool_bucket_entropy", BUCKETS, None, Chains::count, |chains| chains.buckets.entropy_bits()),
    ("tool_bucket_entropy_normalised", NORMALISED, Some(1.0), Chains::count, Chains::bucket_share),
];

const TOOLS: &str = "Shannon entropy of which tool is called, in bits";
const PAIRS: &str = "Shannon entropy of pairs of successive tools, in bits";
const CHAINS: &str = "Shannon entropy of a dialogue's whole chain of tools, in bits";
const UNIQUE: &str = "different chains over dialogues that call tools";
const ALIKE: &str =
    "mean Jaccard similarity of the tool sets of two dialogues, over all pairs of at most 4096 dialogues";
const UNLIKE: &str = "1 minus the mean Jaccard similarity of the tool sets of two dialogues";
const BUCKETS: &str = "Shannon entropy of a dialogue's bucket: the set of tools that it calls and the pattern of its calls (short, \
                       sequential, multi_tool, parallel, clarification_first), in bits";
const NORMALISED: &str = "tool_bucket_entropy over its maximum, the logarithm of the possible buckets: sets of as many of the \
                          dataset's tools as its dialogues call, times patterns, and no more than dialogues";

impl Chains {
    fn push(&mut self, seen: &Seen<'_>) {
        let chain: Vec<&str> = seen.dialogue.calls().map(|(call, _)| call.function.name.as_str()).collect();
        if chain.is_empty() {
            return;
        }
        self.dialogues += 1;
        chain.iter().for_each(|tool| *self.tools.entry((*tool).to_owned()).or_insert(0) += 1);
        let names: Vec<u64> = chain.iter().map(|tool| hash_text(tool)).collect();
        names.windows(2).for_each(|pair| self.pairs.add(hash_sequence(pair), 1));
        self.chains.add(hash_sequence(&names), 1);
        let mut set = names;
        set.sort_unstable();
        set.dedup();
        self.sizes.insert(set.len());
        let pattern = Pattern::of(seen.dialogue, &chain) as u64;
        self.buckets.add(hash_sequence(&[hash_sequence(&set), pattern]), 1);
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

    fn calls(&self) -> u64 {
        self.tools.values().sum()
    }

    fn pairs(&self) -> u64 {
        self.pairs.iter().map(|(_, count)| u64::from(count)).sum()
    }

    fn count(&self) -> u64 {
        self.dialogues
    }

    /// Over all pairs; dialogues with the same tools are held against the others once.
    fn similarity(&self) -> Option<f64> {
        let mut sets: BTreeMap<&[u64], f64> = BTreeMap::new();
        self.sampled.values().for_each(|set| *sets.entry(set).or_insert(0.0) += 1.0);
        let sets: Vec<(&[u64], f64)> = sets.into_iter().collect();
        let n: f64 = sets.iter().map(|(_, times)| times).sum();
        let mut sum = 0.0;
        for (at, (set, times)) in sets.iter().enumerate() {
            sum += times * (times - 1.0) / 2.0;
            let others = sets[at + 1..].iter();
            sum += others.map(|(other, others)| times * others * jaccard_sorted(set, other)).sum::<f64>();
        }
        (n > 1.0).then(|| sum / (n * (n - 1.0) / 2.0))
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
