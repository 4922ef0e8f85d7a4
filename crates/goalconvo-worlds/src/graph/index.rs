//! The inverted index of producers: for a concept, the endpoints whose answers hold it.

use crate::registry::{Concept, Endpoint, Kind, Registry, ResponseField, Shape};
use std::collections::BTreeMap;

/// An endpoint's place in the registry's order, with what it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    /// The endpoint.
    pub(super) endpoint: &'a Endpoint,
    /// The place of its tool.
    pub(super) tool: u32,
    /// The place of its tool's category; equal for tools of one category.
    pub(super) category: u32,
}

/// Something that yields a concept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Producer {
    /// The endpoint's place.
    pub(super) endpoint: u32,
    /// The field's place in the endpoint's response.
    pub(super) field: u32,
}

/// Producers by concept: all of them, and those of one tool or one category.
#[derive(Debug, Default)]
pub(super) struct Producers<'a> {
    anywhere: BTreeMap<&'a Concept, Vec<Producer>>,
    in_category: BTreeMap<(&'a Concept, u32), Vec<Producer>>,
    in_tool: BTreeMap<(&'a Concept, u32), Vec<Producer>>,
}

/// Every endpoint in order.
pub(super) fn sites(registry: &Registry) -> Vec<Site<'_>> {
    let mut categories: BTreeMap<&str, u32> = BTreeMap::new();
    let mut sites = Vec::new();
    for (tool, place) in registry.tools.iter().zip(0_u32..) {
        let group = if tool.category.is_empty() { tool.origin.file.as_str() } else { tool.category.as_str() };
        let next = u32::try_from(categories.len()).unwrap_or(u32::MAX);
        let category = *categories.entry(group).or_insert(next);
        sites.extend(tool.endpoints.iter().map(|endpoint| Site { endpoint, tool: place, category }));
    }
    sites
}

impl<'a> Producers<'a> {
    /// Indexes every linkable field; of several fields of one concept in one answer, the shallowest counts.
    pub(super) fn of(sites: &[Site<'a>]) -> Self {
        let mut index = Self::default();
        for (site, place) in sites.iter().zip(0_u32..) {
            let mut best: BTreeMap<&Concept, (usize, u32)> = BTreeMap::new();
            for (field, number) in site.endpoint.response.fields.iter().zip(0_u32..) {
                if !field.concept.is_linkable()
                    || !matches!(field.shape.kind, Kind::Boolean) && !is_value(&field.shape)
                {
                    continue;
                }
                if is_echo(site.endpoint, field) {
                    continue;
                }
                let depth = field.pointer.len();
                let entry = best.entry(&field.concept).or_insert((depth, number));
                if depth < entry.0 {
                    *entry = (depth, number);
                }
            }
            for (concept, (_, field)) in best {
                let producer = Producer { endpoint: place, field };
                index.anywhere.entry(concept).or_default().push(producer);
                index.in_category.entry((concept, site.category)).or_default().push(producer);
                index.in_tool.entry((concept, site.tool)).or_default().push(producer);
            }
        }
        index
    }

    /// Producers of a concept in one tool.
    pub(super) fn in_tool(&self, concept: &'a Concept, tool: u32) -> &[Producer] {
        self.in_tool.get(&(concept, tool)).map_or(&[], Vec::as_slice)
    }

    /// Producers of a concept in one category.
    pub(super) fn in_category(&self, concept: &'a Concept, category: u32) -> &[Producer] {
        self.in_category.get(&(concept, category)).map_or(&[], Vec::as_slice)
    }

    /// Producers of a concept.
    pub(super) fn anywhere(&self, concept: &'a Concept) -> &[Producer] {
        self.anywhere.get(concept).map_or(&[], Vec::as_slice)
    }
}

/// True if a field only says back what the caller gave: whoever needs the value has it already.
fn is_echo(endpoint: &Endpoint, field: &ResponseField) -> bool {
    !field.concept.is_identifier()
        && !field.pointer.contains("/*")
        && endpoint.parameters.iter().any(|parameter| parameter.concept == field.concept)
}

/// True if the shape can hold a value that a parameter takes.
fn is_value(shape: &Shape) -> bool {
    matches!(shape.kind, Kind::Unknown | Kind::Text(_) | Kind::Integer(_) | Kind::Number(_))
}

/// True if a field's value can be given to a parameter, with no more than a number written out or read in.
pub(super) fn fits(field: &Shape, parameter: &Shape) -> bool {
    match (&field.kind, &parameter.kind) {
        (Kind::Unknown, _) | (_, Kind::Unknown) => true,
        (_, Kind::List(items)) => fits(field, items),
        (Kind::Boolean, Kind::Boolean) => true,
        (Kind::Boolean, _) | (_, Kind::Boolean) => false,
        (Kind::Text(_), Kind::Text(_)) => true,
        (Kind::Integer(_) | Kind::Number(_), Kind::Text(_) | Kind::Integer(_) | Kind::Number(_)) => true,
        // ToolBench's skeletons call most numbers "str", and its parameters most keys NUMBER.
        (Kind::Text(_), Kind::Integer(_) | Kind::Number(_)) => true,
        _ => false,
    }
}
