//! Splits reasoning that leaked into the text off it, so that a thought is never taken for speech.
//!
//! Open models write `<think>…</think>` into their text when the server does not parse it. Two halves are
//! seen alone: chat templates that open the block themselves leave only the closing tag, and a reply cut off
//! while thinking has only the opening one.

/// The tags in use, by name.
const TAGS: [&str; 3] = ["think", "thinking", "thought"];

/// The text without its reasoning, and the reasoning, if there was any.
#[must_use]
pub fn split_thinking(text: &str) -> (String, Option<String>) {
    for tag in TAGS {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        if text.contains(&open) || text.contains(&close) {
            return split_by(text, &open, &close);
        }
    }
    (text.to_owned(), None)
}

fn split_by(text: &str, open: &str, close: &str) -> (String, Option<String>) {
    let (mut speech, mut thoughts) = (String::new(), Vec::new());
    let mut rest = text;
    // A closing tag before any opening one: all that stands before it was thought.
    if let Some(end) = rest.find(close).filter(|end| rest.find(open).is_none_or(|start| *end < start)) {
        thoughts.push(&rest[..end]);
        rest = &rest[end + close.len()..];
    }
    while let Some(start) = rest.find(open) {
        speech.push_str(&rest[..start]);
        let inside = &rest[start + open.len()..];
        let (thought, after) = inside.split_once(close).unwrap_or((inside, ""));
        thoughts.push(thought);
        rest = after;
    }
    speech.push_str(rest);
    let thoughts: Vec<&str> =
        thoughts.into_iter().map(str::trim).filter(|thought| !thought.is_empty()).collect();
    let reasoning = if thoughts.is_empty() { None } else { Some(thoughts.join("\n")) };
    (speech.replace(close, "").trim().to_owned(), reasoning)
}
