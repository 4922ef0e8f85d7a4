//! What of a lexicon can begin with a word: asked once a token, before any of its patterns is.

/// Slots of the table, by some bits of a word's hash.
const SLOTS: usize = 1 << 13;

/// Cues of a user.
pub(crate) const USER: u8 = 1;
/// Cues of an assistant.
pub(crate) const ASSISTANT: u8 = 1 << 1;
/// Claims.
pub(crate) const CLAIM: u8 = 1 << 2;
/// Topics.
pub(crate) const TOPIC: u8 = 1 << 3;
/// Numbers, times and dates.
pub(crate) const VALUE: u8 = 1 << 4;

/// Phrases of the domains.
pub(crate) const PHRASE: u8 = 1 << 5;

/// What can begin with which words; more than what does, since words share slots.
#[derive(Clone, Debug)]
pub(crate) struct Begins {
    slots: Box<[u8]>,
    /// What can begin with any word.
    always: u8,
}

impl Begins {
    pub(crate) fn new() -> Self {
        Begins { slots: vec![0; SLOTS].into(), always: 0 }
    }

    /// Adds what begins with these words, or with any word.
    pub(crate) fn add(&mut self, what: u8, firsts: Option<&[u64]>) {
        let Some(firsts) = firsts else {
            self.always |= what;
            return;
        };
        for word in firsts {
            if let Some(slot) = self.slots.get_mut(slot(*word)) {
                *slot |= what;
            }
        }
    }

    /// All that can begin with a word.
    pub(crate) fn with(&self, word: u64) -> u8 {
        self.slots.get(slot(word)).map_or(self.always, |what| what | self.always)
    }
}

fn slot(word: u64) -> usize {
    (word ^ word >> 32) as usize % SLOTS
}
