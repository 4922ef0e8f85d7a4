//! Near-repetition, and exchanges that come back (A-B-A-B).

use std::collections::BTreeSet;

use goalconvo_core::{Dialogue, Reason, Role};
use goalconvo_metrics::text::{Tokens, ngram_hashes};
use serde::{Deserialize, Serialize};

use super::{spoken, words_at};
use crate::judge::judging::reason;

/// How much may come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Repetition {
    /// From how many percent of shared word pairs two utterances count as the same (Jaccard's index).
    pub same_percent: u32,
    /// Fewest words of an utterance that is compared: short answers may come often.
    pub fewest_words: usize,
    /// How often one speaker may say the same.
    pub most: usize,
}

impl Default for Repetition {
    fn default() -> Self {
        Repetition { same_percent: 85, fewest_words: 5, most: 2 }
    }
}

/// An utterance as it is compared.
struct Said {
    at: usize,
    role: Role,
    words: usize,
    pairs: BTreeSet<u64>,
}

impl Repetition {
    pub(super) fn reasons(&self, dialogue: &Dialogue) -> Vec<Reason> {
        let said: Vec<Said> = spoken(dialogue).map(|(at, role, said)| read(at, role, &said.text)).collect();
        let mut reasons = Vec::new();
        for (number, this) in said.iter().enumerate() {
            let earlier = said[..number].iter().filter(|other| other.role == this.role);
            let same = earlier.filter(|other| self.same(this, other)).count();
            if this.words >= self.fewest_words && same >= self.most {
                let what = format!("said for the {}th time", same + 1);
                reasons.push(reason("repeated", &words_at(this.at), what));
            }
        }
        for four in said.windows(4) {
            let [a, b, c, d] = four else { continue };
            let turns = a.role != b.role && a.role == c.role && b.role == d.role;
            let long = [a, b].iter().map(|said| said.words).sum::<usize>() >= self.fewest_words;
            if turns && long && self.same(a, c) && self.same(b, d) {
                reasons.push(reason("loop", &words_at(d.at), "the exchange before comes again"));
            }
        }
        reasons
    }

    fn same(&self, one: &Said, other: &Said) -> bool {
        let shared = one.pairs.intersection(&other.pairs).count() as u64;
        let either = (one.pairs.len() + other.pairs.len()) as u64 - shared;
        either > 0 && shared * 100 >= u64::from(self.same_percent) * either
    }
}

fn read(at: usize, role: Role, text: &str) -> Said {
    let letters = |token: &String| token.chars().any(char::is_alphanumeric);
    let words: Vec<String> = Tokens::Words.of(text).into_iter().filter(letters).collect();
    let hashes = Tokens::Words.hashes(&words.join(" "));
    let pairs = match hashes.as_slice() {
        [only] => BTreeSet::from([*only]),
        hashes => ngram_hashes(hashes, 2).collect(),
    };
    Said { at, role, words: words.len(), pairs }
}
