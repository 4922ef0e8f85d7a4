//! Figures at a fixed budget: a sample of whole dialogues in a seeded order, so that a large corpus and a small one
//! are compared over the same amount of text.

use std::collections::BTreeMap;

use crate::random::{MersenneTwister, counter};
use crate::view::{Said, Side};

/// In which order dialogues are taken into a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SampleOrder {
    /// The order of a list that Python's `random.Random(seed).shuffle` has shuffled, one seed after the other: for a
    /// corpus of known size.
    Shuffled {
        /// For each dialogue its place.
        places: Vec<u32>,
    },
    /// By a hash of seed and index: for a stream whose end is not known, and for shards.
    Keyed {
        /// The seed.
        seed: u64,
    },
}

impl SampleOrder {
    /// The orders of a corpus of known size, for the user's side and for the assistant's: one list is shuffled by the
    /// seeds 0, 1, … one after the other, and then by the same seeds again, as the project's yardstick of text
    /// statistics does.
    #[must_use]
    pub fn shuffled(dialogues: usize, orders: usize) -> [Vec<Self>; 2] {
        let mut list: Vec<u32> = (0..dialogues as u32).collect();
        let mut order = |seed: usize| {
            MersenneTwister::python(seed as u32).shuffle(&mut list);
            let mut places = vec![0; dialogues];
            list.iter().enumerate().for_each(|(place, &item)| places[item as usize] = place as u32);
            Self::Shuffled { places }
        };
        [(0..orders).map(&mut order).collect(), (0..orders).map(&mut order).collect()]
    }

    /// Independent orders of a stream, for the user's side and for the assistant's.
    #[must_use]
    pub fn keyed(orders: usize) -> [Vec<Self>; 2] {
        [0, orders]
            .map(|first| (first..first + orders).map(|seed| Self::Keyed { seed: seed as u64 }).collect())
    }

    fn place(&self, dialogue: u64) -> u64 {
        match self {
            Self::Shuffled { places } => {
                places.get(dialogue as usize).map_or(u64::MAX, |&place| u64::from(place))
            }
            Self::Keyed { seed } => counter(*seed, 0x5a3e, dialogue),
        }
    }
}

/// The first dialogues of one order, no more than the budgets and their intervals need. Mergeable: it does not matter which shard saw
/// which dialogue, nor when.
#[derive(Debug, Clone)]
pub struct BudgetSample {
    order: SampleOrder,
    budget: u64,
    kept: BTreeMap<(u64, u64), Kept>,
    sizes: [Sizes; 2],
}

#[derive(Debug, Clone)]
struct Kept {
    said: Vec<(Side, Box<str>)>,
    sizes: [Sizes; 2],
}

#[derive(Debug, Clone, Copy, Default)]
struct Sizes {
    tokens: u64,
    utterances: u64,
    long: u64,
}

/// Utterances that the compression ratio looks at, and those of six tokens or more that self-repetition does; a quarter
/// more of everything is kept, so that a tenth of the dialogues can be left out.
const MOST_UTTERANCES: u64 = 5000;
const MOST_LONG: u64 = 1000;
/// A side that hardly speaks would otherwise keep the whole corpus.
const MOST_BUDGETS: u64 = 8;

impl BudgetSample {
    /// An empty sample that will reach `budget` tokens of each side where the corpus has them.
    #[must_use]
    pub fn new(order: SampleOrder, budget: u64) -> Self {
        Self { order, budget, kept: BTreeMap::new(), sizes: [Sizes::default(); 2] }
    }

    /// Offers the dialogue with this index in the corpus: each utterance with its number of tokens.
    pub fn push(&mut self, index: u64, said: &[(Said<'_>, usize)]) {
        let key = (self.order.place(index), index);
        if self.is_full(&self.sizes) && self.kept.last_key_value().is_some_and(|(last, _)| *last < key) {
            return;
        }
        let mut sizes = [Sizes::default(); 2];
        for (utterance, tokens) in said {
            let count = *tokens as u64;
            let side = &mut sizes[utterance.side as usize];
            side.tokens += count;
            side.utterances += 1;
            side.long += u64::from(count >= 6);
        }
        let said = said.iter().map(|(utterance, _)| (utterance.side, utterance.text.into())).collect();
        self.keep(key, Kept { said, sizes });
    }

    /// Joins the sample of another shard that was taken in the same order.
    pub fn merge(&mut self, other: Self) {
        for (key, kept) in other.kept {
            self.keep(key, kept);
        }
    }

    /// The utterances of one side, or of both, in sample order, each with the index of its dialogue.
    pub fn utterances(&self, side: Option<Side>) -> impl Iterator<Item = (u64, &str)> {
        let all = self.kept.iter().flat_map(|((_, index), kept)| kept.said.iter().map(|said| (*index, said)));
        all.filter(move |(_, (who, _))| side.is_none_or(|side| side == *who))
            .map(|(index, (_, text))| (index, &**text))
    }

    fn keep(&mut self, key: (u64, u64), kept: Kept) {
        self.sizes = combined(&self.sizes, &kept.sizes, |a, b| a + b);
        self.kept.insert(key, kept);
        while let Some(last) = self.kept.last_entry() {
            let without = combined(&self.sizes, &last.get().sizes, u64::saturating_sub);
            if !self.is_full(&without) {
                break;
            }
            self.sizes = without;
            self.kept.pop_last();
        }
    }

    fn is_full(&self, sizes: &[Sizes; 2]) -> bool {
        let enough = |count: u64, most: u64| 4 * count >= 5 * most;
        let side_full = |side: &Sizes| {
            enough(side.tokens, self.budget)
                && enough(side.utterances, MOST_UTTERANCES)
                && enough(side.long, MOST_LONG)
        };
        let tokens: u64 = sizes.iter().map(|side| side.tokens).sum();
        sizes.iter().all(side_full) || tokens >= MOST_BUDGETS * self.budget
    }
}

fn combined(left: &[Sizes; 2], right: &[Sizes; 2], with: impl Fn(u64, u64) -> u64) -> [Sizes; 2] {
    std::array::from_fn(|i| Sizes {
        tokens: with(left[i].tokens, right[i].tokens),
        utterances: with(left[i].utterances, right[i].utterances),
        long: with(left[i].long, right[i].long),
    })
}
