//! Templates with the values of acts in them.

use goalconvo_core::{Act, Rng, Role, Value};

use super::signature::{Key, joined, signature};
use super::{Bank, Filling, GRAMMAR, Piece, UNIFORM};
use crate::grammar::{Filled, Grammar};

/// More values than these make a template no richer.
const MOST_VALUES: usize = 6;

impl Bank {
    /// Words for the acts, if a template has their signature.
    pub(crate) fn draw(&self, grammar: &Grammar, role: Role, acts: &[Act], rng: &mut Rng) -> Option<Filled> {
        let keys = signature(grammar, role, acts)?;
        let fillings = self.templates.get(&joined(role, &keys))?;
        // Where the corpus knows few ways to say it, the grammar has its share: the less, the more values make of one
        // template other words each time.
        let values = keys.iter().filter(|key| super::signature::hole(&key.key).is_some()).count();
        let ways = fillings.len() << values.min(MOST_VALUES);
        if rng.below(ways + GRAMMAR) >= ways {
            return None;
        }
        let filling = if rng.chance(UNIFORM) {
            rng.pick(fillings)
        } else {
            rng.weighted(fillings.iter().map(|filling| filling.weight)).and_then(|at| fillings.get(at))
        };
        fill(grammar, filling?, &keys, (role, acts), rng)
    }
}

fn fill(
    grammar: &Grammar,
    filling: &Filling,
    keys: &[Key],
    (role, acts): (Role, &[Act]),
    rng: &mut Rng,
) -> Option<Filled> {
    let mut filled = Filled::default();
    for (at, piece) in filling.pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => filled.text.push_str(text),
            Piece::Value(name) => {
                let key = keys.iter().find(|key| super::signature::hole(&key.key) == Some(name))?;
                let act = acts.get(key.act)?;
                let said = match &act.value {
                    // What stands around it has the unit, and must agree with it.
                    Some(value @ (Value::Int(_) | Value::Float(_))) => {
                        if !grammar.agrees(act, value, after(filling, at)) {
                            return None;
                        }
                        match value {
                            Value::Float(amount) => format!("{amount:.2}"),
                            other => other.plain().to_string(),
                        }
                    }
                    Some(value) => grammar.say(role, act, value, rng)?,
                    None => return None,
                };
                once(&mut filled.text, &said);
                grammar.mend_article(&mut filled.text, &said);
                let start = filled.text.len();
                filled.text.push_str(&said);
                filled.spans.push((key.act, start..filled.text.len()));
            }
        }
    }
    // What is said by words alone, such as a flag, has its place found when it is read back.
    Some(filled)
}

/// A word that a text ends with and a value begins with is said once: "at the" and "The Copper Fox".
fn once(text: &mut String, said: &str) {
    let Some((before, last)) = text.trim_end().rsplit_once(' ').or(Some(("", text.trim_end()))) else {
        return;
    };
    let first = said.split(' ').next().unwrap_or_default();
    if !last.is_empty() && last.eq_ignore_ascii_case(first) {
        let keep = if before.is_empty() { 0 } else { before.len() + 1 };
        text.truncate(keep);
    }
}

/// The word after a piece.
fn after(filling: &Filling, at: usize) -> Option<&str> {
    match filling.pieces.get(at + 1) {
        Some(Piece::Text(text)) => {
            let word = text.split_whitespace().next()?;
            Some(word.trim_end_matches(|c: char| !c.is_alphanumeric()))
        }
        _ => None,
    }
}
