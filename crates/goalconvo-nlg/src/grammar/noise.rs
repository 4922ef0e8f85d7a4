//! How people type: small letters, missing apostrophes, articles and full stops, slips of the finger; never in a value.

use goalconvo_core::Rng;

use super::speech::Mark;
use crate::pack::Morphology;

/// Rewrites `text` as somebody types who types with this care (0 to 100), and moves the marks along.
pub(super) fn type_as(
    morphology: &Morphology,
    text: &mut String,
    marks: &mut [Mark],
    care: u8,
    rng: &mut Rng,
) {
    let haste = u32::from(100u8.saturating_sub(care));
    if haste == 0 {
        return;
    }
    let small = rng.chance(haste);
    let bare = rng.chance(haste);
    // Most people leave out a full stop, or a comma, sooner than an apostrophe.
    let (open_end, loose) = (rng.chance(2 * haste), rng.chance(2 * haste));
    let (sparse, runs_on) = (rng.chance(haste / 2), rng.chance(haste));
    let mut typed = String::with_capacity(text.len());
    let mut at = 0;
    let mut shifts: Vec<(usize, isize)> = Vec::new();
    for piece in text.split_inclusive(' ') {
        let end = at + piece.len();
        let kept = marks.iter().any(|mark| mark.start < end && at < mark.end);
        if kept {
            typed.push_str(piece);
        } else {
            let slip = Slip { small, bare, sparse, runs_on, loose, slips: rng.chance(haste / 6 + 1) };
            let word = one_word(morphology, piece, slip, rng);
            shifts.push((end, word.len() as isize - piece.len() as isize));
            typed.push_str(&word);
        }
        at = end;
    }
    for mark in marks.iter_mut() {
        let before = shifts.iter().filter(|(end, _)| *end <= mark.start);
        let shift: isize = before.map(|(_, shift)| shift).sum();
        mark.start = mark.start.saturating_add_signed(shift);
        mark.end = mark.end.saturating_add_signed(shift);
    }
    if open_end && typed.ends_with('.') && marks.iter().all(|mark| mark.end < typed.len()) {
        typed.pop();
    }
    *text = typed;
}

#[derive(Clone, Copy)]
struct Slip {
    small: bool,
    bare: bool,
    sparse: bool,
    runs_on: bool,
    loose: bool,
    slips: bool,
}

/// In how many percent of the places where it could somebody who types so leaves out an article, and the stop between two
/// sentences (or puts a comma there), and a comma.
const SPARSE: u32 = 40;
const RUNS_ON: u32 = 60;
const COMMA: u32 = 35;
const LOOSE: u32 = 70;

fn one_word(morphology: &Morphology, word: &str, slip: Slip, rng: &mut Rng) -> String {
    if slip.sparse && morphology.may_be_skipped(word.trim_end()) && rng.chance(SPARSE) {
        return String::new();
    }
    let mut letters: Vec<char> = word.chars().collect();
    if slip.runs_on && word.ends_with(". ") && rng.chance(RUNS_ON) {
        let stop = letters.len() - 2;
        if rng.chance(COMMA) {
            letters[stop] = ',';
        } else {
            letters.remove(stop);
        }
    }
    if slip.loose && word.ends_with(", ") && rng.chance(LOOSE) {
        letters.remove(letters.len() - 2);
    }
    if slip.small {
        letters.iter_mut().for_each(char::make_ascii_lowercase);
    }
    if slip.bare {
        letters.retain(|c| *c != '\'');
    }
    let inner = letters.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    if slip.slips && inner > 3 {
        let meant = letters.clone();
        let place = 1 + rng.below(inner - 2);
        match rng.below(4) {
            0 => letters.swap(place, place + 1),
            1 => {
                letters.remove(place);
            }
            2 => letters.insert(place, letters[place]),
            _ => letters[place] = morphology.beside(letters[place], rng).unwrap_or(letters[place]),
        }
        let typed: String = letters.iter().take_while(|c| c.is_ascii_alphabetic()).collect();
        if !morphology.may_slip(&typed) {
            letters = meant;
        }
    }
    letters.into_iter().collect()
}
