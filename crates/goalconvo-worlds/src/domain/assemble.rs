//! From the raw form to the [`Domain`]: every name looked up, rows made.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Domain, GoalClass, Policy, Slot, Table};
use smol_str::SmolStr;

use super::fields::Text;
use super::files::Files;
use super::intents;
use super::problem::{Problems, Spot, suggest};
use super::raw::{RawDomain, RawRows};
use super::read;
use super::recipe::Kitchen;
use super::rows;
use super::slots::{self, Pools};
use super::tools;

/// What a folder holds, raw and made; the domain is only as good as there are no mistakes in `problems`.
pub(super) struct Assembled {
    pub(super) raw: RawDomain,
    pub(super) domain: Domain,
}

/// What tools and intents look names up in.
pub(super) struct Names<'a> {
    pub(super) raw: &'a RawDomain,
    pub(super) slots: &'a BTreeMap<SmolStr, Slot>,
    /// Columns by table.
    pub(super) columns: &'a BTreeMap<SmolStr, Vec<SmolStr>>,
    pub(super) problems: &'a Problems,
}

/// Reads a folder and puts the domain together.
pub(super) fn assemble(files: &Files, problems: &Problems) -> Assembled {
    let raw = read::read(files, problems);
    let pools = Pools::new(files);
    duplicates(&raw, problems);
    let slots = slots::slots(&raw, &pools, problems);
    let tables = tables(&raw, &slots, &pools, files, problems);
    let columns = columns(&raw, &tables);
    let names = Names { raw: &raw, slots: &slots, columns: &columns, problems };
    let tools: Vec<_> = raw.tools.iter().filter_map(|tool| tools::tool(tool, &names)).map(Arc::new).collect();
    let intents = raw.intents.iter().map(|intent| intents::intent(intent, &names)).collect();
    let domain = Domain {
        name: files.name().clone(),
        description: raw.description.as_ref().map(|text| text.text.clone()).unwrap_or_default(),
        tables,
        tools,
        intents,
        policy: policy(&raw, files, problems),
        classes: classes(&raw, problems),
        behaviour: raw.behaviour.clone(),
        hash: files.hash(|file| pools.is_used(file)),
        slots,
    };
    Assembled { raw, domain }
}

fn tables(
    raw: &RawDomain,
    slots: &BTreeMap<SmolStr, Slot>,
    pools: &Pools<'_>,
    files: &Files,
    problems: &Problems,
) -> Vec<Arc<Table>> {
    let mut made: Vec<Arc<Table>> = Vec::with_capacity(raw.tables.len());
    for (number, table) in raw.tables.iter().enumerate() {
        let kitchen = Kitchen { slots, pools, tables: &made, problems };
        if let Some(table) = rows::table(table, number, files, &kitchen) {
            made.push(Arc::new(table));
        }
    }
    made
}

/// Columns by table, also of tables that could not be made, so that one mistake is told once.
fn columns(raw: &RawDomain, tables: &[Arc<Table>]) -> BTreeMap<SmolStr, Vec<SmolStr>> {
    let declared = raw.tables.iter().map(|table| {
        let mut columns: Vec<SmolStr> =
            table.columns.iter().map(|column| SmolStr::new(&*column.name)).collect();
        if let (true, RawRows::Written(rows)) = (columns.is_empty(), &table.rows) {
            columns = rows.iter().flat_map(|(_, cells)| cells).map(|(key, _)| SmolStr::new(&**key)).collect();
        }
        (SmolStr::new(&*table.name), columns)
    });
    let made = tables.iter().map(|table| (table.name.clone(), table.columns.clone()));
    declared.chain(made).collect()
}

fn policy(raw: &RawDomain, files: &Files, problems: &Problems) -> Policy {
    let text = match files.number("policy.md") {
        Some(file) => {
            let text = files.text(file).trim().to_owned();
            if text.is_empty() {
                let spot = Spot { file, at: 0 };
                problems.mistake(spot, "the policy is empty", "write the whole policy in words");
            }
            text
        }
        None => {
            problems.mistake(
                Spot { file: usize::MAX, at: 0 },
                "no file `policy.md` in the folder",
                "write the whole policy in words",
            );
            String::new()
        }
    };
    let rules = raw.rules.iter().map(|(name, rule)| (SmolStr::new(&**name), rule.text.clone()));
    Policy { text, rules: rules.collect() }
}

fn classes(raw: &RawDomain, problems: &Problems) -> Vec<(GoalClass, u32)> {
    let class = |(name, weight): &(Text, u32)| {
        let class = GoalClass::COMPILED.into_iter().find(|class| class.name() == &**name);
        if class.is_none() {
            let fix = suggest(name, GoalClass::COMPILED.iter().map(|class| class.name()));
            problems.mistake(name.spot, format!("unknown goal class `{name}`"), fix);
        }
        Some((class?, *weight))
    };
    raw.classes.iter().filter_map(class).collect()
}

fn duplicates(raw: &RawDomain, problems: &Problems) {
    twice("tool", raw.tools.iter().map(|tool| &tool.name), problems);
    twice("intent", raw.intents.iter().map(|intent| &intent.name), problems);
    for name in raw.tools.iter().map(|tool| &tool.name) {
        if raw.tables.iter().any(|table| *table.name == **name) {
            problems.mistake(
                name.spot,
                format!("`{name}` is the name of a tool and of a table"),
                "rename one",
            );
        }
    }
}

fn twice<'a>(what: &str, names: impl Iterator<Item = &'a Text>, problems: &Problems) {
    let mut seen: Vec<&Text> = Vec::new();
    for name in names {
        if seen.iter().any(|known| ***known == **name) {
            problems.mistake(name.spot, format!("a second {what} `{name}`"), "rename one of them");
        }
        seen.push(name);
    }
}

impl Names<'_> {
    /// The columns of a table; a table that is not there is a mistake.
    pub(super) fn columns_of(&self, table: &Text) -> Option<&Vec<SmolStr>> {
        let columns = self.columns.get(&**table);
        if columns.is_none() {
            let fix = suggest(table, self.columns.keys().map(SmolStr::as_str));
            self.problems.mistake(table.spot, format!("unknown table `{table}`"), fix);
        }
        columns
    }

    /// Whether a table has this column; one that it has not is a mistake.
    pub(super) fn has_column(&self, table: &str, columns: &[SmolStr], column: &Text) -> bool {
        let there = columns.iter().any(|known| *known == **column);
        if !there {
            let fix = suggest(column, columns.iter().map(SmolStr::as_str));
            self.problems.mistake(column.spot, format!("table `{table}` has no column `{column}`"), fix);
        }
        there
    }

    /// The slot of this name; one that is not there is a mistake.
    pub(super) fn slot(&self, name: &Text) -> Option<&Slot> {
        let slot = self.slots.get(&**name);
        if slot.is_none() {
            let fix = suggest(name, self.slots.keys().map(SmolStr::as_str));
            self.problems.mistake(name.spot, format!("unknown slot `{name}`"), fix);
        }
        slot
    }
}
