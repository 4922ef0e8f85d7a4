//! Goals of compiled worlds: a template with values drawn, proven by running the tools.
//!
//! As in the goal compiler of written domains a proof is an execution: what is returned has been shown to end as its
//! tasks expect, for every entity that the user may choose.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{
    Argument, Arguments, Carry, Compare, CorpusGoal, Domain, Expect, Fault, Goal, GoalClass, Intent,
    IntentKind, Key, Purpose, Rng, Row, Slot, SlotKind, Slots, Tables, Task, Tool, ToolError, Value, Verb,
    When, World,
};
use smol_str::SmolStr;

use super::model::{day, day_of};
use super::span::is_span;
use super::template::{Errand, Template, is_label};

/// So many draws are tried before a template is given up for a key.
const TRIES: usize = 24;

/// Of what the policy turns out to forbid so many percent are kept: the others are drawn again.
const FORBIDDEN: u32 = 40;

/// So many times of a day at the most lie between the beginning and the end of a stretch.
const ROOM: usize = 12;

/// A column of so many values is open: none of them may be much commoner than the others.
const OPEN: usize = 40;

/// Domains by name.
pub type Domains = BTreeMap<SmolStr, Arc<Domain>>;

/// A goal of this template with values of this key; `None` when none could be drawn. Another `turn` draws others.
pub fn goal(domains: &Domains, template: &Template, key: Key, turn: usize) -> Option<CorpusGoal> {
    let mut rng = key.rng(turn, Purpose::Goal);
    let names = template.domains();
    let all: Option<Vec<&Arc<Domain>>> = names.iter().map(|name| domains.get(name)).collect();
    let tables = Tables::new(all?.iter().flat_map(|domain| domain.tables.iter().cloned()));
    let world = World::new(Arc::new(tables)).ranked(key.rank());
    for _ in 0..TRIES {
        let mut draft = Draft { domains, template, world: world.clone(), tasks: vec![], outcomes: vec![] };
        let all = template.tasks.iter().try_for_each(|errand| draft.add(errand, &mut rng));
        if all.is_some() && draft.fits() {
            let faults = template.fault.map(|(call, kind)| Fault { call, kind }).into_iter().collect();
            let goal = Goal { class: template.class, tasks: draft.tasks };
            return Some(CorpusGoal { id: String::new(), domains: names, goal, setup: vec![], faults });
        }
    }
    None
}

struct Draft<'a> {
    domains: &'a Domains,
    template: &'a Template,
    world: World,
    tasks: Vec<Task>,
    /// For each task, the records that the user may end up with.
    outcomes: Vec<Vec<Value>>,
}

impl<'a> Draft<'a> {
    fn add(&mut self, errand: &'a Errand, rng: &mut Rng) -> Option<()> {
        let domain = self.domains.get(&errand.domain)?;
        let intent = domain.intent(&errand.intent)?;
        let tool = domain.tool(&intent.tool)?;
        let mut task = blank(errand);
        let lost = errand.giver.is_some_and(|giver| self.is_lost(giver));
        if lost || !self.is_wanted(errand, &mut task)? {
            task.expect = Expect::Unwanted;
            self.tasks.push(task);
            self.outcomes.push(vec![]);
            return Some(());
        }
        for (slot, from, source) in &errand.carried {
            self.carry(&mut task, slot, *from, source)?;
        }
        self.keep_to_what_was_said(intent, &mut task);
        let outcomes = match tool.verb {
            Verb::Find => self.search(tool, intent, &mut task, rng)?,
            Verb::Get if intent.entity.is_none() => self.look_up(tool, intent, &mut task, rng)?,
            _ => self.act_on(domain, tool, intent, (errand, &mut task), rng)?,
        };
        task.requests = self.requests(domain, intent, &task, &outcomes, rng)?;
        self.tasks.push(task);
        self.outcomes.push(outcomes);
        Some(())
    }

    /// Slots belong to a domain: what an earlier task of the same domain gave still holds.
    fn keep_to_what_was_said(&self, intent: &Intent, task: &mut Task) {
        for earlier in self.tasks.iter().filter(|earlier| earlier.domain == task.domain) {
            for (slot, value) in &earlier.constraints {
                let known = intent.required.contains(slot) || intent.optional.contains(slot);
                if known && !task.carried.contains_key(slot) {
                    task.constraints.insert(slot.clone(), value.clone());
                }
            }
        }
    }

    fn is_lost(&self, task: usize) -> bool {
        self.tasks.get(task).is_none_or(|task| {
            matches!(task.expect, Expect::Unavailable | Expect::Unwanted | Expect::Refused)
        })
    }

    /// Whether the condition of an errand holds; `None` when it holds for some of the entities alone.
    fn is_wanted(&mut self, errand: &Errand, task: &mut Task) -> Option<bool> {
        let Some((tested, slot, is)) = &errand.when else { return Some(true) };
        task.when = Some(When { task: *tested, slot: slot.clone(), is: Value::Bool(*is) });
        let outcomes = self.outcomes.get(*tested)?;
        let Some(slot) = slot else { return Some(outcomes.is_empty() != *is) };
        let holds = |row: &Value| row.field(slot) == Some(&Value::Bool(*is));
        let wanted = outcomes.iter().all(holds);
        if !wanted && outcomes.iter().any(holds) {
            return None;
        }
        let tested = self.tasks.get_mut(*tested)?;
        if !tested.requests.contains(slot) {
            tested.requests.push(slot.clone());
        }
        Some(wanted)
    }

    /// Takes a value that an earlier task tells, the same for every entity that the user may choose there.
    fn carry(&mut self, task: &mut Task, slot: &SmolStr, from: usize, source: &SmolStr) -> Option<()> {
        let mut values = self.outcomes.get(from)?.iter().map(|row| row.field(source));
        let value = values.next()??.clone();
        if value.is_null() || values.any(|other| other != Some(&value)) {
            return None;
        }
        let giver = self.tasks.get_mut(from)?;
        let given = giver.constraints.get(source) == Some(&value);
        let domain = self.domains.get(&giver.domain)?;
        let unasked = is_label(domain, domain.intent(&giver.intent)?, source);
        if !given && !giver.requests.contains(source) && !unasked {
            giver.requests.push(source.clone());
        }
        task.carried.insert(slot.clone(), Carry { task: from, slot: source.clone() });
        task.constraints.insert(slot.clone(), value);
        Some(())
    }

    /// A search that finds something; for a condition on that, nothing in half of the cases.
    fn search(&self, tool: &Tool, intent: &Intent, task: &mut Task, rng: &mut Rng) -> Option<Vec<Value>> {
        let optional = rng.weighted([50, 35, 15].into_iter()).unwrap_or(0);
        self.draw_row(tool, intent, task, optional, rng)?;
        let at = self.tasks.len();
        let decides = |errand: &Errand| matches!(&errand.when, Some((tested, None, _)) if *tested == at);
        let otherwise =
            |errand: &Errand| matches!(&errand.when, Some((tested, None, false)) if *tested == at);
        let all = &self.template.tasks;
        if all.iter().any(decides) && all.iter().any(otherwise) && rng.chance(50) {
            // Another row's value in place of one's own, so that nothing fits.
            let slots: Vec<SmolStr> = task.constraints.keys().cloned().collect();
            let other = self.row(tool, &Slots::new(), &slots, rng)?;
            let slot = rng.pick(&slots)?.clone();
            self.take(tool, &slot, &other, &mut task.constraints, rng)?;
            task.expect = Expect::Unavailable;
            let found = self.run(tool, &task.constraints)?;
            return (found.field("total")? == &Value::Int(0)).then(Vec::new);
        }
        let found = self.run(tool, &task.constraints)?;
        let results = match tool.paging {
            None => found.field("results")?.items().to_vec(),
            // Whoever asks on gets to see all pages.
            Some(_) => {
                let arguments = Arguments::Parsed(Value::record(task.constraints.clone()));
                tool.columns_of(&self.world, &arguments, &tool.returns)
            }
        };
        (!results.is_empty()).then_some(results)
    }

    fn look_up(&self, tool: &Tool, intent: &Intent, task: &mut Task, rng: &mut Rng) -> Option<Vec<Value>> {
        self.draw_row(tool, intent, task, usize::from(rng.chance(30)), rng)?;
        Some(vec![self.run(tool, &task.constraints)?])
    }

    /// Draws the constraints of a reading tool from a row that fits what is carried.
    fn draw_row(
        &self,
        tool: &Tool,
        intent: &Intent,
        task: &mut Task,
        optional: usize,
        rng: &mut Rng,
    ) -> Option<()> {
        let given = |slot: &&SmolStr| task.constraints.contains_key(*slot);
        let mut open: Vec<SmolStr> = intent.optional.iter().filter(|slot| !given(slot)).cloned().collect();
        rng.shuffle(&mut open);
        let least =
            usize::from(intent.required.is_empty() && !open.is_empty() && task.constraints.is_empty());
        open.truncate(optional.max(least));
        let required = intent.required.iter().filter(|slot| !given(slot)).cloned();
        let said: Vec<SmolStr> = required.chain(open).collect();
        let row = self.row(tool, &task.constraints, &said, rng)?;
        for slot in &said {
            self.take(tool, slot, &row, &mut task.constraints, rng)?;
        }
        Some(())
    }

    /// A row of the tool's table that has these values. Where none is given, one of a slot that will be said is drawn
    /// first: a value that many rows share is no commoner than any other.
    fn row(&self, tool: &Tool, carried: &Slots, said: &[SmolStr], rng: &mut Rng) -> Option<Row> {
        let table = self.world.table(&tool.table)?;
        let compared = said.iter().filter_map(|slot| tool.argument(slot));
        let columns: Vec<usize> = compared
            .filter(|argument| argument.compare == Compare::Equal)
            .filter_map(|argument| table.column(argument.column.as_ref()?))
            .collect();
        // Of those that are open the one that rows share most.
        let shared = columns.iter().copied().filter(|column| table.values(*column).count() >= OPEN);
        let shared = shared.min_by_key(|column| table.values(*column).count());
        let drawn = shared.or_else(|| rng.pick(&columns).copied()).filter(|_| carried.is_empty());
        let drawn = drawn.and_then(|column| Some((column, one_of(|| table.values(column), rng)?)));
        let equal = carried.iter().filter_map(|(slot, value)| {
            let argument = tool.argument(slot).filter(|argument| argument.compare == Compare::Equal)?;
            Some((table.column(argument.column.as_ref()?)?, value))
        });
        let equal: Vec<(usize, &Value)> = equal.chain(drawn).collect();
        let rows = self.world.find(&tool.table, &equal, |_| true);
        rng.pick(&rows).map(|row| (*row).clone())
    }

    /// Takes the row's value for an argument, or one that the row's value bounds.
    fn take(&self, tool: &Tool, slot: &SmolStr, row: &Row, slots: &mut Slots, rng: &mut Rng) -> Option<()> {
        let table = self.world.table(&tool.table)?;
        let argument = tool.argument(slot)?;
        let value = match argument.column.as_ref().and_then(|column| table.column(column)) {
            Some(column) => bounded(argument, row.get(column)?, rng)?,
            // It is reckoned with and compared with nothing.
            None => Value::Int(5 * rng.between(1, 240)),
        };
        slots.insert(slot.clone(), value);
        Some(())
    }

    /// Values for what acts on an entity or adds something: proven for every entity that the user may have chosen.
    fn act_on(
        &self,
        domain: &Domain,
        tool: &Tool,
        intent: &Intent,
        (errand, task): (&Errand, &mut Task),
        rng: &mut Rng,
    ) -> Option<Vec<Value>> {
        if intent.kind == IntentKind::Transact {
            task.expect = Expect::Done;
        }
        let extra = usize::from(rng.chance(35));
        let slots = intent.required.iter().chain(intent.optional.iter().take(extra));
        let said = task.constraints.clone();
        for slot in slots.filter(|slot| !said.contains_key(*slot)) {
            let value = value_of(domain, slot, task, rng)?;
            task.constraints.insert(slot.clone(), value);
        }
        let outcomes: Vec<Result<Value, ToolError>> = match errand.giver {
            None => vec![self.attempt(tool, &task.constraints)],
            Some(giver) => {
                let of = |entity: &Value| {
                    let mut slots = task.constraints.clone();
                    for (argument, column) in &intent.from_entity {
                        slots.insert(argument.clone(), entity.field(column)?.clone());
                    }
                    Some(self.attempt(tool, &slots))
                };
                self.outcomes.get(giver)?.iter().map(of).collect::<Option<_>>()?
            }
        };
        let is_forbidden =
            |outcome: &Result<Value, ToolError>| outcome.as_ref().is_err_and(|error| error.kind.is_refusal());
        if !outcomes.is_empty() && outcomes.iter().all(is_forbidden) && rng.chance(FORBIDDEN) {
            task.expect = Expect::Refused;
            return Some(vec![]);
        }
        outcomes.into_iter().map(Result::ok).collect()
    }

    fn run(&self, tool: &Tool, slots: &Slots) -> Option<Value> {
        self.attempt(tool, slots).ok()
    }

    fn attempt(&self, tool: &Tool, slots: &Slots) -> Result<Value, ToolError> {
        tool.run(&mut self.world.clone(), &Arguments::Parsed(Value::record(slots.clone())))
    }

    /// What the user asks about: something after every look-up, now and then something else.
    fn requests(
        &self,
        domain: &Domain,
        intent: &Intent,
        task: &Task,
        outcomes: &[Value],
        rng: &mut Rng,
    ) -> Option<Vec<SmolStr>> {
        if matches!(task.expect, Expect::Unavailable | Expect::Refused) {
            return Some(vec![]);
        }
        let told = |slot: &&SmolStr| {
            outcomes.iter().all(|row| row.field(slot).is_some_and(|value| !value.is_null()))
                && !task.constraints.contains_key(*slot)
                && domain.slots.contains_key(*slot)
        };
        let mut open: Vec<SmolStr> = intent.requests.iter().filter(told).cloned().collect();
        rng.shuffle(&mut open);
        let least = usize::from(intent.kind == IntentKind::Lookup);
        let most =
            if self.template.class == GoalClass::Loop { least } else { least + usize::from(rng.chance(35)) };
        open.truncate(most);
        (open.len() >= least).then_some(open)
    }

    /// What the class asks of the whole.
    fn fits(&self) -> bool {
        match self.template.class {
            GoalClass::Loop => self.outcomes.first().is_some_and(|found| (2..=4).contains(&found.len())),
            _ => true,
        }
    }
}

/// A value of a slot that no row decides; the end of a stretch of time comes after its beginning.
fn value_of(domain: &Domain, slot: &SmolStr, task: &Task, rng: &mut Rng) -> Option<Value> {
    let slot = domain.slots.get(slot)?;
    if slot.kind == SlotKind::Date {
        return Some(Value::text(date_of(domain, task, rng)));
    }
    if slot.kind == SlotKind::Time && !slot.values.is_empty() {
        return time_of(domain, slot, task, rng);
    }
    if !slot.values.is_empty() {
        return rng.pick(&slot.values).cloned();
    }
    let columns = || domain.tables.iter().filter_map(|table| Some((table, table.column(&slot.name)?)));
    one_of(|| columns().flat_map(|(table, column)| table.values(column)), rng).cloned()
}

/// A day after those that the task has already.
fn date_of(domain: &Domain, task: &Task, rng: &mut Rng) -> String {
    let dated = |name: &SmolStr| domain.slots.get(name).is_some_and(|slot| slot.kind == SlotKind::Date);
    let said = task.constraints.iter().filter(|(name, _)| dated(name));
    match said.filter_map(|(_, value)| day_of(value.as_text()?)).max() {
        Some(earlier) => day(earlier + 1 + rng.below(7) as i64),
        None => day(1 + rng.below(76) as i64),
    }
}

/// A time between the beginning and the end of its stretch, as far as these are said; a beginning leaves room for an end.
fn time_of(domain: &Domain, slot: &Slot, task: &Task, rng: &mut Rng) -> Option<Value> {
    let place = |value: &Value| slot.values.iter().position(|known| known == value);
    let said = |fits: &dyn Fn(&str) -> bool| {
        task.constraints.iter().filter(|(name, _)| fits(name)).find_map(|(_, value)| place(value))
    };
    let begins = domain.slots.keys().any(|name| is_span(&slot.name, name));
    let room = slot.values.len().saturating_sub(if begins { ROOM } else { 0 });
    let first = said(&|name| is_span(name, &slot.name)).map_or(0, |begin| begin + 1);
    let last = said(&|name| is_span(&slot.name, name)).unwrap_or(if first > 0 { first + ROOM } else { room });
    let open = slot.values.get(first..last.min(slot.values.len()))?;
    rng.pick(open).cloned()
}

/// One of the values that are not empty.
fn one_of<'t, V: Iterator<Item = &'t Value>>(values: impl Fn() -> V, rng: &mut Rng) -> Option<&'t Value> {
    let full = || values().filter(|value| !value.is_null());
    full().nth(rng.below(full().count()))
}

/// A value that a row's cell fits: the cell itself, or a round one beyond it.
fn bounded(argument: &Argument, cell: &Value, rng: &mut Rng) -> Option<Value> {
    let value = match (argument.compare, cell) {
        (_, Value::Null) => return None,
        (Compare::Equal, cell) => cell.clone(),
        (Compare::AtMost, Value::Int(n)) => loosened(argument, n + rng.between(0, 9)),
        (Compare::AtMost, Value::Float(x)) => loosened(argument, x.ceil() as i64 + rng.between(0, 3)),
        (Compare::AtLeast, Value::Int(n)) => loosened(argument, (n - rng.between(0, (*n / 3).max(0))).max(1)),
        (Compare::AtLeast, Value::Float(x)) => loosened(argument, x.floor() as i64),
        (Compare::AtMost, Value::Text(text)) => shifted(text, rng.between(0, 3)),
        (Compare::AtLeast, Value::Text(text)) => shifted(text, -rng.between(0, 3)),
        _ => return None,
    };
    // A row that only a value out of bounds would find is not asked for.
    let holds = argument.compare != Compare::AtLeast || value <= *cell;
    let holds = holds && (argument.compare != Compare::AtMost || value >= *cell);
    (holds && argument.check(&value).is_ok()).then_some(value)
}

/// The nearest number that the argument can be, on the side that lets more through.
fn loosened(argument: &Argument, number: i64) -> Value {
    let bounds = argument.bounds;
    let step = bounds.step.filter(|step| *step >= 1.0).unwrap_or(1.0);
    let (low, high) = (bounds.minimum.unwrap_or(f64::MIN), bounds.maximum.unwrap_or(f64::MAX));
    let within = (number as f64).clamp(low, high.max(low)) / step;
    let stepped = if argument.compare == Compare::AtMost { within.ceil() } else { within.floor() };
    Value::Int((stepped * step) as i64)
}

/// A date so many days later, as far as compiled rows go; anything else as it is.
fn shifted(text: &str, days: i64) -> Value {
    let moved = day_of(text).map(|number| number + days).filter(|number| (0..120).contains(number));
    Value::text(moved.map(day).as_deref().unwrap_or(text))
}

fn blank(errand: &Errand) -> Task {
    Task {
        domain: errand.domain.clone(),
        intent: errand.intent.clone(),
        constraints: Slots::new(),
        carried: BTreeMap::new(),
        relaxations: vec![],
        changes: Slots::new(),
        requests: vec![],
        relaxed: 0,
        when: None,
        expect: Expect::Found,
    }
}
