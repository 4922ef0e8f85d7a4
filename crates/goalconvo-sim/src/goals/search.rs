//! Searches and look-ups: constraints that fit one entity, several, or none.

use std::sync::Arc;

use goalconvo_core::{
    Argument, Arguments, Compare, Domain, Expect, GoalClass, Intent, Rng, Row, SlotKind, Slots, Table, Task,
    Tool, Value,
};
use smol_str::SmolStr;

use super::blank;
use super::draft::{Draft, by_rank};

impl Draft {
    /// Adds a search whose constraints fit as the class promises.
    pub(super) fn search(
        &mut self,
        domain: &Arc<Domain>,
        intent: &Intent,
        deed: Option<&Intent>,
        class: GoalClass,
        rng: &mut Rng,
    ) -> Option<()> {
        let changes =
            class == GoalClass::ChangeOfMind && deed.is_none_or(|deed| !deed.confirm || rng.chance(50));
        let tool = domain.tool(&intent.tool)?;
        let table = domain.table(&tool.table)?;
        let mut task = blank(&domain.name, &intent.name, Expect::Found);
        if class == GoalClass::CarriedSlots {
            self.carry_in(domain, intent, tool, &mut task, rng);
        }
        let row = self.target(domain, intent, &task.constraints, rng)?;
        let several = match class {
            GoalClass::UniqueMatch => Some(false),
            GoalClass::ManyMatches => Some(true),
            _ => self.difficulty.ambiguity.map(|percent| rng.chance(percent)),
        };
        let draw = Constraints { domain, table, row: &row, available: slots(domain, intent, tool) };
        draw.fill(&mut task.constraints, intent, self.difficulty.constraints, rng);
        // What is to fail has to fail for every entity that the user may take: there are no more than it is shown.
        let fails = matches!(
            class,
            GoalClass::FailThenAlternative | GoalClass::PolicyRefusal | GoalClass::MissingPermission
        );
        if several == Some(false) {
            draw.narrow(self, intent, &mut task.constraints, 1, rng)?;
        } else if fails && deed.is_some() {
            draw.narrow(self, intent, &mut task.constraints, tool.limit, rng)?;
        }
        if class == GoalClass::NoneThenRelax {
            // Who asks for much is told that there is none.
            if self.difficulty.constraints.is_none() {
                draw.narrow(self, intent, &mut task.constraints, FEW, rng)?;
            }
            self.nothing_first(&draw, intent, &mut task, rng)?;
        }
        if changes {
            self.change_mind(&draw, intent, &mut task, rng)?;
        }
        let found = self.find(domain, intent, &task.settled())?;
        let total = found.field("total").and_then(Value::as_number)? as i64;
        let fits = match several {
            Some(false) => total == 1,
            Some(true) => total > 1,
            None => total > 0,
        };
        let shown = found.field("results")?.items();
        let all_shown = usize::try_from(total).ok()? <= shown.len();
        if !fits || (fails && deed.is_some() && !all_shown) {
            return None;
        }
        self.unseen.clear();
        if let Some(deed) = deed.filter(|_| !all_shown)
            && domain.tool(&deed.tool).is_some_and(|tool| tool.guards_entity())
        {
            let columns: Vec<SmolStr> = deed.from_entity.iter().map(|(_, column)| column.clone()).collect();
            let settled = Arguments::Parsed(Value::record(task.settled()));
            self.unseen = tool.columns_of(&self.world(), &settled, &columns);
        }
        self.outcomes.push(shown.to_vec());
        self.tasks.push(task);
        Some(())
    }

    /// Takes over what earlier tasks have settled, where the search can use it.
    fn carry_in(&self, domain: &Domain, intent: &Intent, tool: &Tool, task: &mut Task, rng: &mut Rng) {
        for slot in intent.required.iter().chain(&intent.optional) {
            if let Some((carry, Some(value))) = self.carried(domain, slot, rng)
                && tool
                    .argument(slot)
                    .is_some_and(|argument| argument.allowed.is_empty() || argument.allowed.contains(&value))
            {
                task.carried.insert(slot.clone(), carry);
                task.constraints.insert(slot.clone(), value);
            }
        }
    }

    /// Adds a look-up of a row of the user's own.
    pub(super) fn look_up(&mut self, domain: &Arc<Domain>, intent: &Intent, rng: &mut Rng) -> Option<()> {
        let tool = domain.tool(&intent.tool)?;
        let table = domain.table(&tool.table)?;
        let row = rng.pick(table.rows())?.clone();
        let mut task = blank(&domain.name, &intent.name, Expect::Found);
        for slot in &intent.required {
            let column = tool.argument(slot)?.column.as_ref().and_then(|name| table.column(name))?;
            task.constraints.insert(slot.clone(), row.get(column)?.clone());
        }
        let found = self.run(domain, intent, &mut self.world(), &task.constraints, None)?.ok()?;
        self.outcomes.push(vec![found]);
        self.tasks.push(task);
        Some(())
    }

    /// A row that fits what is carried into the search; any row when nothing is.
    fn target(&self, domain: &Domain, intent: &Intent, carried: &Slots, rng: &mut Rng) -> Option<Row> {
        let tool = domain.tool(&intent.tool)?;
        let table = domain.table(&tool.table)?;
        if carried.is_empty() {
            return rng.pick(table.rows()).cloned();
        }
        let column =
            |slot: &SmolStr| tool.argument(slot).and_then(|argument| table.column(argument.column.as_ref()?));
        let equal: Option<Vec<(usize, &Value)>> =
            carried.iter().map(|(slot, value)| Some((column(slot)?, value))).collect();
        let world = self.world();
        let rows = world.find(&tool.table, &equal?, |_| true);
        rng.pick(&rows).map(|row| (*row).clone())
    }

    fn find(&self, domain: &Domain, intent: &Intent, slots: &Slots) -> Option<Value> {
        self.run(domain, intent, &mut self.world(), slots, None)?.ok()
    }

    /// How many entities fit, counted up to two: none, one or several.
    fn some(&self, domain: &Domain, intent: &Intent, slots: &Slots) -> Option<usize> {
        self.up_to(2, domain, intent, slots)
    }

    /// How many entities fit, counted up to a limit.
    fn up_to(&self, limit: usize, domain: &Domain, intent: &Intent, slots: &Slots) -> Option<usize> {
        let arguments = Arguments::Parsed(Value::record(slots.clone()));
        domain.tool(&intent.tool)?.count(&self.world(), &arguments, limit)
    }

    /// Replaces a value so that nothing fits any more; the relaxations lead back to what does.
    fn nothing_first(
        &self,
        draw: &Constraints<'_>,
        intent: &Intent,
        task: &mut Task,
        rng: &mut Rng,
    ) -> Option<()> {
        let wanted = task.constraints.clone();
        let steps = self.difficulty.relaxations.unwrap_or(1).max(1);
        let mut slots: Vec<SmolStr> =
            wanted.keys().filter(|slot| !task.carried.contains_key(*slot)).cloned().collect();
        rng.shuffle(&mut slots);
        for slot in slots {
            if task.relaxations.len() == steps {
                break;
            }
            let right = wanted.get(&slot)?.clone();
            let mut others = Draft::others(draw.domain, &slot, &right);
            others.retain(|_| draw.is_open(&slot));
            let empties = |value: &&Value| {
                let mut tried = task.constraints.clone();
                tried.insert(slot.clone(), (*value).clone());
                self.some(draw.domain, intent, &tried) == Some(0)
            };
            let Some(wrong) = rng.sample(others, GUESSES).into_iter().find(empties) else { continue };
            task.constraints.insert(slot.clone(), wrong.clone());
            // The last slot spoilt is the first to be relaxed.
            task.relaxations.insert(0, Slots::from([(slot, right)]));
        }
        task.relaxed = task.relaxations.len();
        (task.relaxed == steps).then_some(())
    }

    /// Replaces a value by one that the user will change its mind from.
    fn change_mind(
        &self,
        draw: &Constraints<'_>,
        intent: &Intent,
        task: &mut Task,
        rng: &mut Rng,
    ) -> Option<()> {
        let slots: Vec<SmolStr> = task
            .constraints
            .keys()
            .filter(|slot| draw.is_open(slot) && !task.carried.contains_key(*slot))
            .cloned()
            .collect();
        let slot = rng.pick(&slots)?.clone();
        let right = task.constraints.get(&slot)?.clone();
        let others = Draft::others(draw.domain, &slot, &right);
        // The first wish has to find something, or the user would relax before it could change its mind.
        let finds = |value: &&Value| {
            let mut tried = task.constraints.clone();
            tried.insert(slot.clone(), (*value).clone());
            self.some(draw.domain, intent, &tried).is_some_and(|some| some > 0)
        };
        let before = rng.sample(others, GUESSES).into_iter().find(finds)?.clone();
        task.constraints.insert(slot.clone(), before);
        task.changes.insert(slot, right);
        Some(())
    }
}

/// So few entities fit the wish that is spoilt, where the user has preferences enough.
const FEW: usize = 3;
/// So many other values are tried in place of one.
const GUESSES: usize = 12;
/// In how many percent of searches for one entity the user knows its name.
const NAMED: u32 = 35;
/// People rarely have more preferences than this, beside what is required.
const PREFERENCES: usize = 4;
/// In how many percent of searches that can be bounded in time the user says when.
const TIMED: u32 = 85;

/// Where constraints are drawn from.
struct Constraints<'a> {
    domain: &'a Domain,
    table: &'a Table,
    row: &'a Row,
    available: Vec<(&'a SmolStr, &'a Argument)>,
}

impl Constraints<'_> {
    /// Takes some values of the row.
    fn fill(&self, constraints: &mut Slots, intent: &Intent, count: Option<usize>, rng: &mut Rng) {
        for slot in intent
            .required
            .iter()
            .filter(|slot| !constraints.contains_key(*slot))
            .cloned()
            .collect::<Vec<_>>()
        {
            self.take(&slot, constraints);
        }
        let optional = |slot: &&SmolStr| self.is_open(slot) && intent.optional.contains(*slot);
        let bound = |slot: &&SmolStr| self.is_time_bound(slot);
        let slots = self.available.iter().map(|(slot, _)| *slot).filter(optional);
        let (bounds, open): (Vec<&SmolStr>, Vec<&SmolStr>) = slots.partition(bound);
        if count.is_none_or(|count| count > constraints.len())
            && rng.chance(TIMED)
            && let Some(bound) = rng.pick(&bounds)
        {
            self.take(bound, constraints);
        }
        let open = by_rank(open, rng);
        let needed = constraints.len();
        let count = count.unwrap_or_else(|| match intent.required.is_empty() {
            true => 1 + rng.weighted([35, 40, 25].into_iter()).unwrap_or(0),
            false => needed + rng.weighted([55, 35, 10].into_iter()).unwrap_or(0),
        });
        let missing = count.saturating_sub(constraints.len());
        open.iter()
            .filter(|slot| !constraints.contains_key(**slot))
            .take(missing)
            .map(|slot| (*slot).clone())
            .collect::<Vec<_>>()
            .iter()
            .for_each(|slot| self.take(slot, constraints));
    }

    /// Makes the constraints fit so many entities at most: one by its name now and then, else by preferences, as many
    /// as people have.
    fn narrow(
        &self,
        draft: &Draft,
        intent: &Intent,
        constraints: &mut Slots,
        most: usize,
        rng: &mut Rng,
    ) -> Option<()> {
        let (open, named): (Vec<&SmolStr>, Vec<&SmolStr>) =
            self.available.iter().map(|(slot, _)| *slot).partition(|slot| self.is_open(slot));
        if let Some(name) = named.first().filter(|_| most == 1 && rng.chance(NAMED)) {
            constraints.retain(|slot, _| intent.required.contains(slot));
            self.take(name, constraints);
            return Some(());
        }
        for slot in by_rank(open, rng) {
            let enough = PREFERENCES.max(intent.required.len() + 2);
            if draft.up_to(most + 1, self.domain, intent, constraints)? <= most || constraints.len() >= enough
            {
                break;
            }
            if !constraints.contains_key(slot) {
                self.take(slot, constraints);
            }
        }
        Some(())
    }

    /// Takes the row's value; for a bound (a latest arrival) the nearest value that people would say.
    fn take(&self, slot: &SmolStr, constraints: &mut Slots) {
        let Some((_, argument)) = self.available.iter().find(|(known, _)| *known == slot) else { return };
        let column = argument.column.as_ref().and_then(|name| self.table.column(name));
        // Nobody wishes for a lack: what a thing has not got is no preference.
        let wished = |value: &&Value| !value.is_null() && **value != Value::Bool(false);
        let Some(value) = column.and_then(|column| self.row.get(column)).filter(wished) else { return };
        let round = self.domain.slots.get(slot).map_or(&[][..], |slot| &slot.values);
        let near = match argument.compare {
            Compare::Equal => None,
            Compare::AtMost => round.iter().filter(|known| *known >= value).min(),
            Compare::AtLeast => round.iter().filter(|known| *known <= value).max(),
        };
        constraints.insert(slot.clone(), near.unwrap_or(value).clone());
    }

    /// Whether a slot says from when on, or until when.
    fn is_time_bound(&self, slot: &str) -> bool {
        let bound =
            |(known, argument): &&(&SmolStr, &Argument)| *known == slot && argument.compare != Compare::Equal;
        self.available.iter().any(|known| bound(&known))
            && self.domain.slots.get(slot).is_some_and(|slot| slot.kind == SlotKind::Time)
    }

    /// Whether a slot is a preference that can be traded for another, unlike a name.
    fn is_open(&self, slot: &SmolStr) -> bool {
        self.domain.slots.get(slot).is_some_and(|slot| {
            !slot.kind.is_hidden() && !matches!(slot.kind, SlotKind::Name | SlotKind::Reference)
        })
    }
}

/// The slots of an intent that its tool compares with a column.
fn slots<'a>(domain: &Domain, intent: &'a Intent, tool: &'a Tool) -> Vec<(&'a SmolStr, &'a Argument)> {
    let all = intent.required.iter().chain(&intent.optional);
    all.filter_map(|slot| Some((slot, tool.argument(slot)?)))
        .filter(|(slot, argument)| argument.column.is_some() && domain.slots.contains_key(*slot))
        .collect()
}
