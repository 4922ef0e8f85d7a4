//! Reads words back: every value of the acts stands once, no other value does, and no cue claims what no act does.

use goalconvo_core::{Act, ActKind, Cue, Reading, Role};

use super::Wording;
use super::speech::Speech;
use crate::Lexicon;

/// What is read in the words, when that is what the acts say; else why not.
pub(super) fn check(
    lexicon: &Lexicon,
    wording: &Wording<'_>,
    speech: &Speech<'_>,
) -> Result<Reading, String> {
    let text = &speech.text;
    let reading = lexicon.read(wording.role, text);
    let verbatim = |start: usize, end: usize| speech.verbatim.iter().any(|(s, e)| *s <= start && end <= *e);
    let mut read = vec![false; reading.mentions.len()];
    let mut said = vec![false; wording.acts.len()];
    for mark in &speech.marks {
        let value = wording.acts.get(mark.act).and_then(|act| act.value.as_ref());
        let (Some(value), Some(said)) = (value, said.get_mut(mark.act)) else {
            return Err(format!("act {} has no value", mark.act));
        };
        if std::mem::replace(said, true) {
            return Err(format!("{value} is said twice in {text:?}"));
        }
        let mut places = reading.mentions.iter().zip(&mut read);
        let found = places.find(|(mention, read)| {
            let here = mention.span.start < mark.end && mark.start < mention.span.end;
            here && !**read && mention.means(value)
        });
        match found {
            Some((_, read)) => *read = true,
            None => return Err(format!("{value} can't be read in {text:?}")),
        }
    }
    for (mention, read) in reading.mentions.iter().zip(&read) {
        if !read && !verbatim(mention.span.start, mention.span.end) {
            return Err(format!(
                "{:?} is said in {text:?}, and no act says it",
                text.get(mention.span.clone())
            ));
        }
    }
    for (span, cue) in &reading.cues {
        if !licensed(wording, cue) && !verbatim(span.start, span.end) {
            return Err(format!("{cue:?} is read in {text:?}, and no act does it"));
        }
    }
    let needed = wording.acts.iter().zip(&said).find(|(act, said)| !**said && says_value(act));
    match needed {
        Some((act, _)) => Err(format!("{act:?} is not said in {text:?}")),
        None => Ok(reading),
    }
}

/// Whether the act's value must stand in the text as a value: a tool's message and a rule stand as they are.
fn says_value(act: &Act) -> bool {
    act.value.is_some() && !matches!(act.act, ActKind::NotDone | ActKind::Refuse)
}

/// Whether the acts do what a cue gives away.
fn licensed(wording: &Wording<'_>, cue: &Cue) -> bool {
    let any = |kinds: &[ActKind]| wording.acts.iter().any(|act| kinds.contains(&act.act));
    match cue {
        Cue::OtherRole | Cue::Leak => false,
        Cue::Claim { domain, intent } => wording.acts.iter().any(|act| {
            act.act == ActKind::Done
                && act.domain.as_ref() == Some(domain)
                && act.intent.as_ref() == Some(intent)
        }),
        Cue::VagueClaim => any(&[ActKind::Done]),
        Cue::NothingFound => {
            wording.role == Role::User
                || any(&[ActKind::NoMatch, ActKind::NotDone, ActKind::Trouble, ActKind::Refuse])
        }
        Cue::Greeting | Cue::Farewell | Cue::Thanks | Cue::Question => true,
    }
}
