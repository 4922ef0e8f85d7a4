//! A dialogue that asks to enter the hub, with what it is compared by.

use std::fmt;

use goalconvo_core::{Dialogue, Finding, GoalClass};
use goalconvo_metrics::text::{Tokens, ngram_hashes};
use serde::Serialize;
use smol_str::SmolStr;

use super::example::Example;

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The run, or `seed` for the built-in engine's.
    pub run: String,
    /// Its index there.
    pub index: u64,
    /// The round that accepted it; none for seeds.
    pub round: Option<u64>,
}

/// A dialogue that may become an entry.
#[derive(Clone, Debug)]
pub struct Candidate {
    id: String,
    domains: Vec<SmolStr>,
    example: Example,
    source: Source,
    quality: Option<u32>,
    /// Hashes of word pairs and triples, sorted, each once.
    grams: Box<[u32]>,
}

/// A dialogue that no gate let through does not enter the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAccepted {
    id: String,
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dialogue {:?} has no verdict, or one that did not pass: it can't enter the hub", self.id)
    }
}

impl std::error::Error for NotAccepted {}

impl Candidate {
    /// A candidate of an accepted dialogue. Its quality is the mean of its opinions' marks; without opinions it has none.
    ///
    /// # Errors
    /// The dialogue has no verdict, or one that did not pass.
    pub fn new(dialogue: &Dialogue, source: Source) -> Result<Self, NotAccepted> {
        let accepted = dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed);
        if !accepted || dialogue.verdicts.is_empty() {
            return Err(NotAccepted { id: dialogue.id.clone() });
        }
        Ok(Candidate {
            id: dialogue.id.clone(),
            domains: dialogue.domains.clone(),
            example: Example::of(dialogue),
            source,
            quality: quality(dialogue),
            grams: grams(dialogue),
        })
    }

    /// The dialogue's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What prompts show of it.
    pub(super) fn example(&self) -> &Example {
        &self.example
    }

    /// Where it comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The mean of its opinions' marks, from 0 to 1000; none without opinions.
    pub fn quality(&self) -> Option<u32> {
        self.quality
    }

    /// Its domains.
    pub fn domains(&self) -> &[SmolStr] {
        &self.domains
    }

    /// The shape of its goal; none for a dialogue without scenario.
    pub fn class(&self) -> Option<GoalClass> {
        self.example.goal.as_ref().map(|goal| goal.class)
    }

    /// How much of their word pairs and triples two share, from 0 to 1000 (Jaccard's index).
    pub fn similarity(&self, other: &Candidate) -> u32 {
        let (mut one, mut two) = (self.grams.iter().peekable(), other.grams.iter().peekable());
        let mut shared = 0_u64;
        while let (Some(a), Some(b)) = (one.peek(), two.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => drop(one.next()),
                std::cmp::Ordering::Greater => drop(two.next()),
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    one.next();
                    two.next();
                }
            }
        }
        let either = (self.grams.len() + other.grams.len()) as u64 - shared;
        (shared * 1000).checked_div(either).and_then(|share| u32::try_from(share).ok()).unwrap_or(0)
    }

    /// Whether [`Candidate::similarity`] is at least so much. Most pairs share little, which a part of their words shows.
    pub fn is_similar(&self, other: &Candidate, least: u32) -> bool {
        let (one, two, least) = (&self.grams, &other.grams, u64::from(least));
        // Shared over either, where either is all that both have less what they share.
        let wanted = (least * (one.len() + two.len()) as u64).div_ceil(1000 + least);
        let (mut a, mut b, mut shared) = (0, 0, 0_u64);
        while shared + ((one.len() - a).min(two.len() - b)) as u64 >= wanted {
            let (Some(left), Some(right)) = (one.get(a), two.get(b)) else {
                return !(one.is_empty() && two.is_empty()) || least == 0;
            };
            a += usize::from(left <= right);
            b += usize::from(right <= left);
            shared += u64::from(left == right);
        }
        false
    }
}

fn quality(dialogue: &Dialogue) -> Option<u32> {
    let marks = dialogue.verdicts.iter().filter_map(|verdict| verdict.scores.get(&verdict.judge));
    // Marks go from 1 to 5; in thousandths, so that sums are whole numbers.
    let marks: Vec<u64> = marks.map(|mark| ((mark - 1.0) * 250.0).clamp(0.0, 1000.0) as u64).collect();
    let mean = marks.iter().sum::<u64>().checked_div(marks.len() as u64)?;
    u32::try_from(mean).ok()
}

fn grams(dialogue: &Dialogue) -> Box<[u32]> {
    let mut grams = Vec::new();
    for (_, text) in dialogue.said() {
        let words = Tokens::Words.hashes(text);
        // Half a hash is enough for a few hundred of them.
        grams.extend(ngram_hashes(&words, 2).chain(ngram_hashes(&words, 3)).map(|hash| (hash >> 32) as u32));
    }
    grams.sort_unstable();
    grams.dedup();
    grams.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(grams: &[u32]) -> Candidate {
        let dialogue = serde_json::json!({ "format": "goalconvo/1", "id": "a", "domains": [], "turns": [], "provenance": { "source": "a hand" } });
        let source = Source { run: "run".to_owned(), index: 0, round: None };
        let dialogue: Dialogue = serde_json::from_value(dialogue).unwrap();
        let (id, domains, example) = (dialogue.id.clone(), vec![], Example::of(&dialogue));
        Candidate { id, domains, example, source, quality: None, grams: grams.into() }
    }

    #[test]
    fn what_is_similar_is_what_the_similarity_says() {
        // All pairs of sets over six words.
        let sets: Vec<Candidate> = (0_u32..64)
            .map(|bits| candidate(&(0..6).filter(|bit| bits >> bit & 1 == 1).collect::<Vec<_>>()))
            .collect();
        for (one, two) in sets.iter().flat_map(|one| sets.iter().map(move |two| (one, two))) {
            for least in [0, 1, 333, 334, 500, 600, 601, 999, 1000] {
                let expect = one.similarity(two) >= least;
                assert_eq!(one.is_similar(two, least), expect, "{:?} {:?} {least}", one.grams, two.grams);
            }
        }
    }
}
