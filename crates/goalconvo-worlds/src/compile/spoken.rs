//! How the slots of compiled worlds are spoken of: whole phrases from a name and its value model, so that nobody has
//! to say "which has departure time 12:45".
//!
//! Nothing with a digit goes in: every digit of a dialogue's text is some value, and a name's would belong to none.

use goalconvo_core::SlotKind;

use super::model::{Model, Part};
use super::nouns::{is_adjective, is_deed, is_plural, noun_of, unit};
use super::phrase::with_article;
use super::pools::Pool;
use crate::registry::names::words;

/// The phrases of a slot. `{value}` stands for the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    /// What it is called.
    pub noun: String,
    /// After the noun of what is spoken of.
    pub after: Vec<String>,
    /// Said of the thing, third person.
    pub says: Vec<String>,
    /// The assistant's question.
    pub question: Option<String>,
    /// The user's question.
    pub ask: Option<String>,
    /// Singular and plural of what a count counts.
    pub unit: Option<(String, String)>,
    /// For flags, what is said after the noun and of the thing when the value is false.
    pub negative: Option<(String, String)>,
}

/// The phrases of a slot of this name with values of this model.
pub(super) fn spoken(name: &str, model: &Model) -> Spoken {
    let named = Named { parts: words(name), noun: noun_of(name, model.kind()) };
    let mut spoken = match model.kind() {
        SlotKind::Flag => flag(&named),
        SlotKind::Count => count(&named, name),
        SlotKind::Money => money(&named),
        SlotKind::Number => number(&named),
        SlotKind::Date => date(&named),
        SlotKind::Time => time(&named),
        SlotKind::Category => category(&named, model),
        SlotKind::Address => phrases(&["at {value}"], &["is at {value}"]),
        SlotKind::Text => text(&named, model),
        SlotKind::Name => named_thing(&named, model),
        _ => Spoken::default(),
    };
    if spoken.after.is_empty() && *model != Model::Flag {
        spoken.after = vec![format!("with the {} {{value}}", named.noun)];
    }
    if spoken.says.is_empty() && *model != Model::Flag {
        spoken.says = vec![format!("has the {} {{value}}", named.noun)];
    }
    if is_plural(&named.noun) && spoken.ask.is_none() && *model != Model::Flag {
        spoken.ask = Some(format!("What are the {}?", named.noun));
    }
    spoken.noun = named.noun;
    spoken
}

/// A name's words, and what it is called.
struct Named {
    parts: Vec<String>,
    noun: String,
}

impl Named {
    fn has(&self, list: &[&str]) -> bool {
        self.parts.iter().any(|part| list.contains(&part.as_str()))
    }

    fn is(&self, list: &[&str]) -> bool {
        list.contains(&self.noun.as_str())
    }

    /// The verb of a name such as `published_at`, where it has one.
    fn deed(&self) -> Option<&String> {
        self.parts.iter().find(|part| is_deed(part))
    }
}

fn phrases(after: &[&str], says: &[&str]) -> Spoken {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Spoken { after: owned(after), says: owned(says), ..Spoken::default() }
}

fn asked(spoken: Spoken, question: &str) -> Spoken {
    Spoken { question: Some(question.to_owned()), ..spoken }
}

fn flag(named: &Named) -> Spoken {
    // What a field lies in ("data", "result") says nothing of it.
    let around = ["is", "has", "data", "result", "results", "response", "meta", "body"];
    let said: Vec<&str> =
        named.parts.iter().map(String::as_str).filter(|part| !around.contains(part)).collect();
    let last = said.last().copied().unwrap_or_default();
    let like = if last == "now" { said.iter().rev().nth(1).copied().unwrap_or_default() } else { last };
    let is = named.parts.iter().any(|part| part == "is") || is_adjective(like);
    let adjective = said.join(" ");
    if !is || adjective.is_empty() || adjective.bytes().any(|b| b.is_ascii_digit()) {
        return Spoken::default();
    }
    let (yes, no) = match last {
        "available" => ("available".to_owned(), "unavailable".to_owned()),
        // Said plainly, these would claim that somebody did it.
        "confirmed" | "booked" | "done" | "processed" | "cancelled" | "canceled" | "completed"
        | "submitted" => (format!("marked as {adjective}"), format!("marked as not {adjective}")),
        _ if is_adjective(like) => (adjective.clone(), format!("not {adjective}")),
        // "is_local_item": whether that is a noun or what it is like, nobody knows.
        _ => (format!("marked as {adjective}"), format!("not marked as {adjective}")),
    };
    Spoken {
        after: vec![format!("that is {yes}")],
        says: vec![format!("is {yes}")],
        ask: Some(format!("Is it {yes}?")),
        question: Some(format!("Should it be {yes}?")),
        negative: Some((format!("that is {no}"), format!("is {no}"))),
        ..Spoken::default()
    }
}

fn count(named: &Named, name: &str) -> Spoken {
    let Some((one, many)) = unit(name) else { return Spoken::default() };
    let people =
        ["guest", "passenger", "person", "adult", "child", "traveler", "traveller", "night", "day", "week"];
    let mut spoken = if people.contains(&one.as_str()) || named.has(&["quantity", "party"]) {
        phrases(&["for {value}"], &["is for {value}"])
    } else {
        phrases(&["with {value}"], &["has {value}"])
    };
    if named.has(&["available", "remaining"]) {
        let left = if named.has(&["available"]) { "available" } else { "left" };
        spoken = Spoken {
            after: vec![format!("with {{value}} {left}")],
            says: vec![format!("has {{value}} {left}")],
            ask: Some(format!("How many {many} are {left}?")),
            ..Spoken::default()
        };
    } else {
        spoken.question = Some(match many.as_str() {
            "people" | "guests" | "passengers" | "adults" => format!("For how many {many}?"),
            _ => format!("How many {many} should it be?"),
        });
        spoken.ask = Some(format!("How many {many} is that?"));
    }
    Spoken { unit: Some((one, many)), ..spoken }
}

fn money(named: &Named) -> Spoken {
    let per = named.parts.iter().position(|part| part == "per").and_then(|at| named.parts.get(at + 1));
    let noun = &named.noun;
    match per {
        Some(each) if named.has(&["price", "cost", "rate", "fee", "fare"]) => {
            let each = with_article(each);
            Spoken {
                after: vec![format!("for {{value}} {each}")],
                says: vec![format!("costs {{value}} {each}")],
                ask: Some(format!("How much is it {each}?")),
                ..Spoken::default()
            }
        }
        _ if named.has(&["max", "maximum", "lte", "budget"]) => asked(
            phrases(&["for at most {value}"], &["costs at most {value}"]),
            "What is the most that it may cost?",
        ),
        _ if named.has(&["min", "minimum", "gte"]) => phrases(&["from {value}"], &["costs {value} or more"]),
        _ if named.is(&["price", "cost", "fare", "fee"]) => Spoken {
            ask: Some("How much is it?".to_owned()),
            ..phrases(&["for {value}"], &["costs {value}"])
        },
        _ if named.is(&["total", "total price", "total cost"]) => Spoken {
            ask: Some("How much is that in total?".to_owned()),
            ..phrases(&["for {value} in total"], &["comes to {value} in total"])
        },
        _ => Spoken {
            after: vec![format!("with {} of {{value}}", with_article(noun))],
            says: vec![format!("has {} of {{value}}", with_article(noun))],
            ..Spoken::default()
        },
    }
}

fn number(named: &Named) -> Spoken {
    let noun = &named.noun;
    let bound = |least: &str| {
        let rest: Vec<&str> = named
            .parts
            .iter()
            .map(String::as_str)
            .filter(|part| !["min", "max", "minimum", "maximum", "gte", "lte"].contains(part))
            .collect();
        let rest = rest.join(" ");
        if is_plural(&rest) {
            return Spoken {
                after: vec![format!("with {least} {{value}} {rest}")],
                says: vec![format!("has {least} {{value}} {rest}")],
                ..Spoken::default()
            };
        }
        Spoken {
            after: vec![format!("with {} of {least} {{value}}", with_article(&rest))],
            says: vec![format!("has {} of {least} {{value}}", with_article(&rest))],
            ..Spoken::default()
        }
    };
    match () {
        () if named.has(&["min", "minimum", "gte"]) && named.parts.len() > 1 => bound("at least"),
        () if named.has(&["max", "maximum", "lte"]) && named.parts.len() > 1 => bound("at most"),
        () if named.is(&["year"]) => phrases(&["from {value}"], &["is from {value}"]),
        () if named.is(&["amount"]) => asked(
            phrases(&["for an amount of {value}"], &["is about an amount of {value}"]),
            "What amount should it be?",
        ),
        () if is_plural(noun) => Spoken {
            after: vec![format!("with {{value}} {noun}")],
            says: vec![format!("has {{value}} {noun}")],
            ask: Some(format!("How many {noun} are there?")),
            ..Spoken::default()
        },
        () => Spoken {
            after: vec![format!("with {} of {{value}}", with_article(noun))],
            says: vec![format!("has {} of {{value}}", with_article(noun))],
            ..Spoken::default()
        },
    }
}

fn date(named: &Named) -> Spoken {
    let checks = named.has(&["check", "checkin", "checkout"]);
    let bound = match () {
        () if named.has(&["after", "since"]) => "on or after",
        () if named.has(&["before", "until"]) => "on or before",
        () => "on",
    };
    match named.deed() {
        Some(deed) if bound != "on" => Spoken {
            after: vec![format!("{deed} {bound} {{value}}")],
            says: vec![format!("was {deed} {bound} {{value}}")],
            ..Spoken::default()
        },
        Some(deed) => Spoken {
            after: vec![format!("{deed} on {{value}}")],
            says: vec![format!("was {deed} on {{value}}")],
            ..Spoken::default()
        },
        None if checks && named.has(&["out", "checkout"]) => asked(
            phrases(&["until {value}", "checking out on {value}"], &["has its check-out on {value}"]),
            "Which day would you like to check out?",
        ),
        None if checks => asked(
            phrases(&["from {value}", "checking in on {value}"], &["has its check-in on {value}"]),
            "Which day would you like to check in?",
        ),
        None if named.has(&["return"]) => asked(
            phrases(&["coming back on {value}", "returning on {value}"], &["comes back on {value}"]),
            "Which day would you like to come back?",
        ),
        None if named.has(&["departure", "depart"]) => asked(
            phrases(&["on {value}", "leaving on {value}"], &["leaves on {value}"]),
            "Which day would you like to leave?",
        ),
        None if named.has(&["due", "before", "deadline"]) => {
            phrases(&["due by {value}", "by {value}"], &["is due by {value}"])
        }
        None if named.has(&["from", "start", "after", "since"]) => asked(
            if named.has(&["start"]) {
                phrases(&["from {value} on", "starting on {value}"], &["starts on {value}"])
            } else {
                phrases(&["from {value} on"], &["is no earlier than {value}"])
            },
            "From which day on?",
        ),
        None if named.has(&["end"]) => {
            asked(phrases(&["until {value}", "ending on {value}"], &["ends on {value}"]), "Until which day?")
        }
        None if named.has(&["to", "until"]) => {
            asked(phrases(&["until {value}"], &["is no later than {value}"]), "Until which day?")
        }
        None => {
            asked(phrases(&["on {value}", "for {value}"], &["is on {value}"]), "Which day would you like?")
        }
    }
}

fn time(named: &Named) -> Spoken {
    match () {
        () if named.has(&["departure", "depart"]) => asked(
            phrases(&["leaving at {value}"], &["leaves at {value}"]),
            "What time would you like to leave?",
        ),
        () if named.has(&["arrival", "arrive"]) => phrases(&["arriving at {value}"], &["arrives at {value}"]),
        () if named.has(&["start", "from", "begin"]) => {
            asked(phrases(&["starting at {value}"], &["starts at {value}"]), "What time should it start?")
        }
        () if named.has(&["end", "until"]) || named.parts.last().is_some_and(|last| last == "to") => {
            asked(phrases(&["ending at {value}"], &["ends at {value}"]), "What time should it end?")
        }
        () if named.has(&["open", "opening", "opens"]) => {
            phrases(&["opening at {value}"], &["opens at {value}"])
        }
        () if named.has(&["close", "closing", "closes"]) => {
            phrases(&["closing at {value}"], &["closes at {value}"])
        }
        () if named.is(&["time"]) => {
            asked(phrases(&["at {value}"], &["is at {value}"]), "What time would you like?")
        }
        () => phrases(&["at {value}"], &[]),
    }
}

fn category(named: &Named, model: &Model) -> Spoken {
    let last = named.parts.last().map(String::as_str).unwrap_or_default();
    let own = |after: &str| Spoken {
        after: vec![after.to_owned()],
        says: vec![format!("is {}", after.trim_start_matches("that is "))],
        ..Spoken::default()
    };
    // "First class" says of itself what it is.
    let says_itself =
        matches!(model, Model::Choice(choices) if choices.iter().any(|choice| choice.ends_with(last)));
    match last {
        _ if named.has(&["language", "lang"]) => language(named),
        "class" | "level" if says_itself => as_the(&named.noun),
        "class" => own("in {value} class"),
        "level" => own("at {value} level"),
        _ if named.is(&["price range", "price level"]) => own("that is {value}"),
        "cuisine" => phrases(&["serving {value} food"], &["serves {value} food"]),
        "category" | "genre" | "section" | "department" | "sector" | "industry" => {
            own(&format!("in the {{value}} {last}"))
        }
        "topic" => own("about {value}"),
        _ => Spoken {
            after: vec![format!("with {{value}} as the {}", named.noun)],
            says: vec![format!("has {{value}} as the {}", named.noun)],
            ..Spoken::default()
        },
    }
}

fn language(named: &Named) -> Spoken {
    match () {
        () if named.has(&["target", "to"]) => {
            asked(phrases(&["into {value}"], &["is in {value}"]), "Which language should it be put into?")
        }
        () if named.has(&["source", "from"]) => {
            asked(phrases(&["from {value}"], &["is from {value}"]), "Which language is it in now?")
        }
        () => asked(phrases(&["in {value}"], &["is in {value}"]), "Which language would you like?"),
    }
}

fn text(named: &Named, model: &Model) -> Spoken {
    let noun = &named.noun;
    match () {
        () if matches!(model, Model::Mail) => Spoken::default(),
        () if matches!(model, Model::Words(Pool::Jobs)) && !named.has(&["title"]) => {
            asked(phrases(&["as {value}"], &["is for work as {value}"]), "What kind of work should it be?")
        }
        () if named.is(&["cuisine"]) => phrases(&["serving {value} food"], &["serves {value} food"]),
        () if named.has(&["query", "q", "keyword", "keywords", "topic", "search", "subject"]) => {
            asked(phrases(&["about {value}"], &["is about {value}"]), "What should it be about?")
        }
        () if named.has(&[
            "content",
            "summary",
            "description",
            "body",
            "message",
            "text",
            "snippet",
            "lyrics",
            "quote",
            "advice",
            "answer",
            "fact",
            "headline",
            "joke",
            "punchline",
            "question",
            "review",
            "setup",
            "tweet",
        ]) =>
        {
            Spoken {
                after: vec![format!("with the {noun} \"{{value}}\"")],
                says: vec![format!("has the {noun} \"{{value}}\"")],
                question: Some(format!("What is the {noun}?")),
                ..Spoken::default()
            }
        }
        () => as_the(noun),
    }
}

fn as_the(noun: &str) -> Spoken {
    Spoken {
        after: vec![format!("with {{value}} as the {noun}")],
        says: vec![format!("has {{value}} as the {noun}")],
        ..Spoken::default()
    }
}

fn named_thing(named: &Named, model: &Model) -> Spoken {
    let makers =
        ["author", "artist", "director", "writer", "composer", "singer", "creator", "brand", "manufacturer"];
    match model {
        Model::Place(Part::Currency) => currency(named),
        Model::Place(Part::Airport) if named.has(&["iata", "code"]) => as_the(&named.noun),
        Model::Place(_) => place(named),
        _ if named.has(&["language", "lang"]) => language(named),
        _ if named.has(&makers) => phrases(&["by {value}"], &["is by {value}"]),
        _ if named.has(&["airline", "carrier", "provider", "operator"]) => {
            phrases(&["with {value}"], &["is with {value}"])
        }
        _ if named.has(&["company", "employer"]) => phrases(&["at {value}"], &["is at {value}"]),
        _ if named.has(&["source", "publisher"]) => phrases(&["from {value}"], &["is from {value}"]),
        Model::Person if named.parts.last().is_none_or(|last| last != "name") => as_the(&named.noun),
        Model::Person => asked(
            phrases(&["for {value}", "in the name of {value}"], &["is in the name of {value}"]),
            "What name should it be under?",
        ),
        _ if named.is(&["name", "title"]) => phrases(&["called {value}"], &["is called {value}"]),
        Model::Symbol => Spoken::default(),
        _ => as_the(&named.noun),
    }
}

fn currency(named: &Named) -> Spoken {
    match () {
        () if named.has(&["from", "base", "source"]) => {
            asked(phrases(&["from {value}"], &["is from {value}"]), "Which currency is it from?")
        }
        () if named.has(&["to", "target", "quote"]) => asked(
            phrases(&["to {value}", "into {value}"], &["is to {value}"]),
            "Which currency should it be in?",
        ),
        () => asked(phrases(&["in {value}"], &["is in {value}"]), "Which currency would you like?"),
    }
}

fn place(named: &Named) -> Spoken {
    match () {
        () if named.has(&["origin", "from", "departure", "source", "pickup", "start"]) => asked(
            phrases(&["from {value}", "leaving from {value}"], &["leaves from {value}"]),
            "Where would you like to leave from?",
        ),
        () if named.has(&["destination", "to", "arrival", "target", "dropoff", "end"]) => asked(
            phrases(&["to {value}", "going to {value}"], &["goes to {value}"]),
            "Where would you like to go?",
        ),
        () if named.has(&["country"]) => {
            asked(phrases(&["in {value}"], &["is in {value}"]), "Which country should it be in?")
        }
        () if named.has(&["city", "town"]) => {
            asked(phrases(&["in {value}"], &["is in {value}"]), "Which city should it be in?")
        }
        () => asked(phrases(&["in {value}"], &["is in {value}"]), "Where should it be?"),
    }
}
