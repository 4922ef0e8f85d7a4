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
    who: Who,
) -> Result<Reading, String> {
    let text = &speech.text;
    once(wording, speech)?;
    stuttered(speech)?;
    people(wording, speech, who)?;
    let reading = lexicon.read(wording.role, text);
    let verbatim = |start: usize, end: usize| speech.verbatim.iter().any(|(s, e)| *s <= start && end <= *e);
    let mut read = vec![false; reading.mentions.len()];
    for mark in &speech.marks {
        let act = wording.acts.get(mark.act).filter(|act| act.value.is_some());
        let Some(act) = act else { return Err(format!("act {} has no value", mark.act)) };
        let mut places = reading.mentions.iter().zip(&mut read);
        let found = places.find(|(mention, read)| {
            let here = mention.span.start < mark.end && mark.start < mention.span.end;
            here && !**read && mention.says(act)
        });
        match found {
            Some((_, read)) => *read = true,
            None => return Err(format!("{act:?} can't be read in {text:?}")),
        }
    }
    for (mention, read) in reading.mentions.iter().zip(&read) {
        if mention.twisted && !verbatim(mention.span.start, mention.span.end) {
            return Err(format!("{:?} is twisted in {text:?}", text.get(mention.span.clone())));
        }
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
    if !goalconvo_core::agrees(wording.acts, &reading) {
        return Err(format!("an act agrees, and no word of {text:?} does"));
    }
    if wording.role == Role::User && goalconvo_core::facts::asks_more(text, wording.acts, &reading) {
        return Err(format!("{text:?} asks what no act asks"));
    }
    Ok(reading)
}

/// What an utterance says of people, whatever its words are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Who {
    /// Whether it is about a person, whom nobody calls "it".
    pub(super) person: bool,
    /// Whether they are on a journey.
    pub(super) travel: bool,
    /// Whether the user comes alone.
    pub(super) alone: bool,
}

/// Whether a person is no thing, one who comes alone no "we", and who stays at home on no journey. The plain form is let pass.
fn people(wording: &Wording<'_>, speech: &Speech<'_>, who: Who) -> Result<(), String> {
    let (text, morphology) = (&speech.text, &speech.pack.morphology);
    if speech.manner.plain {
        Ok(())
    } else if who.person && morphology.speaks_of_thing(text) {
        Err(format!("a person is a thing in {text:?}"))
    } else if who.alone && wording.role == Role::User && morphology.speaks_of_company(text) {
        Err(format!("one is several in {text:?}"))
    } else if !who.travel && morphology.speaks_of_travel(text) {
        Err(format!("nobody is on a journey, and {text:?} speaks of one"))
    } else {
        Ok(())
    }
}

/// Whether every value of the acts stands in the text once, by the marks; needs no reading.
fn once(wording: &Wording<'_>, speech: &Speech<'_>) -> Result<(), String> {
    for (at, act) in wording.acts.iter().enumerate() {
        match speech.marks.iter().filter(|mark| mark.act == at).count() {
            0 if says_value(act) => return Err(format!("{act:?} is not said in {:?}", speech.text)),
            0 | 1 => {}
            _ => return Err(format!("{act:?} is said twice in {:?}", speech.text)),
        }
    }
    Ok(())
}

/// Whether the act's value must stand in the text as a value: a tool's message and a rule stand as they are.
fn says_value(act: &Act) -> bool {
    act.value.is_some() && !matches!(act.act, ActKind::NotDone | ActKind::Refuse)
}

/// Whether the acts do what a cue gives away.
fn licensed(wording: &Wording<'_>, cue: &Cue) -> bool {
    goalconvo_core::licenses(wording.role, wording.acts, cue)
}

/// No word stands twice in a row but in a value: two rules that meet may end and begin alike.
fn stuttered(speech: &Speech<'_>) -> Result<(), String> {
    let in_value = |at: usize| speech.marks.iter().any(|mark| mark.start <= at && at < mark.end);
    let (mut before, mut at) = (&b""[..], 0);
    for word in speech.text.as_bytes().split(|byte| *byte == b' ') {
        let again = word.eq_ignore_ascii_case(before) && word.iter().all(u8::is_ascii_alphabetic);
        if again && !word.is_empty() && !in_value(at) {
            let word = String::from_utf8_lossy(word);
            return Err(format!("{word:?} is said twice in {:?}", speech.text));
        }
        at += word.len() + 1;
        before = word;
    }
    Ok(())
}
