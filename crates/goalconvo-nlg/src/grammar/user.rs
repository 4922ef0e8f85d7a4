//! What a user says, sentence by sentence.

use goalconvo_core::{Act, ActKind, Rng};

use super::speech::{Frame, Item, Speech};
use super::{Grammar, Wording};
use crate::Error;

/// Plans and writes a user's utterance.
pub(super) fn plan<'a>(
    grammar: &'a Grammar,
    wording: &Wording<'a>,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<(), Error> {
    let acts = wording.acts;
    let mut at = 0;
    while let Some(act) = acts.get(at) {
        at = match act.act {
            ActKind::Intend => intend(grammar, acts, at, speech, rng)?,
            ActKind::Inform => informs(grammar, acts, at, speech, rng)?,
            ActKind::Request => requests(grammar, acts, at, speech, rng)?,
            _ => {
                single(grammar, acts, at, speech, rng)?;
                at + 1
            }
        };
    }
    Ok(())
}

/// The items of the acts of one kind from `at` on, about one domain; and the index after them.
pub(super) fn run<'a>(
    grammar: &'a Grammar,
    acts: &'a [Act],
    at: usize,
    kind: ActKind,
) -> Result<(Vec<Item<'a>>, usize), Error> {
    let mut items = Vec::new();
    let mut end = at;
    while let Some(act) = acts.get(end).filter(|act| act.act == kind && act.domain == acts[at].domain) {
        let slot = grammar.slot(act)?;
        let value = act.value.as_ref().ok_or_else(|| Error::words(format!("no value in {act:?}")))?;
        items.push(Item { act: end, slot, value });
        end += 1;
    }
    Ok((items, end))
}

fn intend<'a>(
    grammar: &'a Grammar,
    acts: &'a [Act],
    at: usize,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<usize, Error> {
    let rules = speech.rules;
    let intent = grammar.intent(&acts[at])?;
    let (mut items, end) = match acts.get(at + 1) {
        Some(next) if next.act == ActKind::Inform && next.domain == acts[at].domain => {
            run(grammar, acts, at + 1, ActKind::Inform)?
        }
        _ => (Vec::new(), at + 1),
    };
    if speech.manner.plain {
        let rule = if intent.transacts { rules.user_transact } else { rules.user_search };
        speech.say(rule, &Frame { intent: Some(intent), ..Frame::default() }, rng);
        plain(&items, speech, rng);
        return Ok(end);
    }
    rng.shuffle(&mut items);
    let room = 1 + rng.below(3);
    let rest = items.split_off(room.min(items.len()));
    let rule = if intent.transacts { rules.user_transact } else { rules.user_search };
    speech.say(rule, &Frame { intent: Some(intent), items, ..Frame::default() }, rng);
    if !rest.is_empty() {
        let rule = if intent.transacts { rules.user_details } else { rules.user_extra };
        speech.say(rule, &Frame { intent: Some(intent), items: rest, ..Frame::default() }, rng);
    }
    Ok(end)
}

/// Every item in a sentence that can't be misread.
pub(super) fn plain<'a>(items: &[Item<'a>], speech: &mut Speech<'a>, rng: &mut Rng) {
    for item in items {
        speech.say(speech.rules.plain_fact, &Frame { items: vec![*item], ..Frame::default() }, rng);
    }
}

fn informs<'a>(
    grammar: &'a Grammar,
    acts: &'a [Act],
    at: usize,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<usize, Error> {
    let (items, end) = run(grammar, acts, at, ActKind::Inform)?;
    if speech.manner.plain {
        plain(&items, speech, rng);
        return Ok(end);
    }
    speech.say(speech.rules.user_answer, &Frame { items, ..Frame::default() }, rng);
    Ok(end)
}

fn requests<'a>(
    grammar: &'a Grammar,
    acts: &'a [Act],
    at: usize,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<usize, Error> {
    let mut slots = Vec::new();
    let mut end = at;
    while let Some(act) = acts.get(end).filter(|act| act.act == ActKind::Request) {
        slots.push(grammar.slot(act)?);
        end += 1;
    }
    let ask = slots.len() == 1 && !slots[0].ask.is_empty() && rng.chance(50);
    let rule = if ask { speech.rules.user_ask } else { speech.rules.user_request };
    speech.say(rule, &Frame { slots, ..Frame::default() }, rng);
    Ok(end)
}

fn single<'a>(
    grammar: &'a Grammar,
    acts: &'a [Act],
    at: usize,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<(), Error> {
    let rules = speech.rules;
    let act = &acts[at];
    let mut frame = Frame::default();
    let rule = match act.act {
        ActKind::Greet => rules.user_greet,
        ActKind::DontCare => {
            frame.slots.push(grammar.slot(act)?);
            rules.user_dont_care
        }
        ActKind::Correct => {
            frame.items = run(grammar, acts, at, ActKind::Correct)?.0;
            frame.items.truncate(1);
            if speech.manner.plain { rules.plain_fact } else { rules.user_correct }
        }
        ActKind::Affirm => rules.user_affirm,
        ActKind::Deny => rules.user_deny,
        ActKind::Select => match &act.value {
            Some(label) => {
                frame.label = Some((at, label));
                rules.user_select_label
            }
            None => rules.user_select,
        },
        ActKind::Alternatives => rules.user_alternatives,
        ActKind::Acknowledge => rules.user_acknowledge,
        ActKind::GiveUp => rules.user_give_up,
        ActKind::Thank => rules.user_thank,
        ActKind::Bye => rules.user_bye,
        _ => return Err(Error::words(format!("a user does not {:?}", act.act))),
    };
    speech.say(rule, &frame, rng);
    Ok(())
}
