//! The lexicon: what values and cues a text holds, whoever wrote it.
//!
//! It knows the values of a stage's domains (slot values, spoken forms, table columns that are slots) and, through
//! the pack, how numbers, times, money, dates and codes are said. Values that no table holds are seen too when they
//! look like values: every digit of a text belongs to some mention, so an invented number can't hide.

mod begins;
mod claims;
mod codes;
mod contexts;
mod glossary;
mod numbers;
mod phrases;
mod topics;
mod vocabulary;

use std::ops::Range;
use std::sync::Arc;

use goalconvo_core::{Cue, Domain, Mention, Reading, Role, SlotKind, Value};
use smol_str::SmolStr;

use crate::pack::{CueKind, Pack};
use crate::token::{Kind, Token, tokenize};
use crate::trie::Found;
use begins::Begins;
use claims::Claims;
pub use glossary::Glossary;
use glossary::Part;
use numbers::Scan;
use topics::Topics;

/// Reads texts about some domains.
#[derive(Clone, Debug)]
pub struct Lexicon {
    pack: &'static Pack,
    /// What is each domain's own, in their order.
    parts: Vec<Arc<Part>>,
    begins: Begins,
    claims: Claims,
    topics: Topics,
    /// Words for money that is not the domains' own.
    foreign_money: Vec<u64>,
    units: Vec<u64>,
    /// First and last year that a date without one may mean.
    years: [i64; 2],
}

/// A value found: tokens and meaning.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    start: usize,
    end: usize,
    values: Vec<Value>,
    kind: SlotKind,
    /// As a mention has them.
    slots: Vec<SmolStr>,
}

impl Spot {
    fn new(start: usize, end: usize, values: Vec<Value>, kind: SlotKind) -> Self {
        Spot { start, end, values, kind, slots: vec![] }
    }
}

/// The best reading of one place: the one that ends last; of two that end together the one offered first, which
/// learns the other's meanings.
#[derive(Default)]
pub(crate) struct Spots {
    best: Option<Spot>,
}

impl Spots {
    fn offer(&mut self, spot: Spot) {
        match &mut self.best {
            Some(best) if spot.end < best.end => {}
            Some(best) if spot.end == best.end => {
                let new = spot.values.into_iter().filter(|value| !best.values.contains(value));
                best.values.extend(new.collect::<Vec<_>>());
                best.slots.extend(spot.slots);
            }
            best => *best = Some(spot),
        }
    }
}

impl Lexicon {
    /// The lexicon of these domains.
    pub fn new(pack: &'static Pack, domains: &[Arc<Domain>]) -> Self {
        Lexicon::with(&Glossary::default(), pack, domains)
    }

    /// The same, with what the glossary keeps of single domains.
    pub fn with(glossary: &Glossary, pack: &'static Pack, domains: &[Arc<Domain>]) -> Self {
        let parts = glossary.parts(pack, domains);
        let (claims, topics) = (Claims::new(pack, domains), Topics::new(domains));
        let mut begins = Begins::new();
        begins.add(begins::USER, pack.cues.user.firsts());
        begins.add(begins::ASSISTANT, pack.cues.assistant.firsts());
        begins.add(begins::TOPIC, topics.firsts());
        begins.add(begins::VALUE, Some(&pack.values.starters));
        claims.firsts(pack).into_iter().for_each(|firsts| begins.add(begins::CLAIM, firsts));
        parts.iter().for_each(|part| begins.add(begins::PHRASE, part.phrases.firsts()));
        Lexicon {
            pack,
            parts,
            begins,
            claims,
            topics,
            foreign_money: topics::foreign_money(pack, domains),
            units: phrases::units(domains),
            years: phrases::years(domains),
        }
    }

    /// What `text` says, in the mouth of `role`.
    pub fn read(&self, role: Role, text: &str) -> Reading {
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        let mentions = self.mentions(role, text, &tokens);
        let mut cues = self.cues(role, text, &tokens, &mentions);
        let may = |token: &Token| self.begins.with(token.word) & begins::TOPIC != 0;
        self.topics.read(&tokens, may, &mentions, &mut cues);
        let strange = match role {
            Role::User => vec![],
            Role::Assistant => vocabulary::strange(&tokens, &mentions, |word| self.has(word)),
        };
        Reading { mentions, cues, strange }
    }

    /// Whether the pack or a domain has a word.
    fn has(&self, word: u64) -> bool {
        let brought = || self.parts.iter().any(|part| part.vocabulary.has(word));
        self.pack.words.contains(&word) || brought()
    }

    fn mentions(&self, role: Role, text: &str, tokens: &[Token]) -> Vec<Mention> {
        let scan = Scan { values: &self.pack.values, units: &self.units, text, tokens };
        let mut mentions: Vec<Mention> = Vec::new();
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let Some(spot) = self.spot(&scan, at, &mut found) else {
                at += 1;
                continue;
            };
            at = spot.end.max(at + 1);
            if let (Some(first), Some(last)) = (tokens.get(spot.start), tokens.get(spot.end - 1)) {
                let span = first.start as usize..last.end as usize;
                let spot = self.placed(tokens, spot);
                let twisted = self.is_twisted(role, tokens, &spot);
                mentions.push(Mention {
                    span,
                    values: spot.values,
                    kind: spot.kind,
                    twisted,
                    slots: spot.slots,
                });
            }
        }
        mentions
    }

    /// A value with the slots that the words before it leave for it.
    fn placed(&self, tokens: &[Token], mut spot: Spot) -> Spot {
        if spot.kind != SlotKind::Flag {
            let mut words = 0;
            for part in &self.parts {
                let mut slots = std::mem::take(&mut spot.slots);
                part.contexts.read(tokens, &spot, (&mut words, &mut slots));
                spot.slots = slots;
            }
        }
        spot
    }

    /// Whether words before a value, or the money it is in, make another value of it.
    fn is_twisted(&self, role: Role, tokens: &[Token], spot: &Spot) -> bool {
        let is_number = matches!(
            spot.kind,
            SlotKind::Money | SlotKind::Count | SlotKind::Number | SlotKind::Time | SlotKind::Duration
        );
        // Users have bounds ("before noon") that are their values, and pay in what money they like.
        let told = role == Role::Assistant;
        let before = tokens.get(..spot.start).unwrap_or_default();
        let ends_with = |words: &[u64]| {
            before.len() >= words.len()
                && before.iter().rev().zip(words.iter().rev()).all(|(token, word)| token.word == *word)
        };
        let twisted =
            |(words, numbers): &(Vec<u64>, bool)| ((told && is_number) || !numbers) && ends_with(words);
        let own = tokens.get(spot.start..spot.end).unwrap_or_default();
        let foreign = || own.iter().any(|token| self.foreign_money.contains(&token.word));
        self.pack.cues.twists.iter().any(twisted) || (told && spot.kind == SlotKind::Money && foreign())
    }

    /// The longest value that begins at token `at`.
    fn spot(&self, scan: &Scan<'_>, at: usize, found: &mut Vec<Found>) -> Option<Spot> {
        let token = scan.token(at)?;
        if token.glued {
            // Digits in the middle of a word that nothing claimed.
            return (token.kind == Kind::Digits)
                .then(|| Spot::new(at, at + 1, vec![Value::text(scan.str(token))], SlotKind::Number));
        }
        if token.kind == Kind::Mark
            && let Some(spot) = scan.below_zero(at)
        {
            return Some(spot);
        }
        let mut spots = Spots::default();
        let begins = self.begins.with(token.word);
        if begins & begins::PHRASE != 0 {
            self.parts.iter().for_each(|part| part.phrases.read(scan, at, found, &mut spots));
        }
        let digits = token.kind == Kind::Digits;
        if digits || begins & begins::VALUE != 0 {
            found.clear();
            self.pack.values.trie.find(scan.tokens, at, false, &mut |which, at| scan.hole(which, at), found);
            for form in found.iter() {
                if let Some(spot) = scan.form(*form, at, self.years) {
                    spots.offer(spot);
                }
            }
            scan.number(at, &mut spots);
            scan.words(at, &mut spots);
        }
        let is_digits = |at: usize| scan.token(at).is_some_and(|next| next.kind == Kind::Digits);
        let joined = scan.token(at + 1).is_some_and(|next| next.kind == Kind::Mark) && is_digits(at + 2);
        if digits || is_digits(at + 1) || joined || self.is_capital_code(scan, token) {
            codes::known(&self.parts.iter().map(|part| &part.codes), scan, at, &mut spots);
            codes::unknown(scan, at, &mut spots);
        }
        spots.best
    }

    /// Whether a word may be a reference without a digit in it.
    fn is_capital_code(&self, scan: &Scan<'_>, token: &Token) -> bool {
        (token.end - token.start) as usize == self.pack.values.reference_length
            && scan.str(token).bytes().all(|b| b.is_ascii_uppercase())
    }

    fn cues(
        &self,
        role: Role,
        text: &str,
        tokens: &[Token],
        mentions: &[Mention],
    ) -> Vec<(Range<usize>, Cue)> {
        let mut cues = Vec::new();
        let mut harmless: Vec<Range<usize>> = Vec::new();
        let (trie, own) = match role {
            Role::User => (&self.pack.cues.user, begins::USER),
            Role::Assistant => (&self.pack.cues.assistant, begins::ASSISTANT),
        };
        let mut found = Vec::new();
        let mut sentence_start = true;
        let mut asked = false;
        for (at, token) in tokens.iter().enumerate() {
            let begins = self.begins.with(token.word);
            found.clear();
            if begins & own != 0 {
                trie.find(tokens, at, sentence_start, &mut |_, _| None, &mut found);
            }
            let span = |end: usize| bytes(tokens, at, end);
            for pattern in &found {
                let Some(kind) = self.pack.cues.kinds.get(pattern.payload as usize) else { continue };
                if *kind == CueKind::Question && asked {
                    continue;
                }
                asked |= *kind == CueKind::Question;
                match public(*kind) {
                    Some(cue) => push(&mut cues, span(pattern.end), cue),
                    None => harmless.push(span(pattern.end)),
                }
            }
            if role == Role::Assistant && begins & begins::CLAIM != 0 {
                let tell = |end: usize, cue: &Cue| push(&mut cues, span(end), cue.clone());
                self.claims.read(self.pack, tokens, at, &mut found, tell);
            }
            sentence_start = ends_sentence(text, tokens, at);
            asked &= !sentence_start;
        }
        // "Have a good evening" greets nobody, and what is a part of a value ("without a stopover") denies none.
        let farewells = cues.iter().filter(|(_, cue)| *cue == Cue::Farewell);
        let partings: Vec<Range<usize>> = farewells.map(|(span, _)| span.clone()).collect();
        harmless.extend(mentions.iter().map(|mention| mention.span.clone()));
        cues.retain(|(span, cue)| {
            let within = |parts: &[Range<usize>]| {
                parts.iter().any(|part| part.start < span.end && span.start < part.end)
            };
            match cue {
                Cue::Greeting => !within(&partings),
                Cue::Denial => !within(&harmless),
                _ => true,
            }
        });
        cues
    }
}

/// Adds a cue; of two of one sort that begin together the longer one counts.
fn push(cues: &mut Vec<(Range<usize>, Cue)>, span: Range<usize>, cue: Cue) {
    match cues
        .iter_mut()
        .find(|(known, same)| known.start <= span.start && span.start < known.end && *same == cue)
    {
        Some((known, _)) => known.end = known.end.max(span.end),
        None => cues.push((span, cue)),
    }
}

/// The cue; none for what is no cue by itself.
fn public(kind: CueKind) -> Option<Cue> {
    Some(match kind {
        CueKind::Greeting => Cue::Greeting,
        CueKind::Farewell => Cue::Farewell,
        CueKind::Thanks => Cue::Thanks,
        CueKind::Question => Cue::Question,
        CueKind::Leak => Cue::Leak,
        CueKind::OtherRole => Cue::OtherRole,
        CueKind::VagueClaim => Cue::VagueClaim,
        CueKind::Scarce => Cue::Scarce,
        CueKind::Unbacked => Cue::Unbacked,
        CueKind::NothingFound => Cue::NothingFound,
        CueKind::Failure => Cue::Failure,
        CueKind::Yes => Cue::Yes,
        CueKind::No => Cue::No,
        CueKind::Withdrawal => Cue::Withdrawal,
        CueKind::Agreeable => Cue::Agreeable,
        CueKind::Assent => Cue::Assent,
        CueKind::Declined => Cue::Declined,
        CueKind::More => Cue::More,
        CueKind::Denial => Cue::Denial,
        CueKind::Harmless => return None,
    })
}

fn bytes(tokens: &[Token], start: usize, end: usize) -> Range<usize> {
    let from = tokens.get(start).map_or(0, |token| token.start as usize);
    let to = tokens.get(end.saturating_sub(1)).map_or(from, |token| token.end as usize);
    from..to
}

/// Whether the token after `at` begins a sentence.
fn ends_sentence(text: &str, tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| {
        token.kind == Kind::Mark
            && matches!(text.get(token.start as usize..token.end as usize), Some("." | "!" | "?" | ";"))
    })
}
