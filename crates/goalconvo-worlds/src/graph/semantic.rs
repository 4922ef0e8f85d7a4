//! Semantic edges: endpoints that speak of the same rare things.
//!
//! A word is worth the inverse of the number of endpoints that use it, and words that too many use are not
//! looked at, so that an endpoint meets a bounded number of others.

use super::index::Site;
use crate::registry::names::{singular, words};
use std::collections::BTreeMap;

/// The most endpoints that may share a word for it to say anything.
const COMMONEST: usize = 64;
/// The most words of one endpoint that are looked at, rarest first.
const MOST_WORDS: usize = 8;
/// The most words of a description that are read.
const MOST_DESCRIPTION: usize = 40;

/// The words of every endpoint, and who uses them.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// The words, by place.
    pub(super) words: Vec<String>,
    users: Vec<Vec<u32>>,
    by_endpoint: Vec<Vec<u32>>,
}

/// Another endpoint and what is shared with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Neighbour {
    /// The other endpoint's place.
    pub(super) endpoint: u32,
    /// The sum of the shared words' worths, in millionths.
    pub(super) score: u32,
    /// The rarest shared word's place.
    pub(super) word: u32,
}

impl Vocabulary {
    /// Reads names, intents and descriptions.
    pub(super) fn of(sites: &[Site<'_>]) -> Self {
        let mut places: BTreeMap<String, u32> = BTreeMap::new();
        let mut vocabulary = Self::default();
        for (site, place) in sites.iter().zip(0_u32..) {
            let mut own = Vec::new();
            for word in words_of(site) {
                let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
                let index = *places.entry(word.clone()).or_insert(next);
                if index == next {
                    vocabulary.words.push(word);
                    vocabulary.users.push(Vec::new());
                }
                own.push(index);
            }
            own.sort_unstable();
            own.dedup();
            for &word in &own {
                vocabulary.users[word as usize].push(place);
            }
            vocabulary.by_endpoint.push(own);
        }
        vocabulary
    }

    /// The nearest other endpoints of other tools, best first.
    pub(super) fn neighbours(&self, place: u32, sites: &[Site<'_>], most: usize) -> Vec<Neighbour> {
        let tool = sites[place as usize].tool;
        let mut telling: Vec<u32> = self.by_endpoint[place as usize]
            .iter()
            .copied()
            .filter(|word| (2..=COMMONEST).contains(&self.users[*word as usize].len()))
            .collect();
        telling.sort_by_key(|word| (self.users[*word as usize].len(), *word));
        telling.truncate(MOST_WORDS);
        let mut scores: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for word in telling {
            let users = &self.users[word as usize];
            let worth = 1_000_000 / u32::try_from(users.len()).unwrap_or(u32::MAX);
            for &other in users.iter().filter(|other| sites[**other as usize].tool != tool) {
                scores.entry(other).or_insert((0, word)).0 += worth;
            }
        }
        let mut found: Vec<Neighbour> =
            scores.into_iter().map(|(endpoint, (score, word))| Neighbour { endpoint, score, word }).collect();
        found.sort_by_key(|neighbour| (std::cmp::Reverse(neighbour.score), neighbour.endpoint));
        found.truncate(most);
        found
    }
}

fn words_of(site: &Site<'_>) -> Vec<String> {
    const EMPTY: [&str; 24] = [
        "and", "api", "are", "can", "data", "endpoint", "for", "from", "get", "list", "one", "return",
        "returns", "that", "the", "this", "use", "used", "using", "will", "with", "you", "your", "all",
    ];
    let endpoint = site.endpoint;
    let mut found = words(&endpoint.name);
    found.push(endpoint.intent.object.clone());
    found.extend(words(&endpoint.description).into_iter().take(MOST_DESCRIPTION));
    found.retain(|word| word.chars().count() > 2 && !EMPTY.contains(&word.as_str()));
    found.iter().map(|word| singular(word)).collect()
}
