//! Where each pattern can begin, found once for all chains.

use super::reach::Reach;
use super::types::{Pattern, Test};
use crate::graph::{ProjectedEdge, Relation};
use crate::registry::{Kind, Role};
use std::collections::BTreeSet;

/// Where patterns can begin: computed once, drawn from for every chain.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Endpoints that need no answer.
    pub(super) starts: Vec<u32>,
    /// Of those, the ones that need something a user would say.
    pub(super) askable: Vec<u32>,
    /// Data links within a tool.
    pub(super) in_tool: Vec<u32>,
    /// Data links between tools.
    pub(super) across_tools: Vec<u32>,
    /// Other edges between tools.
    pub(super) near: Vec<u32>,
    /// Data links out of lists.
    pub(super) loops: Vec<u32>,
    /// Endpoints with two parameters that answers can fill.
    pub(super) joins: Vec<u32>,
    /// Endpoints whose answers can be tested.
    pub(super) testable: Vec<u32>,
}

impl Candidates {
    /// Sorts endpoints and edges by what they can begin.
    pub(super) fn new(reach: &Reach<'_>) -> Self {
        let mut found = Self::default();
        for (site, place) in reach.sites.iter().zip(0_u32..) {
            let Some(depth) = site.depth else { continue };
            if depth == 0 {
                found.starts.push(place);
                if site
                    .endpoint
                    .visible()
                    .any(|parameter| parameter.required && parameter.role == Role::Content)
                {
                    found.askable.push(place);
                }
            }
            let fed = site
                .incoming
                .values()
                .filter(|links| links.iter().any(|link| reach.is_callable(reach.edges[*link as usize].from)));
            if fed.count() > 1 {
                found.joins.push(place);
            }
            if !tests_of(reach, place).is_empty() {
                found.testable.push(place);
            }
        }
        for (edge, number) in reach.edges.iter().zip(0_u32..) {
            if reach.is_callable(edge.from) && reach.is_callable(edge.to) {
                found.sort_edge(reach, edge, number);
            }
        }
        found
    }

    /// True if there is anything to begin a pattern with.
    pub(super) fn allow(&self, pattern: Pattern) -> bool {
        match pattern {
            Pattern::Short | Pattern::Parallel | Pattern::Retry => !self.starts.is_empty(),
            Pattern::Sequential => !self.in_tool.is_empty(),
            Pattern::MultiTool => !self.across_tools.is_empty() || !self.near.is_empty(),
            Pattern::ClarificationFirst => !self.askable.is_empty(),
            Pattern::Conditional => !self.testable.is_empty(),
            Pattern::Loop => !self.loops.is_empty(),
            Pattern::Join => !self.joins.is_empty(),
        }
    }

    fn sort_edge(&mut self, reach: &Reach<'_>, edge: &ProjectedEdge, number: u32) {
        let same_tool = reach.sites[edge.from as usize].tool == reach.sites[edge.to as usize].tool;
        match edge.relation {
            Relation::Data { .. } => {
                if is_each(reach, edge) {
                    self.loops.push(number);
                }
                if same_tool {
                    self.in_tool.push(number);
                } else {
                    self.across_tools.push(number);
                }
            }
            _ if !same_tool => self.near.push(number),
            _ => {}
        }
    }
}

/// What in an answer can decide the next step.
pub(super) fn tests_of(reach: &Reach<'_>, place: u32) -> Vec<(String, Test)> {
    let fields = &reach.sites[place as usize].endpoint.response.fields;
    let mut found: Vec<(String, Test)> = fields
        .iter()
        .filter(|field| field.shape.kind == Kind::Boolean && !field.pointer.contains("/*"))
        .map(|field| (field.pointer.clone(), Test::IsTrue))
        .collect();
    let lists: BTreeSet<String> = fields
        .iter()
        .filter_map(|field| field.pointer.split_once("/*").map(|(list, _)| list.to_owned()))
        .collect();
    found.extend(lists.into_iter().map(|list| (list, Test::NotEmpty)));
    found
}

/// True if each of several values could fill the parameter in turn.
fn is_each(reach: &Reach<'_>, edge: &ProjectedEdge) -> bool {
    let Relation::Data { field, parameter, .. } = edge.relation else { return false };
    let from = &reach.sites[edge.from as usize].endpoint.response.fields;
    let to = &reach.sites[edge.to as usize].endpoint.parameters;
    from.get(field as usize).is_some_and(|field| field.pointer.contains("/*"))
        && to.get(parameter as usize).is_some_and(|parameter| !matches!(parameter.shape.kind, Kind::List(_)))
}
