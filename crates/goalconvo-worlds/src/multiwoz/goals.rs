//! Goals: each becomes tasks with a proof that they end as they say.

use std::collections::BTreeMap;

use goalconvo_core::{
    Arguments, Carry, Change, CorpusGoal, Expect, Goal, GoalClass, IntentKind, Slots, Stage, Task, Value,
    World,
};
use serde_json::Value as Json;
use smol_str::{SmolStr, format_smolstr};

use super::databases::DOMAINS;
use super::messages::{Told, read};
use super::normal::{Meaning, Speller};
use super::report::Report;

/// What goals are made with.
pub(super) struct Maker<'a> {
    pub(super) stage: &'a Stage,
    pub(super) speller: &'a mut Speller,
    pub(super) report: &'a mut Report,
}

/// A goal as it grows.
struct Draft<'a> {
    id: &'a str,
    told: Told,
    tasks: Vec<Task>,
    /// For each task, the keys of the entities that it may end with.
    found: Vec<Vec<SmolStr>>,
    setup: Vec<Change>,
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
        CorpusGoal { id: id.to_owned(), domains, goal, setup: draft.setup }
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
        let fail = self.slots(domain, part.get("fail_info"), draft.id);
        let requests = self.requests(domain, part.get("reqt"), draft.id);
        self.search(domain, info, fail, requests, draft);
        let search = draft.tasks.len() - 1;
        let book = part.get("book").and_then(Json::as_object);
        if book.is_some_and(|book| book.keys().any(|key| key != "invalid" && key != "pre_invalid")) {
            self.booking(domain, part, search, draft);
        }
    }

    fn slots(&mut self, domain: &str, part: Option<&Json>, place: &str) -> Slots {
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

    fn requests(&mut self, domain: &str, part: Option<&Json>, place: &str) -> Vec<SmolStr> {
        let mut requests: Vec<SmolStr> = Vec::new();
        for key in part.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            match slot_of(key) {
                Some(slot) if !requests.iter().any(|known| known == slot) => requests.push(slot.into()),
                Some(_) => {}
                None => {
                    self.report.odd(place, format!("{domain} asks for the unknown slot {key:?}; left out"))
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
    fn find(&self, task: &Task, slots: &Slots) -> Vec<SmolStr> {
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
    fn same(&mut self, domain: &'static str, slots: &[&'static str], task: &mut Task, draft: &Draft<'_>) {
        for slot in slots {
            let Some(from) = draft.told.same.get(&(domain, *slot)) else { continue };
            let Some(value) = task.settled().get(*slot).cloned() else { continue };
            let source = draft.tasks.iter().enumerate().rev().find(|(_, earlier)| {
                from.is_none_or(|from| earlier.domain == *from)
                    && earlier.settled().get(*slot) == Some(&value)
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

    fn booking(&mut self, domain: &'static str, part: &Json, search: usize, draft: &mut Draft<'_>) {
        let settled = self.slots(domain, part.get("book"), draft.id);
        let fail = self.slots(domain, part.get("fail_book"), draft.id);
        let fails = part.pointer("/book/pre_invalid").and_then(Json::as_bool).unwrap_or(false);
        let mut task = blank(domain, &format!("book_{domain}"));
        task.requests = vec!["reference".into()];
        task.constraints = settled.clone();
        if fail.is_empty() {
            if fails {
                self.report.odd(draft.id, format!("{domain}: the booking should fail at first, and nothing is said to try then; expected done at once"));
            }
            // An alternative that is told but not needed stays with the user.
            if let Some((slot, text)) = draft.told.fallback.get(domain)
                && let Meaning::Value(value) = self.speller.read(domain, slot, text, draft.id)
                && settled.get(*slot).is_some_and(|known| *known != value)
            {
                task.relaxations.push(Slots::from([((*slot).into(), value)]));
            }
        } else {
            let relaxed =
                settled.iter().filter(|(slot, value)| fail.get(*slot).is_some_and(|first| first != *value));
            task.relaxations.extend(
                Some(relaxed.map(|(a, b)| (a.clone(), b.clone())).collect::<Slots>())
                    .filter(|slots| !slots.is_empty()),
            );
            task.constraints.extend(fail);
        }
        self.same(domain, &["people", "day"], &mut task, draft);
        if task.relaxations.len() == 1 && fails && part.get("fail_book").is_some() {
            task.relaxed = 1;
            self.full(domain, &task, search, draft);
        }
        self.prove(&mut task, search, draft);
        draft.tasks.push(task);
        draft.found.push(draft.found[search].clone());
    }

    /// Rows that make the first wish fail for every entity that may be chosen.
    fn full(&self, domain: &str, task: &Task, search: usize, draft: &mut Draft<'_>) {
        let table = format_smolstr!("{domain}_full");
        let Some(columns) = self.stage.tables().get(&table).map(|table| table.columns.clone()) else {
            return;
        };
        for key in &draft.found[search] {
            let row_key = format_smolstr!("F{}", draft.setup.len() + 1);
            let value = |column: &SmolStr| match column.as_str() {
                "id" => Value::Text(row_key.clone()),
                of if of == domain => Value::Text(key.clone()),
                slot => task.constraints.get(slot).cloned().unwrap_or_default(),
            };
            let row = Value::record(columns.iter().map(|column| (column.clone(), value(column))));
            draft.setup.push(Change { table: table.clone(), key: row_key, row });
        }
    }

    /// Runs the booking as first wished and as settled, for every entity; the task says what came of it.
    fn prove(&mut self, task: &mut Task, search: usize, draft: &Draft<'_>) {
        let keys = &draft.found[search];
        let Some(missing) = self.missing(task) else { return };
        if keys.is_empty() || !missing.is_empty() {
            task.expect = Expect::Unavailable;
            task.relaxed = task.relaxations.len();
            task.requests.clear();
            let why = if keys.is_empty() {
                "nothing is found to book".to_owned()
            } else {
                format!("the goal does not say {}", missing.join(", "))
            };
            self.report.odd(draft.id, format!("{}: {why}; expected unavailable", task.intent));
            return;
        }
        for key in keys {
            for attempt in 0..=task.relaxed {
                let done = self.book(task, &task.wanted(true, attempt), Some(key), draft);
                if done != (attempt == task.relaxed) {
                    let outcome = if done { "succeeds" } else { "fails" };
                    self.report.odd(
                        draft.id,
                        format!(
                            "{}: attempt {} {outcome} for entity {key}; expected the contrary",
                            task.intent,
                            attempt + 1
                        ),
                    );
                    task.expect = if done { Expect::Done } else { Expect::Unavailable };
                    return;
                }
            }
        }
        task.expect = Expect::Done;
    }

    /// Slots that a booking needs and the task does not give.
    fn missing(&self, task: &Task) -> Option<Vec<String>> {
        let intent = self.stage.intent_of(task)?;
        let given =
            |slot: &&SmolStr| !task.constraints.contains_key(*slot) && !task.carried.contains_key(*slot);
        Some(intent.required.iter().filter(given).map(ToString::to_string).collect())
    }

    fn book(&self, task: &Task, slots: &Slots, entity: Option<&SmolStr>, draft: &Draft<'_>) -> bool {
        let Some(intent) = self.stage.intent_of(task) else { return false };
        let Some(tool) = self.stage.tool(&intent.tool) else { return false };
        let mut world = World::new(self.stage.tables().clone());
        if !draft.setup.iter().all(|change| world.change(change)) {
            return false;
        }
        let from_entity = intent
            .from_entity
            .iter()
            .filter_map(|(argument, _)| Some((argument.clone(), Value::Text(entity?.clone()))));
        let arguments: Vec<_> = from_entity.chain(slots.clone()).collect();
        tool.run(&mut world, &Arguments::Parsed(Value::record(arguments))).is_ok()
    }

    fn taxi(&mut self, part: &Json, draft: &mut Draft<'_>) {
        let info = self.slots("taxi", part.get("info"), draft.id);
        let requests = self.requests("taxi", part.get("reqt"), draft.id);
        let intent = if info.contains_key("arrive_by") { "book_taxi_to_arrive" } else { "book_taxi" };
        let mut task = blank("taxi", intent);
        task.requests = requests;
        task.constraints = info;
        if task.constraints.contains_key("arrive_by")
            && let Some(leave) = task.constraints.remove("leave_at")
        {
            self.report.odd(
                draft.id,
                format!("taxi: wants to leave at {leave} and to arrive by a time; the arrival is kept"),
            );
        }
        let venues: Vec<usize> = (0..draft.tasks.len())
            .filter(|at| {
                matches!(
                    draft.tasks[*at].intent.as_str(),
                    "find_restaurant" | "find_hotel" | "find_attraction"
                )
            })
            .collect();
        self.ends(&venues, &mut task, draft);
        self.booked_time(&mut task, draft);
        self.prove_taxi(&mut task, draft);
        draft.tasks.push(task);
        draft.found.push(Vec::new());
    }

    /// Where the taxi goes from and to, when it goes between venues of the goal.
    fn ends(&mut self, venues: &[usize], task: &mut Task, draft: &Draft<'_>) {
        let of = |domain: Option<&str>| {
            venues.iter().copied().find(|at| domain.is_some_and(|domain| draft.tasks[*at].domain == domain))
        };
        let other = |than: Option<usize>| venues.iter().copied().find(|at| Some(*at) != than);
        let (leaves, arrives) = (of(draft.told.leaves), of(draft.told.arrives));
        let departure = leaves.or_else(|| other(arrives));
        let destination = arrives.or_else(|| venues.iter().rev().copied().find(|at| Some(*at) != departure));
        for (slot, venue) in [("departure", departure), ("destination", destination)] {
            if task.constraints.contains_key(slot) {
                continue;
            }
            match venue {
                Some(at) => {
                    task.carried.insert(slot.into(), Carry { task: at, slot: "name".into() });
                    if let Some(name) = draft.tasks[at].settled().get("name") {
                        task.constraints.insert(slot.into(), name.clone());
                    }
                }
                None => self.report.odd(draft.id, format!("taxi: the goal does not say its {slot}")),
            }
        }
    }

    fn booked_time(&mut self, task: &mut Task, draft: &Draft<'_>) {
        if draft.told.arrives.is_none() {
            return;
        }
        let booking = draft.tasks.iter().position(|task| task.intent == "book_restaurant");
        let booked = booking.and_then(|at| draft.tasks[at].settled().get("time").cloned());
        let (Some(at), Some(time)) = (booking, booked) else { return };
        let wanted = task.constraints.get("arrive_by").cloned();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != time) {
            self.report.odd(draft.id, format!("taxi: should arrive by the booked time, which is {time}, and by {wanted}; the booked time is kept"));
        }
        task.constraints.insert("arrive_by".into(), time);
        task.carried.insert("arrive_by".into(), Carry { task: at, slot: "time".into() });
    }

    fn prove_taxi(&mut self, task: &mut Task, draft: &Draft<'_>) {
        let missing = self.missing(task).unwrap_or_default();
        let mut slots = task.settled();
        let mut lost = Vec::new();
        for (slot, carry) in task.carried.iter().filter(|(slot, _)| !task.constraints.contains_key(*slot)) {
            let domain = &draft.tasks[carry.task].domain;
            let table = self.stage.tables().get(domain);
            let row = table.and_then(|table| table.get(draft.found[carry.task].first()?));
            match table.and_then(|table| row?.get(table.column("name")?).cloned()) {
                Some(name) => drop(slots.insert(slot.clone(), name)),
                None => lost.push(slot.to_string()),
            }
        }
        if missing.is_empty() && lost.is_empty() && self.book(task, &slots, None, draft) {
            task.expect = Expect::Done;
            return;
        }
        let why = match (missing.is_empty(), lost.is_empty()) {
            (false, _) => format!("the goal does not say {}", missing.join(", ")),
            (_, false) => format!("nothing is found to be its {}", lost.join(" and ")),
            _ => format!("it can't be booked with {}", shown(&slots)),
        };
        task.expect = Expect::Unavailable;
        task.requests.clear();
        self.report.odd(draft.id, format!("taxi: {why}; expected unavailable"));
    }

    fn count(&mut self, draft: &Draft<'_>) {
        self.report.goals += 1;
        for task in &draft.tasks {
            let expect = match task.expect {
                Expect::Found => "found",
                Expect::Done => "done",
                Expect::Refused => "refused",
                Expect::Unavailable => "unavailable",
            };
            *self
                .report
                .tasks
                .entry(task.intent.to_string())
                .or_insert_with(BTreeMap::new)
                .entry(expect.to_owned())
                .or_default() += 1;
            self.report.carried += task.carried.len();
            self.report.relaxed += usize::from(task.relaxed > 0 && task.expect != Expect::Unavailable);
            let kind = self.stage.intent_of(task).map(|intent| intent.kind);
            debug_assert!(kind.is_some_and(|kind| kind != IntentKind::Lookup));
        }
    }
}

fn blank(domain: &str, intent: &str) -> Task {
    Task {
        domain: domain.into(),
        intent: intent.into(),
        constraints: Slots::new(),
        carried: BTreeMap::new(),
        relaxations: Vec::new(),
        changes: Slots::new(),
        requests: Vec::new(),
        relaxed: 0,
        expect: Expect::Found,
    }
}

fn shown(slots: &Slots) -> String {
    slots.iter().map(|(slot, value)| format!("{slot} {}", value.plain())).collect::<Vec<_>>().join(", ")
}

/// Our name for a slot of the goals, requests and belief states.
pub(super) fn slot_of(key: &str) -> Option<&'static str> {
    const SLOTS: [(&str, &str); 33] = [
        ("area", "area"),
        ("pricerange", "pricerange"),
        ("price range", "pricerange"),
        ("food", "food"),
        ("name", "name"),
        ("type", "type"),
        ("stars", "stars"),
        ("internet", "internet"),
        ("parking", "parking"),
        ("people", "people"),
        ("day", "day"),
        ("stay", "stay"),
        ("time", "time"),
        ("departure", "departure"),
        ("destination", "destination"),
        ("leaveAt", "leave_at"),
        ("arriveBy", "arrive_by"),
        ("duration", "duration"),
        ("price", "price"),
        ("trainID", "train_id"),
        ("phone", "phone"),
        ("postcode", "postcode"),
        ("address", "address"),
        ("entrance fee", "entrance_fee"),
        ("car type", "car"),
        ("taxi_types", "car"),
        ("taxi_phone", "phone"),
        ("department", "department"),
        ("openhours", "openhours"),
        ("open hours", "openhours"),
        ("reference", "reference"),
        ("id", "train_id"),
        ("ref", "reference"),
    ];
    SLOTS.iter().find(|(name, _)| *name == key).map(|(_, slot)| *slot)
}
