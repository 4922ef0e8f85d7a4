//! What an assistant says, sentence by sentence.

use goalconvo_core::{Act, ActKind, IntentKind, Rng, Role, SlotKind, Value};

use super::speech::{Frame, Item, Speech};
use super::user::{last_acts, plain, run};
use super::words::{IntentWords, SlotWords};
use super::{Grammar, Wording};
use crate::Error;
use crate::pack::RuleId;

/// In how many percent of the turns that it can an assistant adds a word of courtesy.
const ASIDES: u32 = 7;

/// In how many percent of the turns after something was done the assistant wishes the user well with it.
const HOPES: u32 = 22;

/// In how many percent of the refusals the assistant asks what could be changed, unless it asks something else.
const WAYS_ON: u32 = 60;

/// In how many percent of the turns with several offers the assistant asks which it is to be.
const WHICH: u32 = 60;

/// One utterance on its way.
struct Plan<'a, 'p> {
    grammar: &'a Grammar,
    wording: &'p Wording<'a>,
    speech: &'p mut Speech<'a>,
    rng: &'p mut Rng,
}

/// Plans and writes an assistant's utterance.
pub(super) fn plan<'a>(
    grammar: &'a Grammar,
    wording: &Wording<'a>,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<(), Error> {
    let mut plan = Plan { grammar, wording, speech, rng };
    plan.react();
    let mut at = 0;
    while at < wording.acts.len() {
        at = plan.step(at)?;
    }
    plan.tail();
    Ok(())
}

impl<'a> Plan<'a, '_> {
    fn say(&mut self, rule: RuleId, frame: &Frame<'a>) {
        self.speech.say(rule, frame, self.rng);
    }

    fn does(&self, kinds: &[ActKind]) -> bool {
        self.wording.acts.iter().any(|act| kinds.contains(&act.act))
    }

    /// A word before the point: to a wish or a question, or to an answer.
    fn react(&mut self) {
        use ActKind::{Affirm, Confirm, Correct, Count, Inform, Intend, Offer, OfferIntent, Request, Select};
        let first = self.wording.acts.first().map(|act| act.act);
        let open = matches!(first, Some(Request | Count | Offer | Inform | Confirm | OfferIntent));
        if !open || self.speech.manner.plain {
            return;
        }
        let heard = |kinds: &[ActKind]| {
            last_acts(self.wording, Role::User).iter().any(|act| kinds.contains(&act.act))
        };
        if heard(&[Intend, Request]) {
            if self.rng.chance(26) {
                self.say(self.speech.rules.assistant_sure, &Frame::default());
            }
        } else if heard(&[Inform, Select, Affirm, Correct]) && self.rng.chance(26) {
            self.say(self.speech.rules.assistant_good, &Frame::default());
        }
    }

    /// A question in the end, so that an offer does not hang in the air.
    fn tail(&mut self) {
        use ActKind::{Confirm, Count, Done, Inform, Offer, OfferIntent, Request, RequestMore};
        if self.hopes() {
            return;
        }
        let several = self.wording.acts.iter().filter(|act| act.act == Offer).nth(1).is_some();
        if several {
            return;
        }
        let open = self.does(&[Offer]) && !self.does(&[Confirm, OfferIntent, Request, RequestMore]);
        if open && !self.speech.manner.plain && !self.speech.text.ends_with('?') && self.rng.chance(28) {
            self.say(self.speech.rules.assistant_offer_tail, &Frame::default());
        } else if self.does(&[Offer, Inform, Count, Request, Done])
            && !self.speech.manner.plain
            && self.rng.chance(ASIDES)
        {
            let asks = self.does(&[Request, RequestMore, Confirm, OfferIntent]);
            let rules = self.speech.rules;
            let rule = match (self.does(&[Done]), asks) {
                (true, false) => rules.aside_done,
                (false, true) if self.asks_for_taste() => rules.aside_request,
                // Nobody chooses between what is on record.
                (false, false) if self.searches() => rules.assistant_aside,
                // What ends with another question is left alone.
                _ => return,
            };
            self.say(rule, &Frame::default());
        }
    }

    /// What the domain wishes somebody for whom something has been done, at once or with the goodbye.
    fn hopes(&mut self) -> bool {
        let wording = self.wording;
        let (now, bye) = (self.does(&[ActKind::Done]), self.does(&[ActKind::Bye]));
        let asks = self.does(&[ActKind::Request, ActKind::RequestMore, ActKind::Confirm]);
        if self.speech.manner.plain || asks || !(now || bye) || !self.rng.chance(HOPES) {
            return false;
        }
        let heard = wording.heard.iter().rev().filter(|heard| heard.role == Role::Assistant);
        let acts = wording.acts.iter().chain(heard.flat_map(|heard| heard.acts));
        let mut done = acts.filter(|act| act.act == ActKind::Done);
        let intent = done.next().and_then(|act| self.grammar.intent(act).ok());
        let Some(intent) = intent.filter(|intent| !intent.hope.is_empty()) else { return false };
        self.say(self.speech.rules.assistant_hope, &Frame { intent: Some(intent), ..Frame::default() });
        true
    }

    /// Whether what is asked for is a preference, which may be left open.
    fn asks_for_taste(&self) -> bool {
        let mut asked = self.wording.acts.iter().filter(|act| act.act == ActKind::Request);
        let searching = |act: &Act| {
            self.intent(act).ok().flatten().is_some_and(|intent| intent.kind == IntentKind::Search)
        };
        asked.next().is_some_and(searching)
    }

    /// Whether it is about what a search finds.
    fn searches(&self) -> bool {
        let mut intents = self.wording.acts.iter().filter_map(|act| self.intent(act).ok().flatten());
        intents.next().is_some_and(|intent| intent.kind == IntentKind::Search)
    }

    fn step(&mut self, at: usize) -> Result<usize, Error> {
        let acts = self.wording.acts;
        match acts[at].act {
            ActKind::Request => self.requests(at),
            ActKind::Offer if self.labels(at).len() > 1 => self.several(at),
            ActKind::Done if !self.speech.manner.plain => self.done(at),
            ActKind::Count | ActKind::NoMatch | ActKind::Offer | ActKind::Done => self.with_informs(at),
            ActKind::Inform => {
                let (items, end) = run(self.grammar, acts, at, ActKind::Inform)?;
                let intent = self.intent(&acts[at])?;
                self.informs(intent, &items);
                Ok(end)
            }
            ActKind::Confirm => {
                let (items, end) = run(self.grammar, acts, at, ActKind::Confirm)?;
                if self.speech.manner.plain {
                    plain(&items, self.speech, self.rng);
                } else {
                    let intent = self.intent(&acts[at])?;
                    let rule = self.speech.rules.assistant_confirm;
                    self.say(rule, &Frame { intent, items, ..Frame::default() });
                }
                Ok(end)
            }
            ActKind::OfferIntent if let Some(name) = &acts[at].value => {
                let frame =
                    Frame { intent: self.intent(&acts[at])?, label: Some((at, name)), ..Frame::default() };
                self.say(self.speech.rules.assistant_offer_intent_named, &frame);
                Ok(at + 1)
            }
            _ => {
                self.single(&acts[at])?;
                Ok(at + 1)
            }
        }
    }

    fn intent(&self, act: &Act) -> Result<Option<&'a IntentWords>, Error> {
        act.intent.as_ref().map(|_| self.grammar.intent(act)).transpose()
    }

    fn informs(&mut self, intent: Option<&'a IntentWords>, items: &[Item<'a>]) {
        if self.speech.manner.plain {
            return plain(items, self.speech, self.rng);
        }
        let rules = self.speech.rules;
        // The name comes first where the thing that is spoken of is to be named: "The Old Mill has free parking".
        if let [name, rest @ ..] = items
            && !rest.is_empty()
            && (name.slot.kind == SlotKind::Name || name.slot.kind.is_hidden())
            && name.slot.labels
        {
            let plain = !matches!(rest[0].slot.kind, SlotKind::Flag | SlotKind::Category);
            let single = rest.len() == 1 && plain && self.rng.chance(70);
            let label = Some((name.act, name.value));
            let rule = if single { rules.assistant_fact_named } else { rules.assistant_inform_named };
            return self.say(rule, &Frame { intent, label, items: rest.to_vec(), ..Frame::default() });
        }
        let lookup = intent.is_some_and(|intent| intent.kind == IntentKind::Lookup);
        let rule = if lookup { rules.assistant_inform_record } else { rules.assistant_inform };
        for part in items.chunks(3) {
            self.say(rule, &Frame { intent, items: part.to_vec(), ..Frame::default() });
        }
    }

    /// A slot's own question when there is one, else one from its noun; several are asked together.
    fn requests(&mut self, at: usize) -> Result<usize, Error> {
        let acts = self.wording.acts;
        let mut slots: Vec<&SlotWords> = Vec::new();
        let mut end = at;
        while let Some(act) = acts.get(end).filter(|act| act.act == ActKind::Request) {
            slots.push(self.grammar.slot(act)?);
            end += 1;
        }
        let rules = self.speech.rules;
        let own = slots.iter().all(|slot| !slot.question.is_empty());
        let flag = slots.iter().any(|slot| slot.kind == SlotKind::Flag);
        let counted = at > 0 && acts[at - 1].act == ActKind::Count;
        let kind = self.intent(&acts[at])?.map(|intent| intent.kind);
        let (lookup, taste) = (kind == Some(IntentKind::Lookup), kind == Some(IntentKind::Search));
        let (one, two) = if taste { (66, 55) } else { (85, 80) };
        let record = matches!(
            slots[0].kind,
            SlotKind::Reference | SlotKind::Postcode | SlotKind::Phone | SlotKind::Name
        );
        let rule = match slots.len() {
            _ if self.speech.manner.plain => rules.assistant_request,
            1 if own && counted && self.rng.chance(35) => rules.assistant_narrow,
            1 if own && (flag || self.rng.chance(one)) => rules.assistant_question,
            2 if own && (flag || self.rng.chance(two)) => rules.assistant_question_two,
            _ if lookup && record => rules.assistant_record,
            _ if !taste => rules.assistant_needed,
            _ => rules.assistant_request,
        };
        if slots.len() > 2 && flag && own && !self.speech.manner.plain {
            for slot in slots {
                self.say(rules.assistant_question, &Frame { slots: vec![slot], ..Frame::default() });
            }
            return Ok(end);
        }
        self.say(rule, &Frame { slots, ..Frame::default() });
        Ok(end)
    }

    /// What is proposed together from `at` on.
    fn labels(&self, at: usize) -> Vec<(usize, &'a Value)> {
        let acts = self.wording.acts;
        let task = acts.get(at).map(|act| (&act.domain, &act.intent));
        let offers = acts.iter().enumerate().skip(at);
        let offers = offers
            .take_while(|(_, act)| act.act == ActKind::Offer && task == Some((&act.domain, &act.intent)));
        offers.filter_map(|(at, act)| Some((at, act.value.as_ref()?))).collect()
    }

    /// Several names at once.
    fn several(&mut self, at: usize) -> Result<usize, Error> {
        let labels = self.labels(at);
        let end = at + labels.len();
        let rules = self.speech.rules;
        let intent = self.intent(&self.wording.acts[at])?;
        let rule = if self.speech.manner.plain { rules.plain_labels } else { rules.assistant_offers };
        self.say(rule, &Frame { intent, labels, ..Frame::default() });
        if !self.speech.manner.plain && !self.speech.text.ends_with('?') && self.rng.chance(WHICH) {
            self.say(rules.assistant_which, &Frame { intent, ..Frame::default() });
        }
        Ok(end)
    }

    /// The rule of an offer, with what is told of it or without. A record that goes by a code has no name.
    fn offer(&self, act: &Act, with: bool) -> RuleId {
        let rules = self.speech.rules;
        let kind = self.grammar.slot(act).map(|slot| slot.kind);
        match with {
            true if kind.is_ok_and(|kind| kind == SlotKind::Reference || kind.is_hidden()) => {
                rules.assistant_offer_code
            }
            true => rules.assistant_offer_says,
            false => rules.assistant_offer,
        }
    }

    /// Count, no match, offer or deed, with the informs that follow it.
    fn with_informs(&mut self, at: usize) -> Result<usize, Error> {
        let acts = self.wording.acts;
        let act = &acts[at];
        let (items, end) = match acts.get(at + 1) {
            Some(next) if next.act == ActKind::Inform && next.domain == act.domain => {
                run(self.grammar, acts, at + 1, ActKind::Inform)?
            }
            _ => (Vec::new(), at + 1),
        };
        let intent = self.intent(act)?;
        let named = intent.filter(|intent| !intent.plural.is_empty());
        let mut frame = Frame { intent, ..Frame::default() };
        let rules = self.speech.rules;
        let alone = self.speech.manner.plain || (act.act == ActKind::Count && named.is_none());
        let joined = !items.is_empty() && !alone;
        let (rule, takes_items) = self.lead(at, named.is_some(), joined, &mut frame);
        if alone {
            self.say(rule, &frame);
            plain(&items, self.speech, self.rng);
            return Ok(end);
        }
        if takes_items {
            let mut items = items;
            // What nothing matches and what many do is said in one noun phrase: "it has parking" is said of a thing.
            let most = if matches!(act.act, ActKind::Count | ActKind::NoMatch) { items.len() } else { 3 };
            let rest = items.split_off(items.len().min(most));
            frame.items = items;
            let labels = self.labels(end);
            let all = frame.count.is_some_and(|(_, n)| n == labels.len() as i64);
            let named = act.act == ActKind::Count && labels.len() > 1 && rest.is_empty();
            if named && (all || self.rng.chance(65)) {
                return Ok(self.examples(end, all, &Frame { labels, ..frame }));
            }
            self.say(rule, &frame);
            if !rest.is_empty() {
                self.informs(intent, &rest);
            }
        } else {
            self.say(rule, &frame);
            if !items.is_empty() {
                self.informs(intent, &items);
            }
        }
        if act.act == ActKind::NoMatch && !self.speech.text.ends_with('?') && self.rng.chance(40) {
            self.say(rules.assistant_no_match_tail, &Frame::default());
        }
        Ok(end)
    }

    /// A deed: what was wanted of it is said with it, and what came of it after it.
    fn done(&mut self, at: usize) -> Result<usize, Error> {
        let act = &self.wording.acts[at];
        let Some(intent) = self.intent(act)? else { return self.with_informs(at) };
        let wanted = |next: &&Act| {
            let of =
                next.act == ActKind::Inform && (&next.domain, &next.intent) == (&act.domain, &act.intent);
            of && next.slot.as_ref().is_some_and(|slot| intent.takes.contains(slot))
        };
        let again = self.wording.acts[at + 1..].iter().take_while(wanted).count();
        if again == 0 {
            return self.with_informs(at);
        }
        let (items, _) = run(self.grammar, &self.wording.acts[..=at + again], at + 1, ActKind::Inform)?;
        let rule = self.speech.rules.assistant_done_again;
        self.say(rule, &Frame { intent: Some(intent), items, ..Frame::default() });
        Ok(at + 1 + again)
    }

    /// The rule that an act is said by, and whether it takes what is told beside it; what it needs is put in the frame.
    fn lead(&mut self, at: usize, named: bool, joined: bool, frame: &mut Frame<'a>) -> (RuleId, bool) {
        let (act, rules) = (&self.wording.acts[at], self.speech.rules);
        match act.act {
            ActKind::Count => {
                let n = act.value.as_ref().and_then(Value::as_number);
                frame.count = n.map(|n| (at, n as i64));
                match named {
                    false => (rules.assistant_count_plain, false),
                    true if n == Some(1.0) => (rules.assistant_count_one, false),
                    true => (rules.assistant_count, true),
                }
            }
            ActKind::Offer => {
                frame.label = act.value.as_ref().map(|label| (at, label));
                (self.offer(act, joined), true)
            }
            ActKind::Done if !joined => (rules.assistant_done, false),
            ActKind::Done => (rules.assistant_done_facts, true),
            _ if !named => (rules.assistant_no_match_plain, false),
            _ => (rules.assistant_no_match, true),
        }
    }

    /// "There are 12 cheap restaurants, such as the Old Mill and the Swan."
    fn examples(&mut self, at: usize, all: bool, frame: &Frame<'a>) -> usize {
        let end = at + frame.labels.len();
        let rules = self.speech.rules;
        self.say(if all { rules.assistant_count_all } else { rules.assistant_count_offers }, frame);
        if self.rng.chance(WHICH) {
            self.say(rules.assistant_which, &Frame { intent: frame.intent, ..Frame::default() });
        }
        end
    }

    fn single(&mut self, act: &'a Act) -> Result<(), Error> {
        let rules = self.speech.rules;
        let frame = Frame {
            intent: self.intent(act)?,
            message: act.value.as_ref().and_then(Value::as_text),
            ..Frame::default()
        };
        let rule = match act.act {
            ActKind::Greet => rules.assistant_greet,
            ActKind::OfferIntent => rules.assistant_offer_intent,
            ActKind::NotDone => rules.assistant_not_done,
            ActKind::Refuse => rules.assistant_refuse,
            ActKind::Trouble => rules.assistant_trouble,
            ActKind::Unable => rules.assistant_unable,
            ActKind::RequestMore => rules.assistant_more,
            ActKind::Welcome => rules.assistant_welcome,
            ActKind::Bye => rules.assistant_bye,
            _ => return Err(Error::words(format!("an assistant does not {:?}", act.act))),
        };
        self.say(rule, &frame);
        let ends = self.does(&[ActKind::Bye, ActKind::RequestMore, ActKind::Request, ActKind::Confirm]);
        if act.act == ActKind::Refuse && !ends && !self.speech.manner.plain && self.rng.chance(WAYS_ON) {
            self.say(rules.assistant_way_on, &Frame::default());
        }
        Ok(())
    }
}
