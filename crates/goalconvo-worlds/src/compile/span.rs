//! Stretches of time: which name is of the beginning and which of the end of the same one.

use crate::registry::names::words;

/// Words of a beginning, each with that of its end.
const ENDS: [(&str, &str); 6] = [
    ("start", "end"),
    ("starts", "ends"),
    ("from", "to"),
    ("begin", "end"),
    ("in", "out"),
    ("checkin", "checkout"),
];

/// Whether two names differ only in that one is of the beginning and the other of the end: "start_time", "end_time".
pub(super) fn is_span(from: &str, to: &str) -> bool {
    let (from, to) = (words(from), words(to));
    let differ = || from.iter().zip(&to).filter(|(one, other)| one != other);
    let ends = |(one, other): (&String, &String)| ENDS.contains(&(one.as_str(), other.as_str()));
    from.len() == to.len() && differ().count() == 1 && differ().all(ends)
}
