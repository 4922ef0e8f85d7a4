//! Orchestrators: what a speaker is told to mind before its move.
//!
//! Each is a function of what was said so far and of the move's own random numbers, so the same talk is told the same,
//! however often it is resumed. They serve any model speaker: they know of no world, role or model.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use goalconvo_core::Rng;
use goalconvo_metrics::text::{Tokens, ngram_hashes};
use serde::{Deserialize, Serialize};

/// What was said so far, as one speaker heard it: whether it was its own, and the words.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// All utterances in order.
    pub said: &'a [(bool, &'a str)],
}

impl<'a> Heard<'a> {
    /// How often the speaker has spoken.
    pub fn own_turns(&self) -> usize {
        self.said.iter().filter(|(own, _)| *own).count()
    }

    /// The last words of the other one, or of the speaker.
    fn last(&self, own: bool) -> Option<&'a str> {
        self.said.iter().rev().find(|(whose, _)| *whose == own).map(|(_, text)| *text)
    }
}

/// What to mind, of what was heard and the move's random numbers.
pub type Instruct = dyn Fn(&Heard<'_>, &mut Rng) -> Option<String> + Send + Sync;

/// A function of one's own as an orchestrator.
#[derive(Clone)]
pub struct Own(pub Arc<Instruct>);

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own")
    }
}

/// A canned response, and those that may follow it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    /// The words.
    pub text: String,
    /// Places in the list of those that may come after it; empty: any.
    #[serde(default)]
    pub then: Vec<usize>,
}

/// Who tells a speaker what to mind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Orchestrator {
    /// Keeps a talk going up to a length, and asks to bring it to its end from another one on; utterances of both.
    Length {
        /// Neither side ends it before so many were said: whoever tries is asked again.
        fewest: usize,
        /// From so many on the speaker is told to end it, and may still go on: [`super::Rules::most_turns`] cuts it off.
        most: usize,
    },
    /// Changes the speaker's mind.
    ChangeOfMind {
        /// In how many percent of its moves.
        percent: u32,
        /// Why; one is drawn. Empty: no reason is given.
        #[serde(default)]
        reasons: Vec<String>,
        /// At most so often.
        #[serde(default = "once")]
        most: usize,
    },
    /// Reacts when the other one says something.
    Reflex {
        /// Words, any of which set it off, as whole words in any case.
        when: Vec<String>,
        /// What to do then.
        instruction: String,
    },
    /// One instruction a move, in order; after the last one none.
    Instructions {
        /// The instructions.
        list: Vec<String>,
    },
    /// Suggests canned responses that fit what was said last, following a flow where there is one.
    Canned {
        /// The responses.
        responses: Vec<Canned>,
        /// So many are suggested.
        #[serde(default = "three")]
        suggest: usize,
    },
    /// A function; it can't be written to a file.
    #[serde(skip)]
    Own(Own),
}

fn once() -> usize {
    1
}

fn three() -> usize {
    3
}

impl Orchestrator {
    /// Looks whether its fields can mean anything; else the field, what was found and what is expected.
    ///
    /// # Errors
    /// A number is out of range, or a list is empty that may not be.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Orchestrator::Length { fewest, most } if fewest > most => {
                Err(format!("found fewest = {fewest} and most = {most}; expected fewest up to most"))
            }
            Orchestrator::ChangeOfMind { percent, .. } if *percent > 100 => {
                Err(format!("found percent = {percent}; expected 0 to 100"))
            }
            Orchestrator::Reflex { when, .. } if when.is_empty() => {
                Err("found when = []; expected words that set it off".to_owned())
            }
            Orchestrator::Reflex { when, .. } => match when.iter().find(|phrase| words(phrase).is_empty()) {
                Some(phrase) => Err(format!("found {phrase:?} in when; expected words that set it off")),
                None => Ok(()),
            },
            Orchestrator::Instructions { list } if list.is_empty() => {
                Err("found list = []; expected an instruction a move".to_owned())
            }
            Orchestrator::Canned { responses, suggest } => checked(responses, *suggest),
            _ => Ok(()),
        }
    }

    /// So many utterances there must be before one that ends the talk.
    pub fn fewest(&self) -> usize {
        match self {
            Orchestrator::Length { fewest, .. } => *fewest,
            _ => 0,
        }
    }

    /// What to mind in the move that comes; `rngs` gives the random numbers of the speaker's n-th own move.
    pub fn instruct(&self, heard: &Heard<'_>, rngs: &dyn Fn(usize) -> Rng) -> Option<String> {
        let turn = heard.own_turns();
        match self {
            Orchestrator::Length { fewest, most } => length(heard.said.len(), *fewest, *most),
            Orchestrator::ChangeOfMind { percent, reasons, most } => {
                // Earlier moves are drawn again: how often it has happened is no state of anybody's.
                let before = (0..turn).filter(|turn| rngs(*turn).chance(*percent)).count();
                let mut rng = rngs(turn);
                let changes = rng.chance(*percent) && before < *most && turn > 0;
                let reason = rng.pick(reasons).map_or(String::new(), |reason| format!(", because {reason}"));
                changes.then(|| format!("Change your mind completely in this turn{reason}."))
            }
            Orchestrator::Reflex { when, instruction } => {
                let last = words(heard.last(false)?);
                let hit = |phrase: &String| {
                    let phrase = words(phrase);
                    !phrase.is_empty() && last.windows(phrase.len()).any(|part| part == phrase)
                };
                when.iter().any(hit).then(|| instruction.clone())
            }
            Orchestrator::Instructions { list } => list.get(turn).cloned(),
            Orchestrator::Canned { responses, suggest } => canned(responses, *suggest, heard),
            Orchestrator::Own(own) => own.0(heard, &mut rngs(turn)),
        }
    }
}

fn checked(responses: &[Canned], suggest: usize) -> Result<(), String> {
    let count = responses.len();
    if count == 0 || suggest == 0 {
        return Err(format!(
            "found {count} responses and suggest = {suggest}; expected responses, and at least one to suggest"
        ));
    }
    for (at, response) in responses.iter().enumerate() {
        if words(&response.text).is_empty() {
            return Err(format!("found text = {:?} in response {at}; expected words", response.text));
        }
        if let Some(place) = response.then.iter().find(|place| **place >= count) {
            return Err(format!(
                "found {place} in then of response {at}; expected places of the {count} responses, 0 to {}",
                count - 1
            ));
        }
    }
    Ok(())
}

fn length(said: usize, fewest: usize, most: usize) -> Option<String> {
    if said < fewest {
        return Some("Keep the conversation going; it must not end yet.".to_owned());
    }
    (said >= most).then(|| "Bring the conversation to its natural end now.".to_owned())
}

fn words(text: &str) -> Vec<String> {
    Tokens::Words.of(text).into_iter().filter(|word| word.chars().any(char::is_alphanumeric)).collect()
}

/// The responses that may come now, best first: those that the flow allows after the one that the speaker's last words
/// are most like, by how much they share with what the other one said.
fn canned(responses: &[Canned], suggest: usize, heard: &Heard<'_>) -> Option<String> {
    let grams = |text: &str| -> BTreeSet<u64> {
        let hashes = Tokens::Words.hashes(text);
        hashes.iter().copied().chain(ngram_hashes(&hashes, 2)).collect()
    };
    let shared = |one: &BTreeSet<u64>, other: &BTreeSet<u64>| one.intersection(other).count();
    let all: Vec<BTreeSet<u64>> = responses.iter().map(|response| grams(&response.text)).collect();
    let place = heard.last(true).map(grams).and_then(|own| {
        let best = (0..all.len()).rev().max_by_key(|at| shared(&all[*at], &own))?;
        (shared(&all[best], &own) > 0).then_some(best)
    });
    let after = place.map(|at| responses[at].then.as_slice()).filter(|then| !then.is_empty());
    let mut fitting: Vec<usize> = match after {
        Some(then) => then.iter().copied().filter(|at| *at < responses.len()).collect(),
        None => (0..responses.len()).collect(),
    };
    let said = heard.last(false).map(grams).unwrap_or_default();
    fitting.sort_by_key(|at| std::cmp::Reverse(shared(&all[*at], &said)));
    let lines: Vec<String> =
        fitting.iter().take(suggest).map(|at| format!("\"{}\"", responses[*at].text)).collect();
    (!lines.is_empty()).then(|| {
        format!("If one of these responses fits, use it, with details changed to fit: {}", lines.join("; "))
    })
}
