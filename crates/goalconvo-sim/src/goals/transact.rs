//! Transactions: values under which the tool does it, refuses it, or can't.

use std::sync::Arc;

use goalconvo_core::{
    Carry, Change, Domain, ErrorKind, Expect, Expr, GoalClass, Intent, Rng, Slots, Task, Test, ToolError,
    Value, Verb,
};
use smol_str::{SmolStr, format_smolstr};

use super::blank;
use super::draft::{Draft, arguments};

/// So many draws of values are tried for a refusal.
const REDRAWS: usize = 8;

impl Draft {
    /// Adds a transaction with the entity of the task before, where the intent has one.
    pub(super) fn transact(
        &mut self,
        domain: &Arc<Domain>,
        intent: &Intent,
        class: GoalClass,
        rng: &mut Rng,
    ) -> Option<()> {
        let mut task = self.wish(domain, intent, class, rng)?;
        let entities: Vec<Option<Value>> = match &intent.entity {
            Some(_) => self.outcomes.last()?.iter().cloned().map(Some).collect(),
            None => vec![None],
        };
        let search_changes = self
            .tasks
            .last()
            .is_some_and(|source| source.domain == domain.name && !source.changes.is_empty());
        match class {
            GoalClass::FailThenAlternative => self.fail_first(domain, intent, &mut task, &entities, rng)?,
            GoalClass::ChangeOfMind if !search_changes => change(domain, intent, &mut task, rng)?,
            GoalClass::PolicyRefusal | GoalClass::MissingPermission => {
                // A refusal may hang on the values: others are drawn before the entity is given up.
                let mut draws = 1..REDRAWS;
                while !self.holds_for(domain, intent, &task, class, entities.iter().map(Option::as_ref)) {
                    draws.next()?;
                    task = self.wish(domain, intent, class, rng)?;
                }
                task.expect = Expect::Refused;
            }
            _ => {}
        }
        let result = self.prove(domain, intent, &task, class, entities.first()?.as_ref())?;
        let others = entities.iter().skip(1).map(Option::as_ref).chain(self.unseen.iter().map(Some));
        if !self.holds_for(domain, intent, &task, class, others) {
            return None;
        }
        self.outcomes.push(vec![result]);
        self.tasks.push(task);
        Some(())
    }

    /// A transaction with values for what it needs.
    fn wish(&self, domain: &Domain, intent: &Intent, class: GoalClass, rng: &mut Rng) -> Option<Task> {
        let mut task = blank(&domain.name, &intent.name, Expect::Done);
        for slot in &intent.required {
            self.fill(domain, slot, class, &mut task, rng)?;
        }
        // Without a question for a yes nobody would wait for what the user has not been asked for.
        for slot in intent.optional.iter().filter(|_| intent.confirm) {
            if rng.chance(30) {
                self.fill(domain, slot, class, &mut task, rng)?;
            }
        }
        Some(task)
    }

    fn fill(
        &self,
        domain: &Domain,
        slot: &SmolStr,
        class: GoalClass,
        task: &mut Task,
        rng: &mut Rng,
    ) -> Option<()> {
        let carried = if class == GoalClass::CarriedSlots { self.carried(domain, slot, rng) } else { None };
        let fresh = |carry: &Carry, value: &Option<Value>| {
            let same = |other: &Value| value.as_ref() == Some(other);
            !task.carried.values().any(|other| other == carry) && !task.constraints.values().any(same)
        };
        if let Some((carry, value)) = carried.filter(|(carry, value)| fresh(carry, value)) {
            task.carried.insert(slot.clone(), carry);
            if let Some(value) = value {
                task.constraints.insert(slot.clone(), value);
            }
            return Some(());
        }
        let values = Draft::values(domain, slot);
        // Two places of one journey are never the same: a value is used once.
        let is_free = |value: &&Value| {
            value.as_text().is_none() || !task.constraints.values().any(|other| other == *value)
        };
        let drawn = rng.pick(&values).copied().filter(is_free);
        let value = drawn.or_else(|| {
            let free: Vec<&Value> = values.iter().copied().filter(is_free).collect();
            rng.pick(&free).copied()
        });
        task.constraints.insert(slot.clone(), value?.clone());
        Some(())
    }

    /// What the transaction returns for this entity, if it ends as the class promises.
    fn prove(
        &self,
        domain: &Domain,
        intent: &Intent,
        task: &Task,
        class: GoalClass,
        entity: Option<&Value>,
    ) -> Option<Value> {
        if changes_nothing(domain, intent, task, entity) {
            return None;
        }
        let result = self.run(domain, intent, &mut self.world(), &self.known(task)?, entity)?;
        ends(&result, class).then(|| result.unwrap_or_default())
    }

    /// Whether it ends as the class promises whichever of these entities is taken.
    fn holds_for<'e>(
        &self,
        domain: &Domain,
        intent: &Intent,
        task: &Task,
        class: GoalClass,
        mut entities: impl Iterator<Item = Option<&'e Value>>,
    ) -> bool {
        let (Some(tool), Some(known)) = (domain.tool(&intent.tool), self.known(task)) else { return false };
        let world = self.world();
        entities.all(|entity| {
            let arguments = arguments(intent, &known, entity);
            arguments.is_some_and(|arguments| ends(&tool.allows(&world, &arguments), class))
                && !changes_nothing(domain, intent, task, entity)
        })
    }

    /// The values that the transaction is called with in the end: the user's own, and those that earlier tasks give.
    fn known(&self, task: &Task) -> Option<Slots> {
        let mut slots = task.settled();
        for (slot, carry) in &task.carried {
            if !slots.contains_key(slot) {
                let value = self.outcomes.get(carry.task)?.first()?.field(&carry.slot)?;
                slots.insert(slot.clone(), value.clone());
            }
        }
        Some(slots)
    }

    /// Makes the first wish fail for every entity that the user may choose; an alternative value succeeds.
    fn fail_first(
        &mut self,
        domain: &Domain,
        intent: &Intent,
        task: &mut Task,
        entities: &[Option<Value>],
        rng: &mut Rng,
    ) -> Option<()> {
        let steps = self.difficulty.relaxations.unwrap_or(1).max(1);
        for _ in 0..steps {
            for entity in entities {
                let rows = self.blocks(domain, intent, &task.settled(), entity.as_ref())?;
                self.setup.extend(rows);
            }
            let slot = intent.alternatives.iter().find(|slot| task.constraints.contains_key(*slot))?.clone();
            let used = |value: &Value| {
                task.constraints.get(&slot) == Some(value)
                    || task.relaxations.iter().any(|slots| slots.get(&slot) == Some(value))
            };
            let mut others = Draft::others(domain, &slot, task.constraints.get(&slot)?);
            others.retain(|value| !used(value));
            let other = (*rng.pick(&others)?).clone();
            task.relaxations.push(Slots::from([(slot, other)]));
            task.relaxed += 1;
        }
        // Every wish but the last must fail because of what was put there, not for another reason.
        let fails = |slots: &Slots, entity: &Option<Value>| matches!(self.run(domain, intent, &mut self.world(), slots, entity.as_ref()), Some(Err(error)) if error.kind == ErrorKind::Unavailable);
        let wishes: Vec<Slots> = (0..task.relaxed).map(|relaxed| task.wanted(true, relaxed)).collect();
        wishes.iter().all(|slots| entities.iter().all(|entity| fails(slots, entity))).then_some(())
    }

    /// The rows that an `absent` guard forbids, for these values.
    fn blocks(
        &self,
        domain: &Domain,
        intent: &Intent,
        slots: &Slots,
        entity: Option<&Value>,
    ) -> Option<Vec<Change>> {
        let tool = domain.tool(&intent.tool)?;
        let arguments = arguments(intent, slots, entity)?;
        let (name, columns) = tool.guards.iter().find_map(|guard| match &guard.test {
            Test::Absent(table, columns) if guard.kind == ErrorKind::Unavailable => Some((table, columns)),
            _ => None,
        })?;
        let table = domain.table(name)?;
        let key = format_smolstr!("setup-{}", self.setup.len());
        let mut row = vec![(table.columns.first()?.clone(), Value::Text(key.clone()))];
        for (column, expr) in columns {
            let value = expr.eval(&|argument| arguments.get(argument).cloned());
            row.retain(|(known, _)| known != column);
            row.push((column.clone(), value));
        }
        let key = row
            .iter()
            .find(|(column, _)| Some(column) == table.columns.first())
            .map_or(key, |(_, value)| value.plain());
        Some(vec![Change { table: name.clone(), key, row: Value::record(row) }])
    }
}

/// Whether a call ended as the class promises.
fn ends<T>(result: &Result<T, ToolError>, class: GoalClass) -> bool {
    match (result, class) {
        (Err(error), GoalClass::PolicyRefusal) => error.kind == ErrorKind::Policy,
        (Err(error), GoalClass::MissingPermission) => error.kind == ErrorKind::Permission,
        (_, GoalClass::PolicyRefusal | GoalClass::MissingPermission) | (Err(_), _) => false,
        (Ok(_), _) => true,
    }
}

/// Whether one of the wishes is for what the row has already: there would be nothing to change.
fn changes_nothing(domain: &Domain, intent: &Intent, task: &Task, entity: Option<&Value>) -> bool {
    let Some(tool) = domain.tool(&intent.tool).filter(|tool| tool.verb == Verb::Update) else {
        return false;
    };
    let named = tool.arguments.first().map(|argument| &argument.name);
    let from = intent.from_entity.iter().find(|(argument, _)| Some(argument) == named);
    let key = from.zip(entity).and_then(|((_, column), entity)| entity.field(column)).map(Value::plain);
    let row = domain.table(&tool.table).zip(key).and_then(|(table, key)| Some((table, table.get(&key)?)));
    let Some((table, row)) = row else { return false };
    let wishes = [&task.constraints, &task.wanted(true, 0), &task.settled()];
    tool.computed.iter().any(|(column, expr)| match expr {
        Expr::Name(argument) => {
            let now = table.column(column).and_then(|at| row.get(at));
            now.is_some() && wishes.iter().any(|slots| now == slots.get(argument))
        }
        _ => false,
    })
}

/// Replaces a value by one that the user will change its mind from when asked to confirm.
fn change(domain: &Domain, intent: &Intent, task: &mut Task, rng: &mut Rng) -> Option<()> {
    let slots: Vec<&SmolStr> =
        intent.required.iter().filter(|slot| !task.carried.contains_key(*slot)).collect();
    let slot = (*rng.pick(&slots)?).clone();
    let right = task.constraints.get(&slot)?.clone();
    let others = Draft::others(domain, &slot, &right);
    task.constraints.insert(slot.clone(), (*rng.pick(&others)?).clone());
    task.changes.insert(slot, right);
    Some(())
}
