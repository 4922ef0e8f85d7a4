//! A dialogue as model judges see it: numbered lines of words, calls and results, and nothing about who made it.

use goalconvo_core::{Arguments, Dialogue, Turn};

/// The lines, by the turns' places in the record.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    lines: Vec<String>,
}

/// So many characters of a tool's result are shown.
const RESULT: usize = 1200;

/// Shorter passages prove nothing: they stand everywhere.
const SHORTEST_QUOTE: usize = 3;

impl Transcript {
    pub(crate) fn of(dialogue: &Dialogue) -> Self {
        let lines = dialogue.turns.iter().enumerate().map(|(at, turn)| format!("[{at}] {}", line(turn)));
        Transcript { lines: lines.collect() }
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Whether a line has these words. Case, spacing and the shape of quotation marks may differ.
    pub(crate) fn has(&self, line: usize, quote: &str) -> bool {
        let quote = plain(quote);
        let words = quote.trim_matches(|c: char| !c.is_alphanumeric());
        let whole = |line: &String| line.split_once(": ").map_or(String::new(), |(_, words)| plain(words));
        words.chars().count() >= SHORTEST_QUOTE
            && self.lines.get(line).map(whole).is_some_and(|line| line.contains(words))
    }
}

fn line(turn: &Turn) -> String {
    match turn {
        Turn::User(said) => format!("user: {}", said.text),
        Turn::Assistant(said) => {
            let calls = said.tool_calls.iter().map(|call| {
                let arguments = match &call.function.arguments {
                    Arguments::Parsed(record) => record.to_string(),
                    Arguments::Raw(text) => text.clone(),
                };
                format!("calls {}({arguments})", call.function.name)
            });
            let words = Some(said.text.clone()).filter(|text| !text.is_empty());
            format!("assistant: {}", words.into_iter().chain(calls).collect::<Vec<_>>().join(" "))
        }
        Turn::Tool(answer) => {
            let result = match &answer.error {
                Some(error) => format!("error {:?}: {}", error.kind, error.message),
                None => answer.result.to_string(),
            };
            let shown: String = result.chars().take(RESULT).collect();
            let cut = if shown.len() < result.len() { " … (cut for length)" } else { "" };
            format!("tool {}: {shown}{cut}", answer.name)
        }
        Turn::Garbled { by, raw } => format!("{by:?} garbled: {raw}").to_lowercase(),
    }
}

/// Lower case, single spaces, straight quotation marks.
fn plain(text: &str) -> String {
    let straight = text.chars().map(|c| match c {
        '’' | '‘' => '\'',
        '“' | '”' => '"',
        other => other,
    });
    let text: String = straight.flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
