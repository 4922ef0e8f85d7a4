//! What the built-in assistant does: rules over its belief.
//!
//! It asks for what it needs, searches, offers, tells what was asked, confirms, acts, and says how that went. It
//! says nothing that a tool or the user did not say before, tries a failed call again a bounded number of times, and
//! then says so.

use goalconvo_core::{
    Act, ActKind, AssistantView, Compare, ErrorKind, Intent, IntentKind, Purpose, Rng, SlotKind, Slots,
    ToolCall, ToolError, Value,
};
use smol_str::SmolStr;

mod written;

pub(crate) use written::calling;
use written::is_same;

use super::belief::{Belief, Frame, FrameKey, entity_key, worth_retrying};

/// Chance that an answer names the thing that it is about.
const NAMES: u32 = 58;
/// So many wishes at most are said again beside a count.
const RESTATED: usize = 3;
/// In how many percent of the counts the wishes are said again.
const RESTATES: u32 = 38;
/// In how many percent of the deeds it says again what was wanted: "I have booked a table for 4 on Friday".
const DONE_AGAIN: u32 = 20;
/// In how many percent of turns with nothing else to say the assistant proposes what usually comes next.
const OFFERS_MORE: u32 = 85;

/// In how many percent of answers the assistant asks in the end what more there is.
const ASKS_ON: u32 = 52;

mod offering;

/// What the assistant decided.
pub(crate) enum Decision {
    /// To say these acts.
    Say(Vec<Act>),
    /// To make these calls.
    Call(Vec<ToolCall>),
}

/// What one frame asks for next.
enum Step {
    /// Nothing: it is settled, or waits for the user.
    Rest,
    /// Its tool is to be called with these arguments.
    Call(Slots),
    /// This is to be said.
    Say(Vec<Act>),
}

/// In how many percent of questions for preferences their order is any; else the domain's own.
const ANY_ORDER: u32 = 10;
/// In how many percent of searches that can be bounded in time the assistant asks when, unless it was told.
const ASKS_WHEN: u32 = 80;
/// In how many percent of searches the user is told how many there are.
const COUNTS: u32 = 60;
/// More results than this are many.
const MANY: i64 = 20;
/// In how many percent of searches with many results the assistant asks for preferences before it offers one.
const NARROWS_MANY: u32 = 60;
/// The same with more than four results.
const NARROWS_FEW: u32 = 30;

/// The assistant at one point of a dialogue.
struct Desk<'a, 'b> {
    view: &'b AssistantView<'a>,
    belief: &'b Belief<'a>,
    rng: Rng,
}

/// Decides the assistant's move.
pub(crate) fn decide(view: &AssistantView<'_>, belief: &Belief<'_>) -> Decision {
    let mut desk = Desk { view, belief, rng: view.rng(Purpose::Assistant) };
    let open = desk.open();
    let mut calls: Vec<(FrameKey, Slots)> = Vec::new();
    let mut said = Vec::new();
    for key in &open {
        match desk.step(key) {
            // A write goes out alone, so that what came of it is told at once.
            Step::Call(_) if !calls.is_empty() && !desk.is_independent(key) => continue,
            Step::Call(arguments) => calls.push((key.clone(), arguments)),
            Step::Say(acts) => said.extend(acts),
            Step::Rest => continue,
        }
        // What is finished makes room for the next task in the same breath, and independent searches go out
        // together; what is said waits until all answers are there.
        let goes_on = if calls.is_empty() { closes(&said) } else { desk.is_independent(key) };
        if !goes_on {
            break;
        }
    }
    if !calls.is_empty() {
        return Decision::Call(desk.calls(&calls));
    }
    Decision::Say(desk.speech(said))
}

impl<'a, 'b> Desk<'a, 'b> {
    /// Open intents in the order in which the user wants them; what another one needs comes before it.
    fn open(&self) -> Vec<FrameKey> {
        let mut open = Vec::new();
        for (key, frame) in self.belief.frames() {
            if frame.is_open() {
                let needed = self
                    .intent(key)
                    .and_then(|intent| intent.entity.clone())
                    .map(|entity| (key.0.clone(), entity));
                for key in needed.filter(|needed| self.needs(needed)).into_iter().chain([key.clone()]) {
                    if !open.contains(&key) {
                        open.push(key);
                    }
                }
            }
        }
        open
    }

    /// Whether an entity is still missing that another intent needs.
    fn needs(&self, key: &FrameKey) -> bool {
        self.belief.frame(key).is_none_or(|frame| frame.focus().is_none())
    }

    fn intent(&self, key: &FrameKey) -> Option<&'a Intent> {
        self.view.intent(&key.0, &key.1)
    }

    /// Whether it only looks, and needs nothing of another.
    fn is_independent(&self, key: &FrameKey) -> bool {
        self.intent(key).is_some_and(|intent| intent.kind != IntentKind::Transact && intent.entity.is_none())
    }

    fn step(&mut self, key: &FrameKey) -> Step {
        let Some(intent) = self.intent(key) else { return Step::Rest };
        let blank = Frame::default();
        let belief: &'b Belief<'a> = self.belief;
        let frame = belief.frame(key).unwrap_or(&blank);
        if self.view.tool(&intent.tool).is_none() {
            return Step::Say(vec![act(ActKind::Unable, key)]);
        }
        let Some(arguments) = self.arguments(key, intent) else { return Step::Rest };
        let fresh = frame.called.as_ref().is_some_and(|(before, _)| is_same(before, &arguments));
        if !fresh
            && let Some(record) =
                frame.offer.as_ref().filter(|_| frame.entity.is_none() && frame.offers.len() < 2)
            && self.suits(intent, frame, record, &arguments)
        {
            return self.still_fits(key, intent, record);
        }
        let tries = frame.called.as_ref().filter(|_| fresh).map_or(0, |(_, tries)| *tries);
        match frame.answer.as_ref().filter(|_| fresh) {
            Some(Err(error)) if worth_retrying(error.kind, tries) => Step::Call(arguments),
            Some(Err(error)) => self.failed(key, frame, error),
            Some(Ok(_)) => self.succeeded(key, intent, frame),
            None => self.prepare(key, intent, frame, arguments),
        }
    }

    /// What the user has just added is true of the offer as it is: says so instead of searching again.
    fn still_fits(&self, key: &FrameKey, intent: &Intent, record: &Value) -> Step {
        let tool = self.view.tool(&intent.tool);
        let heard = self.belief.heard.iter().filter(|act| {
            matches!(act.act, ActKind::Inform | ActKind::Correct)
                && (act.domain.as_ref(), act.intent.as_ref()) == (Some(&key.0), Some(&key.1))
        });
        let columns = heard.filter_map(|act| tool?.argument(act.slot.as_ref()?)?.column.as_ref());
        let told: Vec<Act> = columns.filter_map(|column| self.inform(key, column, record)).collect();
        if told.is_empty() { Step::Rest } else { Step::Say(told) }
    }

    /// The arguments as they are known; `None` while the entity that they need is missing.
    fn arguments(&self, key: &FrameKey, intent: &Intent) -> Option<Slots> {
        let tool = self.view.tool(&intent.tool)?;
        let mut arguments: Slots = tool
            .arguments
            .iter()
            .filter_map(|argument| {
                let value = self.belief.slots.get(&(key.0.clone(), argument.name.clone()))?;
                Some((argument.name.clone(), value.clone()))
            })
            .filter(|(name, _)| intent.required.contains(name) || intent.optional.contains(name))
            .collect();
        if let Some(entity) = &intent.entity {
            let record = self.belief.frame(&(key.0.clone(), entity.clone())).and_then(Frame::focus)?;
            for (argument, column) in &intent.from_entity {
                arguments.insert(argument.clone(), record.field(column)?.clone());
            }
        }
        Some(arguments)
    }

    /// Before the call: asks for what is missing, or for a yes.
    fn prepare(&mut self, key: &FrameKey, intent: &Intent, frame: &Frame, arguments: Slots) -> Step {
        let missing: Vec<SmolStr> =
            intent.required.iter().filter(|slot| !arguments.contains_key(*slot)).cloned().collect();
        if !missing.is_empty() {
            let most = 1 + usize::from(self.rng.chance(60));
            let price = if frame.asked.is_empty() { self.price(key, intent) } else { None };
            let asked = missing.iter().take(most).map(|slot| act(ActKind::Request, key).slot(slot));
            return Step::Say(price.into_iter().chain(asked).collect());
        }
        let searching = intent.kind == IntentKind::Search;
        if searching && let Some(when) = self.asks_when(key, intent, frame) {
            return Step::Say(vec![when]);
        }
        if searching && arguments.is_empty() && frame.asked.is_empty() && !self.is_free(key, intent) {
            let preferences = self.ask_preferences(key, intent, 2, &[]);
            if !preferences.is_empty() {
                return Step::Say(preferences);
            }
        }
        if intent.kind == IntentKind::Transact && intent.confirm && !frame.confirmed {
            return Step::Say(self.confirm(key, intent, frame, &arguments));
        }
        Step::Call(arguments)
    }

    /// The question when, where that matters and nobody has said it.
    fn asks_when(&mut self, key: &FrameKey, intent: &Intent, frame: &Frame) -> Option<Act> {
        let said = |slot: &SmolStr| {
            let at = (key.0.clone(), slot.clone());
            self.belief.slots.contains_key(&at) || self.belief.free.contains(&at)
        };
        let bounds: Vec<&SmolStr> =
            intent.optional.iter().filter(|slot| self.is_time_bound(key, intent, slot)).collect();
        if !frame.asked.is_empty() && bounds.iter().any(|slot| frame.asked.contains(*slot)) {
            return None;
        }
        let open = !bounds.iter().any(|slot| said(slot)) && self.rng.chance(ASKS_WHEN);
        let slot = self.rng.pick(&bounds).filter(|_| open)?;
        Some(act(ActKind::Request, key).slot(slot))
    }

    /// Whether a slot says from when on, or until when.
    fn is_time_bound(&self, key: &FrameKey, intent: &Intent, slot: &SmolStr) -> bool {
        let argument = self.view.tool(&intent.tool).and_then(|tool| tool.argument(slot));
        argument.is_some_and(|argument| argument.compare != Compare::Equal)
            && self.view.slot(&key.0, slot).is_some_and(|slot| slot.kind == SlotKind::Time)
    }

    fn is_free(&self, key: &FrameKey, intent: &Intent) -> bool {
        intent.optional.iter().any(|slot| self.belief.free.contains(&(key.0.clone(), slot.clone())))
    }

    /// Asks for preferences that are not known yet; with results at hand, for those that tell them apart.
    fn ask_preferences(&mut self, key: &FrameKey, intent: &Intent, most: usize, among: &[Value]) -> Vec<Act> {
        let frame = self.belief.frame(key);
        let known = |slot: &SmolStr| {
            let at = (key.0.clone(), slot.clone());
            self.belief.slots.contains_key(&at)
                || self.belief.free.contains(&at)
                || frame.is_some_and(|frame| frame.asked.contains(slot))
        };
        let label = self.label(key);
        let tool = self.view.tool(&intent.tool);
        let tells_apart = |slot: &SmolStr| {
            let column = tool.and_then(|tool| tool.argument(slot)?.column.as_ref());
            let first = column.and_then(|column| among.first()?.field(column));
            among.is_empty()
                || column.is_some_and(|column| among.iter().any(|row| row.field(column) != first))
        };
        let mut unknown: Vec<SmolStr> = intent
            .optional
            .iter()
            .filter(|slot| !known(slot) && Some(*slot) != label.as_ref() && tells_apart(slot))
            .cloned()
            .collect();
        // What is asked first is what people mind most: when, and then as the domain has it.
        if self.rng.chance(ANY_ORDER) {
            self.rng.shuffle(&mut unknown);
        }
        unknown.sort_by_key(|slot| !self.is_time_bound(key, intent, slot));
        let count = 1 + self.rng.below(most);
        unknown.iter().take(count).map(|slot| act(ActKind::Request, key).slot(slot)).collect()
    }

    /// Reads the values back for a yes: all of them, or those that are new since they were read back. Where there is
    /// nothing to read back, asks whether to do it.
    fn confirm(&self, key: &FrameKey, intent: &Intent, frame: &Frame, arguments: &Slots) -> Vec<Act> {
        let slots = intent.required.iter().chain(&intent.optional);
        let values: Vec<(&SmolStr, &Value)> =
            slots.filter_map(|slot| Some((slot, arguments.get(slot)?))).collect();
        let new = |(slot, value): &&(&SmolStr, &Value)| frame.read_back.get(*slot) != Some(*value);
        let ask = |(slot, value): &(&SmolStr, &Value)| {
            act(ActKind::Confirm, key).slot(slot).value((*value).clone())
        };
        let fresh: Vec<Act> = values.iter().filter(new).map(ask).collect();
        match (values.is_empty(), fresh.is_empty()) {
            (true, _) => vec![self.about_entity(key, intent, act(ActKind::OfferIntent, key))],
            (_, true) => values.iter().map(ask).collect(),
            _ => fresh,
        }
    }

    /// An act that names what the intent would be done with, where that has a name.
    fn about_entity(&self, key: &FrameKey, intent: &Intent, act: Act) -> Act {
        let named = || {
            let giver = (key.0.clone(), intent.entity.clone()?);
            let record = self.belief.frame(&giver).and_then(Frame::focus)?;
            let label = self.label(&giver)?;
            // What is checked of it is its key, and evidence lies in its own table: where the call takes something else, or
            // makes something new, nothing is named.
            let table = |key: &FrameKey| Some(&self.view.tool(&self.intent(key)?.tool)?.table);
            let is_key = |(_, column): &&(SmolStr, SmolStr)| {
                record.field(column).is_some_and(|value| value.plain() == entity_key(record))
            };
            intent.from_entity.iter().find(is_key).filter(|_| table(key) == table(&giver))?;
            Some((label.clone(), record.field(&label)?.clone(), entity_key(record)))
        };
        match named() {
            Some((label, name, of)) => act.slot(&label).value(name).of(&of),
            None => act,
        }
    }

    fn failed(&self, key: &FrameKey, frame: &Frame, error: &ToolError) -> Step {
        if frame.told || frame.closed {
            return Step::Rest;
        }
        let rule = error.rule.as_ref().and_then(|rule| self.view.policy(&key.0)?.rules.get(rule));
        Step::Say(vec![match error.kind {
            kind if kind.is_refusal() => act(ActKind::Refuse, key)
                .value(rule.map_or_else(|| Value::Text(error.message.clone()), Value::text)),
            kind if kind.is_transient() => act(ActKind::Trouble, key),
            ErrorKind::UnknownTool => act(ActKind::Unable, key),
            _ => act(ActKind::NotDone, key).value(Value::Text(error.message.clone())),
        }])
    }

    fn succeeded(&mut self, key: &FrameKey, intent: &Intent, frame: &Frame) -> Step {
        match intent.kind {
            IntentKind::Search => self.found(key, intent, frame),
            IntentKind::Transact if !frame.told => Step::Say(self.done(key, intent, frame)),
            IntentKind::Lookup | IntentKind::Transact => Step::Rest,
        }
    }

    /// After a search: nothing, too much, or an offer.
    fn found(&mut self, key: &FrameKey, intent: &Intent, frame: &Frame) -> Step {
        if frame.entity.is_some() || frame.told {
            return Step::Rest;
        }
        let total = frame.total().unwrap_or(0);
        if total == 0 {
            let under = self.wishes(key, intent);
            return Step::Say(std::iter::once(act(ActKind::NoMatch, key)).chain(under).collect());
        }
        if let Some(more) = self.next_page(key, intent, frame) {
            return Step::Call(more);
        }
        let mut acts = Vec::new();
        let new = frame.declined.is_empty() && frame.counted != Some(total);
        if total > 1 && new && self.rng.chance(COUNTS) {
            acts.push(act(ActKind::Count, key).value(Value::Int(total)));
            // So many there are under all that was asked: to name only a part of it would count others too.
            let wishes = self.wishes(key, intent);
            if wishes.len() <= RESTATED && self.rng.chance(RESTATES) {
                acts.extend(wishes);
            }
        }
        let narrows = if total > MANY { NARROWS_MANY } else { NARROWS_FEW };
        if total > 4 && frame.asked.is_empty() && self.rng.chance(narrows) {
            let narrowing = self.ask_preferences(key, intent, 2, frame.results());
            if !narrowing.is_empty() {
                acts.extend(narrowing);
                return Step::Say(acts);
            }
        }
        let several = self.several(key, frame);
        if several.is_empty() {
            acts.extend(self.offer(key, intent, frame));
        }
        acts.extend(several);
        Step::Say(acts)
    }

    /// What the user asked of a search, as it is told again beside what came of it.
    fn wishes(&self, key: &FrameKey, intent: &Intent) -> Vec<Act> {
        let known = intent.optional.iter().chain(&intent.required);
        let values =
            known.filter_map(|slot| Some((slot, self.belief.slots.get(&(key.0.clone(), slot.clone()))?)));
        values.map(|(slot, value)| act(ActKind::Inform, key).slot(slot).value(value.clone())).collect()
    }

    /// Tells a value of a record, unless it is unknown there.
    fn inform(&self, key: &FrameKey, slot: &SmolStr, record: &Value) -> Option<Act> {
        let value = record.field(slot).filter(|value| !value.is_null())?;
        self.view.slot(&key.0, slot)?;
        Some(act(ActKind::Inform, key).slot(slot).value(value.clone()).of(&entity_key(record)))
    }

    fn done(&mut self, key: &FrameKey, intent: &Intent, frame: &Frame) -> Vec<Act> {
        let Some(record) = &frame.entity else { return vec![] };
        let mut acts = vec![act(ActKind::Done, key)];
        if self.rng.chance(DONE_AGAIN) {
            acts.extend(self.wishes(key, intent).into_iter().take(RESTATED));
        }
        let asked = frame.questions.len();
        let others = intent.requests.iter().filter(|slot| !frame.questions.contains(*slot));
        let facts = frame.questions.iter().chain(others);
        let most = asked.max(if acts.len() > 1 { 1 } else { 2 });
        acts.extend(facts.filter_map(|slot| self.inform(key, slot, record)).take(most));
        acts
    }

    fn label(&self, key: &FrameKey) -> Option<SmolStr> {
        let tool = self.view.tool(&self.intent(key)?.tool)?;
        self.view.label(&tool.table)
    }

    /// What is said in the end: answers first, then the main point, then what comes next.
    fn speech(&mut self, said: Vec<Act>) -> Vec<Act> {
        let mut acts = self.answers(&said);
        let main = !said.is_empty();
        let found = self.findings(&acts, &said);
        let news = !found.is_empty();
        acts.extend(found);
        acts.extend(said);
        let closes =
            acts.iter().any(|act| matches!(act.act, ActKind::Done | ActKind::Refuse | ActKind::Unable));
        if self.heard(ActKind::Bye) && !main {
            let thanked = self.heard(ActKind::Thank).then(|| Act::new(ActKind::Welcome));
            return acts.into_iter().chain(thanked).chain([Act::new(ActKind::Bye)]).collect();
        }
        if news && !main {
            // What was looked up is the point: the user goes on from there.
            acts.extend(self.rng.chance(25).then(|| Act::new(ActKind::RequestMore)));
        } else if !main {
            // An answer may stand by itself.
            if acts.is_empty() || self.rng.chance(ASKS_ON) {
                acts.extend(self.next_step());
            }
        } else if closes && self.rng.chance(42) {
            acts.push(Act::new(ActKind::RequestMore));
        }
        acts
    }

    /// What the user asked and a tool has told. A question whose answer is in no result is left to the search.
    fn answers(&mut self, said: &[Act]) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        for request in &self.belief.requests {
            let (Some(domain), Some(intent), Some(slot)) = (&request.domain, &request.intent, &request.slot)
            else {
                continue;
            };
            let key = (domain.clone(), intent.clone());
            let told = |act: &Act| {
                act.slot.as_ref() == Some(slot)
                    && act.domain.as_ref() == Some(domain)
                    && act.act == ActKind::Inform
            };
            let record = self.belief.frame(&key).and_then(Frame::focus);
            let answer = record.and_then(|record| self.inform(&key, slot, record));
            acts.extend(answer.filter(|_| !said.iter().chain(&acts).any(told)));
        }
        self.named(acts)
    }

    /// Answers about a thing with its name before them, now and then.
    fn named(&mut self, mut acts: Vec<Act>) -> Vec<Act> {
        let about = acts.first().and_then(|act| act.domain.clone().zip(act.intent.clone()));
        let name = about.filter(|_| self.rng.chance(NAMES)).and_then(|key| {
            let record = self.belief.frame(&key).and_then(Frame::focus)?;
            // A record that goes by a number has no name.
            let label = self.label(&key)?;
            let slot = self.view.slot(&key.0, &label).filter(|slot| !slot.kind.is_hidden())?;
            self.inform(&key, &slot.name, record)
        });
        if let Some(name) = name.filter(|name| acts.iter().all(|act| act.slot != name.slot)) {
            acts.insert(0, name);
        }
        acts
    }

    /// What has just been looked up, in a fact or two, unless the user's own questions say it all.
    fn findings(&mut self, answers: &[Act], said: &[Act]) -> Vec<Act> {
        let ends = |act: &Act| !matches!(act.act, ActKind::Request | ActKind::Confirm | ActKind::OfferIntent);
        if !answers.is_empty() || said.iter().any(ends) {
            return vec![];
        }
        let belief: &'b Belief<'a> = self.belief;
        let mut acts = Vec::new();
        for (key, frame) in belief.frames().filter(|(_, frame)| frame.news && !frame.dropped) {
            let Some(intent) = self.intent(key).filter(|intent| intent.kind == IntentKind::Lookup) else {
                continue;
            };
            let Some(Ok(record)) = &frame.answer else { continue };
            let most = if said.is_empty() { 1 + self.rng.below(2) } else { usize::from(self.rng.chance(40)) };
            acts.extend(self.facts(key, intent, record).take(most));
        }
        acts
    }

    /// What there is to tell of a record, best first: what the domain says is told, or else what is asked most.
    fn facts<'s>(
        &'s self,
        key: &'s FrameKey,
        intent: &'s Intent,
        record: &'s Value,
    ) -> impl Iterator<Item = Act> + 's {
        let told = if intent.tells.is_empty() { &intent.requests } else { &intent.tells };
        let given = |slot: &SmolStr| self.belief.slots.contains_key(&(key.0.clone(), slot.clone()));
        told.iter().filter(move |slot| !given(slot)).filter_map(|slot| self.inform(key, slot, record))
    }

    fn heard(&self, kind: ActKind) -> bool {
        self.belief.heard.iter().any(|act| act.act == kind)
    }

    /// With nothing left to do or to answer: proposes what usually comes next, or asks.
    fn next_step(&mut self) -> Vec<Act> {
        let next = self.belief.focus().and_then(|key| self.follow_up(key));
        match next {
            Some(key) if self.rng.chance(OFFERS_MORE) => {
                let price = self.intent(&key).and_then(|intent| self.price(&key, intent));
                price.into_iter().chain([act(ActKind::OfferIntent, &key)]).collect()
            }
            _ if self.heard(ActKind::Thank) => {
                vec![Act::new(ActKind::Welcome), Act::new(ActKind::RequestMore)]
            }
            _ => vec![Act::new(ActKind::RequestMore)],
        }
    }

    /// A transaction with the entity that the user took and that nobody has brought up yet. What is looked up is the
    /// user's own: it knows what it wants done with it.
    fn follow_up(&self, key: &FrameKey) -> Option<FrameKey> {
        let is_search = self.intent(key).is_some_and(|intent| intent.kind == IntentKind::Search);
        self.belief.frame(key).filter(|_| is_search)?.entity.as_ref()?;
        let follows = |intent: &&Intent| {
            intent.entity.as_ref() == Some(&key.1) && self.view.tool(&intent.tool).is_some()
        };
        let next = self.view.intents(&key.0).iter().find(follows)?;
        let next = (key.0.clone(), next.name.clone());
        self.belief.frame(&next).is_none().then_some(next)
    }
}

/// Whether all that is said is how something ended, so that nothing waits for the user's word.
fn closes(acts: &[Act]) -> bool {
    let ended = |act: &Act| matches!(act.act, ActKind::Done | ActKind::Refuse | ActKind::Unable);
    acts.iter().any(ended) && acts.iter().all(|act| ended(act) || act.act == ActKind::Inform)
}

fn act(kind: ActKind, key: &FrameKey) -> Act {
    Act::new(kind).about(&key.0, &key.1)
}
