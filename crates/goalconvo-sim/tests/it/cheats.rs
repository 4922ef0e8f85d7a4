//! Cheats that somebody thought of who knew nothing of the checks: sentences slipped in, words twisted, evidence that
//! points at an equal value of something else, fields forged. What escapes is printed by kind, and known.

use std::collections::BTreeMap;

use goalconvo_core::{
    Act, ActKind, Change, Dialogue, Ending, Evidence, Finding, GoalClass, Key, Origin, Purpose, Rng,
    SlotKind, Turn, Utterance, Value,
};
use goalconvo_sim::{Dials, Words, verify};

use crate::dialogues::plan;
use crate::mutations::of;

type Cheat = fn(&mut Dialogue, &Words, &mut Rng) -> Option<()>;

/// Sentences that no call, no result and no act stands behind, said by the assistant in the middle.
const SLIPPED_IN: [&str; 20] = [
    "A confirmation email has been sent to you.",
    "Your card has been charged.",
    "It is wheelchair accessible.",
    "The Golden Goose is also lovely.",
    "Pets are not allowed there.",
    "It costs 31 pounds and a half.",
    "Consider it booked.",
    "I went ahead and booked it.",
    "I took the liberty of reserving it.",
    "Le prix est de quarante euros.",
    "You are an idiot.",
    "See www.example.com for pictures.",
    "{\"name\":\"search_hotels\",\"arguments\":{}}",
    "The booking did not go through.",
    "There is no fee.",
    "You can cancel free of charge.",
    "There are tables outside.",
    "You can sit outside.",
    "I guarantee that you will like it.",
    "The staff are very friendly.",
];

/// Questions that nobody answers, as the assistant's last words.
const LEFT_OPEN: [&str; 4] = [
    "What day would you like?",
    "Shall I book it?",
    "For how many people?",
    "Could you give me your surname?",
];

/// Words of one slot, and of another that could have the same value.
const NEIGHBOURS: [[&str; 2]; 7] = [
    ["leaves at", "arrives at"],
    ["leaving at", "arriving at"],
    ["departure time", "arrival time"],
    ["opens at", "closes at"],
    ["opening time", "closing time"],
    ["free wifi", "free parking"],
    ["has wifi", "has parking"],
];

const CHEATS: [(&str, Cheat); 28] = [
    ("the user's goodbye cancels", goodbye_cancels),
    ("'any will do' that wants none", wants_none),
    ("a sentence slipped in", slip_in),
    ("the last words ask", ask_last),
    ("a deed denied", deny_deed),
    ("the user wants what it says it does not", deny_wish),
    ("the user's goodbye asks", goodbye_asks),
    ("a question that no act asks", |record, _, rng| ask_beside(record, rng)),
    ("a yes that says no", |record, _, _| answer_yes_with(record, "No. Wait.")),
    ("a yes made a maybe", |record, _, _| answer_yes_with(record, "Maybe, please.")),
    ("a wish negated", |record, _, _| negate_wish(record)),
    ("a yes in the acts alone", |record, _, rng| {
        let texts =
            ["Under no circumstances.", "Do you have a pen?", "Hmm.", "Yes, stop.", "I take that back."];
        answer_yes_with(record, rng.pick(&texts)?)
    }),
    ("a value that was never said back", never_said_back),
    ("nonsense in the grammar's name", nonsense),
    ("'not' before a value", |record, words, rng| before_value(record, words, rng, "not ", |_| true)),
    ("'less than' before a number", |record, words, rng| {
        before_value(record, words, rng, "less than ", is_number)
    }),
    ("another currency", other_currency),
    ("the words of a neighbouring slot", neighbours_words),
    ("where from and where to exchanged", |record, words, _| exchange_ends(record, words)),
    ("an equal value of something else as evidence", evidence_of_another_slot),
    ("the ending forged", |record, _, _| forge_ending(record)),
    ("the class forged", |record, _, _| forge_class(record)),
    ("the belief state forged", |record, _, _| forge_state(record)),
    ("the belief state left out", |record, _, _| drop_state(record)),
    ("the domains forged", |record, _, _| {
        record.domains = vec!["hospital-of-nowhere".into()];
        Some(())
    }),
    ("its own verdict forged", |record, _, _| {
        record.verdicts.first_mut().map(|verdict| verdict.finding = Finding::Failed)
    }),
    ("two calls with one id", |record, _, _| same_id(record)),
    ("a tool that is not there", |record, _, _| unknown_tool(record)),
];

#[test]
fn cheats_are_seen_through() {
    let plan = plan(Dials { tool_errors: Some(20), ..Dials::default() }, 29);
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for index in 0..150 {
        let Some(dialogue) = plan.make(index).dialogue else { continue };
        let (stage, words) = of(&plan, &dialogue);
        for (number, (name, cheat)) in CHEATS.iter().enumerate() {
            let mut rng = Key { seed: 2, index }.rng(number, Purpose::Probe);
            let mut spoilt = dialogue.clone();
            if cheat(&mut spoilt, &words, &mut rng).is_none() || spoilt == dialogue {
                continue;
            }
            let found = verify(&spoilt, &stage, &words).finding != Finding::Passed;
            counts.entry(name).or_default()[usize::from(found)] += 1;
        }
    }
    for (name, [missed, found]) in &counts {
        println!("{found:4} of {:4}  {name}", found + missed);
    }
    let missed: usize = counts.values().map(|[missed, _]| missed).sum();
    let all: usize = counts.values().flatten().sum();
    println!("{} of {all} cheats seen through", all - missed);
    assert_eq!(counts.len(), CHEATS.len(), "a cheat never applied");
    assert!(missed * 100 <= all, "{missed} of {all} escaped");
}

#[test]
fn what_is_set_up_rewrites_no_row_of_the_world() {
    let plan = plan(Dials::default(), 3);
    let mut dialogue = plan.make(0).dialogue.unwrap();
    let (stage, words) = of(&plan, &dialogue);
    let table = &stage.domains()[0].tables[0];
    let key = table.rows()[0].first().and_then(Value::as_text).unwrap().into();
    let change = Change { table: table.name.clone(), key, row: Value::Null };
    dialogue.scenario.as_mut().unwrap().setup.push(change);
    let reasons = verify(&dialogue, &stage, &words).reasons;
    assert!(reasons.iter().any(|reason| reason.what.contains("rewrites a row")), "{reasons:?}");
}

/// What the checks can't see yet, or only in part: sentences made of words that the grammar has, with no value, no
/// claim and no topic in them; and a word behind a value that makes another one of it.
const ESCAPES: [&str; 4] = [
    "That was the last one available.",
    "It is a four-star house.",
    "That is quite near.",
    "It will be there in good time.",
];

#[test]
fn what_escapes_is_named() {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 31);
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for index in 0..60 {
        let Some(dialogue) = plan.make(index).dialogue else { continue };
        let (stage, words) = of(&plan, &dialogue);
        let middle: Vec<usize> = (1..dialogue.turns.len() - 1)
            .filter(|at| matches!(&dialogue.turns[*at], Turn::Assistant(said) if !said.text.is_empty()))
            .collect();
        for (number, sentence) in ESCAPES.into_iter().enumerate() {
            let Some(at) = middle.get(number % middle.len().max(1)) else { continue };
            let mut spoilt = dialogue.clone();
            let text = &mut said(&mut spoilt.turns[*at]).unwrap().text;
            *text = format!("{text} {sentence}");
            let found = verify(&spoilt, &stage, &words).finding != Finding::Passed;
            counts.entry(sentence).or_default()[usize::from(found)] += 1;
        }
        let mut spoilt = dialogue.clone();
        if per_person(&mut spoilt).is_some() {
            let found = verify(&spoilt, &stage, &words).finding != Finding::Passed;
            counts.entry("'per person' after a total").or_default()[usize::from(found)] += 1;
        }
    }
    for (name, [missed, found]) in &counts {
        println!("{missed:4} of {:4} escape  {name}", found + missed);
    }
    assert!(counts.len() == ESCAPES.len() + 1 && counts.values().all(|[missed, found]| missed + found > 5));
    // Once one of these is always seen through it belongs to the cheats above.
    assert!(counts.values().all(|[missed, _]| *missed > 0), "{counts:?}");
}

/// "25 pounds" in total becomes "25 pounds per person".
fn per_person(record: &mut Dialogue) -> Option<()> {
    for said in record.turns.iter_mut().filter_map(said) {
        if let Some(total) = said.evidence.iter().find(|evidence| evidence.source.ends_with("result/total")) {
            let at = said.text.char_indices().nth(total.span[1]).map_or(said.text.len(), |(at, _)| at);
            let end = total.span[1];
            said.text.insert_str(at, " per person");
            let shift = " per person".len();
            let after = said.evidence.iter_mut().filter(|evidence| evidence.span[0] >= end);
            after.for_each(|evidence| evidence.span = evidence.span.map(|end| end + shift));
            return Some(());
        }
    }
    None
}

fn said(turn: &mut Turn) -> Option<&mut Utterance> {
    match turn {
        Turn::Assistant(said) if !said.text.is_empty() => Some(said),
        _ => None,
    }
}

fn slip_in(record: &mut Dialogue, _: &Words, rng: &mut Rng) -> Option<()> {
    let last = record.turns.len().checked_sub(1)?;
    let done = |turn: &Turn| matches!(turn, Turn::Assistant(said) if said.acts.iter().any(|act| act.act == ActKind::Done));
    let middle: Vec<usize> = (1..last)
        .filter(|at| matches!(&record.turns[*at], Turn::Assistant(said) if !said.text.is_empty()))
        .collect();
    let at = *rng.pick(&middle)?;
    // "It failed", "it is booked" are the truth where something has failed or been done.
    if record.turns[..=at]
        .iter()
        .any(|turn| done(turn) || matches!(turn, Turn::Tool(answer) if answer.error.is_some()))
    {
        return None;
    }
    let sentence = *rng.pick(&SLIPPED_IN)?;
    let text = &mut said(&mut record.turns[at])?.text;
    *text = format!("{text} {sentence}");
    Some(())
}

/// What takes back that something was done, right behind it.
const TAKEN_BACK: [&str; 4] =
    ["I did not do it.", "It was not possible.", "It is on hold.", "It has never been made."];

fn deny_deed(record: &mut Dialogue, _: &Words, rng: &mut Rng) -> Option<()> {
    let done = record.turns.iter_mut().find_map(|turn| match turn {
        Turn::Assistant(said) if said.acts.iter().any(|act| act.act == ActKind::Done) => Some(said),
        _ => None,
    })?;
    done.text = format!("{} {}", done.text, rng.pick(&TAKEN_BACK)?);
    Some(())
}

fn deny_wish(record: &mut Dialogue, _: &Words, _: &mut Rng) -> Option<()> {
    let wish = record.turns.iter_mut().find_map(|turn| match turn {
        Turn::User(said) if said.acts.iter().all(|act| act.act == ActKind::Inform) => Some(said),
        _ => None,
    })?;
    wish.text.push_str(" I don't need to book it.");
    Some(())
}

fn negate_wish(record: &mut Dialogue) -> Option<()> {
    let text = record.turns.iter_mut().find_map(|turn| match turn {
        Turn::User(said) if said.text.contains("I need ") => Some(&mut said.text),
        _ => None,
    })?;
    *text = text.replacen("I need ", "I don't need ", 1);
    Some(())
}

fn ask_last(record: &mut Dialogue, _: &Words, rng: &mut Rng) -> Option<()> {
    let question = *rng.pick(&LEFT_OPEN)?;
    let text = &mut said(record.turns.last_mut()?)?.text;
    *text = format!("{text} {question}");
    Some(())
}

fn goodbye_asks(record: &mut Dialogue, _: &Words, _: &mut Rng) -> Option<()> {
    let last = record.turns.iter_mut().rev().find_map(|turn| match turn {
        Turn::User(said) => Some(said),
        _ => None,
    })?;
    last.text.push_str(" What is the phone number?");
    Some(())
}

/// Adds a question to a turn of the user's whose acts ask nothing.
fn ask_beside(record: &mut Dialogue, rng: &mut Rng) -> Option<()> {
    const QUESTIONS: [&str; 3] = ["And how much is it?", "Do they allow dogs?", "When was it built?"];
    let asks = |act: &Act| {
        matches!(act.act, ActKind::Intend | ActKind::Request | ActKind::Alternatives | ActKind::DontCare)
    };
    let said = record.turns.iter_mut().find_map(|turn| match turn {
        Turn::User(said) if !said.acts.is_empty() && !said.acts.iter().any(asks) => Some(said),
        _ => None,
    })?;
    let question = rng.pick(&QUESTIONS)?;
    said.text = format!("{} {question}", said.text);
    Some(())
}

fn goodbye_cancels(record: &mut Dialogue, _: &Words, _: &mut Rng) -> Option<()> {
    let last = record.turns.iter_mut().rev().find_map(|turn| match turn {
        Turn::User(said) => Some(said),
        _ => None,
    })?;
    last.text.push_str(" Please cancel the booking.");
    Some(())
}

fn wants_none(record: &mut Dialogue, _: &Words, _: &mut Rng) -> Option<()> {
    let indifferent = record.turns.iter_mut().find_map(|turn| match turn {
        Turn::User(said) if said.acts.len() == 1 && said.acts[0].act == ActKind::DontCare => Some(said),
        _ => None,
    })?;
    indifferent.text = "I hate everything, none of these.".into();
    Some(())
}

fn answer_yes_with(record: &mut Dialogue, text: &str) -> Option<()> {
    let yes = record.turns.iter_mut().find_map(|turn| match turn {
        Turn::User(said) if said.acts.len() == 1 && said.acts[0].act == ActKind::Affirm => Some(said),
        _ => None,
    })?;
    yes.text = text.into();
    Some(())
}

/// What an assistant says back before a deed, one value short: in acts, words and evidence.
fn never_said_back(record: &mut Dialogue, words: &Words, _: &mut Rng) -> Option<()> {
    let reader = words.reader();
    let confirms = |said: &Utterance| {
        said.acts.iter().filter(|act| act.act == ActKind::Confirm && act.value.is_some()).count() > 1
    };
    let said = record.turns.iter_mut().filter_map(said).find(|said| confirms(said))?;
    let at = said.acts.iter().rposition(|act| act.act == ActKind::Confirm && act.value.is_some())?;
    let act = said.acts.remove(at);
    let mentions = reader(goalconvo_core::Role::Assistant, &said.text).mentions;
    let cut = mentions.into_iter().rev().find(|mention| mention.says(&act))?.span;
    let start = said.text[..cut.start].chars().count();
    said.evidence.retain(|evidence| evidence.span[0] < start);
    said.text = format!("{}that. Is that right?", &said.text[..cut.start]);
    Some(())
}

fn nonsense(record: &mut Dialogue, _: &Words, _: &mut Rng) -> Option<()> {
    let plain = |said: &&mut Utterance| said.acts.iter().all(|act| act.value.is_none());
    record.turns.iter_mut().filter_map(said).find(plain)?.text = "Blorp flim zzz.".into();
    Some(())
}

fn is_number(kind: SlotKind) -> bool {
    matches!(kind, SlotKind::Money | SlotKind::Count | SlotKind::Time | SlotKind::Duration)
}

/// Puts words before a value and moves the evidence along.
fn before_value(
    record: &mut Dialogue,
    words: &Words,
    rng: &mut Rng,
    twist: &str,
    fits: fn(SlotKind) -> bool,
) -> Option<()> {
    let reader = words.reader();
    let mut places = Vec::new();
    for (at, turn) in record.turns.iter_mut().enumerate() {
        let Some(said) = said(turn) else { continue };
        let quoted = said.acts.iter().any(|act| matches!(act.act, ActKind::Refuse | ActKind::NotDone));
        let mentions = reader(goalconvo_core::Role::Assistant, &said.text).mentions;
        // A flag's words are a clause of their own.
        let named = mentions
            .into_iter()
            .filter(|mention| fits(mention.kind) && mention.kind != SlotKind::Flag && !quoted);
        places.extend(named.map(|mention| (at, mention.span.start)));
    }
    let (at, byte) = *rng.pick(&places)?;
    let said = said(&mut record.turns[at])?;
    let place = said.text[..byte].chars().count();
    said.text.insert_str(byte, twist);
    let shift = twist.chars().count();
    for evidence in said.evidence.iter_mut().filter(|evidence| evidence.span[0] >= place) {
        evidence.span = evidence.span.map(|end| end + shift);
    }
    Some(())
}

fn other_currency(record: &mut Dialogue, _: &Words, _: &mut Rng) -> Option<()> {
    let turn = record.turns.iter_mut().filter_map(said).find(|said| said.text.contains('£'))?;
    turn.text = turn.text.replace('£', "$");
    Some(())
}

/// "Arrives at" where it leaves, with the evidence moved to where the values then stand.
fn neighbours_words(record: &mut Dialogue, words: &Words, _: &mut Rng) -> Option<()> {
    let reader = words.reader();
    let read = |text: &str| reader(goalconvo_core::Role::Assistant, text).mentions;
    let characters = |text: &str, at: usize| text[..at].chars().count();
    for said in record.turns.iter_mut().filter_map(said) {
        for [one, other] in NEIGHBOURS.into_iter().flat_map(|[one, other]| [[one, other], [other, one]]) {
            let text = said.text.replacen(one, other, 1);
            let (before, after) = (read(&said.text), read(&text));
            if text == said.text || before.len() != after.len() {
                continue;
            }
            for evidence in &mut said.evidence {
                let at =
                    before.iter().position(|m| characters(&said.text, m.span.start) == evidence.span[0])?;
                let span = &after[at].span;
                evidence.span = [span.start, span.end].map(|end| characters(&text, end));
            }
            said.text = text;
            return Some(());
        }
    }
    None
}

/// The user's "from A to B" as "from B to A".
fn exchange_ends(record: &mut Dialogue, words: &Words) -> Option<()> {
    let reader = words.reader();
    for turn in &mut record.turns {
        let Turn::User(said) = turn else { continue };
        let text = said.text.clone();
        let mentions = reader(goalconvo_core::Role::User, &text).mentions;
        let behind = |word: &str| mentions.iter().find(|m| text[..m.span.start].ends_with(word));
        let (Some(from), Some(to)) = (behind(" from "), behind(" to ")) else { continue };
        let (first, second) = if from.span.start < to.span.start { (from, to) } else { (to, from) };
        if first.span.end > second.span.start || text[first.span.clone()] == text[second.span.clone()] {
            continue;
        }
        said.text = format!(
            "{}{}{}{}{}",
            &text[..first.span.start],
            &text[second.span.clone()],
            &text[first.span.end..second.span.start],
            &text[first.span.clone()],
            &text[second.span.end..]
        );
        return Some(());
    }
    None
}

/// "It costs 12 pounds", with the number of hits as its evidence.
fn evidence_of_another_slot(record: &mut Dialogue, _: &Words, _: &mut Rng) -> Option<()> {
    let counted = record.turns.iter_mut().filter_map(said).find_map(|said| {
        let of_count = said.evidence.iter().find(|evidence| evidence.source.ends_with("/total"))?.clone();
        Some((said, of_count))
    });
    let (said, count) = counted?;
    let amount = format!("{} pounds", count.value);
    let start = said.text.chars().count() + " It costs ".len();
    said.text = format!("{} It costs {amount}.", said.text);
    said.evidence.push(Evidence { span: [start, start + amount.len()], ..count });
    Some(())
}

fn forge_ending(record: &mut Dialogue) -> Option<()> {
    let outcome = record.outcome.as_mut()?;
    let satisfied = outcome.ending == Ending::Satisfied;
    satisfied.then(|| outcome.ending = Ending::GaveUp)
}

fn forge_class(record: &mut Dialogue) -> Option<()> {
    let goal = &mut record.scenario.as_mut()?.goal;
    let plain = matches!(goal.class, GoalClass::UniqueMatch | GoalClass::ManyMatches);
    plain.then(|| goal.class = GoalClass::PolicyRefusal)
}

fn forge_state(record: &mut Dialogue) -> Option<()> {
    let stated = record.turns.iter_mut().find_map(|turn| match turn {
        Turn::Assistant(said) if !said.state.is_empty() => Some(said),
        _ => None,
    })?;
    stated.state.values_mut().next().map(|value| *value = Value::text("zzz"))
}

fn drop_state(record: &mut Dialogue) -> Option<()> {
    record.turns.iter_mut().for_each(|turn| {
        if let Turn::Assistant(said) = turn {
            said.state.clear();
        }
    });
    Some(())
}

fn same_id(record: &mut Dialogue) -> Option<()> {
    let mut ids = record.turns.iter().filter_map(|turn| match turn {
        Turn::Assistant(said) if said.tool_calls.len() == 1 => Some(said.tool_calls[0].id.clone()),
        _ => None,
    });
    let (first, second) = (ids.next()?, ids.next()?);
    for turn in &mut record.turns {
        match turn {
            Turn::Assistant(said) => said
                .tool_calls
                .iter_mut()
                .filter(|call| call.id == second)
                .for_each(|call| call.id = first.clone()),
            Turn::Tool(answer) if answer.tool_call_id == second => answer.tool_call_id = first.clone(),
            _ => {}
        }
    }
    Some(())
}

/// Where a fault is planned, the tool's name matters to nobody else.
fn unknown_tool(record: &mut Dialogue) -> Option<()> {
    let failed = record.turns.iter().find_map(|turn| match turn {
        Turn::Tool(answer) if answer.error.as_ref().is_some_and(|error| error.kind.is_transient()) => {
            Some(answer.tool_call_id.clone())
        }
        _ => None,
    })?;
    for turn in &mut record.turns {
        match turn {
            Turn::Assistant(said) => {
                let calls = said.tool_calls.iter_mut().filter(|call| call.id == failed);
                calls.for_each(|call| call.function.name = "zap".into());
            }
            Turn::Tool(answer) if answer.tool_call_id == failed => answer.name = "zap".into(),
            _ => {}
        }
    }
    Some(())
}

#[test]
fn another_order_of_keys_is_the_same_record() {
    let plan = plan(Dials::default(), 31);
    for index in 0..60 {
        let Some(dialogue) = plan.make(index).dialogue else { continue };
        let (stage, words) = of(&plan, &dialogue);
        let mut sorted = serde_json::to_value(&dialogue).unwrap();
        sorted.sort_all_objects();
        let sorted: Dialogue = serde_json::from_value(sorted).unwrap();
        let found = verify(&sorted, &stage, &words);
        assert_eq!(found.finding, Finding::Passed, "{}: {:?}", dialogue.id, found.reasons);
        assert!(
            sorted
                .turns
                .iter()
                .all(|turn| !matches!(turn, Turn::User(said) if said.origin != Origin::Grammar))
        );
    }
}
