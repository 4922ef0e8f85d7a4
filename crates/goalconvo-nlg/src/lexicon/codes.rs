//! Reads what is spelled with letters and digits: phones, postcodes, references, account and order numbers.
//!
//! A code is compared by its letters and digits alone, so "CB2 1AB", "cb21ab" and "cb2-1ab" are one postcode. One that
//! no table holds is still seen: a text must not be able to hold a code that nobody looks at.

use goalconvo_core::{SlotKind, Value};
use smol_str::{SmolStr, StrExt};

use super::numbers::Scan;
use super::{Spot, Spots};
use crate::token::{Kind, mix};

/// Words that a code may be written in at most.
const GROUPS: usize = 6;

#[derive(Default, Clone, Debug)]
struct Same(u64);

impl std::hash::Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

#[expect(clippy::disallowed_types, reason = "only looked up, never walked: its order reaches nothing")]
type ByHash = std::collections::HashMap<u64, (Vec<Value>, SlotKind), std::hash::BuildHasherDefault<Same>>;

/// The codes of the tables by their letters and digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Codes {
    known: ByHash,
}

impl Codes {
    pub(crate) fn add(&mut self, code: &str, value: &Value, kind: SlotKind) {
        let hash = code.chars().filter(char::is_ascii_alphanumeric).fold(0, symbol);
        let (values, _) = self.known.entry(hash).or_insert_with(|| (Vec::new(), kind));
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
}

/// The codes of these tables that begin at token `at`.
pub(crate) fn known<'a>(
    tables: &(impl Iterator<Item = &'a Codes> + Clone),
    scan: &Scan<'_>,
    at: usize,
    spots: &mut Spots,
) {
    let mut run = Run::new(at);
    for _ in 0..GROUPS {
        let had_digits = run.digits > 0;
        if !run.take_group(scan) {
            break;
        }
        for (values, kind) in tables.clone().filter_map(|codes| codes.known.get(&run.hash)) {
            spots.offer(Spot::new(at, run.end, values.clone(), *kind));
        }
        if run.digits == 0 && !had_digits && run.letters > 4 {
            break;
        }
    }
}

/// Letters and digits so far.
struct Run {
    end: usize,
    hash: u64,
    letters: usize,
    digits: usize,
}

impl Run {
    fn new(at: usize) -> Self {
        Run { end: at, hash: 0, letters: 0, digits: 0 }
    }

    /// Takes the next glued group of letters and digits, over at most one separator; false when there is none.
    fn take_group(&mut self, scan: &Scan<'_>) -> bool {
        let separator = scan.token(self.end).is_some_and(|token| {
            token.kind == Kind::Mark && matches!(scan.str(token), "-" | "(" | ")" | "/" | "+" | ".")
        });
        let mut next = self.end + usize::from(separator);
        if scan.token(next).is_none_or(|token| token.kind == Kind::Mark) {
            return false;
        }
        while let Some(token) = scan.token(next).filter(|token| token.kind != Kind::Mark) {
            let piece = scan.str(token);
            self.hash = piece.chars().fold(self.hash, symbol);
            match token.kind {
                Kind::Digits => self.digits += piece.len(),
                _ => self.letters += piece.len(),
            }
            next += 1;
            if scan.token(next).is_none_or(|token| !token.glued) {
                break;
            }
        }
        self.end = next;
        true
    }
}

fn symbol(hash: u64, c: char) -> u64 {
    mix(hash, u64::from(u32::from(c.to_ascii_uppercase())))
}

/// What looks like a code although no table has it.
pub(crate) fn unknown(scan: &Scan<'_>, at: usize, spots: &mut Spots) {
    let mut run = Run::new(at);
    if !run.take_group(scan) {
        return;
    }
    while joined(scan, run.end) && run.take_group(scan) {}
    let first = run.end;
    phone(scan, at, spots);
    let second = run.take_group(scan).then_some(run.end);
    for end in [Some(first), second].into_iter().flatten() {
        let text = text_of(scan, at, end);
        if scan.values.postcodes.iter().any(|shape| fits(shape, text)) {
            spots.offer(Spot::new(at, end, spellings(text), SlotKind::Postcode));
        }
    }
    let text = text_of(scan, at, first);
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    let has_letter = text.bytes().any(|b| b.is_ascii_alphabetic());
    let capitals = text.len() == scan.values.reference_length
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if (has_digit && has_letter) || capitals {
        spots.offer(Spot::new(at, first, spellings(text), SlotKind::Reference));
    }
}

/// Whether a hyphen without spaces around it ties the next group to what is before it.
fn joined(scan: &Scan<'_>, at: usize) -> bool {
    let (Some(before), Some(mark), Some(next)) =
        (scan.token(at.wrapping_sub(1)), scan.token(at), scan.token(at + 1))
    else {
        return false;
    };
    scan.str(mark) == "-" && before.end == mark.start && mark.end == next.start
}

fn phone(scan: &Scan<'_>, at: usize, spots: &mut Spots) {
    let Some(token) = scan.token(at) else { return };
    if !scan.values.phone_starts.iter().any(|start| scan.str(token).starts_with(start.as_str())) {
        return;
    }
    let [low, high] = scan.values.phone_digits;
    let mut run = Run::new(at);
    while run.take_group(scan) && run.letters == 0 && run.digits <= high {
        if run.digits >= low {
            let text = text_of(scan, at, run.end);
            spots.offer(Spot::new(at, run.end, spellings(text), SlotKind::Phone));
        }
    }
}

fn text_of<'a>(scan: &Scan<'a>, at: usize, end: usize) -> &'a str {
    let bytes = scan.token(at).zip(scan.token(end.saturating_sub(1)));
    bytes.and_then(|(a, b)| scan.text.get(a.start as usize..b.end as usize)).unwrap_or_default()
}

/// The code as it stands, in capitals, and without its separators.
fn spellings(text: &str) -> Vec<Value> {
    let mut all = vec![Value::text(text)];
    let capitals = text.to_uppercase_smolstr();
    let joined: SmolStr = capitals.chars().filter(char::is_ascii_alphanumeric).collect();
    for spelling in [capitals, joined] {
        let value = Value::Text(spelling);
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

fn fits(shape: &str, text: &str) -> bool {
    let mut shape = shape.bytes().filter(|b| *b != b' ');
    let mut text = text.bytes().filter(u8::is_ascii_alphanumeric);
    loop {
        match (shape.next(), text.next()) {
            (None, None) => return true,
            (Some(b'@'), Some(b)) if b.is_ascii_alphabetic() => {}
            (Some(b'#'), Some(b)) if b.is_ascii_digit() => {}
            _ => return false,
        }
    }
}
