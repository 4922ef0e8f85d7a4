//! Reads `tables.toml` into its raw form.

use goalconvo_core::Value;

use super::fields::{Fields, Node, Text};
use super::problem::{Problems, Spot};
use super::raw::{Make, RawColumn, RawRange, RawRows, RawTable, RawWeights};
use super::read::{counts, named};

/// All tables, in the order of the file.
pub(super) fn tables(fields: &Fields<'_>, problems: &Problems) -> Vec<RawTable> {
    let tables = fields.need("tables").map(|node| node.entries()).unwrap_or_default();
    let tables = tables.into_iter().filter_map(|(name, node)| table(name, node, problems)).collect();
    fields.report_unknown();
    tables
}

fn table(name: Text, node: Node<'_>, problems: &Problems) -> Option<RawTable> {
    let fields = node.fields("a table")?.at(name.spot);
    let columns = fields.get("columns").map(|node| node.entries()).unwrap_or_default();
    let columns = columns.into_iter().filter_map(|(name, node)| column(name, node, problems)).collect();
    let made = fields.get("rows").and_then(|node| node.count());
    let written = fields.get("row");
    let file = fields.text("file");
    if [made.is_some(), written.is_some(), file.is_some()].iter().filter(|there| **there).count() > 1 {
        problems.mistake(name.spot, "a table with more than one of `rows`, `row` and `file`", "keep one");
    }
    fields.report_unknown();
    let rows = match (written, file) {
        (Some(rows), _) => RawRows::Written(rows.items().iter().map(row).collect()),
        (None, Some(file)) => RawRows::File(file),
        (None, None) => RawRows::Made(made.unwrap_or(0) as usize),
    };
    Some(RawTable { name, columns, rows })
}

fn row(node: &Node<'_>) -> (Spot, Vec<(Text, Value)>) {
    let cells = node.entries().into_iter().filter_map(|(key, node)| Some((key, node.scalar()?))).collect();
    (node.spot, cells)
}

#[derive(Clone, Copy)]
enum Way {
    Serial,
    Template,
    Pick,
    Pattern,
    Range,
    Flag,
    Compute,
    Value,
    Row,
    Copy,
}

const WAYS: [(&str, Way); 10] = [
    ("serial", Way::Serial),
    ("template", Way::Template),
    ("pick", Way::Pick),
    ("pattern", Way::Pattern),
    ("range", Way::Range),
    ("flag", Way::Flag),
    ("compute", Way::Compute),
    ("value", Way::Value),
    ("row", Way::Row),
    ("copy", Way::Copy),
];

fn column(name: Text, node: Node<'_>, problems: &Problems) -> Option<RawColumn> {
    let fields = node.fields("a column")?.at(name.spot);
    let way = match fields.text("make") {
        Some(way) => Some(named(&way, "way to make a column", &WAYS, problems)?),
        None => None,
    };
    let unique = fields.flag("unique");
    let make = match way {
        None => Some(Make::Given),
        Some(way) => make(way, &fields),
    };
    fields.report_unknown();
    Some(RawColumn { name, make: make?, unique })
}

fn make(way: Way, fields: &Fields<'_>) -> Option<Make> {
    Some(match way {
        Way::Serial => {
            Make::Serial { prefix: fields.text("prefix").map(|text| text.text).unwrap_or_default() }
        }
        Way::Template => Make::Template { templates: fields.need("templates")?.texts() },
        Way::Pick => Make::Pick {
            slot: fields.text("slot"),
            given: fields.text("given"),
            weights: fields.get("weights").map(weights).unwrap_or_default(),
        },
        Way::Pattern => Make::Pattern { pattern: fields.need_text("pattern")? },
        Way::Range => range(fields),
        Way::Flag => Make::Flag {
            percent: fields.get("percent").and_then(|node| node.percent()).unwrap_or(50),
            given: fields.text("given"),
            percents: counts(fields.get("percents")),
        },
        Way::Compute => Make::Compute { value: fields.need_text("value")? },
        Way::Value => Make::Value { value: fields.need("value")?.scalar()? },
        Way::Row => Make::Row { of: fields.need_text("of")? },
        Way::Copy => Make::Copy { from: fields.need_text("from")?, column: fields.need_text("column")? },
    })
}

fn range(fields: &Fields<'_>) -> Make {
    let end = |key| fields.get(key).and_then(|node| Some((node.scalar()?, node.spot)));
    let given = fields.text("given");
    let ranges = fields.entries("ranges");
    let ranges: Vec<_> = ranges
        .into_iter()
        .filter_map(|(key, node)| node.bounds().map(|(from, to)| (key, RawRange { from, to })))
        .collect();
    let base = match (end("from"), end("to")) {
        (Some(from), Some(to)) => Some(RawRange { from, to }),
        (None, None) if !ranges.is_empty() => None,
        _ => {
            fields.need("from");
            fields.need("to");
            None
        }
    };
    Make::Range { base, given, ranges, step: end("step") }
}

fn weights(node: Node<'_>) -> RawWeights {
    let mut weights = RawWeights::default();
    for (key, node) in node.entries() {
        if node.is_table() {
            weights.given.push((key, counts(Some(node))));
        } else if let Some(weight) = node.count() {
            weights.plain.push((key, weight));
        }
    }
    weights
}
