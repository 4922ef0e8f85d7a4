//! What lexicon and grammar make of single domains, kept: domains that go together in many ways are each read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use goalconvo_core::{ContentHash, Domain};

use super::codes::Codes;
use super::contexts::Contexts;
use super::phrases::{Phrases, nouns_of};
use super::vocabulary::Vocabulary;
use crate::grammar::DomainWords;
use crate::pack::{Pack, Style};

/// A sequence of words by their hashes.
type Sequence = Vec<u64>;

/// One domain's part of a lexicon.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) phrases: Phrases,
    pub(crate) codes: Codes,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) contexts: Contexts,
    nouns: BTreeSet<Sequence>,
}

impl Part {
    fn new(pack: &'static Pack, domain: &Domain, mut nouns: BTreeSet<Sequence>) -> Self {
        nouns.extend(nouns_of(domain));
        let (mut phrases, mut codes) = (Phrases::default(), Codes::default());
        phrases.add_domain(pack, (domain, &nouns), &mut codes);
        let (vocabulary, contexts) = (Vocabulary::new(pack, domain), Contexts::new(pack, domain));
        Part { phrases, codes, vocabulary, contexts, nouns }
    }
}

/// Parts of lexicons and grammars by domain, shared by whoever makes words of several sets of the same domains. What is
/// in it follows from the domains alone, so it changes no reading.
#[derive(Debug, Default)]
pub struct Glossary {
    /// By a domain's content and the nouns of others that are values of its own.
    parts: Mutex<BTreeMap<Key, Arc<Part>>>,
    /// By a domain's content and the variety that is spoken.
    words: Mutex<BTreeMap<(String, ContentHash, Style), Arc<DomainWords>>>,
}

type Key = (String, ContentHash, BTreeSet<Sequence>);

impl Glossary {
    /// The parts of domains that go together: what one calls its things ("hotel") is no plain value of another.
    pub(crate) fn parts(&self, pack: &'static Pack, domains: &[Arc<Domain>]) -> Vec<Arc<Part>> {
        let alone: Vec<Arc<Part>> =
            domains.iter().map(|domain| self.part(pack, domain, BTreeSet::new())).collect();
        let part = |(at, domain): (usize, &Arc<Domain>)| {
            let others = alone.iter().enumerate().filter(|(other, _)| *other != at);
            let foreign = others.flat_map(|(_, part)| &part.nouns);
            let strange = foreign.filter(|noun| !alone[at].nouns.contains(*noun));
            let taken: BTreeSet<Sequence> =
                strange.filter(|noun| alone[at].phrases.says(noun)).cloned().collect();
            if taken.is_empty() { alone[at].clone() } else { self.part(pack, domain, taken) }
        };
        domains.iter().enumerate().map(part).collect()
    }

    /// A domain's wording in one style.
    pub(crate) fn words(&self, pack: &Pack, domain: &Domain, style: Style) -> Arc<DomainWords> {
        let words = || self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (domain.name.to_string(), domain.hash, style);
        if let Some(known) = words().get(&key) {
            return known.clone();
        }
        let made = Arc::new(DomainWords::new(domain, pack, style));
        words().entry(key).or_insert(made).clone()
    }

    fn part(&self, pack: &'static Pack, domain: &Domain, nouns: BTreeSet<Sequence>) -> Arc<Part> {
        let parts = || self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (domain.name.to_string(), domain.hash, nouns);
        if let Some(known) = parts().get(&key) {
            return known.clone();
        }
        let made = Arc::new(Part::new(pack, domain, key.2.clone()));
        parts().entry(key).or_insert(made).clone()
    }
}
