//! A dialogue that is being put together: turns in order, calls waiting for their answers.

use goalconvo_core::{
    Arguments, CallKind, Dialogue, Format, FunctionCall, Origin, Provenance, Role, ToolCall, ToolTurn, Turn,
    Utterance, Value,
};
use smol_str::{SmolStr, format_smolstr};

use super::piece::{Flaw, Piece};
use super::report::Notes;

/// What has been read of one dialogue.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Its name, where the file gives it one.
    pub(super) id: Option<String>,
    /// What it is about.
    pub(super) domains: Vec<SmolStr>,
    /// Its turns.
    pub(super) turns: Vec<Turn>,
    /// What was lost or assumed.
    pub(super) notes: Notes,
    /// The tool that wrote it, where the file says.
    pub(super) source: Option<String>,
    /// Calls without an answer, oldest first: id and name.
    open: Vec<(SmolStr, SmolStr)>,
    calls: usize,
}

impl Draft {
    /// Nothing yet, under a name if it has one.
    pub(super) fn named(id: Option<String>) -> Self {
        Draft { id, ..Draft::default() }
    }

    /// Somebody says something.
    pub(super) fn say(&mut self, role: Role, text: &str, origin: Origin) {
        self.utter(role, Utterance { text: text.to_owned(), origin, ..Utterance::default() });
    }

    /// Somebody says, or does, something.
    pub(super) fn utter(&mut self, role: Role, said: Utterance) {
        self.turns.push(match role {
            Role::User => Turn::User(said),
            Role::Assistant => Turn::Assistant(said),
        });
    }

    /// A call in any of the usual shapes: OpenAI's `{id, function: {name, arguments}}`, or `{name, arguments}` with
    /// `parameters`, `args` or `input` for the arguments.
    pub(super) fn call(&mut self, call: &Piece<'_, '_>) -> Result<ToolCall, Flaw> {
        let function = call.field("function");
        let body = function.as_ref().unwrap_or(call);
        let name = body.need("name")?.name()?;
        let arguments =
            ["arguments", "parameters", "args", "input"].into_iter().find_map(|key| body.field(key));
        let arguments = match arguments.as_ref().map(|arguments| arguments.json) {
            None => Arguments::Parsed(Value::record::<SmolStr>([])),
            Some(serde_json::Value::String(text)) => Arguments::parse(text),
            Some(serde_json::Value::Object(_)) => {
                Arguments::Parsed(arguments.map(|arguments| arguments.value()).unwrap_or_default())
            }
            Some(other) => Arguments::Raw(other.to_string()),
        };
        let given = call.field("id").map(|id| id.name()).transpose()?;
        Ok(self.called(given.as_deref(), &name, arguments))
    }

    /// Notes a call down as unanswered; one without an id gets one.
    pub(super) fn called(&mut self, id: Option<&str>, name: &str, arguments: Arguments) -> ToolCall {
        self.calls += 1;
        let id = id.map_or_else(|| format_smolstr!("call_{}", self.calls), SmolStr::new);
        self.open.push((id.clone(), name.into()));
        let function = FunctionCall { name: name.into(), arguments };
        ToolCall { id, kind: CallKind::Function, function }
    }

    /// A tool's answer, to the call of that id, or else the oldest open one of that name, or else the oldest open one.
    /// An answer to no call is lost.
    pub(super) fn answer(&mut self, id: Option<&str>, name: Option<&str>, result: Value, at: &Piece<'_, '_>) {
        let by_id = |(open, _): &(SmolStr, SmolStr)| Some(open.as_str()) == id;
        let by_name = |(_, open): &(SmolStr, SmolStr)| Some(open.as_str()) == name;
        let found = match (id, name) {
            (Some(_), _) => self.open.iter().position(by_id),
            (None, Some(_)) => self.open.iter().position(by_name),
            (None, None) => (!self.open.is_empty()).then_some(0),
        };
        let Some(found) = found else {
            self.notes.lost("answers to no call", at);
            return;
        };
        let (tool_call_id, called) = self.open.remove(found);
        self.turns.push(Turn::Tool(ToolTurn { tool_call_id, name: called, result, error: None }));
    }

    /// The record; a dialogue without a name gets `name`.
    pub(super) fn finish(self, name: impl FnOnce() -> String, source: &str) -> (Dialogue, Notes) {
        let source = self.source.unwrap_or_else(|| source.to_owned());
        let dialogue = Dialogue {
            format: Format,
            id: self.id.unwrap_or_else(name),
            domains: self.domains,
            scenario: None,
            world: None,
            turns: self.turns,
            outcome: None,
            verdicts: Vec::new(),
            provenance: Provenance { source, ..Provenance::default() },
        };
        (dialogue, self.notes)
    }

    /// Notes every field of an object down as lost that is not among `known`; empty ones are no loss.
    pub(super) fn lose_others(
        &mut self,
        piece: &Piece<'_, '_>,
        what: &str,
        known: &[&str],
    ) -> Result<(), Flaw> {
        for (key, field) in piece.fields()? {
            if !known.contains(&key) && !is_empty(field.json) {
                self.notes.lost(format!("{what} {key:?}"), field);
            }
        }
        Ok(())
    }
}

fn is_empty(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::Null => true,
        serde_json::Value::String(text) => text.is_empty(),
        serde_json::Value::Array(list) => list.is_empty(),
        serde_json::Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// A tool's answer as a value: the JSON that a text holds, or the text.
pub(super) fn result_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::text(text))
}
