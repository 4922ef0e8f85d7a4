//! Overlap of sets.

use crate::text::{hash_text, ngram_hashes};

/// `|A ∩ B| / |A ∪ B|` of two sorted sets without repetitions; two empty sets are alike (1).
#[must_use]
pub fn jaccard_sorted(left: &[u64], right: &[u64]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while i < left.len() && j < right.len() {
        match left[i].cmp(&right[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let union = left.len() + right.len() - common;
    if union == 0 { 1.0 } else { common as f64 / union as f64 }
}

/// Jaccard similarity of the token sets of two texts, given as token hashes.
#[must_use]
pub fn jaccard_tokens(left: &[u64], right: &[u64]) -> f64 {
    jaccard_sorted(&set_of(left.iter().copied()), &set_of(right.iter().copied()))
}

/// The set of hashes of the character n-grams of `text`, sorted; a text shorter than `n` characters is one shingle.
#[must_use]
pub fn char_shingles(text: &str, n: usize) -> Vec<u64> {
    let chars: Vec<u64> = text.chars().map(u64::from).collect();
    if chars.len() < n {
        return vec![hash_text(text)];
    }
    set_of(ngram_hashes(&chars, n))
}

fn set_of(values: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut set: Vec<u64> = values.collect();
    set.sort_unstable();
    set.dedup();
    set
}
