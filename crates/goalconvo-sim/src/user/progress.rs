//! How far the user has come with its goal: folded from what it said and heard, each time anew.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Act, ActKind, Goal, Role, Slots, Task, UserView, Value};
use smol_str::SmolStr;

/// How far one task has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// The user named it.
    pub intended: bool,
    /// What the user said of it.
    pub told: Slots,
    /// The change of mind has been voiced.
    pub changed: bool,
    /// So many relaxations have been voiced.
    pub relaxed: usize,
    /// The entity that is proposed, with its label.
    pub offered: Option<(SmolStr, Value)>,
    /// The labels of all entities that were proposed so far.
    pub offers: BTreeMap<SmolStr, Value>,
    /// What was told, by the entity that it was told of.
    pub told_of: BTreeMap<SmolStr, Slots>,
    /// The entity that the user took.
    pub selected: Option<SmolStr>,
    /// The label of the entity that the user took.
    pub label: Option<Value>,
    /// How often the user wanted another one.
    pub alternatives: usize,
    /// What the assistant told of the entity or the result.
    pub heard: Slots,
    /// What the user asked.
    pub asked: BTreeSet<SmolStr>,
    /// How it ended, if it did.
    pub closed: Option<Closed>,
    /// How often a tool was in trouble.
    pub troubles: usize,
    /// The assistant said that nothing fits.
    pub nothing: bool,
    /// How many entities the assistant said there are.
    pub count: Option<i64>,
}

/// How a task ended for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Done, or found and taken.
    Well,
    /// The assistant refused it.
    Refused,
    /// It could not be had, or not be done.
    Badly,
}

/// How far all tasks have come, and what the assistant said last.
#[derive(Clone, Debug)]
pub(crate) struct Progress<'v> {
    /// One a task, in the goal's order.
    pub tasks: Vec<Standing>,
    /// The acts of the assistant's latest words.
    pub last: &'v [Act],
    /// How often the user has spoken.
    pub spoken: usize,
    /// The user has said goodbye, or thanks for the last time.
    pub closing: bool,
    /// The task that was spoken of last.
    latest: usize,
}

impl<'v> Progress<'v> {
    /// Folds what was said.
    pub fn of(view: &UserView<'v>) -> Self {
        let goal = view.goal();
        let tasks = vec![Standing::default(); goal.tasks.len()];
        let mut progress = Progress { tasks, last: &[], spoken: 0, closing: false, latest: 0 };
        for (role, said) in view.heard() {
            match role {
                Role::User => progress.own(goal, &said.acts),
                Role::Assistant => progress.hear(goal, &said.acts),
            }
        }
        progress
    }

    /// What the user wants of a task now, carried values included.
    pub fn wanted(&self, goal: &Goal, at: usize) -> Slots {
        let (Some(task), Some(standing)) = (goal.tasks.get(at), self.tasks.get(at)) else {
            return Slots::new();
        };
        let mut wanted = task.wanted(standing.changed, standing.relaxed);
        for (slot, carry) in &task.carried {
            if let Some(value) = self.known(goal, carry.task, &carry.slot) {
                wanted.insert(slot.clone(), value);
            }
        }
        wanted
    }

    /// What the user knows of another task's slot.
    fn known(&self, goal: &Goal, at: usize, slot: &SmolStr) -> Option<Value> {
        let (task, standing) = (goal.tasks.get(at)?, self.tasks.get(at)?);
        let label = standing.label.as_ref().filter(|_| slot == "name");
        label
            .or_else(|| standing.heard.get(slot))
            .cloned()
            .or_else(|| task.wanted(standing.changed, standing.relaxed).get(slot).cloned())
    }

    fn task(&mut self, goal: &Goal, act: &Act) -> Option<(usize, &mut Standing)> {
        let is = |task: &Task| {
            Some(&task.domain) == act.domain.as_ref() && Some(&task.intent) == act.intent.as_ref()
        };
        // Mostly it is the same one as before.
        let same = goal.tasks.get(self.latest).is_some_and(is);
        self.latest = if same { self.latest } else { goal.tasks.iter().position(is)? };
        Some((self.latest, self.tasks.get_mut(self.latest)?))
    }

    fn own(&mut self, goal: &Goal, acts: &[Act]) {
        self.spoken += 1;
        self.closing |= acts.iter().any(|act| act.act == ActKind::Bye);
        for act in acts {
            let Some((at, standing)) = self.task(goal, act) else { continue };
            let Some(task) = goal.tasks.get(at) else { continue };
            match act.act {
                ActKind::Intend => standing.intended = true,
                ActKind::Inform | ActKind::Correct => standing.say(task, act),
                ActKind::Request => {
                    standing.asked.extend(act.slot.clone());
                }
                ActKind::Select => {
                    standing.take(act);
                }
                ActKind::Alternatives => standing.alternatives += 1,
                ActKind::GiveUp => standing.closed = Some(Closed::Badly),
                _ => {}
            }
        }
    }

    fn hear(&mut self, goal: &Goal, acts: &'v [Act]) {
        self.last = acts;
        for act in acts {
            let Some((_, standing)) = self.task(goal, act) else { continue };
            match act.act {
                ActKind::Offer => standing.offer(act),
                ActKind::Count => {
                    standing.count = act.value.as_ref().and_then(Value::as_number).map(|n| n as i64);
                }
                ActKind::Inform if act.of.is_some() => {
                    let told = standing.told_of.entry(act.of.clone().unwrap_or_default()).or_default();
                    told.extend(act.slot.clone().zip(act.value.clone()));
                    standing.heard.extend(act.slot.clone().zip(act.value.clone()));
                }
                ActKind::NoMatch => standing.nothing = true,
                ActKind::Done => standing.closed = Some(Closed::Well),
                ActKind::Refuse => standing.closed = Some(Closed::Refused),
                ActKind::Unable => standing.closed = Some(Closed::Badly),
                ActKind::Trouble => standing.troubles += 1,
                _ => {}
            }
        }
    }
}

impl Standing {
    /// Another entity than before: what was told of that one is not known of this one.
    fn offer(&mut self, act: &Act) {
        let before = self.offered.take();
        if before.is_some_and(|(of, _)| Some(&of) != act.of.as_ref()) {
            self.heard.clear();
        }
        // What it is called is told with it: nobody asks for the number of the train that was just named.
        self.heard.extend(act.slot.clone().zip(act.value.clone()));
        self.offered = act.of.clone().zip(act.value.clone());
        self.offers.extend(self.offered.clone());
    }

    /// One of those that were offered is taken: what it is called is its name from now on.
    fn take(&mut self, act: &Act) {
        self.selected.clone_from(&act.of);
        let taken = act.of.clone().and_then(|of| Some((of.clone(), self.offers.get(&of)?.clone())));
        if let (Some((_, before)), Some((_, now))) = (&self.offered, &taken) {
            let named = self.heard.values_mut().find(|value| *value == before);
            named.into_iter().for_each(|value| value.clone_from(now));
        }
        self.offered = taken.or(self.offered.take());
        self.label = self.offered.as_ref().map(|(_, label)| label.clone());
    }

    fn say(&mut self, task: &Task, act: &Act) {
        let (Some(slot), Some(value)) = (&act.slot, &act.value) else { return };
        self.told.insert(slot.clone(), value.clone());
        self.count = None;
        let is = |slots: &Slots| slots.get(slot) == Some(value);
        if is(&task.changes) && task.constraints.get(slot) != Some(value) {
            self.changed = true;
        }
        if let Some(next) = task.relaxations.get(self.relaxed)
            && is(next)
        {
            self.relaxed += 1;
        }
    }

    /// What the user said, by slot, that is not what it wants now.
    pub fn outdated<'a>(&'a self, wanted: &'a Slots) -> impl Iterator<Item = &'a SmolStr> {
        self.told
            .iter()
            .filter(|(slot, value)| wanted.get(*slot).is_some_and(|now| now != *value))
            .map(|(slot, _)| slot)
    }
}

/// Requests of a task by slot that have not been answered.
pub(crate) fn unanswered<'a>(task: &'a Task, standing: &'a Standing) -> impl Iterator<Item = &'a SmolStr> {
    task.requests.iter().filter(|slot| !standing.heard.contains_key(*slot))
}
