//! What can be called at all: endpoints whose required keys some chain of answers supplies.

use super::types::Constraints;
use crate::graph::{ProjectedEdge, Projection, Relation};
use crate::registry::{Endpoint, Registry, Role};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An endpoint's parameters and links, ready for drawing.
#[derive(Debug)]
pub(super) struct Site<'a> {
    /// The endpoint.
    pub(super) endpoint: &'a Endpoint,
    /// The place of its tool.
    pub(super) tool: u32,
    /// The fewest answers that have to come one after another before it; nothing if it cannot be called.
    pub(super) depth: Option<u32>,
    /// Data links into it, by parameter: places in the projection's edges.
    pub(super) incoming: BTreeMap<u32, Vec<u32>>,
    /// Edges out of it: a range of the projection's edges.
    pub(super) outgoing: std::ops::Range<usize>,
}

/// All endpoints, under constraints.
#[derive(Debug)]
pub(super) struct Reach<'a> {
    /// By the endpoint's place.
    pub(super) sites: Vec<Site<'a>>,
    /// The projection's edges.
    pub(super) edges: &'a [ProjectedEdge],
    /// True if a required key without a supplier may be one that the user holds.
    pub(super) known_keys: bool,
}

impl<'a> Reach<'a> {
    /// Computes what can be called.
    pub(super) fn new(projection: &'a Projection, registry: &'a Registry, constraints: &Constraints) -> Self {
        let mut sites = Vec::new();
        let mut start = 0;
        let mut admitted = Vec::new();
        for (tool, place) in registry.tools.iter().zip(0_u32..) {
            let tool_fits = (constraints.tools.is_empty() || constraints.tools.contains(&tool.id))
                && !constraints.without_tools.contains(&tool.id)
                && (constraints.categories.is_empty() || constraints.categories.contains(&tool.category));
            for endpoint in &tool.endpoints {
                let number = u32::try_from(sites.len()).unwrap_or(u32::MAX);
                let length = projection.edges[start..].partition_point(|edge| edge.from <= number);
                let fits = constraints.endpoints.is_empty() || constraints.endpoints.contains(&endpoint.id);
                admitted.push(tool_fits && fits && endpoint.effect <= constraints.strongest_effect);
                let outgoing = start..start + length;
                sites.push(Site { endpoint, tool: place, depth: None, incoming: BTreeMap::new(), outgoing });
                start += length;
            }
        }
        let mut reach = Self { sites, edges: &projection.edges, known_keys: constraints.known_keys };
        reach.index_incoming(&admitted);
        reach.fill_depths(&admitted);
        reach
    }

    /// The places of the required parameters that only an answer can fill.
    pub(super) fn keys(endpoint: &Endpoint) -> BTreeSet<u32> {
        let keys = endpoint.parameters.iter().zip(0_u32..);
        keys.filter(|(parameter, _)| {
            parameter.required && parameter.role == Role::Identifier && parameter.hidden.is_none()
        })
        .map(|(_, place)| place)
        .collect()
    }

    /// True if an endpoint can be called.
    pub(super) fn is_callable(&self, place: u32) -> bool {
        self.sites.get(place as usize).is_some_and(|site| site.depth.is_some())
    }

    /// The edges out of an endpoint.
    pub(super) fn outgoing(&self, place: u32) -> &'a [ProjectedEdge] {
        &self.edges[self.sites[place as usize].outgoing.clone()]
    }

    fn index_incoming(&mut self, admitted: &[bool]) {
        for (edge, number) in self.edges.iter().zip(0_u32..) {
            if let Relation::Data { parameter, .. } = edge.relation
                && admitted[edge.from as usize]
                && admitted[edge.to as usize]
            {
                self.sites[edge.to as usize].incoming.entry(parameter).or_default().push(number);
            }
        }
    }

    /// Breadth first from the endpoints that need no key: a depth is final when it is given.
    fn fill_depths(&mut self, admitted: &[bool]) {
        let mut missing: Vec<BTreeSet<u32>> =
            self.sites.iter().map(|site| Self::keys(site.endpoint)).collect();
        if self.known_keys {
            for (keys, site) in missing.iter_mut().zip(&self.sites) {
                keys.retain(|key| site.incoming.contains_key(key));
            }
        }
        let mut open: VecDeque<u32> = VecDeque::new();
        for (place, number) in (0..self.sites.len()).zip(0_u32..) {
            if admitted[place] && missing[place].is_empty() {
                self.sites[place].depth = Some(0);
                open.push_back(number);
            }
        }
        while let Some(from) = open.pop_front() {
            let depth = self.sites[from as usize].depth.unwrap_or(0);
            for edge in self.outgoing(from) {
                let Relation::Data { parameter, .. } = edge.relation else { continue };
                let to = edge.to as usize;
                let was_missing = admitted[to] && missing[to].remove(&parameter);
                if was_missing && missing[to].is_empty() && self.sites[to].depth.is_none() {
                    self.sites[to].depth = Some(depth + 1);
                    open.push_back(edge.to);
                }
            }
        }
    }
}
