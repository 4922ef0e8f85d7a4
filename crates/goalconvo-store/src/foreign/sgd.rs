//! Schema-Guided Dialogue, and MultiWOZ 2.2 in its layout: words, acts, states, and service calls with their results.

use goalconvo_core::{Act, ActKind, Arguments, Origin, Role, Slots, Utterance, Value};
use smol_str::{SmolStr, format_smolstr};

use super::draft::Draft;
use super::multiwoz::changes;
use super::piece::{Flaw, Piece};

/// Reads one dialogue.
pub(super) fn read(record: &Piece<'_, '_>, draft: &mut Draft) -> Result<(), Flaw> {
    draft.id = record.field("dialogue_id").map(|id| id.name()).transpose()?;
    if let Some(services) = record.field("services") {
        for service in services.items()? {
            draft.domains.push(service.text()?.into());
        }
    }
    let (mut before, mut now) = (Slots::new(), Slots::new());
    for turn in record.need("turns")?.items()? {
        let speaker = turn.need("speaker")?;
        let role = match speaker.text()? {
            "USER" | "user" => Role::User,
            "SYSTEM" | "system" => Role::Assistant,
            _ => return Err(speaker.expected("USER or SYSTEM")),
        };
        let text = turn.need("utterance")?.text()?.to_owned();
        let mut said = Utterance { text, origin: Origin::Human, ..Utterance::default() };
        let frames = turn.field("frames");
        if let Some(frames) = &frames {
            for frame in frames.items()? {
                self::frame(&frame, &mut said, &mut now, draft)?;
            }
        }
        if role == Role::User {
            said.state = changes(&before, &now);
            before.clone_from(&now);
        }
        draft.utter(role, said);
        draft.lose_others(&turn, "turn's", &["speaker", "utterance", "frames", "turn_id"])?;
    }
    draft.lose_others(record, "field", &["dialogue_id", "services", "turns"])
}

/// One service's part in a turn. A call comes before the words that tell of it, as it happened.
fn frame(
    frame: &Piece<'_, '_>,
    said: &mut Utterance,
    state: &mut Slots,
    draft: &mut Draft,
) -> Result<(), Flaw> {
    let service = SmolStr::new(frame.need("service")?.text()?);
    if let Some(actions) = frame.field("actions") {
        for action in actions.items()? {
            acts(&action, &service, &mut said.acts, draft)?;
        }
    }
    if let Some(state_of) = frame.field("state") {
        draft.lose_others(&state_of, "state's", &["slot_values"])?;
    }
    if let Some(belief) = frame.field("state").as_ref().and_then(|state| state.field("slot_values")) {
        let own = format!("{service}-");
        state.retain(|slot, _| !slot.starts_with(&own));
        for (slot, values) in belief.fields()? {
            // Values are spellings of one value, the canonical one first.
            let spellings: Vec<&str> = values.items()?.filter_map(|value| value.json.as_str()).collect();
            let Some(first) = spellings.first() else { continue };
            for _ in 1..spellings.len() {
                draft.notes.lost("other spellings of a value", values);
            }
            // MultiWOZ 2.2 writes the service into the slot's name.
            let slot = slot.strip_prefix(&own).unwrap_or(slot);
            state.insert(format_smolstr!("{service}-{slot}"), Value::text(first));
        }
    }
    if let Some(call) = frame.field("service_call") {
        let name = call.need("method")?.text()?;
        let arguments =
            call.field("parameters").map_or_else(|| Value::record::<SmolStr>([]), |given| given.value());
        let call = draft.called(None, name, Arguments::Parsed(arguments));
        draft.utter(Role::Assistant, Utterance { tool_calls: vec![call], ..Utterance::default() });
        let results = frame.field("service_results");
        let result = results.as_ref().map_or(Value::List([].into()), Piece::value);
        draft.answer(None, Some(name), result, frame);
    }
    let known = ["service", "actions", "state", "service_call", "service_results"];
    draft.lose_others(frame, "frame's", &known)
}

fn acts(
    action: &Piece<'_, '_>,
    service: &SmolStr,
    acts: &mut Vec<Act>,
    draft: &mut Draft,
) -> Result<(), Flaw> {
    let name = action.need("act")?;
    let Some(kind) = kind_of(name.text()?) else {
        draft.notes.lost(format!("dialogue acts {:?}", name.text()?), action);
        return Ok(());
    };
    let slot = action.field("slot").map(|slot| slot.text()).transpose()?.unwrap_or_default();
    let values = action.field("canonical_values").or_else(|| action.field("values"));
    let values: Vec<&str> = match &values {
        Some(values) => values.items()?.filter_map(|value| value.json.as_str()).collect(),
        None => Vec::new(),
    };
    let of_domain = Act { domain: Some(service.clone()), ..Act::new(kind) };
    if matches!(kind, ActKind::Intend | ActKind::OfferIntent) {
        acts.push(Act { intent: values.first().map(SmolStr::new), ..of_domain });
        return Ok(());
    }
    let about = if slot.is_empty() || slot == "count" { of_domain } else { of_domain.slot(&slot.into()) };
    if values.is_empty() {
        acts.push(about);
        return Ok(());
    }
    for value in values {
        acts.push(match (kind, value) {
            (ActKind::Inform, "dontcare") => Act { act: ActKind::DontCare, ..about.clone() },
            _ => about.clone().value(Value::text(value)),
        });
    }
    Ok(())
}

fn kind_of(act: &str) -> Option<ActKind> {
    Some(match act {
        "INFORM" => ActKind::Inform,
        "REQUEST" => ActKind::Request,
        "CONFIRM" => ActKind::Confirm,
        "OFFER" => ActKind::Offer,
        "NOTIFY_SUCCESS" => ActKind::Done,
        "NOTIFY_FAILURE" => ActKind::NotDone,
        "INFORM_COUNT" => ActKind::Count,
        "OFFER_INTENT" => ActKind::OfferIntent,
        "REQ_MORE" => ActKind::RequestMore,
        "GOODBYE" => ActKind::Bye,
        "INFORM_INTENT" => ActKind::Intend,
        "AFFIRM" | "AFFIRM_INTENT" => ActKind::Affirm,
        "NEGATE" | "NEGATE_INTENT" => ActKind::Deny,
        "SELECT" => ActKind::Select,
        "REQUEST_ALTS" => ActKind::Alternatives,
        "THANK_YOU" => ActKind::Thank,
        _ => return None,
    })
}
