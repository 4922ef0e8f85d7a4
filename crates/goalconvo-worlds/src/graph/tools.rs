//! The heterogeneous graph: tools offer endpoints, endpoints take parameters and return fields, and both of
//! those are about concepts. It shows why two endpoints can follow one another.

use super::export::{EdgeRow, NodeRow};
use crate::registry::{Concept, Confidence, Endpoint, Registry, Tool};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The graph of everything that a registry names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolGraph {
    /// The nodes; an edge names them by their place here.
    pub nodes: Vec<Node>,
    /// The edges, in the order of their origins.
    pub edges: Vec<Edge>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// Its name, unique among its kind: a registry id, with `?name` for a parameter and `#pointer` for a field.
    pub name: String,
}

/// The five kinds of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A tool.
    Tool,
    /// An endpoint of a tool.
    Endpoint,
    /// A parameter of an endpoint.
    Parameter,
    /// A scalar of an endpoint's response.
    ResponseField,
    /// An attribute of an entity, or a category of tools.
    Concept,
}

/// An edge between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Where it starts.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What it says.
    pub kind: EdgeKind,
    /// How that is known.
    pub provenance: Provenance,
}

/// What an edge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// A tool offers an endpoint.
    Offers,
    /// An endpoint takes a parameter.
    Takes,
    /// An endpoint returns a field.
    Returns,
    /// A parameter or a field is about a concept.
    About,
    /// A tool belongs to a category.
    BelongsTo,
    /// A field feeds a parameter, as the source states.
    Feeds,
}

/// How an edge is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// The source describes it.
    Stated,
    /// The answer's evidence shows it.
    Response(Confidence),
    /// It was read out of a name.
    Name,
}

/// Builds the heterogeneous graph.
pub fn build(registry: &Registry) -> ToolGraph {
    let mut builder = Builder::default();
    for tool in &registry.tools {
        builder.tool(tool);
    }
    builder.stated_links(registry);
    builder.graph
}

impl ToolGraph {
    /// How many nodes of a kind there are.
    pub fn count(&self, kind: NodeKind) -> usize {
        self.nodes.iter().filter(|node| node.kind == kind).count()
    }

    /// The nodes as an exporter wants them.
    pub fn node_rows(&self) -> impl Iterator<Item = NodeRow<'_>> {
        self.nodes.iter().map(|node| NodeRow { name: &node.name, kind: node.kind.word() })
    }

    /// The edges as an exporter wants them.
    pub fn edge_rows(&self) -> impl Iterator<Item = EdgeRow> {
        self.edges.iter().map(|edge| EdgeRow {
            from: edge.from,
            to: edge.to,
            kind: edge.kind.word(),
            provenance: edge.provenance.words(),
            weight: 0,
        })
    }
}

impl NodeKind {
    /// The kind as exporters write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Endpoint => "endpoint",
            Self::Parameter => "parameter",
            Self::ResponseField => "response_field",
            Self::Concept => "concept",
        }
    }
}

impl EdgeKind {
    /// The kind as exporters write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Offers => "offers",
            Self::Takes => "takes",
            Self::Returns => "returns",
            Self::About => "about",
            Self::BelongsTo => "belongs_to",
            Self::Feeds => "feeds",
        }
    }
}

impl Provenance {
    fn words(self) -> String {
        match self {
            Self::Stated => "stated by the source".into(),
            Self::Response(confidence) => format!("response evidence: {confidence:?}").to_lowercase(),
            Self::Name => "read out of the name".into(),
        }
    }
}

#[derive(Default)]
struct Builder {
    graph: ToolGraph,
    concepts: BTreeMap<Concept, u32>,
    categories: BTreeMap<String, u32>,
    fields: BTreeMap<(String, String), u32>,
    parameters: BTreeMap<(String, String), u32>,
}

impl Builder {
    fn tool(&mut self, tool: &Tool) {
        let node = self.node(NodeKind::Tool, tool.id.clone());
        if !tool.category.is_empty() {
            let category = match self.categories.get(&tool.category) {
                Some(&known) => known,
                None => {
                    let new = self.node(NodeKind::Concept, format!("category:{}", tool.category));
                    self.categories.insert(tool.category.clone(), new);
                    new
                }
            };
            self.edge(node, category, EdgeKind::BelongsTo, Provenance::Stated);
        }
        for endpoint in &tool.endpoints {
            let child = self.endpoint(endpoint);
            self.edge(node, child, EdgeKind::Offers, Provenance::Stated);
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint) -> u32 {
        let node = self.node(NodeKind::Endpoint, endpoint.id.clone());
        let linked = !endpoint.links.is_empty();
        for parameter in &endpoint.parameters {
            let child = self.node(NodeKind::Parameter, format!("{}?{}", endpoint.id, parameter.argument));
            self.parameters.insert((endpoint.id.clone(), parameter.name.clone()), child);
            self.edge(node, child, EdgeKind::Takes, Provenance::Stated);
            let concept = self.concept(&parameter.concept);
            self.edge(child, concept, EdgeKind::About, Provenance::Name);
        }
        for field in &endpoint.response.fields {
            let child = self.node(NodeKind::ResponseField, format!("{}#{}", endpoint.id, field.pointer));
            if linked {
                self.fields.insert((endpoint.id.clone(), field.pointer.clone()), child);
            }
            self.edge(node, child, EdgeKind::Returns, Provenance::Response(endpoint.response.confidence));
            let concept = self.concept(&field.concept);
            self.edge(child, concept, EdgeKind::About, Provenance::Name);
        }
        node
    }

    fn stated_links(&mut self, registry: &Registry) {
        for endpoint in registry.endpoints() {
            for link in &endpoint.links {
                let from = self.fields.get(&(endpoint.id.clone(), link.pointer.clone()));
                let to = self.parameters.get(&(link.endpoint.clone(), link.parameter.clone()));
                if let (Some(&from), Some(&to)) = (from, to) {
                    self.edge(from, to, EdgeKind::Feeds, Provenance::Stated);
                }
            }
        }
    }

    fn concept(&mut self, concept: &Concept) -> u32 {
        if let Some(&known) = self.concepts.get(concept) {
            return known;
        }
        let node = self.node(NodeKind::Concept, concept.key());
        self.concepts.insert(concept.clone(), node);
        node
    }

    fn node(&mut self, kind: NodeKind, name: String) -> u32 {
        let index = u32::try_from(self.graph.nodes.len()).unwrap_or(u32::MAX);
        self.graph.nodes.push(Node { kind, name });
        index
    }

    fn edge(&mut self, from: u32, to: u32, kind: EdgeKind, provenance: Provenance) {
        self.graph.edges.push(Edge { from, to, kind, provenance });
    }
}
