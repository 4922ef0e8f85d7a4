//! No question is left open.

use super::{case::Case, reason};
use crate::{Act, ActKind, Cue, Reading, Reason};

/// Checks that every question of the user's is answered or refused, and that the assistant's last words ask nothing
/// that has to be answered.
pub(super) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for (at, said) in case.user() {
        for (number, act) in said.acts.iter().enumerate().filter(|(_, act)| act.act == ActKind::Request) {
            if !is_answered(case, at, act) {
                let slot = act.slot.as_deref().unwrap_or_default();
                reasons.push(reason(
                    "open",
                    &format!("/turns/{at}/acts/{number}"),
                    &format!("nobody told the user the {slot}"),
                ));
            }
        }
    }
    unasked(case, reasons);
    let Some((at, last)) = case.assistant().last() else { return };
    let spoke_last = case.user().last().is_none_or(|(user, _)| user < at);
    let asks = |act: &Act| matches!(act.act, ActKind::Request | ActKind::Confirm);
    let in_words = || case.readings.get(at).is_some_and(is_question);
    if spoke_last && (last.acts.iter().any(asks) || in_words()) {
        reasons.push(reason("open", &format!("/turns/{at}"), "the dialogue ends on a question"));
    }
    if !spoke_last {
        reasons.push(reason("open", "/turns", "the user's last words have no reply"));
    }
}

fn is_question(reading: &Reading) -> bool {
    reading.cues.iter().any(|(_, cue)| *cue == Cue::Question)
}

/// Questions in the user's words that no act asks: nobody knows whether they are answered.
fn unasked(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let closes =
        |act: &Act| matches!(act.act, ActKind::Thank | ActKind::Bye | ActKind::Deny | ActKind::Acknowledge);
    for (at, said) in case.user() {
        let only_closes = !said.acts.is_empty() && said.acts.iter().all(closes);
        if only_closes && case.readings.get(at).is_some_and(is_question) {
            reasons.push(reason("open", &format!("/turns/{at}/text"), "asks what no act of the turn asks"));
        }
    }
}

fn is_answered(case: &Case<'_>, at: usize, request: &Act) -> bool {
    let same = |act: &Act| act.domain == request.domain && act.intent == request.intent;
    let told = |act: &Act| {
        act.act == ActKind::Inform
            && act.domain == request.domain
            && act.slot == request.slot
            && (request.of.is_none() || act.of == request.of)
    };
    let failed = |act: &Act| {
        same(act)
            && matches!(
                act.act,
                ActKind::Unable | ActKind::Trouble | ActKind::Refuse | ActKind::NotDone | ActKind::NoMatch
            )
    };
    case.assistant().any(|(place, said)| place > at && said.acts.iter().any(|act| told(act) || failed(act)))
}
