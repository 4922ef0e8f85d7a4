//! Graphs over a registry: what there is, and what can follow what.
//!
//! [`build`] makes the heterogeneous graph of tools, endpoints, parameters, response fields and concepts;
//! [`project`] makes the graph of endpoints that chains are sampled from. Both are built through inverted
//! indexes with bounded fan-out, so that their cost grows with the number of endpoints and not with its square.

pub mod export;
mod index;
mod projection;
mod semantic;
mod tools;

pub use projection::{Limits, LinkRule, ProjectedEdge, Projection, Relation, project, project_with};
pub use tools::{Edge, EdgeKind, Node, NodeKind, Provenance, ToolGraph, build};
