//! MultiWOZ's original layout as it stands: words, dialogue acts and belief states with its own spelling of values.
//!
//! `goalconvo import multiwoz` does more: it settles spellings against the databases and makes goals of it.

use goalconvo_core::{Act, ActKind, Origin, Role, Utterance, Value};
use smol_str::{SmolStr, format_smolstr};

use super::draft::Draft;
use super::piece::{Flaw, Piece};

type State = goalconvo_core::Slots;

/// Reads one dialogue; the user has the even turns.
pub(super) fn read(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    if let Some(goal) = record.field("goal") {
        for (domain, part) in goal.fields()? {
            let wanted = part.json.as_object().is_some_and(|part| !part.is_empty());
            if wanted && domain != "topic" {
                draft.domains.push(domain.into());
            }
        }
        draft.notes.lost("goals (use `goalconvo import multiwoz` for these)", goal);
    }
    let mut state = State::new();
    let log = record.need("log")?;
    for (at, turn) in log.items()?.enumerate() {
        let user = at % 2 == 0;
        let text = turn.need("text")?.text()?.to_owned();
        let mut said = Utterance { text, origin: Origin::Human, ..Utterance::default() };
        if let Some(acts) = turn.field("dialog_act") {
            said.acts = dialogue_acts(&acts, user, draft)?;
        }
        if let Some(metadata) = turn.field("metadata").filter(|_| !user) {
            let now = belief(&metadata)?;
            said.state = changes(&state, &now);
            state = now;
        }
        draft.utter(if user { Role::User } else { Role::Assistant }, said);
        let known = ["text", "metadata", "dialog_act", "turn_id"];
        draft.lose_others(&turn, "turn's", &known)?;
    }
    draft.lose_others(record, "field", &["goal", "log"])
}

/// What changed from one belief state to the next; null for what was dropped.
pub(super) fn changes(before: &State, now: &State) -> State {
    let dropped =
        before.keys().filter(|slot| !now.contains_key(*slot)).map(|slot| (slot.clone(), Value::Null));
    let set = now.iter().filter(|(slot, value)| before.get(*slot) != Some(value));
    dropped.chain(set.map(|(slot, value)| (slot.clone(), value.clone()))).collect()
}

fn belief(metadata: &Piece<'_, '_>) -> Result<State, Flaw> {
    let mut state = State::new();
    for (domain, parts) in metadata.fields()? {
        for part in ["semi", "book"] {
            let Some(slots) = parts.field(part) else { continue };
            for (slot, value) in slots.fields()? {
                // Later versions write a list of alternatives; what was booked is no belief.
                let text = value.json.as_str().or_else(|| value.json.get(0)?.as_str()).unwrap_or_default();
                if !matches!(text.trim(), "" | "not mentioned" | "none" | "not given") && slot != "booked" {
                    state.insert(format_smolstr!("{domain}-{}", slot_of(slot)), Value::text(text.trim()));
                }
            }
        }
    }
    Ok(state)
}

fn dialogue_acts(acts: &Piece<'_, '_>, user: bool, draft: &mut Draft) -> Result<Vec<Act>, Flaw> {
    let mut read = Vec::new();
    // A turn that nobody annotated says so in words.
    if acts.json.is_string() {
        return Ok(read);
    }
    for (name, pairs) in acts.fields()? {
        let (domain, kind) = name.split_once('-').unwrap_or((name, ""));
        let domain = domain.to_lowercase();
        let Some(kind) = kind_of(kind, user) else {
            draft.notes.lost(format!("dialogue acts {name:?}"), pairs);
            continue;
        };
        let act = match domain.as_str() {
            "general" => Act::new(kind),
            _ => Act { domain: Some(domain.into()), ..Act::new(kind) },
        };
        let slots: Vec<(&str, &str)> = pairs
            .items()?
            .filter_map(|pair| Some((pair.json.get(0)?.as_str()?, pair.json.get(1)?.as_str()?)))
            .collect();
        if slots.iter().all(|(slot, _)| matches!(*slot, "none" | "")) {
            read.push(act);
            continue;
        }
        // What was done, or was not there, is an act of its own beside what is said of it.
        if matches!(kind, ActKind::Done | ActKind::NotDone | ActKind::NoMatch) {
            read.push(act.clone());
        }
        for (slot, value) in slots.into_iter().filter(|(slot, _)| !matches!(*slot, "none" | "")) {
            read.push(of_slot(&act, slot, value));
        }
    }
    Ok(read)
}

fn of_slot(act: &Act, slot: &str, value: &str) -> Act {
    if slot == "Choice" {
        return Act { act: ActKind::Count, ..act.clone() }.value(Value::text(value));
    }
    let slot = slot_of(slot);
    // Recommending a place by its name is an offer; the rest about it is information.
    let kind = match act.act {
        ActKind::Offer if !matches!(slot.as_str(), "name" | "train_id") => ActKind::Inform,
        ActKind::Intend | ActKind::OfferIntent | ActKind::Done | ActKind::NotDone | ActKind::NoMatch => {
            ActKind::Inform
        }
        kind => kind,
    };
    let act = Act { act: kind, ..act.clone() }.slot(&slot);
    if matches!(value, "?" | "none" | "") { act } else { act.value(Value::text(value)) }
}

/// The act when no slot is with it.
fn kind_of(kind: &str, user: bool) -> Option<ActKind> {
    Some(match kind {
        "Inform" if user => ActKind::Intend,
        "Inform" => ActKind::OfferIntent,
        "Request" => ActKind::Request,
        "Recommend" | "Select" => ActKind::Offer,
        "NoOffer" => ActKind::NoMatch,
        "Book" | "OfferBooked" => ActKind::Done,
        "NoBook" => ActKind::NotDone,
        "OfferBook" => ActKind::OfferIntent,
        "bye" => ActKind::Bye,
        "greet" => ActKind::Greet,
        "reqmore" => ActKind::RequestMore,
        "thank" => ActKind::Thank,
        "welcome" => ActKind::Welcome,
        _ => return None,
    })
}

/// Slots by the names that the rest of the program has for them; others in lower case as they stand.
fn slot_of(slot: &str) -> SmolStr {
    let slot = slot.to_lowercase();
    let ours = match slot.as_str() {
        "price" | "price range" => "pricerange",
        "ticket" => "price",
        "leaveat" | "leave" => "leave_at",
        "arriveby" | "arrive" => "arrive_by",
        "depart" => "departure",
        "dest" => "destination",
        "ref" => "reference",
        "post" => "postcode",
        "addr" => "address",
        "fee" | "entrance fee" => "entrance_fee",
        "open" | "open hours" => "openhours",
        "id" | "trainid" => "train_id",
        "car type" | "taxi_types" => "car",
        other => other,
    };
    SmolStr::new(ours)
}
