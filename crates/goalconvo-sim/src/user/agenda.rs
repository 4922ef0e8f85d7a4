//! What the built-in user does: an agenda of acts derived from its goal and what it heard.
//!
//! The agenda-based user of Schatzmann et al. (2007), with the stack derived from the history at every move. Traits
//! of the persona shift the odds that the domain's behaviour gives. The user says nothing that is not in its goal or
//! in the assistant's words.

use goalconvo_core::{
    Act, ActKind, Behaviour, Ending, Goal, GoalClass, IntentKind, Purpose, Rng, SlotKind, Slots, Task,
    UserView, Value,
};
use smol_str::SmolStr;

use super::progress::{Closed, Progress, Standing, unanswered};

mod offers;
mod order;

/// What the user decided.
pub(crate) enum Decision {
    /// To say these acts.
    Say(Vec<Act>),
    /// To end it.
    End(Ending),
}

/// After so many turns of its own a user has had enough.
const ENOUGH: usize = 28;

/// In how many percent of the transactions that it asks for the user asks in the same breath for what comes of it.
const ASKS_AHEAD: u32 = 60;

/// The user at one point of a dialogue.
struct Mind<'a, 'b> {
    view: &'b UserView<'a>,
    goal: &'a Goal,
    progress: &'b Progress<'a>,
    rng: Rng,
}

/// Decides the user's move.
pub(crate) fn decide(view: &UserView<'_>, progress: &Progress<'_>) -> Decision {
    let mut mind = Mind { view, goal: view.goal(), progress, rng: view.rng(Purpose::User) };
    if progress.closing {
        return Decision::End(mind.ending());
    }
    if progress.spoken == 0 {
        return Decision::Say(mind.opening());
    }
    let mut acts = mind.takes_in();
    acts.extend(mind.respond());
    Decision::Say(acts)
}

impl<'a, 'b> Mind<'a, 'b> {
    fn ending(&self) -> Ending {
        let any = |closed| self.progress.tasks.iter().any(|standing| standing.closed == Some(closed));
        match (any(Closed::Refused), any(Closed::Badly)) {
            (true, _) => Ending::Refused,
            (false, true) => Ending::GaveUp,
            (false, false) => Ending::Satisfied,
        }
    }

    fn task(&self, at: usize) -> Option<(&'a Task, &'b Standing)> {
        self.goal.tasks.get(at).zip(self.progress.tasks.get(at))
    }

    fn behaviour(&self, at: usize) -> Behaviour {
        let domain = self.goal.tasks.get(at).map(|task| &task.domain);
        domain.and_then(|domain| self.view.behaviour(domain)).cloned().unwrap_or_default()
    }

    /// A chance in percent, shifted by a trait: at 0 it is nothing, at 100 it is doubled.
    fn likely(&mut self, percent: u32, trait_value: u8) -> bool {
        self.rng.chance(percent * u32::from(trait_value) / 50)
    }

    fn opening(&mut self) -> Vec<Act> {
        let traits = self.view.persona().traits;
        let Some(first) = self.next_task() else {
            return vec![Act::new(ActKind::Thank), Act::new(ActKind::Bye)];
        };
        let behaviour = self.behaviour(first);
        let mut acts = Vec::new();
        if self.likely(behaviour.greet, traits.politeness) {
            acts.push(Act::new(ActKind::Greet));
        }
        if self.goal.class.is_chain() {
            acts.extend(self.open_chain(first));
            return acts;
        }
        let drawn = self.rng.weighted(behaviour.opening_values.iter().copied()).unwrap_or(0);
        let eager = usize::from(traits.initiative > 70) + usize::from(traits.verbosity > 80);
        acts.extend(self.bring_up(first, drawn + eager));
        if traits.initiative > 60
            && self.rng.chance(20)
            && let Some(second) = self.independent_search(first)
        {
            acts.extend(self.bring_up(second, 1 + drawn.min(1)));
        }
        acts
    }

    /// The first words of a chain: all that is known, or, where the pattern is to be asked, all but some of it.
    fn open_chain(&mut self, first: usize) -> Vec<Act> {
        match self.goal.class {
            GoalClass::ClarificationFirst => self.bring_up_partly(first),
            GoalClass::Parallel => {
                (0..self.goal.tasks.len()).flat_map(|at| self.bring_up(at, usize::MAX)).collect()
            }
            _ => self.bring_up(first, usize::MAX),
        }
    }

    /// Names a task and leaves out at least one of the values that it can't do without.
    fn bring_up_partly(&mut self, at: usize) -> Vec<Act> {
        let Some((task, _)) = self.task(at) else { return vec![] };
        let intent = self.view.intent(&task.domain, &task.intent);
        let mut required: Vec<SmolStr> = intent.map(|intent| intent.required.clone()).unwrap_or_default();
        self.rng.shuffle(&mut required);
        let most = required.len().min(2);
        required.truncate(1 + self.rng.below(most));
        let mut acts = vec![about(ActKind::Intend, task)];
        let told = self.informs(at, usize::MAX);
        acts.extend(
            told.into_iter().filter(|act| !act.slot.as_ref().is_some_and(|slot| required.contains(slot))),
        );
        acts
    }

    /// Names a task and gives so many of its values.
    fn bring_up(&mut self, at: usize, values: usize) -> Vec<Act> {
        let Some((task, _)) = self.task(at) else { return vec![] };
        let mut acts = vec![about(ActKind::Intend, task)];
        acts.extend(self.informs(at, values));
        let deed = self
            .view
            .intent(&task.domain, &task.intent)
            .is_some_and(|intent| intent.kind == IntentKind::Transact);
        if let Some(slot) = task.requests.first().filter(|_| deed && self.rng.chance(ASKS_AHEAD)) {
            acts.push(about(ActKind::Request, task).slot(slot));
        }
        // Who looks something up in a chain says at once what for.
        if self.goal.class.is_chain() && self.looks_up(at) {
            acts.extend(self.ask(at));
        }
        acts
    }

    /// So many values that have not been said yet: first those that the offer fails, and none that it is known to
    /// have.
    fn informs(&mut self, at: usize, count: usize) -> Vec<Act> {
        let Some((task, standing)) = self.task(at) else { return vec![] };
        let wanted = self.progress.wanted(self.goal, at);
        let new = |slot: &SmolStr, value: &Value| {
            !standing.told.contains_key(slot) && standing.heard.get(slot) != Some(value)
        };
        let mut untold: Vec<(SmolStr, Value)> =
            wanted.into_iter().filter(|(slot, value)| new(slot, value)).collect();
        self.rng.shuffle(&mut untold);
        untold.sort_by_key(|(slot, _)| !standing.heard.contains_key(slot));
        untold
            .into_iter()
            .take(count)
            .map(|(slot, value)| about(ActKind::Inform, task).slot(&slot).value(value))
            .collect()
    }

    fn respond(&mut self) -> Vec<Act> {
        let last = self.progress.last;
        let first = |kind: ActKind| {
            last.iter().find(|act| act.act == kind).and_then(|act| Some((act, self.index(act)?)))
        };
        if self.progress.spoken > ENOUGH {
            return self.close();
        }
        if let Some((_, at)) = first(ActKind::Trouble) {
            return self.trouble(at);
        }
        if let Some((_, at)) = first(ActKind::NoMatch).or(first(ActKind::NotDone)) {
            return self.relax(at);
        }
        if let Some((_, at)) = first(ActKind::Confirm) {
            return self.confirm(at, last);
        }
        let asked: Vec<&Act> = last.iter().filter(|act| act.act == ActKind::Request).collect();
        if let Some(at) = asked.first().and_then(|act| self.index(act)) {
            return self.answer(at, &asked);
        }
        self.proceed(last)
    }

    fn trouble(&mut self, at: usize) -> Vec<Act> {
        let patience = usize::from(self.view.persona().traits.patience) / 25;
        let Some((task, standing)) = self.task(at) else { return self.close() };
        if standing.troubles <= patience {
            return vec![Act::new(ActKind::Affirm)];
        }
        self.give_up(task, at)
    }

    fn give_up(&mut self, task: &Task, at: usize) -> Vec<Act> {
        let mut acts = vec![about(ActKind::GiveUp, task)];
        match self.next_task_but(Some(at)) {
            Some(next) => acts.extend(self.bring_up(next, 1)),
            None => acts.extend(self.close()),
        }
        acts
    }

    /// Falls back on the next alternative of the goal.
    fn relax(&mut self, at: usize) -> Vec<Act> {
        let Some((task, standing)) = self.task(at) else { return self.close() };
        let next = task.relaxations.get(standing.relaxed);
        let acts: Vec<Act> = next
            .into_iter()
            .flatten()
            .map(|(slot, value)| about(ActKind::Inform, task).slot(slot).value(value.clone()))
            .collect();
        if acts.is_empty() { self.give_up(task, at) } else { acts }
    }

    /// Says yes to the right values, and corrects wrong or outdated ones.
    fn confirm(&mut self, at: usize, last: &[Act]) -> Vec<Act> {
        let Some((task, standing)) = self.task(at) else { return vec![Act::new(ActKind::Deny)] };
        let wanted = if standing.changed { self.progress.wanted(self.goal, at) } else { self.changed(at) };
        let wrong = last.iter().filter(|act| act.act == ActKind::Confirm).filter_map(|act| {
            let slot = act.slot.as_ref()?;
            let right = wanted.get(slot)?;
            (Some(right) != act.value.as_ref())
                .then(|| about(ActKind::Correct, task).slot(slot).value(right.clone()))
        });
        let corrections: Vec<Act> = wrong.collect();
        if corrections.is_empty() {
            let rest = self.informs(at, usize::MAX);
            return std::iter::once(Act::new(ActKind::Affirm)).chain(rest).collect();
        }
        std::iter::once(Act::new(ActKind::Deny)).chain(corrections).collect()
    }

    /// What the user will want once it has changed its mind.
    fn changed(&self, at: usize) -> Slots {
        let mut wanted = self.progress.wanted(self.goal, at);
        wanted.extend(self.goal.tasks.get(at).map(|task| task.changes.clone()).unwrap_or_default());
        wanted
    }

    fn answer(&mut self, at: usize, asked: &[&Act]) -> Vec<Act> {
        let traits = self.view.persona().traits;
        let behaviour = self.behaviour(at);
        let less = asked.len() > 1
            && self.is_asked_again(asked[1])
            && self.likely(behaviour.under_answer, 100 - traits.precision.min(100));
        let asked = if less { &asked[..1] } else { asked };
        let mut acts: Vec<Act> = asked.iter().flat_map(|request| self.reply(request)).collect();
        if self.likely(behaviour.over_answer, traits.initiative) {
            let said = |extra: &Act| acts.iter().any(|act| act.slot == extra.slot);
            let extra: Vec<Act> = self.informs(at, 1).into_iter().filter(|extra| !said(extra)).collect();
            acts.extend(extra);
        }
        if self.goal.class.is_chain() && self.looks_up(at) {
            acts.extend(self.ask(at));
        }
        acts
    }

    /// What the user says to a question for a slot.
    fn reply(&self, request: &Act) -> Vec<Act> {
        let at = self.index(request);
        let task = at.and_then(|at| Some((at, self.task(at)?)));
        let (Some((at, (task, standing))), Some(slot)) = (task, &request.slot) else { return vec![] };
        let wanted = self.progress.wanted(self.goal, at);
        if let Some(value) = wanted.get(slot) {
            return vec![about(ActKind::Inform, task).slot(slot).value(value.clone())];
        }
        let mut acts = vec![about(ActKind::DontCare, task).slot(slot)];
        // Who is asked when to leave and knows when to arrive says so.
        let is_time = |slot: &SmolStr| {
            self.view.slot(&task.domain, slot).is_some_and(|slot| slot.kind == SlotKind::Time)
        };
        let other = wanted
            .iter()
            .find(|(other, _)| is_time(slot) && is_time(other) && !standing.told.contains_key(*other));
        acts.extend(other.map(|(slot, value)| about(ActKind::Inform, task).slot(slot).value(value.clone())));
        acts
    }

    /// Whether a question comes again when it stays without an answer: the assistant can't do without one.
    fn is_asked_again(&self, request: &Act) -> bool {
        let intent = self.index(request).and_then(|at| {
            let (task, _) = self.task(at)?;
            self.view.intent(&task.domain, &task.intent)
        });
        intent.zip(request.slot.as_ref()).is_some_and(|(intent, slot)| intent.required.contains(slot))
    }

    /// Nothing was asked of the user: takes an offer, asks what it wants to know, goes on, or closes.
    fn proceed(&mut self, last: &[Act]) -> Vec<Act> {
        let offered = last.iter().find(|act| act.act == ActKind::OfferIntent);
        let mut acts = Vec::new();
        if let Some(offer) = offered {
            match self.index(offer).filter(|at| self.is_open(*at)) {
                Some(at) => {
                    acts.push(Act::new(ActKind::Affirm));
                    let values = self.later_values(at);
                    acts.extend(self.informs(at, values));
                    return acts;
                }
                // What waits for a yes or a no gets one before anything else comes up.
                None => acts.push(Act::new(ActKind::Deny)),
            }
        } else {
            acts.extend(self.thanks(last));
        }
        let considering = (0..self.goal.tasks.len())
            .find(|at| self.task(*at).is_some_and(|(_, standing)| is_considering(standing)));
        if let Some(at) = considering {
            acts.extend(self.consider(at));
            return acts;
        }
        if let Some(questions) = self.questions() {
            acts.extend(questions);
            return acts;
        }
        if let Some(waiting) = self.waiting() {
            acts.extend(self.bring_up(waiting, 1));
            return acts;
        }
        let Some(next) = self.next_task() else {
            let asked = offered.is_none() && last.iter().any(|act| act.act == ActKind::RequestMore);
            acts.extend((asked && self.rng.chance(60)).then(|| Act::new(ActKind::Deny)));
            acts.extend(self.close());
            return acts;
        };
        let values = self.later_values(next);
        acts.extend(self.bring_up(next, values));
        acts
    }

    /// How many values a turn carries that is not the first.
    fn later_values(&mut self, at: usize) -> usize {
        1 + self.rng.weighted(self.behaviour(at).values.iter().copied()).unwrap_or(0)
    }

    /// A word about what could not be had: nobody passes over a refusal.
    fn takes_in(&self) -> Vec<Act> {
        let refused =
            self.progress.last.iter().any(|act| matches!(act.act, ActKind::Refuse | ActKind::Unable));
        refused.then(|| Act::new(ActKind::Acknowledge)).into_iter().collect()
    }

    /// Thanks for what was done, now and then.
    fn thanks(&mut self, last: &[Act]) -> Vec<Act> {
        let politeness = self.view.persona().traits.politeness;
        let done = last.iter().any(|act| act.act == ActKind::Done);
        let thank = done && self.next_task().is_some() && self.likely(30, politeness);
        thank.then(|| Act::new(ActKind::Thank)).into_iter().collect()
    }

    /// Questions about something that is there and has not been told.
    fn questions(&mut self) -> Option<Vec<Act>> {
        let at = (0..self.goal.tasks.len()).find(|at| {
            let Some((task, standing)) = self.task(*at) else { return false };
            let there = standing.selected.is_some()
                || standing.closed == Some(Closed::Well)
                || self.is_looked_up(*at);
            there
                && unanswered(task, standing)
                    .any(|slot| !standing.asked.contains(slot) || self.is_looked_up(*at))
        })?;
        Some(self.ask(at)).filter(|acts| !acts.is_empty())
    }

    fn ask(&mut self, at: usize) -> Vec<Act> {
        let behaviour = self.behaviour(at);
        let Some((task, standing)) = self.task(at) else { return vec![] };
        let open: Vec<SmolStr> = unanswered(task, standing).cloned().collect();
        let most = 1
            + usize::from(self.rng.chance(behaviour.multi_request))
            + usize::from(self.rng.chance(behaviour.multi_request / 3));
        let of = standing.selected.clone().or_else(|| standing.offered.clone().map(|(of, _)| of));
        let request = |slot: &SmolStr| {
            let act = about(ActKind::Request, task).slot(slot);
            of.as_ref().map_or(act.clone(), |of| act.of(of))
        };
        open.iter().take(most).map(request).collect()
    }

    fn close(&mut self) -> Vec<Act> {
        let traits = self.view.persona().traits;
        let behaviour = self.behaviour(0);
        let mut acts = Vec::new();
        if self.likely(behaviour.thank + 30, traits.politeness) {
            acts.push(Act::new(ActKind::Thank));
        }
        acts.push(Act::new(ActKind::Bye));
        acts
    }
}

/// Whether an offer waits for the user's word.
fn is_considering(standing: &Standing) -> bool {
    standing.offered.is_some() && standing.selected.is_none() && standing.closed.is_none()
}

fn about(kind: ActKind, task: &Task) -> Act {
    Act::new(kind).about(&task.domain, &task.intent)
}
