//! A chain while it grows: adding an endpoint first adds what it needs.

use super::random::Draws;
use super::reach::{Reach, Site};
use super::types::{Control, Input, Pick, Source, Step};
use crate::graph::{ProjectedEdge, Relation};
use crate::registry::{Kind, Parameter, Role};

/// A chain under construction.
#[derive(Debug)]
pub(super) struct Draft<'d, 'a> {
    reach: &'d Reach<'a>,
    most: usize,
    /// The steps so far.
    pub(super) steps: Vec<Growing>,
}

/// A step under construction.
#[derive(Clone, Debug)]
pub(super) struct Growing {
    /// The endpoint's place.
    pub(super) place: u32,
    /// What governs it.
    pub(super) control: Control,
    /// Its inputs.
    pub(super) inputs: Vec<Input>,
}

impl<'d, 'a> Draft<'d, 'a> {
    /// An empty chain of at most `most` steps.
    pub(super) fn new(reach: &'d Reach<'a>, most: usize) -> Self {
        Self { reach, most, steps: Vec::new() }
    }

    /// The step of an endpoint, if it has one.
    pub(super) fn step_of(&self, place: u32) -> Option<usize> {
        self.steps.iter().position(|step| step.place == place)
    }

    /// Adds an endpoint after all that its keys need. Of the links in `wanted`, those that end here are used.
    /// Nothing if a key cannot be supplied or there is no room.
    pub(super) fn add(&mut self, place: u32, wanted: &[&ProjectedEdge], draws: &mut Draws) -> Option<usize> {
        if let Some(known) = self.step_of(place) {
            return wanted.is_empty().then_some(known);
        }
        let reach = self.reach;
        let site = reach.sites.get(place as usize)?;
        site.depth?;
        for key in Reach::keys(site.endpoint) {
            self.supply(site, key, wanted, draws)?;
        }
        if self.steps.len() >= self.most {
            return None;
        }
        let inputs = self.inputs(site, wanted, draws)?;
        self.steps.push(Growing { place, control: Control::Once, inputs });
        Some(self.steps.len() - 1)
    }

    /// Turns the draft into steps.
    pub(super) fn finish(self) -> Vec<Step> {
        let reach = self.reach;
        self.steps
            .into_iter()
            .map(|step| {
                let endpoint = reach.sites[step.place as usize].endpoint;
                Step {
                    endpoint: endpoint.id.clone(),
                    function: endpoint.function.clone(),
                    control: step.control,
                    inputs: step.inputs,
                }
            })
            .collect()
    }

    /// Makes sure that an earlier step yields a key.
    fn supply(
        &mut self,
        site: &Site<'_>,
        key: u32,
        wanted: &[&ProjectedEdge],
        draws: &mut Draws,
    ) -> Option<()> {
        let Some(links) = site.incoming.get(&key) else { return self.reach.known_keys.then_some(()) };
        let stated = wanted.iter().find(|edge| fills(edge, key)).map(|edge| edge.from);
        let at_hand = || {
            links
                .iter()
                .map(|link| self.reach.edges[*link as usize].from)
                .find(|from| self.step_of(*from).is_some())
        };
        if stated.or_else(at_hand).is_some() {
            return Some(());
        }
        // Only suppliers of lesser depth, so that supplying ends.
        let nearer = |link: &&u32| {
            let supplier = &self.reach.sites[self.reach.edges[**link as usize].from as usize];
            supplier.depth.is_some_and(|depth| Some(depth) < site.depth)
        };
        let usable: Vec<u32> = links.iter().filter(nearer).copied().collect();
        let link = draws.one(&usable)?;
        self.add(self.reach.edges[*link as usize].from, &[], draws).map(|_| ())
    }

    fn inputs(&self, site: &Site<'_>, wanted: &[&ProjectedEdge], draws: &mut Draws) -> Option<Vec<Input>> {
        let keys = Reach::keys(site.endpoint);
        let mut inputs = Vec::new();
        for (parameter, place) in site.endpoint.parameters.iter().zip(0_u32..) {
            if parameter.hidden.is_some() {
                continue;
            }
            let stated = wanted.iter().find(|edge| fills(edge, place)).copied();
            let answer = stated
                .or_else(|| self.link_at_hand(site, place))
                .and_then(|edge| self.answer(edge, parameter));
            let is_key = keys.contains(&place);
            let source = match answer {
                Some(answer) if parameter.required || stated.is_some() || draws.once_in(2) => answer,
                _ if is_key && self.reach.known_keys => Source::Known,
                _ if is_key => return None,
                _ if parameter.required => Source::User,
                _ if said_unasked(parameter, draws) => Source::User,
                _ => continue,
            };
            inputs.push(Input { argument: parameter.argument.clone(), source });
        }
        Some(inputs)
    }

    /// The link into a parameter from the latest step that has one.
    fn link_at_hand(&self, site: &Site<'_>, parameter: u32) -> Option<&'a ProjectedEdge> {
        let links = site.incoming.get(&parameter)?;
        let edges = links.iter().map(|link| &self.reach.edges[*link as usize]);
        edges
            .filter_map(|edge| Some((self.step_of(edge.from)?, edge)))
            .max_by_key(|(step, _)| *step)
            .map(|(_, edge)| edge)
    }

    fn answer(&self, edge: &ProjectedEdge, parameter: &Parameter) -> Option<Source> {
        let Relation::Data { field, rule, .. } = edge.relation else { return None };
        let step = self.step_of(edge.from)?;
        let supplier = self.reach.sites[edge.from as usize].endpoint;
        let pointer = supplier.response.fields.get(field as usize)?.pointer.clone();
        let pick = match (pointer.contains("/*"), &parameter.shape.kind) {
            (false, _) => Pick::Only,
            (true, Kind::List(_)) => Pick::All,
            (true, _) => Pick::Chosen,
        };
        Some(Source::Answer { step, pointer, pick, rule })
    }
}

/// True if a link ends at a parameter.
fn fills(edge: &ProjectedEdge, wanted: u32) -> bool {
    matches!(edge.relation, Relation::Data { parameter, .. } if parameter == wanted)
}

/// Optional things are said now and then; what only steers the form, and keys, hardly.
fn said_unasked(parameter: &Parameter, draws: &mut Draws) -> bool {
    match parameter.role {
        Role::Content => draws.once_in(4),
        Role::Control => draws.once_in(16),
        Role::Identifier => false,
    }
}
