//! The ranker: a draw that repeats what this speaker has just said, or that everybody says, may be drawn again.
//!
//! What is drawn is sampled, never picked as the best: a candidate is admitted with a chance that falls with the
//! four-word sequences that the speaker's last utterances hold already (counted half from one utterance to the one
//! before), with an opener that it used before, and, for a share of the turns, with how common its
//! frame is by the grammar's own weights. Nothing is remembered beyond the dialogue, so that a dialogue is the same
//! whichever others are made; what a dataset repeats is known beforehand from the weights.

use goalconvo_core::{Rng, Role};

use super::Heard;
use crate::pack::Ranking;
use crate::token::mix;

/// Words of an opener.
const OPENER: usize = 3;
/// Words of a sequence.
const GRAM: usize = 4;

/// Bytes of a word with the blank before it, about.
const BYTES: usize = 5;

/// What a sequence of the latest utterance counts; half of it for the one before, and so on.
const LATEST: u32 = 4;

/// Bits of the filter before the list of sequences.
const FILTER: usize = 1024;

/// What an utterance leaves in the memory of who said it: its sequences of words, and how it opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    grams: Vec<u64>,
    opener: Option<u64>,
}

impl Trace {
    /// The trace of a text.
    pub fn of(text: &str) -> Self {
        let mut trace = Trace { grams: Vec::with_capacity(text.len() / BYTES), opener: None };
        let (mut last, mut opener) = ([0; GRAM], 0);
        for (at, word) in words(text).enumerate() {
            last.rotate_left(1);
            last[GRAM - 1] = word;
            if at < OPENER {
                opener = mix(opener, word);
                trace.opener = (at + 1 == OPENER).then_some(opener);
            }
            if at + 1 >= GRAM {
                let [a, b, c, d] = last;
                trace.grams.push(mix(a ^ b.rotate_left(16), c ^ d.rotate_left(32)));
            }
        }
        trace
    }
}

/// What one speaker has said lately.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    /// Sequences of words and what they count.
    grams: Vec<(u64, u32)>,
    /// A bit for each of them by its hash: most sequences are new, and are seen to be at once.
    filter: [u64; FILTER / 64],
    openers: Vec<u64>,
}

impl Memory {
    /// The memory of what `role` said, oldest first.
    pub(crate) fn of(role: Role, heard: &[Heard<'_>]) -> Self {
        let mut memory =
            Memory { grams: Vec::with_capacity(64), filter: [0; FILTER / 64], openers: Vec::new() };
        let own = heard.iter().rev().filter(|said| said.role == role);
        for (age, said) in own.enumerate() {
            memory.openers.extend(said.trace.opener);
            let weight = LATEST.checked_shr(age as u32).unwrap_or(0);
            if weight > 0 {
                memory.grams.extend(said.trace.grams.iter().map(|gram| (*gram, weight)));
            }
        }
        for (gram, _) in &memory.grams {
            let (word, bit) = place(*gram);
            memory.filter[word] |= bit;
        }
        memory
    }

    /// What a sequence counts.
    fn count(&self, gram: u64) -> u32 {
        let (word, bit) = place(gram);
        if self.filter[word] & bit == 0 {
            return 0;
        }
        self.grams.iter().filter(|(known, _)| *known == gram).map(|(_, weight)| weight).sum()
    }

    /// Whether a candidate may stand, by a draw. `bits` says how rare its frame is by the weights of the grammar.
    pub(crate) fn admits(&self, ranking: &Ranking, trace: &Trace, bits: u32, rng: &mut Rng) -> bool {
        let repeated: u32 = trace.grams.iter().map(|gram| self.count(*gram)).sum();
        let local = repeated * ranking.repeated / 4;
        let opens = trace.opener.is_some_and(|opener| self.openers.contains(&opener));
        let opener = if opens { ranking.opener } else { 0 };
        let even = ranking.uniform > 0 && rng.chance(ranking.uniform);
        let common =
            if even { ranking.common.saturating_sub(bits * ranking.common / ranking.rare.max(1)) } else { 0 };
        !rng.chance((local + opener + common).min(ranking.most))
    }
}

/// Where a sequence stands in the filter: the word, and the bit in it.
fn place(gram: u64) -> (usize, u64) {
    ((gram >> 6) as usize % (FILTER / 64), 1 << (gram & 63))
}

/// The hashes of a text's words, without regard to case and signs.
fn words(text: &str) -> impl Iterator<Item = u64> {
    let words = text.as_bytes().split(|byte| !IN_WORD[usize::from(*byte)]);
    words.filter(|word| !word.is_empty()).map(|word| {
        let eight =
            |letters: &[u8]| letters.iter().fold(0, |all, letter| all << 8 | u64::from(letter | 0x20));
        // One bit tells capitals from small letters.
        word.chunks(8).fold(0, |hash, letters| mix(hash, eight(letters)))
    })
}

/// The bytes that words are made of: letters, digits, apostrophes and all that is not ASCII.
const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < table.len() {
        let byte = at as u8;
        table[at] = byte.is_ascii_alphanumeric() || byte == b'\'' || !byte.is_ascii();
        at += 1;
    }
    table
};

/// The hashes of a text's pairs of words.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = u64> {
    let mut last = None;
    words(text).filter_map(move |word| Some(mix(last.replace(word)?, word)))
}

/// The hash of a text's first words, if it has as many.
pub(crate) fn opener(text: &str) -> Option<u64> {
    Trace::of(text).opener
}
