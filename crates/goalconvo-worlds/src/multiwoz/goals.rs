//! Goals: each becomes tasks with a proof that they end as they say.

use std::collections::BTreeMap;

use goalconvo_core::{
    Arguments, Carry, Change, CorpusGoal, Expect, Goal, GoalClass, IntentKind, Slots, Stage, Task, Value,
    World,
};
use serde_json::Value as Json;
use smol_str::SmolStr;

use super::databases::DOMAINS;
use super::messages::{Told, read};
use super::normal::{Meaning, Speller};
use super::report::Report;
use super::slots::slot_of;

/// What goals are made with.
pub(super) struct Maker<'a> {
    pub(super) stage: &'a Stage,
    pub(super) speller: &'a mut Speller,
    pub(super) report: &'a mut Report,
}

/// A goal as it grows.
pub(super) struct Draft<'a> {
    pub(super) id: &'a str,
    pub(super) told: Told,
    pub(super) tasks: Vec<Task>,
    /// For each task, the keys of the entities that it may end with.
    pub(super) found: Vec<Vec<SmolStr>>,
    pub(super) setup: Vec<Change>,
}

impl Maker<'_> {
    /// The goal of one dialogue.
    pub(super) fn goal(&mut self, id: &str, goal: &Json) -> CorpusGoal {
        let lines: Vec<&str> = match goal.get("message") {
            Some(Json::Array(lines)) => lines.iter().filter_map(Json::as_str).collect(),
            Some(Json::String(line)) => vec![line],
            _ => vec![],
        };
        let mut draft = Draft {
            id,
            told: read(lines.into_iter()),
            tasks: Vec::new(),
            found: Vec::new(),
            setup: Vec::new(),
        };
        for domain in self.order(goal, &draft) {
            if let Some(part) = goal.get(domain) {
                self.part(domain, part, &mut draft);
            }
        }
        if draft.tasks.is_empty() {
            self.report.odd(id, "the goal wants nothing");
        }
        self.count(&draft);
        let mut domains: Vec<SmolStr> = Vec::new();
        for task in &draft.tasks {
            if !domains.contains(&task.domain) {
                domains.push(task.domain.clone());
            }
        }
        let goal = Goal { class: GoalClass::Corpus, tasks: draft.tasks };
        CorpusGoal { id: id.to_owned(), domains, goal, setup: draft.setup, faults: vec![] }
    }

    /// Domains with content, in the order of the message; the taxi, which needs the others, last.
    fn order(&mut self, goal: &Json, draft: &Draft<'_>) -> Vec<&'static str> {
        let has =
            |domain: &str| goal.get(domain).and_then(Json::as_object).is_some_and(|part| !part.is_empty());
        let mut order: Vec<&'static str> =
            draft.told.order.iter().copied().filter(|domain| has(domain)).collect();
        order.extend(DOMAINS.into_iter().filter(|domain| has(domain) && !draft.told.order.contains(domain)));
        order.sort_by_key(|domain| *domain == "taxi");
        order.retain(|domain| {
            let there = self.stage.domain(domain).is_some();
            if !there {
                self.report
                    .odd(draft.id, format!("wants {domain}, which has no database; that part is left out"));
            }
            there
        });
        order
    }

    fn part(&mut self, domain: &'static str, part: &Json, draft: &mut Draft<'_>) {
        if domain == "taxi" {
            return self.taxi(part, draft);
        }
        let info = self.slots(domain, part.get("info"), draft.id);
        let mut fail = self.slots(domain, part.get("fail_info"), draft.id);
        if !fail.is_empty() && !draft.told.relaxes.contains(&domain) {
            if fail != info {
                let what = format!(
                    "{domain}: fail_info ({}) is nothing that the message tells the user; left out",
                    shown(&fail)
                );
                self.report.odd(draft.id, what);
            }
            fail.clear();
        }
        let requests = self.requests(domain, part.get("reqt"), draft.id);
        self.search(domain, info, fail, requests, draft);
        let search = draft.tasks.len() - 1;
        let book = part.get("book").and_then(Json::as_object);
        if book.is_some_and(|book| book.keys().any(|key| key != "invalid" && key != "pre_invalid")) {
            self.booking(domain, part, search, draft);
        }
    }

    pub(super) fn slots(&mut self, domain: &str, part: Option<&Json>, place: &str) -> Slots {
        let mut slots = Slots::new();
        for (key, value) in part.and_then(Json::as_object).into_iter().flatten() {
            let Some(text) = value.as_str() else { continue };
            let Some(slot) = slot_of(key) else {
                self.report.odd(place, format!("{domain} has the unknown slot {key:?}; left out"));
                continue;
            };
            if let Meaning::Value(value) = self.speller.read(domain, slot, text, place) {
                slots.insert(slot.into(), value);
            }
        }
        slots
    }

    pub(super) fn requests(&mut self, domain: &str, part: Option<&Json>, place: &str) -> Vec<SmolStr> {
        let mut requests: Vec<SmolStr> = Vec::new();
        for key in part.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            match slot_of(key) {
                Some(slot) if !requests.iter().any(|known| known == slot) => requests.push(slot.into()),
                Some(_) => {}
                None => {
                    self.report.odd(place, format!("{domain} asks for the unknown slot {key:?}; left out"));
                }
            }
        }
        requests
    }

    fn search(
        &mut self,
        domain: &'static str,
        info: Slots,
        fail: Slots,
        requests: Vec<SmolStr>,
        draft: &mut Draft<'_>,
    ) {
        let mut task = blank(domain, &format!("find_{domain}"));
        let relaxed: Slots = info
            .iter()
            .filter(|(slot, value)| !fail.is_empty() && fail.get(*slot) != Some(value))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        task.constraints = if fail.is_empty() { info } else { fail };
        if !relaxed.is_empty() {
            // What the later wish does not say any more can't be taken back: the task keeps it.
            task.relaxations.push(relaxed);
        }
        self.same(domain, &["area", "pricerange", "day"], &mut task, draft);
        let unknown: Vec<SmolStr> =
            task.constraints.keys().filter(|slot| !self.takes(domain, slot)).cloned().collect();
        for slot in unknown {
            task.constraints.remove(&slot);
            self.report.odd(draft.id, format!("{domain} can't be searched by {slot}; left out"));
        }
        let attempts: Vec<Vec<SmolStr>> = (0..=task.relaxations.len())
            .map(|relaxed| self.find(&task, &task.wanted(true, relaxed)))
            .collect();
        let first = attempts.iter().position(|keys| !keys.is_empty());
        task.relaxed = first.unwrap_or(task.relaxations.len());
        task.expect = if first.is_some() { Expect::Found } else { Expect::Unavailable };
        let keys = attempts.into_iter().nth(task.relaxed).unwrap_or_default();
        match (first, task.relaxations.len()) {
            (None, _) => self.report.odd(
                draft.id,
                format!("{domain}: no entity fits {}; expected unavailable", shown(&task.settled())),
            ),
            (Some(0), 1..) => {
                let what = format!(
                    "{domain}: {} entities fit what should fit none ({}); expected found at once",
                    keys.len(),
                    shown(&task.constraints)
                );
                self.report.odd(draft.id, what);
            }
            _ => {}
        }
        task.requests = self.answerable(domain, requests, &keys, draft.id);
        draft.tasks.push(task);
        draft.found.push(keys);
    }

    /// Requests that the database can answer for every entity that may be chosen.
    fn answerable(
        &mut self,
        domain: &str,
        requests: Vec<SmolStr>,
        keys: &[SmolStr],
        place: &str,
    ) -> Vec<SmolStr> {
        if keys.is_empty() {
            return Vec::new();
        }
        let Some(table) = self.stage.tables().get(domain).cloned() else { return requests };
        let unknown = |slot: &SmolStr| {
            let Some(column) = table.column(slot) else { return keys.len() };
            keys.iter().filter(|key| table.get(key).is_none_or(|row| row[column].is_null())).count()
        };
        let (told, untold): (Vec<SmolStr>, Vec<SmolStr>) =
            requests.into_iter().partition(|slot| unknown(slot) == 0);
        for slot in untold {
            let what = format!(
                "{domain}: {slot} is unknown for {} of the {} entities that fit; not asked for",
                unknown(&slot),
                keys.len()
            );
            self.report.odd(place, what);
        }
        told
    }

    fn takes(&self, domain: &str, slot: &str) -> bool {
        let intent = self.stage.intent(domain, &format!("find_{domain}"));
        intent.is_some_and(|intent| intent.required.iter().chain(&intent.optional).any(|known| known == slot))
    }

    /// Keys of all rows that the search of a task finds.
    pub(super) fn find(&self, task: &Task, slots: &Slots) -> Vec<SmolStr> {
        let Some(intent) = self.stage.intent_of(task) else { return vec![] };
        let Some(tool) = self.stage.tool(&intent.tool) else { return vec![] };
        let mut tool = tool.as_ref().clone();
        tool.limit = usize::MAX;
        let arguments = Arguments::Parsed(Value::record(slots.clone()));
        let answer = tool.run(&mut World::new(self.stage.tables().clone()), &arguments).unwrap_or_default();
        let results = answer.field("results").map(Value::items).unwrap_or_default();
        results.iter().filter_map(|row| Some(row.field("id")?.plain())).collect()
    }

    /// Marks slots as carried where the message says that they are the same as in an earlier task, and are.
    pub(super) fn same(
        &mut self,
        domain: &'static str,
        slots: &[&'static str],
        task: &mut Task,
        draft: &Draft<'_>,
    ) {
        for slot in slots {
            let Some(from) = draft.told.same.get(&(domain, *slot)) else { continue };
            let Some(value) = task.settled().get(*slot).cloned() else { continue };
            let source = draft.tasks.iter().enumerate().rev().find(|(at, earlier)| {
                from.is_none_or(|from| earlier.domain == *from)
                    && (earlier.settled().get(*slot) == Some(&value)
                        || self.always(earlier, &draft.found[*at], slot, &value))
            });
            match source {
                Some((at, _)) => {
                    task.carried.insert((*slot).into(), Carry { task: at, slot: (*slot).into() });
                }
                None => {
                    let what = format!(
                        "{domain}: the message says that {slot} is the same as before, where it is not {value}; taken as it stands"
                    );
                    self.report.odd(draft.id, what);
                }
            }
        }
    }

    /// Whether every entity with which a task may end has this value.
    fn always(&self, task: &Task, keys: &[SmolStr], slot: &str, value: &Value) -> bool {
        let Some(table) = self.stage.tables().get(&task.domain) else { return false };
        let Some(column) = table.column(slot) else { return false };
        !keys.is_empty()
            && keys.iter().all(|key| table.get(key).and_then(|row| row.get(column)) == Some(value))
    }

    fn count(&mut self, draft: &Draft<'_>) {
        self.report.goals += 1;
        for task in &draft.tasks {
            let expect = match task.expect {
                Expect::Found => "found",
                Expect::Done => "done",
                Expect::Refused => "refused",
                Expect::Unavailable | Expect::Unwanted => "unavailable",
            };
            *self
                .report
                .tasks
                .entry(task.intent.to_string())
                .or_default()
                .entry(expect.to_owned())
                .or_default() += 1;
            self.report.carried += task.carried.len();
            self.report.relaxed += usize::from(task.relaxed > 0 && task.expect != Expect::Unavailable);
            let kind = self.stage.intent_of(task).map(|intent| intent.kind);
            debug_assert!(kind.is_some_and(|kind| kind != IntentKind::Lookup));
        }
    }
}

pub(super) fn blank(domain: &str, intent: &str) -> Task {
    Task {
        domain: domain.into(),
        intent: intent.into(),
        constraints: Slots::new(),
        carried: BTreeMap::new(),
        relaxations: Vec::new(),
        changes: Slots::new(),
        requests: Vec::new(),
        relaxed: 0,
        when: None,
        expect: Expect::Found,
    }
}

pub(super) fn shown(slots: &Slots) -> String {
    slots.iter().map(|(slot, value)| format!("{slot} {}", value.plain())).collect::<Vec<_>>().join(", ")
}
