//! What the built-in assistant believes: folded from the turns it can see, each time anew.
//!
//! Nothing is kept between moves, so a forked, resumed or replayed dialogue is in the same state by construction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goalconvo_core::{
    Act, ActKind, Arguments, AssistantView, ErrorKind, FunctionCall, IntentKind, Slots, Tool, ToolError,
    ToolTurn, Turn, Utterance, Value,
};
use smol_str::SmolStr;

/// Domain and name of an intent.
pub(crate) type FrameKey = (SmolStr, SmolStr);

/// What is known of one intent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    /// The user asked for it (or for something that needs it).
    pub wanted: bool,
    /// The user stopped wanting it.
    pub dropped: bool,
    /// The assistant said how it ended, well or badly, and there is no more to do.
    pub closed: bool,
    /// The user said yes to the values as they are.
    pub confirmed: bool,
    /// The slots that the assistant asked for.
    pub asked: BTreeSet<SmolStr>,
    /// The latest call's arguments and how often in a row they were tried.
    pub called: Option<(Value, usize)>,
    /// The latest answer: a result, or why there is none.
    pub answer: Option<Result<Value, ToolError>>,
    /// The entity that was offered last, as the tool returned it; none once the user wants another one.
    pub offer: Option<Value>,
    /// Keys of all entities that were offered with it.
    pub offers: Vec<SmolStr>,
    /// Keys of the entities that the user wanted another one than.
    pub declined: Vec<SmolStr>,
    /// How many entities the user was told there are.
    pub counted: Option<i64>,
    /// What was asked of it and has not been told.
    pub questions: Vec<SmolStr>,
    /// The values that were read back to the user.
    pub read_back: Slots,
    /// The latest answer is newer than the assistant's latest words.
    pub news: bool,
    /// The entity that was chosen or looked up, as the tool returned it.
    pub entity: Option<Value>,
    /// The assistant told the user what the latest answer is.
    pub told: bool,
}

impl Frame {
    /// The entity that the talk is about: the chosen one, else the offered one, else the next to be proposed.
    pub fn focus(&self) -> Option<&Value> {
        self.entity.as_ref().or(self.offer.as_ref()).or_else(|| self.proposal())
    }

    /// The result of a search to propose next: the first that the user has not declined, where there is one.
    pub fn proposal(&self) -> Option<&Value> {
        let results = self.results();
        let fresh = results.iter().find(|row| !self.declined.contains(&entity_key(row)));
        fresh.or_else(|| results.first())
    }

    /// The row of this key among what was offered or found.
    fn row(&self, key: &str) -> Option<&Value> {
        self.offer.iter().chain(self.results()).find(|row| entity_key(row) == key)
    }

    /// The results of a search.
    pub fn results(&self) -> &[Value] {
        match &self.answer {
            Some(Ok(result)) => result.field("results").map_or(&[], Value::items),
            _ => &[],
        }
    }

    /// What asks for the next page of results, where all that are known were declined and there are more.
    pub fn next_page(&self) -> Option<&Value> {
        let declined = |row: &Value| self.declined.contains(&entity_key(row));
        let next = self.answer.as_ref()?.as_ref().ok()?.field("next").filter(|next| !next.is_null())?;
        self.results().iter().all(declined).then_some(next)
    }

    /// How many entities match, by the latest answer.
    pub fn total(&self) -> Option<i64> {
        match &self.answer {
            Some(Ok(result)) => result.field("total").and_then(Value::as_number).map(|n| n as i64),
            _ => None,
        }
    }

    /// Whether there is something left to do.
    pub fn is_open(&self) -> bool {
        self.wanted && !self.dropped && !self.closed
    }
}

/// The key of an entity: the first field that the tool returns.
pub(crate) fn entity_key(record: &Value) -> SmolStr {
    record.fields().first().map(|(_, key)| key.plain()).unwrap_or_default()
}

/// A call that waits for its answer.
struct Pending {
    id: SmolStr,
    /// The intent that makes it.
    of: FrameKey,
    /// Its arguments by slot, without those that say which page is wanted.
    arguments: Value,
    /// It goes on where an earlier answer ended.
    more: bool,
}

/// All that the assistant believes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Belief<'v> {
    /// Values by domain and slot, as the user gave them.
    pub slots: BTreeMap<(SmolStr, SmolStr), Value>,
    /// Slots for which any value will do.
    pub free: BTreeSet<(SmolStr, SmolStr)>,
    /// The few intents that were brought up, in that order.
    frames: Vec<(FrameKey, Frame)>,
    /// The user's acts since the assistant last spoke.
    pub heard: Vec<&'v Act>,
    /// What the user asked since the assistant last spoke.
    pub requests: Vec<&'v Act>,
    /// Where among the frames the intent stands that the latest words were about.
    focus: Option<usize>,
    /// The acts of the assistant's latest words.
    spoken: &'v [Act],
    /// How many calls there have been.
    pub calls: usize,
}

impl<'v> Belief<'v> {
    /// Folds the turns.
    pub fn of(view: &AssistantView<'v>) -> Self {
        let mut belief = Belief::default();
        let mut pending: Vec<Pending> = Vec::new();
        for turn in view.turns() {
            match turn {
                Turn::User(said) => said.acts.iter().for_each(|act| belief.hear(act)),
                Turn::Assistant(said) => belief.own(view, said, &mut pending),
                Turn::Tool(answer) => belief.answered(view, answer, &mut pending),
                Turn::Garbled { .. } => {}
            }
        }
        belief
    }

    /// The frame of an intent, if anything is known of it.
    pub fn frame(&self, key: &FrameKey) -> Option<&Frame> {
        self.frames.iter().find(|(known, _)| known == key).map(|(_, frame)| frame)
    }

    /// The intents in the order in which they were brought up.
    pub fn frames(&self) -> impl Iterator<Item = &(FrameKey, Frame)> {
        self.frames.iter()
    }

    /// The intent that the latest words were about.
    pub fn focus(&self) -> Option<&FrameKey> {
        Some(&self.frames.get(self.focus?)?.0)
    }

    /// Where the frame of an intent stands, which is made where there is none.
    fn place(&mut self, domain: &SmolStr, intent: &SmolStr) -> usize {
        let is = |((of, name), _): &(FrameKey, Frame)| name == intent && of == domain;
        // Mostly it is the one that the talk is about.
        let same = self.focus.filter(|at| self.frames.get(*at).is_some_and(is));
        same.or_else(|| self.frames.iter().position(is)).unwrap_or_else(|| {
            self.frames.push(((domain.clone(), intent.clone()), Frame::default()));
            self.frames.len() - 1
        })
    }

    fn frame_mut(&mut self, domain: &SmolStr, intent: &SmolStr) -> &mut Frame {
        let at = self.place(domain, intent);
        &mut self.frames[at].1
    }

    fn hear(&mut self, act: &'v Act) {
        self.heard.push(act);
        if act.act == ActKind::Affirm {
            return self.affirmed();
        }
        let (Some(domain), Some(intent)) = (&act.domain, &act.intent) else { return };
        if matches!(act.act, ActKind::Inform | ActKind::Correct | ActKind::DontCare) {
            self.learn(act, domain, intent);
        }
        let at = self.place(domain, intent);
        self.focus = Some(at);
        let frame = &mut self.frames[at].1;
        match act.act {
            ActKind::Intend => {
                frame.wanted = true;
                frame.closed = false;
                frame.dropped = false;
            }
            ActKind::Select => {
                frame.entity = frame.row(act.of.as_deref().unwrap_or_default()).cloned();
                frame.closed = true;
            }
            ActKind::Alternatives => {
                frame.offer = None;
                frame.declined.append(&mut frame.offers);
                frame.told = false;
            }
            ActKind::GiveUp => frame.dropped = true,
            ActKind::Request => {
                frame.questions.extend(act.slot.clone());
                self.requests.push(act);
            }
            _ => {}
        }
    }

    /// A value that the user gave: what was settled under another one is open again.
    fn learn(&mut self, act: &Act, domain: &SmolStr, intent: &SmolStr) {
        let Some(slot) = &act.slot else { return };
        let at = (domain.clone(), slot.clone());
        let before = match &act.value {
            Some(value) => {
                self.free.remove(&at);
                self.slots.insert(at, value.clone())
            }
            None => {
                self.free.insert(at.clone());
                self.slots.remove(&at)
            }
        };
        // "Yes, and there are five of us": what is added in the same breath as the yes is part of it.
        let added = before.is_none() && self.heard.iter().any(|act| act.act == ActKind::Affirm);
        let frame = self.frame_mut(domain, intent);
        frame.wanted = true;
        frame.closed = false;
        // A new value for what could not be had is its own confirmation; any other one has to be confirmed again.
        let failed = matches!(frame.answer, Some(Err(_)));
        frame.confirmed = frame.confirmed && (failed || added);
    }

    fn affirmed(&mut self) {
        for act in std::mem::take(&mut self.spoken) {
            let (Some(domain), Some(intent)) = (&act.domain, &act.intent) else { continue };
            let frame = self.frame_mut(domain, intent);
            match act.act {
                ActKind::Confirm => frame.confirmed = true,
                ActKind::OfferIntent => {
                    // A yes to what the user has asked for already is the yes that it waits for.
                    frame.confirmed |= frame.wanted;
                    frame.wanted = true;
                }
                ActKind::Trouble => {
                    // Asked to try again: the failed call is forgotten.
                    frame.called = None;
                    frame.answer = None;
                    frame.closed = false;
                }
                _ => {}
            }
        }
    }

    fn own(&mut self, view: &AssistantView<'v>, said: &'v Utterance, pending: &mut Vec<Pending>) {
        for call in &said.tool_calls {
            self.calls += 1;
            if let Some(of) = self.caller(view, &call.function.name) {
                let (arguments, more) = by_slot(view, &call.function);
                pending.push(Pending { id: call.id.clone(), of, arguments, more });
            }
        }
        if said.text.is_empty() {
            return;
        }
        self.heard.clear();
        self.requests.clear();
        self.spoken = &said.acts;
        for act in &said.acts {
            self.spoke(act);
        }
        self.frames.iter_mut().for_each(|(_, frame)| frame.news = false);
    }

    fn spoke(&mut self, act: &Act) {
        let (Some(domain), Some(intent)) = (&act.domain, &act.intent) else { return };
        let frame = self.frame_mut(domain, intent);
        match act.act {
            ActKind::Request => {
                frame.asked.extend(act.slot.clone());
            }
            ActKind::Offer => {
                if !frame.told {
                    frame.offers.clear();
                }
                frame.offers.extend(act.of.clone());
                frame.offer = act.of.as_ref().and_then(|of| frame.row(of)).cloned();
                frame.told = true;
            }
            ActKind::Count => frame.counted = act.value.as_ref().and_then(Value::as_number).map(|n| n as i64),
            ActKind::Inform => frame.questions.retain(|slot| Some(slot) != act.slot.as_ref()),
            ActKind::Confirm => frame.read_back.extend(act.slot.clone().zip(act.value.clone())),
            ActKind::NoMatch | ActKind::NotDone => frame.told = true,
            ActKind::Done | ActKind::Refuse | ActKind::Unable | ActKind::Trouble => {
                frame.told = true;
                frame.closed = true;
            }
            _ => {}
        }
    }

    /// Whose tool it is: the open intent that uses it.
    fn caller(&self, view: &AssistantView<'_>, tool: &str) -> Option<FrameKey> {
        let uses = |(key, _): &&(FrameKey, Frame)| {
            view.intent(&key.0, &key.1).is_some_and(|intent| intent.tool == tool)
        };
        let open = self.frames.iter().filter(uses).find(|(_, frame)| frame.is_open());
        let known = open.or_else(|| self.frames.iter().find(uses));
        known.map(|(key, _)| key.clone()).or_else(|| {
            let named = |domain: &SmolStr| {
                view.intents(domain)
                    .iter()
                    .find(|intent| intent.tool == tool)
                    .map(|intent| (domain.clone(), intent.name.clone()))
            };
            view.domains().find_map(named)
        })
    }

    fn answered(&mut self, view: &AssistantView<'_>, answer: &ToolTurn, pending: &mut Vec<Pending>) {
        let Some(at) = pending.iter().position(|call| call.id == answer.tool_call_id) else { return };
        let Pending { of: key, arguments, more, .. } = pending.swap_remove(at);
        let kind = view.intent(&key.0, &key.1).map(|intent| intent.kind);
        let frame = self.frame_mut(&key.0, &key.1);
        let tries =
            frame.called.take().filter(|(before, _)| *before == arguments).map_or(0, |(_, tries)| tries);
        frame.called = Some((arguments, tries + usize::from(!more || answer.error.is_some())));
        let before = frame.answer.take().and_then(Result::ok).filter(|_| more);
        let result =
            || before.map_or_else(|| answer.result.clone(), |before| joined(&before, &answer.result));
        frame.answer = Some(answer.error.clone().map_or_else(|| Ok(result()), Err));
        frame.news = true;
        frame.told = false;
        if answer.error.is_none() && kind != Some(IntentKind::Search) {
            frame.entity = Some(answer.result.clone());
        }
        if kind == Some(IntentKind::Search) {
            frame.entity = None;
            frame.offer = None;
        }
    }
}

/// The arguments of a call by slot, without its page, and whether it asks for a later page than the first.
fn by_slot(view: &AssistantView<'_>, function: &FunctionCall) -> (Value, bool) {
    let Arguments::Parsed(record) = &function.arguments else { return (Value::Null, false) };
    let plain = |tool: &&Arc<Tool>| !tool.folds.is_empty() || tool.paging.is_some();
    let Some(tool) = view.tool(&function.name).filter(plain) else { return (record.clone(), false) };
    let arguments = tool.by_slot(&function.arguments);
    let paging = tool.paging.as_ref();
    let start = paging.and_then(|paging| Some((paging, arguments.get(&paging.start)?)));
    let more = start.is_some_and(|(paging, start)| paging.first().as_ref() != Some(start));
    let own = |(name, _): &&(SmolStr, Value)| !paging.is_some_and(|paging| paging.has(name));
    let slots: Slots = arguments.fields().iter().filter(own).cloned().collect();
    (Value::record(slots), more)
}

/// Two pages of results as one.
fn joined(before: &Value, after: &Value) -> Value {
    let results = |page: &Value| page.field("results").map(Value::items).unwrap_or_default().to_vec();
    let all: Value = results(before).into_iter().chain(results(after)).collect();
    let field = |name: &str| after.field(name).cloned().unwrap_or_default();
    Value::record([("total", field("total")), ("results", all), ("next", field("next"))])
}

/// Whether a failed call is worth trying again, after so many tries.
pub(crate) fn worth_retrying(kind: ErrorKind, tries: usize) -> bool {
    kind.is_transient() && tries < 3
}
