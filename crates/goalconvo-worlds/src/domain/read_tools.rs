//! Reads `tools.toml` into its raw form.

use goalconvo_core::{Bounds, Compare, Verb};

use super::fields::{Fields, Node, Text};
use super::problem::Problems;
use super::raw::{RawArgument, RawFold, RawGuard, RawLookup, RawPaging, RawTest, RawTool};
use super::read::{named, pairs};

const VERBS: [(&str, Verb); 5] = [
    ("find", Verb::Find),
    ("get", Verb::Get),
    ("insert", Verb::Insert),
    ("update", Verb::Update),
    ("delete", Verb::Delete),
];

const COMPARES: [(&str, Compare); 3] =
    [("equal", Compare::Equal), ("at_most", Compare::AtMost), ("at_least", Compare::AtLeast)];

/// All tools, in the order of the file.
pub(super) fn tools(fields: &Fields<'_>, problems: &Problems) -> Vec<RawTool> {
    let tools = fields.need("tools").map(|node| node.items()).unwrap_or_default();
    let tools = tools.into_iter().filter_map(|node| tool(node, problems)).collect();
    fields.report_unknown();
    tools
}

fn tool(node: Node<'_>, problems: &Problems) -> Option<RawTool> {
    let fields = node.fields("a tool")?;
    let name = fields.need_text("name");
    let description = fields.need_text("description");
    let verb = fields.need_text("verb").and_then(|verb| named(&verb, "verb", &VERBS, problems));
    let table = fields.need_text("table");
    let limit = fields.get("limit").and_then(|node| node.count()).map(|limit| limit as usize);
    let order_by = fields.text("order_by");
    let returns = fields.need("returns").map(|node| node.texts()).unwrap_or_default();
    let arguments = fields.entries("arguments");
    let arguments = arguments.into_iter().filter_map(|(name, node)| argument(name, node, problems)).collect();
    let lookups =
        fields.entries("lookups").into_iter().filter_map(|(name, node)| lookup(name, node)).collect();
    let guards = fields.get("guards").map(|node| node.items()).unwrap_or_default();
    let guards = guards.into_iter().filter_map(|node| guard(node, problems)).collect();
    let computed = pairs(fields.get("computed"));
    let folds = fields.entries("folds").into_iter().filter_map(|(name, node)| fold(name, node)).collect();
    let paging = fields.get("paging").and_then(paging);
    fields.report_unknown();
    let (name, description, verb, table) = (name?, description?, verb?, table?);
    Some(RawTool {
        name,
        description,
        verb,
        table,
        limit,
        order_by,
        returns,
        arguments,
        lookups,
        guards,
        computed,
        folds,
        paging,
    })
}

fn fold(name: Text, node: Node<'_>) -> Option<RawFold> {
    let fields = node.fields("a folded argument")?.at(name.spot);
    let (kind, parts) = (fields.need_text("as"), fields.need("parts").map(|node| node.texts()));
    fields.report_unknown();
    Some(RawFold { name, kind: kind?, parts: parts? })
}

fn paging(node: Node<'_>) -> Option<RawPaging> {
    let fields = node.fields("`paging`")?;
    let (by, start) = (fields.need_text("by"), fields.need_text("start"));
    let (size, required) = (fields.text("size"), fields.flag("required"));
    fields.report_unknown();
    Some(RawPaging { by: by?, start: start?, size, required })
}

fn argument(name: Text, node: Node<'_>, problems: &Problems) -> Option<RawArgument> {
    let fields = node.fields("an argument")?.at(name.spot);
    let compare =
        fields.text("compare").and_then(|compare| named(&compare, "way to compare", &COMPARES, problems));
    let number = |key| fields.get(key).and_then(|node: Node<'_>| node.number());
    let bounds = Bounds {
        minimum: number("minimum"),
        maximum: number("maximum"),
        above: number("above"),
        below: number("below"),
        step: number("step"),
    };
    let argument = RawArgument {
        bounds,
        whole: fields.flag("whole"),
        slot: fields.text("slot"),
        column: fields.text("column"),
        description: fields.text("description"),
        required: fields.flag("required"),
        nearest: fields.flag("nearest"),
        compare: compare.unwrap_or(Compare::Equal),
        name,
    };
    fields.report_unknown();
    Some(argument)
}

fn lookup(name: Text, node: Node<'_>) -> Option<RawLookup> {
    let fields = node.fields("a lookup")?.at(name.spot);
    let (table, key) = (fields.need_text("table"), fields.need_text("key"));
    fields.report_unknown();
    Some(RawLookup { name, table: table?, key: key? })
}

fn guard(node: Node<'_>, problems: &Problems) -> Option<RawGuard> {
    let fields = node.fields("a guard")?;
    let holds = fields.text("holds");
    let absent = fields.get("absent");
    let error = fields.need_text("error");
    let rule = fields.text("rule");
    let message = fields.need_text("message");
    fields.report_unknown();
    let test = match (holds, absent) {
        (Some(holds), None) => RawTest::Holds(holds),
        (None, Some(absent)) => absent_test(absent)?,
        _ => {
            problems.mistake(
                fields.spot,
                "a guard needs one of `holds` and `absent`",
                "write the one that is meant",
            );
            return None;
        }
    };
    Some(RawGuard { spot: fields.spot, test, error: error?, rule, message: message? })
}

fn absent_test(node: Node<'_>) -> Option<RawTest> {
    let fields = node.fields("`absent`")?;
    let (table, columns) = (fields.need_text("table"), pairs(fields.need("where")));
    fields.report_unknown();
    Some(RawTest::Absent { table: table?, columns })
}
