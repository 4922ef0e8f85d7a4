//! Several things in a row: values, facts, nouns, names.

use goalconvo_core::{IntentKind, Rng, SlotKind};

use super::{Frame, Item, SHARED, Speech, forms};
use crate::pack::RuleId;

impl<'a> Speech<'a> {
    /// Values by themselves, each in the shortest phrase that says what it is.
    pub(super) fn values(&mut self, frame: &Frame<'a>, rng: &mut Rng) {
        let items = &frame.items;
        // Behind a deed a bare value says nothing: "to cancel it an illness".
        let whole = items.len() > 1 || frame.intent.is_some();
        for (at, item) in items.iter().enumerate() {
            self.separator(at, items.len(), rng);
            let phrases = item.slot.phrases(item.value);
            let after = !phrases.after.is_empty() && (whole || rng.chance(60));
            match item.slot.kind {
                SlotKind::Flag if phrases.after.is_empty() => self.phrase_or_value(&phrases.says, item, rng),
                SlotKind::Flag => self.phrase_alone(self.behind(phrases, false), item, rng),
                // "Make it a museum", where "make it like a museum" says less.
                _ if item.slot.is_kind && !self.manner.plain => {
                    let [a, _] = self.pack.morphology.articles();
                    self.push(a);
                    self.article = Some(self.text.len() - a.len());
                    self.text.push(' ');
                    self.value(item, rng);
                }
                _ if after => self.phrase_alone(self.behind(phrases, false), item, rng),
                _ => self.value(item, rng),
            }
        }
    }

    pub(super) fn facts(&mut self, frame: &Frame<'a>, rng: &mut Rng) {
        let own = frame.intent.is_some_and(|intent| intent.kind != IntentKind::Search);
        let record = frame.intent.is_some_and(|intent| intent.kind == IntentKind::Lookup);
        let items = &frame.items;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.rule(self.rules.fact_join, &Frame::default(), rng);
            }
            let frame = Frame { intent: frame.intent, items: vec![*item], ..Frame::default() };
            let rule = match item.slot.kind {
                SlotKind::Flag => self.rules.fact_flag,
                // "It will be a blue estate", where "your car is blue estate" lacks its article.
                SlotKind::Category if !item.slot.phrases(item.value).says.is_empty() => self.rules.fact_flag,
                SlotKind::Reference if own => self.rules.fact_code,
                _ if says_better(item) => self.rules.fact_flag,
                // "The account was opened by Ada Danquah": a record has more to it than names of slots.
                _ if record && !item.slot.phrases(item.value).says.is_empty() => self.rules.fact_record,
                _ if own => self.rules.fact_own,
                SlotKind::Phone | SlotKind::Address | SlotKind::Postcode => self.rules.fact_their,
                _ => self.rules.fact,
            };
            self.rule(rule, &frame, rng);
        }
    }

    /// The same of several: "museums".
    pub(super) fn kinds(&mut self, kind: &Item<'a>, rng: &mut Rng) {
        let mut said = String::new();
        forms::write(self.pack, kind.slot, kind.value, self.manner, rng, &mut said);
        self.mark(kind.act, &self.pack.morphology.plural_noun(&said));
    }

    /// What stands before item `at` of `len`: nothing, a comma, "and".
    pub(super) fn separator(&mut self, at: usize, len: usize, rng: &mut Rng) {
        let frame = Frame::default();
        if at > 0 && at + 1 == len {
            self.push(" ");
            self.rule(self.rules.list_and, &frame, rng);
            self.push(" ");
        } else if at > 0 {
            self.rule(self.rules.list_comma, &frame, rng);
        }
    }

    pub(super) fn slot_nouns(&mut self, frame: &Frame<'a>, article: bool, rng: &mut Rng) {
        for (at, slot) in frame.slots.iter().enumerate() {
            self.separator(at, frame.slots.len(), rng);
            // "The phone number and postcode": one article does for all of them.
            if article && (at == 0 || rng.chance(100 - SHARED)) {
                let one = Frame { slots: vec![*slot], ..Frame::default() };
                self.rule(self.rules.the_slot, &one, rng);
            } else {
                self.one_of(Some(&slot.nouns), rng);
            }
        }
    }

    /// Names in a row, with this word before the last.
    pub(super) fn labels(&mut self, frame: &Frame<'a>, last: RuleId, rng: &mut Rng) {
        for (at, (act, label)) in frame.labels.iter().enumerate() {
            if at + 1 == frame.labels.len() {
                self.push(" ");
                self.rule(last, &Frame::default(), rng);
                self.push(" ");
            } else if at > 0 {
                self.rule(self.rules.list_comma, &Frame::default(), rng);
            }
            self.mark(*act, &label.plain());
        }
    }
}

/// Whether a fact is better said of the thing than of the slot: a text in quotation marks, and a noun that speaks of
/// several ("it has 2 stops", where "the stops is 2").
fn says_better(item: &Item<'_>) -> bool {
    let noun = item.slot.nouns.first().map(String::as_str).unwrap_or_default();
    let several = noun.ends_with('s') && !["ss", "us", "is", "news"].iter().any(|end| noun.ends_with(end));
    let says = &item.slot.phrases(item.value).says;
    let quoted = item.slot.kind == SlotKind::Text && says.iter().any(|phrase| phrase.head.ends_with('"'));
    quoted || (several && !says.is_empty() && matches!(item.slot.kind, SlotKind::Count | SlotKind::Number))
}
