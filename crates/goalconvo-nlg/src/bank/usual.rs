//! What a corpus usually says: how it opens, and which words it puts together.

use std::collections::BTreeMap;

use super::Template;
use crate::grammar::{opener, pairs};

/// A pair of words is usual when it is one in so many of the corpus's.
const USUAL: u32 = 2500;

/// How often the corpus opens with the same words, by their hash.
pub(super) struct Openers(BTreeMap<u64, u32>);

impl Openers {
    pub(super) fn of(templates: &[Template]) -> Self {
        let mut openers = BTreeMap::new();
        for template in templates {
            if let Some(opener) = opener(&template.text) {
                *openers.entry(opener).or_default() += template.count.max(1);
            }
        }
        Openers(openers)
    }

    /// A template's weight: how often the corpus has it, and the more, the more templates open alike. By the counts
    /// alone openers would be more even than people's, since acts are said here in other shares.
    pub(super) fn weight(&self, template: &Template) -> u32 {
        let alike = opener(&template.text).and_then(|opener| self.0.get(&opener)).copied().unwrap_or(1);
        template.count.max(1).saturating_mul(alike.isqrt())
    }
}

/// Bits for the pairs of words: so many that two pairs seldom share one.
const BITS: usize = 1 << 17;

/// The pairs of words that a corpus says often, a bit for each by its hash; what stands around values only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usual(Vec<u64>);

impl Usual {
    pub(super) fn of(templates: &[Template]) -> Self {
        let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
        for template in templates {
            let between =
                template.text.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after));
            for pair in between.flat_map(pairs) {
                *counts.entry(pair).or_default() += template.count.max(1);
            }
        }
        let least = counts.values().sum::<u32>() / USUAL;
        let mut bits = vec![0; BITS / 64];
        for (pair, _) in counts.into_iter().filter(|(_, count)| *count >= least) {
            let (word, bit) = place(pair);
            bits[word] |= bit;
        }
        Usual(bits)
    }

    /// How many pairs of words a text has, and how many of them are not usual.
    pub(crate) fn count(&self, text: &str) -> (u32, u32) {
        pairs(text).fold((0, 0), |(all, odd), pair| {
            let (word, bit) = place(pair);
            let known = self.0.get(word).is_some_and(|bits| bits & bit != 0);
            (all + 1, odd + u32::from(!known))
        })
    }
}

/// Where a pair stands: the word, and the bit in it.
fn place(pair: u64) -> (usize, u64) {
    ((pair >> 6) as usize % (BITS / 64), 1 << (pair & 63))
}
