//! What a key leaves in a text: the key, a long run of it, its head or tail where it was shortened, and its base64.

use std::collections::BTreeSet;
use std::ops::Range;

/// A run of a key, or of its base64, that is as long as this gives it away. What is shorter is looked for whole.
const RUN: usize = 12;

/// A head or a tail beside an ellipsis or asterisks gives a key away from this length on.
const END: usize = 8;

/// The last two letters of base64, and of that in URLs.
const ALPHABETS: [[u8; 2]; 2] = [*b"+/", *b"-_"];

/// Finds a key's traces.
pub(crate) struct Traces {
    key: Vec<u8>,
    runs: BTreeSet<Vec<u8>>,
    lengths: BTreeSet<usize>,
    /// Which bytes runs are made of: in a text, nothing else is looked at.
    is_of_runs: [bool; 256],
}

impl Traces {
    pub(crate) fn of(key: &str) -> Self {
        let key = key.as_bytes().to_vec();
        let encoded = ALPHABETS.iter().flat_map(|last| (0..3).map(|shift| base64(&key, shift, *last)));
        let whole: Vec<Vec<u8>> = encoded.chain([key.clone()]).collect();
        let cut = |text: &Vec<u8>| -> Vec<Vec<u8>> {
            text.windows(RUN.min(text.len())).map(<[u8]>::to_vec).collect()
        };
        let runs: BTreeSet<Vec<u8>> = whole.iter().flat_map(cut).collect();
        let lengths = runs.iter().map(Vec::len).collect();
        let mut is_of_runs = [false; 256];
        runs.iter().flatten().for_each(|byte| is_of_runs[usize::from(*byte)] = true);
        Traces { key, runs, lengths, is_of_runs }
    }

    /// Where they are, in order and apart from each other.
    pub(crate) fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let shortest = self.lengths.first().map_or(END, |length| END.min(*length));
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        for stretch in text.split(|byte| !self.is_of_runs[usize::from(*byte)]) {
            if stretch.len() >= shortest {
                (at..at + stretch.len()).for_each(|from| found.extend(self.from(text, from)));
            }
            at += stretch.len() + 1;
        }
        found.sort_by_key(|place| place.start);
        let mut places: Vec<Range<usize>> = Vec::new();
        for place in found {
            match places.last_mut().filter(|last| place.start <= last.end) {
                Some(last) => last.end = last.end.max(place.end),
                None => places.push(place),
            }
        }
        places
    }

    /// The trace that begins here, or whose last letters do.
    fn from(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let is_run =
            |length: &&usize| text.get(from..from + **length).is_some_and(|run| self.runs.contains(run));
        let run = self.lengths.iter().rev().find(is_run).map(|length| from..from + length);
        run.or_else(|| self.head(text, from)).or_else(|| self.tail(text, from))
    }

    /// The key's head, with dots or asterisks after it.
    fn head(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let same = text[from..].iter().zip(&self.key).take_while(|(one, other)| one == other).count();
        let after = &text[from + same..];
        let is_cut = ["..", "…", "*"].iter().any(|mark| after.starts_with(mark.as_bytes()));
        (same >= END && is_cut).then(|| from..from + same)
    }

    /// The key's tail, with dots or asterisks before it; its last letters are looked for here.
    fn tail(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let end = from + END;
        let is_end = self.key.len() > END && text.get(from..end)? == &self.key[self.key.len() - END..];
        if !is_end {
            return None;
        }
        let backwards = text[..end].iter().rev().zip(self.key.iter().rev());
        let start = end - backwards.take_while(|(one, other)| one == other).count();
        let is_cut = ["..", "…", "*"].iter().any(|mark| text[..start].ends_with(mark.as_bytes()));
        is_cut.then_some(start..end)
    }
}

/// The base64 of a text that begins so many bytes into its group of three, without the letters in which its neighbours
/// have a part.
fn base64(text: &[u8], shift: usize, last: [u8; 2]) -> Vec<u8> {
    let first = (6 - shift * 8 % 6) % 6;
    let bit = |at: usize| text[at / 8] >> (7 - at % 8) & 1;
    let groups = (first..(text.len() * 8).saturating_sub(5)).step_by(6);
    let values = groups.map(|from| (from..from + 6).fold(0, |value, at| value << 1 | bit(at)));
    let letters = values.map(|value: u8| match value {
        0..26 => b'A' + value,
        26..52 => b'a' + value - 26,
        52..62 => b'0' + value - 52,
        _ => last[usize::from(value & 1)],
    });
    letters.collect()
}
