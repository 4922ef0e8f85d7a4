//! A goal in the making: tasks so far, and the entities that each may end up with.

use std::sync::Arc;

use goalconvo_core::{
    Arguments, Carry, Change, Domain, Goal, GoalClass, Intent, IntentKind, Rng, Slots, Stage, Task, Value,
    World,
};
use smol_str::SmolStr;

use super::{Compiled, Difficulty, Spine, near};

/// What the first of a list weighs, three times; the second weighs three quarters of it, the third three fifths, and so on.
const FIRST: u32 = 2_520;

/// In random order, where what the domain lists first comes first oftenest: people ask for the address sooner than for the
/// price of a night.
pub(super) fn by_rank<T>(items: Vec<T>, rng: &mut Rng) -> Vec<T> {
    let mut open: Vec<(u32, T)> = (3..).map(|rank| FIRST / rank).zip(items).collect();
    let mut drawn = Vec::with_capacity(open.len());
    while let Some(at) = rng.weighted(open.iter().map(|(weight, _)| *weight)).filter(|at| *at < open.len()) {
        drawn.push(open.remove(at).1);
    }
    drawn
}

/// A goal in the making.
pub(crate) struct Draft {
    pub stage: Arc<Stage>,
    /// The tables as this dialogue will be shown them.
    pub tables: World,
    pub difficulty: Difficulty,
    pub tasks: Vec<Task>,
    /// For each task, the records that the user may end up with, as the tool returns them.
    pub outcomes: Vec<Vec<Value>>,
    /// Of every entity that fits the last search, and is not only among the first few, what a transaction needs to
    /// know; empty where it makes no difference which one is taken.
    pub unseen: Vec<Value>,
    pub setup: Vec<Change>,
}

impl Draft {
    pub fn new(stage: Arc<Stage>, tables: World, difficulty: Difficulty) -> Self {
        Draft { stage, tables, difficulty, tasks: vec![], outcomes: vec![], unseen: vec![], setup: vec![] }
    }

    /// Adds the tasks of one domain.
    pub fn add(&mut self, spine: &Spine, class: GoalClass, rng: &mut Rng) -> Option<()> {
        let source = spine.source.as_ref().and_then(|name| spine.domain.intent(name));
        let deed = spine.deed.as_ref().and_then(|name| spine.domain.intent(name));
        let refused = matches!(class, GoalClass::PolicyRefusal | GoalClass::MissingPermission);
        if let Some(intent) = source {
            match intent.kind {
                IntentKind::Search => self.search(&spine.domain, intent, deed, class, rng)?,
                IntentKind::Lookup => self.look_up(&spine.domain, intent, rng)?,
                IntentKind::Transact => return None,
            }
            let requests = self.requests(intent, deed.is_none(), rng);
            self.tasks.last_mut()?.requests = requests;
        }
        if let Some(intent) = deed {
            self.transact(&spine.domain, intent, class, rng)?;
            if !refused {
                let requests = self.requests(intent, false, rng);
                self.tasks.last_mut()?.requests = requests;
            }
        }
        if class == GoalClass::InformationOnly && self.tasks.last()?.requests.is_empty() {
            return None;
        }
        Some(())
    }

    /// The world so far: the tables with the rows that the goal needs to differ.
    pub fn world(&self) -> World {
        let mut world = self.tables.clone();
        for change in &self.setup {
            world.change(change);
        }
        world
    }

    pub fn carries(&self) -> bool {
        self.tasks.iter().any(|task| !task.carried.is_empty())
    }

    pub fn finish(self, class: GoalClass) -> Compiled {
        Compiled { goal: Goal { class, tasks: self.tasks }, setup: self.setup }
    }

    /// What the user wants to be told: values that every outcome has and the user does not give itself.
    fn requests(&self, intent: &Intent, needed: bool, rng: &mut Rng) -> Vec<SmolStr> {
        let (Some(task), Some(outcomes)) = (self.tasks.last(), self.outcomes.last()) else { return vec![] };
        let told =
            |slot: &SmolStr| outcomes.iter().all(|row| row.field(slot).is_some_and(|value| !value.is_null()));
        let given = |slot: &SmolStr| task.constraints.contains_key(slot) || task.carried.contains_key(slot);
        let open = intent.requests.iter().filter(|slot| told(slot) && !given(slot)).cloned();
        let mut open = by_rank(open.collect(), rng);
        let count = usize::from(needed) + rng.weighted([30, 35, 25, 10].into_iter()).unwrap_or(0);
        open.truncate(count);
        open
    }

    /// A value of an earlier task that can be carried into a slot, if there is one that is the same in every outcome
    /// or that the user will know: (where from, the value where it is certain).
    pub fn carried(&self, domain: &Domain, slot: &SmolStr, rng: &mut Rng) -> Option<(Carry, Option<Value>)> {
        let from = &domain.slots.get(slot)?.carry;
        let mut found = Vec::new();
        for (at, task) in self.tasks.iter().enumerate() {
            for (_, source) in from.iter().filter(|(other, _)| *other == task.domain) {
                let carry = Carry { task: at, slot: source.clone() };
                if let Some(value) = task.settled().get(source) {
                    found.push((carry, Some(value.clone())));
                } else if source == "name"
                    && self
                        .outcomes
                        .get(at)
                        .is_some_and(|rows| rows.iter().any(|row| row.field("name").is_some()))
                {
                    found.push((carry, None));
                }
            }
        }
        rng.pick(&found).cloned()
    }

    /// The values that a slot takes: its own, or else those of a column of that name in the domain's tables.
    pub fn values<'d>(domain: &'d Domain, slot: &SmolStr) -> Vec<&'d Value> {
        let own = domain.slots.get(slot).map_or(&[][..], |slot| &slot.values);
        if !own.is_empty() {
            return own.iter().collect();
        }
        let tables = domain.tables.iter().filter_map(|table| Some((table, table.column(slot)?)));
        tables.flat_map(|(table, column)| table.values(column)).filter(|value| !value.is_null()).collect()
    }

    /// What a user might want in place of a value: the slot's other values, those near it where there is near and far.
    pub fn others<'d>(domain: &'d Domain, slot: &SmolStr, value: &Value) -> Vec<&'d Value> {
        let Some(known) = domain.slots.get(slot) else { return vec![] };
        let mut others = Draft::values(domain, slot);
        // Nobody wishes for a lack.
        others.retain(|other| *other != value && **other != Value::Bool(false));
        near::nearest(known, value, others)
    }

    /// Runs a tool for the given slots and, where there is one, an entity.
    pub fn run(
        &self,
        domain: &Domain,
        intent: &Intent,
        world: &mut World,
        slots: &Slots,
        entity: Option<&Value>,
    ) -> Option<Result<Value, goalconvo_core::ToolError>> {
        Some(domain.tool(&intent.tool)?.run(world, &arguments(intent, slots, entity)?))
    }
}

/// What a tool is called with for these slots and, where the intent has one, this entity.
pub(super) fn arguments(intent: &Intent, slots: &Slots, entity: Option<&Value>) -> Option<Arguments> {
    let own =
        slots.iter().filter(|(slot, _)| !intent.from_entity.iter().any(|(argument, _)| argument == *slot));
    let mut fields: Vec<(SmolStr, Value)> = own.map(|(slot, value)| (slot.clone(), value.clone())).collect();
    for (argument, column) in &intent.from_entity {
        fields.push((argument.clone(), entity?.field(column)?.clone()));
    }
    Some(Arguments::Parsed(Value::record(fields)))
}
