//! No question is left open.

use super::words::is_structured;
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
    for (at, said) in case.user() {
        let Some(reading) = case.readings.get(at) else { continue };
        let closing = closes(&said.acts) && is_question(reading);
        if closing || (is_structured(said) && asks_more(&said.text, &said.acts, reading)) {
            reasons.push(reason("open", &format!("/turns/{at}/text"), "asks what no act of the turn asks"));
        }
    }
}

/// Whether acts do nothing but come to an end.
fn closes(acts: &[Act]) -> bool {
    let closing =
        |act: &Act| matches!(act.act, ActKind::Thank | ActKind::Bye | ActKind::Deny | ActKind::Acknowledge);
    !acts.is_empty() && acts.iter().all(closing)
}

/// Whether a user's words ask what its acts do not: a question beside a goodbye, or more questions without a value than
/// there are acts that could be one.
pub fn asks_more(text: &str, acts: &[Act], reading: &Reading) -> bool {
    (closes(acts) && is_question(reading)) || bare_questions(text, reading) > room(acts)
}

/// How many sentences that end in a question mark hold no value: a question with one is a wish ("is there one in the
/// north?").
fn bare_questions(text: &str, reading: &Reading) -> usize {
    let ends = |at: usize| text[at..].chars().nth(1).is_none_or(char::is_whitespace);
    let mut start = 0;
    let mut bare = 0;
    for (at, mark) in text.match_indices(['.', '!', '?']).filter(|(at, _)| ends(*at)) {
        let holds_value = reading.mentions.iter().any(|one| one.span.start >= start && one.span.end <= at);
        bare += usize::from(mark == "?" && !holds_value);
        start = at;
    }
    bare
}

/// How many such questions the acts of a turn can be: one each, and two of who begins something ("Can you help me? …").
fn room(acts: &[Act]) -> usize {
    let of = |act: &Act| match act.act {
        ActKind::Intend => 2,
        ActKind::Request | ActKind::Alternatives | ActKind::DontCare => 1,
        _ => 0,
    };
    acts.iter().map(of).sum()
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
