//! The projected graph: endpoints only, and what makes one follow another.
//!
//! A data link says that a field of one answer can fill a parameter of another call; a semantic edge that two
//! endpoints speak of the same rare thing; a category edge that their tools are of a kind. Every edge says how
//! it is known.

use super::export::{EdgeRow, NodeRow};
use super::index::{Producer, Producers, Site, fits, sites};
use super::semantic::Vocabulary;
use crate::registry::{Registry, Role, Verb};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The graph of endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Projection {
    /// The endpoints' ids in the registry's order; an edge names them by their place here.
    pub endpoints: Vec<String>,
    /// The edges, ordered by where they start, where they end, and what they say.
    pub edges: Vec<ProjectedEdge>,
    /// Words that semantic edges refer to.
    pub words: Vec<String>,
    /// Concepts that data links refer to.
    pub concepts: Vec<String>,
}

/// An edge from one endpoint to one that may follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProjectedEdge {
    /// The earlier endpoint.
    pub from: u32,
    /// The later endpoint.
    pub to: u32,
    /// Why.
    pub relation: Relation,
}

/// Why one endpoint may follow another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// A field of the first one's answer fills a parameter of the second.
    Data {
        /// The field's place in the first one's response.
        field: u32,
        /// The parameter's place in the second one.
        parameter: u32,
        /// The concept that both are about, by its place in [`Projection::concepts`].
        concept: u32,
        /// How that is known.
        rule: LinkRule,
    },
    /// They share rare words.
    Semantic {
        /// The rarest of them, by its place in [`Projection::words`].
        word: u32,
        /// The worth of all of them, in millionths.
        score: u32,
    },
    /// Their tools are of one category, or one tool has both.
    Category {
        /// True if one tool has both.
        same_tool: bool,
    },
}

/// How a data link is known, from surest to least sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkRule {
    /// The source states it.
    Stated,
    /// The same concept within one tool.
    SameTool,
    /// The same concept within one category.
    SameCategory,
    /// The same concept, and a value that means the same everywhere.
    Anywhere,
}

/// How many edges an endpoint may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Data links into one parameter from its own tool.
    pub producers_in_tool: usize,
    /// Data links into one parameter from other tools.
    pub producers_elsewhere: usize,
    /// Semantic edges out of one endpoint.
    pub semantic: usize,
    /// Category edges out of one endpoint, and as many again within its tool.
    pub category: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { producers_in_tool: 12, producers_elsewhere: 6, semantic: 4, category: 2 }
    }
}

/// Builds the projected graph with the usual limits.
pub fn project(registry: &Registry) -> Projection {
    project_with(registry, Limits::default())
}

/// Builds the projected graph.
pub fn project_with(registry: &Registry, limits: Limits) -> Projection {
    let sites = sites(registry);
    let mut builder =
        Builder { sites: &sites, limits, edges: Vec::new(), concepts: BTreeMap::new(), names: Vec::new() };
    let producers = Producers::of(&sites);
    for place in 0..sites.len() {
        builder.data_links(place, &producers);
    }
    builder.stated_links();
    let vocabulary = Vocabulary::of(&sites);
    for place in 0..sites.len() {
        builder.semantic(place, &vocabulary);
    }
    builder.categories();
    let mut edges = builder.edges;
    edges.sort_unstable();
    edges.dedup();
    Projection {
        endpoints: sites.iter().map(|site| site.endpoint.id.clone()).collect(),
        edges,
        words: vocabulary.words,
        concepts: builder.names,
    }
}

impl Projection {
    /// The edges that start at an endpoint.
    pub fn outgoing(&self, from: u32) -> &[ProjectedEdge] {
        let start = self.edges.partition_point(|edge| edge.from < from);
        let end = self.edges.partition_point(|edge| edge.from <= from);
        &self.edges[start..end]
    }

    /// How many edges carry data, how many meaning, how many a category.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count =
            |wanted: fn(&Relation) -> bool| self.edges.iter().filter(|edge| wanted(&edge.relation)).count();
        (
            count(|relation| matches!(relation, Relation::Data { .. })),
            count(|relation| matches!(relation, Relation::Semantic { .. })),
            count(|relation| matches!(relation, Relation::Category { .. })),
        )
    }

    /// The nodes as an exporter wants them.
    pub fn node_rows(&self) -> impl Iterator<Item = NodeRow<'_>> {
        self.endpoints.iter().map(|id| NodeRow { name: id, kind: "endpoint" })
    }

    /// The edges as an exporter wants them.
    pub fn edge_rows(&self) -> impl Iterator<Item = EdgeRow> {
        self.edges.iter().map(|edge| {
            let (kind, provenance, weight) = self.reason(&edge.relation);
            EdgeRow { from: edge.from, to: edge.to, kind, provenance, weight }
        })
    }

    fn reason(&self, relation: &Relation) -> (&'static str, String, u32) {
        let name = |list: &[String], place: u32| list.get(place as usize).cloned().unwrap_or_default();
        match *relation {
            Relation::Data { concept, rule, .. } => {
                ("data", format!("{} ({})", name(&self.concepts, concept), rule.word()), 1_000_000)
            }
            Relation::Semantic { word, score } => {
                ("semantic", format!("shares {}", name(&self.words, word)), score)
            }
            Relation::Category { same_tool: true } => ("category", "same tool".into(), 0),
            Relation::Category { same_tool: false } => ("category", "same category".into(), 0),
        }
    }
}

impl LinkRule {
    /// The rule as exporters write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::SameTool => "same tool",
            Self::SameCategory => "same category",
            Self::Anywhere => "same meaning",
        }
    }
}

struct Builder<'a> {
    sites: &'a [Site<'a>],
    limits: Limits,
    edges: Vec<ProjectedEdge>,
    concepts: BTreeMap<String, u32>,
    names: Vec<String>,
}

impl<'a> Builder<'a> {
    fn data_links(&mut self, place: usize, producers: &Producers<'a>) {
        let site = self.sites[place];
        let to = narrow(place);
        for (parameter, number) in site.endpoint.parameters.iter().zip(0_u32..) {
            if parameter.role == Role::Control
                || parameter.hidden.is_some()
                || !parameter.concept.is_linkable()
            {
                continue;
            }
            let concept = &parameter.concept;
            // What a new record is called does not come out of the old ones.
            let intent = &site.endpoint.intent;
            if intent.verb == Verb::Create && concept.entity == intent.object && !concept.is_identifier() {
                continue;
            }
            let own = producers.in_tool(concept, site.tool);
            let mut found = self.choose(own, to, number, self.limits.producers_in_tool, |_| true);
            let mut chosen: Vec<(Producer, LinkRule)> =
                found.drain(..).map(|one| (one, LinkRule::SameTool)).collect();
            let elsewhere = |other: &Site<'_>| other.tool != site.tool;
            // Another tool's keys mean nothing here, unless this tool has no source of its own and is of a kind.
            if !concept.is_identifier() || chosen.is_empty() {
                let near = producers.in_category(concept, site.category);
                let near = self.choose(near, to, number, self.limits.producers_elsewhere, elsewhere);
                chosen.extend(near.into_iter().map(|one| (one, LinkRule::SameCategory)));
            }
            if !concept.is_identifier() {
                let room = self.limits.producers_elsewhere;
                let far = self.choose(producers.anywhere(concept), to, number, room, |other| {
                    elsewhere(other) && other.category != site.category
                });
                chosen.extend(far.into_iter().map(|one| (one, LinkRule::Anywhere)));
            }
            let concept = self.concept(&concept.key());
            self.edges.extend(chosen.into_iter().map(|(producer, rule)| ProjectedEdge {
                from: producer.endpoint,
                to,
                relation: Relation::Data { field: producer.field, parameter: number, concept, rule },
            }));
        }
    }

    /// At most `most` producers that fit, beginning at a place that differs from consumer to consumer, so that a
    /// crowded concept spreads its links instead of naming the same few endpoints for everyone.
    fn choose(
        &self,
        candidates: &[Producer],
        to: u32,
        parameter: u32,
        most: usize,
        admit: impl Fn(&Site<'_>) -> bool,
    ) -> Vec<Producer> {
        let shape = &self.sites[to as usize].endpoint.parameters[parameter as usize].shape;
        let start = if candidates.len() > most { spread(to, parameter) % candidates.len() } else { 0 };
        let (after, before) = (&candidates[start.min(candidates.len())..], &candidates[..start]);
        after
            .iter()
            .chain(before)
            .take(most * 4)
            .filter(|producer| {
                let site = &self.sites[producer.endpoint as usize];
                let field = &site.endpoint.response.fields[producer.field as usize];
                producer.endpoint != to && admit(site) && fits(&field.shape, shape)
            })
            .take(most)
            .copied()
            .collect()
    }

    fn stated_links(&mut self) {
        let places: BTreeMap<&str, u32> =
            self.sites.iter().zip(0_u32..).map(|(site, place)| (site.endpoint.id.as_str(), place)).collect();
        for (site, from) in self.sites.iter().zip(0_u32..) {
            for link in &site.endpoint.links {
                let Some(&to) = places.get(link.endpoint.as_str()) else { continue };
                let fields = &site.endpoint.response.fields;
                let field = fields.iter().position(|field| field.pointer == link.pointer);
                let parameters = &self.sites[to as usize].endpoint.parameters;
                let parameter = parameters.iter().position(|parameter| parameter.name == link.parameter);
                let (Some(field), Some(parameter)) = (field, parameter) else { continue };
                let concept = self.concept(&fields[field].concept.key());
                let (field, parameter) = (narrow(field), narrow(parameter));
                let relation = Relation::Data { field, parameter, concept, rule: LinkRule::Stated };
                self.edges.push(ProjectedEdge { from, to, relation });
            }
        }
    }

    fn semantic(&mut self, place: usize, vocabulary: &Vocabulary) {
        let from = narrow(place);
        for neighbour in vocabulary.neighbours(from, self.sites, self.limits.semantic) {
            let relation = Relation::Semantic { word: neighbour.word, score: neighbour.score };
            self.edges.push(ProjectedEdge { from, to: neighbour.endpoint, relation });
        }
    }

    /// Each endpoint to the next ones of its tool and of its category, in a ring: all are connected without
    /// naming all pairs.
    fn categories(&mut self) {
        let mut rings: BTreeMap<(bool, u32), Vec<u32>> = BTreeMap::new();
        for (site, place) in self.sites.iter().zip(0_u32..) {
            rings.entry((true, site.tool)).or_default().push(place);
            rings.entry((false, site.category)).or_default().push(place);
        }
        let mut seen = BTreeSet::new();
        for ((same_tool, _), ring) in rings.iter().rev() {
            for (index, &from) in ring.iter().enumerate() {
                for step in 1..=self.limits.category.min(ring.len().saturating_sub(1)) {
                    let to = ring[(index + step) % ring.len()];
                    if seen.insert((from, to)) {
                        let relation = Relation::Category { same_tool: *same_tool };
                        self.edges.push(ProjectedEdge { from, to, relation });
                    }
                }
            }
        }
    }

    fn concept(&mut self, key: &str) -> u32 {
        if let Some(&known) = self.concepts.get(key) {
            return known;
        }
        let place = narrow(self.names.len());
        self.names.push(key.to_owned());
        self.concepts.insert(key.to_owned(), place);
        place
    }
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// A number that two neighbouring consumers do not share (Fibonacci hashing).
fn spread(endpoint: u32, parameter: u32) -> usize {
    let mixed = (u64::from(endpoint) << 8 | u64::from(parameter & 0xff)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> 40).unwrap_or(0)
}
