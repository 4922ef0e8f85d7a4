//! Every argument has provenance, every claim a call, every call a claim.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::case::{Case, Made};
use super::ground::{is_spoken, latest_search, returned_before};
use super::reason;
use crate::{Act, ActKind, Cue, ErrorKind, Intent, Paging, Reason, Utterance, Value};

/// Checks all calls, and all acts and words that speak of calls.
pub(super) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let mut ids = BTreeSet::new();
    for made in case.calls() {
        if !ids.insert(made.call.id.clone()) {
            reasons.push(reason("call", &place(&made), "another call has the same id"));
        }
        unknown(case, &made, reasons);
        arguments(case, &made, reasons);
        if made.answer.is_none() {
            reasons.push(reason("call", &place(&made), "the call has no answer"));
        }
        unconfirmed(case, &made, reasons);
        unannounced(case, &made, reasons);
    }
    for (at, said) in case.assistant() {
        for (number, act) in said.acts.iter().enumerate() {
            if let Some(what) = unfounded(case, at, act) {
                reasons.push(reason("claim", &format!("/turns/{at}/acts/{number}"), what));
            }
        }
        claims(case, at, reasons);
    }
}

fn place(made: &Made<'_>) -> String {
    format!("/turns/{}/tool_calls/{}", made.turn, made.at)
}

/// A tool that is not there answers that it is not there, and nothing else.
fn unknown(case: &Case<'_>, made: &Made<'_>, reasons: &mut Vec<Reason>) {
    let name = &made.call.function.name;
    let says_so = made.answer.is_some_and(|(_, answer)| {
        answer.error.as_ref().is_some_and(|error| error.kind == ErrorKind::UnknownTool)
    });
    if case.stage.tool(name).is_none() && !says_so {
        reasons.push(reason("call", &place(made), &format!("there is no tool {name}")));
    }
}

/// An argument is what the user said last of that slot, or what a tool returned.
fn arguments(case: &Case<'_>, made: &Made<'_>, reasons: &mut Vec<Reason>) {
    let Some(tool) = case.stage.tool(&made.call.function.name) else { return };
    for (name, value) in tool.by_slot(&made.call.function.arguments).fields() {
        let at = format!("{}/function/arguments/{name}", place(made));
        if let Some(paging) = tool.paging.as_ref().filter(|paging| paging.has(name)) {
            if *name == paging.start && !is_page(case, made, paging, value) {
                reasons.push(reason(
                    "argument",
                    &at,
                    &format!("{value} asks for a page that no answer gave"),
                ));
            }
            continue;
        }
        if !is_spoken(tool, name, case) {
            if !returned_before(case, made, value) {
                reasons.push(reason("argument", &at, &format!("{value} comes from no earlier result")));
            } else if !is_of_entity(case, made, name, value) {
                reasons.push(reason(
                    "argument",
                    &at,
                    &format!("{value} is not of the entity that the talk is about"),
                ));
            }
            continue;
        }
        let users = case.intents_of(&tool.name).find_map(|(domain, _)| case.latest(made.turn, domain, name));
        match users {
            Some((_, latest)) if latest == value => {}
            Some((turn, latest)) => reasons.push(reason(
                "argument",
                &at,
                &format!("{value}, but the user said {latest} in turn {turn}"),
            )),
            None => reasons.push(reason("argument", &at, &format!("{value} was said by nobody"))),
        }
    }
}

/// Whether a value asks for the first page, or for one that an earlier answer of the tool gave as its next.
fn is_page(case: &Case<'_>, made: &Made<'_>, paging: &Paging, value: &Value) -> bool {
    let name = &made.call.function.name;
    let mut answers = case.answers(made.turn).filter(|(_, answer)| answer.name == *name);
    paging.first().as_ref() == Some(value)
        || answers.any(|(_, answer)| answer.result.field("next") == Some(value))
}

/// Whether an argument belongs to the entity that was taken, or else offered last, or else looked up.
fn is_of_entity(case: &Case<'_>, made: &Made<'_>, argument: &str, value: &Value) -> bool {
    let intents = case.intents_of(&made.call.function.name);
    let sources = intents.filter_map(|(domain, intent)| {
        let (_, column) = intent.from_entity.iter().find(|(name, _)| name == argument)?;
        let source = case.stage.intent(domain, intent.entity.as_ref()?)?;
        Some((domain, source, column))
    });
    let mut sources = sources.peekable();
    sources.peek().is_none()
        || sources.any(|(domain, source, column)| {
            let record = entity_at(case, made.turn, domain, source);
            record.is_some_and(|record| record.field(column) == Some(value))
        })
}

/// The entity of an intent as a tool returned it before a turn: the one taken last, else offered last, else got.
fn entity_at<'a>(case: &Case<'a>, before: usize, domain: &str, intent: &Intent) -> Option<&'a Value> {
    let of = |kind: ActKind, acts: &'a [Act]| {
        let is = |act: &&Act| {
            act.act == kind
                && act.domain.as_deref() == Some(domain)
                && act.intent.as_ref() == Some(&intent.name)
        };
        acts.iter().rev().find(is).and_then(|act| act.of.as_deref())
    };
    let taken = case
        .user()
        .filter(|(at, _)| *at < before)
        .rev()
        .find_map(|(_, said)| of(ActKind::Select, &said.acts));
    let offered = || {
        case.assistant()
            .filter(|(at, _)| *at < before)
            .rev()
            .find_map(|(_, said)| of(ActKind::Offer, &said.acts))
    };
    let mut answers =
        case.answers(before).rev().filter(|(_, answer)| answer.name == intent.tool && answer.error.is_none());
    let tool = case.stage.tool(&intent.tool)?;
    match taken.or_else(offered) {
        Some(key) => answers
            .flat_map(|(_, answer)| answer.result.field("results").map_or(&[][..], Value::items))
            .find(|row| tool.key_of(row).is_some_and(|own| own == key)),
        None => answers.next().map(|(_, answer)| &answer.result),
    }
}

/// A transaction that wants a yes has had one, and to the values that it is called with: what the user gives after its
/// yes needs another one.
fn unconfirmed(case: &Case<'_>, made: &Made<'_>, reasons: &mut Vec<Reason>) {
    let mut wanting =
        case.intents_of(&made.call.function.name).filter(|(_, intent)| intent.confirm).peekable();
    if wanting.peek().is_some() && !wanting.any(|about| confirmed(case, made, about)) {
        reasons.push(reason(
            "confirmation",
            &place(made),
            "the user was not asked for a yes to these values, or did not give it",
        ));
    }
}

/// Whether the user said yes to an intent as it is before its call, and to that entity where one was named.
fn confirmed(case: &Case<'_>, made: &Made<'_>, (domain, intent): (&SmolStr, &Intent)) -> bool {
    let before = made.turn;
    let is = |act: &Act, kind: ActKind| {
        act.act == kind && act.domain.as_ref() == Some(domain) && act.intent.as_ref() == Some(&intent.name)
    };
    // Where there is no value to read back, the question is whether to do it.
    let bare = intent.required.is_empty();
    let asks = |act: &Act| is(act, ActKind::Confirm) || (bare && is(act, ActKind::OfferIntent));
    let is_key = |argument: &SmolStr| intent.from_entity.iter().any(|(name, _)| name == argument);
    let keys = made.call.function.arguments.fields().iter().filter(|(name, _)| is_key(name));
    let keys: Vec<SmolStr> = keys.map(|(_, value)| value.plain()).collect();
    let of_another = |act: &Act| act.of.as_ref().is_some_and(|of| !keys.contains(of));
    let mut said = case.assistant().filter(|(at, _)| *at < before);
    let Some((asked, asking)) = said.rfind(|(_, said)| said.acts.iter().any(asks)) else { return false };
    if bare && asking.acts.iter().any(|act| asks(act) && of_another(act)) {
        return false;
    }
    let read_back = |slot: &SmolStr, value: &Value| {
        let says = |act: &Act| {
            is(act, ActKind::Confirm) && act.slot.as_ref() == Some(slot) && act.value.as_ref() == Some(value)
        };
        case.assistant().any(|(at, said)| at <= asked && said.acts.iter().any(says))
    };
    let yes = |said: &Utterance| said.acts.iter().any(|act| act.act == ActKind::Affirm);
    let mut answers = case.user().filter(|(at, _)| asked < *at && *at < before);
    let Some((agreed, _)) = answers.rfind(|(_, said)| yes(said)) else { return false };
    intent.required.iter().chain(&intent.optional).all(|slot| {
        match (case.latest(agreed, domain, slot), case.latest(before, domain, slot)) {
            (Some((given, then)), Some((_, now))) => then == now && (given > asked || read_back(slot, now)),
            // What is added in the same breath as the yes is part of it.
            (None, Some((given, _))) => given == agreed,
            (_, None) => true,
        }
    })
}

/// What was done is told before the user speaks again.
fn unannounced(case: &Case<'_>, made: &Made<'_>, reasons: &mut Vec<Reason>) {
    let mutates = case.stage.tool(&made.call.function.name).is_some_and(|tool| tool.mutates());
    if !mutates || !made.succeeded() {
        return;
    }
    let next = case.assistant().find(|(at, _)| *at > made.turn);
    let told = next.is_some_and(|(at, said)| {
        let done = |act: &Act| {
            act.act == ActKind::Done
                && case.about(act).is_some_and(|(_, tool)| tool.name == made.call.function.name)
        };
        let claimed = || {
            case.readings.get(at).is_some_and(|reading| {
                reading.cues.iter().any(|(_, cue)| matches!(cue, Cue::Claim { .. } | Cue::VagueClaim))
            })
        };
        said.acts.iter().any(done) || (said.acts.is_empty() && claimed())
    });
    if !told {
        reasons.push(reason("claim", &place(made), "it was done, and the user was not told"));
    }
}

/// Why an act that speaks of a call has no call behind it, if so.
fn unfounded(case: &Case<'_>, at: usize, act: &Act) -> Option<&'static str> {
    let answer = || latest_search(case, at, act).map(|(_, answer)| answer);
    let error = || answer().and_then(|answer| answer.error.as_ref());
    let offered =
        || case.about(act).is_some_and(|(_, tool)| !case.scenario.missing_tools.contains(&tool.name));
    let held = match act.act {
        ActKind::Done => answer().is_some_and(|answer| answer.error.is_none()) && !told_before(case, at, act),
        ActKind::NotDone => error().is_some_and(|error| !error.kind.is_transient()),
        ActKind::Refuse => error().is_some_and(|error| error.kind.is_refusal()),
        ActKind::Trouble => error().is_some_and(|error| error.kind.is_transient()),
        ActKind::NoMatch => {
            answer().is_some_and(|answer| answer.result.field("total") == Some(&Value::Int(0)))
        }
        ActKind::Unable => !offered(),
        _ => true,
    };
    (!held).then_some(match act.act {
        ActKind::Done => "claims that it is done, and no call has just done it",
        ActKind::NoMatch => "says that nothing fits, and no search has just found nothing",
        ActKind::Unable => "says that there is no tool, and there is one",
        _ => "speaks of a failure that no call has just had",
    })
}

/// Whether the success that an act tells was told before: each can be told once.
fn told_before(case: &Case<'_>, at: usize, act: &Act) -> bool {
    let Some((answered, _)) = latest_search(case, at, act) else { return false };
    let same =
        |other: &Act| other.act == ActKind::Done && other.domain == act.domain && other.intent == act.intent;
    case.assistant().any(|(place, said)| answered < place && place < at && said.acts.iter().any(same))
}

/// Words that claim a deed need the deed.
fn claims(case: &Case<'_>, at: usize, reasons: &mut Vec<Reason>) {
    let Some(reading) = case.readings.get(at) else { return };
    let done = |tool: Option<&str>| {
        case.calls().any(|made| {
            let name = &made.call.function.name;
            let mutates = case.stage.tool(name).is_some_and(|tool| tool.mutates());
            made.turn < at && made.succeeded() && mutates && tool.is_none_or(|tool| tool == name)
        })
    };
    for (span, cue) in &reading.cues {
        let held = match cue {
            Cue::Claim { domain, intent } => {
                case.stage.intent(domain, intent).is_some_and(|intent| done(Some(&intent.tool)))
            }
            Cue::VagueClaim => done(None),
            Cue::Scarce => {
                let one = Some(&Value::Int(1));
                case.answers(at).any(|(_, answer)| answer.result.field("total") == one)
            }
            Cue::NothingFound | Cue::Failure => case.answers(at).any(|(_, answer)| {
                answer.result.field("total") == Some(&Value::Int(0)) || answer.error.is_some()
            }),
            _ => true,
        };
        if !held {
            reasons.push(reason(
                "claim",
                &format!("/turns/{at}/text"),
                &format!("bytes {}–{} claim what no call has done or shown", span.start, span.end),
            ));
        }
    }
}
