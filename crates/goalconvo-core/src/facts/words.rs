//! Every value in a text is in an act and the other way round, with evidence that holds.

use std::ops::Range;

use super::case::Case;
use super::ground::{characters, in_rule, is_about, is_choice, of_act_source};
use super::reason;
use crate::{
    Act, ActKind, Cue, Evidence, Mention, Origin, Reason, Role, SlotKind, Turn, Utterance, agrees, licenses,
};

/// Checks all texts.
pub(super) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for (at, said) in case.user() {
        unsaid(case, at, said, reasons);
        unlicensed(case, at, Role::User, said, reasons);
        unheard(case, at, said, reasons);
    }
    for (at, said) in case.assistant() {
        unsaid(case, at, said, reasons);
        unlicensed(case, at, Role::Assistant, said, reasons);
        strange(case, at, said, reasons);
        mixed(at, said, reasons);
        twice(at, said, reasons);
        unfounded(case, at, said, reasons);
        uncovered(case, at, said, reasons);
        said.evidence
            .iter()
            .enumerate()
            .for_each(|(number, evidence)| untrue(case, at, said, number, evidence, reasons));
    }
}

/// Values that an act carries and the text does not.
fn unsaid(case: &Case<'_>, at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    let Some(reading) = case.readings.get(at) else { return };
    let heard = reading.acts(&said.acts);
    for (number, act) in said.acts.iter().enumerate() {
        let Some(value) = &act.value else { continue };
        let found = match is_verbatim(act) {
            true => value.as_text().is_some_and(|text| contains(&said.text, text)),
            false => heard.contains(&Some(number)),
        };
        if !found {
            let what = format!("{value} is not in {:?}", said.text);
            reasons.push(reason("unsaid", &format!("/turns/{at}/acts/{number}"), &what));
        }
    }
}

/// Acts whose value is a sentence that the words repeat.
fn is_verbatim(act: &Act) -> bool {
    matches!(act.act, ActKind::Refuse | ActKind::NotDone)
}

/// Whether the text has the sentence, whatever its capitals and its last full stop are.
fn contains(text: &str, sentence: &str) -> bool {
    let plain = |text: &str| text.to_lowercase();
    plain(text).contains(plain(sentence).trim_end_matches('.'))
}

/// Values of the assistant's acts that nothing supports.
fn unfounded(case: &Case<'_>, at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    for (number, act) in said.acts.iter().enumerate() {
        if act.value.is_some() && of_act_source(case, at, act).is_none() {
            let of = act.of.as_ref().map_or(String::new(), |of| format!(" of {of}"));
            let what = format!(
                "{}{of}: no result and no word of the user's supports it",
                act.value.clone().unwrap_or_default()
            );
            reasons.push(reason("ungrounded", &format!("/turns/{at}/acts/{number}"), &what));
        }
    }
}

/// Values in the assistant's words without evidence, or with one that is about something else.
fn uncovered(case: &Case<'_>, at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    let Some(reading) = case.readings.get(at) else { return };
    for (mention, act) in reading.mentions.iter().zip(reading.acts(&said.acts)) {
        let act = act.and_then(|act| said.acts.get(act));
        // A rule or a tool's message is quoted whole: its own values are its own.
        if is_quoted(said, &mention.span) {
            continue;
        }
        let span = characters(&said.text, mention);
        let evidence =
            said.evidence.iter().find(|evidence| evidence.span == span && mention.means(&evidence.value));
        let wrong = match (evidence, act) {
            _ if mention.twisted => Some("the words beside it make another value of it"),
            (None, _) => Some("it has no evidence"),
            (Some(evidence), None) if is_structured(said) && !is_choice(said, &evidence.source) => {
                Some("no act of the turn says it")
            }
            (Some(evidence), Some(act)) if !is_about(case, at, act, &evidence.source) => {
                Some("its evidence is about something else than its act")
            }
            (Some(evidence), act) if !is_money_where_money_is(case, mention, act, &evidence.source) => {
                Some("it is money, and its evidence is not")
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            let words = said.text.get(mention.span.clone()).unwrap_or_default();
            reasons.push(reason("ungrounded", &format!("/turns/{at}/text"), &format!("{words:?}: {wrong}")));
        }
    }
}

/// Whether words were made for acts, so that nothing is said that no act does. Words that were made first, and whose
/// acts were read from them, may say more than could be read.
pub(super) fn is_structured(said: &Utterance) -> bool {
    matches!(said.origin, Origin::Grammar | Origin::Mined)
}

/// Whether words repeat a rule or a tool's message there.
fn is_quoted(said: &Utterance, span: &Range<usize>) -> bool {
    let quotes = said.acts.iter().filter(|act| is_verbatim(act));
    let mut quotes = quotes.filter_map(|act| act.value.as_ref()?.as_text());
    said.text.get(span.clone()).is_some_and(|words| quotes.any(|text| contains(text, words)))
}

/// An amount of money stands for a slot that holds money.
fn is_money_where_money_is(case: &Case<'_>, mention: &Mention, act: Option<&Act>, source: &str) -> bool {
    let column = source.rsplit_once('/').map_or("", |(_, column)| column);
    let name = act.and_then(|act| act.slot.as_deref()).unwrap_or(column);
    let mut slots = case.stage.domains().iter().filter_map(|domain| domain.slots.get(name));
    mention.kind != SlotKind::Money || column == "text" || slots.any(|slot| slot.kind == SlotKind::Money)
}

/// Words that do what no act of their turn does: claims, failures, a yes or a no, talk of a slot.
fn unlicensed(case: &Case<'_>, at: usize, role: Role, said: &Utterance, reasons: &mut Vec<Reason>) {
    let Some(reading) = case.readings.get(at) else { return };
    for (span, cue) in &reading.cues {
        // Whose words they are is the contract's business.
        let checked = match cue {
            Cue::OtherRole | Cue::Leak => false,
            Cue::Yes | Cue::No | Cue::Withdrawal => !said.acts.is_empty(),
            _ => is_structured(said),
        };
        if checked && !licenses(role, &said.acts, cue) && !is_quoted(said, span) {
            let words = said.text.get(span.clone()).unwrap_or_default();
            let what = format!("{words:?}: no act of the turn does that");
            reasons.push(reason("words", &format!("/turns/{at}/text"), &what));
        }
    }
}

/// A yes that is in the acts alone, or a value that the user's words rule out.
fn unheard(case: &Case<'_>, at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    let Some(reading) = case.readings.get(at).filter(|_| is_structured(said)) else { return };
    let place = format!("/turns/{at}/text");
    if !agrees(&said.acts, reading) {
        reasons.push(reason("words", &place, "an act of the turn agrees, and no word of it does"));
    }
    for mention in reading.mentions.iter().filter(|mention| mention.twisted) {
        let words = said.text.get(mention.span.clone()).unwrap_or_default();
        let what = format!("{words:?}: the words beside it make another value of it");
        reasons.push(reason("words", &place, &what));
    }
}

/// Words in the grammar's name that the grammar does not have.
fn strange(case: &Case<'_>, at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    let Some(reading) = case.readings.get(at).filter(|_| said.origin == Origin::Grammar) else { return };
    for span in reading.strange.iter().filter(|span| !is_quoted(said, span)) {
        let words = said.text.get(span.clone()).unwrap_or_default();
        let what = format!("{words:?} is said to be the grammar's, which has no such word");
        reasons.push(reason("words", &format!("/turns/{at}/text"), &what));
    }
}

/// Facts of one entity beside the offer of another.
fn mixed(at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    for offer in said.acts.iter().filter(|act| act.act == ActKind::Offer) {
        let other = |act: &&Act| {
            act.act == ActKind::Inform
                && act.of.is_some()
                && act.of != offer.of
                && act.domain == offer.domain
                && act.intent == offer.intent
        };
        if said.acts.iter().any(|act| other(&act)) {
            let what = "facts of one entity stand beside the offer of another";
            reasons.push(reason("entity", &format!("/turns/{at}/acts"), what));
        }
    }
}

/// One thing offered as if it were two.
fn twice(at: usize, said: &Utterance, reasons: &mut Vec<Reason>) {
    let offers: Vec<&Act> = said.acts.iter().filter(|act| act.act == ActKind::Offer).collect();
    let again = |(number, offer): (usize, &&Act)| {
        offers[..number]
            .iter()
            .any(|other| other.of.is_some() && other.of == offer.of && other.slot == offer.slot)
    };
    if offers.iter().enumerate().any(again) {
        reasons.push(reason("entity", &format!("/turns/{at}/acts"), "one entity is offered twice"));
    }
}

/// Evidence that does not hold.
fn untrue(
    case: &Case<'_>,
    at: usize,
    said: &Utterance,
    number: usize,
    evidence: &Evidence,
    reasons: &mut Vec<Reason>,
) {
    let place = format!("/turns/{at}/evidence/{number}");
    let mentions = case.readings.get(at).map_or(&[][..], |reading| &reading.mentions);
    let read = mentions
        .iter()
        .any(|mention| characters(&said.text, mention) == evidence.span && mention.means(&evidence.value));
    if !read {
        reasons.push(reason("evidence", &place, "the span does not say this value"));
    }
    if !supports(case, at, evidence) {
        reasons.push(reason(
            "evidence",
            &place,
            &format!("{} does not hold {}", evidence.source, evidence.value),
        ));
    }
}

/// Whether the source has the value, before the turn that leans on it.
fn supports(case: &Case<'_>, at: usize, evidence: &Evidence) -> bool {
    if let Some(rule) = evidence.source.strip_prefix("policy:/") {
        let sentence =
            rule.split_once('/').and_then(|(domain, rule)| case.stage.domain(domain)?.policy.rules.get(rule));
        return sentence.is_some_and(|sentence| {
            let says = |mention: &Mention| mention.means(&evidence.value);
            Some(sentence.as_str()) == evidence.value.as_text() || in_rule(case, sentence, &says).is_some()
        });
    }
    if let Some((tool, argument)) = evidence.source.strip_prefix("tool:/").and_then(|at| at.split_once('/')) {
        let offered = !case.scenario.missing_tools.iter().any(|missing| missing == tool);
        let argument = case.stage.tool(tool).filter(|_| offered).and_then(|tool| tool.argument(argument));
        return argument.is_some_and(|argument| argument.allowed.contains(&evidence.value));
    }
    let Some((turn, rest)) = evidence.source.strip_prefix("/turns/").and_then(|path| path.split_once('/'))
    else {
        return false;
    };
    let Some(turn) = turn.parse::<usize>().ok().filter(|turn| *turn < at) else { return false };
    match case.turns().get(turn) {
        Some(Turn::Tool(answer)) => match rest.strip_prefix("result") {
            Some(path) => answer.result.pointer(path) == Some(&evidence.value),
            None => {
                rest == "error/message"
                    && answer
                        .error
                        .as_ref()
                        .is_some_and(|error| Some(error.message.as_str()) == evidence.value.as_text())
            }
        },
        Some(Turn::User(_)) => {
            rest == "text" && case.readings.get(turn).is_some_and(|reading| reading.mentions(&evidence.value))
        }
        _ => false,
    }
}
