//! Words parsed back: whether a model said what it was told to say, all of it and nothing beyond it.
//!
//! The grammar's own wording of the same acts is the measure: what can be read in it must be read in the model's.

use std::ops::Range;

use goalconvo_core::{Act, ActKind, Cue, Origin, Reading, Role, UserView, agrees, licenses};
use smol_str::SmolStr;

use super::asking::plain;
use super::meaning::{CLOSING, INDIFFERENT, OTHERWISE, TAKING};
use crate::words::Words;

/// Acts with the grammar's wording of them and what is read in it.
pub(super) struct Draft<'a> {
    pub acts: &'a [Act],
    pub text: String,
    /// Where those words come from.
    pub origin: Origin,
    pub reading: Reading,
    /// Where each act's value stands in the text; none for acts without one.
    pub places: Vec<Option<Range<usize>>>,
    /// For each act that no value gives away, words of which one must be said, or one of the draft's own.
    signs: Vec<Vec<String>>,
    /// The draft's words that tell it from others.
    own: Vec<String>,
}

/// Acts that answer and ask nothing.
const ANSWERS: [ActKind; 6] =
    [ActKind::Affirm, ActKind::Deny, ActKind::DontCare, ActKind::Select, ActKind::Thank, ActKind::Bye];

/// What programs are stopped by, as the last word of a text: nobody says it.
const STOP_MARKS: [&str; 6] = ["STOP", "END", "EOS", "TERMINATE", "FINISHED", "EXIT"];

impl<'a> Draft<'a> {
    /// Words acts with the grammar and reads that back.
    pub fn new(words: &Words, view: &UserView<'_>, acts: &'a [Act]) -> Result<Self, String> {
        let (text, origin) = words.user(view, acts).map_err(|error| error.to_string())?;
        let reading = words.read(Role::User, &text);
        let heard = reading.acts(acts);
        let place = |act: usize| heard.iter().position(|other| *other == Some(act));
        let place = |act: usize| Some(reading.mentions.get(place(act)?)?.span.clone());
        let places = (0..acts.len()).map(place).collect();
        let signs: Vec<Vec<String>> = acts.iter().filter_map(|act| signs(view, (act, acts))).collect();
        let own = if signs.is_empty() { vec![] } else { content(&text) };
        Ok(Draft { acts, text, origin, reading, places, signs, own })
    }

    /// The words that say an act's value; empty for acts without one.
    pub fn quoted(&self, act: usize) -> &str {
        let place = self.places.get(act).and_then(Option::as_ref);
        place.and_then(|place| self.text.get(place.clone())).unwrap_or_default()
    }

    /// Whether other words say the same; else why not.
    pub fn admits(&self, words: &Words, text: &str, opening: bool) -> Result<(), String> {
        let reading = words.read(Role::User, text);
        self.values(text, &reading)?;
        self.cues(&reading, opening)?;
        self.topics(text, &reading)?;
        let last = text.split(|c: char| !c.is_alphanumeric()).rfind(|word| !word.is_empty());
        if last.is_some_and(|word| STOP_MARKS.contains(&word)) {
            return Err("it ends on a mark that is nothing to say".to_owned());
        }
        let (long, most) = (text.split_whitespace().count(), 30 + 3 * self.text.split_whitespace().count());
        if long > most { Err("it is much too long".to_owned()) } else { Ok(()) }
    }

    fn values(&self, text: &str, reading: &Reading) -> Result<(), String> {
        let heard = reading.acts(self.acts);
        let unsaid = |at: &usize| self.acts[*at].value.is_some() && !heard.contains(&Some(*at));
        if let Some(at) = (0..self.acts.len()).find(unsaid) {
            return Err(format!("it does not say \"{}\"", self.quoted(at)));
        }
        let mut free = reading.mentions.iter().zip(&heard).filter(|(_, act)| act.is_none());
        match free.next().map(|(extra, _)| extra) {
            None => Ok(()),
            Some(extra) => {
                let words = text.get(extra.span.clone()).unwrap_or_default();
                Err(format!("it says \"{words}\", which you were not told to say there"))
            }
        }
    }

    /// What is spoken of: all that the draft speaks of, and nothing that no act is about.
    fn topics(&self, text: &str, reading: &Reading) -> Result<(), String> {
        let spoken = |reading: &Reading, slot: &SmolStr| {
            reading.cues.iter().any(|(_, cue)| matches!(cue, Cue::Topic(slots) if slots.contains(slot)))
        };
        let open = self.acts.iter().filter(|act| act.value.is_none()).filter_map(|act| act.slot.as_ref());
        for slot in open.filter(|slot| spoken(&self.reading, slot)) {
            if !spoken(reading, slot) {
                return Err(format!("it does not speak of the {}", slot.replace('_', " ")));
            }
        }
        let strays = reading.cues.iter().filter(|(_, cue)| matches!(cue, Cue::Topic(_)));
        if let Some((span, _)) = strays.into_iter().find(|(_, cue)| !licenses(Role::User, self.acts, cue)) {
            let words = text.get(span.clone()).unwrap_or_default();
            return Err(format!("it speaks of \"{words}\", which you were not told to say there"));
        }
        let text = plain(text);
        let said = |words: &Vec<String>| words.iter().any(|word| text.contains(&format!(" {word} ")));
        if said(&self.own) || self.signs.iter().all(said) {
            Ok(())
        } else {
            Err("it does not say what you want".to_owned())
        }
    }

    fn cues(&self, reading: &Reading, opening: bool) -> Result<(), String> {
        let does = |kind: ActKind| self.acts.iter().any(|act| act.act == kind);
        for (_, cue) in &reading.cues {
            let objection = match cue {
                Cue::OtherRole => "it speaks as the service would",
                Cue::Leak => "it says what nobody says aloud",
                Cue::Greeting if !opening && !does(ActKind::Greet) => "it greets in the middle of the chat",
                Cue::Farewell if !does(ActKind::Bye) => "it says goodbye, which is too early",
                _ => continue,
            };
            return Err(objection.to_owned());
        }
        let asks = |reading: &Reading| reading.cues.iter().any(|(_, cue)| *cue == Cue::Question);
        // A yes in place of a no is the one word that turns a dialogue round.
        let has = |reading: &Reading, wanted: Cue| reading.cues.iter().any(|(_, cue)| *cue == wanted);
        let only = |said: Cue, other: Cue| {
            has(reading, said.clone()) && !has(reading, other) && !has(&self.reading, said)
        };
        if !agrees(self.acts, reading) || does(ActKind::Affirm) && only(Cue::No, Cue::Yes) {
            return Err("it does not say yes, where you were told to".to_owned());
        }
        if does(ActKind::Deny) && only(Cue::Yes, Cue::No) {
            return Err("it says yes, where you were told to say no".to_owned());
        }
        let parts = |reading: &Reading| {
            reading.cues.iter().any(|(_, cue)| matches!(cue, Cue::Farewell | Cue::Thanks))
        };
        let answers = |act: &Act| ANSWERS.contains(&act.act);
        if asks(reading) && !asks(&self.reading) && self.acts.iter().all(answers) {
            return Err("it asks something, which you were not told to".to_owned());
        }
        if does(ActKind::Request) && asks(&self.reading) && !asks(reading) {
            return Err("it does not ask the question".to_owned());
        }
        if does(ActKind::Bye) && parts(&self.reading) && !parts(reading) {
            return Err("it does not say goodbye".to_owned());
        }
        Ok(())
    }

    /// The text with a mark in place of each value, and the words that the marks stand for.
    pub fn marked(&self) -> (String, Vec<(String, String)>) {
        let mut spans: Vec<&Range<usize>> =
            self.reading.mentions.iter().map(|mention| &mention.span).collect();
        spans.sort_by_key(|span| span.start);
        let (mut text, mut marks, mut from) = (String::new(), Vec::new(), 0);
        for (number, span) in spans.into_iter().enumerate() {
            let mark = format!("[V{}]", number + 1);
            text.push_str(self.text.get(from..span.start).unwrap_or_default());
            text.push_str(&mark);
            marks.push((mark, self.text.get(span.clone()).unwrap_or_default().to_owned()));
            from = span.end;
        }
        text.push_str(self.text.get(from..).unwrap_or_default());
        (text, marks)
    }
}

/// The words by which an act without a value is known, where it has some: of the task that it brings up, of what it asks
/// for, of taking what is there, of indifference.
fn signs(view: &UserView<'_>, (act, acts): (&Act, &[Act])) -> Option<Vec<String>> {
    let said_by_value = |other: &Act| other.value.is_some() && other.intent == act.intent;
    match act.act {
        _ if act.value.is_some() => None,
        ActKind::Intend if !acts.iter().any(said_by_value) => {
            let wording = &view.intent(act.domain.as_deref()?, act.intent.as_deref()?)?.wording;
            Some(contents([&wording.noun, &wording.plural, &wording.verb].into_iter().flatten()))
        }
        ActKind::Request => {
            let wording = &view.slot(act.domain.as_deref()?, act.slot.as_deref()?)?.wording;
            Some(contents([&wording.noun, &wording.ask, &wording.after, &wording.says].into_iter().flatten()))
        }
        ActKind::Bye => Some(whole(CLOSING)),
        ActKind::Select => Some(whole(TAKING)),
        ActKind::DontCare => Some(whole(INDIFFERENT)),
        ActKind::Alternatives => Some(whole(OTHERWISE)),
        _ => None,
    }
}

fn whole(phrases: &[&str]) -> Vec<String> {
    phrases.iter().map(|phrase| (*phrase).to_owned()).collect()
}

fn contents<'a>(phrases: impl Iterator<Item = &'a String>) -> Vec<String> {
    phrases.flat_map(|phrase| content(phrase)).collect()
}

/// The words of a phrase that tell it from others.
fn content(phrase: &str) -> Vec<String> {
    let words = plain(phrase);
    let words = words.split(' ').filter(|word| word.len() > 3 && !COMMON.contains(word));
    words.map(str::to_owned).collect()
}

/// Words that tell nothing apart.
const COMMON: [&str; 40] = [
    "help", "need", "want", "like", "would", "could", "please", "hello", "with", "have", "that", "this",
    "there", "some", "looking", "find", "thanks", "thank", "good", "sure", "what", "your", "will", "just",
    "does", "tell", "know", "give", "which", "they", "from", "should", "more", "been", "were", "them",
    "also", "well", "okay", "then",
];

/// The text with the marks' words put in.
///
/// # Errors
/// A mark is missing or stands twice: a clause that says so.
pub(super) fn unmarked(text: &str, marks: &[(String, String)]) -> Result<String, String> {
    let mut text = text.to_owned();
    for (mark, words) in marks {
        match text.matches(mark.as_str()).count() {
            1 => text = text.replacen(mark.as_str(), words, 1),
            0 => return Err(format!("the mark {mark} is missing")),
            _ => return Err(format!("the mark {mark} stands more than once")),
        }
    }
    if text.contains("[V") { Err("it has a mark that the draft lacks".to_owned()) } else { Ok(text) }
}
