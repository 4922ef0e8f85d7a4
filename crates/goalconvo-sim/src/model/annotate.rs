//! What an assistant's words do, found by reading them beside what its tools returned.

use goalconvo_core::{Act, AssistantView};

use crate::words::Words;

/// The dialogue acts of an assistant's words.
pub(super) fn annotate(_view: &AssistantView<'_>, _words: &Words, _text: &str) -> Vec<Act> {
    Vec::new()
}
