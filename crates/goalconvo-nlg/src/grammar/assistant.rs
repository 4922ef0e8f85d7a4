//! What an assistant says, sentence by sentence.

use goalconvo_core::{Act, ActKind, Rng};

use super::speech::{Frame, Item, Speech};
use super::user::{plain, run};
use super::{Grammar, Wording};
use crate::Error;

/// Plans and writes an assistant's utterance.
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
            ActKind::Request => requests(grammar, acts, at, speech, rng)?,
            ActKind::Count | ActKind::NoMatch | ActKind::Offer => found(grammar, acts, at, speech, rng)?,
            ActKind::Inform => {
                let (items, end) = run(grammar, acts, at, ActKind::Inform)?;
                informs(&items, speech, rng);
                end
            }
            ActKind::Confirm => {
                let (items, end) = run(grammar, acts, at, ActKind::Confirm)?;
                if speech.manner.plain {
                    plain(&items, speech, rng);
                } else {
                    speech.say(speech.rules.assistant_confirm, &Frame { items, ..Frame::default() }, rng);
                }
                end
            }
            _ => {
                single(grammar, act, speech, rng)?;
                at + 1
            }
        };
    }
    Ok(())
}

fn informs<'a>(items: &[Item<'a>], speech: &mut Speech<'a>, rng: &mut Rng) {
    if speech.manner.plain {
        return plain(items, speech, rng);
    }
    let frame = Frame { items: items.to_vec(), ..Frame::default() };
    speech.say(speech.rules.assistant_inform, &frame, rng);
}

/// Requests: a slot's own question when there is one, else one from its noun; several are asked together.
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
    let own = slots.len() == 1 && !slots[0].question.is_empty() && rng.chance(60);
    let rule = if own { speech.rules.assistant_question } else { speech.rules.assistant_request };
    speech.say(rule, &Frame { slots, ..Frame::default() }, rng);
    Ok(end)
}

/// Count, no match or offer, with the informs that follow it.
fn found<'a>(
    grammar: &'a Grammar,
    acts: &'a [Act],
    at: usize,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<usize, Error> {
    let act = &acts[at];
    let rules = speech.rules;
    let (items, end) = match acts.get(at + 1) {
        Some(next) if next.act == ActKind::Inform => run(grammar, acts, at + 1, ActKind::Inform)?,
        _ => (Vec::new(), at + 1),
    };
    let intent = act.intent.as_ref().map(|_| grammar.intent(act)).transpose()?;
    let mut frame = Frame { intent: intent.filter(|intent| !intent.plural.is_empty()), ..Frame::default() };
    let rule = match act.act {
        ActKind::Count => {
            let n = act.value.as_ref().and_then(goalconvo_core::Value::as_number);
            frame.count = n.map(|n| (at, n as i64));
            match frame.intent {
                None => rules.assistant_count_plain,
                Some(_) if n == Some(1.0) => rules.assistant_count_one,
                Some(_) => rules.assistant_count,
            }
        }
        ActKind::Offer => {
            frame.label = act.value.as_ref().map(|label| (at, label));
            if items.is_empty() || speech.manner.plain {
                rules.assistant_offer
            } else {
                rules.assistant_offer_says
            }
        }
        _ if frame.intent.is_none() => rules.assistant_no_match_plain,
        _ => rules.assistant_no_match,
    };
    if speech.manner.plain || frame.intent.is_none() && act.act != ActKind::Offer {
        speech.say(rule, &frame, rng);
        plain(&items, speech, rng);
        return Ok(end);
    }
    frame.items = items;
    speech.say(rule, &frame, rng);
    Ok(end)
}

fn single<'a>(
    grammar: &'a Grammar,
    act: &'a Act,
    speech: &mut Speech<'a>,
    rng: &mut Rng,
) -> Result<(), Error> {
    let rules = speech.rules;
    let mut frame = Frame::default();
    if act.intent.is_some() {
        frame.intent = Some(grammar.intent(act)?);
    }
    frame.message = act.value.as_ref().and_then(|value| value.as_text());
    let rule = match act.act {
        ActKind::Greet => rules.assistant_greet,
        ActKind::OfferIntent => rules.assistant_offer_intent,
        ActKind::Done => rules.assistant_done,
        ActKind::NotDone => rules.assistant_not_done,
        ActKind::Refuse => rules.assistant_refuse,
        ActKind::Trouble => rules.assistant_trouble,
        ActKind::Unable => rules.assistant_unable,
        ActKind::RequestMore => rules.assistant_more,
        ActKind::Welcome => rules.assistant_welcome,
        ActKind::Bye => rules.assistant_bye,
        _ => return Err(Error::words(format!("an assistant does not {:?}", act.act))),
    };
    speech.say(rule, &frame, rng);
    Ok(())
}
