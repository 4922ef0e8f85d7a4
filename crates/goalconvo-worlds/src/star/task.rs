//! A task of STAR as this program understands it: which slots it takes and tells, in which order, and what kind of
//! errand it is.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::SlotKind;
use serde_json::{Value as Json, json};

use super::fields::Field;
use super::flow::Flow;
use super::report::Report;
use super::source::Source;
use crate::registry::names::words;
use crate::schemas::star::names_a_write;

/// What kind of errand a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// Things are found by preferences.
    Search,
    /// One record is looked up by what identifies it.
    Lookup,
    /// Something is written down.
    Transact,
    /// A thing is found by preferences and then taken.
    FindAndTake,
}

/// A task.
pub(super) struct Task {
    /// Its name, which is its world's too.
    pub name: String,
    /// What kind of errand it is.
    pub errand: Errand,
    /// Slots that the API takes.
    pub inputs: Vec<Field>,
    /// Slots that it tells and does not take.
    pub outputs: Vec<Field>,
    /// Names of slots that have to be known, in the order in which the wizard asks.
    pub required: Vec<String>,
    /// Names of those that may be.
    pub optional: Vec<String>,
    /// Other slots that will do in place of the required ones, when the user does not know those.
    pub otherwise: Option<Vec<String>>,
    /// The wizard's question by slot.
    pub questions: BTreeMap<String, String>,
    /// What the wizard says when it is done.
    pub done: Option<String>,
    /// Whether it can turn out that it can't be had.
    pub can_fail: bool,
    /// Columns of the table behind it, in order.
    pub columns: Vec<Field>,
    /// The flow.
    pub flow: Flow,
}

impl Task {
    /// Understands a task; nothing if there is no API for it.
    pub fn of(name: &str, source: &Source, report: &mut Report) -> Option<Self> {
        let api = source.apis.get(name)?;
        let flow = Flow::new(source.tasks.get(name)?, source.replies.get(name));
        let thing = words(name).first().cloned().unwrap_or_default();
        let columns = |json: Option<&Json>| -> Vec<Field> {
            json.and_then(Json::as_array)
                .into_iter()
                .flatten()
                .flat_map(|column| Field::of(column, &thing))
                .collect()
        };
        let inputs = columns(api.get("input"));
        let mut outputs = columns(api.get("output"));
        let all = outputs.clone();
        outputs.retain(|field| !inputs.iter().any(|input| input.name == field.name));
        let shared = shared(api);
        let errand = errand(name, api, shared);
        if errand == Errand::Lookup {
            answered(name, source, &thing, &inputs, &mut outputs);
        }
        let (questions, asks) = flow.questions(&inputs);
        let (required, optional) = required(api, errand, &inputs, &asks);
        let otherwise = otherwise(&flow, &inputs, &required);
        if errand == Errand::Lookup {
            // What may be asked by and is told is told, unless it is what the record is looked up by.
            let asked = |field: &&Field| {
                required.iter().chain(otherwise.iter().flatten()).any(|slot| *slot == field.name)
            };
            let told = |field: &&Field| !outputs.iter().any(|known| known.name == field.name);
            let more: Vec<Field> = all.iter().filter(|field| !asked(field)).filter(told).cloned().collect();
            outputs.extend(more);
        }
        let table = api.get("db").and_then(Json::as_str).unwrap_or_default();
        let domains = columns(source.tables.get(table));
        report.worlds.entry(name.to_owned()).or_default().asks.clone_from(&asks);
        let mut task = Task {
            name: name.to_owned(),
            errand,
            columns: vec![],
            done: flow.done(),
            can_fail: flow.can_fail(),
            inputs,
            outputs,
            required,
            optional,
            otherwise,
            questions,
            flow,
        };
        task.columns = task.table(&domains);
        Some(task)
    }

    /// The columns of the table behind the task: the table's own order and domains, then what else the API names.
    fn table(&self, domains: &[Field]) -> Vec<Field> {
        let told = |name: &str| {
            let is_output = self.outputs.iter().any(|field| field.name == name);
            is_output && self.errand != Errand::Transact
                || match self.errand {
                    Errand::Search => self.inputs.iter().any(|field| field.name == name),
                    Errand::Lookup => {
                        self.required.iter().chain(self.otherwise.iter().flatten()).any(|slot| slot == name)
                    }
                    Errand::FindAndTake => self.optional.iter().any(|slot| slot == name),
                    Errand::Transact => false,
                }
        };
        let mut columns: Vec<Field> = Vec::new();
        let all = domains.iter().chain(&self.inputs).chain(&self.outputs);
        for field in all.filter(|field| told(&field.name)) {
            if columns.iter().any(|column| column.name == field.name) {
                continue;
            }
            // What the API says of a slot's values is what users can say; the table's domain may say less.
            let mut column = field.clone();
            if let Some(input) =
                self.inputs.iter().chain(&self.outputs).find(|input| input.name == field.name)
            {
                column.kind = input.kind;
                column.noun.clone_from(&input.noun);
                if column.values.is_empty() || column.kind != field.kind {
                    column.values.clone_from(&input.values);
                }
                column.range = column.range.or(input.range);
                if column.when.is_none() {
                    column.when.clone_from(&input.when);
                }
            }
            columns.push(column);
        }
        columns
    }

    /// The slot of a name.
    pub fn slot(&self, name: &str) -> Option<&Field> {
        self.inputs.iter().chain(&self.outputs).find(|field| field.name == name)
    }

    /// Slots that users may want a search by.
    pub fn wants(&self) -> impl Iterator<Item = &Field> {
        let names = self.required.iter().chain(&self.optional);
        names.filter_map(|name| self.inputs.iter().find(|field| field.name == *name))
    }
}

/// How many columns an API both takes and tells.
fn shared(api: &Json) -> usize {
    let names = |key: &str| -> BTreeSet<&str> {
        let columns = api.get(key).and_then(Json::as_array).into_iter().flatten();
        columns.filter_map(|column| column.get("Name").and_then(Json::as_str)).collect()
    };
    names("input").intersection(&names("output")).count()
}

fn errand(name: &str, api: &Json, shared: usize) -> Errand {
    let takes = |column: &str| {
        let columns = api.get("input").and_then(Json::as_array).into_iter().flatten();
        columns.filter_map(|entry| entry.get("Name").and_then(Json::as_str)).any(|name| name == column)
    };
    let counts = api.get("returns_count").and_then(Json::as_bool).unwrap_or(false);
    match takes("RequestType") {
        true if shared >= 3 => Errand::FindAndTake,
        true => Errand::Transact,
        false if names_a_write(name) => Errand::Transact,
        false if counts => Errand::Search,
        false => Errand::Lookup,
    }
}

/// Adds what the knowledge base told in the dialogues, where the API does not say what it tells.
fn answered(name: &str, source: &Source, thing: &str, inputs: &[Field], outputs: &mut Vec<Field>) {
    if !outputs.is_empty() {
        return;
    }
    let events = source.dialogues.iter().flat_map(|(_, dialogue)| super::scenario::events(dialogue));
    let items = events
        .filter_map(|event| event.get("Item"))
        .filter(|item| item.get("APIName").and_then(Json::as_str) == Some(name));
    let names: BTreeSet<&String> =
        items.filter_map(Json::as_object).flat_map(serde_json::Map::keys).collect();
    for column in names.into_iter().filter(|column| !["APIName", "id"].contains(&column.as_str())) {
        let fields = Field::of(&json!({ "Name": column, "Type": "ShortString" }), thing);
        outputs
            .extend(fields.into_iter().filter(|field| !inputs.iter().any(|input| input.name == field.name)));
    }
}

/// What has to be known, and what may be.
fn required(api: &Json, errand: Errand, inputs: &[Field], asks: &[String]) -> (Vec<String>, Vec<String>) {
    let listed: Vec<&str> =
        api.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
    let needed = |field: &Field| {
        let asked = asks.contains(&field.name);
        listed.contains(&field.source.as_str())
            || asked && field.kind != SlotKind::Text && matches!(errand, Errand::Lookup | Errand::Transact)
    };
    let asked = |name: &str| asks.iter().position(|asked| asked == name).unwrap_or(usize::MAX);
    let (mut must, may): (Vec<&Field>, Vec<&Field>) = inputs.iter().partition(|field| needed(field));
    must.sort_by_key(|field| asked(&field.name));
    let names = |fields: Vec<&Field>| fields.into_iter().map(|field| field.name.clone()).collect();
    let may = match errand {
        Errand::Lookup => vec![],
        // What nobody asks for, and only the knowledge base's form has.
        Errand::Transact => may.into_iter().filter(|field| asked(&field.name) != usize::MAX).collect(),
        _ => may,
    };
    (names(must), names(may))
}

/// The slots that will do when those are missing which the flow says may be.
fn otherwise(flow: &Flow, inputs: &[Field], required: &[String]) -> Option<Vec<String>> {
    let (said, path) = flow
        .missing()
        .find(|(_, path)| path.iter().any(|label| label.split('_').any(|part| part == "ask")))?;
    let said: BTreeSet<String> = words(said).into_iter().collect();
    let missing = |name: &String| {
        inputs
            .iter()
            .any(|field| field.name == *name && words(&field.source).iter().all(|word| said.contains(word)))
    };
    let mut slots: Vec<String> = required.iter().filter(|name| !missing(name)).cloned().collect();
    for label in path {
        let open = |field: &&Field| !slots.contains(&field.name) && !required.contains(&field.name);
        let asks = label.split('_').any(|part| part == "ask");
        if let Some(field) =
            asks.then(|| super::flow::meant(label, inputs.iter().filter(open), 0.5)).flatten()
        {
            slots.push(field.name.clone());
        }
    }
    (slots.len() < inputs.len() && slots != required).then_some(slots)
}
