//! The user said nothing that its goal does not license, and nobody played the other's role.

use super::{case::Case, reason};
use crate::{Act, ActKind, Cue, Reason, Slots, Task, Turn, Utterance, Value};

/// Checks the user's acts and words, and both speakers' roles.
pub(super) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for (at, said) in case.user() {
        for (number, act) in said.acts.iter().enumerate() {
            if let Some(what) = unlicensed(case, at, act) {
                reasons.push(reason("contract", &format!("/turns/{at}/acts/{number}"), &what));
            }
        }
        invented(case, at, said, reasons);
    }
    for (at, reading) in case.readings.iter().enumerate() {
        for (_, cue) in &reading.cues {
            let what = match cue {
                Cue::OtherRole => "speaks in the other's role",
                Cue::Leak => "says what nobody says aloud",
                _ => continue,
            };
            reasons.push(reason("role", &format!("/turns/{at}/text"), what));
        }
    }
}

/// Why the goal does not license an act of the user, if so.
fn unlicensed(case: &Case<'_>, at: usize, act: &Act) -> Option<String> {
    let (Some(domain), Some(intent)) = (&act.domain, &act.intent) else { return None };
    let task = case.scenario.goal.tasks.iter().find(|task| task.domain == *domain && task.intent == *intent);
    let Some(task) = task else { return Some(format!("the goal has no task {domain}/{intent}")) };
    let slot = act.slot.as_ref();
    match act.act {
        ActKind::Inform | ActKind::Correct => {
            let (slot, value) = slot.zip(act.value.as_ref())?;
            let licensed =
                licenses(task, slot, value) || (task.carried.contains_key(slot) && known(case, at, value));
            (!licensed).then(|| format!("{slot} = {value} is not in the goal"))
        }
        ActKind::DontCare => {
            let slot = slot?;
            let wanted = task.constraints.contains_key(slot) || task.carried.contains_key(slot);
            wanted.then(|| format!("the goal does care about {slot}"))
        }
        ActKind::Select => {
            let offered = act.of.as_ref().is_some_and(|of| was_offered(case, at, of));
            (!offered).then(|| "takes what was not offered".to_owned())
        }
        ActKind::Request => {
            let slot = slot?;
            (!task.requests.contains(slot)).then(|| format!("the goal does not ask for {slot}"))
        }
        _ => None,
    }
}

/// Whether some state of the user's mind has this value.
fn licenses(task: &Task, slot: &str, value: &Value) -> bool {
    let has = |slots: &Slots| slots.get(slot) == Some(value);
    has(&task.constraints) || has(&task.changes) || task.relaxations.iter().any(has)
}

fn was_offered(case: &Case<'_>, at: usize, of: &str) -> bool {
    let offers = |said: &Utterance| {
        said.acts.iter().any(|act| act.act == ActKind::Offer && act.of.as_deref() == Some(of))
    };
    case.assistant().any(|(place, said)| place < at && offers(said))
}

/// Whether the assistant told the user a value before.
fn known(case: &Case<'_>, at: usize, value: &Value) -> bool {
    case.assistant()
        .any(|(place, said)| place < at && said.acts.iter().any(|act| act.value.as_ref() == Some(value)))
        || case
            .user()
            .any(|(place, said)| place < at && said.acts.iter().any(|act| act.value.as_ref() == Some(value)))
}

/// Values in the user's words that no act of it carries and that it cannot know.
fn invented(case: &Case<'_>, at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    let Some(reading) = case.readings.get(at) else { return };
    let mut own: Vec<&Value> = said.acts.iter().filter_map(|act| act.value.as_ref()).collect();
    for mention in &reading.mentions {
        if let Some(place) = own.iter().position(|value| mention.means(value)) {
            own.remove(place);
            continue;
        }
        let heard = case.turns().iter().take(at).enumerate().any(|(place, turn)| {
            let other = case.readings.get(place).is_some_and(|reading| {
                reading.mentions.iter().any(|other| other.values.iter().any(|value| mention.means(value)))
            });
            matches!(turn, Turn::Assistant(_)) && other
        });
        // With acts on the turn every value has one; a bare text may take up what was heard.
        if !(heard && said.acts.is_empty()) {
            let words = said.text.get(mention.span.clone()).unwrap_or_default();
            reasons.push(reason(
                "contract",
                &format!("/turns/{at}/text"),
                &format!("{words:?} is in no act of the turn"),
            ));
        }
    }
}
