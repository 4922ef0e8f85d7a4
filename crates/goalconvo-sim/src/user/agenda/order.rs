//! Which task the user turns to: what is open, what waits, what needs what, and what is lost.

use goalconvo_core::{Act, IntentKind, Task, Value};

use super::{Mind, is_considering};
use crate::user::progress::{Closed, unanswered};

impl Mind<'_, '_> {
    /// Another search that needs nothing of the first task.
    pub(super) fn independent_search(&self, first: usize) -> Option<usize> {
        (first + 1..self.goal.tasks.len()).find(|at| {
            let Some((task, standing)) = self.task(*at) else { return false };
            let search = self
                .view
                .intent(&task.domain, &task.intent)
                .is_some_and(|intent| intent.kind == IntentKind::Search);
            search && task.carried.is_empty() && !standing.intended
        })
    }

    pub(super) fn index(&self, act: &Act) -> Option<usize> {
        self.goal.tasks.iter().position(|task| {
            Some(&task.domain) == act.domain.as_ref() && Some(&task.intent) == act.intent.as_ref()
        })
    }

    pub(super) fn looks_up(&self, at: usize) -> bool {
        let task = self.goal.tasks.get(at);
        let intent = task.and_then(|task| self.view.intent(&task.domain, &task.intent));
        intent.is_some_and(|intent| intent.kind == IntentKind::Lookup)
    }

    /// Whether a task is still to be done, and can be.
    pub(super) fn is_open(&self, at: usize) -> bool {
        self.task(at).is_some_and(|(_, standing)| standing.closed.is_none()) && !self.is_lost(at, None)
    }

    /// A search that the user named and that nobody came back to.
    pub(super) fn waiting(&self) -> Option<usize> {
        (0..self.goal.tasks.len()).find(|at| {
            let Some((task, standing)) = self.task(*at) else { return false };
            let search = self
                .view
                .intent(&task.domain, &task.intent)
                .is_some_and(|intent| intent.kind == IntentKind::Search);
            search && standing.intended && standing.offered.is_none() && standing.closed.is_none()
        })
    }

    /// Whether nothing else is left to bring up, to look at or to ask.
    pub(super) fn is_last(&self, at: usize) -> bool {
        let open = |other: usize| {
            let Some((task, standing)) = self.task(other) else { return false };
            is_considering(standing) || unanswered(task, standing).next().is_some()
        };
        self.next_task_but(Some(at)).is_none()
            && self.waiting().is_none()
            && !(0..self.goal.tasks.len()).any(|other| other != at && open(other))
    }

    /// Whether a task is about the entity of another one.
    pub(super) fn depends(&self, at: usize, on: usize) -> bool {
        let (Some(task), Some(other)) = (self.goal.tasks.get(at), self.goal.tasks.get(on)) else {
            return false;
        };
        let entity = self.view.intent(&task.domain, &task.intent).and_then(|intent| intent.entity.as_ref());
        task.domain == other.domain && entity == Some(&other.intent)
    }

    /// Whether a record of the user's own has been found: the user gave all that identifies it, and nobody objected.
    pub(super) fn is_looked_up(&self, at: usize) -> bool {
        let Some((task, standing)) = self.task(at) else { return false };
        let Some(intent) = self.view.intent(&task.domain, &task.intent) else { return false };
        intent.kind == IntentKind::Lookup
            && standing.closed.is_none()
            && (standing.intended || !intent.required.is_empty())
            && intent.required.iter().all(|slot| standing.told.contains_key(slot))
    }

    /// The next task to bring up.
    pub(super) fn next_task(&self) -> Option<usize> {
        self.next_task_but(None)
    }

    pub(super) fn next_task_but(&self, but: Option<usize>) -> Option<usize> {
        (0..self.goal.tasks.len()).filter(|at| Some(*at) != but).find(|at| {
            let Some((task, standing)) = self.task(*at) else { return false };
            let fresh = !standing.intended && standing.closed.is_none() && standing.told.is_empty();
            fresh && !self.is_implied(*at, task) && !self.is_lost(*at, but) && self.is_wanted(task)
        })
    }

    /// Whether the condition of a task, if it has one, is known to hold.
    pub(super) fn is_wanted(&self, task: &Task) -> bool {
        let Some(when) = &task.when else { return true };
        let Some(standing) = self.progress.tasks.get(when.task) else { return false };
        match &when.slot {
            Some(slot) => standing.heard.get(slot) == Some(&when.is),
            None if when.is == Value::Bool(true) => standing.offered.is_some(),
            None => standing.closed == Some(Closed::Badly) || standing.nothing,
        }
    }

    /// A look-up without questions of its own comes up with what needs it.
    pub(super) fn is_implied(&self, at: usize, task: &Task) -> bool {
        let lookup = self
            .view
            .intent(&task.domain, &task.intent)
            .is_some_and(|intent| intent.kind == IntentKind::Lookup);
        lookup
            && task.requests.is_empty()
            && (at + 1..self.goal.tasks.len()).any(|other| self.depends(other, at))
    }

    /// What a task needs could not be had.
    pub(super) fn is_lost(&self, at: usize, failing: Option<usize>) -> bool {
        (0..self.goal.tasks.len()).any(|other| {
            let lost =
                self.progress.tasks.get(other).is_some_and(|standing| standing.closed == Some(Closed::Badly));
            let failing = failing == Some(other)
                && self.progress.tasks.get(other).is_some_and(|standing| standing.offered.is_none());
            (lost || failing) && self.depends(at, other)
        })
    }
}
