//! Taxis: between venues of the goal or between places that it names, to leave or to arrive by a time.

use goalconvo_core::{Carry, Expect, Task};
use serde_json::Value as Json;

use super::goals::{Draft, Maker, blank, shown};

impl Maker<'_> {
    pub(super) fn taxi(&mut self, part: &Json, draft: &mut Draft<'_>) {
        let info = self.slots("taxi", part.get("info"), draft.id);
        let requests = self.requests("taxi", part.get("reqt"), draft.id);
        let intent = if info.contains_key("arrive_by") { "book_taxi_to_arrive" } else { "book_taxi" };
        let mut task = blank("taxi", intent);
        task.requests = requests;
        task.constraints = info;
        if task.constraints.contains_key("arrive_by")
            && let Some(leave) = task.constraints.remove("leave_at")
        {
            self.report.odd(
                draft.id,
                format!("taxi: wants to leave at {leave} and to arrive by a time; the arrival is kept"),
            );
        }
        let venues: Vec<usize> = (0..draft.tasks.len())
            .filter(|at| {
                matches!(
                    draft.tasks[*at].intent.as_str(),
                    "find_restaurant" | "find_hotel" | "find_attraction"
                )
            })
            .collect();
        self.ends(&venues, &mut task, draft);
        self.booked_time(&mut task, draft);
        self.prove_taxi(&mut task, draft);
        draft.tasks.push(task);
        draft.found.push(Vec::new());
    }

    /// Where the taxi goes from and to, when it goes between venues of the goal.
    fn ends(&mut self, venues: &[usize], task: &mut Task, draft: &Draft<'_>) {
        let of = |domain: Option<&str>| {
            venues.iter().copied().find(|at| domain.is_some_and(|domain| draft.tasks[*at].domain == domain))
        };
        let other = |than: Option<usize>| venues.iter().copied().find(|at| Some(*at) != than);
        let (leaves, arrives) = (of(draft.told.leaves), of(draft.told.arrives));
        let departure = leaves.or_else(|| other(arrives));
        let destination = arrives.or_else(|| venues.iter().rev().copied().find(|at| Some(*at) != departure));
        for (slot, venue) in [("departure", departure), ("destination", destination)] {
            if task.constraints.contains_key(slot) {
                continue;
            }
            match venue {
                Some(at) => {
                    task.carried.insert(slot.into(), Carry { task: at, slot: "name".into() });
                    if let Some(name) = draft.tasks[at].settled().get("name") {
                        task.constraints.insert(slot.into(), name.clone());
                    }
                }
                None => self.report.odd(draft.id, format!("taxi: the goal does not say its {slot}")),
            }
        }
    }

    fn booked_time(&mut self, task: &mut Task, draft: &Draft<'_>) {
        if draft.told.arrives.is_none() {
            return;
        }
        let booking = draft.tasks.iter().position(|task| task.intent == "book_restaurant");
        let booked = booking.and_then(|at| draft.tasks[at].settled().get("time").cloned());
        let (Some(at), Some(time)) = (booking, booked) else { return };
        let wanted = task.constraints.get("arrive_by").cloned();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != time) {
            self.report.odd(draft.id, format!("taxi: should arrive by the booked time, which is {time}, and by {wanted}; the booked time is kept"));
        }
        task.constraints.insert("arrive_by".into(), time);
        task.carried.insert("arrive_by".into(), Carry { task: at, slot: "time".into() });
    }

    fn prove_taxi(&mut self, task: &mut Task, draft: &Draft<'_>) {
        let missing = self.missing(task).unwrap_or_default();
        let mut slots = task.settled();
        let mut lost = Vec::new();
        for (slot, carry) in task.carried.iter().filter(|(slot, _)| !task.constraints.contains_key(*slot)) {
            let domain = &draft.tasks[carry.task].domain;
            let table = self.stage.tables().get(domain);
            let row = table.and_then(|table| table.get(draft.found[carry.task].first()?));
            match table.and_then(|table| row?.get(table.column("name")?).cloned()) {
                Some(name) => drop(slots.insert(slot.clone(), name)),
                None => lost.push(slot.to_string()),
            }
        }
        if missing.is_empty() && lost.is_empty() && self.book(task, &slots, None, draft) {
            task.expect = Expect::Done;
            return;
        }
        let why = match (missing.is_empty(), lost.is_empty()) {
            (false, _) => format!("the goal does not say {}", missing.join(", ")),
            (_, false) => format!("nothing is found to be its {}", lost.join(" and ")),
            _ => format!("it can't be booked with {}", shown(&slots)),
        };
        task.expect = Expect::Unavailable;
        task.requests.clear();
        self.report.odd(draft.id, format!("taxi: {why}; expected unavailable"));
    }
}
