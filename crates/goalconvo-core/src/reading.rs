//! What a text says, as far as it can be read without knowing who wrote it: values and cues with their places.
//!
//! Facts are checked against readings, never against how a text was made, so the same checks serve grammar, models
//! and people. The reading itself is the language's business: a [`Read`] is handed in.

use std::ops::Range;

use smol_str::SmolStr;

use crate::{Act, Role, SlotKind, Value};

/// A value found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What it may mean, canonical; several where the words are ambiguous ("half seven": 07:30, 19:30).
    pub values: Vec<Value>,
    /// What kind of value it looks like.
    pub kind: SlotKind,
    /// Whether words beside it make another value of it: "less than £20", "not Friday", "20 dollars" where pounds are
    /// paid.
    pub twisted: bool,
    /// The slots whose own words these are ("free wifi"); empty for words that any slot of the kind may have.
    pub slots: Vec<SmolStr>,
}

impl Mention {
    /// Whether it may mean this value.
    pub fn means(&self, value: &Value) -> bool {
        self.values.contains(value)
    }

    /// Whether it may be about this slot.
    pub fn is_of(&self, slot: &str) -> bool {
        self.slots.is_empty() || self.slots.iter().any(|own| own == slot)
    }

    /// Whether it may say an act's value, of the act's slot.
    pub fn says(&self, act: &Act) -> bool {
        act.value.as_ref().is_some_and(|value| self.means(value))
            && act.slot.as_deref().is_none_or(|slot| self.is_of(slot))
    }
}

/// What a phrase does, as far as its words give it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cue {
    /// "Hello".
    Greeting,
    /// "Goodbye".
    Farewell,
    /// "Thank you".
    Thanks,
    /// A question.
    Question,
    /// "I've booked your table": claims that the task is done.
    Claim {
        /// The domain.
        domain: SmolStr,
        /// The intent.
        intent: SmolStr,
    },
    /// "Is not booked", "never serves", "anything but": takes back what stands beside it.
    Denial,
    /// "You're all set", "it's confirmed": claims that something is done, without saying what.
    VagueClaim,
    /// "It is the last one", "the only one that …": claims that there is no other.
    Scarce,
    /// "There is no fee", "free of charge", "I guarantee that": what no act can say, and no tool told.
    Unbacked,
    /// "Nothing matches", "there are no …": claims that a search found nothing.
    NothingFound,
    /// "I couldn't book it", "it didn't go through": claims that something failed.
    Failure,
    /// "Yes", "go ahead": a user's consent.
    Yes,
    /// "Yes", "certainly", "good news": an assistant answers that it is so, or cheers.
    Assent,
    /// "Perfect", "that's right": may be a user's consent, and may be said without giving any.
    Agreeable,
    /// "No", "forget it": a user's refusal.
    No,
    /// "Cancel the booking", "none of these": a user takes back what it asked for, or wants none of what there is.
    Withdrawal,
    /// "The phone number", "a pool": speaks of one of these slots.
    Topic(Vec<SmolStr>),
    /// "I'm sorry, that isn't possible", "the system has a problem": says that something did not work.
    Declined,
    /// "Anything else?": the assistant asks what else is wanted.
    More,
    /// "How can I help you?" from a user, "I'd like to book a table" from an assistant: the other one's words.
    OtherRole,
    /// "As an AI", "[insert name]", "{value}": what nobody says aloud.
    Leak,
}

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Values in the order of their places; they don't overlap.
    pub mentions: Vec<Mention>,
    /// Cues with the bytes that give them away.
    pub cues: Vec<(Range<usize>, Cue)>,
    /// Bytes of words that the language's own grammar does not have for an assistant, outside of values. Nothing is
    /// wrong with them but in a text that is said to be the grammar's.
    pub strange: Vec<Range<usize>>,
}

impl Reading {
    /// Whether some mention may mean this value.
    pub fn mentions(&self, value: &Value) -> bool {
        self.mentions.iter().any(|mention| mention.means(value))
    }

    /// For each mention which of the acts it says the value of: an act says its value once. Mentions that know their
    /// slot choose first.
    pub fn acts(&self, acts: &[Act]) -> Vec<Option<usize>> {
        let mut free: Vec<usize> = (0..acts.len()).filter(|at| acts[*at].value.is_some()).collect();
        let mut found = vec![None; self.mentions.len()];
        for knows in [true, false] {
            for (mention, act) in self.mentions.iter().zip(&mut found) {
                if mention.slots.is_empty() != knows {
                    let place = free.iter().position(|at| mention.says(&acts[*at]));
                    *act = place.map(|place| free.remove(place));
                }
            }
        }
        found
    }
}

/// Reads what one role says.
pub type Read<'a> = dyn Fn(Role, &str) -> Reading + Sync + 'a;
