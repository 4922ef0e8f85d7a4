//! Both graphs: what is linked, what is not, how it is written, and that they grow with the material only.

use crate::shared::{TOWN, corpus, load};
use goalconvo_worlds::graph::{self, EdgeKind, LinkRule, NodeKind, Projection, Relation, export};
use goalconvo_worlds::registry::Registry;
use goalconvo_worlds::schemas;

/// The data links as words: from, to, rule.
fn data_links(projection: &Projection) -> Vec<(String, String, LinkRule)> {
    let name = |place: u32| projection.endpoints[place as usize].rsplit('/').next().unwrap().to_owned();
    let links = projection.edges.iter().filter_map(|edge| match edge.relation {
        Relation::Data { rule, .. } => Some((name(edge.from), name(edge.to), rule)),
        _ => None,
    });
    links.collect()
}

fn town() -> (Registry, Projection) {
    let (registry, _) = load(&[("town.json", TOWN)]);
    let projection = graph::project(&registry);
    (registry, projection)
}

#[test]
fn keys_link_within_their_tool_and_plain_values_across() {
    let (_, projection) = town();
    let links = data_links(&projection);
    let has = |from: &str, to: &str, rule: LinkRule| links.contains(&(from.into(), to.into(), rule));
    assert!(has("search_books", "get_book", LinkRule::SameTool));
    assert!(has("list_members", "lend_book", LinkRule::SameTool));
    assert!(has("lend_book", "cancel_loan", LinkRule::SameTool));
    assert!(has("search_books", "find_cafes", LinkRule::Anywhere), "a city is a city everywhere");
    assert!(!links.iter().any(|(_, to, _)| to == "get_parcel"), "nobody yields a parcel's key");
    assert!(!links.iter().any(|(from, to, _)| from == to), "nothing feeds itself");
}

#[test]
fn the_tool_graph_has_five_kinds_of_node_and_every_endpoint() {
    let (registry, _) = town();
    let tools = graph::build(&registry);
    let kinds =
        [NodeKind::Tool, NodeKind::Endpoint, NodeKind::Parameter, NodeKind::ResponseField, NodeKind::Concept];
    let counts = kinds.map(|kind| tools.count(kind));
    assert_eq!((counts[0], counts[1]), (3, 8));
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    let offers = tools.edges.iter().filter(|edge| edge.kind == EdgeKind::Offers).count();
    assert_eq!(offers, 8);
    assert!(tools.edges.iter().all(|edge| (edge.from.max(edge.to) as usize) < tools.nodes.len()));
}

#[test]
fn exports_name_every_node_and_edge_and_say_why() {
    let (_, projection) = town();
    let mut json = Vec::new();
    export::json(&mut json, projection.node_rows(), projection.edge_rows()).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(value["nodes"].as_array().unwrap().len(), projection.endpoints.len());
    let edges = value["edges"].as_array().unwrap();
    assert_eq!(edges.len(), projection.edges.len());
    assert!(edges.iter().all(|edge| edge["provenance"].as_str().is_some_and(|why| !why.is_empty())));

    let tools = graph::build(&load(&[("a<b&c.json", &TOWN.replace("library", "a<b&\\\"c"))]).0);
    let mut text = Vec::new();
    export::graphml(&mut text, tools.node_rows(), tools.edge_rows()).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.matches("<node ").count(), tools.nodes.len());
    assert_eq!(text.matches("<edge ").count(), tools.edges.len());
    let mut dot = Vec::new();
    export::dot(&mut dot, tools.node_rows(), tools.edge_rows()).unwrap();
    assert_eq!(String::from_utf8(dot).unwrap().matches(" -> ").count(), tools.edges.len());
}

#[test]
fn edges_grow_with_the_material_and_not_with_its_square() {
    let edges = |copies: usize| {
        let files: Vec<(String, String)> = (0..copies)
            .map(|copy| {
                (
                    format!("{copy:04}.json"),
                    TOWN.replace("library", &format!("library {copy}"))
                        .replace("cafes", &format!("cafes {copy}")),
                )
            })
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let projection = graph::project(&load(&files).0);
        (projection.edges.len() / copies, projection)
    };
    let (few, _) = edges(40);
    let (many, projection) = edges(160);
    assert!(many <= few * 3 / 2 + 2, "{few} then {many} edges a copy");
    assert!(projection.edges.windows(2).all(|pair| pair[0] < pair[1]), "sorted, and none twice");
}

#[test]
fn graphs_are_the_same_bytes_at_every_build() {
    let Some(root) = corpus("toolbench") else { return };
    let registry = schemas::load(&[root.join("tools")], false).unwrap().0;
    let bytes = |registry: &Registry| {
        (
            serde_json::to_string(&graph::project(registry)).unwrap(),
            serde_json::to_string(&graph::build(registry)).unwrap(),
        )
    };
    assert!(bytes(&registry) == bytes(&registry));
    let again: Projection = serde_json::from_str(&bytes(&registry).0).unwrap();
    assert_eq!(again, graph::project(&registry));
}
