//! What acts hold, put into words: values with their marks, names, messages, numbers.

use goalconvo_core::Rng;

use super::super::forms;
use super::{Frame, Item, Mark, Speech};

impl<'a> Speech<'a> {
    pub(super) fn value(&mut self, item: &Item<'a>, rng: &mut Rng) {
        let mut said = String::new();
        forms::write(self.pack, item.slot, item.value, self.manner, rng, &mut said);
        self.mark(item.act, &said);
    }

    pub(super) fn mark(&mut self, act: usize, said: &str) {
        self.push(said);
        self.marks.push(Mark { act, start: self.text.len() - said.len(), end: self.text.len() });
    }

    pub(super) fn label(&mut self, frame: &Frame<'a>) {
        if let Some((act, label)) = frame.label {
            self.mark(act, &label.plain());
        }
    }

    pub(super) fn message(&mut self, frame: &Frame<'a>) {
        let message = frame.message.unwrap_or_default().trim();
        let ended = message.trim_end_matches('.');
        let start = self.text.len();
        self.push(ended);
        self.small(start);
        self.verbatim.push((start, self.text.len()));
    }

    pub(super) fn count(&mut self, frame: &Frame<'a>, rng: &mut Rng) {
        if let Some((act, n)) = frame.count {
            let mut said = String::new();
            forms::number(self.pack, n, !self.manner.plain && rng.chance(15), &mut said);
            self.mark(act, &said);
        }
    }
}
