//! The grammar's side of a mined bank: what banks ask about acts, and words of a template read back.

use std::ops::Range;
use std::sync::Arc;

use goalconvo_core::{Act, ActKind, IntentKind, Rng, Role, SlotKind, Value};
use smol_str::SmolStr;

use super::forms::{self, Manner};
use super::speech::{Mark, Speech};
use super::{Grammar, Trace, Worded, Wording, check, finish, taste};
use crate::bank::{Bank, SPLIT};
use crate::pack::Ranking;

/// So many acts may be left to a second template.
const LEFT_OVER: usize = 2;

/// So many templates are tried before the grammar speaks.
const TRIES: usize = 3;

/// A template with its values: which act's stands where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    pub(crate) text: String,
    pub(crate) spans: Vec<(usize, Range<usize>)>,
}

impl Grammar {
    /// The same grammar, which says what it can with the templates of a bank.
    #[must_use]
    pub fn with_bank(mut self, bank: Arc<Bank>) -> Self {
        self.bank = Some(bank);
        self
    }

    /// Words of the bank: one template for all acts, or one for the first and one for the last of them.
    pub(super) fn banked(&self, wording: &Wording<'_>, rng: &mut Rng) -> Option<Worded> {
        let bank = self.bank.as_deref()?;
        let acts = wording.acts.len();
        let most = LEFT_OVER.min(acts.saturating_sub(1));
        let two_first = most > 0 && rng.chance(SPLIT);
        for at in 0..=most {
            let left_over = if two_first { (at + 1) % (most + 1) } else { at };
            for _ in 0..TRIES {
                let mut speech = self.speech(wording);
                let parts = [0..acts - left_over, acts - left_over..acts];
                if !parts.into_iter().all(|part| self.add(bank, wording, part, &mut speech, rng)) {
                    break;
                }
                self.mark_flags(wording, &mut speech);
                if let Ok(reading) = check::check(&self.lexicon, wording, &speech, self.who(wording)) {
                    let trace = Trace::of(&speech.text);
                    return Some(Worded { mined: true, ..finish(speech, reading, trace) });
                }
            }
        }
        None
    }

    /// Whether the grammar's words may stand beside the bank's, by a draw: the more of them its corpus does not usually
    /// put together, the less. Without a bank they may.
    pub(super) fn is_usual(&self, ranking: &Ranking, speech: &Speech<'_>, rng: &mut Rng) -> bool {
        let Some(bank) = self.bank.as_deref() else { return true };
        let mut values: Vec<(usize, usize)> =
            speech.marks.iter().map(|mark| (mark.start, mark.end)).collect();
        values.push((speech.text.len(), speech.text.len()));
        values.sort_unstable();
        let (mut at, mut all, mut odd) = (0, 0, 0);
        for (start, end) in values {
            let (pairs, unusual) = bank.usual().count(speech.text.get(at..start).unwrap_or_default());
            (at, all, odd) = (end, all + pairs, odd + unusual);
        }
        // A text of a few words is not judged by one of them.
        let chance = ranking.bank.unusual * odd * 10 / (all + 10);
        !rng.chance(chance.min(ranking.most))
    }

    fn speech<'a>(&'a self, wording: &Wording<'a>) -> Speech<'a> {
        let manner = Manner {
            role: wording.role,
            plain: false,
            own_words: false,
            attributive: false,
            style: self.style,
        };
        Speech::new(self.pack, self.spoken, manner, taste(wording.traits))
    }

    /// Says these of the acts with a template, as sentences of their own; whether there is one.
    fn add(
        &self,
        bank: &Bank,
        wording: &Wording<'_>,
        part: Range<usize>,
        speech: &mut Speech<'_>,
        rng: &mut Rng,
    ) -> bool {
        let first = part.start;
        let acts = wording.acts.get(part).unwrap_or_default();
        if acts.is_empty() {
            return true;
        }
        let Some(filled) = bank.draw(self, wording.role, acts, rng) else { return false };
        if !speech.text.is_empty() {
            let ends = speech.text.ends_with(['.', '?', '!']);
            speech.text.push_str(if ends { " " } else { ". " });
        }
        let before = speech.text.len();
        speech.text.push_str(&filled.text);
        let mark = |(act, span): (usize, Range<usize>)| Mark {
            act: act + first,
            start: span.start + before,
            end: span.end + before,
        };
        speech.marks.extend(filled.spans.into_iter().map(mark));
        true
    }

    /// Flags have no hole in a template: their words are found by reading it.
    fn mark_flags(&self, wording: &Wording<'_>, speech: &mut Speech<'_>) {
        let reading = self.lexicon.read(wording.role, &speech.text);
        let mut taken: Vec<usize> = Vec::new();
        for (at, act) in wording.acts.iter().enumerate() {
            let marked = speech.marks.iter().any(|mark| mark.act == at);
            if marked || !matches!(act.value, Some(Value::Bool(_))) {
                continue;
            }
            let place = reading.mentions.iter().enumerate().find(|(place, mention)| {
                mention.kind == SlotKind::Flag && mention.says(act) && !taken.contains(place)
            });
            if let Some((place, mention)) = place {
                taken.push(place);
                speech.marks.push(Mark { act: at, start: mention.span.start, end: mention.span.end });
            }
        }
    }

    /// What sort of task an act is about, and whether the task is about a thing found before.
    pub(crate) fn task(&self, act: &Act) -> Option<(IntentKind, bool)> {
        let intent = self.intent(act).ok()?;
        Some((intent.kind, intent.of_entity))
    }

    /// The kind of an act's slot.
    pub(crate) fn kind(&self, act: &Act) -> Option<SlotKind> {
        self.slot(act).ok().map(|slot| slot.kind)
    }

    /// Whether what a user says belongs to a booking and not to the search before it.
    pub(crate) fn is_of_booking(&self, act: &Act) -> bool {
        act.act == ActKind::Inform && self.slot(act).is_ok_and(|slot| slot.booking)
    }

    /// The domain's search, or its booking.
    pub(crate) fn task_of(&self, domain: &str, booking: bool) -> Option<SmolStr> {
        let intents = &self.domains.get(domain)?.intents;
        let fits = |of_entity: bool, kind: IntentKind| {
            if booking { kind == IntentKind::Transact && of_entity } else { !of_entity }
        };
        intents.iter().find(|(_, intent)| fits(intent.of_entity, intent.kind)).map(|(name, _)| name.clone())
    }

    /// Whether the word after a number is in the number that it asks for. Things are counted in the plural.
    pub(crate) fn agrees(&self, act: &Act, value: &Value, next: Option<&str>) -> bool {
        let one = *value == Value::Int(1);
        if act.act == ActKind::Count {
            return !one;
        }
        let units = self.slot(act).map(|slot| slot.unit.as_slice()).unwrap_or_default();
        let is = |unit: &String| next.is_some_and(|next| next.eq_ignore_ascii_case(unit));
        !units.iter().any(|(single, many)| if one { is(many) } else { is(single) && single != many })
    }

    /// The words of a text that is kept with spaces before its signs and endings, as people write it.
    pub(crate) fn joined(&self, text: &str) -> String {
        let join = &self.pack.morphology.join;
        let mut out = String::with_capacity(text.len());
        for word in text.split_whitespace() {
            let ending = join.endings.iter().find(|(apart, _)| word.eq_ignore_ascii_case(apart));
            let clings = ending.is_some() || word.starts_with(['.', ',', '?', '!', ';', ':', ')', '\'']);
            if !out.is_empty() && !clings && !out.ends_with('(') {
                out.push(' ');
            }
            out.push_str(ending.map_or(word, |(_, together)| together));
        }
        out
    }

    /// A value in one of its forms.
    pub(crate) fn say(&self, role: Role, act: &Act, value: &Value, rng: &mut Rng) -> Option<String> {
        let manner = Manner { role, plain: false, own_words: false, attributive: false, style: self.style };
        let mut said = String::new();
        forms::write(self.pack, self.slot(act).ok()?, value, manner, rng, &mut said);
        Some(said)
    }

    /// The article at the end of `text` takes the form that the next word asks for.
    pub(crate) fn mend_article(&self, text: &mut String, next: &str) {
        let morphology = &self.pack.morphology;
        let [a, an] = morphology.articles();
        let stem = text.trim_end();
        let last = stem.rsplit(' ').next().unwrap_or_default().to_ascii_lowercase();
        if last != a && last != an {
            return;
        }
        let right = if morphology.takes_an(next) { an } else { a };
        if last != right {
            let capital = stem.ends_with(|c: char| c.is_uppercase()) || stem.len() == last.len();
            text.truncate(stem.len() - last.len());
            let from = text.len();
            text.push_str(right);
            if capital && let Some(first) = text.get_mut(from..=from) {
                first.make_ascii_uppercase();
            }
            text.push(' ');
        }
    }

    /// Whether a word is written with a capital wherever it stands.
    pub(crate) fn keeps_capital(&self, word: &str) -> bool {
        let morphology = &self.pack.morphology;
        morphology.keeps_capital(word) || morphology.is_proper(&word.to_ascii_lowercase())
    }
}
