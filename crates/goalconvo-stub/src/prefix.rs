//! The longest leading run that a prompt shares with any earlier one: what a provider's prefix cache could
//! spare, if it never forgot.
//!
//! Blocks of 64 bytes in a tree; inside the first differing block up to 64 siblings are compared, so the
//! figure is exact until a node has more.

use std::collections::{BTreeMap, BTreeSet};

use crate::draw::hash;

const BLOCK: usize = 64;
const SIBLINGS: usize = 64;

#[derive(Default)]
pub(crate) struct Prefixes {
    children: BTreeMap<u64, BTreeSet<Box<[u8]>>>,
}

impl Prefixes {
    /// The shared length in bytes; the text counts as seen from now on.
    pub(crate) fn add(&mut self, text: &[u8]) -> usize {
        let (mut node, mut shared, mut matching) = (0u64, 0, true);
        for piece in text.chunks(BLOCK) {
            let siblings = self.children.entry(node).or_default();
            if matching {
                if siblings.contains(piece) {
                    shared += piece.len();
                } else {
                    shared += siblings.iter().map(|sibling| common(sibling, piece)).max().unwrap_or(0);
                    matching = false;
                }
            }
            if siblings.len() < SIBLINGS {
                siblings.insert(piece.into());
            }
            node = hash(piece) ^ node.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        shared
    }
}

/// A shorter line ("goodbye") comes again in any talk, and no cache could help that.
const SHORTEST: usize = 24;

/// The lines of all prompts: what of a prompt was ever asked before, wherever it stood.
#[derive(Default)]
pub(crate) struct Lines {
    seen: BTreeSet<u64>,
}

impl Lines {
    /// Bytes of lines that came in an earlier prompt, and how many of these lie in the first `shared` bytes.
    pub(crate) fn add(&mut self, text: &str, shared: usize) -> (u64, u64) {
        let (mut repeated, mut spared, mut start) = (0, 0, 0);
        let mut new = Vec::new();
        for line in text.split_inclusive('\n') {
            let key = hash(line.as_bytes());
            if line.len() >= SHORTEST && self.seen.contains(&key) {
                repeated += line.len() as u64;
                spared += shared.saturating_sub(start).min(line.len()) as u64;
            } else {
                new.push(key);
            }
            start += line.len();
        }
        self.seen.extend(new);
        (repeated, spared)
    }
}

fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
