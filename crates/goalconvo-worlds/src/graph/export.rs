//! Graphs written for other programs: Graphviz, GraphML readers, and anything that reads JSON.

use serde_json::{Value, json};
use std::io::{self, Write};

/// A node to write.
#[derive(Clone, Copy, Debug)]
pub struct NodeRow<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its kind.
    pub kind: &'static str,
}

/// An edge to write.
#[derive(Clone, Debug)]
pub struct EdgeRow {
    /// The place of the node where it starts.
    pub from: u32,
    /// The place of the node where it ends.
    pub to: u32,
    /// Its kind.
    pub kind: &'static str,
    /// How it is known.
    pub provenance: String,
    /// How strong it is, in millionths; 0 where that has no meaning.
    pub weight: u32,
}

/// Writes Graphviz DOT.
///
/// # Errors
/// What the writer says.
pub fn dot<'a>(
    out: &mut impl Write,
    nodes: impl Iterator<Item = NodeRow<'a>>,
    edges: impl Iterator<Item = EdgeRow>,
) -> io::Result<()> {
    writeln!(out, "digraph tools {{")?;
    for (place, node) in nodes.enumerate() {
        writeln!(out, "  n{place} [label={}, class={}];", quoted(node.name), quoted(node.kind))?;
    }
    for edge in edges {
        let (kind, why) = (quoted(edge.kind), quoted(&edge.provenance));
        writeln!(out, "  n{} -> n{} [label={kind}, tooltip={why}];", edge.from, edge.to)?;
    }
    writeln!(out, "}}")
}

/// Writes GraphML.
///
/// # Errors
/// What the writer says.
pub fn graphml<'a>(
    out: &mut impl Write,
    nodes: impl Iterator<Item = NodeRow<'a>>,
    edges: impl Iterator<Item = EdgeRow>,
) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">"#)?;
    for (key, target) in [("name", "node"), ("kind", "all"), ("provenance", "edge"), ("weight", "edge")] {
        let kind = if key == "weight" { "long" } else { "string" };
        writeln!(out, r#"  <key id="{key}" for="{target}" attr.name="{key}" attr.type="{kind}"/>"#)?;
    }
    writeln!(out, r#"  <graph id="tools" edgedefault="directed">"#)?;
    for (place, node) in nodes.enumerate() {
        let (name, kind) = (escaped(node.name), node.kind);
        writeln!(
            out,
            r#"    <node id="n{place}"><data key="name">{name}</data><data key="kind">{kind}</data></node>"#
        )?;
    }
    for edge in edges {
        let (from, to, kind, weight) = (edge.from, edge.to, edge.kind, edge.weight);
        let why = escaped(&edge.provenance);
        write!(out, r#"    <edge source="n{from}" target="n{to}"><data key="kind">{kind}</data>"#)?;
        writeln!(out, r#"<data key="provenance">{why}</data><data key="weight">{weight}</data></edge>"#)?;
    }
    writeln!(out, "  </graph>\n</graphml>")
}

/// Writes JSON: `{"format", "nodes": [{"id", "name", "kind"}], "edges": [{"from", "to", "kind", …}]}`, one node
/// or edge a line.
///
/// # Errors
/// What the writer says.
pub fn json<'a>(
    out: &mut impl Write,
    nodes: impl Iterator<Item = NodeRow<'a>>,
    edges: impl Iterator<Item = EdgeRow>,
) -> io::Result<()> {
    writeln!(out, r#"{{"format": "goalconvo-graph/1", "nodes": ["#)?;
    let nodes =
        nodes.enumerate().map(|(place, node)| json!({"id": place, "name": node.name, "kind": node.kind}));
    rows(out, nodes)?;
    writeln!(out, r#"], "edges": ["#)?;
    let edges = edges.map(|edge| {
        json!({
            "from": edge.from, "to": edge.to, "kind": edge.kind,
            "provenance": edge.provenance, "weight": edge.weight,
        })
    });
    rows(out, edges)?;
    writeln!(out, "]}}")
}

fn rows(out: &mut impl Write, rows: impl Iterator<Item = Value>) -> io::Result<()> {
    let mut separator = "";
    for row in rows {
        write!(out, "{separator}{row}")?;
        separator = ",\n";
    }
    writeln!(out)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " "))
}

/// Text for XML: markup escaped, characters that XML 1.0 has no place for replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                safe.push('\u{fffd}');
            }
            other => safe.push(other),
        }
    }
    safe
}
