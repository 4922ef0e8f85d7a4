//! Domains for tests: the wording of `domains/*/domain.toml` with tables of a few made-up rows.
//!
//! This crate may not depend on the one that loads domains, so this reads what wording and lexicon need and no more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goalconvo_core::{
    Behaviour, ContentHash, Domain, Intent, IntentKind, IntentWording, Policy, Row, Slot, SlotKind,
    SlotWording, Table, Value,
};
use toml::Value as Toml;

/// The repository's `domains` folder.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../domains")
}

/// The specimen alone.
pub(crate) fn mock() -> Vec<Arc<Domain>> {
    vec![Arc::new(load(&folder().join("mock")))]
}

/// All built-in domains.
pub(crate) fn all() -> Vec<Arc<Domain>> {
    let mut folders: Vec<_> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.retain(|folder| folder.join("domain.toml").exists());
    folders.iter().map(|folder| Arc::new(load(folder))).collect()
}

fn load(folder: &Path) -> Domain {
    let text = std::fs::read_to_string(folder.join("domain.toml")).unwrap();
    let toml: Toml = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = folder.file_name().unwrap().to_str().unwrap();
    let slots: BTreeMap<_, _> = toml["slots"]
        .as_table()
        .unwrap()
        .iter()
        .map(|(name, toml)| (name.as_str().into(), slot(folder, name, toml)))
        .collect();
    let table = table(name, &slots);
    Domain {
        name: name.into(),
        description: String::new(),
        tables: vec![Arc::new(table)],
        slots,
        tools: Vec::new(),
        intents: toml["intents"].as_array().unwrap().iter().map(intent).collect(),
        policy: Policy::default(),
        classes: Vec::new(),
        behaviour: Behaviour {
            travel: toml.get("behaviour").is_some_and(|table| table.get("travel").is_some()),
            ..Behaviour::default()
        },
        hash: ContentHash::of(name.as_bytes()),
    }
}

/// Forty rows in which every slot has values of its kind.
fn table(name: &str, slots: &BTreeMap<smol_str::SmolStr, Slot>) -> Table {
    let columns: Vec<_> = slots.keys().cloned().collect();
    let rows = (0..40).map(|n| slots.values().map(|slot| made_up(slot, n)).collect::<Row>()).collect();
    let mut with_key: Vec<Row> = rows;
    for (n, row) in with_key.iter_mut().enumerate() {
        *row = std::iter::once(Value::text(format!("row {n}"))).chain(row.iter().cloned()).collect();
    }
    Table::new(name, std::iter::once("the key".into()).chain(columns).collect(), with_key).unwrap()
}

const FIRST: [&str; 8] = ["Copper", "Silver", "Crooked", "Merry", "Old", "Royal", "Little", "Golden"];
const LAST: [&str; 5] = ["Fox", "Heron", "Anchor", "Mill", "Lantern"];

fn made_up(slot: &Slot, n: usize) -> Value {
    if !slot.values.is_empty() {
        return slot.values[n % slot.values.len()].clone();
    }
    let text = match slot.kind {
        SlotKind::Name => format!("{} {}", FIRST[n % 8], LAST[n / 8]),
        SlotKind::Address => format!("{} {} Street", n + 3, FIRST[n % 8]),
        SlotKind::Phone => format!("01223 4{:05}", n * 271 + 17),
        SlotKind::Postcode => format!(
            "CB{} {}{}{}",
            n % 9 + 1,
            n % 9 + 1,
            "ABDE".chars().nth(n % 4).unwrap(),
            "HJLN".chars().nth(n % 3).unwrap()
        ),
        SlotKind::Reference if n.is_multiple_of(2) => format!("ZQ-{:05}", n * 7919 + 12),
        SlotKind::Reference => format!("QX{}RT{}MP", n % 8 + 2, n / 8 + 2),
        SlotKind::Id => format!("K{n:03}"),
        SlotKind::Time => format!("{:02}:{:02}", (n * 7) % 24, (n * 5) % 12 * 5),
        SlotKind::Date => format!("2026-{:02}-{:02}", n % 12 + 1, n % 28 + 1),
        SlotKind::Day => ["monday", "tuesday", "wednesday", "thursday", "friday"][n % 5].into(),
        SlotKind::Text | SlotKind::Category => format!("{} thing", LAST[n % 5].to_lowercase()),
        SlotKind::Flag => return Value::Bool(n.is_multiple_of(2)),
        SlotKind::Money if n.is_multiple_of(2) => return Value::Float(n as f64 + 3.6),
        SlotKind::Duration => return Value::Int(n as i64 * 7 + 5),
        _ => return Value::Int(n as i64 + 1),
    };
    Value::text(text)
}

fn slot(folder: &Path, name: &str, toml: &Toml) -> Slot {
    let kind = kind(toml["kind"].as_str().unwrap());
    let mut values: Vec<Value> = match toml.get("values") {
        Some(list) => list.as_array().unwrap().iter().map(value).collect(),
        None => Vec::new(),
    };
    if let Some(pool) = toml.get("pool").and_then(Toml::as_str) {
        let file = folder.join("pools").join(format!("{pool}.txt"));
        let shared = folder.join("../pools").join(format!("{pool}.txt"));
        let text =
            std::fs::read_to_string(file).or_else(|_| std::fs::read_to_string(shared)).unwrap_or_default();
        let lines = text.lines().map(|line| line.split('#').next().unwrap().trim());
        values.extend(lines.filter(|line| !line.is_empty()).map(Value::text));
    }
    if let (Some(range), true) = (toml.get("range"), matches!(kind, SlotKind::Count | SlotKind::Number)) {
        let bound = |at: usize| range[at].as_integer().unwrap_or(1);
        values.extend((bound(0)..=bound(1)).take(40).map(Value::Int));
    }
    let spoken = toml.get("spoken").and_then(Toml::as_table).into_iter().flatten();
    let of_text = |text: &str| values.iter().find(|value| value.plain() == text).cloned();
    Slot {
        name: name.into(),
        kind,
        description: toml["description"].as_str().unwrap().into(),
        spoken: spoken.filter_map(|(text, forms)| Some((of_text(text)?, texts(Some(forms))))).collect(),
        values,
        carry: Vec::new(),
        wording: toml.get("wording").map(wording).unwrap_or_default(),
    }
}

fn wording(toml: &Toml) -> SlotWording {
    let pair = |pair: &Toml| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned());
    SlotWording {
        noun: texts(toml.get("noun")),
        before: texts(toml.get("before")),
        after: texts(toml.get("after")),
        says: texts(toml.get("says")),
        wish: texts(toml.get("wish")),
        question: texts(toml.get("question")),
        ask: texts(toml.get("ask")),
        unit: toml.get("unit").and_then(Toml::as_array).into_iter().flatten().map(pair).collect(),
        negative: toml.get("negative").map(|negative| Box::new(wording(negative))),
    }
}

fn intent(toml: &Toml) -> Intent {
    let wording = &toml["wording"];
    let names = |key: &str| texts(toml.get(key)).into_iter().map(Into::into).collect();
    Intent {
        name: toml["name"].as_str().unwrap().into(),
        kind: match toml["kind"].as_str().unwrap() {
            "search" => IntentKind::Search,
            "lookup" => IntentKind::Lookup,
            _ => IntentKind::Transact,
        },
        tool: toml["tool"].as_str().unwrap().into(),
        entity: toml.get("entity").map(|entity| entity.as_str().unwrap().into()),
        required: names("required"),
        optional: names("optional"),
        requests: names("requests"),
        tells: names("tells"),
        from_entity: Vec::new(),
        alternatives: names("alternatives"),
        confirm: false,
        wording: IntentWording {
            noun: texts(wording.get("noun")),
            plural: texts(wording.get("plural")),
            pronoun: texts(wording.get("pronoun")),
            tail: texts(wording.get("tail")),
            verb: texts(wording.get("verb")),
            done: texts(wording.get("done")),
            deed: texts(wording.get("deed")),
            reason: texts(wording.get("reason")),
            hope: texts(wording.get("hope")),
        },
    }
}

fn texts(toml: Option<&Toml>) -> Vec<String> {
    let all = toml.and_then(Toml::as_array).into_iter().flatten();
    all.map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn value(toml: &Toml) -> Value {
    match toml {
        Toml::Integer(n) => Value::Int(*n),
        Toml::Float(x) => Value::Float(*x),
        Toml::Boolean(b) => Value::Bool(*b),
        other => Value::text(other.as_str().unwrap()),
    }
}

fn kind(name: &str) -> SlotKind {
    match name {
        "name" => SlotKind::Name,
        "category" => SlotKind::Category,
        "flag" => SlotKind::Flag,
        "count" => SlotKind::Count,
        "number" => SlotKind::Number,
        "money" => SlotKind::Money,
        "time" => SlotKind::Time,
        "date" => SlotKind::Date,
        "day" => SlotKind::Day,
        "duration" => SlotKind::Duration,
        "phone" => SlotKind::Phone,
        "postcode" => SlotKind::Postcode,
        "address" => SlotKind::Address,
        "reference" => SlotKind::Reference,
        "id" => SlotKind::Id,
        "text" => SlotKind::Text,
        other => panic!("unknown kind {other}"),
    }
}
