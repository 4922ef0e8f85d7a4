//! Wording: templates with their value once, whole questions, forms that fit.

use goalconvo_core::SlotKind;

use super::super::fields::Text;
use super::super::problem::{Problems, suggest};
use super::super::raw::{RawIntent, RawSlot, RawWording};
use super::Subject;

/// Currencies that can be spoken of.
const CURRENCIES: [&str; 3] = ["pounds", "dollars", "euros"];

pub(super) fn check(subject: &Subject<'_>) {
    let raw = &subject.made.raw;
    if let Some(currency) = raw.currency.as_ref().filter(|currency| !CURRENCIES.contains(&&***currency)) {
        let message = format!("unknown currency `{currency}`");
        subject.problems.mistake(currency.spot, message, suggest(currency, CURRENCIES));
    }
    for slot in &raw.slots {
        if slot.kind == SlotKind::Money && slot.wording.unit.is_empty() && raw.currency.is_none() {
            let message = format!("slot `{}` is money and the domain names no currency", slot.name);
            subject.problems.mistake(
                slot.name.spot,
                message,
                "say for example currency = \"pounds\" at the top",
            );
        }
        of_slot(slot, &slot.wording, slot.kind == SlotKind::Flag, subject.problems);
        if slot.kind != SlotKind::Flag
            && let Some(first) = slot.wording.negative.as_deref().and_then(any)
        {
            subject.problems.mistake(
                first.spot,
                format!("slot `{}` is no flag and has negative wording", slot.name),
                "take it away",
            );
        }
    }
    raw.intents.iter().for_each(|intent| of_intent(intent, subject.problems));
    for (name, rule) in &raw.rules {
        sentence(rule, &format!("rule `{name}`"), subject.problems);
    }
}

fn any(wording: &RawWording) -> Option<&Text> {
    [&wording.noun, &wording.before, &wording.after, &wording.says, &wording.wish]
        .into_iter()
        .flatten()
        .next()
}

fn of_slot(slot: &RawSlot, wording: &RawWording, flag: bool, problems: &Problems) {
    for template in [&wording.before, &wording.after, &wording.says, &wording.wish].into_iter().flatten() {
        let values = template.matches("{value}").count();
        if flag && values > 0 {
            problems.mistake(
                template.spot,
                format!("{:?} has a {{value}}, but a flag has none to say", &**template),
                "say it in words",
            );
        } else if !flag && values != 1 {
            let message = format!("{:?} holds {{value}} {values} times, expected once", &**template);
            problems.mistake(template.spot, message, "write {value} where the value stands");
        }
        braces(template, problems);
    }
    for text in [&wording.noun, &wording.question, &wording.ask].into_iter().flatten() {
        if text.contains("{value}") {
            problems.mistake(
                text.spot,
                format!("{:?} has a {{value}}, expected none here", &**text),
                "take it away",
            );
        }
        braces(text, problems);
    }
    for text in [&wording.question, &wording.ask].into_iter().flatten() {
        if !text.ends_with('?') && !text.ends_with('.') {
            problems.mistake(text.spot, format!("{:?} is no whole sentence", &**text), "end it with ? or .");
        }
    }
    if slot.kind == SlotKind::Count && wording.unit.is_empty() && !flag && !wording.after.is_empty() {
        problems.note(
            slot.name.spot,
            format!("count `{}` has no unit", slot.name),
            "add unit = [[\"night\", \"nights\"]]",
        );
    }
    if let Some(negative) = &wording.negative {
        let pairs = [
            (&wording.before, &negative.before),
            (&wording.after, &negative.after),
            (&wording.says, &negative.says),
        ];
        for (yes, no) in pairs {
            for text in no.iter().filter(|text| yes.iter().any(|other| other.text == text.text)) {
                let message =
                    format!("{:?} is said when `{}` is true and when it is false", &**text, slot.name);
                problems.mistake(text.spot, message, "let the two differ");
            }
        }
        of_slot(slot, negative, flag, problems);
    }
}

/// Placeholders other than `{value}`, and braces that are not closed.
fn braces(text: &Text, problems: &Problems) {
    let rest = text.replace("{value}", "");
    if rest.contains(['{', '}']) {
        problems.mistake(
            text.spot,
            format!("{:?} has a placeholder other than {{value}}", &**text),
            "write {value} or plain words",
        );
    }
    if text.trim().is_empty() {
        problems.mistake(text.spot, "an empty phrase", "write it or take it away");
    } else if text.trim().len() != text.len() {
        problems.mistake(
            text.spot,
            format!("{:?} begins or ends with a space", &**text),
            "take the space away",
        );
    }
}

fn of_intent(intent: &RawIntent, problems: &Problems) {
    let wording = &intent.wording;
    let all = [
        &wording.noun,
        &wording.plural,
        &wording.pronoun,
        &wording.tail,
        &wording.verb,
        &wording.done,
        &wording.deed,
        &wording.reason,
        &wording.hope,
    ];
    all.into_iter().flatten().for_each(|text| {
        if text.contains("{value}") {
            problems.mistake(
                text.spot,
                format!("{:?} has a {{value}}, expected none here", &**text),
                "take it away",
            );
        }
        braces(text, problems);
    });
    if let (Some(first), true) = (wording.plural.first(), wording.plural.len() != wording.noun.len()) {
        let message = format!("{} plurals for {} nouns", wording.plural.len(), wording.noun.len());
        problems.mistake(first.spot, message, "give one plural for each noun, in the same order");
    }
    for verb in wording.verb.iter().filter(|verb| verb.starts_with("to ")) {
        problems.mistake(
            verb.spot,
            format!("{:?} begins with \"to\"", &**verb),
            "write the infinitive without it",
        );
    }
    for deed in wording.deed.iter().filter(|deed| !deed.contains(' ')) {
        problems.mistake(
            deed.spot,
            format!("{:?} has no article", &**deed),
            "write it as in \"the booking\"",
        );
    }
    wording.reason.iter().for_each(|reason| sentence(reason, "a reason", problems));
    wording.hope.iter().for_each(|hope| sentence(hope, "a hope", problems));
}

fn sentence(text: &Text, what: &str, problems: &Problems) {
    let whole =
        text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) && text.ends_with(['.', '!', '?']);
    if !whole {
        problems.mistake(
            text.spot,
            format!("{what} is no whole sentence: {:?}", &**text),
            "begin with a capital, end with a full stop",
        );
    }
}
