//! What the built-in user does: an agenda of acts derived from its goal and what it heard.
//!
//! The agenda-based user of Schatzmann et al. (2007), with the stack derived from the history at every move. Traits
//! of the persona shift the odds that the domain's behaviour gives. The user says nothing that is not in its goal or
//! in the assistant's words.

use goalconvo_core::{
    Act, ActKind, Behaviour, Ending, Goal, IntentKind, Purpose, Rng, Slots, Task, UserView, Value,
};
use smol_str::SmolStr;

use super::progress::{Closed, Progress, Standing, unanswered};

/// What the user decided.
pub(crate) enum Decision {
    /// To say these acts.
    Say(Vec<Act>),
    /// To end it.
    End(Ending),
}

/// After so many turns of its own a user has had enough.
const ENOUGH: usize = 28;

/// The user at one point of a dialogue.
struct Mind<'a, 'b> {
    view: &'b UserView<'a>,
    goal: &'a Goal,
    progress: &'b Progress,
    rng: Rng,
}

/// Decides the user's move.
pub(crate) fn decide(view: &UserView<'_>, progress: &Progress) -> Decision {
    let mut mind = Mind { view, goal: view.goal(), progress, rng: view.rng(Purpose::User) };
    if progress.closing {
        return Decision::End(mind.ending());
    }
    if progress.spoken == 0 {
        return Decision::Say(mind.opening());
    }
    Decision::Say(mind.respond())
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

    /// Another search that needs nothing of the first task.
    fn independent_search(&self, first: usize) -> Option<usize> {
        (first + 1..self.goal.tasks.len()).find(|at| {
            let Some((task, standing)) = self.task(*at) else { return false };
            let search = self
                .view
                .intent(&task.domain, &task.intent)
                .is_some_and(|intent| intent.kind == IntentKind::Search);
            search && task.carried.is_empty() && !standing.intended
        })
    }

    /// Names a task and gives so many of its values.
    fn bring_up(&mut self, at: usize, values: usize) -> Vec<Act> {
        let Some((task, _)) = self.task(at) else { return vec![] };
        let mut acts = vec![about(ActKind::Intend, task)];
        acts.extend(self.informs(at, values));
        acts
    }

    /// So many values that have not been said yet.
    fn informs(&mut self, at: usize, count: usize) -> Vec<Act> {
        let Some((task, standing)) = self.task(at) else { return vec![] };
        let wanted = self.progress.wanted(self.goal, at);
        let mut untold: Vec<(SmolStr, Value)> =
            wanted.into_iter().filter(|(slot, _)| !standing.told.contains_key(slot)).collect();
        self.rng.shuffle(&mut untold);
        untold
            .into_iter()
            .take(count)
            .map(|(slot, value)| about(ActKind::Inform, task).slot(&slot).value(value))
            .collect()
    }

    fn respond(&mut self) -> Vec<Act> {
        let last = self.progress.last.clone();
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
            return self.confirm(at, &last);
        }
        let asked: Vec<&Act> = last.iter().filter(|act| act.act == ActKind::Request).collect();
        if let Some(at) = asked.first().and_then(|act| self.index(act)) {
            return self.answer(at, &asked);
        }
        self.proceed(&last)
    }

    fn index(&self, act: &Act) -> Option<usize> {
        self.goal.tasks.iter().position(|task| {
            Some(&task.domain) == act.domain.as_ref() && Some(&task.intent) == act.intent.as_ref()
        })
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
        let Some((task, _)) = self.task(at) else { return self.close() };
        let wanted = self.progress.wanted(self.goal, at);
        let less = asked.len() > 1 && self.likely(behaviour.under_answer, 100 - traits.precision.min(100));
        let asked = if less { &asked[..1] } else { asked };
        let mut acts: Vec<Act> = asked
            .iter()
            .filter_map(|request| {
                let slot = request.slot.as_ref()?;
                Some(match wanted.get(slot) {
                    Some(value) => about(ActKind::Inform, task).slot(slot).value(value.clone()),
                    None => about(ActKind::DontCare, task).slot(slot),
                })
            })
            .collect();
        if self.likely(behaviour.over_answer, traits.initiative) {
            let said = |extra: &Act| acts.iter().any(|act| act.slot == extra.slot);
            let extra: Vec<Act> = self.informs(at, 1).into_iter().filter(|extra| !said(extra)).collect();
            acts.extend(extra);
        }
        acts
    }

    /// Nothing was asked of the user: takes an offer, asks what it wants to know, goes on, or closes.
    fn proceed(&mut self, last: &[Act]) -> Vec<Act> {
        let offered = last.iter().find(|act| act.act == ActKind::OfferIntent);
        let mut acts = self.thanks(last);
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
            let declined = offered.is_some() || last.iter().any(|act| act.act == ActKind::RequestMore);
            let no = (declined && self.rng.chance(60)).then(|| Act::new(ActKind::Deny));
            return no.into_iter().chain(self.close()).collect();
        };
        let values = 1 + self.rng.weighted(self.behaviour(next).values.iter().copied()).unwrap_or(0);
        match offered.and_then(|act| self.index(act)) {
            Some(at) if at == next => {
                acts.push(Act::new(ActKind::Affirm));
                acts.extend(self.informs(next, values));
            }
            other => {
                // What was offered is not what is wanted next: people say so first.
                if other.is_some() && self.rng.chance(60) {
                    acts.push(Act::new(ActKind::Deny));
                }
                acts.extend(self.bring_up(next, values));
            }
        }
        acts
    }

    /// A search that the user named and that nobody came back to.
    fn waiting(&self) -> Option<usize> {
        (0..self.goal.tasks.len()).find(|at| {
            let Some((task, standing)) = self.task(*at) else { return false };
            let search = self
                .view
                .intent(&task.domain, &task.intent)
                .is_some_and(|intent| intent.kind == IntentKind::Search);
            search && standing.intended && standing.offered.is_none() && standing.closed.is_none()
        })
    }

    /// Thanks for what was done, now and then.
    fn thanks(&mut self, last: &[Act]) -> Vec<Act> {
        let politeness = self.view.persona().traits.politeness;
        let done = last.iter().any(|act| act.act == ActKind::Done);
        let thank = done && self.next_task().is_some() && self.likely(30, politeness);
        thank.then(|| Act::new(ActKind::Thank)).into_iter().collect()
    }

    /// Looks at an offer: corrects it, narrows it, asks about it, wants another one, or takes it.
    fn consider(&mut self, at: usize) -> Vec<Act> {
        let traits = self.view.persona().traits;
        let behaviour = self.behaviour(at);
        let Some((task, standing)) = self.task(at) else { return self.close() };
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
            let eager = usize::from(traits.initiative > 50) + usize::from(traits.verbosity > 50);
            let values = 1 + eager + self.rng.weighted(behaviour.values.iter().copied()).unwrap_or(0);
            return self.informs(at, values);
        }
        let choice = standing.count.is_some_and(|count| count > 1) && standing.alternatives == 0;
        if choice && self.likely(behaviour.alternatives, 100 - traits.trust.min(100)) {
            return vec![about(ActKind::Alternatives, task)];
        }
        let questions = self.ask(at);
        if !questions.is_empty() && self.rng.chance(30) {
            return questions;
        }
        self.select(at, task, standing, questions)
    }

    /// Takes the offer and, in the same breath, asks about it or goes on with it.
    fn select(&mut self, at: usize, task: &Task, standing: &Standing, questions: Vec<Act>) -> Vec<Act> {
        let Some((of, label)) = &standing.offered else { return self.close() };
        let mut select = about(ActKind::Select, task).of(of);
        if self.rng.chance(45) {
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

    /// Whether nothing else is left to bring up, to look at or to ask.
    fn is_last(&self, at: usize) -> bool {
        let open = |other: usize| {
            let Some((task, standing)) = self.task(other) else { return false };
            is_considering(standing) || unanswered(task, standing).next().is_some()
        };
        self.next_task_but(Some(at)).is_none()
            && !(0..self.goal.tasks.len()).any(|other| other != at && open(other))
    }

    /// Whether a task is about the entity of another one.
    fn depends(&self, at: usize, on: usize) -> bool {
        let (Some(task), Some(other)) = (self.goal.tasks.get(at), self.goal.tasks.get(on)) else {
            return false;
        };
        let entity = self.view.intent(&task.domain, &task.intent).and_then(|intent| intent.entity.as_ref());
        task.domain == other.domain && entity == Some(&other.intent)
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

    /// Whether a record of the user's own has been found: the user gave all that identifies it, and nobody objected.
    fn is_looked_up(&self, at: usize) -> bool {
        let Some((task, standing)) = self.task(at) else { return false };
        let Some(intent) = self.view.intent(&task.domain, &task.intent) else { return false };
        intent.kind == IntentKind::Lookup
            && standing.closed.is_none()
            && intent.required.iter().all(|slot| standing.told.contains_key(slot))
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

    /// The next task to bring up.
    fn next_task(&self) -> Option<usize> {
        self.next_task_but(None)
    }

    fn next_task_but(&self, but: Option<usize>) -> Option<usize> {
        (0..self.goal.tasks.len()).filter(|at| Some(*at) != but).find(|at| {
            let Some((task, standing)) = self.task(*at) else { return false };
            let fresh = !standing.intended && standing.closed.is_none() && standing.told.is_empty();
            fresh && !self.is_implied(*at, task) && !self.is_lost(*at, but)
        })
    }

    /// A look-up without questions of its own comes up with what needs it.
    fn is_implied(&self, at: usize, task: &Task) -> bool {
        let lookup = self
            .view
            .intent(&task.domain, &task.intent)
            .is_some_and(|intent| intent.kind == IntentKind::Lookup);
        lookup
            && task.requests.is_empty()
            && (at + 1..self.goal.tasks.len()).any(|other| self.depends(other, at))
    }

    /// What a task needs could not be had.
    fn is_lost(&self, at: usize, failing: Option<usize>) -> bool {
        (0..self.goal.tasks.len()).any(|other| {
            let lost =
                self.progress.tasks.get(other).is_some_and(|standing| standing.closed == Some(Closed::Badly));
            let failing = failing == Some(other)
                && self.progress.tasks.get(other).is_some_and(|standing| standing.offered.is_none());
            (lost || failing) && self.depends(at, other)
        })
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
