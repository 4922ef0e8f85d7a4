//! Claims that a task is done, made from what domains call their deeds.
//!
//! A domain says "I've booked your table"; a chat model says "I have gone ahead and reserved that table for you". So
//! the pack's patterns are filled with the participle of each intent's verb and the nouns of its deed, and what fits
//! two intents alike is no claim of either, only a vague one.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Cue, Domain, Intent, IntentKind};

use crate::pack::Pack;
use crate::token::Token;
use crate::trie::{Found, Trie, expand, words_of};

/// Claim patterns of some domains.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    trie: Trie,
    /// Payloads.
    cues: Vec<Cue>,
}

impl Claims {
    pub(crate) fn new(pack: &Pack, domains: &[Arc<Domain>]) -> Self {
        let mut by_pattern: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut claims = Claims::default();
        for domain in domains {
            for intent in domain.intents.iter().filter(|intent| intent.kind == IntentKind::Transact) {
                let at = claims.cues.len();
                claims.cues.push(Cue::Claim { domain: domain.name.clone(), intent: intent.name.clone() });
                for pattern in patterns(pack, intent) {
                    by_pattern.entry(pattern).or_default().push(at);
                }
            }
        }
        let vague = claims.cues.len();
        claims.cues.push(Cue::VagueClaim);
        for (pattern, mut owners) in by_pattern {
            owners.dedup();
            let payload = if let [only] = owners[..] { only } else { vague };
            let Ok((anchored, sequences)) = expand(&pattern, &[]) else { continue };
            sequences.iter().for_each(|steps| claims.trie.add_steps(anchored, steps, payload as u32));
        }
        claims
    }

    /// The claims that begin at token `at`.
    pub(crate) fn read(
        &self,
        tokens: &[Token],
        at: usize,
        found: &mut Vec<Found>,
        mut tell: impl FnMut(usize, Cue),
    ) {
        found.clear();
        self.trie.find(tokens, at, false, &mut |_, _| None, found);
        for hit in found.iter() {
            if let Some(cue) = self.cues.get(hit.payload as usize) {
                tell(hit.end, cue.clone());
            }
        }
    }
}

/// The intent's own clauses, and the pack's patterns filled with its participles and objects.
fn patterns(pack: &Pack, intent: &Intent) -> Vec<String> {
    let done = intent.wording.done.iter().flat_map(|done| pack.spellings(done));
    let mut all: Vec<String> = done.map(|done| plain(&done)).collect();
    let verbs = || intent.wording.verb.iter();
    let mut objects: Vec<String> = verbs().filter_map(|verb| last_word(verb)).collect();
    objects.extend(intent.wording.deed.iter().filter_map(|deed| last_word(deed)));
    objects.sort();
    objects.dedup();
    let mut participles: Vec<String> = verbs()
        .filter_map(|verb| verb.split(' ').next())
        .map(|verb| pack.morphology.participle(verb))
        .collect();
    participles.sort();
    participles.dedup();
    if !participles.is_empty() && !objects.is_empty() {
        for claim in &pack.cues.claims {
            for participle in &participles {
                let claim = claim.replace("{participle}", participle);
                all.extend(objects.iter().map(|object| claim.replace("{object}", object)));
            }
        }
    }
    all.retain(|pattern| !words_of(pattern).is_empty());
    all
}

/// The noun at the end, unless it is a word too short to say anything ("it").
fn last_word(phrase: &str) -> Option<String> {
    let last = plain(phrase).split(' ').next_back()?.to_owned();
    (last.len() > 3).then_some(last)
}

/// Without what a pattern would take for its own signs.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '|' | '*' | '^')).collect()
}
