//! Near-duplicates and overlap with a reference: MinHash signatures and banded lookup, bit for bit as the package
//! datasketch 2.0 (its `affine32` scheme).

use std::hash::{BuildHasherDefault, Hasher};

use pulp::{Arch, WithSimd};
use serde::Serialize;
use sha1::{Digest, Sha1};

use crate::overlap::char_shingles;
use crate::random::MersenneTwister;
use crate::text::{hash_pair, hash_sequence, hash_text, is_python_space, lowercase, split_whitespace};

/// A family of hash permutations; two sets are compared by the signatures that one family gives them.
#[derive(Debug, Clone)]
pub struct MinHash {
    multipliers: Vec<u32>,
    offsets: Vec<u32>,
}

/// For each permutation the smallest hash in the set.
pub type Signature = Vec<u32>;

impl MinHash {
    /// A family of `permutations` members drawn from `seed` (datasketch: 128 and 1).
    #[must_use]
    pub fn new(permutations: usize, seed: u32) -> Self {
        let mut twister = MersenneTwister::numpy(seed);
        let multipliers = (0..permutations).map(|_| (twister.next_u32() & 0x7fff_ffff) * 2 + 1).collect();
        let offsets = (0..permutations).map(|_| twister.next_u32()).collect();
        Self { multipliers, offsets }
    }

    /// The multiplier and offset of each permutation.
    #[must_use]
    pub fn permutations(&self) -> (&[u32], &[u32]) {
        (&self.multipliers, &self.offsets)
    }

    /// The signatures of texts, one after the other, each as [`Self::text_signature`] gives it. Shingles come back from
    /// text to text, so the last few thousand SHA-1 values are remembered.
    pub fn text_signatures<'a>(
        &'a self,
        texts: impl IntoIterator<Item = &'a str> + 'a,
        n: usize,
    ) -> impl Iterator<Item = Signature> + 'a {
        const REMEMBERED: usize = 1 << 14;
        let mut known = vec![(0_u64, 0_u32); REMEMBERED];
        let mut hashes: Vec<u32> = Vec::new();
        texts.into_iter().map(move |text| {
            hashes.clear();
            for_each_shingle(&normalised(text), n, |shingle| {
                let key = hash_text(shingle) | 1;
                let place = &mut known[(key >> 1) as usize % REMEMBERED];
                if place.0 != key {
                    *place = (key, finalised(sha1_first_32(shingle.as_bytes())));
                }
                hashes.push(place.1);
            });
            self.lowest(&hashes)
        })
    }

    /// The signature of a set of byte strings; an empty set has the highest value everywhere.
    #[must_use]
    pub fn signature<'a>(&self, members: impl IntoIterator<Item = &'a [u8]>) -> Signature {
        let mut signature = vec![u32::MAX; self.multipliers.len()];
        for member in members {
            self.lower(&mut signature, finalised(sha1_first_32(member)));
        }
        signature
    }

    /// The signature of a set given by its hashes, by the widest vectors that the processor has.
    fn lowest(&self, hashes: &[u32]) -> Signature {
        Arch::new().dispatch(Lowest { family: self, hashes })
    }

    /// A few permutations at a time over all of the set, so that their lowest values stay in registers. They are
    /// compared as signed numbers, which all processors can: adding 2³¹ to an offset turns the order of unsigned numbers
    /// into that of signed ones.
    #[inline(always)]
    fn lowest_here(&self, hashes: &[u32]) -> Signature {
        const AT_ONCE: usize = 32;
        const TURN: u32 = 1 << 31;
        let mut signature = Vec::with_capacity(self.multipliers.len());
        let (multipliers, more) = self.multipliers.as_chunks::<AT_ONCE>();
        let (offsets, _) = self.offsets.as_chunks::<AT_ONCE>();
        for (a, b) in multipliers.iter().zip(offsets) {
            let turned = b.map(|b| b.wrapping_add(TURN));
            let mut lowest = [i32::MAX; AT_ONCE];
            for &hash in hashes {
                for at in 0..AT_ONCE {
                    let value = a[at].wrapping_mul(hash).wrapping_add(turned[at]) as i32;
                    lowest[at] = lowest[at].min(value);
                }
            }
            signature.extend(lowest.map(|value| value as u32 ^ TURN));
        }
        let done = signature.len();
        signature.resize(done + more.len(), u32::MAX);
        let rest = more.iter().zip(&self.offsets[done..]);
        for (lowest, (a, b)) in signature[done..].iter_mut().zip(rest) {
            let values = hashes.iter().map(|&hash| a.wrapping_mul(hash).wrapping_add(*b));
            *lowest = values.min().unwrap_or(u32::MAX);
        }
        signature
    }

    fn lower(&self, signature: &mut [u32], hash: u32) {
        let permuted = self.multipliers.iter().zip(&self.offsets);
        for (lowest, (a, b)) in signature.iter_mut().zip(permuted) {
            *lowest = (*lowest).min(a.wrapping_mul(hash).wrapping_add(*b));
        }
    }

    /// The signature of a text's character `n`-grams after [`normalised`].
    #[must_use]
    pub fn text_signature(&self, text: &str, n: usize) -> Signature {
        let mut signature = vec![u32::MAX; self.multipliers.len()];
        for_each_shingle(&normalised(text), n, |shingle| {
            self.lower(&mut signature, finalised(sha1_first_32(shingle.as_bytes())));
        });
        signature
    }
}

/// [`MinHash::lowest_here`], compiled for each kind of processor; a closure would not be.
struct Lowest<'a> {
    family: &'a MinHash,
    hashes: &'a [u32],
}

impl WithSimd for Lowest<'_> {
    type Output = Signature;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) -> Signature {
        self.family.lowest_here(self.hashes)
    }
}

/// Calls `each` with every character n-gram of a text, or with the text when it is shorter than that.
fn for_each_shingle(text: &str, n: usize, mut each: impl FnMut(&str)) {
    if text.is_ascii() && text.len() >= n {
        (0..=text.len() - n).for_each(|at| each(&text[at..at + n]));
        return;
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if ends.len() <= n {
        return each(text);
    }
    ends.iter().zip(&ends[n..]).for_each(|(&from, &to)| each(&text[from..to]));
}

/// The share of permutations on which two signatures agree: an estimate of the sets' Jaccard similarity.
#[must_use]
pub fn signature_similarity(left: &[u32], right: &[u32]) -> f64 {
    let equal = left.iter().zip(right).filter(|(a, b)| a == b).count();
    equal as f64 / left.len().max(1) as f64
}

/// Lower case, white space squeezed to single blanks.
#[must_use]
pub fn normalised(text: &str) -> String {
    let lower = lowercase(text.trim_matches(is_python_space));
    split_whitespace(&lower).collect::<Vec<_>>().join(" ")
}

/// An index of signatures that finds likely neighbours: those that agree on all rows of at least one band.
#[derive(Debug, Clone)]
pub struct BandIndex {
    rows: usize,
    buckets: Vec<Buckets>,
}

#[expect(clippy::disallowed_types, reason = "looked up by key alone: its order reaches nothing")]
type Buckets = std::collections::HashMap<u64, Vec<u32>, BuildHasherDefault<Mixed>>;

/// Takes a key for its own hash: it is one already.
#[derive(Debug, Clone, Copy, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = hash_pair(self.0, u64::from(byte)));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

impl BandIndex {
    /// An index whose bands and rows suit `threshold` (see [`best_bands`]).
    #[must_use]
    pub fn new(threshold: f64, permutations: usize) -> Self {
        let (bands, rows) = best_bands(threshold, permutations);
        Self { rows, buckets: vec![Buckets::default(); bands] }
    }

    /// Ids of indexed signatures that share a band with this one, ascending.
    #[must_use]
    pub fn candidates(&self, signature: &[u32]) -> Vec<u32> {
        let bands = self.buckets.iter().zip(signature.chunks_exact(self.rows));
        let mut found: Vec<u32> =
            bands.filter_map(|(band, key)| band.get(&band_key(key))).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds a signature under an id.
    pub fn insert(&mut self, id: u32, signature: &[u32]) {
        for (band, key) in self.buckets.iter_mut().zip(signature.chunks_exact(self.rows)) {
            band.entry(band_key(key)).or_default().push(id);
        }
    }
}

/// A band's rows as one key; two bands that differ share one with a chance of 2⁻⁶⁴.
fn band_key(rows: &[u32]) -> u64 {
    hash_sequence(&rows.iter().map(|&row| u64::from(row)).collect::<Vec<_>>())
}

/// The number of bands and rows that minimises the equally weighted chances of false positives and false negatives
/// around `threshold`, as datasketch chooses them.
#[must_use]
pub fn best_bands(threshold: f64, permutations: usize) -> (usize, usize) {
    let mut best = (f64::INFINITY, (1, 1));
    for bands in 1..=permutations {
        for rows in 1..=permutations / bands {
            let found = |s: f64| 1.0 - (1.0 - s.powi(rows as i32)).powi(bands as i32);
            let wrong =
                0.5 * integral(&found, 0.0, threshold) + 0.5 * integral(&|s| 1.0 - found(s), threshold, 1.0);
            if wrong < best.0 - 1e-12 {
                best = (wrong, (bands, rows));
            }
        }
    }
    best.1
}

/// Simpson's rule on 64 intervals: far below the gaps between neighbouring choices.
fn integral(f: &impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    const STEPS: usize = 64;
    let width = (to - from) / STEPS as f64;
    let weight = |i: usize| if i == 0 || i == STEPS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
    (0..=STEPS).map(|i| weight(i) * f(from + i as f64 * width)).sum::<f64>() * width / 3.0
}

/// Two texts that are nearly the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NearPair {
    /// Index of the earlier text.
    pub first: usize,
    /// Index of the later text.
    pub second: usize,
    /// Jaccard similarity of their character 5-grams, exact.
    pub similarity: f64,
}

/// All pairs of texts whose exact similarity is at least `threshold`, as far as the bands of their signatures find them;
/// every one where there are few texts.
#[must_use]
pub fn near_duplicates(texts: &[&str], threshold: f64) -> Vec<NearPair> {
    let shingles: Vec<Vec<u64>> = texts.iter().map(|text| char_shingles(&normalised(text), 5)).collect();
    if texts.len() <= FEW {
        return near_among_few(&shingles, threshold);
    }
    let family = MinHash::new(128, 1);
    let mut index = BandIndex::new(threshold, 128);
    let mut pairs = Vec::new();
    let signatures = family.text_signatures(texts.iter().copied(), 5);
    for (second, signature) in signatures.enumerate() {
        for first in index.candidates(&signature) {
            let first = first as usize;
            let similarity = crate::overlap::jaccard_sorted(&shingles[first], &shingles[second]);
            if similarity >= threshold {
                pairs.push(NearPair { first, second, similarity });
            }
        }
        index.insert(second as u32, &signature);
    }
    pairs
}

/// So few texts are held against each other one by one.
const FEW: usize = 32;

fn near_among_few(shingles: &[Vec<u64>], threshold: f64) -> Vec<NearPair> {
    let pairs = (0..shingles.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
    pairs
        .map(|(first, second)| {
            let similarity = crate::overlap::jaccard_sorted(&shingles[first], &shingles[second]);
            NearPair { first, second, similarity }
        })
        .filter(|pair| pair.similarity >= threshold)
        .collect()
}

/// Exact Jaccard similarity of the character 5-grams of two texts, normalised.
#[must_use]
pub fn shingle_similarity(left: &str, right: &str) -> f64 {
    let shingles = |text: &str| char_shingles(&normalised(text), 5);
    crate::overlap::jaccard_sorted(&shingles(left), &shingles(right))
}

fn sha1_first_32(bytes: &[u8]) -> u32 {
    let digest = Sha1::digest(bytes);
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Murmur3's finaliser, which datasketch applies before its affine permutations.
fn finalised(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
