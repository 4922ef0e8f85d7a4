//! From a corpus's utterance to a template, or to the reason why it is none.

use std::collections::BTreeSet;

use goalconvo_core::{Act, ActKind, Cue, Mention, Reading, Role, SlotKind, Value};
use smol_str::SmolStr;

use super::Template;
use super::signature::{hole, joined, signature};
use crate::grammar::Grammar;

/// Without annotated acts an utterance is believed to do what it seems to do when it has no more words than these.
const BARE: usize = 5;

/// What has been said in a dialogue so far, as far as it decides what a turn does.
#[derive(Clone, Debug, Default)]
pub struct Context {
    named: BTreeSet<SmolStr>,
    booked: BTreeSet<SmolStr>,
}

/// What became of an utterance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mined {
    /// A template, said once.
    Template(Template),
    /// None: its acts are not annotated or not such as banks keep.
    Acts,
    /// None: an annotated value is not in the words.
    Missing,
    /// None: it holds a value, a name or a number that no act accounts for.
    Literal,
    /// None: it says something that its acts do not do.
    Cue,
}

impl Grammar {
    /// Takes the values out of an utterance of a corpus. `context` is the dialogue's, before and after it.
    pub fn mine(&self, role: Role, text: &str, acts: &[Act], context: &mut Context) -> Mined {
        let text = &self.joined(text);
        // A "yes" that goes on may say anything: the corpus has not told what.
        if acts.is_empty() && text.split_whitespace().count() > BARE {
            return Mined::Acts;
        }
        let acts = self.completed(role, acts, text, context);
        let Some(keys) = signature(self, role, &acts).filter(|keys| !keys.is_empty()) else {
            return Mined::Acts;
        };
        let reading = self.lexicon().read(role, text);
        let mut free: Vec<&Mention> = reading.mentions.iter().collect();
        let mut holes: Vec<(std::ops::Range<usize>, &str)> = Vec::new();
        for key in &keys {
            let Some(act) = acts.get(key.act) else { continue };
            if matches!(act.act, ActKind::Request) || (act.value.is_none() && act.act != ActKind::Count) {
                continue;
            }
            let Some(at) = free.iter().position(|mention| says(mention, act, text)) else {
                return Mined::Missing;
            };
            let mention = free.remove(at);
            if let Some(name) = hole(&key.key) {
                let Some(span) = core_of(mention, text) else { return Mined::Literal };
                holes.push((span, name));
            }
        }
        if !free.is_empty() || reading.mentions.iter().any(|mention| mention.twisted) {
            return Mined::Literal;
        }
        if reading.cues.iter().any(|(_, cue)| !goalconvo_core::licenses(role, &acts, cue)) {
            return Mined::Cue;
        }
        if asks_more(role, text, &acts, &reading) {
            return Mined::Cue;
        }
        holes.sort_by_key(|(span, _)| span.start);
        let (text, literal) = cut(text, &holes);
        if self.is_personal(&literal) {
            return Mined::Literal;
        }
        Mined::Template(Template { signature: joined(role, &keys), text, count: 1 })
    }

    /// The acts as this program would have them: a corpus annotates neither that a task is new nor a greeting.
    fn completed(&self, role: Role, acts: &[Act], text: &str, context: &mut Context) -> Vec<Act> {
        let mut all = acts.to_vec();
        if role == Role::Assistant {
            // A name that comes with an offer is what is offered.
            if let Some(at) = all.iter().position(|act| act.act == ActKind::Offer && act.slot.is_none())
                && let Some(name) = all
                    .iter()
                    .position(|act| act.act == ActKind::Inform && self.kind(act) == Some(SlotKind::Name))
            {
                if let Some(offered) = all.get_mut(name) {
                    offered.act = ActKind::Offer;
                }
                all.remove(at);
            }
            return all;
        }
        let of_task: Vec<(SmolStr, bool)> =
            acts.iter().filter_map(|act| Some((act.domain.clone()?, self.is_of_booking(act)))).collect();
        for (domain, booking) in of_task {
            let new = if booking { &mut context.booked } else { &mut context.named };
            if new.insert(domain.clone())
                && let Some(task) = self.task_of(&domain, booking)
            {
                all.push(Act::new(ActKind::Intend).about(&domain, &task));
            }
        }
        let cues = self.lexicon().read(role, text).cues;
        let mut add = |cue: Cue, kind: ActKind| {
            let there = all.iter().any(|act| act.act == kind);
            if !there && cues.iter().any(|(_, found)| *found == cue) {
                all.push(Act::new(kind));
            }
        };
        add(Cue::Greeting, ActKind::Greet);
        add(Cue::Yes, ActKind::Affirm);
        add(Cue::Thanks, ActKind::Thank);
        add(Cue::Farewell, ActKind::Bye);
        // "No, that's all": in what does more, it may be a no to anything.
        if !all.is_empty()
            && all.iter().all(|act| matches!(act.act, ActKind::Thank | ActKind::Bye))
            && cues.iter().any(|(_, cue)| *cue == Cue::No)
        {
            all.push(Act::new(ActKind::Deny));
        }
        all
    }

    /// Whether words that are no value's name somebody or something, or hold a number or an address.
    fn is_personal(&self, literal: &str) -> bool {
        let odd = |c: char| c.is_ascii_digit() || matches!(c, '@' | '#' | '{' | '}' | '/' | '\\' | '\n');
        let mut begins = true;
        for word in literal.split_inclusive(char::is_whitespace) {
            let bare = word.trim().trim_matches(|c: char| !c.is_alphanumeric());
            let capital = bare.chars().next().is_some_and(char::is_uppercase);
            let known = self.keeps_capital(bare);
            if word.chars().any(odd) || (capital && !begins && !known) {
                return true;
            }
            begins = word.trim_end().ends_with(['.', '!', '?', ':']);
        }
        false
    }
}

/// Whether the words ask what no act asks.
fn asks_more(role: Role, text: &str, acts: &[Act], reading: &Reading) -> bool {
    let asks = |act: &Act| matches!(act.act, ActKind::Request | ActKind::RequestMore | ActKind::OfferIntent);
    match role {
        Role::User => goalconvo_core::facts::asks_more(text, acts, reading),
        Role::Assistant => text.contains('?') && !acts.iter().any(asks),
    }
}

/// Whether a mention says what an act does.
fn says(mention: &Mention, act: &Act, text: &str) -> bool {
    if act.act == ActKind::Count {
        // "There is one" has no place for another number.
        return mention.values.iter().any(|value| matches!(value, Value::Int(n) if *n > 1));
    }
    let Some(value) = &act.value else { return false };
    let said = text.get(mention.span.clone()).unwrap_or_default();
    let number = |value: &Value| {
        value.as_number().or_else(|| {
            let text = value.as_text()?;
            text.split_whitespace()
                .find_map(|word| word.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok())
        })
    };
    let same_number = || {
        let meant = number(value);
        meant.is_some()
            && mention.values.iter().any(|value| value.as_number().is_some() && number(value) == meant)
    };
    mention.says(act)
        || value.as_text().is_some_and(|value| value.eq_ignore_ascii_case(said))
        || same_number()
}

/// The part of a mention that changes with its value: of "4 stars" the 4.
fn core_of(mention: &Mention, text: &str) -> Option<std::ops::Range<usize>> {
    let number =
        matches!(mention.kind, SlotKind::Count | SlotKind::Number | SlotKind::Money | SlotKind::Duration);
    if !number {
        return Some(mention.span.clone());
    }
    let said = text.get(mention.span.clone())?;
    let from = said.find(|c: char| c.is_ascii_digit())?;
    let length =
        said.get(from..)?.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(said.len() - from);
    let start = mention.span.start + from;
    Some(start..start + said.get(from..from + length)?.trim_end_matches('.').len())
}

/// The text with names in place of its values, and without them.
fn cut(text: &str, holes: &[(std::ops::Range<usize>, &str)]) -> (String, String) {
    let (mut named, mut literal, mut at) = (String::new(), String::new(), 0);
    for (span, name) in holes {
        let between = text.get(at..span.start).unwrap_or_default();
        named.push_str(between);
        named.push_str(&format!("{{{name}}}"));
        literal.push_str(between);
        literal.push('_');
        at = span.end;
    }
    let rest = text.get(at..).unwrap_or_default();
    named.push_str(rest);
    literal.push_str(rest);
    (named, literal)
}
