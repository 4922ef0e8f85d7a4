//! Tools: from their raw form, with every table, column, slot and expression looked up.

use goalconvo_core::{
    Argument, ArgumentKind, Bounds, ErrorKind, Expr, Guard, Lookup, Paging, SlotKind, Test, Tool, Value, Verb,
};
use smol_str::SmolStr;

use super::assemble::Names;
use super::calls;
use super::expressions;
use super::fields::Text;
use super::problem::suggest;
use super::raw::{RawArgument, RawGuard, RawTest, RawTool};
use super::read::named;
use super::slots::DAYS;

/// Rows that a search returns where its tool does not say how many.
const USUAL_LIMIT: usize = 5;

const ERRORS: [(&str, ErrorKind); 4] = [
    ("unavailable", ErrorKind::Unavailable),
    ("policy", ErrorKind::Policy),
    ("permission", ErrorKind::Permission),
    ("not_found", ErrorKind::NotFound),
];

/// The tool; `None` when its table is not there.
pub(super) fn tool(raw: &RawTool, names: &Names<'_>) -> Option<Tool> {
    let columns = names.columns_of(&raw.table)?.clone();
    shape(raw, &columns, names);
    let mut known: Vec<String> = raw.arguments.iter().map(|argument| argument.name.text.clone()).collect();
    let lookups = lookups(raw, &mut known, names);
    if matches!(raw.verb, Verb::Get | Verb::Update | Verb::Delete) {
        known.extend(columns.iter().map(|column| format!("row.{column}")));
    }
    let guards = raw.guards.iter().filter_map(|guard| self::guard(guard, &known, names)).collect();
    let computed = computed(raw, &mut known, names);
    for name in &raw.returns {
        if !columns.iter().any(|column| *column == **name)
            && !raw.computed.iter().any(|(known, _)| **known == **name)
        {
            let all =
                columns.iter().map(SmolStr::as_str).chain(raw.computed.iter().map(|(known, _)| &**known));
            let message = format!(
                "tool `{}` returns `{name}`, which is neither a column of `{}` nor computed",
                raw.name, raw.table
            );
            names.problems.mistake(name.spot, message, suggest(name, all));
        }
    }
    let paging = raw.paging.as_ref().and_then(|paging| calls::paging(paging, raw, names));
    let own = raw.arguments.iter().filter_map(|argument| self::argument(argument, raw, &columns, names));
    Some(Tool {
        name: SmolStr::new(&*raw.name),
        description: raw.description.text.clone(),
        verb: raw.verb,
        table: SmolStr::new(&*raw.table),
        arguments: own.chain(paging.iter().flat_map(Paging::arguments)).collect(),
        lookups,
        guards,
        computed,
        returns: raw.returns.iter().map(|name| SmolStr::new(&**name)).collect(),
        limit: raw.limit.unwrap_or(USUAL_LIMIT),
        order_by: raw.order_by.as_ref().map(|name| SmolStr::new(&**name)),
        folds: raw.folds.iter().filter_map(|fold| calls::fold(fold, raw, names)).collect(),
        paging,
    })
}

/// What a tool of this verb must and must not have.
fn shape(raw: &RawTool, columns: &[SmolStr], names: &Names<'_>) {
    let mistake = |spot, message: String, fix: &str| names.problems.mistake(spot, message, fix);
    if raw.limit == Some(0) {
        mistake(raw.name.spot, format!("tool `{}` returns no row: limit = 0", raw.name), "give it 1 or more");
    }
    if raw.verb == Verb::Find {
        if let Some(guard) = raw.guards.first() {
            mistake(
                guard.spot,
                format!("tool `{}` finds rows, guards do nothing there", raw.name),
                "take the guard away",
            );
        }
        if let Some((name, _)) = raw.computed.first() {
            mistake(
                name.spot,
                format!("tool `{}` finds rows, computed values do nothing there", raw.name),
                "make it a column of the table",
            );
        }
        if let Some(order_by) = &raw.order_by {
            names.has_column(&raw.table, columns, order_by);
        }
    } else {
        if let Some(order_by) = &raw.order_by {
            mistake(order_by.spot, "`order_by` works for verb = \"find\" alone".to_owned(), "take it away");
        }
        for argument in
            raw.arguments.iter().filter(|argument| argument.compare != goalconvo_core::Compare::Equal)
        {
            mistake(
                argument.name.spot,
                "`compare` works for verb = \"find\" alone".to_owned(),
                "take it away, or write a guard",
            );
        }
    }
    let key = columns.first().map(SmolStr::as_str).unwrap_or_default();
    let written = |name: &str| {
        raw.arguments.iter().any(|argument| *argument.name == *name)
            || raw.computed.iter().any(|(known, _)| **known == *name)
    };
    if raw.verb == Verb::Insert && !written(key) {
        let fix = format!("add it to [tools.computed], as in {key} = \"reference()\", or to the arguments");
        mistake(
            raw.name.spot,
            format!("tool `{}` inserts into `{}` without its key `{key}`", raw.name, raw.table),
            &fix,
        );
    }
    if matches!(raw.verb, Verb::Update | Verb::Delete)
        && !raw.arguments.first().is_some_and(|argument| argument.required)
    {
        let message =
            format!("the first argument of tool `{}` has to be the key of the row, and required", raw.name);
        mistake(raw.name.spot, message, "put it first and add `required = true`");
    }
}

fn lookups(raw: &RawTool, known: &mut Vec<String>, names: &Names<'_>) -> Vec<Lookup> {
    let mut lookups = Vec::new();
    for lookup in &raw.lookups {
        let key = expression(&lookup.key, known, names);
        let columns = names.columns_of(&lookup.table).cloned();
        // The names are known from here on even when the key is wrong: one mistake is told once.
        known.extend(columns.iter().flatten().map(|column| format!("{}.{column}", lookup.name)));
        if let (Some(key), Some(_)) = (key, columns) {
            lookups.push(Lookup {
                name: SmolStr::new(&*lookup.name),
                table: SmolStr::new(&*lookup.table),
                key,
            });
        }
    }
    lookups
}

fn expression(text: &Text, known: &[String], names: &Names<'_>) -> Option<Expr> {
    let list: Vec<&str> = known.iter().map(String::as_str).collect();
    expressions::parse(text, |name| known.iter().any(|known| known == name), &list, names.problems)
}

fn guard(raw: &RawGuard, known: &[String], names: &Names<'_>) -> Option<Guard> {
    let kind = named(&raw.error, "error", &ERRORS, names.problems);
    let rules = || names.raw.rules.iter().map(|(name, _)| &**name);
    match &raw.rule {
        Some(rule) if !rules().any(|known| known == &**rule) => {
            names.problems.mistake(rule.spot, format!("unknown rule `{rule}`"), suggest(rule, rules()));
        }
        None if kind.is_some_and(ErrorKind::is_refusal) => {
            let fix = "add `rule = \"…\"` and its sentence under [rules] in domain.toml";
            names.problems.mistake(
                raw.spot,
                "a guard that refuses without a rule that the assistant can say",
                fix,
            );
        }
        _ => {}
    }
    let test = match &raw.test {
        RawTest::Holds(text) => Test::Holds(expression(text, known, names)?),
        RawTest::Absent { table, columns } => {
            let of = names.columns_of(table)?;
            let wanted = columns.iter().map(|(column, text)| {
                let there = names.has_column(table, of, column);
                let expr = expression(text, known, names)?;
                there.then(|| (SmolStr::new(&**column), expr))
            });
            Test::Absent(
                SmolStr::new(&**table),
                wanted.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?,
            )
        }
    };
    let rule = raw.rule.as_ref().map(|rule| SmolStr::new(&**rule));
    Some(Guard { test, kind: kind?, rule, message: SmolStr::new(&*raw.message) })
}

fn computed(raw: &RawTool, known: &mut Vec<String>, names: &Names<'_>) -> Vec<(SmolStr, Expr)> {
    let mut computed = Vec::new();
    for (name, text) in &raw.computed {
        if let Some(expr) = expression(text, known, names) {
            computed.push((SmolStr::new(&**name), expr));
        }
        known.push(name.text.clone());
    }
    computed
}

fn argument(raw: &RawArgument, tool: &RawTool, columns: &[SmolStr], names: &Names<'_>) -> Option<Argument> {
    let slot = slot_of(raw, tool, names)?;
    let slot = names.slots.get(slot.as_str())?;
    let column = raw.column.clone().or_else(|| {
        let same = columns.iter().any(|column| *column == *raw.name.text);
        same.then(|| raw.name.clone())
    });
    if let Some(column) = &raw.column {
        names.has_column(&tool.table, columns, column);
    }
    let reckoned = tool.verb == Verb::Get && tool.computed.iter().any(|(_, text)| has_word(text, &raw.name));
    if matches!(tool.verb, Verb::Find | Verb::Get) && column.is_none() && !reckoned {
        let message = format!(
            "argument `{}` of tool `{}` is compared with no column of `{}`",
            raw.name, tool.name, tool.table
        );
        let fix = format!("add `column = …`; {}", suggest(&raw.name, columns.iter().map(SmolStr::as_str)));
        names.problems.mistake(raw.name.spot, message, fix);
    }
    let closed = matches!(slot.kind, SlotKind::Category | SlotKind::Day) && is_listed(&slot.name, names);
    let allowed = match slot.kind {
        _ if closed => slot.values.clone(),
        SlotKind::Day => DAYS.into_iter().map(Value::text).collect(),
        _ => Vec::new(),
    };
    // Nothing can be booked for nobody; but what is searched for may have none of something.
    let from_one = !matches!(tool.verb, Verb::Find | Verb::Get) && !slot.values.contains(&Value::Int(0));
    Some(Argument {
        name: SmolStr::new(&*raw.name),
        slot: slot.name.clone(),
        description: raw
            .description
            .as_ref()
            .map_or_else(|| slot.description.clone(), |text| text.text.clone()),
        required: raw.required,
        kind: match json_kind(slot.kind) {
            ArgumentKind::Number if raw.whole => ArgumentKind::Integer,
            kind => kind,
        },
        bounds: match slot.kind {
            _ if raw.bounds != Bounds::default() => raw.bounds,
            SlotKind::Count => Bounds::at_least(i64::from(from_one)),
            SlotKind::Duration | SlotKind::Money => Bounds::at_least(0),
            _ => Bounds::default(),
        },
        allowed,
        column: column.map(|column| SmolStr::new(&*column)),
        compare: raw.compare,
        nearest: raw.nearest,
    })
}

/// Whether an expression names an argument.
fn has_word(expression: &str, name: &str) -> bool {
    expression.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').any(|word| word == name)
}

fn is_listed(slot: &str, names: &Names<'_>) -> bool {
    let listed = |values: &super::raw::RawValues| matches!(values, super::raw::RawValues::Listed(_));
    names.raw.slots.iter().any(|raw| *raw.name == *slot && listed(&raw.values))
}

/// The slot that an argument takes its values from: the one it names, the one of its own name, or that of the
/// entity's column which every intent fills in.
fn slot_of(raw: &RawArgument, tool: &RawTool, names: &Names<'_>) -> Option<SmolStr> {
    if let Some(slot) = &raw.slot {
        return names.slot(slot).map(|slot| slot.name.clone());
    }
    if let Some(slot) = names.slots.get(&*raw.name) {
        return Some(slot.name.clone());
    }
    let intents = names.raw.intents.iter().filter(|intent| *intent.tool == *tool.name);
    let mut columns =
        intents.flat_map(|intent| &intent.from_entity).filter(|(argument, _)| **argument == *raw.name);
    let slot = columns.next().and_then(|(_, column)| names.slots.get(&**column));
    if slot.is_none() {
        let fix = format!("add `slot = …`; {}", suggest(&raw.name, names.slots.keys().map(SmolStr::as_str)));
        names.problems.mistake(
            raw.name.spot,
            format!("argument `{}` of tool `{}` takes the values of no slot", raw.name, tool.name),
            fix,
        );
    }
    slot.map(|slot| slot.name.clone())
}

/// What the values of a slot look like.
pub(super) fn json_kind(kind: SlotKind) -> ArgumentKind {
    match kind {
        SlotKind::Flag => ArgumentKind::Boolean,
        SlotKind::Count | SlotKind::Duration | SlotKind::IdNumber => ArgumentKind::Integer,
        SlotKind::Number | SlotKind::Money => ArgumentKind::Number,
        SlotKind::Time => ArgumentKind::Time,
        SlotKind::Date => ArgumentKind::Date,
        _ => ArgumentKind::String,
    }
}
