//! Which of the speakers is the user: by the usual names, and where these don't say, by who speaks first.

use std::collections::BTreeMap;

use goalconvo_core::Role;

use super::report::Notes;

const USERS: [&str; 17] = [
    "user",
    "human",
    "customer",
    "client",
    "caller",
    "patient",
    "guest",
    "student",
    "traveller",
    "traveler",
    "buyer",
    "visitor",
    "consumer",
    "usr",
    "person",
    "speaker 1",
    "userguide",
];

const ASSISTANTS: [&str; 22] = [
    "assistant",
    "system",
    "bot",
    "agent",
    "supportbot",
    "support",
    "chatbot",
    "gpt",
    "model",
    "wizard",
    "operator",
    "sys",
    "ai",
    "support agent",
    "representative",
    "chatgpt",
    "clerk",
    "receptionist",
    "advisor",
    "speaker 2",
    "customer support",
    "helpdesk",
];

/// The role that a name stands for by itself.
pub(super) fn role_of(name: &str) -> Option<Role> {
    let name = name.trim().to_lowercase().replace(['_', '-'], " ");
    if USERS.contains(&name.as_str()) {
        Some(Role::User)
    } else if ASSISTANTS.contains(&name.as_str()) {
        Some(Role::Assistant)
    } else {
        None
    }
}

/// The roles of a dialogue's speakers, in the order in which they first speak. One of a pair gives away the other; of
/// two names that say nothing, or the same, the first to speak is the user, which is noted. A speaker who is neither
/// has no role.
pub(super) fn roles_of(speakers: &[&str], notes: &mut Notes) -> BTreeMap<String, Role> {
    let mut names: Vec<&str> = Vec::new();
    for name in speakers {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let mut known: BTreeMap<String, Role> =
        names.iter().filter_map(|name| Some(((*name).to_owned(), role_of(name)?))).collect();
    // Beside an assistant, a system is who gives it instructions.
    let apart = |name: &str| name.eq_ignore_ascii_case("system");
    if names.iter().any(|name| apart(name)) && names.iter().any(|name| name.eq_ignore_ascii_case("assistant"))
    {
        known.retain(|name, _| !apart(name));
        names.retain(|name| !apart(name));
    }
    let has = |role: Role, known: &BTreeMap<String, Role>| known.values().any(|other| *other == role);
    let settled = has(Role::User, &known) && has(Role::Assistant, &known);
    if names.len() == 2 && known.len() == 2 && !settled {
        known.clear();
    }
    for name in names {
        if known.contains_key(name) || (has(Role::User, &known) && has(Role::Assistant, &known)) {
            continue;
        }
        let role = if has(Role::User, &known) { Role::Assistant } else { Role::User };
        let who = if role == Role::User { "user" } else { "assistant" };
        notes.assumed(format!("speakers named {name:?} to be the {who}"), "");
        known.insert(name.to_owned(), role);
    }
    known
}
