//! Claims that a task is done, made from what domains call their deeds.
//!
//! A domain says "I've booked your table"; a chat model says "I have gone ahead and reserved that table for you". So
//! the pack's patterns have holes for the participle of an intent's verb and for the nouns of its deed, and what fits
//! two intents alike is no claim of either, only a vague one.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Cue, Domain, Intent, IntentKind};

use crate::pack::Pack;
use crate::token::Token;
use crate::trie::{Found, Trie, Words, words_of};

/// What the deeds of some domains are called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    /// The intents' own clauses; payloads are indices of intents.
    clauses: Trie,
    /// The words that fill the holes of the pack's patterns: participles and objects.
    fillings: [Fillings; 2],
    /// The claim of each intent, and at the end the vague one.
    cues: Vec<Cue>,
}

/// Words that fill a hole, and the intents that they belong to.
#[derive(Clone, Debug, Default)]
struct Fillings {
    first: Words,
    firsts: Vec<u64>,
    all: Vec<(Vec<u64>, Vec<usize>)>,
}

impl Claims {
    pub(crate) fn new(pack: &Pack, domains: &[Arc<Domain>]) -> Self {
        let mut claims = Claims::default();
        let mut words: [BTreeMap<Vec<u64>, Vec<usize>>; 2] = Default::default();
        for domain in domains {
            for intent in domain.intents.iter().filter(|intent| intent.kind == IntentKind::Transact) {
                let at = claims.cues.len();
                claims.cues.push(Cue::Claim { domain: domain.name.clone(), intent: intent.name.clone() });
                let clauses = intent.wording.done.iter().flat_map(|done| pack.spellings(done));
                for clause in clauses.map(|done| words_of(&done)).filter(|words| !words.is_empty()) {
                    claims.clauses.add_words(clause.into_iter(), at as u32);
                }
                let [participles, objects] = &mut words;
                add(participles, self::participles(pack, intent), at);
                add(objects, self::objects(intent).flat_map(|object| pack.spellings(&object)), at);
            }
        }
        claims.clauses.merge_shared(claims.cues.len() as u32);
        claims.cues.push(Cue::VagueClaim);
        claims.fillings = words.map(Fillings::new);
        claims
    }

    /// The words that claims begin with: those of their own clauses, those of the pack's patterns, and those that fill
    /// a hole at the beginning of one.
    pub(crate) fn firsts<'a>(&'a self, pack: &'a Pack) -> [Option<&'a [u64]>; 4] {
        let [participles, objects] = &self.fillings;
        let own = Some(pack.cues.claims.own_firsts());
        [self.clauses.firsts(), own, Some(&participles.firsts), Some(&objects.firsts)]
    }

    /// The claims that begin at token `at`.
    pub(crate) fn read(
        &self,
        pack: &Pack,
        tokens: &[Token],
        at: usize,
        found: &mut Vec<Found>,
        mut tell: impl FnMut(usize, &Cue),
    ) {
        found.clear();
        self.clauses.find(tokens, at, false, &mut |_, _| None, found);
        for hit in found.drain(..) {
            self.cues.get(hit.payload as usize).into_iter().for_each(|cue| tell(hit.end, cue));
        }
        let filling =
            |hole: u8, at: usize| Some(at + self.fillings.get(usize::from(hole))?.at(tokens, at)?.0.len());
        pack.cues.claims.find(tokens, at, false, &mut |hole, at| filling(hole, at), found);
        for hit in found.iter() {
            let owner = match self.owners(tokens, hit)[..] {
                [] => None,
                [only] => self.cues.get(only),
                _ => self.cues.last(),
            };
            owner.into_iter().for_each(|cue| tell(hit.end, cue));
        }
    }

    /// The intents that all the words in the holes belong to.
    fn owners(&self, tokens: &[Token], hit: &Found) -> Vec<usize> {
        let holes = hit.holes.iter().zip(&self.fillings);
        let mut read = holes.filter_map(|(at, fillings)| Some(&fillings.at(tokens, (*at)?)?.1));
        let mut owners = read.next().cloned().unwrap_or_default();
        read.for_each(|others| owners.retain(|owner| others.contains(owner)));
        owners
    }
}

impl Fillings {
    fn new(words: BTreeMap<Vec<u64>, Vec<usize>>) -> Self {
        let mut first = Words::default();
        let firsts: Vec<u64> = words.keys().filter_map(|words| words.first()).copied().collect();
        firsts.iter().for_each(|word| first.add(*word));
        Fillings { first, firsts, all: words.into_iter().collect() }
    }

    /// The longest filling that stands at a token.
    fn at(&self, tokens: &[Token], at: usize) -> Option<&(Vec<u64>, Vec<usize>)> {
        let rest = tokens.get(at..)?;
        let stands = |words: &[u64]| {
            words.len() <= rest.len() && words.iter().zip(rest).all(|(word, token)| *word == token.word)
        };
        if !self.first.may_have(rest.first()?.word) {
            return None;
        }
        self.all.iter().filter(|(words, _)| stands(words)).max_by_key(|(words, _)| words.len())
    }
}

fn add(words: &mut BTreeMap<Vec<u64>, Vec<usize>>, new: impl Iterator<Item = String>, owner: usize) {
    for word in new.map(|text| words_of(&text)).filter(|word| !word.is_empty()) {
        let owners = words.entry(word).or_default();
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
}

/// What has been done: "booked", "reserved".
fn participles<'a>(pack: &'a Pack, intent: &'a Intent) -> impl Iterator<Item = String> + 'a {
    let first = intent.wording.verb.iter().filter_map(|verb| verb.split(' ').next());
    first.flat_map(|verb| pack.spellings(&pack.morphology.participle(verb)))
}

/// What it has been done to: "table", "reservation". A word too short says nothing ("it").
fn objects(intent: &Intent) -> impl Iterator<Item = String> + '_ {
    let last = intent.wording.verb.iter().chain(&intent.wording.deed);
    last.filter_map(|phrase| phrase.split(' ').next_back()).filter(|word| word.len() > 3).map(str::to_owned)
}
