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

fn step(hash: u64, c: char) -> u64 {
    (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Cuts `text` into `tokens`, which is emptied before.
pub(crate) fn tokenize(text: &str, tokens: &mut Vec<Token>) {
    tokens.clear();
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut glued = false;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        let kind = kind_of(first);
        match kind {
            None => {
                at += first.len_utf8();
                glued = false;
                continue;
            }
            Some(Kind::Mark) => at += first.len_utf8(),
            Some(kind) => at = run_end(text, bytes, at, kind),
        }
        let kind = kind.unwrap_or(Kind::Mark);
        let word = word_at(text, start, at);
        tokens.push(Token {
            start: start as u32,
            end: at as u32,
            kind,
            glued: glued && kind != Kind::Mark,
            word,
        });
        glued = kind != Kind::Mark;
    }
}

fn word_at(text: &str, start: usize, end: usize) -> u64 {
    let Some(piece) = text.get(start..end) else { return 0 };
    if piece.is_ascii() {
        piece.bytes().fold(SEED, |hash, byte| step(hash, char::from(byte.to_ascii_lowercase())))
    } else {
        word_hash(piece)
    }
}

fn run_end(text: &str, bytes: &[u8], mut at: usize, kind: Kind) -> usize {
    loop {
        match bytes.get(at) {
            Some(byte) if byte.is_ascii() => {
                if kind_of(char::from(*byte)) != Some(kind) {
                    return at;
                }
                at += 1;
            }
            Some(_) => match text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(c) if kind_of(c) == Some(kind) => at += c.len_utf8(),
                _ => return at,
            },
            None => return at,
        }
    }
}

/// `None` for spaces and apostrophes, which separate and are not compared.
fn kind_of(c: char) -> Option<Kind> {
    match c {
        'a'..='z' | 'A'..='Z' => Some(Kind::Word),
        '0'..='9' => Some(Kind::Digits),
        ' ' | '\n' | '\t' | '\r' | '\'' | '\u{2019}' | '\u{2018}' | '`' => None,
        c if c.is_ascii() => Some(Kind::Mark),
        c if c.is_alphabetic() => Some(Kind::Word),
        c if c.is_whitespace() => None,
        _ => Some(Kind::Mark),
    }
}
