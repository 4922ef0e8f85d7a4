//! Content hashes. Everything that is compared across machines goes through here.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::Value;

/// A SHA-256 of canonical bytes; printed as lower-case hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        ContentHash(Sha256::digest(bytes).into())
    }

    /// The first eight bytes as a number.
    pub fn low(self) -> u64 {
        self.0.iter().take(8).rev().fold(0, |n, byte| (n << 8) | u64::from(*byte))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The hash of a set of rows: the sum modulo 2^256 of the hashes of its members.
///
/// So a member can be added or taken away without looking at the others, and neither the order of the rows nor the
/// way in which a state was reached changes it (the incremental hash AdHash of Bellare and Micciancio, 1997). It
/// guards against mistakes and careless edits; it does not withstand an attacker who may choose millions of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetHash([u64; 4]);

impl SetHash {
    /// The hash of one row of one table.
    pub fn of_row(table: &str, key: &str, row: &[Value]) -> Self {
        let mut sha = Sha256::new();
        for part in [table, key] {
            sha.update((part.len() as u64).to_le_bytes());
            sha.update(part);
        }
        row.iter().for_each(|value| value.canonical(&mut |bytes| sha.update(bytes)));
        let digest: [u8; 32] = sha.finalize().into();
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(digest.chunks_exact(8)) {
            *limb = bytes.iter().rev().fold(0, |n, byte| (n << 8) | u64::from(*byte));
        }
        SetHash(limbs)
    }

    /// The set with those members too.
    #[must_use]
    pub fn plus(self, other: SetHash) -> Self {
        let mut carry = false;
        let mut sum = [0; 4];
        for (at, limb) in sum.iter_mut().enumerate() {
            let (partial, over) = self.0[at].overflowing_add(other.0[at]);
            let (total, again) = partial.overflowing_add(u64::from(carry));
            *limb = total;
            carry = over || again;
        }
        SetHash(sum)
    }

    /// The set without those members.
    #[must_use]
    pub fn minus(self, other: SetHash) -> Self {
        // Two's complement: -x = !x + 1.
        self.plus(SetHash(other.0.map(|limb| !limb))).plus(SetHash([1, 0, 0, 0]))
    }
}

impl fmt::Display for SetHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().rev().try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}
