//! What can be wanted of a stage, as a model that writes goals is told of it.

use goalconvo_core::{Domain, Intent, IntentKind, Stage};
use serde::Serialize;
use smol_str::SmolStr;

use crate::goals::values;

/// One domain.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Offered {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// What can be wanted in it.
    pub intents: Vec<OfferedIntent>,
    /// Its slots.
    pub slots: Vec<OfferedSlot>,
}

/// One intent.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OfferedIntent {
    /// Its name.
    pub name: String,
    /// What the user wants to do, infinitive without "to".
    pub verb: String,
    /// `search`, `look up` or `change`.
    pub kind: String,
    /// The intent that has to come before it; may be empty.
    pub after: String,
    /// Slots that must be given.
    pub required: Vec<SmolStr>,
    /// Slots that may be given.
    pub optional: Vec<SmolStr>,
    /// Slots that can be asked about.
    pub questions: Vec<SmolStr>,
}

/// One slot.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OfferedSlot {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Some of its values.
    pub values: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

/// So many values of a slot are shown.
const VALUES: usize = 12;

/// All that a stage offers.
pub(crate) fn catalogue(stage: &Stage) -> Vec<Offered> {
    stage.domains().iter().map(|domain| offered(domain)).collect()
}

fn offered(domain: &Domain) -> Offered {
    let mut slots: Vec<&SmolStr> = Vec::new();
    for slot in domain.intents.iter().flat_map(|intent| intent.required.iter().chain(&intent.optional)) {
        if !slots.contains(&slot) {
            slots.push(slot);
        }
    }
    Offered {
        name: domain.name.to_string(),
        description: domain.description.clone(),
        intents: domain.intents.iter().map(intent).collect(),
        slots: slots.into_iter().filter_map(|name| slot(domain, name)).collect(),
    }
}

fn intent(intent: &Intent) -> OfferedIntent {
    let kind = match intent.kind {
        IntentKind::Search => "search",
        IntentKind::Lookup => "look up",
        IntentKind::Transact => "change",
    };
    OfferedIntent {
        name: intent.name.to_string(),
        verb: intent.wording.verb.first().cloned().unwrap_or_default(),
        kind: kind.to_owned(),
        after: intent.entity.as_ref().map(ToString::to_string).unwrap_or_default(),
        required: intent.required.clone(),
        optional: intent.optional.clone(),
        questions: intent.requests.clone(),
    }
}

fn slot(domain: &Domain, name: &SmolStr) -> Option<OfferedSlot> {
    let slot = domain.slots.get(name)?;
    let mut all: Vec<SmolStr> = Vec::new();
    for value in values(domain, name) {
        let value = value.plain();
        if !all.contains(&value) {
            all.push(value);
        }
        if all.len() > VALUES {
            break;
        }
    }
    let more = all.len() > VALUES;
    Some(OfferedSlot {
        name: name.to_string(),
        description: slot.description.clone(),
        values: all.into_iter().take(VALUES).map(|value| value.to_string()).collect(),
        more,
    })
}
