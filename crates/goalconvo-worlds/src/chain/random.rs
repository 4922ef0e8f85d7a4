//! Random draws that depend on what they are for, and on nothing else.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// A stream of draws for one purpose of one index: counter-based, so that no draw depends on another chain's.
#[derive(Debug)]
pub struct Draws {
    generator: ChaCha8Rng,
}

impl Draws {
    /// The stream of (seed, index, purpose, attempt).
    pub fn new(seed: u64, index: u64, purpose: u32, attempt: u32) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&purpose.to_le_bytes());
        key[12..16].copy_from_slice(&attempt.to_le_bytes());
        key[16..21].copy_from_slice(b"chain");
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(index);
        Self { generator }
    }

    /// A number below `bound`; 0 if `bound` is 0. The bias is below bound / 2⁶⁴.
    pub fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.generator.next_u64()) * bound as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of the items, if there are any.
    pub fn one<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}
