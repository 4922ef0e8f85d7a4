//! Random numbers that know where they belong.
//!
//! Every draw comes from a ChaCha8 stream keyed by (run seed, dialogue index, turn, purpose). So a draw depends on
//! nothing that happened elsewhere: not on threads, not on order, not on a restart. All methods use integers alone,
//! so every machine draws the same.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng};
use serde::{Deserialize, Serialize};

/// Which dialogue of which run: with a turn and a purpose it names one stream of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The run's seed.
    pub seed: u64,
    /// The dialogue's index in the run, below 2⁴⁸; the bits above count the attempts at it.
    pub index: u64,
}

/// The bits of a key's index that are the index in the run.
const INDEX_BITS: u32 = 48;

/// What a stream is drawn for; each purpose has a stream of its own, so one more draw here shifts nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Rows of generated tables, and the order in which a dialogue is shown them.
    Tables = 1,
    /// Which domains and goal class a dialogue has.
    Plan = 2,
    /// The goal.
    Goal = 3,
    /// The personas.
    Persona = 4,
    /// The tool errors that will happen.
    Faults = 5,
    /// What the user decides.
    User = 6,
    /// What the assistant decides.
    Assistant = 7,
    /// How a turn is worded.
    Words = 8,
    /// Mutations, samples and other tests of a dataset.
    Probe = 9,
    /// The seeds that model providers are given.
    Sampling = 10,
}

impl Key {
    /// The first index that no run has.
    pub const END: u64 = 1 << INDEX_BITS;

    /// The key of an attempt at an index, the first of them 0.
    pub fn of(seed: u64, index: u64, attempt: u64) -> Self {
        Key { seed, index: index | (attempt << INDEX_BITS) }
    }

    /// The index in the run.
    pub fn place(self) -> u64 {
        self.index & (Self::END - 1)
    }

    /// How many attempts there were before.
    pub fn attempt(self) -> u64 {
        self.index >> INDEX_BITS
    }

    /// A number of this dialogue's own, for the order in which searches show it what they find.
    pub fn rank(self) -> u64 {
        self.rng(0, Purpose::Tables).next()
    }

    /// The stream for `purpose` at `turn`.
    pub fn rng(self, turn: usize, purpose: Purpose) -> Rng {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&self.index.to_le_bytes());
        key[16..24].copy_from_slice(&(turn as u64).to_le_bytes());
        key[24..28].copy_from_slice(&(purpose as u32).to_le_bytes());
        Rng(ChaCha8Rng::from_seed(key))
    }
}

/// A stream of random draws.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// 64 random bits.
    #[inline]
    fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform number below `n`; 0 when `n` is 0.
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        // Multiply-shift: the bias is below n / 2^64.
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A uniform number from `low` to `high`, both included; `low` when the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(usize::try_from(high - low + 1).unwrap_or(0)) as i64
    }

    /// True in `percent` of 100 draws.
    #[inline]
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// One of the items, uniformly; `None` when there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// An index drawn in proportion to the weights; `None` when they sum to zero.
    pub fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> Option<usize> {
        let total: u64 = weights.clone().map(u64::from).sum();
        let mut left = self.below(usize::try_from(total).ok()?) as u64;
        weights.map(u64::from).position(|weight| match left.checked_sub(weight) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        })
    }

    /// Up to `count` of the items, each as likely as the others, in random order.
    pub fn sample<T>(&mut self, mut items: Vec<T>, count: usize) -> Vec<T> {
        let count = count.min(items.len());
        for at in 0..count {
            let other = at + self.below(items.len() - at);
            items.swap(at, other);
        }
        items.truncate(count);
        items
    }

    /// Fisher-Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
