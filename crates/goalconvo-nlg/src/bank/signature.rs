//! What acts are, without their values: the key under which templates are kept.
//!
//! Who speaks comes first. Slots are named `domain.slot` without underscores, so that a corpus's `pricerange` is a
//! domain's `price_range`, and some by another name. A flag keeps its value, since its words are the value. The task that
//! an act belongs to counts only where it is new.

use goalconvo_core::{Act, ActKind, IntentKind, Role, SlotKind, Value};

use crate::grammar::Grammar;

/// What corpora call slots, and what they are called here.
const CALLED: [(&str, &str); 3] = [("stay", "nights"), ("leaves", "leaveat"), ("arrives", "arriveby")];

/// An act's part of a signature, and the name of its value's hole where it has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) act: usize,
}

/// The name of the hole that a part of a signature brings, if it brings one.
pub(super) fn hole(part: &str) -> Option<&str> {
    let (kind, of) = part.split_once(':')?;
    let says = matches!(kind, "inform" | "offer" | "count");
    (says && !of.contains('=')).then_some(if kind == "count" { "count" } else { of })
}

/// The signature that has these parts.
pub(super) fn joined(role: Role, keys: &[Key]) -> String {
    keys.iter().fold(speaker(role).to_owned(), |all, key| all + " " + &key.key)
}

/// What every signature begins with: what both may do is not said alike by both.
fn speaker(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// Whether it begins so.
pub(super) fn has_speaker(signature: &str) -> bool {
    let first = signature.split(' ').next();
    [Role::User, Role::Assistant].into_iter().any(|role| first == Some(speaker(role)))
}

/// The parts of the acts' signature in their order; none when something among them is in no bank.
pub(crate) fn signature(grammar: &Grammar, role: Role, acts: &[Act]) -> Option<Vec<Key>> {
    let takes = acts.iter().any(|act| {
        act.act == ActKind::Request || part(grammar, role, act).is_some_and(|key| key.starts_with("book:"))
    });
    let mut keys = Vec::new();
    for (at, act) in acts.iter().enumerate() {
        // What is booked, or asked about, is taken by that.
        if act.act == ActKind::Select && act.value.is_none() && takes {
            continue;
        }
        keys.push(Key { key: part(grammar, role, act)?, act: at });
    }
    keys.sort();
    let twice = keys.iter().enumerate().any(|(at, key)| {
        let same = |other: &Key| {
            other.key == key.key || hole(&key.key).is_some_and(|one| hole(&other.key) == Some(one))
        };
        keys.iter().skip(at + 1).any(same)
    });
    (!twice).then_some(keys)
}

fn part(grammar: &Grammar, role: Role, act: &Act) -> Option<String> {
    let domain = act.domain.as_deref().unwrap_or_default();
    let of = |kind: &str| Some(format!("{kind}:{domain}"));
    match (act.act, role) {
        (ActKind::Inform, _) => slot(grammar, "inform", act),
        (ActKind::Offer, Role::Assistant) => slot(grammar, "offer", act),
        (ActKind::Request, _) => slot(grammar, "request", act),
        (ActKind::Intend, Role::User) => {
            let (kind, of_entity) = grammar.task(act)?;
            of(if kind == IntentKind::Transact && of_entity { "book" } else { "intend" })
        }
        (ActKind::Affirm, Role::User) => Some("affirm".into()),
        (ActKind::Deny, Role::User) => Some("deny".into()),
        (ActKind::Thank, Role::User) => Some("thank".into()),
        (ActKind::Greet, _) => Some("greet".into()),
        (ActKind::Bye, _) => Some("bye".into()),
        (ActKind::Count, Role::Assistant) => of("count"),
        (ActKind::NoMatch, Role::Assistant) => of("nomatch"),
        (ActKind::Done, Role::Assistant) => of("done"),
        (ActKind::OfferIntent, Role::Assistant) => of("propose"),
        (ActKind::RequestMore, Role::Assistant) => Some("more".into()),
        (ActKind::Welcome, Role::Assistant) => Some("welcome".into()),
        _ => None,
    }
}

fn slot(grammar: &Grammar, kind: &str, act: &Act) -> Option<String> {
    let domain = act.domain.as_deref()?;
    let name = act.slot.as_deref()?.replace('_', "");
    let name = CALLED.iter().find(|(called, _)| *called == name).map_or(name.as_str(), |(_, here)| here);
    let flag = grammar.kind(act) == Some(SlotKind::Flag);
    match &act.value {
        Some(Value::Bool(value)) if flag => Some(format!("{kind}:{domain}.{name}={value}")),
        Some(_) if flag => None,
        _ => Some(format!("{kind}:{domain}.{name}")),
    }
}
