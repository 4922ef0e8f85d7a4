//! Reads `domain.toml` into its raw form.

use goalconvo_core::{Behaviour, IntentKind, SlotKind, Value};
use toml::de::DeTable;

use super::fields::{Fields, Node, Text};
use super::files::Files;
use super::problem::{Problems, Spot, suggest};
use super::raw::{RawDomain, RawIntent, RawIntentWording, RawSlot, RawValues, RawWording};
use super::{read_tables, read_tools};

/// The version of the format that this program reads.
pub(super) const FORMAT: &str = "goalconvo-domain/1";

/// Kinds of slot by the name that the files have for them.
pub(super) const SLOT_KINDS: [(&str, SlotKind); 17] = [
    ("name", SlotKind::Name),
    ("category", SlotKind::Category),
    ("flag", SlotKind::Flag),
    ("count", SlotKind::Count),
    ("number", SlotKind::Number),
    ("money", SlotKind::Money),
    ("time", SlotKind::Time),
    ("date", SlotKind::Date),
    ("day", SlotKind::Day),
    ("duration", SlotKind::Duration),
    ("phone", SlotKind::Phone),
    ("postcode", SlotKind::Postcode),
    ("address", SlotKind::Address),
    ("reference", SlotKind::Reference),
    ("id", SlotKind::Id),
    ("id_number", SlotKind::IdNumber),
    ("text", SlotKind::Text),
];

/// Finds what is no TOML: what follows from it would only hide it.
pub(super) fn syntax(files: &Files, problems: &Problems) {
    for name in ["domain.toml", "tables.toml", "tools.toml"] {
        if files.number(name).is_some() {
            parse(files, name, problems, |_| ());
        }
    }
}

/// Reads all files of a folder.
pub(super) fn read(files: &Files, problems: &Problems) -> RawDomain {
    let mut raw = RawDomain::default();
    for (name, text) in files.iter() {
        if name.ends_with(".toml") && !["domain.toml", "tables.toml", "tools.toml"].contains(&name) {
            let spot = Spot { file: files.number(name).unwrap_or_default(), at: 0 };
            let known = ["domain.toml", "tables.toml", "tools.toml"];
            problems.mistake(spot, format!("unknown file `{name}`"), suggest(name, known));
        }
        forbidden(files, name, text, problems);
    }
    parse(files, "domain.toml", problems, |fields| domain(&fields, &mut raw, problems));
    parse(files, "tables.toml", problems, |fields| raw.tables = read_tables::tables(&fields, problems));
    parse(files, "tools.toml", problems, |fields| raw.tools = read_tools::tools(&fields, problems));
    raw
}

fn parse(files: &Files, name: &str, problems: &Problems, read: impl FnOnce(Fields<'_>)) {
    let Some(file) = files.number(name) else {
        problems.mistake(
            Spot { file: usize::MAX, at: 0 },
            format!("no file `{name}` in the folder"),
            "add it",
        );
        return;
    };
    let (table, errors) = DeTable::parse_recoverable(files.text(file));
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        problems.mistake(Spot { file, at }, format!("this is no TOML: {}", error.message()), "");
    }
    if errors.is_empty() {
        read(Fields::new(table.get_ref(), Spot { file, at: 0 }, "the file", problems));
    }
}

/// Characters that break records and terminals.
fn forbidden(files: &Files, name: &str, text: &str, problems: &Problems) {
    let bad = |c: char| {
        (c.is_control() && c != '\n' && c != '\r' && c != '\t')
            || matches!(c, '\u{feff}' | '\u{fffd}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
    };
    if text.is_ascii() && !text.bytes().any(|b| b < 32 && b != b'\n' && b != b'\r' && b != b'\t' || b == 127)
    {
        return;
    }
    let file = files.number(name).unwrap_or_default();
    for (at, c) in text.char_indices().filter(|(_, c)| bad(*c)) {
        problems.mistake(
            Spot { file, at },
            format!("forbidden character U+{:04X}", c as u32),
            "delete it or write it another way",
        );
    }
}

fn domain(fields: &Fields<'_>, raw: &mut RawDomain, problems: &Problems) {
    if let Some(format) = fields.need_text("format")
        && &*format != FORMAT
    {
        problems.mistake(format.spot, format!("format {:?}: this program reads {FORMAT:?}", &*format), "");
    }
    raw.description = fields.need_text("description");
    raw.currency = fields.text("currency");
    raw.classes = counts(fields.get("classes"));
    raw.behaviour = fields.get("behaviour").and_then(behaviour).unwrap_or_default();
    raw.rules = pairs(fields.get("rules"));
    raw.slots =
        fields.entries("slots").into_iter().filter_map(|(name, node)| slot(name, node, problems)).collect();
    raw.intents = fields
        .need("intents")
        .map(|node| node.items())
        .unwrap_or_default()
        .into_iter()
        .filter_map(|node| intent(node, problems))
        .collect();
    fields.report_unknown();
}

/// Names with whole numbers.
pub(super) fn counts(node: Option<Node<'_>>) -> Vec<(Text, u32)> {
    let entries = node.map(|node| node.entries()).unwrap_or_default();
    entries.into_iter().filter_map(|(key, node)| Some((key, node.count()?))).collect()
}

/// Names with texts.
pub(super) fn pairs(node: Option<Node<'_>>) -> Vec<(Text, Text)> {
    let entries = node.map(|node| node.entries()).unwrap_or_default();
    entries.into_iter().filter_map(|(key, node)| Some((key, node.text()?))).collect()
}

fn behaviour(node: Node<'_>) -> Option<Behaviour> {
    let fields = node.fields("[behaviour]")?;
    let default = Behaviour::default();
    let percent = |key, default| fields.get(key).and_then(|node| node.percent()).unwrap_or(default);
    let weights = |key, default| match fields.get(key) {
        Some(node) => node.items().iter().filter_map(Node::count).collect(),
        None => default,
    };
    let behaviour = Behaviour {
        opening_values: weights("opening_values", default.opening_values),
        values: weights("values", default.values),
        over_answer: percent("over_answer", default.over_answer),
        under_answer: percent("under_answer", default.under_answer),
        correct: percent("correct", default.correct),
        trust_offer: percent("trust_offer", default.trust_offer),
        alternatives: percent("alternatives", default.alternatives),
        greet: percent("greet", default.greet),
        thank: percent("thank", default.thank),
        bye: percent("bye", default.bye),
        multi_request: percent("multi_request", default.multi_request),
        travel: fields.flag("travel"),
    };
    fields.report_unknown();
    Some(behaviour)
}

fn slot(name: Text, node: Node<'_>, problems: &Problems) -> Option<RawSlot> {
    let fields = node.fields("a slot")?.at(name.spot);
    let kind = fields.need_text("kind");
    let kind = kind.and_then(|kind| named(&kind, "kind of slot", &SLOT_KINDS, problems));
    let slot = RawSlot {
        kind: kind.unwrap_or(SlotKind::Text),
        description: fields.need_text("description").unwrap_or_else(|| name.clone()),
        values: values(&fields, problems),
        spoken: fields.entries("spoken").into_iter().map(|(value, node)| (value, node.texts())).collect(),
        carry: fields.texts("carry"),
        wording: fields.get("wording").and_then(wording).unwrap_or_default(),
        name,
    };
    fields.report_unknown();
    Some(slot)
}

fn values(fields: &Fields<'_>, problems: &Problems) -> RawValues {
    let listed = fields.get("values");
    let pool = fields.text("pool");
    let range = fields.get("range");
    let step = fields.get("step").and_then(|node| Some((node.scalar()?, node.spot)));
    let given = usize::from(listed.is_some()) + usize::from(pool.is_some()) + usize::from(range.is_some());
    if given > 1 {
        problems.mistake(
            fields.spot,
            "a slot with more than one of `values`, `pool` and `range`",
            "keep one",
        );
    }
    if let (Some((_, spot)), None) = (&step, &range) {
        problems.mistake(*spot, "`step` without `range`", "add `range = [from, to]` or take `step` away");
    }
    if let Some(listed) = listed {
        let items = listed.items();
        return RawValues::Listed(
            items.iter().filter_map(|node| Some((node.scalar()?, node.spot))).collect(),
        );
    }
    if let Some(pool) = pool {
        return RawValues::Pool(pool);
    }
    let Some(range) = range else { return RawValues::None };
    match range.bounds() {
        Some((from, to)) => RawValues::Range { from, to, step },
        None => RawValues::None,
    }
}

/// One of a closed set of names.
pub(super) fn named<T: Copy>(
    found: &Text,
    what: &str,
    known: &[(&'static str, T)],
    problems: &Problems,
) -> Option<T> {
    let meant = known.iter().find(|(name, _)| *name == &**found).map(|(_, meant)| *meant);
    if meant.is_none() {
        let fix = suggest(found, known.iter().map(|(name, _)| *name));
        problems.mistake(found.spot, format!("unknown {what} `{found}`"), fix);
    }
    meant
}

fn wording(node: Node<'_>) -> Option<RawWording> {
    let fields = node.fields("the wording of a slot")?;
    let wording = RawWording {
        noun: phrases(&fields, "noun"),
        before: phrases(&fields, "before"),
        after: phrases(&fields, "after"),
        says: phrases(&fields, "says"),
        wish: phrases(&fields, "wish"),
        question: phrases(&fields, "question"),
        ask: phrases(&fields, "ask"),
        unit: fields.get("unit").map(units).unwrap_or_default(),
        negative: fields.get("negative").and_then(wording).map(Box::new),
    };
    fields.report_unknown();
    Some(wording)
}

/// Phrases; where a list is written, there are some.
fn phrases(fields: &Fields<'_>, key: &'static str) -> Vec<Text> {
    let Some(node) = fields.get(key) else { return Vec::new() };
    let texts = node.texts();
    if texts.is_empty() && node.is_empty_list() {
        node.wrong("at least one phrase; without the key, words are made from the description");
    }
    texts
}

fn units(node: Node<'_>) -> Vec<(Text, Text)> {
    let pair = |node: &Node<'_>| match <[Text; 2]>::try_from(node.texts()) {
        Ok([singular, plural]) => Some((singular, plural)),
        Err(_) => {
            node.wrong("singular and plural, as in [[\"night\", \"nights\"]]");
            None
        }
    };
    node.items().iter().filter_map(pair).collect()
}

fn intent(node: Node<'_>, problems: &Problems) -> Option<RawIntent> {
    const KINDS: [(&str, IntentKind); 3] =
        [("search", IntentKind::Search), ("lookup", IntentKind::Lookup), ("transact", IntentKind::Transact)];
    let fields = node.fields("an intent")?;
    let name = fields.need_text("name");
    let kind = fields.need_text("kind").and_then(|kind| named(&kind, "kind of intent", &KINDS, problems));
    let tool = fields.need_text("tool");
    let entity = fields.text("entity");
    let confirm = fields.get("confirm").and_then(|node| node.flag());
    let read = (
        fields.texts("required"),
        fields.texts("optional"),
        fields.texts("requests"),
        fields.texts("tells"),
        pairs(fields.get("from_entity")),
        fields.texts("alternatives"),
        fields.get("wording").and_then(intent_wording).unwrap_or_default(),
    );
    fields.report_unknown();
    let (required, optional, requests, tells, from_entity, alternatives, wording) = read;
    let kind = kind?;
    let confirm = confirm.unwrap_or(kind == IntentKind::Transact);
    let (name, tool) = (name?, tool?);
    Some(RawIntent {
        name,
        kind,
        tool,
        entity,
        required,
        optional,
        requests,
        tells,
        from_entity,
        alternatives,
        confirm,
        wording,
    })
}

fn intent_wording(node: Node<'_>) -> Option<RawIntentWording> {
    let fields = node.fields("the wording of an intent")?;
    let wording = RawIntentWording {
        noun: phrases(&fields, "noun"),
        plural: phrases(&fields, "plural"),
        pronoun: phrases(&fields, "pronoun"),
        tail: phrases(&fields, "tail"),
        verb: phrases(&fields, "verb"),
        done: phrases(&fields, "done"),
        deed: phrases(&fields, "deed"),
        reason: phrases(&fields, "reason"),
        hope: phrases(&fields, "hope"),
    };
    fields.report_unknown();
    Some(wording)
}

/// A value as the kind of its slot has it, from the text of a key, a pool or a cell; `None` when it is none of that
/// kind.
pub(super) fn value_of(text: &str, kind: SlotKind) -> Option<Value> {
    let text = text.trim();
    match kind {
        SlotKind::Flag => match text {
            "true" | "yes" => Some(Value::Bool(true)),
            "false" | "no" => Some(Value::Bool(false)),
            _ => None,
        },
        SlotKind::Count | SlotKind::Duration | SlotKind::IdNumber => text.parse().ok().map(Value::Int),
        SlotKind::Number | SlotKind::Money => number(text),
        _ => Some(Value::text(text)),
    }
}

/// A number: whole where it is written so.
pub(super) fn number(text: &str) -> Option<Value> {
    let whole = text.parse().ok().map(Value::Int);
    whole.or_else(|| text.parse().ok().filter(|x: &f64| x.is_finite()).map(Value::Float))
}
