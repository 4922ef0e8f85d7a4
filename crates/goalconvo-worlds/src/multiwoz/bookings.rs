//! Bookings: what is asked at first, what then, and rows that make the first wish fail where the goal says so.

use goalconvo_core::{Arguments, Change, Expect, Slots, Task, Value, World};
use serde_json::Value as Json;
use smol_str::{SmolStr, format_smolstr};

use super::goals::{Draft, Maker, blank};
use super::normal::Meaning;

impl Maker<'_> {
    pub(super) fn booking(
        &mut self,
        domain: &'static str,
        part: &Json,
        search: usize,
        draft: &mut Draft<'_>,
    ) {
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
    pub(super) fn missing(&self, task: &Task) -> Option<Vec<String>> {
        let intent = self.stage.intent_of(task)?;
        let given =
            |slot: &&SmolStr| !task.constraints.contains_key(*slot) && !task.carried.contains_key(*slot);
        Some(intent.required.iter().filter(given).map(ToString::to_string).collect())
    }

    pub(super) fn book(
        &self,
        task: &Task,
        slots: &Slots,
        entity: Option<&SmolStr>,
        draft: &Draft<'_>,
    ) -> bool {
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
}
