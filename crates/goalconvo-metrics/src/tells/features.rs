//! What the classifier sees: word n-grams of text that is spelt the same way on both sides, with values masked, and
//! sequences of dialogue acts.
//!
//! Corpora differ in how their text was stored before they differ in what people say: `I 'm` for "I'm", spaces before
//! full stops, capitals, how a time or a telephone number is cut up. None of that is language, so none of it is left:
//! see [`plain_tokens`].

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{Act, ActKind, Dialogue, Turn, Value};

use super::Features;
use crate::evaluate::notes_count;
use crate::text::lowercase;

/// Stands for a value of the corpora's own.
const VALUE: &str = "VALUE";
/// Stands for everything with a digit in it.
const NUMBER: &str = "NUMBER";

/// The values that are masked: everything that acts, belief states, tool calls and goals of either side name.
#[derive(Debug, Clone, Default)]
pub struct Masks {
    /// By first word, the words that follow it; longest first.
    by_first: BTreeMap<String, BTreeSet<Reversed>>,
}

/// Words that sort by falling number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reversed(Vec<String>);

impl Ord for Reversed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.len().cmp(&self.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Reversed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Values that are words of everyday language too, and "the" before a name.
const NOT_MASKED: [&str; 8] = ["yes", "no", "none", "any", "dontcare", "free", "the", "do nt care"];

impl Masks {
    /// The values of all these dialogues. Both corpora go in, so that a side is not told by what the other one masks.
    pub fn of<'a>(dialogues: impl IntoIterator<Item = &'a Dialogue>) -> Self {
        let mut masks = Self::default();
        dialogues.into_iter().for_each(|dialogue| masks.note_all(dialogue));
        masks
    }

    fn note_all(&mut self, dialogue: &Dialogue) {
        for turn in &dialogue.turns {
            if let Turn::User(said) | Turn::Assistant(said) = turn {
                said.acts.iter().filter_map(|act| act.value.as_ref()).for_each(|value| self.note(value));
                said.state.values().for_each(|value| self.note(value));
                let arguments = said.tool_calls.iter().flat_map(|call| call.function.arguments.fields());
                arguments.for_each(|(_, value)| self.note(value));
            }
        }
        let tasks = dialogue.scenario.iter().flat_map(|scenario| &scenario.goal.tasks);
        tasks.flat_map(|task| task.settled().into_values()).for_each(|value| self.note(&value));
    }

    fn note(&mut self, value: &Value) {
        let plain = value.plain();
        let words = words_of(&plain);
        let words = words.strip_prefix(&["the".to_owned()]).unwrap_or(&words);
        let text = words.join(" ");
        if text.len() < 3 || NOT_MASKED.contains(&text.as_str()) || words.iter().all(|word| word == NUMBER) {
            return;
        }
        if let Some((first, rest)) = words.split_first() {
            self.by_first.entry(first.clone()).or_default().insert(Reversed(rest.to_vec()));
        }
    }

    /// The tokens with values masked; masks that meet become one.
    fn masked(&self, tokens: &[String]) -> Vec<String> {
        let mut out: Vec<String> = Vec::with_capacity(tokens.len());
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let after = &tokens[at + 1..];
            let known = self.by_first.get(token).into_iter().flatten();
            let length = known.map(|rest| &rest.0).find(|rest| after.starts_with(rest)).map(Vec::len);
            at += 1 + length.unwrap_or(0);
            if length.is_none() {
                out.push(token.clone());
            } else if out.last().is_none_or(|last| last != VALUE) {
                out.push(VALUE.to_owned());
            }
        }
        out
    }
}

/// The tokens of an utterance without what depends on how a corpus was stored: lower case, clitics joined and
/// apostrophes gone (`I 'm`, "I'm" and "Im" are all `im`), hyphens as spaces, of punctuation only `. , ? !` and each
/// of them once, and everything with a digit in it, however it is cut up, as one `NUMBER`.
#[must_use]
pub fn plain_tokens(text: &str) -> Vec<String> {
    let lower = lowercase(text).replace(['\u{2019}', '\u{2018}', '`'], "'");
    let chars: Vec<char> = joined(&lower).chars().collect();
    let mut tokens: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let start = at;
        at += 1;
        let token = if c.is_alphanumeric() {
            while chars.get(at).is_some_and(|c| c.is_alphanumeric()) || splits_number(&chars, at) {
                at += 1;
            }
            let word: String = chars[start..at].iter().collect();
            if word.bytes().any(|byte| byte.is_ascii_digit()) { NUMBER.to_owned() } else { word }
        } else if matches!(c, '.' | ',' | '?' | '!') {
            c.to_string()
        } else {
            continue;
        };
        let once = token == NUMBER || !token.starts_with(char::is_alphanumeric);
        if !(once && tokens.last() == Some(&token)) {
            tokens.push(token);
        }
    }
    tokens
}

/// The words alone.
fn words_of(text: &str) -> Vec<String> {
    let words = plain_tokens(text).into_iter();
    words.filter(|token| token.starts_with(char::is_alphanumeric)).collect()
}

/// Whether a mark stands between two digits.
fn splits_number(chars: &[char], at: usize) -> bool {
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    matches!(chars.get(at), Some('.' | ',' | ':')) && at > 0 && digit(at - 1) && digit(at + 1)
}

/// Joins what tokenisers cut off words, and drops apostrophes.
fn joined(lower: &str) -> String {
    const CUT: [(&str, &str); 5] = [
        ("gon na", "gonna"),
        ("got ta", "gotta"),
        ("wan na", "wanna"),
        ("can not", "cannot"),
        ("alot", "a lot"),
    ];
    let mut words: Vec<String> = Vec::new();
    for word in lower.split_whitespace() {
        let clitic = matches!(word, "'s" | "'m" | "'d" | "'ll" | "'ve" | "'re" | "'t" | "n't");
        match words.last_mut() {
            Some(last) if clitic => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
    }
    let text = format!(" {} ", words.join(" ").replace('\'', ""));
    CUT.iter().fold(text, |text, (cut, whole)| text.replace(&format!(" {cut} "), &format!(" {whole} ")))
}

/// The word 1- to 3-grams of a dialogue's utterances, each once, with the values masked.
#[must_use]
pub fn text_features(dialogue: &Dialogue, masks: &Masks) -> Features {
    let grams = dialogue.said().flat_map(|(_, text)| grams(text, masks));
    grams.collect::<BTreeSet<String>>().into_iter().collect()
}

/// The same of each utterance by itself, with who says it.
#[must_use]
pub fn utterance_features(dialogue: &Dialogue, masks: &Masks) -> Vec<Features> {
    let said = dialogue.said().map(|(role, text)| {
        let side = format!("{role:?}: ").to_lowercase();
        grams(text, masks).into_iter().map(|gram| format!("{side}{gram}")).collect()
    });
    said.collect()
}

fn grams(text: &str, masks: &Masks) -> BTreeSet<String> {
    let tokens = masks.masked(&plain_tokens(text));
    (1..=3).flat_map(|n| tokens.windows(n).map(|gram| gram.join(" "))).collect()
}

/// The kinds of acts, by who does them, that two corpora have in common. Schemes of annotation differ before dialogues
/// do: one writes down that a user takes what is offered and the other does not, and by that alone every dialogue is told.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    user: Kinds,
    assistant: Kinds,
}

/// What one speaker is noted to do.
#[derive(Debug, Clone, Default)]
struct Kinds {
    /// The kinds that both schemes know.
    known: BTreeSet<String>,
    /// Those that one of the schemes writes down only where there is nothing else: they count where they stand alone.
    alone: BTreeSet<String>,
}

/// A kind of act that stands in a smaller share of a side's annotated dialogues is a slip, and none that its scheme knows.
const KNOWN_FROM: f64 = 0.01;

/// A kind of which a smaller share stands beside others is written down only where there is nothing else.
const BESIDE_FROM: f64 = 0.05;

impl Inventory {
    /// The kinds that both sides' schemes know.
    pub fn shared(sides: [&[Dialogue]; 2]) -> Self {
        let known = sides.map(known);
        let [user, assistant] =
            [0, 1].map(|at| known[0][at].intersection(&known[1][at]).cloned().collect::<BTreeSet<_>>());
        let [own, theirs] = sides.map(|side| alone(side, [&user, &assistant]));
        let either = |at: usize| own[at].union(&theirs[at]).cloned().collect();
        let alone: [BTreeSet<String>; 2] = [either(0), either(1)];
        let [user_alone, assistant_alone] = alone;
        Self {
            user: Kinds { known: user, alone: user_alone },
            assistant: Kinds { known: assistant, alone: assistant_alone },
        }
    }
}

impl Kinds {
    /// The kinds of some acts, as both schemes would have written them down.
    fn of(&self, acts: &[Act]) -> Vec<String> {
        let mut kinds = kinds(acts);
        kinds.retain(|kind| self.known.contains(kind));
        let counts: BTreeSet<String> = kinds.difference(&self.alone).cloned().collect();
        if counts.is_empty() { kinds } else { counts }.into_iter().collect()
    }
}

/// The kinds of acts that users and assistants of a corpus do.
fn known(dialogues: &[Dialogue]) -> [BTreeSet<String>; 2] {
    let mut counts: [BTreeMap<String, usize>; 2] = Default::default();
    let mut annotated = 0_usize;
    for dialogue in dialogues {
        let mut done: [BTreeSet<String>; 2] = Default::default();
        annotated_turns(dialogue).for_each(|(user, acts)| done[usize::from(!user)].extend(kinds(acts)));
        annotated += usize::from(done.iter().any(|kinds| !kinds.is_empty()));
        for (counts, done) in counts.iter_mut().zip(done) {
            done.into_iter().for_each(|kind| *counts.entry(kind).or_insert(0) += 1);
        }
    }
    let least = KNOWN_FROM * annotated as f64;
    counts.map(|counts| {
        counts.into_iter().filter(|(_, count)| *count as f64 >= least).map(|(kind, _)| kind).collect()
    })
}

/// Of these kinds those that a corpus has hardly ever beside another of them.
fn alone(dialogues: &[Dialogue], known: [&BTreeSet<String>; 2]) -> [BTreeSet<String>; 2] {
    let mut counts: [BTreeMap<String, [usize; 2]>; 2] = Default::default();
    for (user, acts) in dialogues.iter().flat_map(annotated_turns) {
        let side = usize::from(!user);
        let done: Vec<String> = kinds(acts).intersection(known[side]).cloned().collect();
        let beside = usize::from(done.len() > 1);
        for kind in done {
            let [all, besides] = counts[side].entry(kind).or_default();
            *all += 1;
            *besides += beside;
        }
    }
    counts.map(|counts| {
        let lone =
            counts.into_iter().filter(|(_, [all, beside])| (*beside as f64) < BESIDE_FROM * *all as f64);
        lone.map(|(kind, _)| kind).collect()
    })
}

/// Whether it is the user's, and the acts, of each utterance, where they count.
fn annotated_turns(dialogue: &Dialogue) -> impl Iterator<Item = (bool, &[Act])> {
    let turns = dialogue.turns.iter().filter(|_| notes_count(dialogue));
    turns.filter_map(|turn| match turn {
        Turn::User(said) => Some((true, &said.acts[..])),
        Turn::Assistant(said) => Some((false, &said.acts[..])),
        Turn::Tool(_) | Turn::Garbled { .. } => None,
    })
}

/// The dialogue acts of a dialogue: each utterance's sorted kinds, and each pair of neighbouring utterances, each once; of
/// the kinds that the inventory holds, and without the utterances that have none of them. Empty when nothing is annotated,
/// or what is does not count.
#[must_use]
pub fn act_features(dialogue: &Dialogue, inventory: &Inventory) -> Features {
    let mut turns: Vec<String> = Vec::new();
    for (user, acts) in annotated_turns(dialogue) {
        let (side, held) = if user { ("user", &inventory.user) } else { ("assistant", &inventory.assistant) };
        let kinds = held.of(acts);
        if !kinds.is_empty() {
            turns.push(format!("{side}: {}", kinds.join("+")));
        }
    }
    let pairs = turns.windows(2).map(|pair| pair.join(" > "));
    pairs.chain(turns.iter().cloned()).collect::<BTreeSet<String>>().into_iter().collect()
}

/// The kinds of some acts. Thanks and goodbyes are one: who thanks for everything takes leave, and where one scheme writes
/// down the one another writes down the other.
fn kinds(acts: &[Act]) -> BTreeSet<String> {
    let name = |act: &Act| match act.act {
        ActKind::Thank | ActKind::Bye => "close".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    acts.iter().map(name).collect()
}
