//! What an endpoint's answer tells: which of its fields a world keeps, whether it lists things, and what these are called.

use std::collections::BTreeSet;

use goalconvo_core::SlotKind;
use serde_json::Value as Json;

use super::model::{Hint, Model};
use crate::registry::names::slug;
use crate::registry::{Concept, Endpoint, ResponseField};

/// A field of the answer that speakers can be told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub name: String,
    pub concept: Concept,
    pub model: Model,
}

/// What is called so: the restaurant of a `restaurant_name`.
fn called(name: &str) -> Option<&str> {
    name.strip_suffix("_name").or_else(|| name.strip_suffix("_title"))
}

/// Which of what is told says what a thing is called: its name or title, that with the thing's own name before it, or the only
/// one of that kind.
pub(super) fn label(told: &[Told], object: &str) -> Option<usize> {
    let find = |is: &dyn Fn(&str) -> bool| {
        let name =
            |told: &Told| told.model.kind() == SlotKind::Name && !matches!(told.model, Model::Place(_));
        told.iter().position(|told| name(told) && is(&told.name))
    };
    let own = || find(&|name| called(name).is_some_and(|of| of == object));
    let only = || {
        let one = find(&|name| called(name).is_some())?;
        let all = told.iter().filter(|told| called(&told.name).is_some()).count();
        (all == 1).then_some(one)
    };
    find(&|name| matches!(name, "name" | "title")).or_else(own).or_else(only)
}

/// Most fields of an answer that a world keeps.
const MOST_FIELDS: usize = 12;

/// Whether the answer lists entities, and what can be told of one.
pub(super) fn told(endpoint: &Endpoint) -> (bool, Vec<Told>) {
    let fields = &endpoint.response.fields;
    let mut lists: Vec<&str> = Vec::new();
    for field in fields {
        if let Some((list, _)) = field.pointer.split_once("/*/")
            && !lists.contains(&list)
        {
            lists.push(list);
        }
    }
    let single = record(endpoint, fields, "");
    let of_list: Vec<(bool, Vec<Told>)> = lists
        .iter()
        .map(|list| {
            let told = record(endpoint, fields, &format!("{list}/*"));
            let keyed = told.iter().any(|told| told.concept.is_identifier() && told.model.is_key());
            let entity = keyed || label(&told, &endpoint.intent.object).is_some();
            (entity && told.len() > 1, told)
        })
        .collect();
    if let Some((_, told)) = of_list.iter().find(|(entity, _)| *entity).filter(|_| single.len() < 4) {
        return (true, told.clone());
    }
    // A record that only says again what was asked for stands around a list: what is told is in that.
    let asked = |told: &Told| endpoint.visible().any(|parameter| parameter.argument == told.name);
    let news = |told: &[Told]| told.iter().any(|told| !asked(told) && !told.concept.is_identifier());
    let listed = of_list.into_iter().map(|(_, told)| told).find(|told| news(told));
    match listed {
        Some(listed) if !news(&single) => (false, listed),
        _ => (false, single),
    }
}

/// The scalars directly below a pointer, or within records there.
fn record(endpoint: &Endpoint, fields: &[ResponseField], below: &str) -> Vec<Told> {
    let mut seen = BTreeSet::new();
    let told = fields.iter().filter_map(|field| {
        let rest = field.pointer.strip_prefix(below)?.strip_prefix('/')?;
        if rest.contains('*') || rest.split('/').count() > 2 {
            return None;
        }
        let name = slug(plain(rest, fields, below));
        if name.len() > 40 || name.bytes().any(|b| b.is_ascii_digit()) || is_technical(&name) {
            return None;
        }
        let leaf = rest.rsplit('/').next().unwrap_or(rest);
        let example = endpoint.response.examples.iter().find_map(|shown| at(shown, &field.pointer));
        let hint =
            Hint { name: leaf, concept: &field.concept, shape: &field.shape, description: "", example };
        let model = Model::of(hint)?;
        seen.insert(name.clone()).then(|| Told { name, concept: field.concept.clone(), model })
    });
    let mut told: Vec<Told> = told.collect();
    // Of a text of which nothing is known anything could be told: it is, where there is nothing else.
    let label = if below.ends_with("/*") { label(&told, &endpoint.intent.object) } else { None };
    let label = label.map(|at| told[at].name.clone());
    let known = |told: &Told| {
        let called = matches!(told.name.as_str(), "name" | "title") || label.as_ref() == Some(&told.name);
        told.model != Model::Title || called
    };
    if told.iter().filter(|told| known(told) && !told.concept.is_identifier()).count() > 1 {
        told.retain(known);
    }
    told.truncate(MOST_FIELDS);
    told
}

/// A field's path without the wrapper that it lies in ("data", "properties"), where nothing beside that is called so.
fn plain<'p>(path: &'p str, fields: &[ResponseField], below: &str) -> &'p str {
    const WRAPPERS: [&str; 12] = [
        "attributes",
        "body",
        "content",
        "data",
        "info",
        "item",
        "meta",
        "metadata",
        "payload",
        "properties",
        "response",
        "result",
    ];
    let bare = path.split_once('/').filter(|(first, _)| WRAPPERS.contains(&slug(first).as_str()));
    let Some((_, leaf)) = bare else { return path };
    let others = fields.iter().filter_map(|field| field.pointer.strip_prefix(below)?.strip_prefix('/'));
    let of_name = others.filter(|other| other.rsplit('/').next() == Some(leaf)).count();
    if of_name == 1 { leaf } else { path }
}

/// Fields of the transport and not of the thing.
fn is_technical(name: &str) -> bool {
    const TECHNICAL: [&str; 12] = [
        "status", "message", "success", "error", "code", "total", "page", "count", "limit", "offset", "type",
        "kind",
    ];
    TECHNICAL.contains(&name)
        || name.split('_').any(|word| matches!(word, "error" | "errors" | "uuid" | "html"))
}

/// What a pointer with `*` for list items points at first.
fn at<'v>(value: &'v Json, pointer: &str) -> Option<&'v Json> {
    pointer.split('/').skip(1).try_fold(value, |at, step| match (step, at) {
        ("*", Json::Array(items)) => items.first(),
        (name, Json::Object(fields)) => fields.get(&name.replace("~1", "/").replace("~0", "~")),
        _ => None,
    })
}
