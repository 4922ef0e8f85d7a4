//! Calls as they are written: numbered, in their tool's own JSON, a page after the other.

use goalconvo_core::{
    Arguments, CallKind, Compare, FunctionCall, Intent, Origin, Slots, ToolCall, Utterance, Value,
};
use smol_str::{SmolStr, format_smolstr};

use super::super::belief::{Frame, FrameKey};
use super::Desk;

impl Desk<'_, '_> {
    /// Whether a record that a search returned is what these arguments ask for, by its own fields. A bound that wants
    /// the nearest asks for another search.
    pub(super) fn suits(&self, intent: &Intent, frame: &Frame, record: &Value, arguments: &Slots) -> bool {
        let Some(tool) = self.view.tool(&intent.tool) else { return false };
        let searched =
            |name: &SmolStr| frame.called.as_ref().is_some_and(|(before, _)| before.field(name).is_some());
        arguments.iter().all(|(name, wanted)| {
            let argument = tool.argument(name).filter(|argument| !argument.nearest || searched(name));
            let field = argument.and_then(|argument| record.field(argument.column.as_ref()?));
            field.zip(argument).is_some_and(|(field, argument)| match argument.compare {
                Compare::Equal => field == wanted,
                Compare::AtMost => !field.is_null() && field <= wanted,
                Compare::AtLeast => !field.is_null() && field >= wanted,
            })
        })
    }

    /// The call for the next page, where the user has declined all that is known and there is more.
    pub(super) fn next_page(&self, key: &FrameKey, intent: &Intent, frame: &Frame) -> Option<Slots> {
        let paging = self.view.tool(&intent.tool)?.paging.as_ref()?;
        let next = frame.next_page()?;
        let mut arguments = self.arguments(key, intent)?;
        arguments.insert(paging.start.clone(), next.clone());
        Some(arguments)
    }

    pub(super) fn calls(&self, calls: &[(FrameKey, Slots)]) -> Vec<ToolCall> {
        let numbered = calls.iter().enumerate();
        let call = |(at, (key, arguments)): (usize, &(FrameKey, Slots))| {
            let name = self.intent(key).map(|intent| intent.tool.clone()).unwrap_or_default();
            let arguments = Arguments::Parsed(self.as_written(&name, arguments.clone()));
            ToolCall {
                id: format_smolstr!("call_{}", self.belief.calls + at),
                kind: CallKind::Function,
                function: FunctionCall { name, arguments },
            }
        };
        numbered.map(call).collect()
    }

    /// Slots as a call of the tool writes them, with the first page where one has to be named.
    fn as_written(&self, tool: &str, mut slots: Slots) -> Value {
        let Some(tool) = self.view.tool(tool) else { return Value::record(slots) };
        if let Some(paging) = tool.paging.as_ref().filter(|paging| paging.required)
            && let Some(first) = paging.first()
        {
            slots.entry(paging.start.clone()).or_insert(first);
        }
        tool.fold(slots)
    }
}

/// A turn that only calls tools.
pub(crate) fn calling(calls: Vec<ToolCall>) -> Utterance {
    Utterance { tool_calls: calls, origin: Origin::Grammar, ..Utterance::default() }
}

/// Whether a call was made with these arguments and no others.
pub(super) fn is_same(before: &Value, arguments: &Slots) -> bool {
    before.fields().len() == arguments.len()
        && arguments.iter().all(|(name, value)| before.field(name) == Some(value))
}
