//! How each pattern is built out of the graph.

use super::candidates::{Candidates, tests_of};
use super::draft::{Draft, Growing};
use super::random::Draws;
use super::reach::Reach;
use super::types::{Constraints, Control, Failure, Pattern, Pick, Source, Step};
use crate::graph::{ProjectedEdge, Relation};
use crate::registry::Role;

/// Builds chains of one pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Builder<'d, 'a> {
    /// What can be called.
    pub(super) reach: &'d Reach<'a>,
    /// Where to begin.
    pub(super) candidates: &'d Candidates,
    /// What to obey.
    pub(super) constraints: &'d Constraints,
}

impl<'d, 'a> Builder<'d, 'a> {
    /// One try at a chain; nothing if the draws led to none.
    pub(super) fn build(self, pattern: Pattern, draws: &mut Draws) -> Option<Vec<Step>> {
        let draft = match pattern {
            Pattern::Short => self.single(draws),
            Pattern::Sequential => self.sequential(draws),
            Pattern::MultiTool => self.multi_tool(draws),
            Pattern::ClarificationFirst => self.clarification(draws),
            Pattern::Parallel => self.parallel(draws),
            Pattern::Conditional => self.conditional(draws),
            Pattern::Loop => self.repeated(draws),
            Pattern::Join => self.join(draws),
            Pattern::Retry => self.retry(draws),
        }?;
        let length = draft.steps.len();
        let fits = (self.constraints.least_steps..=self.constraints.most_steps).contains(&length);
        fits.then(|| draft.finish())
    }

    fn draft(self) -> Draft<'d, 'a> {
        Draft::new(self.reach, self.constraints.most_steps)
    }

    fn edge(self, numbers: &[u32], draws: &mut Draws) -> Option<&'a ProjectedEdge> {
        draws.one(numbers).map(|number| &self.reach.edges[*number as usize])
    }

    fn single(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let mut draft = self.draft();
        draft.add(*draws.one(&self.candidates.starts)?, &[], draws)?;
        Some(draft)
    }

    fn sequential(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let edge = self.edge(&self.candidates.in_tool, draws)?;
        let mut draft = self.draft();
        draft.add(edge.from, &[], draws)?;
        draft.add(edge.to, &[edge], draws)?;
        let tool = self.reach.sites[edge.to as usize].tool;
        self.extend(&mut draft, draws, |next| self.reach.sites[next as usize].tool == tool);
        let all_fed = draft.steps.iter().skip(1).all(uses_an_answer);
        let one_tool = draft.steps.iter().all(|step| self.reach.sites[step.place as usize].tool == tool);
        (all_fed && one_tool).then_some(draft)
    }

    fn multi_tool(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let mut draft = self.draft();
        let by_data = !self.candidates.across_tools.is_empty() && !draws.once_in(4);
        let list = if by_data { &self.candidates.across_tools } else { &self.candidates.near };
        let edge = self.edge(list, draws)?;
        draft.add(edge.from, &[], draws)?;
        draft.add(edge.to, if by_data { std::slice::from_ref(&edge) } else { &[] }, draws)?;
        self.extend(&mut draft, draws, |_| true);
        Some(draft)
    }

    /// Follows data links to further endpoints, for as many steps as the draws say.
    fn extend(self, draft: &mut Draft<'d, 'a>, draws: &mut Draws, admit: impl Fn(u32) -> bool) {
        let wanted = (draft.steps.len() + draws.below(3)).max(self.constraints.least_steps);
        let mut tries = 0;
        while draft.steps.len() < wanted.min(self.constraints.most_steps) && tries < 6 {
            tries += 1;
            let from = draft.steps[draws.below(draft.steps.len())].place;
            let onward: Vec<&ProjectedEdge> =
                self.onward(from).filter(|edge| admit(edge.to) && draft.step_of(edge.to).is_none()).collect();
            if let Some(edge) = draws.one(&onward) {
                let before = draft.steps.clone();
                if draft.add(edge.to, &[edge], draws).is_none() {
                    draft.steps = before;
                }
            }
        }
    }

    /// The data links out of an endpoint to what can be called.
    fn onward(self, from: u32) -> impl Iterator<Item = &'a ProjectedEdge> {
        let edges = self.reach.outgoing(from).iter();
        edges.filter(move |edge| {
            matches!(edge.relation, Relation::Data { .. }) && self.reach.is_callable(edge.to)
        })
    }

    fn clarification(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let mut draft = self.draft();
        let first = *draws.one(&self.candidates.askable)?;
        draft.add(first, &[], draws)?;
        self.extend(&mut draft, draws, |_| true);
        let endpoint = self.reach.sites[first as usize].endpoint;
        let is_missing = |argument: &str| {
            endpoint.visible().any(|parameter| {
                parameter.argument == argument && parameter.required && parameter.role == Role::Content
            })
        };
        let inputs = &mut draft.steps.first_mut()?.inputs;
        let mut missing: Vec<usize> = (0..inputs.len())
            .filter(|place| inputs[*place].source == Source::User && is_missing(&inputs[*place].argument))
            .collect();
        let asked = 1 + draws.below(missing.len().min(2));
        while missing.len() > asked {
            missing.remove(draws.below(missing.len()));
        }
        for place in &missing {
            inputs[*place].source = Source::Asked;
        }
        (!missing.is_empty()).then_some(draft)
    }

    fn parallel(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let mut group: Vec<u32> = vec![*draws.one(&self.candidates.starts)?];
        let width = 2 + draws.below(2);
        let near: Vec<u32> = self.reach.outgoing(group[0]).iter().map(|edge| edge.to).collect();
        let near: Vec<u32> =
            near.into_iter().filter(|place| self.reach.sites[*place as usize].depth == Some(0)).collect();
        for _ in 0..8 {
            let list = if near.is_empty() || draws.once_in(4) { &self.candidates.starts } else { &near };
            let next = *draws.one(list)?;
            if group.len() < width && !group.contains(&next) {
                group.push(next);
            }
        }
        let mut draft = self.draft();
        for place in group {
            // Each is grounded alone, so that none waits for another.
            let mut alone = self.draft();
            alone.add(place, &[], draws)?;
            draft.steps.append(&mut alone.steps);
        }
        for step in &mut draft.steps {
            step.control = Control::Together { group: 0 };
        }
        (draft.steps.len() > 1).then_some(draft)
    }

    fn conditional(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let mut draft = self.draft();
        let place = *draws.one(&self.candidates.testable)?;
        let tested = draft.add(place, &[], draws)?;
        let (pointer, test) = draws.one(&tests_of(self.reach, place))?.clone();
        let onward: Vec<&ProjectedEdge> =
            self.onward(place).filter(|edge| draft.step_of(edge.to).is_none()).collect();
        let edge = *draws.one(&onward)?;
        let then = draft.add(edge.to, &[edge], draws)?;
        draft.steps[then].control = Control::When { step: tested, pointer, test };
        let near: Vec<u32> = self.reach.outgoing(place).iter().map(|edge| edge.to).collect();
        let others: Vec<u32> = near
            .into_iter()
            .filter(|other| {
                self.reach.sites[*other as usize].depth == Some(0) && draft.step_of(*other).is_none()
            })
            .collect();
        if draft.steps.len() < self.constraints.most_steps
            && let Some(other) = draws.one(&others)
        {
            let mut alone = self.draft();
            alone.add(*other, &[], draws)?;
            alone.steps.iter_mut().for_each(|step| step.control = Control::Otherwise { step: then });
            draft.steps.append(&mut alone.steps);
        }
        Some(draft)
    }

    fn repeated(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let edge = self.edge(&self.candidates.loops, draws)?;
        let mut draft = self.draft();
        draft.add(edge.from, &[], draws)?;
        let each = draft.add(edge.to, &[edge], draws)?;
        let supplier = draft.step_of(edge.from)?;
        let list = list_of(&self.pointer(edge)?)?;
        let mut varies = false;
        for input in &mut draft.steps[each].inputs {
            if let Source::Answer { step, pointer, pick, .. } = &mut input.source
                && *step == supplier
                && list_of(pointer).is_some_and(|own| own == list)
                && *pick == Pick::Chosen
            {
                *pick = Pick::Each;
                varies = true;
            }
        }
        draft.steps[each].control = Control::ForEach { step: supplier, list };
        varies.then_some(draft)
    }

    fn join(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let place = *draws.one(&self.candidates.joins)?;
        let site = &self.reach.sites[place as usize];
        let mut fed: Vec<&Vec<u32>> = site.incoming.values().collect();
        let one = self.edge(fed.remove(draws.below(fed.len())), draws)?;
        let other = self.edge(draws.one(&fed)?, draws)?;
        if one.from == other.from {
            return None;
        }
        let mut draft = self.draft();
        draft.add(one.from, &[], draws)?;
        draft.add(other.from, &[], draws)?;
        draft.add(place, &[one, other], draws)?;
        Some(draft)
    }

    fn retry(self, draws: &mut Draws) -> Option<Draft<'d, 'a>> {
        let mut draft = if draws.once_in(2) {
            self.single(draws)?
        } else {
            self.sequential(draws).or_else(|| self.single(draws))?
        };
        let failing = draws.below(draft.steps.len());
        let kinds = [Failure::RateLimited, Failure::TimedOut, Failure::ServerError, Failure::InvalidArgument];
        let correctable = draft.steps[failing].inputs.iter().any(|input| input.source == Source::User);
        let failure = kinds[draws.below(if correctable { 4 } else { 3 })];
        for step in &mut draft.steps {
            step.inputs.iter_mut().for_each(|input| shift(&mut input.source, failing));
        }
        let mut first = draft.steps[failing].clone();
        first.control = Control::Fails { failure };
        draft.steps[failing].control = Control::Again { step: failing };
        draft.steps.insert(failing, first);
        Some(draft)
    }

    fn pointer(self, edge: &ProjectedEdge) -> Option<String> {
        let Relation::Data { field, .. } = edge.relation else { return None };
        let fields = &self.reach.sites[edge.from as usize].endpoint.response.fields;
        fields.get(field as usize).map(|field| field.pointer.clone())
    }
}

fn uses_an_answer(step: &Growing) -> bool {
    step.inputs.iter().any(|input| matches!(input.source, Source::Answer { .. }))
}

/// A step was inserted at `failing`: answers of that step and of later ones are one further on.
fn shift(source: &mut Source, failing: usize) {
    if let Source::Answer { step, .. } = source
        && *step >= failing
    {
        *step += 1;
    }
}

/// The innermost list that a pointer goes through.
fn list_of(pointer: &str) -> Option<String> {
    pointer.rfind("/*").map(|end| pointer[..end].to_owned())
}
