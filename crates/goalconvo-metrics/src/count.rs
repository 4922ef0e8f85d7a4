//! Counting hashed things in little memory.

use crate::jackknife::GROUPS;
use crate::random::mixed;

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
    const LARGE: usize = 1 << 16;

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

    /// Shannon entropy of the counts, in bits; none when there is none.
    pub(crate) fn entropy_bits(&self) -> Option<f64> {
        let counts = self.sorted();
        let total = counts.iter().map(|&count| f64::from(count)).sum::<f64>();
        let term = |&count: &u32| {
            let share = f64::from(count) / total;
            -share * share.log2()
        };
        (total > 0.0).then(|| counts.iter().map(term).sum::<f64>() + 0.0)
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
        // Fast growth saves moves while that costs nothing; a large table only doubles.
        let factor = if self.slots.len() < Self::LARGE { 4 } else { 2 };
        let slots = (factor * self.slots.len()).max(Self::SMALLEST);
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

/// The bits of a key that say which group of dialogues has it, and what they hold when several do.
const OWNER: u64 = 0xf;
pub(crate) const SEVERAL: u64 = OWNER;

/// Whether both are the same key; `kept` is then of both their owners.
fn shares(key: u64, kept: &mut u64) -> bool {
    let same = key & !OWNER == *kept & !OWNER;
    if same && key != *kept {
        *kept |= SEVERAL;
    }
    same
}

/// A set of hashes of sixty bits at eight bytes each: a sorted run and a buffer of newcomers that is merged in when it is a
/// quarter as long. A hash table would need up to twice as much, and three times while it grows.
#[derive(Debug, Clone, Default)]
pub(crate) struct SortedSet {
    run: Vec<u64>,
    fresh: Vec<u64>,
}

impl SortedSet {
    const SMALLEST_BUFFER: usize = 4096;

    /// Adds a key. Its lowest bits are no part of it: they say which group of dialogues has it.
    pub(crate) fn insert(&mut self, key: u64, owner: u64) {
        self.fresh.push(key & !OWNER | owner);
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
        self.place(key).is_ok()
    }

    /// How many keys a single group has for itself, by group.
    pub(crate) fn owned(&self) -> [usize; GROUPS] {
        let mut owned = [0; GROUPS];
        for key in &self.run {
            if let Some(count) = owned.get_mut((key & OWNER) as usize) {
                *count += 1;
            }
        }
        owned
    }

    fn place(&self, key: u64) -> Result<usize, usize> {
        self.run.binary_search_by_key(&(key & !OWNER), |kept| kept & !OWNER)
    }

    /// Merges from the back, in place, so that the run is never copied.
    fn settle(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        self.fresh.sort_unstable();
        self.fresh.dedup_by(|later, kept| shares(*later, kept));
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.retain(|key| match self.place(*key) {
            Ok(place) => !shares(*key, &mut self.run[place]),
            Err(_) => true,
        });
        self.fresh = fresh;
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

/// How many different hashes were seen: exactly up to [`Self::MOST`], beyond that by the smallest of them (k minimum values,
/// Bar-Yossef et al. 2002), so that memory is bounded however many there are. The state adds up, and does not depend on
/// the order in which hashes came.
#[derive(Debug, Clone)]
pub(crate) struct DistinctCount {
    /// Every mixed hash below the bound.
    smallest: SortedSet,
    /// What is not below it was forgotten.
    bound: u64,
    most: usize,
}

impl Default for DistinctCount {
    fn default() -> Self {
        Self::up_to(Self::MOST)
    }
}

impl DistinctCount {
    /// Hashes that are kept: 16 MB.
    pub(crate) const MOST: usize = 1 << 21;

    /// Exact up to so many.
    pub(crate) fn up_to(most: usize) -> Self {
        Self { smallest: SortedSet::default(), bound: u64::MAX, most }
    }

    /// Counts a hash that a group of dialogues has. It is mixed again, so that its high bits are as good as any.
    pub(crate) fn insert(&mut self, key: u64, group: usize) {
        let key = mixed(key);
        if key < self.bound {
            self.smallest.insert(key, group as u64);
            if self.smallest.run.len() > self.most {
                self.forget();
            }
        }
    }

    /// Adds what another state has counted.
    pub(crate) fn merge(&mut self, other: Self) {
        self.bound = self.bound.min(other.bound);
        self.smallest.merge(other.smallest);
        let below = self.smallest.run.partition_point(|key| *key < self.bound);
        self.smallest.run.truncate(below);
        self.forget();
    }

    /// The number of different hashes: as many as were seen below the bound, for the share of all numbers that is.
    pub(crate) fn count(&mut self) -> f64 {
        self.forget();
        self.of_all(self.smallest.run.len())
    }

    /// The same without each group of dialogues in turn.
    pub(crate) fn without_each(&mut self) -> [f64; GROUPS] {
        self.forget();
        let kept = self.smallest.run.len();
        self.smallest.owned().map(|owned| self.of_all(kept - owned))
    }

    fn of_all(&self, kept: usize) -> f64 {
        let kept = kept as f64;
        if self.is_exact() { kept } else { (kept * (2.0_f64.powi(64) / self.bound as f64)).round() }
    }

    /// Whether nothing had to be forgotten.
    pub(crate) fn is_exact(&self) -> bool {
        self.bound == u64::MAX
    }

    /// The standard error of the count as a share of it; 0 when it is exact.
    pub(crate) fn relative_error(&self) -> f64 {
        if self.is_exact() { 0.0 } else { 1.0 / (self.most as f64).sqrt() }
    }

    fn forget(&mut self) {
        self.smallest.settle();
        if let Some(next) = self.smallest.run.get(self.most) {
            self.bound = *next & !OWNER;
            self.smallest.run.truncate(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DistinctCount;
    use crate::text::hash_text;

    #[test]
    fn a_count_is_exact_up_to_its_bound_and_near_beyond_it() {
        let check = |words: u64, most: usize| {
            let mut whole = DistinctCount::up_to(most);
            let mut shards = [DistinctCount::up_to(most), DistinctCount::up_to(most)];
            for word in 0..3 * words {
                let key = hash_text(&(word % words).to_string());
                let group = (word / 7 % 10) as usize;
                whole.insert(key, group);
                shards[(word % 5 / 3) as usize].insert(key, group);
            }
            let [mut merged, other] = shards;
            merged.merge(other);
            assert_eq!(merged.count().to_bits(), whole.count().to_bits(), "shards agree");
            assert_eq!(merged.without_each(), whole.without_each(), "shards agree on each group");
            assert_eq!(whole.is_exact(), words <= most as u64);
            let off = (whole.count() - words as f64).abs();
            assert!(
                off <= 3.0 * whole.relative_error() * words as f64,
                "{words} counted as {}",
                whole.count()
            );
        };
        check(0, 10);
        check(1000, 1000);
        check(1001, 1000);
        check(50_000, 4096);
        check(200_000, 10_000);
    }
}
