//! Plain text: a turn a line with its speaker before a colon, dialogues apart by empty lines.

use goalconvo_core::Origin;

use super::draft::Draft;
use super::piece::Flaw;
use super::roles::roles_of;

/// Longer names before a colon are words.
const LONGEST_NAME: usize = 40;

/// Whether a text begins with a speaker.
pub(super) fn is_transcript(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| spoken(line).is_some())
}

/// Reads all dialogues of a text, each with the place of its first line.
pub(super) fn read(text: &str) -> Result<Vec<(String, Draft)>, Flaw> {
    let mut dialogues = Vec::new();
    let mut turns: Vec<Spoken<'_>> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            dialogues.extend(draft(std::mem::take(&mut turns)));
            continue;
        }
        match (spoken(line), turns.last_mut()) {
            (Some((name, words)), _) => {
                turns.push(Spoken { line: at + 1, name, words: words.to_owned(), continued: 0 });
            }
            // A line without a speaker goes on with what was said.
            (None, Some(last)) => {
                last.words = format!("{}\n{}", last.words, line.trim());
                last.continued += 1;
            }
            (None, None) => {
                let what = "found a line without a speaker; expected \"speaker: text\"";
                return Err(Flaw { pointer: format!("line {}", at + 1), what: what.to_owned() });
            }
        }
    }
    dialogues.extend(draft(turns));
    Ok(dialogues)
}

struct Spoken<'a> {
    line: usize,
    name: &'a str,
    words: String,
    continued: usize,
}

fn draft(turns: Vec<Spoken<'_>>) -> Option<(String, Draft)> {
    let place = format!("line {}", turns.first()?.line);
    let mut draft = Draft::default();
    let speakers: Vec<&str> = turns.iter().map(|turn| turn.name).collect();
    let roles = roles_of(&speakers, &mut draft.notes);
    for turn in turns {
        let at = format!("line {}", turn.line);
        for _ in 0..turn.continued {
            draft.notes.assumed("lines without a speaker to go on with the turn before", &at);
        }
        match roles.get(turn.name) {
            Some(role) => draft.say(*role, &turn.words, Origin::Unknown),
            None => draft.notes.lost(format!("turns of a third speaker, {:?}", turn.name), &at),
        }
    }
    Some((place, draft))
}

/// Name and words of a line that has a speaker. A name begins with a letter and is a few words; `10:30` is none.
fn spoken(line: &str) -> Option<(&str, &str)> {
    let (name, words) = line.split_once(':')?;
    let name = name.trim().trim_matches(['[', ']', '*', '#']).trim();
    let is_name = name.chars().next().is_some_and(char::is_alphabetic)
        && name.chars().count() <= LONGEST_NAME
        && name.split_whitespace().count() <= 4
        && name.chars().all(|c| {
            c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '\'' | '(' | ')' | '&' | '/')
        })
        && (words.is_empty() || words.starts_with(char::is_whitespace));
    is_name.then(|| (name, words.trim_start_matches('*').trim()))
}
