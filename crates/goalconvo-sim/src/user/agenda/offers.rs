//! What the user does with an offer: corrects it, narrows it, compares it, asks about it, or takes it.

use std::collections::BTreeMap;

use goalconvo_core::{Act, ActKind, GoalClass, Slots, Task, Value};
use smol_str::SmolStr;

use super::{Mind, about};

/// In how many percent of the choices between several offers the user names the one that it takes.
const NAMES_CHOICE: u32 = 60;

/// So many offers are compared at most.
const MOST_COMPARED: usize = 4;

impl<'b> Mind<'_, 'b> {
    /// Looks at an offer: corrects it, narrows it, asks about it, wants another one, or takes it.
    pub(super) fn consider(&mut self, at: usize) -> Vec<Act> {
        let traits = self.view.persona().traits;
        let behaviour = self.behaviour(at);
        let Some((task, standing)) = self.task(at) else { return self.close() };
        if self.goal.class == GoalClass::Loop
            && let Some(acts) = self.compare(at)
        {
            return acts;
        }
        let wanted = self.changed(at);
        let corrections: Vec<Act> = standing
            .outdated(&wanted)
            .map(|slot| about(ActKind::Correct, task).slot(slot).value(wanted[slot].clone()))
            .collect();
        if !corrections.is_empty() {
            return corrections;
        }
        let open = wanted.iter().any(|(slot, value)| {
            !standing.told.contains_key(slot) && standing.heard.get(slot) != Some(value)
        });
        if open {
            // Nobody keeps a wish back for the offer after the next.
            let told = self.informs(at, usize::MAX);
            let told = if told.is_empty() { self.told_though_met(at) } else { told };
            if !told.is_empty() {
                return told;
            }
        }
        let offered = self.several(task);
        // Where all that there are were named, there is no other to ask for.
        let left = standing.count.is_some_and(|count| count > offered.len().max(1) as i64);
        let choice = left && standing.alternatives == 0;
        if choice && self.likely(behaviour.alternatives, 100 - traits.trust.min(100)) {
            return vec![about(ActKind::Alternatives, task)];
        }
        // Whoever wants a certain one by name takes no other.
        let fits = |label: &Value| {
            let names = self.progress.last.iter().filter(|act| act.value.as_ref() == Some(label));
            names.filter_map(|act| wanted.get(act.slot.as_ref()?)).all(|name| name == label)
        };
        let several: Vec<_> = offered.iter().copied().filter(|(_, label)| fits(label)).collect();
        if several.is_empty() && !offered.is_empty() {
            return vec![about(ActKind::Alternatives, task)];
        }
        if let Some((of, label)) = self.rng.pick(&several).copied() {
            let questions: Vec<Act> = self.ask(at).into_iter().map(|act| act.of(of)).collect();
            return self.select(at, task, (of, label, offered.len()), questions);
        }
        let questions = self.ask(at);
        if !questions.is_empty() && self.rng.chance(30) {
            return questions;
        }
        let Some((of, label)) = &standing.offered else { return self.close() };
        self.select(at, task, (of, label, 1), questions)
    }

    /// What was offered at once in the assistant's latest words, where that is more than one entity.
    fn several(&self, task: &Task) -> Vec<(&'b SmolStr, &'b Value)> {
        let offers = self.progress.last.iter().filter(|act| {
            act.act == ActKind::Offer
                && act.domain.as_ref() == Some(&task.domain)
                && act.intent.as_ref() == Some(&task.intent)
        });
        let offers: Vec<_> = offers.filter_map(|act| act.of.as_ref().zip(act.value.as_ref())).collect();
        if offers.len() > 1 { offers } else { vec![] }
    }

    /// Wishes that have not been said because the offer meets them: whoever is about to think better of one says it
    /// first.
    fn told_though_met(&self, at: usize) -> Vec<Act> {
        let Some((task, standing)) = self.task(at) else { return vec![] };
        let wanted = self.progress.wanted(self.goal, at).into_iter();
        let untold = wanted.filter(|(slot, _)| !standing.told.contains_key(slot));
        untold.map(|(slot, value)| about(ActKind::Inform, task).slot(&slot).value(value)).collect()
    }

    /// Asks the same of one offer after the other, and takes the one that is best.
    fn compare(&mut self, at: usize) -> Option<Vec<Act>> {
        let next = (0..self.goal.tasks.len()).find(|other| self.depends(*other, at))?;
        let ((search, offers), (details, told)) = (self.task(at)?, self.task(next)?);
        let (of, _) = offers.offered.as_ref()?;
        if !told.told_of.contains_key(of) {
            let mut acts = vec![about(ActKind::Intend, details)];
            acts.extend(details.requests.iter().map(|slot| about(ActKind::Request, details).slot(slot)));
            return Some(acts);
        }
        // Another one is wanted until one comes up again, or there have been enough.
        if offers.alternatives + 1 == told.told_of.len() && told.told_of.len() < MOST_COMPARED {
            return Some(vec![about(ActKind::Alternatives, search)]);
        }
        let best = best(&told.told_of, details.requests.first()?)?;
        let select = about(ActKind::Select, search).of(best).value(offers.offers.get(best)?.clone());
        let mut acts = vec![select];
        if self.is_last(at) && self.rng.chance(40) {
            acts.extend(self.close());
        }
        Some(acts)
    }

    /// Takes the offer and, in the same breath, asks about it or goes on with it.
    fn select(
        &mut self,
        at: usize,
        task: &Task,
        (of, label, among): (&SmolStr, &Value, usize),
        questions: Vec<Act>,
    ) -> Vec<Act> {
        let mut select = about(ActKind::Select, task).of(of);
        let told = self.task(at).map(|(_, standing)| &standing.told);
        let named = told.is_some_and(|told| told.values().any(|value| value == label));
        // Out of four the third has no short name.
        let must = among > 3;
        if !named && (must || self.rng.chance(if among > 1 { NAMES_CHOICE } else { 35 })) {
            select = select.value(label.clone());
        }
        let mut acts = vec![select];
        if !questions.is_empty() {
            acts.extend(questions);
            return acts;
        }
        match self.next_task_but(Some(at)).filter(|next| self.depends(*next, at)) {
            Some(next) => {
                let values =
                    self.rng.weighted(self.behaviour(next).opening_values.iter().copied()).unwrap_or(0) + 1;
                acts.extend(self.bring_up(next, values));
            }
            None if self.is_last(at) && self.rng.chance(40) => {
                acts.extend(self.close());
            }
            None => {}
        }
        acts
    }
}

/// The entity with the least of what costs and the most of what is good; the first where that can't be told.
fn best<'a>(told: &'a BTreeMap<SmolStr, Slots>, slot: &SmolStr) -> Option<&'a SmolStr> {
    let costs = ["price", "cost", "fare", "fee", "distance", "duration", "min"];
    let less = costs.iter().any(|word| slot.contains(word));
    let mut best: Option<(&SmolStr, Option<f64>)> = None;
    for (of, slots) in told {
        let value = slots.get(slot).and_then(Value::as_number);
        let better = match (best, value) {
            (None, _) => true,
            (Some((_, Some(known))), Some(new)) => (less && new < known) || (!less && new > known),
            _ => false,
        };
        if better {
            best = Some((of, value));
        }
    }
    best.map(|(of, _)| of)
}
