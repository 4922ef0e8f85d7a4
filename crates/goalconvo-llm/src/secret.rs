//! A provider's key, held so that it can be sent and never be shown.
//!
//! The only way to read a [`Secret`] is [`Secret::expose`], which this crate calls in one place, where the
//! header of a request is written. Debug, Display and serde all give the same mask, so that a config or an
//! error that contains one can be logged without a second thought.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::error::{Error, Kind};
use crate::traces::Traces;

/// What stands wherever a key would have stood.
pub const MASK: &str = "[key]";

/// A key of at least [`Secret::SHORTEST`] visible ASCII characters.
#[derive(Clone)]
pub struct Secret {
    key: String,
    traces: Arc<Traces>,
}

impl Secret {
    /// Shorter texts are not keys, and replacing them in replies would garble ordinary words.
    pub const SHORTEST: usize = 6;

    /// Takes a key; white space around it (a newline from a file) is dropped.
    ///
    /// # Errors
    /// When the text is shorter than [`Secret::SHORTEST`] or holds a character that no header can carry. The
    /// error never repeats the text.
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.len() < Self::SHORTEST {
            let found = text.len();
            return Err(Error::new(
                Kind::Key,
                format!("the key has {found} characters, expected at least {}: set it again", Self::SHORTEST),
            ));
        }
        match text.chars().position(|c| !c.is_ascii_graphic()) {
            None => Ok(Secret { key: text.to_owned(), traces: Arc::new(Traces::of(text)) }),
            Some(at) => Err(Error::new(
                Kind::Key,
                format!("the key's character {} is not visible ASCII: copy the key again", at + 1),
            )),
        }
    }

    /// The key itself, for the header that carries it.
    pub(crate) fn expose(&self) -> &str {
        &self.key
    }

    /// The text with every trace of the key masked: the key, twelve letters of it in a row, eight of its head or tail
    /// beside an ellipsis or asterisks, and its base64.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut scrubbed = String::new();
        let mut from = 0;
        // Keys are ASCII: a trace begins and ends where letters do.
        for place in self.traces.places(text.as_bytes()) {
            scrubbed.push_str(&text[from..place.start]);
            scrubbed.push_str(MASK);
            from = place.end;
        }
        scrubbed.push_str(&text[from..]);
        scrubbed
    }

    /// Whether the bytes hold a trace of the key.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        !self.traces.places(bytes).is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}
