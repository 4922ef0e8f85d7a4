//! Reads words back: every value of the acts stands once, and no other value does.

use goalconvo_core::Value;

use super::Wording;
use super::speech::Speech;
use crate::Lexicon;

/// Whether the words say what the acts say; else why not.
pub(super) fn check(lexicon: &Lexicon, wording: &Wording<'_>, speech: &Speech<'_>) -> Result<(), String> {
    let text = &speech.text;
    let verbatim = |start: usize, end: usize| speech.verbatim.iter().any(|(s, e)| *s <= start && end <= *e);
    let mentions = lexicon.values(text);
    let mut read = vec![false; mentions.len()];
    let mut said = vec![false; wording.acts.len()];
    for mark in &speech.marks {
        let value = wording.acts.get(mark.act).and_then(|act| act.value.as_ref());
        let Some(value) = value else { return Err(format!("act {} has no value", mark.act)) };
        if std::mem::replace(&mut said[mark.act], true) {
            return Err(format!("{value} is said twice in {text:?}"));
        }
        if verbatim(mark.start, mark.end) || matches!(value, Value::Bool(_)) {
            for (mention, read) in mentions.iter().zip(&mut read) {
                *read |= mention.span.start < mark.end && mark.start < mention.span.end;
            }
            continue;
        }
        let found = mentions.iter().position(|mention| {
            mention.span.start < mark.end && mark.start < mention.span.end && mention.means(value)
        });
        match found {
            Some(at) if !read[at] => read[at] = true,
            _ => return Err(format!("{value} can't be read in {text:?}")),
        }
    }
    for (mention, read) in mentions.iter().zip(&read) {
        if !read && !verbatim(mention.span.start, mention.span.end) {
            return Err(format!(
                "{:?} is said in {text:?}, and no act says it",
                text.get(mention.span.clone())
            ));
        }
    }
    let needed = wording.acts.iter().zip(&said).find(|(act, said)| !**said && says_value(act));
    needed.map_or(Ok(()), |(act, _)| Err(format!("{act:?} is not said in {text:?}")))
}

/// Whether the act's value must stand in the text as a value: a tool's message and a rule stand as they are.
fn says_value(act: &goalconvo_core::Act) -> bool {
    use goalconvo_core::ActKind::{NotDone, Refuse};
    act.value.is_some() && !matches!(act.act, NotDone | Refuse)
}
