//! What a user says, sentence by sentence.

use goalconvo_core::{Act, ActKind, IntentKind, Rng, Role, SlotKind};

use super::speech::{Frame, Item, Speech};
use super::words::IntentWords;
use super::{Grammar, Wording};
use crate::Error;

/// In how many percent of the tasks that it names a user gives the values in their usual order.
const IN_ORDER: u32 = 80;
/// In how many percent a code, a number or an address is said as it is.
const AS_IT_IS: u32 = 88;

/// In how many percent of the tasks that it names a user of middling verbosity says why.
const REASONS: u32 = 22;

/// One utterance on its way.
struct Plan<'a, 'p> {
    grammar: &'a Grammar,
    wording: &'p Wording<'a>,
    speech: &'p mut Speech<'a>,
    rng: &'p mut Rng,
}

/// Plans and writes a user's utterance.
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
    Ok(())
}

/// The items of the acts of one kind from `at` on, about one task; and the index after them.
pub(super) fn run<'a>(
    grammar: &'a Grammar,
    acts: &'a [Act],
    at: usize,
    kind: ActKind,
) -> Result<(Vec<Item<'a>>, usize), Error> {
    let mut items = Vec::new();
    let mut end = at;
    let task = acts.get(at).map(|act| (&act.domain, &act.intent));
    while let Some(act) =
        acts.get(end).filter(|act| act.act == kind && task == Some((&act.domain, &act.intent)))
    {
        let slot = grammar.slot(act)?;
        let value = act.value.as_ref().ok_or_else(|| Error::words(format!("no value in {act:?}")))?;
        items.push(Item { act: end, slot, value, again: false });
        end += 1;
    }
    Ok((items, end))
}

/// Every item in a sentence that can't be misread.
pub(super) fn plain<'a>(items: &[Item<'a>], speech: &mut Speech<'a>, rng: &mut Rng) {
    for item in items {
        let flag = item.slot.kind == SlotKind::Flag;
        let rule = if flag { speech.rules.plain_flag } else { speech.rules.plain_fact };
        speech.say(rule, &Frame { items: vec![*item], ..Frame::default() }, rng);
    }
}

/// The last acts that the other one did.
pub(super) fn last_acts<'a>(wording: &Wording<'a>, role: Role) -> &'a [Act] {
    wording.heard.iter().rev().find(|heard| heard.role == role).map_or(&[], |heard| heard.acts)
}

/// Whether a value is a fact and no wish: it says which thing or whose (a code, the name or the date of birth on a
/// contract), or an amount that something came to.
fn is_fact(item: &Item<'_>, intent: Option<&IntentWords>) -> bool {
    use SlotKind::{Address, Date, IdNumber, Money, Name, Phone, Postcode, Reference};
    let lookup = intent.is_some_and(|intent| intent.kind == IntentKind::Lookup);
    match item.slot.kind {
        Reference | IdNumber | Phone | Postcode | Address | Money => true,
        Name | Date => lookup,
        _ => false,
    }
}

fn has_after(item: &Item<'_>) -> bool {
    !item.slot.is_kind && !item.slot.phrases(item.value).after.is_empty()
}

fn has_before(item: &Item<'_>) -> bool {
    !item.slot.phrases(item.value).before.is_empty()
}

fn has_wish(item: &Item<'_>) -> bool {
    !item.slot.phrases(item.value).wish.is_empty()
}

fn has_says(item: &Item<'_>) -> bool {
    !item.slot.phrases(item.value).says.is_empty()
}

impl<'a> Plan<'a, '_> {
    fn heard(&self, kinds: &[ActKind]) -> bool {
        last_acts(self.wording, Role::Assistant).iter().any(|act| kinds.contains(&act.act))
    }

    /// Notes which values the user gave a moment ago for another task: "for Friday, the same day".
    fn look_back(&self, items: &mut [Item<'a>]) {
        let own = || self.wording.heard.iter().filter(|heard| heard.role == Role::User);
        for item in items {
            let Some(now) = self.wording.acts.get(item.act) else { continue };
            let same = |act: &Act| {
                act.act == ActKind::Inform
                    && act.slot == now.slot
                    && act.value == now.value
                    && act.domain != now.domain
            };
            item.again = own().any(|heard| heard.acts.iter().any(same));
        }
    }

    fn chance(&mut self, percent: u32, level: u8) -> bool {
        self.rng.chance(percent * u32::from(level) / 50)
    }

    fn say(&mut self, rule: crate::pack::RuleId, frame: &Frame<'a>) {
        self.speech.say(rule, frame, self.rng);
    }

    /// Says it after what was taken in the same breath: "I'll take it and could you book a table?"
    fn say_on(&mut self, at: usize, rule: crate::pack::RuleId, frame: &Frame<'a>) {
        let taken = at > 0 && self.wording.acts[at - 1].act == ActKind::Select;
        if taken { self.speech.say_on(rule, frame, self.rng) } else { self.say(rule, frame) }
    }

    /// A word about what was just heard.
    fn react(&mut self) {
        use ActKind::{
            Affirm, Count, Done, Inform, Intend, NoMatch, NotDone, Offer, Refuse, Request, RequestMore,
        };
        let first = self.wording.acts.first().map(|act| act.act);
        let open = matches!(first, Some(Intend | Inform | Request));
        if !open || self.speech.manner.plain {
            return;
        }
        let verbosity = self.wording.traits.verbosity;
        if self.heard(&[NoMatch, NotDone, Refuse]) {
            if self.chance(40, verbosity) {
                self.say(self.speech.rules.user_sorry, &Frame::default());
            }
        } else if first == Some(Intend) && self.heard(&[RequestMore]) && self.rng.chance(65) {
            self.say(self.speech.rules.user_yes_more, &Frame::default());
        } else if self.heard(&[Inform, Count]) && !self.heard(&[Offer, Done]) && self.chance(30, verbosity) {
            self.say(self.speech.rules.user_noted, &Frame::default());
        } else if first == Some(Inform) && self.narrows() {
            // Nobody cheers an offer that has to be another one.
            if self.chance(25, verbosity) {
                self.say(self.speech.rules.user_narrows, &Frame::default());
            }
        } else if self.heard(&[Offer, Done, Affirm]) && self.chance(30, verbosity) {
            self.say(self.speech.rules.user_good, &Frame::default());
        }
    }

    /// Whether the user adds a wish to a search whose offer it has just heard.
    fn narrows(&self) -> bool {
        let task = self.wording.acts.first().map(|act| (&act.domain, &act.intent));
        let mut heard = last_acts(self.wording, Role::Assistant).iter();
        heard.any(|act| act.act == ActKind::Offer && task == Some((&act.domain, &act.intent)))
    }

    fn step(&mut self, at: usize) -> Result<usize, Error> {
        let acts = self.wording.acts;
        match acts[at].act {
            ActKind::Intend => self.intend(at),
            ActKind::Inform => {
                let (mut items, end) = run(self.grammar, acts, at, ActKind::Inform)?;
                self.look_back(&mut items);
                let intent = acts[at].intent.as_ref().map(|_| self.grammar.intent(&acts[at])).transpose()?;
                self.informs(intent, items);
                Ok(end)
            }
            ActKind::Request => self.requests(at),
            ActKind::Affirm if self.affirms_with(at)? => {
                let (mut items, end) = run(self.grammar, acts, at + 1, ActKind::Inform)?;
                self.look_back(&mut items);
                let intent = self.offered()?;
                let rule = self.speech.rules.user_affirm_vp;
                self.say(rule, &Frame { intent, items, ..Frame::default() });
                Ok(end)
            }
            ActKind::Deny | ActKind::Thank if self.closes(at) => {
                let denies = acts[at].act == ActKind::Deny;
                let rules = self.speech.rules;
                self.say(if denies { rules.user_close } else { rules.user_close_thanks }, &Frame::default());
                Ok(acts.len())
            }
            ActKind::Select if self.asks_by_name(at) => {
                let (label, slots) = (&acts[at], &acts[at + 1..]);
                let slots = slots.iter().map(|act| self.grammar.slot(act)).collect::<Result<_, _>>()?;
                let label = label.value.as_ref().map(|value| (at, value));
                let intent = Some(self.grammar.intent(&acts[at])?);
                let frame = Frame { intent, label, slots, ..Frame::default() };
                self.say(self.speech.rules.user_request_named, &frame);
                Ok(acts.len())
            }
            _ => {
                self.single(at)?;
                Ok(at + 1)
            }
        }
    }

    /// Whether what is taken is named in the question about it: "the address of the Old Mill".
    fn asks_by_name(&mut self, at: usize) -> bool {
        let acts = self.wording.acts;
        let rest = acts.get(at + 1..).unwrap_or_default();
        let open = |act: &Act| {
            act.act == ActKind::Request
                && self.grammar.slot(act).is_ok_and(|slot| slot.kind != SlotKind::Flag)
        };
        acts[at].value.is_some()
            && !rest.is_empty()
            && rest.iter().all(open)
            && !self.speech.manner.plain
            && self.rng.chance(60)
    }

    /// Whether a yes and what comes with it make one sentence.
    fn affirms_with(&mut self, at: usize) -> Result<bool, Error> {
        let acts = self.wording.acts;
        if self.speech.manner.plain || acts.get(at + 1).is_none_or(|next| next.act != ActKind::Inform) {
            return Ok(false);
        }
        let (items, _) = run(self.grammar, acts, at + 1, ActKind::Inform)?;
        let fits = items.iter().all(has_after) && self.offered()?.is_some();
        Ok(fits && self.rng.chance(70))
    }

    /// Whether all that is left is no, thanks and goodbye: people say that in one breath.
    fn closes(&mut self, at: usize) -> bool {
        let rest = self.wording.acts.get(at..).unwrap_or_default();
        let polite = |act: &Act| matches!(act.act, ActKind::Deny | ActKind::Thank | ActKind::Bye);
        rest.len() > 1
            && rest.iter().all(polite)
            && rest.iter().any(|act| act.act == ActKind::Thank)
            && !self.heard(&[ActKind::Confirm])
            && self.rng.chance(95)
    }

    fn intend(&mut self, at: usize) -> Result<usize, Error> {
        let acts = self.wording.acts;
        let intent = self.grammar.intent(&acts[at])?;
        let (mut items, end) = match acts.get(at + 1) {
            Some(next) if next.act == ActKind::Inform && next.domain == acts[at].domain => {
                run(self.grammar, acts, at + 1, ActKind::Inform)?
            }
            _ => (Vec::new(), at + 1),
        };
        self.look_back(&mut items);
        if self.speech.manner.plain {
            let rule =
                if intent.by_noun { self.speech.rules.user_search } else { self.speech.rules.user_transact };
            self.say(rule, &Frame { intent: Some(intent), ..Frame::default() });
            plain(&items, self.speech, self.rng);
            return Ok(end);
        }
        if self.rng.chance(IN_ORDER) {
            items.sort_by_key(|item| item.slot.rank);
        } else {
            self.rng.shuffle(&mut items);
        }
        if intent.by_noun {
            self.search(intent, items);
        } else {
            self.transact(at, intent, items);
        }
        let reason = self.wording.traits.verbosity;
        if !intent.reason.is_empty() && self.chance(REASONS, reason) {
            self.say(self.speech.rules.user_reason, &Frame { intent: Some(intent), ..Frame::default() });
        }
        Ok(end)
    }

    fn search(&mut self, intent: &'a IntentWords, mut items: Vec<Item<'a>>) {
        let room = 1 + self.rng.weighted([25, 45, 30].into_iter()).unwrap_or(0);
        let rest = items.split_off(room.min(items.len()));
        let by_verb = items.iter().all(has_after) && !intent.verb.is_empty() && self.rng.chance(18);
        let later = !self.wording.heard.is_empty();
        let rules = self.speech.rules;
        let rule = match (by_verb, later) {
            (true, _) => rules.user_search_vp,
            (false, true) => rules.user_search_more,
            (false, false) => rules.user_search,
        };
        self.say(rule, &Frame { intent: Some(intent), items, ..Frame::default() });
        self.extra(intent, rest);
    }

    /// What did not find room in the first sentence.
    fn extra(&mut self, intent: &'a IntentWords, rest: Vec<Item<'a>>) {
        if rest.is_empty() {
            return;
        }
        if self.wishes(&rest, 70) {
            return self.say(self.speech.rules.user_wish_more, &Frame { items: rest, ..Frame::default() });
        }
        let after = rest.iter().all(has_after) && (!rest.iter().all(has_says) || self.rng.chance(40));
        let rules = self.speech.rules;
        let rule = if after { rules.user_extra_after } else { rules.user_extra };
        self.say(rule, &Frame { intent: Some(intent), items: rest, ..Frame::default() });
    }

    fn transact(&mut self, at: usize, intent: &'a IntentWords, items: Vec<Item<'a>>) {
        let rules = self.speech.rules;
        let (spoken, facts): (Vec<_>, Vec<_>) = items.into_iter().partition(has_after);
        let split = spoken.len() > 3 || (!spoken.is_empty() && self.rng.chance(35));
        // What nobody books is no thing that anybody could get: "I need a card reported as stolen".
        let named = intent.booked
            && !intent.noun.is_empty()
            && self.rng.chance(if intent.of_entity { 30 } else { 60 });
        let rule = match (split, named) {
            (true, _) => rules.user_transact_split,
            (false, true) => rules.user_book_np,
            (false, false) => rules.user_transact,
        };
        self.say_on(at, rule, &Frame { intent: Some(intent), items: spoken, ..Frame::default() });
        for item in facts {
            self.record(item);
        }
    }

    /// "It's 375-81920."
    fn fact(&mut self, item: Item<'a>) {
        self.say(self.speech.rules.user_answer_record, &Frame { items: vec![item], ..Frame::default() });
    }

    /// A value that only its noun can introduce.
    fn record(&mut self, item: Item<'a>) {
        let rules = self.speech.rules;
        let rule = match item.slot.kind {
            SlotKind::Flag => rules.plain_flag,
            SlotKind::Reference
            | SlotKind::Phone
            | SlotKind::Postcode
            | SlotKind::Name
            | SlotKind::Address => rules.user_answer_record,
            _ => rules.user_answer_value,
        };
        self.say(rule, &Frame { items: vec![item], ..Frame::default() });
    }

    fn informs(&mut self, intent: Option<&'a IntentWords>, items: Vec<Item<'a>>) {
        if self.speech.manner.plain {
            return plain(&items, self.speech, self.rng);
        }
        let by_noun = intent.is_some_and(|intent| intent.by_noun);
        if self.heard(&[ActKind::Request, ActKind::Confirm]) {
            self.answers(intent, items, by_noun);
        } else {
            self.more(intent, items, by_noun);
        }
    }

    /// Whether all of it is said as what the user wants to do: "I'd like to leave after 10:00".
    fn wishes(&mut self, items: &[Item<'a>], percent: u32) -> bool {
        !items.is_empty() && items.iter().all(has_wish) && self.rng.chance(percent)
    }

    /// Says facts, mostly as they are ("it's 375-81920", where "make it numbered 375-81920" is nobody's
    /// wish), and gives back the rest.
    fn facts(&mut self, intent: Option<&'a IntentWords>, items: Vec<Item<'a>>) -> Vec<Item<'a>> {
        let (facts, rest): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| is_fact(item, intent) && self.rng.chance(AS_IT_IS));
        facts.into_iter().for_each(|item| self.fact(item));
        rest
    }

    /// What was asked: fragments will do.
    fn answers(&mut self, intent: Option<&'a IntentWords>, items: Vec<Item<'a>>, by_noun: bool) {
        let rules = self.speech.rules;
        let items = if by_noun { items } else { self.facts(intent, items) };
        if items.is_empty() {
            return;
        }
        if self.wishes(&items, 45) {
            return self.say(rules.user_wish, &Frame { intent, items, ..Frame::default() });
        }
        let (after, rest): (Vec<_>, Vec<_>) = items.into_iter().partition(has_after);
        let (before, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|item| by_noun && has_before(item));
        let only = after.len() == 1 && before.is_empty() && rest.is_empty();
        let frame = |items: Vec<Item<'a>>| Frame { intent, items, ..Frame::default() };
        if !before.is_empty() {
            let rule = match self.rng.weighted([55, 25, 20].into_iter()) {
                Some(0) => rules.user_answer_before,
                Some(1) => rules.user_answer_np,
                _ if before.len() == 1 => rules.user_answer_value,
                _ => rules.user_answer_before,
            };
            self.say(rule, &frame(before));
        }
        if !after.is_empty() {
            let says = by_noun && after.iter().all(has_says);
            let rule = match self.rng.weighted([42, 14, 14, 30].into_iter()) {
                Some(1) if only && after[0].slot.kind != SlotKind::Flag && !is_fact(&after[0], intent) => {
                    rules.user_answer_value
                }
                Some(2) if says => rules.user_answer_says,
                Some(3) if by_noun => rules.user_answer_np,
                _ if by_noun => rules.user_answer_after,
                _ => rules.user_answer_task,
            };
            self.say(rule, &frame(after));
        }
        for item in rest {
            if by_noun && item.slot.is_kind && self.rng.chance(80) {
                self.say(rules.user_answer_np, &frame(vec![item]));
            } else if by_noun && has_says(&item) {
                self.say(rules.user_answer_says, &frame(vec![item]));
            } else {
                self.record(item);
            }
        }
    }

    /// What was not asked: whole sentences.
    fn more(&mut self, intent: Option<&'a IntentWords>, items: Vec<Item<'a>>, by_noun: bool) {
        let rules = self.speech.rules;
        let frame = |items: Vec<Item<'a>>| Frame { intent, items, ..Frame::default() };
        if self.wishes(&items, 60) {
            return self.say(rules.user_wish_more, &frame(items));
        }
        if !by_noun {
            let items = self.facts(intent, items);
            let (after, rest): (Vec<_>, Vec<_>) = items.into_iter().partition(has_after);
            if !after.is_empty() {
                self.say(rules.user_answer_task, &frame(after));
            }
            return rest.into_iter().for_each(|item| self.record(item));
        }
        let after = items.iter().all(has_after);
        let says = items.iter().all(has_says);
        let rule = match self.rng.weighted([40, 30, 30].into_iter()) {
            Some(0) if after => rules.user_more_after,
            Some(1) if says => rules.user_more_says,
            _ => rules.user_more_np,
        };
        self.say(rule, &frame(items));
    }

    fn requests(&mut self, at: usize) -> Result<usize, Error> {
        let (mut asked, mut open) = (Vec::new(), Vec::new());
        let mut end = at;
        while let Some(act) = self.wording.acts.get(end).filter(|act| act.act == ActKind::Request) {
            let slot = self.grammar.slot(act)?;
            // "Can I have the parking?" is no question: what is there or not is asked in the domain's words.
            if slot.kind == SlotKind::Flag && !slot.ask.is_empty() {
                asked.push(slot);
            } else {
                open.push(slot);
            }
            end += 1;
        }
        let rules = self.speech.rules;
        let act = &self.wording.acts[at];
        let intent = act.intent.as_ref().map(|_| self.grammar.intent(act)).transpose()?;
        let frame = |slots| Frame { slots, intent, ..Frame::default() };
        if self.speech.manner.plain {
            open.append(&mut asked);
        }
        match open.len() {
            0 => {}
            _ if self.speech.manner.plain => self.say(rules.user_request, &frame(open)),
            1 if !open[0].ask.is_empty() && self.rng.chance(50) => {
                self.say_on(at, rules.user_ask, &frame(open));
            }
            2 if open.iter().all(|slot| !slot.ask.is_empty()) && self.rng.chance(25) => {
                self.say(rules.user_ask_two, &frame(open));
            }
            _ => self.say_on(at, rules.user_request, &frame(open)),
        }
        for slot in asked {
            self.say(rules.user_ask, &frame(vec![slot]));
        }
        Ok(end)
    }

    /// What the assistant has just offered to do, or wants to have confirmed.
    fn offered(&self) -> Result<Option<&'a IntentWords>, Error> {
        let mut acts = last_acts(self.wording, Role::Assistant).iter();
        let offer = acts
            .find(|act| matches!(act.act, ActKind::OfferIntent | ActKind::Confirm) && act.intent.is_some());
        offer.map(|act| self.grammar.intent(act)).transpose()
    }

    /// Out of several offers one is taken by its place: "the second one".
    fn pointed(&self, taken: &Act) -> Option<crate::pack::RuleId> {
        let offers = last_acts(self.wording, Role::Assistant).iter();
        let of: Vec<_> = offers
            .filter(|act| {
                act.act == ActKind::Offer && act.intent == taken.intent && act.domain == taken.domain
            })
            .map(|act| &act.of)
            .collect();
        let rules = self.speech.rules;
        match of.iter().position(|of| **of == taken.of).filter(|_| of.len() > 1)? {
            0 => Some(rules.user_select_first),
            at if at + 1 == of.len() => Some(rules.user_select_last),
            _ => Some(rules.user_select_second),
        }
    }

    fn single(&mut self, at: usize) -> Result<(), Error> {
        let rules = self.speech.rules;
        let act = &self.wording.acts[at];
        let intent = act.intent.as_ref().map(|_| self.grammar.intent(act)).transpose()?;
        let mut frame = Frame { intent, ..Frame::default() };
        let rule = match act.act {
            ActKind::Greet => rules.user_greet,
            ActKind::DontCare => {
                frame.slots.push(self.grammar.slot(act)?);
                let only = |act: &Act| matches!(act.act, ActKind::Thank | ActKind::Bye | ActKind::Greet);
                let alone = self.wording.acts.iter().enumerate().all(|(other, act)| other == at || only(act));
                match alone {
                    _ if frame.slots[0].is_had => rules.user_dont_care_flag,
                    // "I don't mind. I'd like one in the north": what does not matter is named beside what does.
                    true => rules.user_dont_care,
                    false => rules.user_dont_care_named,
                }
            }
            ActKind::Correct => {
                frame.items = run(self.grammar, self.wording.acts, at, ActKind::Correct)?.0;
                frame.items.truncate(1);
                let flag = frame.items.first().is_some_and(|item| item.slot.kind == SlotKind::Flag);
                match (self.speech.manner.plain, flag) {
                    (true, false) => rules.plain_fact,
                    (true, true) => rules.plain_flag,
                    (false, true) => rules.user_answer_says,
                    (false, false) => rules.user_correct,
                }
            }
            ActKind::Affirm if self.heard(&[ActKind::Trouble]) => rules.user_try_again,
            ActKind::Affirm if self.heard(&[ActKind::Confirm]) => {
                frame.intent = self.offered()?;
                rules.user_affirm_confirm
            }
            ActKind::Affirm if self.offered()?.is_some() && self.rng.chance(40) => {
                frame.intent = self.offered()?;
                rules.user_affirm_offer
            }
            ActKind::Affirm => rules.user_affirm,
            ActKind::Deny if self.heard(&[ActKind::RequestMore]) => rules.user_deny_more,
            ActKind::Deny if self.heard(&[ActKind::Confirm]) => rules.user_deny_wrong,
            ActKind::Deny => rules.user_deny,
            ActKind::Select => match &act.value {
                Some(label) => {
                    frame.label = Some((at, label));
                    rules.user_select_label
                }
                None => self.pointed(act).unwrap_or(rules.user_select),
            },
            ActKind::Alternatives => rules.user_alternatives,
            ActKind::Acknowledge if self.heard(&[ActKind::Refuse, ActKind::Unable]) => rules.user_sorry,
            ActKind::Acknowledge => rules.user_acknowledge,
            ActKind::GiveUp => rules.user_give_up,
            ActKind::Thank => rules.user_thank,
            ActKind::Bye => rules.user_bye,
            _ => return Err(Error::words(format!("a user does not {:?}", act.act))),
        };
        self.say(rule, &frame);
        Ok(())
    }
}
