//! Counting hashed things exactly, in little memory.

#![expect(
    clippy::disallowed_types,
    reason = "keys are hashes already; only counts leave this module, never an order"
)]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// How often each hash was seen.
pub(crate) type Counts = HashMap<u64, u32, BuildHasherDefault<Unhashed>>;

/// Passes a 64-bit key through: the keys are well-mixed hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Adds one to the count of `key`.
pub(crate) fn add(counts: &mut Counts, key: u64, by: u32) {
    let slot = counts.entry(key).or_insert(0);
    *slot = slot.saturating_add(by);
}

/// The number of distinct values in `keys`, which are sorted on the way.
pub(crate) fn distinct(keys: &mut [u64]) -> usize {
    keys.sort_unstable();
    let repeated = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
    keys.len() - repeated
}

/// A set of hashes at eight bytes each: a sorted run and a buffer of newcomers that is merged in when it is a
/// quarter as long. A hash table would need up to twice as much, and three times while it grows.
#[derive(Debug, Clone, Default)]
pub(crate) struct SortedSet {
    run: Vec<u64>,
    fresh: Vec<u64>,
}

impl SortedSet {
    const SMALLEST_BUFFER: usize = 4096;

    pub(crate) fn insert(&mut self, key: u64) {
        self.fresh.push(key);
        if self.fresh.len() >= Self::SMALLEST_BUFFER.max(self.run.len() / 4) {
            self.settle();
        }
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        other.settle();
        self.settle();
        self.fresh = other.run;
        self.settle();
    }

    pub(crate) fn contains(&mut self, key: u64) -> bool {
        self.settle();
        self.run.binary_search(&key).is_ok()
    }

    /// The number of distinct keys.
    pub(crate) fn len(&mut self) -> usize {
        self.settle();
        self.run.len()
    }

    /// Merges from the back, in place, so that the run is never copied.
    fn settle(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        self.fresh.sort_unstable();
        self.fresh.dedup();
        let run = &self.run;
        self.fresh.retain(|key| run.binary_search(key).is_err());
        let (mut old, mut new) = (self.run.len(), self.fresh.len());
        self.run.resize(old + new, 0);
        while new > 0 {
            let at = old + new - 1;
            if old > 0 && self.run[old - 1] > self.fresh[new - 1] {
                old -= 1;
                self.run[at] = self.run[old];
            } else {
                new -= 1;
                self.run[at] = self.fresh[new];
            }
        }
        self.fresh.clear();
    }
}
