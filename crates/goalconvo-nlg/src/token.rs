//! Cuts a text into tokens that are compared without regard to case, spacing and apostrophes.
//!
//! "Rosa's", "rosa 's" and "ROSA’S" are the same two tokens, "cb2 1ab" and "CB21AB" differ in one digit group only.
//! A token knows whether it is glued to the one before, so that 12 is not found in "TR1234" or "a12".

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters.
    Word,
    /// Digits.
    Digits,
    /// One other character that is neither space nor apostrophe.
    Mark,
}

/// A token: bytes of the text, and the hash of its lower-case letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) kind: Kind,
    /// Whether letters or digits stand directly before it.
    pub(crate) glued: bool,
    pub(crate) word: u64,
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on with a hash (FNV-1a over 64 bits, then mixed): a sequence of words has the hash of its last step.
pub(crate) fn mix(state: u64, word: u64) -> u64 {
    let x = (state.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^ (x >> 29)
}

/// The hash of a word as tokens have it.
pub(crate) fn word_hash(word: &str) -> u64 {
    word.chars().flat_map(char::to_lowercase).fold(SEED, step)
}

/// Goes on with a word's hash by one letter.
pub(crate) fn step(hash: u64, c: char) -> u64 {
    (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Bytes of a token with the blank before it, about.
const BYTES: usize = 4;

/// Cuts `text` into `tokens`, which is emptied before.
pub(crate) fn tokenize(text: &str, tokens: &mut Vec<Token>) {
    tokens.clear();
    tokens.reserve(text.len() / BYTES);
    let mut at = 0;
    let mut glued = false;
    while let Some((class, mut word, width)) = next(text, at, SEED) {
        let start = at;
        at += width;
        let Class::Of(kind) = class else {
            glued = false;
            continue;
        };
        while kind != Kind::Mark
            && let Some((more, longer, width)) = next(text, at, word)
            && more == class
        {
            word = longer;
            at += width;
        }
        let glued_here = std::mem::replace(&mut glued, kind != Kind::Mark) && kind != Kind::Mark;
        tokens.push(Token { start: start as u32, end: at as u32, kind, glued: glued_here, word });
    }
}

/// What a character does to tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It belongs to a token of this kind.
    Of(Kind),
    /// It separates and is not compared: spaces and apostrophes.
    Gap,
}

/// The classes of ASCII.
const ASCII: [Class; 128] = {
    let mut classes = [Class::Of(Kind::Mark); 128];
    let mut at = 0;
    while at < 128 {
        classes[at] = match at as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Of(Kind::Word),
            b'0'..=b'9' => Class::Of(Kind::Digits),
            b' ' | b'\n' | b'\t' | b'\r' | b'\'' | b'`' => Class::Gap,
            _ => Class::Of(Kind::Mark),
        };
        at += 1;
    }
    classes
};

/// The class of the character at a byte, the hash of a word that goes on with it, and its width in bytes.
#[inline]
fn next(text: &str, at: usize, word: u64) -> Option<(Class, u64, usize)> {
    let byte = *text.as_bytes().get(at)?;
    match ASCII.get(usize::from(byte)) {
        Some(class) => Some((*class, step(word, char::from(byte.to_ascii_lowercase())), 1)),
        None => next_beyond_ascii(text, at, word),
    }
}

#[cold]
fn next_beyond_ascii(text: &str, at: usize, word: u64) -> Option<(Class, u64, usize)> {
    let c = text.get(at..)?.chars().next()?;
    Some((beyond_ascii(c), c.to_lowercase().fold(word, step), c.len_utf8()))
}

fn beyond_ascii(c: char) -> Class {
    match c {
        '\u{2019}' | '\u{2018}' => Class::Gap,
        c if c.is_alphabetic() => Class::Of(Kind::Word),
        c if c.is_whitespace() => Class::Gap,
        _ => Class::Of(Kind::Mark),
    }
}
