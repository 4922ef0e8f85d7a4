//! Lines of a JSON text by JSON pointer, so that a finding can be gone to.

use std::collections::{BTreeMap, BTreeSet};

use crate::schemas::step;

/// What is open around a place.
enum Frame {
    /// An object, with the key whose value comes next.
    Object(Option<String>),
    /// A list, with the number of its next item.
    List(usize),
}

/// The line, from 1, on which the value of each wanted pointer begins. The text is sound JSON; of any other text as many
/// as are found.
pub(super) fn lines(text: &str, wanted: &BTreeSet<&str>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let (mut at, mut line) = (0, 1);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => line += 1,
            b' ' | b'\t' | b'\r' | b':' => {}
            b',' => next(&mut frames, &mut path),
            // An object that nothing was in has no step of its own.
            b'}' | b']' => {
                if !matches!(frames.pop(), Some(Frame::Object(None))) {
                    path.pop();
                }
            }
            b'"' if matches!(frames.last(), Some(Frame::Object(None))) => {
                let end = end_of_text(bytes, at);
                let key: String =
                    serde_json::from_str(text.get(at..end).unwrap_or("\"\"")).unwrap_or_default();
                path.push(step(&key));
                if let Some(Frame::Object(open)) = frames.last_mut() {
                    *open = Some(key);
                }
                at = end;
                continue;
            }
            _ => {
                let pointer: String = path.iter().map(|step| format!("/{step}")).collect();
                if wanted.contains(pointer.as_str()) {
                    found.entry(pointer).or_insert(line);
                }
                match byte {
                    b'{' => frames.push(Frame::Object(None)),
                    b'[' => {
                        frames.push(Frame::List(0));
                        path.push("0".to_owned());
                    }
                    b'"' => {
                        at = end_of_text(bytes, at);
                        continue;
                    }
                    _ => {
                        while bytes.get(at + 1).is_some_and(|next| !b" \t\r\n,]}".contains(next)) {
                            at += 1;
                        }
                    }
                }
            }
        }
        at += 1;
    }
    found
}

/// A comma: the next key, or the next item.
fn next(frames: &mut [Frame], path: &mut Vec<String>) {
    path.pop();
    match frames.last_mut() {
        Some(Frame::Object(key)) => *key = None,
        Some(Frame::List(number)) => {
            *number += 1;
            path.push(number.to_string());
        }
        None => {}
    }
}

/// The byte after a text that begins at `at`.
fn end_of_text(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_the_line_on_which_it_begins() {
        let text = "[\n {\"a/b\": \"x,\\\"]\",\n  \"c\": [1,\n   {}, {\"d\":\n null}]},\n {}\n]";
        let check = |pointer: &str, expected: usize| {
            assert_eq!(lines(text, &BTreeSet::from([pointer])).get(pointer), Some(&expected), "{pointer}");
        };
        check("", 1);
        check("/0", 2);
        check("/0/a~1b", 2);
        check("/0/c", 3);
        check("/0/c/0", 3);
        check("/0/c/1", 4);
        check("/0/c/2/d", 5);
        check("/1", 6);
        assert!(lines(text, &BTreeSet::from(["/2"])).is_empty());
    }
}
