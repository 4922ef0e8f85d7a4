//! Counting hashed things exactly, in little memory.

/// How often each hash was seen: open addressing over the hashes themselves, which are well mixed already. Sixteen bytes
/// a slot, at most three quarters full.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Key and count; a slot whose count is 0 is free.
    slots: Vec<(u64, u32)>,
    used: usize,
}

impl Counts {
    const SMALLEST: usize = 64;

    /// Adds to the count of `key`.
    pub(crate) fn add(&mut self, key: u64, by: u32) {
        if 4 * (self.used + 1) > 3 * self.slots.len() {
            self.grow();
        }
        let at = self.slot(key);
        let (held, count) = &mut self.slots[at];
        self.used += usize::from(*count == 0);
        *held = key;
        *count = count.saturating_add(by);
    }

    /// The count of `key`, 0 when it was never seen.
    pub(crate) fn get(&self, key: u64) -> u32 {
        if self.slots.is_empty() { 0 } else { self.slots[self.slot(key)].1 }
    }

    /// The number of different keys.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// Keys and counts, in no meaningful order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.slots.iter().copied().filter(|&(_, count)| count > 0)
    }

    /// The counts, ascending, so that a floating-point sum over them does not depend on the table.
    pub(crate) fn sorted(&self) -> Vec<u32> {
        let mut counts: Vec<u32> = self.iter().map(|(_, count)| count).collect();
        counts.sort_unstable();
        counts
    }

    /// The slot that holds `key`, or the free one where it belongs.
    fn slot(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = key as usize & mask;
        while self.slots[at].1 != 0 && self.slots[at].0 != key {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let slots = (4 * self.slots.len()).max(Self::SMALLEST);
        let old = std::mem::replace(self, Self { slots: vec![(0, 0); slots], used: 0 });
        old.iter().for_each(|(key, count)| self.add(key, count));
    }
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
        // Not doubled: at tens of millions of keys the slack would cost more than the keys.
        self.run.reserve_exact(new);
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
