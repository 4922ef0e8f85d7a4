//! How much of a dataset a reference already holds: runs of 13 tokens, and near-duplicate utterances.

use goalconvo_core::Dialogue;
use serde::Serialize;

use crate::count::{SEVERAL, SortedSet};
use crate::duplicates::{BandIndex, MinHash, signature_similarity};
use crate::text::{Tokens, ngram_hashes};

/// The length of a run that no two writers produce by chance, as in the contamination reports of language models.
const RUN: usize = 13;
/// Utterances shorter than this are formulas that everybody says.
const SHORTEST: usize = 8;
const THRESHOLD: f64 = 0.8;

/// What a reference or a benchmark says, made searchable.
#[derive(Debug, Clone)]
pub struct ContaminationIndex {
    runs: SortedSet,
    family: MinHash,
    bands: BandIndex,
    signatures: Vec<Vec<u32>>,
}

/// What a dialogue shares with the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Contamination {
    /// Runs of 13 tokens in the dialogue.
    pub runs: usize,
    /// Those of them that the reference holds.
    pub shared_runs: usize,
    /// Utterances of at least eight tokens.
    pub utterances: usize,
    /// Those of them with a near-duplicate in the reference (MinHash similarity of 0.8 or more).
    pub near_duplicates: usize,
}

impl Default for ContaminationIndex {
    fn default() -> Self {
        Self {
            runs: SortedSet::default(),
            family: MinHash::new(128, 1),
            bands: BandIndex::new(THRESHOLD, 128),
            signatures: Vec::new(),
        }
    }
}

impl ContaminationIndex {
    /// Adds a dialogue of the reference.
    pub fn push(&mut self, dialogue: &Dialogue) {
        for (_, text) in dialogue.said() {
            let tokens = Tokens::Words.hashes(text);
            ngram_hashes(&tokens, RUN).for_each(|run| self.runs.insert(run, SEVERAL));
            if tokens.len() >= SHORTEST {
                let signature = self.family.text_signature(text, 5);
                self.bands.insert(self.signatures.len() as u32, &signature);
                self.signatures.push(signature);
            }
        }
    }

    /// What the dialogue shares with everything added so far.
    pub fn check(&mut self, dialogue: &Dialogue) -> Contamination {
        let mut shared = Contamination::default();
        for (_, text) in dialogue.said() {
            let tokens = Tokens::Words.hashes(text);
            for run in ngram_hashes(&tokens, RUN) {
                shared.runs += 1;
                shared.shared_runs += usize::from(self.runs.contains(run));
            }
            if tokens.len() >= SHORTEST {
                let signature = self.family.text_signature(text, 5);
                let candidates = self.bands.candidates(&signature);
                let near =
                    |id: &u32| signature_similarity(&signature, &self.signatures[*id as usize]) >= THRESHOLD;
                shared.utterances += 1;
                shared.near_duplicates += usize::from(candidates.iter().any(near));
            }
        }
        shared
    }
}
