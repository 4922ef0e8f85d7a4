//! What a dialogue of STAR says about its scenario: who wants what, and what the wizard asked and was answered.

use serde_json::Value as Json;

use super::task::Task;
use super::wishes::Wish;

/// The events of a dialogue.
pub(super) fn events(dialogue: &Json) -> impl Iterator<Item = &Json> {
    dialogue.get("Events").and_then(Json::as_array).into_iter().flatten()
}

/// The task of a happy scenario that is of one task alone.
pub(super) fn happy_task(dialogue: &Json) -> Option<&str> {
    let scenario = dialogue.get("Scenario")?;
    let flag = |key: &str| scenario.get(key).and_then(Json::as_bool);
    if flag("Happy") != Some(true) || flag("MultiTask") != Some(false) {
        return None;
    }
    scenario.get("WizardCapabilities")?.get(0)?.get("Task")?.as_str()
}

/// What the user was told: the task and the guide's instructions.
pub(super) fn told(dialogue: &Json) -> String {
    let task = dialogue.pointer("/Scenario/UserTask").and_then(Json::as_str).unwrap_or_default();
    let guide =
        events(dialogue).filter(|event| event.get("Agent").and_then(Json::as_str) == Some("UserGuide"));
    let texts = guide.filter_map(|event| event.get("Text").and_then(Json::as_str));
    std::iter::once(task).chain(texts).collect::<Vec<_>>().join("\n")
}

/// A query with the item that answered it.
pub(super) struct Asked<'a> {
    /// Constraints by STAR's column.
    pub wishes: Vec<(&'a str, Wish)>,
    /// Constraints that could not be read.
    pub unread: Vec<&'a str>,
    /// What came back.
    pub item: Option<&'a Json>,
}

/// The queries of an API in a dialogue.
pub(super) fn queries<'a>(dialogue: &'a Json, api: &str) -> Vec<Asked<'a>> {
    let mut found: Vec<Asked<'a>> = Vec::new();
    let mut open = false;
    let text = |event: &'a Json, key: &str| event.get(key).and_then(Json::as_str);
    for event in events(dialogue).filter(|event| text(event, "APIName") == Some(api)) {
        match text(event, "Action") {
            Some("query") => {
                let mut asked = Asked { wishes: vec![], unread: vec![], item: None };
                let constraints = event.get("Constraints").and_then(Json::as_array).into_iter().flatten();
                for (name, constraint) in constraints.filter_map(Json::as_object).flatten() {
                    match Wish::read(constraint) {
                        Some(wish) => asked.wishes.push((name, wish)),
                        None => asked.unread.push(name),
                    }
                }
                found.push(asked);
                open = true;
            }
            Some("return_item") if open => {
                if let Some(last) = found.last_mut() {
                    last.item = event.get("Item").filter(|item| item.is_object());
                }
                open = false;
            }
            _ => {}
        }
    }
    found
}

/// The one value of a slot's list that the text names; nothing if it names none or several.
pub(super) fn named(told: &str, task: &Task, slot: &str) -> Option<String> {
    let field = task.slot(slot)?;
    let told = told.to_lowercase();
    let mut found: Vec<&String> =
        field.values.iter().filter(|value| says(&told, &value.to_lowercase())).collect();
    // `New York` is not meant where `New York City` is said.
    let longest: Vec<&String> = found
        .iter()
        .copied()
        .filter(|value| {
            !found.iter().any(|other| other.len() > value.len() && other.contains(value.as_str()))
        })
        .collect();
    found = longest;
    match found.as_slice() {
        [value] => Some((*value).clone()),
        _ => None,
    }
}

/// Whether a text has these words, whole.
fn says(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        edge(text[..at].chars().next_back()) && edge(text[at + words.len()..].chars().next())
    })
}
