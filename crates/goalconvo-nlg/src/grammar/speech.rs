//! Expands rules into text: the one place where words are written, and where it is noted which value stands where.

use std::ops::Range;

use goalconvo_core::{IntentKind, Rng, Role, SlotKind, Value};

use super::forms::{self, Manner};
use super::words::{IntentWords, Phrase, Phrases, SlotWords};
use crate::pack::{Hole, Pack, Piece, RuleId, Rules, Spoken, Taste, span};

/// An act with a slot and a value, ready to be worded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    /// Index of the act.
    pub(crate) act: usize,
    pub(crate) slot: &'a SlotWords,
    pub(crate) value: &'a Value,
    /// Whether the speaker gave the same value a moment ago, for another task.
    pub(crate) again: bool,
}

mod lists;
mod values;

/// What the holes of a rule are filled from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame<'a> {
    pub(crate) intent: Option<&'a IntentWords>,
    pub(crate) items: Vec<Item<'a>>,
    /// Slots that are asked for.
    pub(crate) slots: Vec<&'a SlotWords>,
    pub(crate) label: Option<(usize, &'a Value)>,
    /// Entities that are proposed together.
    pub(crate) labels: Vec<(usize, &'a Value)>,
    pub(crate) count: Option<(usize, i64)>,
    pub(crate) message: Option<&'a str>,
}

/// A value in the text: which act's, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) act: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A text while it is written.
pub(crate) struct Speech<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) manner: Manner,
    pub(crate) taste: Taste,
    grammar: &'a Rules,
    pub(crate) rules: &'a super::RuleIds,
    pub(crate) text: String,
    pub(crate) marks: Vec<Mark>,
    /// Bytes that are a tool's or the policy's own words.
    pub(crate) verbatim: Vec<(usize, usize)>,
    /// How rare the frame is: bits of the alternatives drawn for its sentences.
    pub(crate) bits: u32,
    /// Where an "a" stands that may have to become "an".
    article: Option<usize>,
}

/// Weight of the first of a list, before it is divided by the rank.
const ZIPF: u32 = 27_720;

/// What each of a list weighs by its rank, together with those before it; what stands behind the last is never said.
const UPTO: [u32; 256] = {
    let mut weights = [0; 256];
    let (mut rank, mut upto) = (0, 0);
    while rank < weights.len() {
        upto += ZIPF / (rank as u32 + 1);
        weights[rank] = upto;
        rank += 1;
    }
    weights
};

/// In how many percent of the places where it can a word that two phrases share is said once.
const SHARED: u32 = 70;

/// In how many percent of the places where it can a wish is joined to what was taken before it.
const JOINED: u32 = 25;

/// In how many percent of the places where it can what kind of thing it is stands for the noun.
const KINDS: u32 = 94;

/// In how many percent of the places where it can a speaker points back at the same value.
const AGAIN: u32 = 45;

/// In which form a list of items is written.
#[derive(Clone, Copy)]
enum Predicate {
    Says,
    Should,
    Plural,
    Wish,
}

impl<'a> Speech<'a> {
    pub(crate) fn new(pack: &'a Pack, spoken: &'a Spoken, manner: Manner, taste: Taste) -> Self {
        Speech {
            pack,
            manner,
            taste,
            grammar: &spoken.rules,
            rules: &spoken.ids,
            text: String::with_capacity(160),
            marks: Vec::new(),
            verbatim: Vec::new(),
            bits: 0,
            article: None,
        }
    }

    /// Says a rule as a sentence of its own.
    pub(crate) fn say(&mut self, rule: RuleId, frame: &Frame<'a>, rng: &mut Rng) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.rule(rule, frame, rng);
        self.small(start);
    }

    /// Says a rule as a sentence of its own, or joins it to the one before with the pack's "and" when it is a clause
    /// that bears it.
    pub(crate) fn say_on(&mut self, rule: RuleId, frame: &Frame<'a>, rng: &mut Rng) {
        let before = self.text.len();
        self.say(rule, frame, rng);
        let join = &self.pack.morphology.join;
        let ended = before > 0 && self.text.as_bytes().get(before - 1) == Some(&b'.');
        let clause = self.text.get(before + 1..).unwrap_or_default();
        let fits = join
            .starts
            .iter()
            .any(|start| clause.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)));
        if !ended || !fits || self.manner.plain || !rng.chance(JOINED) {
            return;
        }
        // The full stop and the space make room for it.
        self.text.replace_range(before - 1..=before, &join.and);
        let grown = join.and.len() - 2;
        let moved = |at: usize| if at > before { at + grown } else { at };
        for mark in &mut self.marks {
            (mark.start, mark.end) = (moved(mark.start), moved(mark.end));
        }
        self.small(before - 1 + join.and.len());
    }

    /// Gives every sentence a capital; what stands in a value may change its case, never its letters.
    pub(crate) fn finish(&mut self) {
        let mut begins = true;
        let mut capitals = Vec::new();
        let text = self.text.as_bytes();
        for (at, byte) in text.iter().enumerate() {
            match byte {
                // A dot within a word ("ann.lee@example.com") ends nothing.
                b'.' | b'!' | b'?' => {
                    begins =
                        text.get(at + 1).is_none_or(|next| next.is_ascii() && !next.is_ascii_alphanumeric());
                }
                b' ' | b'\n' | b'\t' => {}
                _ => {
                    if begins && byte.is_ascii_lowercase() {
                        capitals.push(at);
                    }
                    begins = false;
                }
            }
        }
        for at in capitals {
            if let Some(first) = self.text.get_mut(at..=at) {
                first.make_ascii_uppercase();
            }
        }
    }

    fn rule(&mut self, rule: RuleId, frame: &Frame<'a>, rng: &mut Rng) {
        let grammar = self.grammar;
        let drawn =
            if self.manner.plain { grammar.first(rule) } else { grammar.draw(rule, &self.taste, rng) };
        if let Some(alternative) = drawn {
            #[cfg(feature = "derivations")]
            crate::derivation::alternative(grammar.number(alternative));
            self.bits += alternative.bits;
            self.pieces(span(&alternative.pieces), frame, rng);
        }
    }

    fn pieces(&mut self, pieces: Range<usize>, frame: &Frame<'a>, rng: &mut Rng) {
        let grammar = self.grammar;
        let mut at = pieces.start;
        while let Some(piece) = grammar.piece(at).filter(|_| at < pieces.end) {
            match piece {
                Piece::Text { start, len } => {
                    let text = grammar.text(start, len);
                    self.push(text);
                    self.may_be_an(text);
                }
                Piece::Rule(rule) => self.rule(rule, frame, rng),
                Piece::Hole(hole) => self.hole(hole, frame, rng),
                Piece::Pick { total, len } => {
                    let left =
                        if self.manner.plain || total == 0 { 0 } else { rng.below(usize::from(total)) };
                    let option = grammar.option(at, left as u16);
                    #[cfg(feature = "derivations")]
                    crate::derivation::option(at, option.start);
                    self.pieces(span(&option), frame, rng);
                    at += len as usize;
                    continue;
                }
                // Options stand in choices alone, which know their own.
                Piece::Option { .. } => {}
            }
            at += 1;
        }
    }

    /// An article in the end of a rule's text takes the form that what fills the hole after it asks for.
    fn may_be_an(&mut self, text: &str) {
        let [a, _] = self.pack.morphology.articles();
        let before = text.strip_suffix(' ').and_then(|text| text.strip_suffix(a));
        if before.is_some_and(|before| before.is_empty() || before.ends_with(' ')) {
            self.article = Some(self.text.len() - a.len() - 1);
        }
    }

    /// Writes text; an article before it takes the form that it asks for.
    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(at) = self.article.take() {
            let [a, an] = self.pack.morphology.articles();
            if self.pack.morphology.takes_none(text) {
                self.text.truncate(at);
            } else if self.pack.morphology.takes_an(text) {
                self.text.replace_range(at..at + a.len(), an);
            }
        }
        // Pieces that may be empty leave their spaces behind: no two together, none before a full stop.
        let mut text = text;
        if self.text.ends_with(' ') {
            text = text.trim_start_matches(' ');
            if text.starts_with(['.', ',', '?', '!', ':', ';', '\'']) {
                self.text.truncate(self.text.trim_end().len());
            }
        }
        self.text.push_str(text);
    }

    fn hole(&mut self, hole: Hole, frame: &Frame<'a>, rng: &mut Rng) {
        match hole {
            Hole::Np => self.noun_phrase(frame, false, rng),
            Hole::Nps => self.noun_phrase(frame, true, rng),
            Hole::Noun => {
                self.one_of(frame.intent.map(|intent| self.nouns(intent, frame, (false, false))), rng);
            }
            Hole::Nouns => {
                self.one_of(frame.intent.map(|intent| self.nouns(intent, frame, (true, false))), rng);
            }
            Hole::It => match frame.intent {
                // What has a price is what is done, not who does it.
                Some(intent) if !intent.pronoun.is_empty() && !is_money(frame) => {
                    self.one_of(Some(&intent.pronoun), rng);
                }
                _ => self.rule(self.rules.it, &Frame::default(), rng),
            },
            Hole::Tail => {
                if let Some(intent) = frame.intent.filter(|intent| !intent.tail.is_empty()) {
                    self.push(" ");
                    self.one_of(Some(&intent.tail), rng);
                }
            }
            Hole::Vp => {
                self.one_of(frame.intent.map(|intent| &intent.verb), rng);
                if !frame.items.is_empty() {
                    self.push(" ");
                    self.after(&frame.items, false, rng);
                }
            }
            Hole::Vp0 => self.one_of(frame.intent.map(|intent| &intent.verb), rng),
            Hole::After => self.after(&frame.items, false, rng),
            Hole::Before => self.before(&frame.items, rng),
            Hole::Says => self.predicates(&frame.items, Predicate::Says, rng),
            Hole::Should => self.predicates(&frame.items, Predicate::Should, rng),
            Hole::Wish => self.predicates(&frame.items, Predicate::Wish, rng),
            Hole::Value => frame.items.first().into_iter().for_each(|item| self.value(item, rng)),
            Hole::Values => self.values(frame, rng),
            Hole::Facts => self.facts(frame, rng),
            Hole::Slot => self.one_of(self.noun_of(frame), rng),
            Hole::Slots => self.slot_nouns(frame, true, rng),
            Hole::Bare => self.slot_nouns(frame, false, rng),
            Hole::Question => self.question(frame.slots.first(), rng),
            Hole::Question2 => self.question(frame.slots.get(1), rng),
            Hole::Ask => self.sentence(frame.slots.first().map(|slot| &slot.ask), rng),
            Hole::Ask2 => self.sentence(frame.slots.get(1).map(|slot| &slot.ask), rng),
            Hole::Label => self.label(frame),
            Hole::Labels => self.labels(frame, self.rules.list_and, rng),
            Hole::Either => self.labels(frame, self.rules.list_or, rng),
            Hole::Deed => self.one_of(frame.intent.map(|intent| &intent.deed), rng),
            Hole::Done => self.sentence(frame.intent.map(|intent| &intent.done), rng),
            Hole::Hope => self.any_of(frame.intent.map(|intent| &intent.hope), rng),
            Hole::Reason => self.any_of(frame.intent.map(|intent| &intent.reason), rng),
            Hole::Message => self.message(frame),
            Hole::Count => self.count(frame, rng),
        }
    }

    fn noun_of(&self, frame: &Frame<'a>) -> Option<&'a Vec<String>> {
        frame
            .slots
            .first()
            .map(|slot| &slot.nouns)
            .or_else(|| frame.items.first().map(|item| &item.slot.nouns))
    }

    fn one_of(&mut self, words: Option<&'a Vec<String>>, rng: &mut Rng) {
        let words = words.map_or(&[][..], Vec::as_slice);
        if let Some(word) = self.common(words, rng) {
            self.push(word);
        }
    }

    /// One of several that are listed with the commonest first: the second is said half as often as the first, the
    /// third a third as often, as words are (Zipf's law).
    fn common<T: std::fmt::Debug>(&self, all: &'a [T], rng: &mut Rng) -> Option<&'a T> {
        if self.manner.plain || all.len() < 2 {
            return all.first();
        }
        let upto = &UPTO[..all.len().min(UPTO.len())];
        let left = rng.below(upto.last().map_or(0, |total| *total as usize)) as u32;
        let drawn = all.get(upto.partition_point(|upto| *upto <= left));
        #[cfg(feature = "derivations")]
        crate::derivation::listed(all, drawn);
        drawn
    }

    /// A sentence of the domain's, with a small letter where it does not begin one.
    fn sentence(&mut self, all: Option<&'a Vec<String>>, rng: &mut Rng) {
        let start = self.text.len();
        self.one_of(all, rng);
        self.small(start);
    }

    /// One of the domain's sentences, none likelier than another.
    fn any_of(&mut self, all: Option<&'a Vec<String>>, rng: &mut Rng) {
        if let Some(text) = all.and_then(|all| rng.pick(all)) {
            self.push(text);
        }
    }

    /// A slot's own question, which may name what there is to choose from: that is nobody's act.
    fn question(&mut self, slot: Option<&&'a SlotWords>, rng: &mut Rng) {
        let start = self.text.len();
        self.sentence(slot.map(|slot| &slot.question), rng);
        if slot.is_some_and(|slot| slot.kind == SlotKind::Category) {
            self.verbatim.push((start, self.text.len()));
        }
    }

    /// Takes the capital from the word at `start` unless a sentence begins there.
    fn small(&mut self, start: usize) {
        let before = self.text.get(..start).unwrap_or_default().trim_end();
        let begins = before.is_empty() || before.ends_with(['.', '!', '?']);
        if begins || self.marks.iter().any(|mark| mark.start == start) {
            return;
        }
        let word = self.text.get(start..).unwrap_or_default();
        let word = word.split([' ', ',', '.']).next().unwrap_or_default();
        let all_capitals = word.len() > 1 && !word.bytes().any(|b| b.is_ascii_lowercase());
        if !all_capitals
            && !self.pack.morphology.keeps_capital(word)
            && let Some(first) = self.text.get_mut(start..=start)
        {
            first.make_ascii_lowercase();
        }
    }

    fn noun_phrase(&mut self, frame: &Frame<'a>, plural: bool, rng: &mut Rng) {
        let (mut before, mut after, mut says) = (Vec::new(), Vec::new(), Vec::new());
        let kind = self.kind(frame, rng);
        for item in frame.items.iter().filter(|item| kind.is_none_or(|kind| kind.act != item.act)) {
            let phrases = item.slot.phrases(item.value);
            let to_front = !phrases.before.is_empty()
                && before.len() < 2
                && (phrases.after.is_empty() || rng.chance(55));
            match () {
                () if to_front => before.push(*item),
                // "A place that is a hotel", but "places of the hotel type".
                () if item.slot.is_kind && !plural && !self.manner.plain => says.push(*item),
                () if !phrases.after.is_empty() && (phrases.says.is_empty() || rng.chance(92)) => {
                    after.push(*item);
                }
                () if !phrases.says.is_empty() => says.push(*item),
                () => after.push(*item),
            }
        }
        if !plural {
            let [a, _] = self.pack.morphology.articles();
            self.push(a);
            self.article = Some(self.text.len() - a.len());
            self.text.push(' ');
        }
        // "That my friends would like" is said of what is looked for, not of what is booked or filed.
        let searched = frame.intent.is_none_or(|intent| intent.kind == IntentKind::Search);
        let chatty = !plural && searched && self.manner.role == Role::User;
        let start = self.text.len();
        if chatty && frame.intent.is_none_or(|intent| !intent.person) {
            self.rule(self.rules.np_adj, frame, rng);
        }
        if !before.is_empty() {
            self.before(&before, rng);
            self.push(" ");
        }
        match kind {
            Some(kind) if plural => self.kinds(&kind, rng),
            Some(kind) => self.value(&kind, rng),
            None => {
                let alone = self.text.len() == start;
                self.one_of(frame.intent.map(|intent| self.nouns(intent, frame, (plural, alone))), rng);
            }
        }
        if !after.is_empty() {
            self.push(" ");
            self.after(&after, plural, rng);
        }
        if !says.is_empty() {
            self.push(" ");
            self.rule(self.rules.relative, frame, rng);
            self.push(" ");
            self.predicates(&says, if plural { Predicate::Plural } else { Predicate::Says }, rng);
        }
        if chatty {
            self.rule(self.rules.np_tail, frame, rng);
        }
    }

    /// The nouns for what an intent is about; `alone` those that may lack an article and adjectives.
    fn nouns(
        &self,
        intent: &'a IntentWords,
        frame: &Frame<'a>,
        (plural, alone): (bool, bool),
    ) -> &'a Vec<String> {
        // "A place to stay that is a hotel", where "a hotel that is a hotel" says it twice.
        let own = self.manner.role == Role::User && !frame.items.iter().any(|item| item.slot.is_kind);
        match (own, plural, alone) {
            (true, true, _) => &intent.plural,
            (true, false, true) => &intent.any_noun,
            (true, false, false) => &intent.noun,
            (false, true, _) => &intent.theirs.plural,
            (false, false, true) => &intent.theirs.any_noun,
            (false, false, false) => &intent.theirs.noun,
        }
    }

    /// What stands for the noun: "a museum"; not where the word alone would only say what the task is about ("a hotel").
    fn kind(&self, frame: &Frame<'a>, rng: &mut Rng) -> Option<Item<'a>> {
        let is_noun = |item: &&Item<'a>| {
            let nouns = frame.intent.map_or(&[][..], |intent| &intent.any_noun);
            nouns.iter().any(|noun| item.value.as_text() == Some(noun))
        };
        let mut kinds = frame.items.iter().filter(|item| item.slot.is_kind && !is_noun(item));
        kinds.next().copied().filter(|_| !self.manner.plain && rng.chance(KINDS))
    }

    fn before(&mut self, items: &[Item<'a>], rng: &mut Rng) {
        self.manner.attributive = true;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.push(" ");
            }
            self.phrase_or_value(&item.slot.phrases(item.value).before, item, rng);
        }
        self.manner.attributive = false;
    }

    /// What may stand behind a noun, by who speaks and whether it is about several things.
    fn behind(&self, phrases: &'a Phrases, plural: bool) -> &'a [Phrase] {
        match (plural, self.manner.role) {
            (true, _) => &phrases.after_many,
            (false, Role::Assistant) => &phrases.after_theirs,
            (false, Role::User) => &phrases.after,
        }
    }

    fn after(&mut self, items: &[Item<'a>], plural: bool, rng: &mut Rng) {
        let mut last = "";
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.push(" ");
            }
            let phrases = self.behind(item.slot.phrases(item.value), plural);
            let Some(phrase) = self.common(phrases, rng) else {
                self.fallback(self.rules.fallback_after, item, rng);
                last = "";
                continue;
            };
            // "for 3 people and 2 nights": what begins alike says its first word once.
            let (first, rest) = phrase.head.split_once(' ').unwrap_or((&phrase.head, ""));
            let shared = first == last && phrase.tail.is_some() && rng.chance(SHARED);
            if shared {
                self.rule(self.rules.list_and, &Frame::default(), rng);
                self.push(" ");
            }
            self.phrase(if shared { rest } else { &phrase.head }, phrase.tail.as_deref(), item, rng);
            if item.again && rng.chance(AGAIN) {
                let rule = match item.slot.kind {
                    SlotKind::Day | SlotKind::Date => self.rules.again_day,
                    SlotKind::Count => self.rules.again_count,
                    _ => self.rules.again,
                };
                self.rule(rule, &Frame::default(), rng);
            }
            last = first;
        }
    }

    fn predicates(&mut self, items: &[Item<'a>], form: Predicate, rng: &mut Rng) {
        for (at, item) in items.iter().enumerate() {
            self.separator(at, items.len(), rng);
            let phrases = item.slot.phrases(item.value);
            let phrases = match form {
                Predicate::Says => &phrases.says,
                Predicate::Should => &phrases.should,
                Predicate::Plural => &phrases.plural,
                Predicate::Wish => &phrases.wish,
            };
            if phrases.is_empty() {
                self.fallback(self.rules.fallback_says, item, rng);
            } else {
                self.phrase_or_value(phrases, item, rng);
            }
        }
    }

    fn fallback(&mut self, rule: RuleId, item: &Item<'a>, rng: &mut Rng) {
        let frame = Frame { items: vec![*item], ..Frame::default() };
        self.rule(rule, &frame, rng);
    }

    fn phrase_or_value(&mut self, phrases: &'a [Phrase], item: &Item<'a>, rng: &mut Rng) {
        match self.common(phrases, rng) {
            Some(Phrase { head, tail }) => self.phrase(head, tail.as_deref(), item, rng),
            None => self.value(item, rng),
        }
    }

    /// A phrase without a noun before it: "make it with parking", where "make it that has parking" lacks one.
    fn phrase_alone(&mut self, phrases: &'a [Phrase], item: &Item<'a>, rng: &mut Rng) {
        let clause = |phrase: &Phrase| self.pack.morphology.is_clause(&phrase.head);
        let drawn = self.common(phrases, rng).filter(|phrase| !clause(phrase));
        match drawn.or_else(|| phrases.iter().find(|phrase| !clause(phrase))) {
            Some(Phrase { head, tail }) => self.phrase(head, tail.as_deref(), item, rng),
            None => self.phrase_or_value(phrases, item, rng),
        }
    }

    /// A phrase with its value; one that has no place for a value says it by itself.
    fn phrase(&mut self, head: &'a str, tail: Option<&'a str>, item: &Item<'a>, rng: &mut Rng) {
        match tail {
            Some(tail) => {
                self.push(head);
                // "in the moderate price range", never "in the moderately priced price range".
                let manner =
                    Manner { own_words: tail.is_empty() || tail.starts_with([',', '.']), ..self.manner };
                let mut said = String::new();
                forms::write(self.pack, item.slot, item.value, manner, rng, &mut said);
                self.mark(item.act, &said);
                self.push(tail);
            }
            None => {
                let start = self.text.len();
                self.push(head);
                self.marks.push(Mark { act: item.act, start, end: self.text.len() });
            }
        }
    }
}

/// Whether what is told is a price.
fn is_money(frame: &Frame<'_>) -> bool {
    frame.items.iter().any(|item| item.slot.kind == SlotKind::Money)
}
