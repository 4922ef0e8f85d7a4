//! The formats that are read, and how they are told apart by what is in them.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

/// A format of dialogues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The project's own records, `goalconvo/1`.
    Goalconvo,
    /// OpenAI's chat messages: `{"messages": [{"role", "content", "tool_calls"?}]}`, or the bare list.
    Messages,
    /// ShareGPT: `{"conversations": [{"from", "value"}]}`.
    Sharegpt,
    /// sdialog: `{"turns": [{"speaker", "text"}], "events"?, "personas"?}`.
    Sdialog,
    /// The files of the GoalConvo paper's code: `{"goal", "domain", "turns": [{"role", "text"}]}`.
    Paper,
    /// MultiWOZ's original layout (2.0, 2.1, 2.3, 2.4): `{ID: {"goal", "log": [{"text", "metadata"}]}}`.
    Multiwoz,
    /// Schema-Guided Dialogue, and MultiWOZ 2.2, which took its layout: `{"services", "turns": [{"speaker",
    /// "utterance", "frames"}]}`.
    Sgd,
    /// The offline tool-use generator: `{"conversation_id", "messages", "tool_calls", "tool_outputs", "metadata"}`.
    ToolUse,
    /// A table with a row for each turn.
    Csv,
    /// `Speaker: text`, a turn a line, dialogues apart by an empty line.
    Txt,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 10] = [
        Form::Goalconvo,
        Form::Messages,
        Form::Sharegpt,
        Form::Sdialog,
        Form::Paper,
        Form::Multiwoz,
        Form::Sgd,
        Form::ToolUse,
        Form::Csv,
        Form::Txt,
    ];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Form::Goalconvo => "goalconvo",
            Form::Messages => "messages",
            Form::Sharegpt => "sharegpt",
            Form::Sdialog => "sdialog",
            Form::Paper => "paper",
            Form::Multiwoz => "multiwoz",
            Form::Sgd => "sgd",
            Form::ToolUse => "tool_use",
            Form::Csv => "csv",
            Form::Txt => "txt",
        }
    }

    /// The format of that name.
    pub fn named(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Whether its files are JSON.
    pub(super) fn is_json(self) -> bool {
        !matches!(self, Form::Csv | Form::Txt)
    }

    /// What one of its dialogues looks like, for messages.
    pub(super) fn shape(self) -> &'static str {
        match self {
            Form::Goalconvo => r#"{"format": "goalconvo/1", …}"#,
            Form::Messages => r#"{"messages": [{"role", "content"}]}"#,
            Form::Sharegpt => r#"{"conversations": [{"from", "value"}]}"#,
            Form::Sdialog => r#"{"turns": [{"speaker", "text"}]}"#,
            Form::Paper => r#"{"goal", "domain", "turns": [{"role", "text"}]}"#,
            Form::Multiwoz => r#"{"goal", "log": [{"text", "metadata"}]}"#,
            Form::Sgd => r#"{"services", "turns": [{"speaker", "utterance", "frames"}]}"#,
            Form::ToolUse => r#"{"messages", "tool_calls", "tool_outputs"}"#,
            Form::Csv => "a table with the columns dialogue, turn, role and text",
            Form::Txt => "lines of \"speaker: text\"",
        }
    }

    /// What a JSON object or list is, if it is one dialogue of a known format.
    pub(super) fn of(record: &Json) -> Option<Form> {
        if record.is_array() {
            return record.get(0).is_some_and(is_message).then_some(Form::Messages);
        }
        let object = record.as_object()?;
        let has = |key: &str| object.contains_key(key);
        let list = |key: &str| object.get(key).and_then(Json::as_array);
        if object.get("format").and_then(Json::as_str).is_some_and(|format| format.starts_with("goalconvo/"))
        {
            return Some(Form::Goalconvo);
        }
        if list("messages").is_some() {
            let tools = has("tool_calls") && has("tool_outputs");
            return Some(if tools { Form::ToolUse } else { Form::Messages });
        }
        if let Some(turns) = ["conversations", "conversation"].iter().find_map(|key| list(key)) {
            return match turns.first() {
                Some(first) if first.get("from").is_some() => Some(Form::Sharegpt),
                Some(first) => is_message(first).then_some(Form::Messages),
                None => Some(Form::Sharegpt),
            };
        }
        if list("log").is_some() {
            return Some(Form::Multiwoz);
        }
        let turns = list("turns")?;
        match turns.first() {
            Some(turn) if turn.get("utterance").is_some() => Some(Form::Sgd),
            Some(turn) if turn.get("speaker").is_some() && has("dialogue_id") && has("goal") => {
                Some(Form::Paper)
            }
            Some(turn) if turn.get("speaker").is_some() => Some(Form::Sdialog),
            Some(turn) if turn.get("role").is_some() => Some(Form::Paper),
            // A dialogue without turns is told by what stands around them.
            None if has("services") => Some(Form::Sgd),
            None if has("personas") || has("events") => Some(Form::Sdialog),
            None if has("goal") || has("domain") => Some(Form::Paper),
            _ => None,
        }
    }
}

/// Whether a JSON value looks like one chat message.
pub(super) fn is_message(json: &Json) -> bool {
    let says = ["content", "tool_calls", "function_call", "text"].iter().any(|key| json.get(key).is_some());
    json.get("role").is_some_and(Json::is_string) && says
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
