//! Finds sequences of words, with holes and gaps, at a place of a token list: the one matcher of this crate.
//!
//! A pattern is written `i (have|ve) [just] booked * table`: `(a|b)` one of them, `[a]` may be left out, `*` up to
//! three words, `{hole}` something that the caller reads (an hour, a month). A leading `^` asks for the start of a
//! sentence, `\[` is the sign itself. Patterns become paths in one hash table keyed by the hash of the words so far,
//! so a look-up costs one probe a token however many patterns there are.

use std::collections::BTreeMap;

use crate::token::{Token, mix, word_hash};

/// How many words a `*` may stand for.
const GAP: usize = 3;
const GAP_WORD: u64 = 0x51ed_270b_9f3c_11d7;
const START: u64 = 0x2545_f491_4f6c_dd1d;
const ANCHORED: u64 = 0x8a5c_d789_635d_2dff;
/// More expansions than this in one pattern are a mistake in the pack.
const LIMIT: usize = 4096;

/// One step of a pattern without alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A word's hash.
    Word(u64),
    /// A hole's number.
    Hole(u8),
    /// Up to [`GAP`] words.
    Gap,
}

/// What stands after some words: small, since a reading asks for many of them, all over the memory.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The first pattern that ends here; [`NONE`] where none does.
    end: u32,
    /// The holes that go on, a bit each.
    holes: u16,
    gap: bool,
    more: bool,
}

/// In place of a payload.
const NONE: u32 = u32::MAX;

impl Default for Node {
    fn default() -> Self {
        Node { end: NONE, holes: 0, gap: false, more: false }
    }
}

/// A hash of hashes is not hashed again.
#[derive(Default, Clone, Debug)]
pub(crate) struct Same(u64);

impl std::hash::Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// Words by their hashes.
#[expect(clippy::disallowed_types, reason = "only looked up, never walked: its order reaches nothing")]
pub(crate) type Hashes = std::collections::HashSet<u64, std::hash::BuildHasherDefault<Same>>;

#[expect(clippy::disallowed_types, reason = "only looked up, never walked: its order reaches nothing")]
type Nodes = std::collections::HashMap<u64, Node, std::hash::BuildHasherDefault<Same>>;

/// Patterns by their words; a pattern's payload is a number that the owner knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trie {
    nodes: Nodes,
    /// The other patterns that end where one does already, by the state there.
    further: BTreeMap<u64, Vec<u32>>,
    /// The first words, some of them more than once.
    firsts: Vec<u64>,
    /// How patterns begin, asked before the nodes are, which are many and far apart: the state after two words, or
    /// after one where not only words come next.
    begins: Words,
    /// Whether some pattern begins with a hole or a gap.
    open: bool,
}

/// A set of words by some bits of their hashes: what is not in it begins no pattern, and most words don't.
#[derive(Clone, Debug)]
pub(crate) struct Words(Box<[u64; 512]>);

impl Default for Words {
    fn default() -> Self {
        Words(Box::new([0; 512]))
    }
}

impl Words {
    pub(crate) fn add(&mut self, word: u64) {
        if let Some(bits) = self.0.get_mut((word >> 6) as usize & 511) {
            *bits |= 1 << (word & 63);
        }
    }

    /// False only when the word was never added.
    pub(crate) fn may_have(&self, word: u64) -> bool {
        self.0.get((word >> 6) as usize & 511).is_some_and(|bits| bits >> (word & 63) & 1 == 1)
    }
}

/// A pattern found: its payload and where it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) payload: u32,
    /// Index of the token after the last one.
    pub(crate) end: usize,
    /// Indices of the tokens at which the holes 0 and 1 were read last.
    pub(crate) holes: [Option<usize>; 2],
}

/// Reads a hole at a token: the index of the token after it.
pub(crate) type ReadHole<'a> = &'a mut dyn FnMut(u8, usize) -> Option<usize>;

impl Trie {
    /// Adds a plain sequence of words.
    pub(crate) fn add_words(&mut self, words: impl Iterator<Item = u64>, payload: u32) {
        let mut words = words.peekable();
        let Some(first) = words.next() else { return };
        self.begin(START, first, words.peek().copied());
        let mut state = START;
        for word in std::iter::once(first).chain(words) {
            self.nodes.entry(state).or_default().more = true;
            state = mix(state, word);
        }
        self.end(state, payload);
    }

    /// Adds one expansion of a pattern.
    pub(crate) fn add_steps(&mut self, anchored: bool, steps: &[Step], payload: u32) {
        let mut state = if anchored { ANCHORED } else { START };
        match steps {
            [Step::Word(first), Step::Word(second), ..] => self.begin(state, *first, Some(*second)),
            [Step::Word(first), ..] => self.begin(state, *first, None),
            _ => self.open = true,
        }
        for step in steps {
            let node = self.nodes.entry(state).or_default();
            state = match step {
                Step::Word(word) => {
                    node.more = true;
                    mix(state, *word)
                }
                Step::Hole(hole) => {
                    node.holes |= 1 << hole;
                    mix(state, u64::from(*hole) + 1)
                }
                Step::Gap => {
                    node.gap = true;
                    mix(state, GAP_WORD)
                }
            };
        }
        self.end(state, payload);
    }

    fn begin(&mut self, start: u64, first: u64, second: Option<u64>) {
        if self.firsts.last() != Some(&first) {
            self.firsts.push(first);
        }
        let state = mix(start, first);
        self.begins.add(second.map_or(state, |second| mix(state, second)));
    }

    fn end(&mut self, state: u64, payload: u32) {
        let node = self.nodes.entry(state).or_default();
        if node.end == NONE {
            node.end = payload;
        } else if node.end != payload {
            let others = self.further.entry(state).or_default();
            if !others.contains(&payload) {
                others.push(payload);
            }
        }
    }

    /// The words that patterns begin with, some of them more than once; `None` when one begins with a hole or a gap.
    pub(crate) fn firsts(&self) -> Option<&[u64]> {
        (!self.open).then_some(&self.firsts)
    }

    /// The same of those patterns that begin with a word.
    pub(crate) fn own_firsts(&self) -> &[u64] {
        &self.firsts
    }

    /// Forgets that first words were given more than once.
    pub(crate) fn settle(&mut self) {
        self.firsts.sort_unstable();
        self.firsts.dedup();
    }

    /// Gives the patterns that have several payloads this one in place of them.
    pub(crate) fn merge_shared(&mut self, payload: u32) {
        for state in std::mem::take(&mut self.further).into_keys() {
            self.nodes.entry(state).or_default().end = payload;
        }
    }

    /// Whether a plain sequence of these words, and no more, was added.
    pub(crate) fn has(&self, words: &[u64]) -> bool {
        let state = words.iter().fold(START, |state, word| mix(state, *word));
        self.nodes.get(&state).is_some_and(|node| node.end != NONE)
    }

    /// All patterns that begin at token `at`, in no particular order.
    pub(crate) fn find(
        &self,
        tokens: &[Token],
        at: usize,
        sentence_start: bool,
        hole: ReadHole<'_>,
        found: &mut Vec<Found>,
    ) {
        let Some(token) = tokens.get(at) else { return };
        let starts = if sentence_start { &[START, ANCHORED][..] } else { &[START] };
        for start in starts {
            let (state, holes) = (mix(*start, token.word), [None; 2]);
            if self.open {
                self.walk(tokens, Place { at, state: *start, holes }, hole, found);
            } else if self.begins.may_have(state) {
                self.walk(tokens, Place { at: at + 1, state, holes }, hole, found);
            } else if let Some(next) = tokens.get(at + 1) {
                // Nothing ends behind the first word, and only words come next.
                let state = mix(state, next.word);
                if self.begins.may_have(state) {
                    self.walk(tokens, Place { at: at + 2, state, holes }, hole, found);
                }
            }
        }
    }

    fn walk(&self, tokens: &[Token], mut place: Place, hole: ReadHole<'_>, found: &mut Vec<Found>) {
        while let Some(node) = self.nodes.get(&place.state) {
            let Place { at, state, holes } = place;
            if node.end != NONE && tokens.get(at).is_none_or(|next| !next.glued) {
                let others = self.further.get(&state).into_iter().flatten().copied();
                let ends = std::iter::once(node.end).chain(others);
                found.extend(ends.map(|payload| Found { payload, end: at, holes }));
            }
            let mut open = node.holes;
            while open != 0 {
                let which = open.trailing_zeros() as u8;
                open &= open - 1;
                if let Some(after) = hole(which, at) {
                    let mut next = Place { at: after, state: mix(state, u64::from(which) + 1), holes };
                    if let Some(read) = next.holes.get_mut(usize::from(which)) {
                        *read = Some(at);
                    }
                    self.walk(tokens, next, hole, found);
                }
            }
            if node.gap {
                let state = mix(state, GAP_WORD);
                let words = tokens.get(at..).unwrap_or_default().iter().take(GAP);
                let words = words.take_while(|token| token.kind != crate::token::Kind::Mark).count();
                (at..=at + words).for_each(|at| self.walk(tokens, Place { at, state, holes }, hole, found));
            }
            let Some(token) = tokens.get(at).filter(|_| node.more) else { return };
            place.state = mix(state, token.word);
            place.at += 1;
        }
    }
}

/// Where a walk is: at a token, after some words, with the holes read so far.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    state: u64,
    holes: [Option<usize>; 2],
}

/// Expands a pattern into its sequences; the flag says whether it is anchored at a sentence's start.
///
/// # Errors
/// What is wrong with the pattern, as a fragment.
pub(crate) fn expand(pattern: &str, holes: &[&str]) -> Result<(bool, Vec<Vec<Step>>), String> {
    let (anchored, pattern) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let mut rest = pattern;
    let sequences = alternatives(&mut rest, holes)?;
    if !rest.is_empty() {
        return Err(format!("unexpected {rest:?} in pattern {pattern:?}"));
    }
    if sequences.iter().any(Vec::is_empty) {
        return Err(format!("pattern {pattern:?} fits nothing at all, so it would fit everywhere"));
    }
    Ok((anchored, sequences))
}

fn alternatives(rest: &mut &str, holes: &[&str]) -> Result<Vec<Vec<Step>>, String> {
    let mut all = sequence(rest, holes)?;
    while let Some(after) = rest.strip_prefix('|') {
        *rest = after;
        all.extend(sequence(rest, holes)?);
    }
    Ok(all)
}

fn sequence(rest: &mut &str, holes: &[&str]) -> Result<Vec<Vec<Step>>, String> {
    let mut all: Vec<Vec<Step>> = vec![Vec::new()];
    while let Some(first) = rest.chars().next() {
        let options = match first {
            '|' | ')' | ']' => break,
            '(' | '[' => group(rest, first, holes)?,
            '*' => {
                *rest = &rest[1..];
                vec![vec![Step::Gap]]
            }
            '{' => vec![vec![hole(rest, holes)?]],
            '\\' => {
                let sign = rest.get(1..2).unwrap_or_default();
                *rest = rest.get(2..).unwrap_or_default();
                vec![words_of(sign).into_iter().map(Step::Word).collect()]
            }
            _ => vec![literal(rest)],
        };
        all = all.iter().flat_map(|head| options.iter().map(|tail| [&head[..], tail].concat())).collect();
        if all.len() > LIMIT {
            return Err(format!("a pattern has more than {LIMIT} forms; write it as two"));
        }
    }
    Ok(all)
}

fn group(rest: &mut &str, open: char, holes: &[&str]) -> Result<Vec<Vec<Step>>, String> {
    *rest = &rest[1..];
    let mut options = alternatives(rest, holes)?;
    let close = if open == '(' { ')' } else { ']' };
    *rest = rest.strip_prefix(close).ok_or_else(|| format!("{open:?} without {close:?}"))?;
    if open == '[' {
        options.push(Vec::new());
    }
    Ok(options)
}

fn hole(rest: &mut &str, holes: &[&str]) -> Result<Step, String> {
    let (name, after) = rest[1..].split_once('}').ok_or("'{' without '}'")?;
    *rest = after;
    let number = holes.iter().position(|known| *known == name);
    let number = number.ok_or_else(|| format!("unknown hole {{{name}}}; known are {}", holes.join(", ")))?;
    Ok(Step::Hole(number as u8))
}

fn literal(rest: &mut &str) -> Vec<Step> {
    let end = rest.find(['(', ')', '[', ']', '|', '{', '*', '\\']).unwrap_or(rest.len());
    let (text, after) = rest.split_at(end);
    *rest = after;
    let mut tokens = Vec::new();
    crate::token::tokenize(text, &mut tokens);
    tokens.iter().map(|token| Step::Word(token.word)).collect()
}

/// The hashes of a text's words.
pub(crate) fn words_of(text: &str) -> Vec<u64> {
    let mut tokens = Vec::new();
    crate::token::tokenize(text, &mut tokens);
    tokens.iter().map(|token| token.word).collect()
}

/// The hash of one word, for tables of words.
pub(crate) fn word(text: &str) -> u64 {
    word_hash(text)
}
