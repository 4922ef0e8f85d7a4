//! Words for the intents of compiled worlds, made from the schemas' own names.
//!
//! Nothing with a digit goes in: every digit of a dialogue's text is some value, and a name's would belong to none.

use crate::registry::effect::words_of_change;
use crate::registry::names::words;
use crate::registry::{Endpoint, Role, Verb};

/// The words of a name that can be said.
pub(super) fn sayable(name: &str) -> Vec<String> {
    let plain = |word: &String| word.chars().all(|c| c.is_ascii_alphabetic());
    words(name).into_iter().filter(plain).collect()
}

/// Words of an intent.
pub(super) struct Said {
    pub noun: String,
    pub plural: String,
    pub verb: Vec<String>,
    pub done: Vec<String>,
    pub deed: Vec<String>,
}

/// Words of an endpoint's intent.
pub(super) fn intent(endpoint: &Endpoint, entity: Option<&str>, search: bool) -> Said {
    let object: Vec<String> = sayable(entity.unwrap_or(&endpoint.intent.object));
    let object = match object.join(" ").as_str() {
        "" => "record".to_owned(),
        "availability" => "free slot".to_owned(),
        object => object.to_owned(),
    };
    let about = about(endpoint, &object);
    let plural = plural(&object);
    if search {
        let verb = vec![
            format!("find {}", with_article(&object)),
            format!("look for {}", with_article(&object)),
            format!("search for {plural}"),
        ];
        return Said { noun: object, plural, verb, done: vec![], deed: vec![] };
    }
    match endpoint.intent.verb {
        verb @ (Verb::Create | Verb::Update | Verb::Delete | Verb::Cancel) => {
            let ordered = words_of_change(&endpoint.name, &endpoint.description);
            let of_one = endpoint.visible().any(|given| given.required && given.role == Role::Identifier);
            deed(verb, &ordered.unwrap_or(about), &object, of_one)
        }
        Verb::Compute => Said {
            verb: vec![computed(&about)],
            done: vec!["that has gone through".to_owned()],
            deed: vec![format!("the {object}")],
            noun: object,
            plural,
        },
        _ => {
            const LOOKING: [&str; 7] =
                ["check ", "fetch ", "find ", "look up ", "lookup ", "search ", "show "];
            let what = LOOKING.iter().find_map(|verb| about.strip_prefix(verb)).unwrap_or(&about);
            let verb = ["check", "look up", "see"].map(|verb| format!("{verb} the {what}"));
            Said {
                noun: what.to_owned(),
                plural: self::plural(what),
                verb: verb.to_vec(),
                done: vec!["that has gone through".to_owned()],
                deed: vec![format!("the {object}")],
            }
        }
    }
}

/// Words of what changes something: `of_one` that is there already, and was spoken of, or not.
fn deed(verb: Verb, about: &str, object: &str, of_one: bool) -> Said {
    let (first, thing) = about.split_once(' ').unwrap_or((about, object));
    let object = what_of(thing).unwrap_or(object).to_owned();
    let several = plural(&object);
    let thing = match verb {
        _ if thing.ends_with('s') || thing.is_empty() => thing.to_owned(),
        Verb::Update | Verb::Delete | Verb::Cancel if of_one => format!("the {thing}"),
        _ => with_article(thing),
    };
    let done = match participle(first) {
        Some(done) => format!("the {object} is {done}"),
        None => format!("the {object} is taken care of"),
    };
    // Who wants a thing gone does not want the thing.
    let (object, plural) = match nominal(verb) {
        Some(act) => (format!("{object} {act}"), format!("{object} {}", plural(act))),
        None => (object, several),
    };
    let deed = format!("the {object}");
    Said {
        verb: vec![format!("{first} {thing}")],
        done: vec![done, "that has gone through".to_owned()],
        deed: vec![deed],
        noun: object,
        plural,
    }
}

/// What is done something with, in "item to cart": what stands before the preposition; none for more than one, which is no
/// record.
fn what_of(thing: &str) -> Option<&str> {
    const PREPOSITIONS: [&str; 7] = [" to ", " from ", " for ", " with ", " in ", " on ", " of "];
    let end = PREPOSITIONS.iter().filter_map(|word| thing.find(word)).min().unwrap_or(thing.len());
    Some(&thing[..end]).filter(|what| !what.is_empty() && !what.ends_with('s'))
}

/// What an endpoint's name says beyond the form of its call.
fn about(endpoint: &Endpoint, object: &str) -> String {
    const SAYS_LITTLE: [&str; 17] = [
        "api", "v", "get", "post", "put", "by", "id", "endpoint", "json", "the", "one", "two", "three",
        "four", "five", "ten", "a",
    ];
    let words = sayable(&endpoint.name).into_iter();
    let rest: Vec<String> = words.filter(|word| !SAYS_LITTLE.contains(&word.as_str())).collect();
    if rest.is_empty() { object.to_owned() } else { rest.join(" ") }
}

/// "translate text" is to translate a text; what can't be counted goes without.
fn computed(about: &str) -> String {
    const UNCOUNTED: [&str; 9] =
        ["currency", "information", "weather", "data", "news", "money", "traffic", "distance", "tax"];
    match about.split_once(' ') {
        Some((verb, thing))
            if !thing.contains(' ') && !thing.ends_with('s') && !UNCOUNTED.contains(&thing) =>
        {
            format!("{verb} {}", with_article(thing))
        }
        _ => about.to_owned(),
    }
}

/// What the deed is called where the thing alone would say the opposite.
fn nominal(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Delete => Some("removal"),
        Verb::Cancel => Some("cancellation"),
        Verb::Update => Some("change"),
        _ => None,
    }
}

/// "booked" of "book", for the deeds that endpoints are named by.
fn participle(verb: &str) -> Option<String> {
    let regular = match verb {
        "book" | "order" | "add" | "post" | "register" | "request" | "track" | "upload" | "start" => {
            format!("{verb}ed")
        }
        "create" | "reserve" | "update" | "delete" | "schedule" | "remove" | "change" | "purchase"
        | "save" | "share" | "subscribe" => format!("{verb}d"),
        "cancel" => "cancelled".to_owned(),
        "submit" => "submitted".to_owned(),
        "buy" => "bought".to_owned(),
        "make" => "made".to_owned(),
        "set" => "set".to_owned(),
        _ => return None,
    };
    Some(regular)
}

pub(super) fn with_article(noun: &str) -> String {
    const AS_YOU: [&str; 6] = ["uni", "use", "usu", "eu", "one", "ura"];
    let vowel =
        noun.starts_with(['a', 'e', 'i', 'o', 'u']) && !AS_YOU.iter().any(|start| noun.starts_with(start));
    let article = if vowel || noun.starts_with("hour") { "an" } else { "a" };
    format!("{article} {noun}")
}

pub(super) fn plural(noun: &str) -> String {
    let consonant_y = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}
