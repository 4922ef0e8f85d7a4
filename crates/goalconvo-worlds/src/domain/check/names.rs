//! Names: how they are written, whether they are used, whether another domain has them.

use std::collections::BTreeSet;

use goalconvo_core::Verb;
use smol_str::SmolStr;

use super::super::fields::Text;
use super::super::files::{Files, built_in_names};
use super::super::problem::{Problems, Spot};
use super::super::raw::{Make, RawDomain, RawTest};
use super::super::read;
use super::Subject;

pub(super) fn check(subject: &Subject<'_>) {
    let raw = &subject.made.raw;
    spelling(raw, subject.problems);
    unused(subject);
    taken(subject);
    keyless(subject);
}

/// Tables that only goals fill, to make a wish fail, and whose key is one of the things compared: a row of them can't be
/// told from the thing that it speaks of.
fn keyless(subject: &Subject<'_>) {
    let raw = &subject.made.raw;
    for guard in raw.tools.iter().flat_map(|tool| &tool.guards) {
        let RawTest::Absent { table, columns } = &guard.test else { continue };
        let Some(made) = subject.made.domain.table(table).filter(|made| made.rows().is_empty()) else {
            continue;
        };
        let is_written = raw.tools.iter().any(|tool| tool.verb == Verb::Insert && *tool.table == **table);
        let key = made.columns.first().map(SmolStr::as_str).unwrap_or_default();
        let is_compared = columns.iter().any(|(column, _)| **column == *key);
        let declared = raw.tables.iter().find(|known| *known.name == **table);
        if let Some(declared) = declared.filter(|_| is_compared && !is_written) {
            let message = format!(
                "table `{table}` has no key of its own: its first column `{key}` is compared by a guard"
            );
            subject.problems.mistake(declared.name.spot, message, "put a key column `id` before it");
        }
    }
}

/// Names that are no words of lower-case letters, digits and underscores.
fn spelling(raw: &RawDomain, problems: &Problems) {
    let tables = raw
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| &column.name).chain([&table.name]));
    let tools = raw
        .tools
        .iter()
        .flat_map(|tool| tool.arguments.iter().map(|argument| &argument.name).chain([&tool.name]));
    let slots = raw.slots.iter().map(|slot| &slot.name);
    let intents = raw.intents.iter().map(|intent| &intent.name);
    for name in tables.chain(tools).chain(slots).chain(intents) {
        let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            let message =
                format!("`{name}` is no name: lower-case letters, digits and underscores, a letter first");
            problems.mistake(name.spot, message, "rename it");
        }
    }
}

fn unused(subject: &Subject<'_>) {
    let raw = &subject.made.raw;
    let used = used_slots(raw, subject);
    for slot in raw.slots.iter().filter(|slot| !used.contains(&*slot.name.text)) {
        let message = format!("slot `{}` is used by no column, argument or intent", slot.name);
        subject.problems.mistake(slot.name.spot, message, "use it or take it away");
    }
    let rules: BTreeSet<&str> =
        raw.tools.iter().flat_map(|tool| &tool.guards).filter_map(|guard| guard.rule.as_deref()).collect();
    for (name, _) in raw.rules.iter().filter(|(name, _)| !rules.contains(&**name)) {
        subject.problems.note(
            name.spot,
            format!("no guard names the rule `{name}`"),
            "the assistant never says it",
        );
    }
    let intents: BTreeSet<&str> = raw.intents.iter().map(|intent| &*intent.tool).collect();
    for tool in raw.tools.iter().filter(|tool| !intents.contains(&*tool.name.text)) {
        subject.problems.note(
            tool.name.spot,
            format!("no intent uses tool `{}`", tool.name),
            "users never want it",
        );
    }
    let tables = used_tables(raw);
    for table in raw.tables.iter().filter(|table| !tables.contains(&*table.name.text)) {
        subject.problems.mistake(
            table.name.spot,
            format!("no tool or column uses table `{}`", table.name),
            "use it or take it away",
        );
    }
    for file in unused_pools(raw, subject.files) {
        subject.problems.note(Spot { file, at: 0 }, "nothing uses this pool", "use it or take it away");
    }
}

fn used_slots<'a>(raw: &'a RawDomain, subject: &'a Subject<'_>) -> BTreeSet<&'a str> {
    let domain = &subject.made.domain;
    let columns = domain.tables.iter().flat_map(|table| &table.columns).map(SmolStr::as_str);
    let declared = raw.tables.iter().flat_map(|table| table.columns.iter().map(|column| &*column.name));
    let picked = raw.tables.iter().flat_map(|table| &table.columns).filter_map(|column| match &column.make {
        Make::Pick { slot, .. } => slot.as_deref(),
        _ => None,
    });
    let arguments = raw.tools.iter().flat_map(|tool| &tool.arguments);
    let arguments =
        arguments.flat_map(|argument| [Some(&*argument.name), argument.slot.as_deref()]).flatten();
    let computed = raw.tools.iter().flat_map(|tool| &tool.computed).map(|(name, _)| &**name);
    let intents = raw
        .intents
        .iter()
        .flat_map(|intent| intent.required.iter().chain(&intent.optional).chain(&intent.requests));
    columns
        .chain(declared)
        .chain(picked)
        .chain(arguments)
        .chain(computed)
        .chain(intents.map(|text| &**text))
        .collect()
}

fn used_tables(raw: &RawDomain) -> BTreeSet<&str> {
    let tools = raw.tools.iter().flat_map(|tool| {
        let lookups = tool.lookups.iter().map(|lookup| &*lookup.table);
        let absent = tool.guards.iter().filter_map(|guard| match &guard.test {
            RawTest::Absent { table, .. } => Some(&**table),
            RawTest::Holds(_) => None,
        });
        lookups.chain(absent).chain([&*tool.table])
    });
    let rows = raw.tables.iter().flat_map(|table| &table.columns).filter_map(|column| match &column.make {
        Make::Row { of } => Some(&**of),
        _ => None,
    });
    tools.chain(rows).collect()
}

fn unused_pools(raw: &RawDomain, files: &Files) -> Vec<usize> {
    let mut words = String::new();
    for column in raw.tables.iter().flat_map(|table| &table.columns) {
        if let Make::Template { templates } = &column.make {
            templates.iter().for_each(|template| words.push_str(template));
        }
    }
    let by_slot = |name: &str| {
        raw.slots
            .iter()
            .any(|slot| matches!(&slot.values, super::super::raw::RawValues::Pool(pool) if **pool == *name))
    };
    let own = files.iter().enumerate().filter_map(|(number, (path, _))| {
        Some((path.strip_prefix("pools/")?.strip_suffix(".txt")?.to_owned(), number))
    });
    own.filter(|(name, _)| !words.contains(&format!("{{{name}}}")) && !by_slot(name))
        .map(|(_, number)| number)
        .collect()
}

/// Tools and tables that a built-in domain has: both could be on one stage.
fn taken(subject: &Subject<'_>) {
    let raw = &subject.made.raw;
    for name in built_in_names().into_iter().filter(|name| name != subject.files.name()) {
        let Some(files) = Files::built_in(name) else { continue };
        let other = read::read(&files, &Problems::default());
        let tools: Vec<&Text> = other.tools.iter().map(|tool| &tool.name).collect();
        let tables: Vec<&Text> = other.tables.iter().map(|table| &table.name).collect();
        let ours = raw
            .tools
            .iter()
            .map(|tool| ("tool", &tool.name))
            .chain(raw.tables.iter().map(|table| ("table", &table.name)));
        for (what, ours) in ours {
            if tools.iter().chain(&tables).any(|theirs| theirs.text == ours.text) {
                let message = format!("the built-in domain `{name}` has a {what} `{ours}` too");
                subject.problems.mistake(
                    ours.spot,
                    message,
                    "rename yours, so that both can be played together",
                );
            }
        }
    }
}
