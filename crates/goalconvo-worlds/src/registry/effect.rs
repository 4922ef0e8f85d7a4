//! What calling an endpoint does: its effect on the world and the caller's intent.
//!
//! The source's own statement (an HTTP method that is not GET, an MCP annotation, SGD's `is_transactional`)
//! outranks the name; the name decides where the source is silent, because most of ToolBench says GET.

use super::names::{singular, words};
use serde::{Deserialize, Serialize};

/// What a call does to the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only looks.
    #[default]
    Read,
    /// It adds or changes.
    Write,
    /// It takes away or cannot be undone; to be confirmed first.
    Destructive,
}

/// The kind of thing that a caller wants done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Find several records by criteria.
    Search,
    /// Look one record up.
    Get,
    /// See all records of a kind.
    List,
    /// Make a record.
    Create,
    /// Change a record.
    Update,
    /// Remove a record.
    Delete,
    /// Call a transaction off.
    Cancel,
    /// Compute something from what is given.
    Compute,
    /// Anything else.
    #[default]
    Other,
}

/// A verb and what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What is to be done.
    pub verb: Verb,
    /// To what, in the singular.
    pub object: String,
}

/// What a source states about the effect, before names are consulted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Statement {
    /// Nothing: name and description decide.
    #[default]
    Silent,
    /// GET, which in practice means nothing; descriptions of such endpoints say "create", "send" and "request" of what
    /// only looks, so that the name alone decides.
    Get,
    /// The source commits itself.
    Says(Effect),
    /// An HTTP POST: a write unless the name is one of a search or a computation.
    Post,
}

const VERBS: [(&str, Verb); 101] = [
    ("activate", Verb::Update),
    ("add", Verb::Create),
    ("append", Verb::Update),
    ("apply", Verb::Create),
    ("approve", Verb::Update),
    ("archive", Verb::Update),
    ("assign", Verb::Update),
    ("autocomplete", Verb::Search),
    ("book", Verb::Create),
    ("browse", Verb::List),
    ("buy", Verb::Create),
    ("calculate", Verb::Compute),
    ("cancel", Verb::Cancel),
    ("change", Verb::Update),
    ("check", Verb::Get),
    ("clear", Verb::Delete),
    ("close", Verb::Update),
    ("complete", Verb::Update),
    ("compute", Verb::Compute),
    ("confirm", Verb::Update),
    ("convert", Verb::Compute),
    ("create", Verb::Create),
    ("deactivate", Verb::Update),
    ("delete", Verb::Delete),
    ("deposit", Verb::Create),
    ("detail", Verb::Get),
    ("detect", Verb::Compute),
    ("disable", Verb::Update),
    ("donate", Verb::Create),
    ("drop", Verb::Delete),
    ("edit", Verb::Update),
    ("enable", Verb::Update),
    ("encode", Verb::Compute),
    ("erase", Verb::Delete),
    ("exchange", Verb::Update),
    ("fetch", Verb::Get),
    ("find", Verb::Search),
    ("generate", Verb::Compute),
    ("get", Verb::Get),
    ("hire", Verb::Create),
    ("insert", Verb::Create),
    ("invite", Verb::Create),
    ("join", Verb::Create),
    ("list", Verb::List),
    ("lookup", Verb::Get),
    ("make", Verb::Create),
    ("modify", Verb::Update),
    ("move", Verb::Update),
    ("open", Verb::Update),
    ("order", Verb::Create),
    ("parse", Verb::Compute),
    ("patch", Verb::Update),
    ("pause", Verb::Update),
    ("pay", Verb::Create),
    ("place", Verb::Create),
    ("play", Verb::Update),
    ("post", Verb::Create),
    ("predict", Verb::Compute),
    ("publish", Verb::Create),
    ("purchase", Verb::Create),
    ("put", Verb::Update),
    ("query", Verb::Search),
    ("refund", Verb::Create),
    ("register", Verb::Create),
    ("reject", Verb::Update),
    ("remove", Verb::Delete),
    ("rename", Verb::Update),
    ("renew", Verb::Update),
    ("rent", Verb::Create),
    ("request", Verb::Create),
    ("reschedule", Verb::Update),
    ("reserve", Verb::Create),
    ("reset", Verb::Update),
    ("resolve", Verb::Update),
    ("restore", Verb::Update),
    ("resume", Verb::Update),
    ("retrieve", Verb::Get),
    ("return", Verb::Update),
    ("revoke", Verb::Delete),
    ("save", Verb::Create),
    ("schedule", Verb::Create),
    ("search", Verb::Search),
    ("send", Verb::Create),
    ("set", Verb::Update),
    ("share", Verb::Create),
    ("show", Verb::Get),
    ("submit", Verb::Create),
    ("subscribe", Verb::Create),
    ("terminate", Verb::Delete),
    ("track", Verb::Get),
    ("transfer", Verb::Create),
    ("translate", Verb::Compute),
    ("unlock", Verb::Update),
    ("unsubscribe", Verb::Cancel),
    ("update", Verb::Update),
    ("upgrade", Verb::Update),
    ("upload", Verb::Create),
    ("validate", Verb::Compute),
    ("verify", Verb::Compute),
    ("view", Verb::Get),
    ("withdraw", Verb::Create),
];

/// Nouns or adjectives as often as verbs: as the first word of a GET endpoint they say nothing.
const AMBIGUOUS: [&str; 23] = [
    "archive", "book", "change", "close", "complete", "deposit", "exchange", "open", "order", "place",
    "play", "post", "refund", "rent", "request", "resume", "return", "schedule", "set", "share", "track",
    "transfer", "upgrade",
];

/// The intent that a name shows, with `fallback` as the object where the name has none of its own.
pub fn intent_of(name: &str, path_parameters: bool, fallback: &str) -> Intent {
    let parts = words(name);
    let found = parts.iter().find_map(|word| verb_of(word));
    let object = object_of(name).unwrap_or_else(|| fallback.to_owned());
    let verb = match found {
        Some(verb) => verb,
        None if path_parameters || parts.iter().any(|word| word == "by" || word == "details") => Verb::Get,
        None => Verb::Other,
    };
    Intent { verb, object }
}

/// What a name is about, in the singular: the last noun before a preposition, or else the first after it.
pub fn object_of(name: &str) -> Option<String> {
    const PREPOSITIONS: [&str; 10] = ["by", "for", "with", "from", "in", "to", "of", "on", "at", "near"];
    let parts = words(name);
    let nouns = |parts: &[String]| -> Vec<String> {
        let is_noun = |word: &&String| verb_of(word).is_none() && !is_filler(word);
        parts.iter().filter(is_noun).map(|word| singular(word)).collect()
    };
    let cut = parts.iter().position(|word| PREPOSITIONS.contains(&word.as_str())).unwrap_or(parts.len());
    let (before, after) = parts.split_at(cut);
    let after = after.get(1..).unwrap_or_default();
    nouns(before).pop().or_else(|| nouns(after).into_iter().next())
}

/// The effect of an endpoint from what its source states, and where that is nothing, from what its name shows, or else
/// from what its description begins with.
pub fn effect_of(statement: Statement, name: &str, description: &str) -> Effect {
    let parts = words(name);
    let first = parts.iter().find(|word| verb_of(word).is_some()).map(String::as_str);
    let named = first.and_then(verb_of).unwrap_or_default();
    match statement {
        Statement::Says(Effect::Write) if matches!(named, Verb::Delete | Verb::Cancel) => Effect::Destructive,
        Statement::Says(effect) => effect,
        Statement::Post => match named {
            Verb::Delete | Verb::Cancel => Effect::Destructive,
            Verb::Search | Verb::Get | Verb::List | Verb::Compute => Effect::Read,
            _ => Effect::Write,
        },
        Statement::Silent | Statement::Get => {
            let order =
                order_in(description).filter(|_| statement == Statement::Silent).map(|(verb, _)| verb);
            let ambiguous = first.is_some_and(|word| AMBIGUOUS.contains(&word));
            let named = first.filter(|first| parts.first().is_some_and(|word| word == first)).map(|_| named);
            match (named, order) {
                (Some(_), Some(said)) if ambiguous || parts.len() < 2 => effect_of_verb(said),
                (Some(Verb::Create | Verb::Update), None)
                    if parts.len() < 2 || ambiguous && is_listing(&parts) =>
                {
                    Effect::Read
                }
                (Some(Verb::Other) | None, said) => said.map_or(Effect::Read, effect_of_verb),
                (Some(named), _) => effect_of_verb(named),
            }
        }
    }
}

fn effect_of_verb(verb: Verb) -> Effect {
    match verb {
        Verb::Delete | Verb::Cancel => Effect::Destructive,
        Verb::Create | Verb::Update => Effect::Write,
        Verb::Search | Verb::Get | Verb::List | Verb::Compute | Verb::Other => Effect::Read,
    }
}

/// The verb of an endpoint whose effect is a change: the description's, where the name has none of a change.
pub fn verb_of_change(named: Verb, description: &str) -> Verb {
    let changes = |verb: Verb| effect_of_verb(verb) != Effect::Read;
    if changes(named) {
        return named;
    }
    order_in(description).map(|(verb, _)| verb).filter(|verb| changes(*verb)).unwrap_or(named)
}

/// The first sentence of a description that begins with the order of a change, its verb in plain form, without articles
/// ("Cancels the visit." is "cancel visit"); none for a long one, or where the name begins with a verb itself.
pub fn words_of_change(name: &str, description: &str) -> Option<String> {
    let (verb, plain) = order_in(description)?;
    let named = words(name).first().is_some_and(|word| verb_of(word).is_some());
    if named || effect_of_verb(verb) == Effect::Read {
        return None;
    }
    let sentence = description.split(['.', ',', ';', ':', '(']).next()?.to_lowercase();
    let rest = sentence.split_whitespace().skip(1).filter(|word| !is_article(word));
    let all: Vec<&str> = std::iter::once(plain.as_str()).chain(rest).collect();
    let plain = all.iter().all(|word| word.chars().all(|letter| letter.is_ascii_alphabetic()));
    (plain && (2..=5).contains(&all.len())).then(|| all.join(" "))
}

/// The verb that a description begins with as an order, and its plain form ("Pay an invoice", "Cancels the order"). Before
/// anything but an article, a word that may be a noun is taken for one ("Order book of a market"). What a description
/// returns is no order.
fn order_in(description: &str) -> Option<(Verb, String)> {
    let mut words = description.split_whitespace().map(str::to_lowercase);
    let first = words.next().filter(|first| !matches!(first.as_str(), "return" | "returns"))?;
    let article = words.next().is_some_and(|word| is_article(&word));
    let stem = |end: &str, with: &str| first.strip_suffix(end).map(|stem| format!("{stem}{with}"));
    let plain = Some(first.clone()).filter(|_| article || !AMBIGUOUS.contains(&first.as_str()));
    let third = [stem("ies", "y"), stem("es", ""), stem("s", "")].into_iter().flatten().filter(|_| article);
    plain.into_iter().chain(third).find_map(|word| Some((verb_of(&word)?, word)))
}

fn is_article(word: &str) -> bool {
    matches!(word, "a" | "an" | "the" | "this" | "your" | "one" | "some" | "all")
}

/// The statement that an HTTP method makes.
pub fn statement_of_method(method: &str) -> Statement {
    match method.to_ascii_uppercase().as_str() {
        "POST" => Statement::Post,
        "PUT" | "PATCH" => Statement::Says(Effect::Write),
        "DELETE" | "DEL" => Statement::Says(Effect::Destructive),
        _ => Statement::Get,
    }
}

/// The statement that an HTTP method makes in a description of an interface, where GET is meant.
pub fn statement_of_operation(method: &str) -> Statement {
    match statement_of_method(method) {
        Statement::Get => Statement::Says(Effect::Read),
        said => said,
    }
}

fn is_listing(parts: &[String]) -> bool {
    const LISTINGS: [&str; 29] = [
        "average",
        "book",
        "by",
        "chart",
        "count",
        "data",
        "detail",
        "details",
        "history",
        "id",
        "index",
        "info",
        "list",
        "market",
        "overview",
        "price",
        "prices",
        "rate",
        "rates",
        "report",
        "search",
        "stat",
        "statistics",
        "stats",
        "status",
        "summary",
        "time",
        "trends",
        "volume",
    ];
    parts.iter().skip(1).any(|word| LISTINGS.contains(&word.as_str()))
}

fn verb_of(word: &str) -> Option<Verb> {
    VERBS.binary_search_by(|(name, _)| (*name).cmp(word)).ok().map(|index| VERBS[index].1)
}

fn is_filler(word: &str) -> bool {
    const FILLERS: [&str; 22] = [
        "all",
        "api",
        "copy",
        "data",
        "details",
        "endpoint",
        "free",
        "full",
        "id",
        "info",
        "information",
        "json",
        "latest",
        "new",
        "the",
        "v",
        "v1",
        "v2",
        "v3",
        "v4",
        "your",
        "x",
    ];
    FILLERS.contains(&word) || word.chars().all(|character| character.is_ascii_digit())
}
