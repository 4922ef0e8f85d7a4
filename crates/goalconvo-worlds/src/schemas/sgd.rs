//! Schema-Guided Dialogue services: slots are parameters and results, intents are endpoints.

use super::report::Notes;
use crate::registry::draft::{EndpointDraft, Evidence, Material, ParameterDraft, ToolDraft};
use crate::registry::effect::Statement;
use crate::registry::{Confidence, Effect, Field, Kind, Shape};
use serde_json::Value;
use std::collections::BTreeMap;

/// Imports one service or a list of them.
pub fn import(value: &Value, notes: &mut Notes) -> Material {
    let services = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    let mut material = Material::default();
    for (number, service) in services.iter().enumerate() {
        material.tools.extend(tool(service, &format!("/{number}"), notes));
    }
    material
}

struct Slot {
    shape: Shape,
    description: String,
}

fn tool(service: &Value, pointer: &str, notes: &mut Notes) -> Option<ToolDraft> {
    let Some(name) = service.get("service_name").and_then(Value::as_str) else {
        notes.lose("service_without_name", pointer, "expected a service_name");
        return None;
    };
    let slots = slots(service, pointer, notes);
    let mut endpoints = Vec::new();
    for (index, intent) in list(service, "intents").iter().enumerate() {
        endpoints.extend(endpoint(intent, &slots, &format!("{pointer}/intents/{index}"), notes));
    }
    Some(ToolDraft {
        name: name.to_owned(),
        // `Hotels_2` is the second schema of the domain `Hotels`.
        category: name.rsplit_once('_').map_or(name, |(domain, _)| domain).to_owned(),
        description: text(service, "description").to_owned(),
        endpoints,
        ..ToolDraft::default()
    })
}

fn slots(service: &Value, pointer: &str, notes: &mut Notes) -> BTreeMap<String, Slot> {
    let mut slots = BTreeMap::new();
    for (index, slot) in list(service, "slots").iter().enumerate() {
        let place = format!("{pointer}/slots/{index}");
        let name = text(slot, "name");
        if name.is_empty() {
            notes.lose("slot_without_name", &place, "expected a name");
            continue;
        }
        let values: Vec<&str> = list(slot, "possible_values").iter().filter_map(Value::as_str).collect();
        let categorical = slot.get("is_categorical").and_then(Value::as_bool).unwrap_or(false);
        if categorical && values.is_empty() {
            notes.warn("enum_without_values", &place, "categorical without values; taken as an open text");
        }
        let description = text(slot, "description");
        let shape = match (categorical, values.as_slice()) {
            (true, ["True", "False"] | ["False", "True"]) => Shape::boolean(),
            (true, _) => Shape::one_of(values),
            (false, samples) => open(name, description, samples),
        };
        let slot = Slot { shape, description: description.to_owned() };
        if slots.insert(name.to_owned(), slot).is_some() {
            notes.warn(
                "duplicate_slot",
                &place,
                format!("slot {name:?} is described twice; the later one counts"),
            );
        }
    }
    slots
}

/// The type of a slot without a list of values: SGD writes none, but says what is a number and what is an amount.
fn open(name: &str, description: &str, samples: &[&str]) -> Shape {
    let said = description.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let is_number = |sample: &&str| sample.parse::<f64>().is_ok();
    match () {
        () if name.starts_with("number_of_") || said.starts_with("number of ") => Shape::integer(),
        () if !samples.is_empty() && !samples.iter().all(is_number) => Shape::text(),
        () if says(&["amount of money", "price", "fare", "rent per", "cost"]) => Shape::number(),
        () => Shape::text(),
    }
}

fn endpoint(
    intent: &Value,
    slots: &BTreeMap<String, Slot>,
    pointer: &str,
    notes: &mut Notes,
) -> Option<EndpointDraft> {
    let name = text(intent, "name");
    if name.is_empty() {
        notes.lose("intent_without_name", pointer, "expected a name");
        return None;
    }
    let mut parameters = Vec::new();
    for slot in list(intent, "required_slots").iter().filter_map(Value::as_str) {
        parameters.push(parameter(slot, None, slots, pointer, notes));
    }
    for (slot, default) in intent.get("optional_slots").and_then(Value::as_object).into_iter().flatten() {
        parameters.push(parameter(slot, Some(default), slots, pointer, notes));
    }
    let results = list(intent, "result_slots").iter().filter_map(Value::as_str);
    let fields = results.map(|slot| (slot.to_owned(), field(slot, slots, pointer, notes))).collect();
    let shape = Shape::list(Kind::Record(fields).into());
    let transactional = intent.get("is_transactional").and_then(Value::as_bool).unwrap_or(false);
    Some(EndpointDraft {
        name: name.to_owned(),
        description: text(intent, "description").to_owned(),
        statement: Statement::Says(if transactional { Effect::Write } else { Effect::Read }),
        parameters,
        evidence: vec![Evidence { confidence: Confidence::Schema, shape, ..Evidence::default() }],
        pointer: pointer.to_owned(),
        ..EndpointDraft::default()
    })
}

fn field(slot: &str, slots: &BTreeMap<String, Slot>, pointer: &str, notes: &mut Notes) -> Field {
    match slots.get(slot) {
        Some(known) => {
            Field { shape: known.shape.clone(), required: true, description: known.description.clone() }
        }
        None => {
            notes.warn(
                "unknown_slot",
                pointer,
                format!("slot {slot:?} is not described; its type is unknown"),
            );
            Field::default()
        }
    }
}

fn parameter(
    slot: &str,
    default: Option<&Value>,
    slots: &BTreeMap<String, Slot>,
    pointer: &str,
    notes: &mut Notes,
) -> ParameterDraft {
    let field = field(slot, slots, pointer, notes);
    ParameterDraft {
        name: slot.to_owned(),
        required: default.is_none(),
        shape: field.shape,
        description: field.description,
        // SGD writes "dontcare" for "no wish", which is the absence of a default.
        default: default.filter(|value| *value != "dontcare" && *value != "").cloned(),
        ..ParameterDraft::default()
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
